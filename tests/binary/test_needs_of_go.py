"""Pins down the needs that are found in Go programs, by the names of their functions."""

from __future__ import annotations

import pytest

from scratch_image.binary import needs_of_go, scan
from scratch_image.binary.elf import read_elf
from scratch_image.binary.evidence import Need
from scratch_image.binary.go import GoBuild
from scratch_image.binary.needs import Needs
from tests.support.needs import names_of, needs_in, needs_of_go_with
from tests.support.programs import ALLOC, CODE, LOAD, Section, Segment, elf_file, go_names

GO = [
    # function, need, or None where it is none
    ("net/http.(*Transport).dialConn", "ca-certificates"),
    ("crypto/tls.Dial", "ca-certificates"),
    ("crypto/tls.DialWithDialer", "ca-certificates"),
    ("crypto/tls.(*Dialer).DialContext", "ca-certificates"),
    ("google.golang.org/grpc/credentials.(*tlsCreds).ClientHandshake", "ca-certificates"),
    ("crypto/x509.SystemCertPool", "ca-certificates"),
    ("crypto/x509.loadSystemRoots", None),
    ("crypto/tls.(*Conn).clientHandshake", None),
    ("net/http.(*Transport).dialConn.func1", None),
    ("net/http.(*Transport).dialConnFor", None),
    ("time.LoadLocation", "tzdata"),
    ("time.LoadLocationFromTZData", None),
    ("mytime.LoadLocation", None),
    ("example.com/time.LoadLocation", None),
    ("time.loadLocation", None),
    ("time.Now", None),
    ("os.CreateTemp", "tmp"),
    ("os.MkdirTemp", "tmp"),
    ("os.TempDir", "tmp"),
    ("os.tempDir", None),
    ("os/user.Lookup", "users"),
    ("os/user.LookupId", "users"),
    ("os/user.LookupGroup", "users"),
    ("os/user.LookupGroupId", "users"),
    ("os/user.Current", "current-user"),
    ("os.UserCacheDir", "cache-directory"),
    ("os.UserHomeDir", None),
    ("time.initLocal", "local-time"),
    ("plugin.Open", "plugins"),
    ("os/user.Current.func1", None),
    ("os/user.init", None),
    ("os/exec.(*Cmd).Start", "subprocess"),
    ("os.StartProcess", "subprocess"),
    ("syscall.Exec", "subprocess"),
    ("os/exec.(*Cmd).String", None),
    ("mime.TypeByExtension", "mime-types"),
]


@pytest.mark.parametrize("function, need", GO)
def test_functions_of_go(function, need):
    """A name is exact: what is linked can be reached, and what only begins or ends alike is something else."""
    found = needs_of_go_with(function.encode())
    assert found == Needs("names", (Need(need, "linked", function),) if need else (), language="Go")


def test_a_need_is_told_once_by_the_clearest_function():
    found = needs_of_go_with(
        b"crypto/x509.SystemCertPool", b"os.TempDir", b"net/http.(*Transport).dialConn", b"os.CreateTemp"
    )
    assert found.found == (
        Need("ca-certificates", "linked", "net/http.(*Transport).dialConn"),
        Need("tmp", "linked", "os.CreateTemp"),
    )


EMBEDDED = [
    (b"time.LoadLocation", b"time/tzdata.init.0", "tzdata"),
    (b"time.LoadLocation", b"time/tzdata.loadFromEmbeddedTZData", "tzdata"),
    (b"net/http.(*Transport).dialConn", b"crypto/x509.SetFallbackRoots", "ca-certificates"),
]


@pytest.mark.parametrize("function, brings, need", EMBEDDED)
def test_data_that_the_program_brings(function, brings, need):
    found = needs_of_go_with(function, brings, b"os.CreateTemp")
    assert (names_of(found.found), found.embedded) == (["tmp"], (need,))


def test_names_of_source_files_are_no_functions():
    assert needs_of_go_with(files=[b"/src/time/zoneinfo.go", b"/etc/passwd"]).found == ()


@pytest.mark.parametrize("file", [b"/usr/lib/go/src/runtime/cgo/callbacks.go", b"runtime/cgo/callbacks.go"])
def test_c_code_in_a_go_program(file):
    """Its own names are nowhere, so of glibc and OpenSSL the texts tell; nothing else of the texts counts."""
    texts = b"libnss_%s.so\0getpwnam_r\0/etc/passwd\0/bin/sh\0/usr/share/zoneinfo\0SSL_CERT_FILE\0/usr/lib/ssl/cert.pem\0"
    found = needs_of_go_with(b"os.CreateTemp", files=[file], also=[Section(".rodata", texts, ALLOC)])
    assert found == Needs(
        "names",
        (Need("tmp", "linked", "os.CreateTemp"), Need("nss", "linked", "libnss_%s")),
        openssl_cert_file="/usr/lib/ssl/cert.pem",
        language="Go",
        cgo=True,
        databases=("passwd",),
        old_glibc=True,
    )


def test_texts_of_a_go_program_without_c_tell_nothing():
    """Nearly every Go program has them: whoever opens a socket or formats a time."""
    texts = b"/usr/share/zoneinfo\0/etc/ssl/certs\0/etc/passwd\0/bin/sh\0/tmp\0libnss_%s\0"
    assert needs_of_go_with(also=[Section(".rodata", texts, ALLOC)]) == Needs("names", (), language="Go")


UNREADABLE = [
    (dict(sections=[Section(".gopclntab", go_names([b"Xk3.aB", b"main.main"]), ALLOC)]), "names that were changed"),
    (dict(sections=[Section(".gopclntab", b"nonsense" * 20, ALLOC)]), "no table at its place"),
    (dict(sections=[Section(".rodata", b"/etc/passwd\0", ALLOC)]), "no table"),
    (dict(segments=[CODE]), "nothing"),
]


@pytest.mark.parametrize("shape, reason", UNREADABLE, ids=[row[-1] for row in UNREADABLE])
def test_a_go_program_whose_names_can_not_be_read(shape, reason):
    assert needs_in(go=True, **shape) == Needs("none", (), language="Go")
    assert needs_in(build=GoBuild("go1.26", "", (), {}), **shape) == Needs("none", (), language="Go")


def test_names_are_found_without_sections_and_in_other_forms():
    for word_size, big_endian in ((64, True), (32, False), (32, True)):
        table = go_names([b"runtime.main", b"os.TempDir"], word=word_size // 8, order=">" if big_endian else "<")
        found = needs_in(
            segments=[CODE, Segment(LOAD, table + bytes(64))], go=True, word_size=word_size, big_endian=big_endian
        )
        assert found.found == (Need("tmp", "linked", "os.TempDir"),)


def test_names_across_the_border_of_two_windows(monkeypatch):
    """Wherever a window ends, a whole name is found, and the half of another one is not taken for it."""
    monkeypatch.setattr(scan, "_WINDOW", 512)
    for before in range(0, 1200, 3):
        filler = b"x" * before
        assert names_of(needs_of_go_with(filler, b"os.CreateTemp", b"y" * 600).found) == ["tmp"]
        for other in (b"time.LoadLocationFromTZData", b"example.com/mytime.LoadLocation"):
            assert needs_of_go_with(filler, other, b"y" * 600).found == (), before


def test_the_last_name_of_the_table_counts():
    table = b"runtime.main\0os.CreateTemp\0"
    elf = read_elf(memoryview(elf_file(segments=[CODE, Segment(LOAD, table)])))
    (_, segment) = elf.segments
    linked = needs_of_go.read(elf, (segment.offset, segment.offset + len(table)))
    assert names_of(linked.found) == ["tmp"]


def test_a_table_of_functions_is_go_without_anything_else():
    """Without build information and notes, as esbuild is published."""
    table = Section(".gopclntab", go_names([b"runtime.main", b"time.LoadLocation"]), ALLOC)
    found = needs_in([table])
    assert (found.evidence, found.language, [need.name for need in found.found]) == ("names", "Go", ["tzdata"])


def test_a_lookup_of_users_calls_current_and_needs_it_not():
    found = needs_of_go_with(b"os/user.Current\0os/user.LookupId")
    assert [need.name for need in found.found] == ["users"]
    found = needs_of_go_with(b"os/user.Current\0os/user.LookupGroup")
    assert [need.name for need in found.found] == ["users", "current-user"]
