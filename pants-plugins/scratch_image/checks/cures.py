"""What to do about a program, in the words of the target and of the language that it was made with."""

from __future__ import annotations

from typing import Dict, Mapping, Tuple

from scratch_image.binary.facts import ProgramFacts

_GO_BINARY, _GO, _RUST, _C = "`go_binary`", "Go", "Rust", "C and C++"
_PUBLISHED = "a program that others publish"
# Machine → the targets of Zig and of Rust that have musl. For other machines, x86-64's stand as examples.
_MUSL_TARGETS: Dict[int, Tuple[str, str]] = {
    3: ("x86-linux-musl", "i686-unknown-linux-musl"),
    40: ("arm-linux-musleabihf", "armv7-unknown-linux-musleabihf"),
    62: ("x86_64-linux-musl", "x86_64-unknown-linux-musl"),
    183: ("aarch64-linux-musl", "aarch64-unknown-linux-musl"),
    243: ("riscv64-linux-musl", "riscv64gc-unknown-linux-musl"),
}
_X86_64 = 62
# Kind of program → cure; {zig} and {rust} are targets.
_STATIC = {
    _GO_BINARY: "set `cgo_enabled=False` on the target or its `go_mod`, or `[golang].cgo_enabled = false`",
    _GO: "set `CGO_ENABLED=0` for `go build`",
    _RUST: "add `-C target-feature=+crt-static` to the flags of `rustc`, or use the target `{rust}`",
    _C: "add `-static` when linking with `gcc` or `clang`, or use `zig cc -target {zig} -static`",
    _PUBLISHED: "take its static build, which is often named after musl",
}
# The compiler of a program in C or C++ → cure.
_STATIC_BY_COMPILER = {
    "gcc": "add `-static` to the `gcc` or `g++` that links it, or use `zig cc -target {zig} -static`",
    "clang": "add `-static` to the `clang` or `clang++` that links it, or use `zig cc -target {zig} -static`",
    "clang without gcc": "use `zig cc -target {zig} -static`, or add `-static` to the `clang` that links it",
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
_FILES = ("file", "files", "resource", "resources")
GO_PIE = "leave `-buildmode=pie` out, or add `-ldflags='-linkmode external -extldflags -static-pie'`"
MUSL = {
    _RUST: "add `-C target-feature=+crt-static`, which Alpine's compiler leaves out",
    _C: "link with `-static` and without `-pie`: some compilers for musl take `-static-pie` and link dynamically",
    "a program that others publish for musl (Alpine)": "take its static build; bun, dart and node have none",
}
GO_MUSL = "set `CGO_ENABLED=0`, or add `-ldflags='-linkmode external -extldflags -static'`"
KNOWN_CPU = "build it for a CPU that OCI has a platform for"


def _for_machine(cure: str, machine: int) -> str:
    zig, rust = _MUSL_TARGETS.get(machine, _MUSL_TARGETS[_X86_64])
    return cure.format(zig=zig, rust=rust)


STATIC = {kind: _for_machine(cure, _X86_64) for kind, cure in _STATIC.items()}


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
    return f"link statically: {_for_machine(_static_cure(program, target_kind), program.machine)}"


def _static_cure(program: ProgramFacts, target_kind: str) -> str:
    """The cure of the program's own kind; without a trace of a compiler, those of all kinds that it may be. A `file` may be
    what others publish."""
    kind = _kind(program, target_kind)
    published = {_PUBLISHED: _STATIC[_PUBLISHED]} if target_kind in _FILES else {}
    compiler = _compiler(program)
    if kind != _C or compiler:
        own = _STATIC_BY_COMPILER[compiler] if kind == _C else _STATIC[kind]
        return "; ".join((own, *(f"{other}: {cure}" for other, cure in published.items())))
    return every({_C: _STATIC[_C], _RUST: _STATIC[_RUST], **published})


def _compiler(program: ProgramFacts) -> str:
    """What compiled a program in C or C++: a key of _STATIC_BY_COMPILER, or nothing. The start files that clang links are
    mostly GCC's; those of Zig are not."""
    by_gcc = any("GCC:" in text for text in program.compilers)
    by_clang = any("clang" in text for text in program.compilers)
    return "clang" if by_clang and by_gcc else "gcc" if by_gcc else "clang without gcc" if by_clang else ""


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
