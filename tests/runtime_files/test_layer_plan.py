"""Pins down the layer of `runtime_files`: its entries, their contents, and what cannot stand beside them."""

from __future__ import annotations

import pytest

from scratch_image.image.contents import directories_above
from scratch_image.oci import tar
from scratch_image.oci.tar import DirectoryEntry, FileEntry, SymlinkEntry
from scratch_image.runtime_files import catalog
from scratch_image.runtime_files.layer_plan import RuntimeFiles, Sources, conflict, directories, openssl_link, plan

DATA = {
    "certifi/__init__.py": 1,
    "certifi/cacert.pem": 1000,
    "tzdata/zoneinfo/UTC": 114,
    "tzdata/zoneinfo/Europe/Berlin": 705,
    "tzdata/zoneinfo/Europe/__init__.py": 0,
    "tzdata/zoneinfo/__init__.pyc": 9,
    "tzdata/zoneinfo/tzdata.zi": 2000,
    "tzdata/zones": 5,
    "tzdata-2026.2.dist-info/METADATA": 7,
}
SOURCES = Sources({name: 10 + number for number, name in enumerate(catalog.TEXT_NAMES)}, DATA, None)
CA = "content/etc/ssl/certs/ca-certificates.crt"
CA_ENTRY = FileEntry("etc/ssl/certs/ca-certificates.crt", CA, 1000, 0o644)


def text(path, size):
    return FileEntry(path, f"content/{path}", size, 0o644)


def zone(name, size):
    return text(f"usr/share/zoneinfo/{name}", size)


ENTRIES = [
    # names, entries, texts, data
    ((), (), {}, {}),
    (("ca-certificates",), (CA_ENTRY,), {}, {CA: "certifi/cacert.pem"}),
    (
        ("tzdata",),
        (zone("Europe/Berlin", 705), zone("UTC", 114), zone("tzdata.zi", 2000)),
        {},
        {f"content/usr/share/zoneinfo/{name}": f"tzdata/zoneinfo/{name}" for name in ("Europe/Berlin", "UTC", "tzdata.zi")},
    ),
    (("tmp",), (DirectoryEntry("tmp", 0o1777),), {}, {}),
    (
        ("nonroot",),
        (
            DirectoryEntry("root", 0o700),
            DirectoryEntry("home/nonroot", 0o700, 65532, 65532),
            text("etc/passwd", 13),
            text("etc/group", 10),
        ),
        {"content/etc/passwd": "passwd", "content/etc/group": "group"},
        {},
    ),
    (("mime-types",), (text("etc/mime.types", 11),), {"content/etc/mime.types": "mime.types"}, {}),
    (("nsswitch",), (text("etc/nsswitch.conf", 12),), {"content/etc/nsswitch.conf": "nsswitch.conf"}, {}),
    (("services",), (text("etc/services", 14),), {"content/etc/services": "services"}, {}),
]


@pytest.mark.parametrize("names, entries, texts, data", ENTRIES)
def test_entries_of_each_name(names, entries, texts, data):
    assert plan(names, SOURCES, None) == RuntimeFiles(entries, texts, data, None)


def test_every_name_is_here():
    assert {name for names, *_ in ENTRIES for name in names} == set(catalog.NAMES)


def test_all_of_them_fit_into_one_archive():
    """No path twice, and every content is told for."""
    found = plan(catalog.NAMES, SOURCES, "/usr/lib/ssl/cert.pem")
    ordered = tar.with_parents(found.entries)
    contents = {entry.content for entry in ordered if isinstance(entry, FileEntry)}
    assert contents == {*found.texts, *found.data}
    homes = {entry.path: (entry.mode, entry.uid) for entry in ordered if isinstance(entry, DirectoryEntry)}
    assert (homes["home"], homes["home/nonroot"], homes["tmp"]) == ((0o755, 0), (0o700, 65532), (0o1777, 0))


BUNDLE = Sources(SOURCES.texts, DATA, 77)


@pytest.mark.parametrize("names", [(), ("ca-certificates",)])
def test_a_bundle_is_the_images_certificates(names):
    """Where certifi's are asked for as well, they are in the bundle already."""
    want = FileEntry("etc/ssl/certs/ca-certificates.crt", CA, 77, 0o644)
    assert plan(names, BUNDLE, None) == RuntimeFiles((want,), {}, {}, CA)


def test_openssls_link():
    link = SymlinkEntry("usr/lib/ssl/cert.pem", "/etc/ssl/certs/ca-certificates.crt")
    assert plan(("ca-certificates",), SOURCES, "/usr/lib/ssl/cert.pem").entries == (CA_ENTRY, link)


LINKS = [
    # path, names, is there a bundle, binary_path, is there a link, reason
    ("/usr/lib/ssl/cert.pem", ("ca-certificates",), False, "/app", True, "as it should be"),
    ("/usr/lib/ssl/cert.pem", (), True, "/app", True, "a bundle"),
    ("/usr/lib/ssl/cert.pem", ("tmp",), False, "/app", False, "no certificates"),
    (None, ("ca-certificates",), True, "/app", False, "no OpenSSL"),
    ("/etc/ssl/certs/ca-certificates.crt", ("ca-certificates",), False, "/app", False, "the certificates themselves"),
    ("/etc/ssl/certs/ca-certificates.crt/cert.pem", ("ca-certificates",), False, "/app", False, "below a file"),
    ("/etc/ssl/certs", ("ca-certificates",), False, "/app", False, "a directory of the layer"),
    ("/etc/ssl/cert.pem", ("ca-certificates",), False, "/app", True, "beside the certificates"),
    ("/a/../cert.pem", ("ca-certificates",), False, "/app", False, "leads elsewhere than it reads"),
    ("/a/./cert.pem", ("ca-certificates",), False, "/app", False, "the same"),
    ("//cert.pem", ("ca-certificates",), False, "/app", False, "an empty component"),
    ("/a//cert.pem", ("ca-certificates",), False, "/app", False, "an empty component"),
    ("/a/cert.pem/", ("ca-certificates",), False, "/app", False, "a directory"),
    ("/", ("ca-certificates",), False, "/app", False, "the root"),
    ("/app", ("ca-certificates",), False, "/app", False, "the program"),
    ("/app/cert.pem", ("ca-certificates",), False, "/app", False, "below the program"),
    ("/application/cert.pem", ("ca-certificates",), False, "/app", True, "a name that begins alike"),
    ("/usr/cert.pem", ("ca-certificates",), False, "/usr/cert.pem/app", False, "the program is below it"),
    ("/etc/passwd/cert.pem", ("ca-certificates", "nonroot"), False, "/app", False, "below another file of the layer"),
    ("/etc/passwd/cert.pem", ("ca-certificates",), False, "/app", True, "which is not there"),
    ("/usr/share/zoneinfo/cert.pem", ("ca-certificates", "tzdata"), False, "/app", False, "among the time zones"),
    ("/tmp/cert.pem", ("ca-certificates", "tmp"), False, "/app", True, "in a directory of the layer"),
]


@pytest.mark.parametrize("path, names, bundle, binary_path, linked, reason", LINKS)
def test_where_openssls_link_can_be(path, names, bundle, binary_path, linked, reason):
    assert openssl_link(path, names, bundle, binary_path) == (path if linked else None), reason


CONFLICTS = [
    # names, is there a bundle, path of a file, what it is in the way of, reason
    ((), False, "/etc/passwd", None, "an empty layer"),
    (("ca-certificates",), False, "/app", None, "elsewhere"),
    (("ca-certificates",), False, "/etc/ssl/certs/ca-certificates.crt", catalog.CA_PATH, "the same file"),
    (("ca-certificates",), False, "/etc/ssl/certs", catalog.CA_PATH, "a file in the place of its directory"),
    (("ca-certificates",), False, "/etc", catalog.CA_PATH, "and of one further up"),
    (("ca-certificates",), False, "/etc/ssl/certs/ca-certificates.crt/app", catalog.CA_PATH, "below it"),
    (("ca-certificates",), False, "/etc/ssl/certs/other", None, "beside it"),
    (("ca-certificates",), False, "/etc/ss", None, "a name that begins alike"),
    ((), True, "/etc/ssl", catalog.CA_PATH, "a bundle"),
    (("tzdata",), False, "/usr/share/zoneinfo", catalog.ZONEINFO, "the directory itself"),
    (("tzdata",), False, "/usr/share", catalog.ZONEINFO, "further up"),
    (("tzdata",), False, "/usr/share/zoneinfo/Europe", catalog.ZONEINFO, "whatever is in it is the layer's"),
    (("tzdata",), False, "/usr/share/zoneinfo2", None, "a name that begins alike"),
    (("tmp",), False, "/tmp", "/tmp", "a file in the place of a directory"),
    (("tmp",), False, "/tmp/app", None, "in it"),
    (("nonroot",), False, "/home", "/home/nonroot", "further up"),
    (("nonroot",), False, "/home/nonroot/app", None, "in it"),
    (("nonroot",), False, "/root", "/root", "the directory itself"),
    (("nonroot",), False, "/etc/group", "/etc/group", "a file of it"),
    (("mime-types",), False, "/etc/mime.types", "/etc/mime.types", "a file of it"),
    (("nsswitch",), False, "/etc/nsswitch.conf/x", "/etc/nsswitch.conf", "below a file of it"),
    (("services",), False, "/etc/services", "/etc/services", "a file of it"),
    (("tmp",), False, "/etc/services", None, "a file of another name"),
]


@pytest.mark.parametrize("names, bundle, path, want, reason", CONFLICTS)
def test_conflicts(names, bundle, path, want, reason):
    assert conflict(names, bundle, path) == want


SPECIAL = [
    (("tmp", "nonroot"), "app", (), "elsewhere"),
    (("tmp",), "tmp/app", (DirectoryEntry("tmp", 0o1777),), "in /tmp"),
    (("tmp",), "tmp/a/b/app", (DirectoryEntry("tmp", 0o1777),), "further down"),
    (("tmp",), "tmpfs/app", (), "a name that begins alike"),
    (("nonroot",), "tmp/app", (), "a directory of another name"),
    (("nonroot",), "home/nonroot/bin/app", (DirectoryEntry("home/nonroot", 0o700, 65532, 65532),), "at home"),
    (("nonroot",), "home/app", (), "above the directory"),
    (("nonroot",), "root/app", (DirectoryEntry("root", 0o700),), "at root's home"),
]


@pytest.mark.parametrize("names, path, want, reason", SPECIAL)
def test_special_directories(names, path, want, reason):
    """A layer above names the directories that its file is in, and would give them modes of its own."""
    assert directories_above([path], directories(names)) == want
