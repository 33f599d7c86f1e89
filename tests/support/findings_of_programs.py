"""What is found in programs by what they are: unfit ones, linkage, platform."""

from __future__ import annotations

from scratch_image.binary.facts import BinaryFacts
from scratch_image.binary.needs import Needs
from scratch_image.binary.rust import Crate
from tests.support.judged import ARM, DYNAMIC, LD, MUSL, RUST, hinted, linked

# Fields of the target, changes of a static program or whole facts, kind of the target that makes it, findings in order
# with their severities, parts of the first one's text and fix, reason.
UNFIT = [
    (
        {},
        BinaryFacts(script="/bin/sh -e"),
        "",
        "SR001 error",
        ":bin is a script for /bin/sh -e",
        "name in `binary`",
        "a script",
    ),
    (
        {},
        BinaryFacts(other="an empty file"),
        "",
        "SR002 error",
        ":bin is an empty file, not an ELF",
        "`binary`",
        "empty",
    ),
    (
        {},
        BinaryFacts(broken="truncated"),
        "",
        "SR003 error",
        "not a complete ELF file: truncated",
        "build it again",
        "truncated",
    ),
    ({}, dict(linkage="object"), "", "SR004 error", "an object file, which was not linked", "`binary`", "gcc -c"),
    ({}, dict(linkage="core"), "", "SR004 error", ":bin is a core dump", "`binary`", "a core dump"),
    (
        {},
        dict(machine=247),
        "",
        "SR002 error",
        "machine 247 (BPF)",
        "a CPU that OCI has a platform for",
        "no platform",
    ),
    ({}, dict(word_size=32), "", "SR002 error", "32-bit little-endian", "a CPU", "x32"),
    ({"platform": "linux/amd64"}, BinaryFacts(script="x"), "", "SR001 error", "script", "", "`platform` is no help"),
]


LINKAGE = [
    ({}, {}, "", "", "", "", "a static program that needs nothing"),
    ({}, dict(linkage="static-pie"), "", "", "", "", "the same, position independent"),
    ({}, DYNAMIC, "", "SR010 error", f"loader {LD} and libc.so.6", "C and C++: add `-static` when", "no language is known"),
    ({}, dict(DYNAMIC, go=True), "go_binary", "SR010 error", "libc", "set `cgo_enabled=False` on the target", "cgo"),
    ({}, dict(DYNAMIC, go=True), "adhoc_tool", "SR010 error", "", "set `CGO_ENABLED=0` for `go build`", "another go build"),
    ({}, dict(DYNAMIC), "go_binary", "SR010 error", "", "[golang].cgo_enabled", "go_binary makes nothing but Go"),
    ({}, dict(DYNAMIC, crates=(Crate("a", "1"),)), "", "SR010 error", "", "add `-C target-feature=+crt", "Rust crates"),
    ({}, dict(DYNAMIC, compilers=("rustc version 1",)), "", "SR010 error", "", "+crt-static", "Rust, by its compiler"),
    ({}, dict(DYNAMIC, compilers=("GCC: (GNU) 12",)), "", "SR010 error", "", "add `-static` to the `gcc` or `g++`", "gcc"),
    (
        {}, dict(DYNAMIC, compilers=("GCC: (Debian) 12", "Debian clang version 17")), "", "SR010 error", "",
        "add `-static` to the `clang` or `clang++` that links it, or use `zig cc -target x86_64-linux-musl", "clang",
    ),
    (
        {}, dict(DYNAMIC, compilers=("Linker: LLD 22.1.8", "clang version 22.1.8")), "", "SR010 error", "",
        "link statically: use `zig cc -target x86_64-linux-musl -static`, or add `-static` to the `clang`", "Zig",
    ),
    (
        {}, dict(DYNAMIC, machine=183, compilers=("GCC: (GNU) 12",)), "", "SR010 error", "",
        "`zig cc -target aarch64-linux-musl -static`", "the program's CPU, not the reader's",
    ),
    (
        {}, dict(DYNAMIC, machine=183, needs=RUST), "", "SR010 error, SR048 info", "", "`aarch64-unknown-linux-musl`",
        "Rust for arm64",
    ),
    (
        {}, dict(DYNAMIC, machine=22, endianness="big", compilers=("GCC: 12",)), "", "SR010 error", "",
        "add `-static` to the `gcc`", "a machine that no cure names",
    ),
    (
        {}, dict(DYNAMIC), "file", "SR010 error", "", "that others publish: take its static", "somebody else's program",
    ),
    (
        {}, dict(DYNAMIC, go=True), "file", "SR010 error", "",
        "set `CGO_ENABLED=0` for `go build`; a program that others publish: take", "of a known language",
    ),
    (
        {}, dict(DYNAMIC, go=True, needs=linked("ca-certificates", "tzdata", cgo=True)), "",
        "SR010 error, SR040 warning, SR042 warning", "", "set `CGO_ENABLED=0`", "needs of a dynamic program",
    ),
    (
        {}, dict(DYNAMIC, needs=hinted("tmp")), "", "SR010 error, SR043 warning, SR048 info", "", "", "the same in C",
    ),
    ({}, dict(DYNAMIC, needed=tuple("abcdefg")), "", "SR010 error", "a, b, c, d, e and 2 more", "", "many libraries"),
    ({}, dict(DYNAMIC, interpreter=None), "", "SR010 error", "loader a loader and libc.so.6", "", "no loader is named"),
    ({}, dict(DYNAMIC, needed=(), go=True), "", "SR011 error", LD, "leave `-buildmode=pie` out", "Go's PIE"),
    ({}, dict(DYNAMIC, needed=()), "", "SR011 error", "although it uses no library", "link statically", "not Go"),
    ({}, dict(DYNAMIC, needed=(), go=True), "go_binary", "SR011 error", "", "-buildmode=pie", "the same by go_binary"),
    ({}, dict(linkage="shared library", needs=None), "", "SR012 error", "a shared library", "name in `binary`", "a library"),
    ({}, dict(DYNAMIC, interpreter=MUSL), "", "SR013 error", MUSL, "`-static` and without `-pie`", "musl-gcc -static-pie"),
    ({}, dict(DYNAMIC, interpreter=MUSL, needed=()), "", "SR013 error", MUSL, "without `-pie`", "without a library"),
    ({}, dict(foreign_os="FreeBSD"), "", "SR021 error", "built for FreeBSD", "GOOS=linux", "another system"),
    ({}, dict(executable_stack=True), "", "SR030 warning", "an executable stack", "noexecstack", "asked for"),
    ({}, dict(executable_stack=None), "", "", "", "", "not said"),
    ({}, dict(writable_code=True), "", "SR030 warning", "writable and executable", "--omagic", "ld -N"),
    (
        {}, dict(packed=True, needs=Needs("none", ())), "", "SR032 warning, SR048 info", "packed by UPX",
        "leave the packer out", "packed",
    ),
]  # fmt: skip


PLATFORM = [
    ({"platform": "linux/amd64"}, {}, "", "", "", "", "the program's"),
    ({"platform": "linux/amd64/v3"}, {}, "", "", "", "", "more than the program's"),
    ({"platform": "linux/arm64"}, {}, "", "SR020 error", "says linux/arm64, but :bin is built for linux/amd64", "leave", ""),
    ({"platform": "linux/386"}, {}, "", "SR020 error", "linux/386", "", "a CPU that could run it is another one"),
    ({"platform": "linux/arm/v7"}, {}, "", "SR020 error", "linux/arm/v7", "", "and one finding only"),
    ({"platform": "linux/amd64"}, dict(ARM, arm_version=7), "", "SR020 error", "built for linux/arm/v7", "", ""),
    ({}, dict(ARM, arm_version=6), "", "", "", "", "arm, known"),
    ({}, dict(ARM), "", "SR022 warning", "nothing in :bin states", 'platform="linux/arm/v7"', "arm, not known"),
    ({"platform": "linux/arm"}, dict(ARM), "", "SR022 warning", "nothing in :bin states", "", "the field says as little"),
    ({"platform": "linux/arm/v6"}, dict(ARM), "", "", "", "", "the field says it"),
    ({"platform": "linux/arm/v6"}, dict(ARM, arm_version=5), "", "", "", "", "an older program"),
    ({"platform": "linux/arm/v6"}, dict(ARM, arm_version=6), "", "", "", "", "the same"),
    (
        {"platform": "linux/arm/v6"}, dict(ARM, arm_version=7), "", "SR022 error",
        "says linux/arm/v6, but :bin needs ARMv7", 'platform="linux/arm/v7"', "a newer program",
    ),
    ({"platform": "linux/arm"}, dict(ARM, arm_version=7), "", "", "", "", "readers take arm for v7"),
    ({"platform": "linux/arm"}, dict(ARM, arm_version=8), "", "SR022 error", "needs ARMv8", "arm/v8", "more than that"),
    ({}, dict(x86_level=1), "", "", "", "", "every machine has v1"),
    ({}, dict(x86_level=3), "", "SR023 warning", "requires x86-64-v3", 'platform="linux/amd64/v3"', "a newer CPU"),
    ({"platform": "linux/amd64"}, dict(x86_level=2), "", "SR023 warning", "x86-64-v2", "v2", "amd64 is v1"),
    ({"platform": "linux/amd64/v2"}, dict(x86_level=3), "", "SR023 warning", "x86-64-v3", "v3", "more than declared"),
    ({"platform": "linux/amd64/v3"}, dict(x86_level=3), "", "", "", "", "declared"),
    ({"platform": "linux/amd64/v4"}, dict(x86_level=3), "", "", "", "", "more is declared"),
    ({}, dict(machine=183, x86_level=3), "", "", "", "", "another CPU's level means nothing"),
    (
        {"platform": "linux/arm64"}, dict(x86_level=3), "", "SR020 error, SR023 warning", "is built for linux/amd64",
        "", "arm64 has no such level",
    ),
]  # fmt: skip
