"""The checks: one row each. Ids are for ever; a check that is no longer made leaves a gap. docs/checks.md shows them."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Dict

SEVERITIES = ("error", "warning", "info", "off")


@dataclass(frozen=True)
class Check:
    """`severity` is the usual one; `meaning` is what holds where it reports something; `cure` what to do. A check that is
    not `allowable` reports what can never run."""

    id: str
    severity: str
    meaning: str
    cure: str
    allowable: bool = True


_STATIC = (
    "Link statically. `go_binary`: `cgo_enabled=False` on it or its `go_mod`, or `[golang].cgo_enabled = false`. Other Go "
    "builds: "
    "`CGO_ENABLED=0`. C and C++: `zig cc -target x86_64-linux-musl -static`, or another compiler for musl with `-static`. "
    "Rust: a "
    "musl target, or `-C target-feature=+crt-static`."
)
_NAME_THE_PROGRAM = "Name in `binary` the target that makes the program itself."
_RUNTIME_FILES = "Paste the line that the message shows into the target: `runtime_files=[…]`."

_ROWS = (
    Check(
        "SR001",
        "error",
        "The program is a script. Its interpreter is not in the image.",
        _NAME_THE_PROGRAM,
        allowable=False,
    ),
    Check(
        "SR002",
        "error",
        "The file is no program for Linux (the message says what it is), or for a CPU that OCI has no platform for.",
        "Build the program for Linux, and name it in `binary`.",
        allowable=False,
    ),
    Check(
        "SR003",
        "error",
        "The ELF file is cut off or contradicts itself.",
        "Build it again, and see what cut it off.",
        allowable=False,
    ),
    Check(
        "SR004",
        "error",
        "The ELF file is an object file or a core dump: it was never linked.",
        _NAME_THE_PROGRAM,
        allowable=False,
    ),
    Check(
        "SR010",
        "error",
        "The program is dynamically linked: it needs a loader and libraries that are not in the image.",
        _STATIC,
    ),
    Check(
        "SR011",
        "error",
        "The program needs a loader although it uses no library, as Go's `-buildmode=pie` makes it.",
        "Leave `-buildmode=pie` out, or add `-ldflags='-linkmode external -extldflags -static-pie'`.",
    ),
    Check(
        "SR012",
        "error",
        "The file is a shared library. Started as a program, it crashes.",
        _NAME_THE_PROGRAM,
    ),
    Check(
        "SR013",
        "error",
        "The program needs musl's loader: some compilers' `-static-pie` makes a dynamic program, without a word.",
        "Link with `-static` and without `-pie`.",
    ),
    Check(
        "SR020",
        "error",
        "The image's platform is not the program's. With `allow`, the field's value is written.",
        "Leave `platform` out, or build the program for that platform.",
    ),
    Check(
        "SR021",
        "error",
        "The program is for another operating system. Linux would load it, and it would crash.",
        "Build it for Linux. Go: `GOOS=linux`.",
    ),
    Check(
        "SR022",
        "error",
        "The program needs a newer ARM than `platform` says. Where nothing tells what it needs, this is a warning.",
        "Leave the variant out of `platform`, or build for an older ARM. Go: `GOARM=6`.",
    ),
    Check(
        "SR023",
        "warning",
        "The program demands a newer x86-64 than every machine of the platform has, and stops on those that are older.",
        'Build it for an older level. Go: `GOAMD64=v1`. Or say it in the image: `platform="linux/amd64/v3"`.',
    ),
    Check(
        "SR030",
        "warning",
        "The program's stack, or memory that it can write, is executable: what an attacker writes there can be run.",
        "Link with `-z noexecstack`; leave `-N` and `--omagic` out.",
    ),
    Check(
        "SR031",
        "warning",
        "A file runs with the rights of its owner (setuid, setgid), whoever starts it.",
        "Leave the bit out of `mode`, or give the program `capabilities`.",
    ),
    Check(
        "SR032",
        "warning",
        "The program is packed (UPX): what it needs can not be read, and it takes more memory than it saves on disk.",
        "Leave the packer out: layers are compressed anyway.",
    ),
    Check(
        "SR033",
        "error",
        "What `entrypoint` starts is not in the image, or is no absolute path.",
        "Start the program itself: leave `entrypoint` out, or begin it with `binary_path`.",
    ),
    Check(
        "SR034",
        "warning",
        "`files` has sources or scripts, which nothing in the image can run or compile.",
        "Name what is needed at run time only.",
    ),
    Check(
        "SR040",
        "warning",
        "The program makes TLS connections, and the image has no CA certificates to check them with.",
        _RUNTIME_FILES,
    ),
    Check(
        "SR041",
        "warning",
        "The OpenSSL in the program looks for CA certificates at a place of its own, and the image has none there.",
        '`runtime_files=["ca-certificates"]` puts them there as well; or set `SSL_CERT_FILE` in `env`.',
    ),
    Check("SR042", "warning", "The program looks up time zones, and the image has none. UTC works without.", _RUNTIME_FILES),
    Check("SR043", "warning", "The program makes temporary files, and the image has no `/tmp`.", _RUNTIME_FILES),
    Check("SR044", "info", "The program looks up users or groups, and the image has no `/etc/passwd`.", _RUNTIME_FILES),
    Check(
        "SR045",
        "info",
        "The program can start other programs. There are none in the image, not even a shell.",
        "See that the code is not reached, or does without.",
    ),
    Check(
        "SR046",
        "warning",
        "The program has glibc's name service in it. Linked statically it reads files and DNS (glibc 2.34 and later); any "
        "other "
        "source needs shared libraries of the very same glibc.",
        "Take musl (Go: `CGO_ENABLED=0`), or accept it where files and DNS are enough.",
    ),
    Check(
        "SR047",
        "info",
        "The program looks for terminal descriptions or media types. It has a fallback for these.",
        'For media types: `runtime_files=["mime-types"]`.',
    ),
    Check(
        "SR048",
        "info",
        "What the program needs can not be told, or not for certain: it is packed, obfuscated, or made in a language that "
        "leaves "
        "no list of what was linked.",
        "Say in `runtime_files` what it needs.",
    ),
    Check(
        "SR049",
        "warning",
        "`runtime_files` of the target has entries that nothing in the program needs. Told of Go programs only, whose "
        "needs are "
        "exact.",
        "Take them out.",
    ),
    Check(
        "SR050",
        "info",
        "The build is not what a release should be: C code in a Go program (cgo), or sources that were not committed.",
        "Go: `CGO_ENABLED=0`; build from a clean checkout.",
    ),
    Check(
        "SR051",
        "warning",
        "The program holds the path of a directory that has another name at each build: its digest changes without reason.",
        "`go_binary`: `PWD=/proc/self/cwd` in `[golang].subprocess_env_vars`. Other Go builds: `-trimpath`. C, C++, Zig: "
        "`-ffile-prefix-map=$PWD=.`, or `-g0`. Rust: `--remap-path-prefix=$PWD=.`.",
    ),
    Check(
        "SR052",
        "info",
        "The program has symbols and debug information, which no run needs. The message has their size.",
        "Go: `-ldflags='-s -w'`. Others: `-s` when linking, or `strip`.",
    ),
    Check(
        "SR060",
        "warning",
        "A certificate of `ca_bundle` has expired, or is not valid yet. Only `lint` says so: an image does not depend on "
        "the day.",
        "Replace the certificate.",
    ),
    Check(
        "OI001",
        "warning",
        "The user can not be relied on: an id that user namespaces do not map. A name that nothing in the image resolves "
        "is an "
        "error, as runtimes refuse to start it; root is an info.",
        'Name ids below 65536: `user="65532:65532"`; for names, `runtime_files=["nonroot"]` and `user="nonroot"`.',
    ),
    Check(
        "OI002",
        "warning",
        "Paths differ in upper and lower case only: a file system that ignores case takes them for one.",
        "Rename one of them.",
    ),
)
CHECKS: Dict[str, Check] = {check.id: check for check in _ROWS}


def known_check(value: object) -> Check:
    """The check of an id. Raises ValueError with suggestions."""
    check = CHECKS.get(value) if isinstance(value, str) else None
    if check is None:
        near = difflib.get_close_matches(str(value).upper(), CHECKS, 3, 0.6)
        raise ValueError(f"{value!r} is no check; {'did you mean ' + ' or '.join(near) if near else 'see docs/checks.md'}")
    return check
