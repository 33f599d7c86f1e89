"""Pins down the forms of the texts for /etc: programs silently skip a line that they do not understand."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from pathlib import Path

import certifi
import pytest
import tzdata

import scratch_image
from scratch_image.runtime_files import catalog

DATA = Path(scratch_image.__file__).parent / "runtime_files" / "data"
NAMES = ["group", "mime.types", "nsswitch.conf", "passwd", "services"]
# RFC 6838, section 4.2: what a type and a subtype are made of. Types are compared without case; here they are small.
RESTRICTED_NAME = r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}"
TOP_LEVEL = {"application", "audio", "font", "image", "message", "model", "text", "video"}
# RFC 6335, section 5.1. The other names have underscores too.
SERVICE = re.compile(r"[a-z0-9]([a-z0-9_-]*[a-z0-9])?\Z")


def records(name):
    """The fields of each line, without comments."""
    lines = (line.partition("#")[0] for line in (DATA / name).read_text(encoding="ascii").splitlines())
    return [line.split() for line in lines if line.strip()]


def test_these_are_the_texts():
    assert sorted(path.name for path in DATA.iterdir()) == NAMES


def test_the_catalog_has_their_digests():
    """The validator compares with them: it has the catalog, and not the texts."""
    assert {name: hashlib.sha256((DATA / name).read_bytes()).hexdigest() for name in NAMES} == catalog.TEXT_DIGESTS


@pytest.mark.parametrize("name", NAMES)
def test_a_text_of_lines(name):
    content = (DATA / name).read_bytes()
    assert content.isascii() and b"\r" not in content and b"\t" not in content
    assert content.endswith(b"\n") and not content.endswith(b"\n\n")
    assert not re.search(rb" +$", content, re.MULTILINE)


def test_media_types():
    rows = records("mime.types")
    types = [row[0] for row in rows]
    extensions = [extension for row in rows for extension in row[1:]]
    assert 250 < len(types) < 350
    assert types == sorted(types) and len(set(types)) == len(types)
    assert len(set(extensions)) == len(extensions), "an extension of two types"
    for media_type, *own in rows:
        assert re.fullmatch(f"{RESTRICTED_NAME}/{RESTRICTED_NAME}", media_type)
        assert media_type.partition("/")[0] in TOP_LEVEL
        assert own and own == sorted(own)
        assert all(re.fullmatch(r"[a-z0-9][a-z0-9-]*", extension) for extension in own)


MEDIA_TYPES = {
    "a.html": "text/html",
    "a.css": "text/css",
    "a.js": "text/javascript",
    "a.mjs": "text/javascript",
    "a.js.map": "application/json",
    "a.json": "application/json",
    "a.webmanifest": "application/manifest+json",
    "a.wasm": "application/wasm",
    "a.svg": "image/svg+xml",
    "a.webp": "image/webp",
    "a.avif": "image/avif",
    "a.ico": "image/vnd.microsoft.icon",
    "a.woff2": "font/woff2",
    "a.mp4": "video/mp4",
    "a.ts": "video/mp2t",
    "a.m3u8": "application/vnd.apple.mpegurl",
    "a.pdf": "application/pdf",
    "a.docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "a.geojson": "application/geo+json",
    "a.zip": "application/zip",
    "a.yaml": "application/yaml",
    "a.txt": "text/plain",
    "A.PNG": "image/png",
}


def test_python_reads_the_media_types():
    reader = mimetypes.MimeTypes()
    # It knows some types itself.
    for table in (*reader.types_map, *reader.types_map_inv):
        table.clear()
    reader.read(str(DATA / "mime.types"))
    assert {name: reader.guess_type(name)[0] for name in MEDIA_TYPES} == MEDIA_TYPES
    read = {f".{extension}": row[0] for row in records("mime.types") for extension in row[1:]}
    assert reader.types_map[True] == read


def test_services():
    keys, named, places = [], set(), set()
    for name, place, *others in records("services"):
        port, protocol = place.split("/")
        assert 0 < int(port) < 65536 and port == str(int(port))
        assert protocol in ("tcp", "udp")
        assert place not in places, "a port has one name"
        places.add(place)
        keys.append((int(port), protocol))
        for each in (name, *others):
            assert SERVICE.match(each)
            assert (each, protocol) not in named, f"{each} is twice"
            named.add((each, protocol))
        assert re.fullmatch(r"(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*", name) and len(name) <= 15, "RFC 6335, section 5.1"
    assert keys == sorted(keys)
    assert 120 < len({name for name, *_ in records("services")}) < 160


@pytest.mark.parametrize(
    "name, place",
    [
        ("domain", "53/udp"),
        ("www", "80/tcp"),
        ("https", "443/tcp"),
        ("https", "443/udp"),
        ("kerberos", "88/udp"),
        ("ntp", "123/udp"),
        ("ldap", "389/tcp"),
        ("smtps", "465/tcp"),
        ("submission", "587/tcp"),
        ("imaps", "993/tcp"),
        ("mysql", "3306/tcp"),
        ("postgres", "5432/tcp"),
        ("amqp", "5672/tcp"),
        ("redis", "6379/tcp"),
    ],
)
def test_well_known_services(name, place):
    (found,) = [row for row in records("services") if name in (row[0], *row[2:]) and row[1] == place]
    assert found


def table(name, width):
    rows = [line.split(":") for line in (DATA / name).read_text(encoding="ascii").splitlines()]
    assert all(len(row) == width for row in rows)
    return rows


def test_users_and_groups():
    """passwd(5) and group(5), which know no comments."""
    users, groups = table("passwd", 7), table("group", 4)
    assert {row[0]: (row[2], row[5]) for row in users} == {
        "root": ("0", "/root"),
        "nobody": ("65534", "/nonexistent"),
        "nonroot": ("65532", "/home/nonroot"),
    }
    identities = {row[0]: row[2] for row in groups}
    assert identities == {"root": "0", "nobody": "65534", "tty": "5", "staff": "50", "nonroot": "65532"}
    for name, password, uid, gid, _, home, shell in users:
        assert (password, shell) == ("x", "/sbin/nologin"), "no password, and nobody logs in"
        assert uid == gid == identities[name]
        assert home.startswith("/")
    assert all(row[1] == "x" and row[3] == "" for row in groups)


def test_sources_of_names():
    sources = {database: places for database, *places in records("nsswitch.conf")}
    assert sources["hosts:"] == ["files", "dns"], "/etc/hosts first"
    del sources["hosts:"]
    assert {"passwd:", "group:", "services:", "protocols:"} <= set(sources)
    assert all(places == ["files"] for places in sources.values())


def test_the_locked_data_is_where_it_is_looked_for():
    """The lock's packages hold the certificates as one text, and the zones as files of RFC 8536."""
    assert (Path(certifi.__file__).parent / "cacert.pem").read_bytes().count(b"-----BEGIN CERTIFICATE-----") > 100
    zones = Path(tzdata.__file__).parent / "zoneinfo"
    assert (zones / "Europe" / "Berlin").read_bytes().startswith(b"TZif")
