"""Pins down the needs that are found by texts, and the language of a program."""

from __future__ import annotations

import pytest

from scratch_image.binary import scan
from scratch_image.binary.evidence import Need
from scratch_image.binary.needs import Needs
from scratch_image.binary.rust import Crate
from tests.support.needs import STD, names_of, needs_in, needs_of_texts
from tests.support.programs import ALLOC, CODE, EXECINSTR, LOAD, Section, Segment, go_names


def test_a_packed_program():
    table = Section(".gopclntab", go_names([b"runtime.main", b"time.LoadLocation"]), ALLOC)
    assert needs_in([table], go=True, packed=True) == Needs("none", (), language="Go")
    assert needs_of_texts(b"/etc/passwd\0", packed=True) == Needs("none", ())


TEXTS = [
    # text in the loaded data, needs, reason
    (b"/etc/ssl/certs\0", ["ca-certificates"], "C"),
    (b"/usr/lib/ssl/etc/pki/tls/etc/certs", ["ca-certificates"], "openssl-probe 0.1"),
    (b"see /etc/ssl/certs/ca-certificates.crtand", ["ca-certificates"], "Rust: no NUL"),
    (b"/usr/share/zoneinfo/\0", ["tzdata"], "C"),
    (b"/etc/passwd\0", ["users"], "C"),
    (b"/etc/passwd-lock\0", [], "another file"),
    (b"/etc/passwd", [], "no NUL: a text about it, or Rust's home directories"),
    (b"/bin/sh\0", ["subprocess"], "system(3)"),
    (b"/usr/local/bin:/bin:/usr/bin\0", ["subprocess"], "musl's execvp(3), also that of Rust's Command"),
    (b"/usr/local/bin:/bin:/usr/bin:/sbin\0", [], "another path"),
    (b"XDG_CACHE_HOME\0", ["cache-directory"], "a cache"),
    (b"/etc/ssl/cert/tmp\0", [], "neither of both"),
    (b"/etc/passwd\0/tmp\0/bin/sh\0", ["users", "subprocess", "tmp"], "one behind the other"),
    (b"#!/bin/sh\nexit\0", [], "a script that the program writes"),
    (b"/bin/shells\0", [], "another file"),
    (b"libnss_%s.so.%d\0", ["nss"], "glibc"),
    (b"/usr/share/terminfo\0", ["terminfo"], "ncurses"),
    (b"%s/.terminfo\0/etc/terminfo\0", ["terminfo"], "ncurses, of another configuration"),
    (b"/etc/mime.types\0", ["mime-types"], "a file server"),
    (b"/tmp\0", ["tmp"], "P_tmpdir"),
    (b"/tmp/file.XXXXXX\0", ["tmp"], "mkstemp(3)"),
    (b"/tmp/XXXXXX\0", ["tmp"], "mkstemp(3)"),
    (b"/var/tmp\0", [], "glibc has it in every program"),
    (b"/var/tmp/file.XXXXXX\0", [], "elsewhere"),
    (b"./tmp\0../tmp\0x/tmp\0a-/tmp\0", [], "in another directory"),
    (b"/tmp/build/main.c\0", [], "where it was built"),
    (b"/tmpfs\0", [], "another word"),
    (b"/etc/resolv.conf\0/etc/hosts\0", [], "the runtime brings these"),
    (b"nothing of the kind", [], "nothing"),
]


@pytest.mark.parametrize("text, want, reason", TEXTS)
def test_texts(text, want, reason):
    found = needs_of_texts(text)
    assert (found.evidence, names_of(found.found)) == ("strings", want)
    assert {need.level for need in found.found} <= {"linked" if want == ["nss"] else "hint"}
    assert all("\0" not in need.evidence for need in found.found)


def test_where_texts_count():
    """Only what is loaded and is no machine code, and without sections all that is loaded."""
    text = b"\0/etc/passwd\0"
    for sections, want in (
        ([Section(".rodata", text, ALLOC)], ["users"]),
        ([Section(".text", text, ALLOC | EXECINSTR), Section(".data", b"x", ALLOC)], []),
        ([Section(".debug_str", text), Section(".data", b"x", ALLOC)], []),
        ([Section(".comment", text)], []),
    ):
        assert names_of(needs_in(sections).found) == want
    assert names_of(needs_in(segments=[CODE, Segment(LOAD, text)]).found) == ["users"]
    assert names_of(needs_in(segments=[CODE, Segment(4, text)]).found) == []


def test_texts_across_the_border_of_two_windows(monkeypatch):
    monkeypatch.setattr(scan, "_WINDOW", 512)
    for before in range(0, 1100, 7):
        found = needs_of_texts(b"x" * before + b"\0/usr/share/zoneinfo\0/tmp\0SSL_CERT_FILE\0/a/cert.pem\0" + bytes(600))
        assert names_of(found.found) == ["ca-certificates", "tzdata", "tmp"]
        assert found.openssl_cert_file == "/a/cert.pem"


@pytest.mark.parametrize("text", [b"/var/tmp\0", b"x/tmp\0", b"/var/tmp/file.XXXXXX\0", b"/tmp/build/main.c\0"])
def test_half_a_text_at_a_border_is_none(monkeypatch, text):
    monkeypatch.setattr(scan, "_WINDOW", 512)
    for before in range(1100):
        assert needs_of_texts(b"x" * before + text + b"y" * 600).found == (), before


OPENSSL = [
    # text, path, reason
    (b"SSL_CERT_FILE\0/usr/lib/ssl/cert.pem\0", "/usr/lib/ssl/cert.pem", "OpenSSL of Debian"),
    (b"/usr/local/ssl/cert.pem\0SSL_CERT_DIR\0SSL_CERT_FILE\0", "/usr/local/ssl/cert.pem", "in another order"),
    (b"SSL_CERT_FILE\0/a/cert.pem\0/b/cert.pem\0", "/a/cert.pem", "two: the first"),
    (b"/usr/lib/ssl/cert.pem\0", None, "without the variable it is no OpenSSL"),
    (b"SSL_CERT_FILE\0cert.pem\0", None, "no path"),
    (b"SSL_CERT_FILE\0see /a/cert.pem\0", None, "a text about it"),
    (b"SSL_CERT_FILE\0/a b/cert.pem\0", None, "a blank in the path"),
    (b"SSL_CERT_FILE\0/a/\xff/cert.pem\0", None, "no ASCII"),
    (b"SSL_CERT_FILE\0/" + b"x" * 300 + b"/cert.pem\0", None, "longer than any"),
    (b"SSL_CERT_FILE\0/a/cert.pem.bak\0", None, "another file"),
]


@pytest.mark.parametrize("text, path, reason", OPENSSL)
def test_where_openssl_looks(text, path, reason):
    found = needs_of_texts(text)
    assert found.openssl_cert_file == path
    assert found.found == ((Need("ca-certificates", "hint", path),) if path else ())


def test_openssl_beside_another_text():
    found = needs_of_texts(b"SSL_CERT_FILE\0/a/cert.pem\0/etc/ssl/certs\0")
    assert found.found == (Need("ca-certificates", "hint", "/etc/ssl/certs"),)


GCC = Section(".comment", b"GCC: (Debian 12.2.0) 12.2.0\0")


CLANG = Section(".comment", b"clang version 17.0.6\0")


RUSTC = Section(".comment", b"rustc version 1.80.0\0GCC: (GNU) 9.4.0\0")


LANGUAGES = [
    (b"", (), None, "nothing tells"),
    (b"", (GCC,), "C", "gcc"),
    (b"", (CLANG,), "C", "clang"),
    (b"", (RUSTC,), "Rust", "rustc, and gcc for the start files"),
    (STD, (), "Rust", "the standard library's place"),
    (STD, (GCC,), "Rust", "the same"),
    (b"/rustc/version", (), None, "no place of a standard library"),
    (b"St9basic_iosIcSt11char_traitsIcEE\0", (GCC,), "C++", "libstdc++'s streams"),
    (b"NSt3__19basic_iosIcEE\0", (), "C++", "libc++'s streams"),
    (STD + b"St8ios_base", (), "Rust", "C++ in a program of Rust"),
]


@pytest.mark.parametrize("text, sections, language, reason", LANGUAGES)
def test_languages(text, sections, language, reason):
    assert needs_of_texts(text, *sections).language == language


@pytest.mark.parametrize("mark", [b"St9basic_ios", b"St8ios_base", b"NSt3__19basic_ios", b"NSt3__18ios_base"])
def test_streams_bring_time_zones_that_nobody_may_need(mark):
    found = needs_of_texts(mark + b"\0/usr/share/zoneinfo\0/etc/passwd\0")
    assert (names_of(found.found), found.unclear) == (["users"], ("tzdata",))
    assert needs_of_texts(mark).unclear == ()


def test_embedded_certificates_and_a_text():
    """rustls' own list of places comes with it, and does not count."""
    found = needs_of_texts(b"/etc/ssl/certs\0", crates=(Crate("webpki-roots", "1.0.0"),))
    assert (found.found, found.embedded) == ((), ("ca-certificates",))


def test_musl_s_dlopen():
    assert [need.name for need in needs_in([Section(".rodata", b"x\0Dynamic loading not supported\0", ALLOC)]).found] == [
        "plugins"
    ]
