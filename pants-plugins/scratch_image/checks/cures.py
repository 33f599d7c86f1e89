"""What to do about a program, in the words of the target and of the language that it was made with."""

from __future__ import annotations

from typing import Mapping

from scratch_image.binary.facts import ProgramFacts

_GO_BINARY, _GO, _RUST, _C = "`go_binary`", "Go", "Rust", "C and C++"
# Kind of program → cure.
STATIC = {
    _GO_BINARY: "set `cgo_enabled=False` on the target or its `go_mod`, or `[golang].cgo_enabled = false`",
    _GO: "set `CGO_ENABLED=0` for `go build`",
    _RUST: "use a musl target such as `x86_64-unknown-linux-musl`, or `-C target-feature=+crt-static`",
    _C: "use `zig cc -target x86_64-linux-musl -static`, or another compiler for musl with `-static`",
}
PATH = {
    _GO_BINARY: 'put `"PWD=/proc/self/cwd"` into `[golang].subprocess_env_vars`',
    _GO: "add `-trimpath` to `go build`",
    _RUST: "add `--remap-path-prefix=$PWD=.` to the flags of `rustc`",
    _C: "add `-ffile-prefix-map=$PWD=.` to the flags of the compiler, or `-g0`",
}
STRIP = {
    _GO_BINARY: 'set `linker_flags=["-s", "-w"]` on the target',
    _GO: "add `-ldflags='-s -w'` to `go build`",
    _RUST: "add `-C strip=symbols` to the flags of `rustc`",
    _C: "add `-s` when linking, or run `strip`",
}
GO_PIE = "leave `-buildmode=pie` out, or add `-ldflags='-linkmode external -extldflags -static-pie'`"
MUSL = {
    _RUST: "add `-C target-feature=+crt-static`, which Alpine's compiler leaves out",
    _C: "link with `-static` and without `-pie`: some compilers for musl take `-static-pie` and link dynamically",
    "a program that others publish for musl (Alpine)": "take its static build; bun, dart and node have none",
}
GO_MUSL = "set `CGO_ENABLED=0`, or add `-ldflags='-linkmode external -extldflags -static'`"
KNOWN_CPU = "build it for a CPU that OCI has a platform for"


def every(cures: Mapping[str, str]) -> str:
    """The cures of all kinds of programs, in one line."""
    return "; ".join(f"{kind}: {cure}" for kind, cure in cures.items())


def static_cure(program: ProgramFacts, target_kind: str) -> str:
    """How to link a program statically."""
    if "ld-musl" in (program.interpreter or ""):
        kind = _kind(program, target_kind)
        return MUSL[_RUST] if kind == _RUST else GO_MUSL if kind in (_GO, _GO_BINARY) else every(MUSL)
    if program.go and not program.needed:
        return GO_PIE
    kind = _kind(program, target_kind)
    if kind == _C and not any("GCC:" in text or "clang" in text for text in program.compilers):
        return f"link statically: {every(STATIC)}"
    return f"link statically: {STATIC[kind]}"


def other_system_cure(what: str) -> str:
    """How to have a program for Linux in the place of `what`; empty if the check's own cure says it."""
    if "macOS" in what or "Windows" in what:
        return "build the program for Linux (Go: `GOOS=linux`; Rust: `--target x86_64-unknown-linux-musl`)"
    if "WebAssembly" in what:
        return "build the program for Linux: WebAssembly modules need a runtime of their own, and are out of scope"
    return ""


def path_cure(program: ProgramFacts, target_kind: str) -> str:
    """How to keep the directory of the build out of a program."""
    return PATH[_kind(program, target_kind)]


def strip_cure(program: ProgramFacts, target_kind: str) -> str:
    """How to leave symbols and debug information out."""
    return STRIP[_kind(program, target_kind)]


def _kind(program: ProgramFacts, target_kind: str) -> str:
    """The kind of a program, C where no language is known. `target_kind` is the alias of the target that makes it."""
    if target_kind == "go_binary":
        return _GO_BINARY
    if program.go:
        return _GO
    language = program.needs.language if program.needs else None
    is_rust = language == "Rust" or program.crates or any("rustc version" in text for text in program.compilers)
    return _RUST if is_rust else _C
