"""Pins down the catalog of `runtime_files`: names that BUILD files hold, and the versions of what they are made of."""

from __future__ import annotations

import pytest

from scratch_image.oci.image_paths import file_path
from scratch_image.runtime_files import catalog
from scratch_image.runtime_files.catalog import field_line, versions


def test_names():
    """They are in BUILD files, and their order is that of lines to paste and of image.json."""
    assert catalog.NAMES == ("ca-certificates", "tzdata", "tmp", "nonroot", "mime-types", "nsswitch", "services")
    assert {*catalog.TEXTS, *catalog.DIRECTORIES, *catalog.DISTRIBUTIONS} == set(catalog.NAMES), "each puts something there"


def test_paths_are_plain():
    files = [path for group in catalog.TEXTS.values() for path, _ in group]
    directories = [directory.path for group in catalog.DIRECTORIES.values() for directory in group]
    paths = [*files, *directories, catalog.CA_PATH, catalog.ZONEINFO]
    assert len(set(paths)) == len(paths)
    assert [file_path(path) for path in paths] == paths


def test_directories_that_are_not_everybodys():
    modes = {
        directory.path: (directory.mode, directory.owner) for group in catalog.DIRECTORIES.values() for directory in group
    }
    assert modes == {"/tmp": (0o1777, 0), "/root": (0o700, 0), "/home/nonroot": (0o700, 65532)}


def test_texts_each_once():
    assert catalog.TEXT_NAMES == ("group", "mime.types", "nsswitch.conf", "passwd", "services")


def test_the_line_in_a_build_file():
    assert field_line({"tmp", "ca-certificates"}) == 'runtime_files=["ca-certificates", "tmp"]'
    assert field_line(frozenset()) == "runtime_files=[]"
    assert eval(f"dict({field_line(set(catalog.NAMES))})") == {"runtime_files": list(catalog.NAMES)}


LOCK = """\
# made by renew-locks
certifi==2026.7.22 \\
    --hash=sha256:aaaa \\
    --hash=sha256:bbbb
    # via -r requirements.in
tzdata==2026.2 ; python_version >= "3"
not-tzdata==1.0
"""
LOCKS = [
    # names, lock, versions, reason
    (
        ("ca-certificates", "tzdata"),
        LOCK,
        {"ca-certificates": "2026.7.22", "tzdata": "2026.2"},
        "both, without what follows",
    ),
    (("tzdata",), LOCK, {"tzdata": "2026.2"}, "one of them"),
    (("tmp", "nonroot"), LOCK, {}, "what is made of no distribution"),
    ((), LOCK, {}, "nothing"),
    (("tzdata",), "tzdata==2026.2", {"tzdata": "2026.2"}, "no line's end"),
    (("tzdata",), "tzdata==2026.2;python_version>'3'\n", {"tzdata": "2026.2"}, "no blank before a marker"),
    (("tzdata",), "tzdata==2026.2\\\n  --hash=x\n", {"tzdata": "2026.2"}, "no blank before a backslash"),
]


@pytest.mark.parametrize("names, lock, want, reason", LOCKS)
def test_versions_by_a_lock(names, lock, want, reason):
    assert versions(names, lock) == want


def test_a_lock_without_a_distribution():
    """It is ours, so that is a mistake of ours."""
    with pytest.raises(KeyError):
        versions(("tzdata",), "certifi==1\n    tzdata==2\n# tzdata==3\n")
