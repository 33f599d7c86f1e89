"""Pins down what of an image's fields cannot be together, and that the field to mend is named, with what is in its way."""

from __future__ import annotations

import pytest

from scratch_image.image.claims import conflicts
from scratch_image.image.contents import claims_of, contents_of
from scratch_image.image.placement import MadeFile, MadeTree
from scratch_image.runtime_files import catalog, layer_plan
from tests.support.facts import spec_of

MADE = {
    ":one": MadeTree((MadeFile("one", 1, False),), is_file=True),
    ":two": MadeTree((MadeFile("a", 1, False), MadeFile("b/c", 1, False)), is_file=False),
}
PROGRAM, FILES = "field `binary_path`", "field `files`"
RUNTIME, BUNDLE = "`runtime_files`", "field `ca_bundle`"


def claims(**fields):
    spec = spec_of(**fields)
    below = layer_plan.directories(spec.runtime_files)
    return claims_of(spec, contents_of(spec.files, spec.directories, spec.symlinks, MADE, below))


def mistakes(**fields):
    return conflicts(claims(**fields))


IN_THE_WAY = [
    # fields, field to mend, the message, reason
    (
        dict(binary_path="/etc/passwd", runtime_files=["nonroot"]), PROGRAM,
        f"/etc/passwd is there already, from {RUNTIME}; choose another path", "the same file",
    ),
    (
        dict(binary_path="/etc", runtime_files=["services"]), PROGRAM,
        f"/etc is a file, and /etc/services would be below it ({RUNTIME}); choose another path", "its directory",
    ),
    (dict(binary_path="/etc", runtime_files=["nonroot"]), PROGRAM, "and 1 more would be below it", "that of several"),
    (dict(binary_path="/tmp", runtime_files=["tmp"]), PROGRAM, f"already, from {RUNTIME}", "a directory of it"),
    (dict(binary_path="/home", runtime_files=["nonroot"]), PROGRAM, "/home/nonroot would be below it", "further up"),
    (
        dict(binary_path="/usr/share/zoneinfo", runtime_files=["tzdata"]), PROGRAM,
        f"/usr/share/zoneinfo is there already, from {RUNTIME}", "the directory of time zones",
    ),
    (
        dict(binary_path="/usr/share/zoneinfo/app", runtime_files=["tzdata"]), PROGRAM,
        "/usr/share/zoneinfo/app is below /usr/share/zoneinfo", "in it",
    ),
    (
        dict(binary_path="/etc/ssl", runtime_files=["ca-certificates"]), PROGRAM,
        f"{catalog.CA_PATH} would be below it ({RUNTIME})", "the certificates",
    ),
    (
        dict(binary_path="/etc/ssl", ca_bundle=[":roots"]), PROGRAM,
        f"{catalog.CA_PATH} would be below it ({BUNDLE})", "the user's certificates",
    ),
    (
        dict(binary_path=catalog.CA_PATH, ca_bundle=[":roots"], runtime_files=["ca-certificates"]), PROGRAM,
        f"already, from {RUNTIME}", "both: they are one file",
    ),
    (dict(files={"/app": ":one"}), FILES, f"/app is there already, from {PROGRAM}", "a file in the program's place"),
    (dict(files={"/app/": ":two"}), FILES, "/app/a and 1 more are below /app, which is a file", "a tree below the program"),
    (dict(files={"/app": {"text": "x"}}), FILES, "/app is there already", "a text in the program's place"),
    (dict(files={"/usr": ":one"}, binary_path="/usr/app"), FILES, "/usr/app would be below it", "the program's directory"),
    (dict(files={"/etc/passwd": ":one"}, runtime_files=["nonroot"]), FILES, f"already, from {RUNTIME}", "the users"),
    (dict(files={"/etc/": ":two", "/etc/a": ":one"}), FILES, f"/etc/a is there already, from {FILES}", "two members"),
    (dict(files={catalog.CA_PATH: ":one"}, ca_bundle=[":roots"]), FILES, f"already, from {BUNDLE}", "the certificates"),
    (
        dict(files={"/usr/share/zoneinfo/": ":two"}, runtime_files=["tzdata"]), FILES,
        "and 1 more are below /usr/share/zoneinfo", "time zones are one thing",
    ),
    (dict(directories={"/app": {}}), "field `directories`", "/app is there already", "a directory in the program's place"),
    (dict(directories={"/app/data": {}}), "field `directories`", "/app/data is below /app", "a directory below it"),
    (
        dict(directories={"/tmp": {"mode": "0755"}}, runtime_files=["tmp"]), "field `directories`",
        f"/tmp is there already, from {RUNTIME}", "another mode",
    ),
    (
        dict(directories={"/a": {}, "/a/": {"mode": "0700"}}), "field `directories`",
        "/a is there already, from field `directories`", "one directory with two modes",
    ),
    (dict(symlinks={"/app": "/bin/app"}), "field `symlinks`", "/app is there already", "a link in the program's place"),
    (
        dict(symlinks={"/bin": "/usr/bin"}, binary_path="/bin/app"), "field `symlinks`",
        f"/bin is a link, and /bin/app would be below it ({PROGRAM})", "the program behind a link",
    ),
    (
        dict(symlinks={"/srv": "/data"}, files={"/srv/": ":two"}), "field `symlinks`",
        f"/srv is a link, and /srv/a and 1 more would be below it ({FILES})", "files behind a link",
    ),
    (
        dict(symlinks={"/srv": "/data"}, files={"/srv/a": {"text": "x"}}), FILES,
        "/srv/a is below /srv, which is a link (field `symlinks`); choose another path", "a text behind a link",
    ),
    (dict(symlinks={"/l": "../x"}), "field `symlinks`", "out of the image", "a link that leaves"),
    (dict(symlinks={"/l": "l"}), "field `symlinks`", "leads to itself", "a link to itself"),
]  # fmt: skip


@pytest.mark.parametrize("fields, where, text, reason", IN_THE_WAY)
def test_what_is_in_the_way(fields, where, text, reason):
    found = mistakes(**fields)
    assert [mistake.where for mistake in found] == [where], reason
    assert text in found[0].text, found[0].text


FIT = [
    # fields, reason
    (dict(files={"/etc/motd": {"text": "x"}}, runtime_files=["nonroot"]), "beside the users"),
    (dict(files={"/etc/ssl/certs/own.pem": ":one"}, ca_bundle=[":roots"]), "beside the certificates"),
    (dict(files={"/tmp/": ":two"}, runtime_files=["tmp"]), "in /tmp"),
    (
        dict(files={"/home/nonroot/": {"from": ":two", "owner": "65532:65532"}}, runtime_files=["nonroot"]),
        "at home: the directory stays as it is",
    ),
    (
        dict(files={"/srv": {"from": ":two", "owner": "1:1"}}, directories={"/srv": {"mode": "0700", "owner": "1:1"}}),
        "a directory with a mode of its own, and files in it",
    ),
    (dict(directories={"/tmp": {"mode": "1777"}}, runtime_files=["tmp"]), "the same directory, as it is"),
    (dict(directories={"/a": {}, "/a/": {}}), "the same directory, twice"),
    (dict(directories={"/usr": {}}, binary_path="/usr/app"), "the program's directory"),
    (dict(symlinks={"/bin/a": "../app", "/bin/b": "a"}), "links to the program"),
    (dict(symlinks={"/etc/localtime": "/usr/share/zoneinfo/Europe/Berlin"}, runtime_files=["tzdata"]), "to a time zone"),
    (dict(symlinks={"/etc/mtab": "/proc/self/mounts"}), "a link to what a runtime puts there"),
]


@pytest.mark.parametrize("fields, reason", FIT)
def test_what_can_be_together(fields, reason):
    assert mistakes(**fields) == (), reason


@pytest.mark.parametrize("path", ["/tmp/app", "/home/nonroot/app", "/etc/app", "/usr/share/app"])
def test_a_program_beside_runtime_files(path):
    assert mistakes(binary_path=path, runtime_files=list(catalog.NAMES), ca_bundle=[":roots"]) == ()


def test_all_is_claimed_base_first():
    found = claims(
        runtime_files=["tmp", "ca-certificates"], ca_bundle=[":roots"], files={"/a": ":one"}, directories={"/d": {}},
        symlinks={"/l": "/a"},
    )  # fmt: skip
    assert [(claim.source, claim.entry.path) for claim in found] == [
        (RUNTIME, catalog.CA_PATH[1:]),
        (RUNTIME, "tmp"),
        (PROGRAM, "app"),
        (FILES, "a"),
        ("field `directories`", "d"),
        ("field `symlinks`", "l"),
    ]


def test_the_users_certificates_alone_are_those_of_their_field():
    sources = {claim.entry.path: claim.source for claim in claims(ca_bundle=[":roots"])}
    assert sources == {catalog.CA_PATH[1:]: BUNDLE, "app": PROGRAM}


def test_all_mistakes_are_found_together():
    found = mistakes(
        binary_path="/etc", runtime_files=["services"], files={"/x": ":one", "/x/": ":two"}, symlinks={"/l": "/l"}
    )
    assert sorted(mistake.where for mistake in found) == [PROGRAM, FILES, "field `symlinks`"]
