"""What to do about a program, in the words of the target and of the language that it was made with."""

from __future__ import annotations

from scratch_image.binary.facts import ProgramFacts

_GO_BINARY = "cgo_enabled=False on the `go_binary` or its `go_mod`, or [golang].cgo_enabled = false"
_GO = "set CGO_ENABLED=0 for `go build`"
_C = "`zig cc -target x86_64-linux-musl -static`, or another compiler for musl with -static"
_RUST = "a musl target such as x86_64-unknown-linux-musl, or -C target-feature=+crt-static"


def static_cure(program: ProgramFacts, target_kind: str) -> str:
    """How to link a program statically."""
    if "ld-musl" in (program.interpreter or ""):
        return "link with -static and without -pie: this compiler's -static-pie makes a dynamic program"
    if program.go and not program.needed:
        return "leave -buildmode=pie out, or add -ldflags='-linkmode external -extldflags -static-pie'"
    if target_kind == "go_binary":
        return f"link statically: {_GO_BINARY}"
    if program.go:
        return f"link statically: {_GO}"
    if is_rust(program):
        return f"link statically: {_RUST}"
    if any("GCC:" in text or "clang" in text for text in program.compilers):
        return f"link statically: {_C}"
    return f"link statically: C and C++ with {_C}; Rust with {_RUST}; for Go {_GO}"


def path_cure(program: ProgramFacts, target_kind: str) -> str:
    """How to keep the place of the build out of a program."""
    if target_kind == "go_binary":
        return 'put "PWD=/proc/self/cwd" into [golang].subprocess_env_vars'
    if program.go:
        return "add -trimpath to `go build`"
    if is_rust(program):
        return "add --remap-path-prefix=$PWD=. to rustc's flags"
    return "add -ffile-prefix-map=$PWD=. to the compiler's flags, or -g0"


def strip_cure(program: ProgramFacts, target_kind: str) -> str:
    """How to leave symbols and debug information out."""
    if target_kind == "go_binary":
        return 'linker_flags=["-s", "-w"] on the `go_binary`'
    return "add -ldflags='-s -w' to `go build`" if program.go else "add -s when linking, or run `strip`"


def name_the_program() -> str:
    return "name in `binary` the target that makes the program itself"


def is_rust(program: ProgramFacts) -> bool:
    language = program.needs.language if program.needs else None
    return language == "Rust" or bool(program.crates) or any("rustc version" in text for text in program.compilers)
