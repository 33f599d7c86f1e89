"""The corpus: how every sample is made, what the reader of binaries must say of it, and how it ends in an empty root.

A recipe is a command line, run beside the sources: settings of the environment, a program, its arguments. `{out}` is the
sample, `{corpus}` the directory of all. `go` and `zig` are the hash-locked ones; what begins with `@` is in `steps.py`.
Samples that are made of others come after them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Dict, List, Optional, Tuple

# How execve ends in a root that holds nothing but the sample.
RUNS = "runs"
ENOENT = "ENOENT"
ENOEXEC = "ENOEXEC"
CRASHES = "crashes"
FAILS = "fails"  # In one of the ways above, or another: which one is the kernel's affair.
ANY = "any"  # Linux is more lenient than the reader, or is not always: nothing is asserted.

STATIC, STATIC_PIE, DYNAMIC = "static", "static-pie", "dynamic"
LIBRARY, OBJECT, CORE = "shared library", "object", "core"


@dataclass(frozen=True)
class Want:
    """What must be read. For an ELF file `linkage` is set, and `platform` is None where OCI has no name for its machine;
    else one of `broken`, `script` and `other`, a part of the text. `go` is None where it may be seen or not. `variant` is
    the CPU that the program was compiled for. `needs` is what it uses and an empty root lacks, None where nobody looked."""

    linkage: Optional[str] = None
    platform: Optional[str] = "linux/amd64"
    interpreter: Optional[str] = None
    needed: Tuple[str, ...] = ()
    soname: Optional[str] = None
    foreign_os: Optional[str] = None
    x86_level: Optional[int] = None
    executable_stack: bool = False
    writable_code: bool = False
    go: Optional[bool] = False
    variant: Optional[str] = None
    needs: Optional[Tuple[str, ...]] = None
    broken: Optional[str] = None
    script: Optional[str] = None
    other: Optional[str] = None


@dataclass(frozen=True)
class Sample:
    """`says` is in the output of a sample that runs, which is given the argument `--version`. `cpu` is a flag that the
    host's CPU must have. `kept` samples are small, and are in `samples/` too."""

    name: str
    recipe: str
    want: Want
    end: str
    why: str
    says: str = "hello"
    cpu: str = ""
    kept: bool = False

    @property
    def toolchain(self) -> str:
        """The program of the recipe."""
        return next(word for word in self.recipe.split() if "=" not in word)


LD_LINUX = "/lib64/ld-linux-x86-64.so.2"
LD_MUSL = "/lib/ld-musl-x86_64.so.1"
LIBC = ("libc.so.6",)


def _go(name: str, source: str, want: Want, end: str, why: str, env: str = "", flags: str = "", cpu: str = "") -> Sample:
    recipe = f"{env} go build -buildvcs=false {flags} -o {{out}} {source}.go"
    return Sample(name, " ".join(recipe.split()), want, end, why, cpu=cpu)


def _go_static(arch: str, variant: Optional[str] = None, needs: Optional[Tuple[str, ...]] = None) -> Want:
    return Want(STATIC, f"linux/{arch}", go=True, variant=variant, needs=needs)


STRIPPED = "'-ldflags=-s -w'"
# Go's name → (settings, variant of the platform).
_GO_CPUS: Dict[str, Tuple[str, Optional[str]]] = {
    "386": ("GOARCH=386", None),
    "arm64": ("GOARCH=arm64", None),
    "arm-5": ("GOARCH=arm GOARM=5", "v5"),
    "arm-6": ("GOARCH=arm GOARM=6", "v6"),
    "arm-7": ("GOARCH=arm GOARM=7", "v7"),
    "loong64": ("GOARCH=loong64", None),
    "mips64le": ("GOARCH=mips64le", None),
    "ppc64le": ("GOARCH=ppc64le", None),
    "riscv64": ("GOARCH=riscv64", None),
    "s390x": ("GOARCH=s390x", None),
}


def _go_cpus() -> List[Sample]:
    found = []
    for name, (env, variant) in _GO_CPUS.items():
        want = _go_static(name.split("-")[0], variant)
        why = f"{env}: Go needs no cross compiler"
        found.append(_go(f"go-{name}", "tiny", want, RUNS, why, env))
        if name in ("arm64", "arm-7", "s390x"):
            found.append(_go(f"go-{name}-stripped", "tiny", want, RUNS, f"{why}; no symbols", env, STRIPPED))
    return found


# Probes of what a Go program needs: name → (needs, why).
_GO_PROBES: Dict[str, Tuple[Tuple[str, ...], str]] = {
    "hello": ((), "formats and writes, nothing more"),
    "now": ((), "printing a time loads no time zone"),
    "location": (("time zones",), "time.LoadLocation"),
    "location_embedded": ((), "time.LoadLocation with time/tzdata inside"),
    "client": (("certificates",), "net/http as a client"),
    "client_fallback": ((), "net/http as a client, with roots of its own"),
    "client_tls": (("certificates",), "crypto/tls as a client"),
    "server": ((), "net/http as a server: links most of the client"),
    "server_tls": ((), "net/http as a TLS server: no roots are read"),
    "lookup": (("name resolution",), "net.LookupHost"),
    "user": (("users",), "os/user.Lookup"),
    "temp": (("temporary directory",), "os.CreateTemp"),
    "exec": (("programs",), "os/exec"),
    "mime": (("mime types",), "mime.TypeByExtension"),
}


def _go_probes() -> List[Sample]:
    found = []
    for name, (needs, why) in _GO_PROBES.items():
        want = _go_static("amd64", "v1", needs=needs)
        slug = f"go-{name.replace('_', '-')}"
        found.append(_go(slug, name, want, RUNS, why))
        found.append(_go(f"{slug}-stripped", name, want, RUNS, f"{why}; no symbols", flags=STRIPPED))
    return found


def _elsewhere(system: str, interpreter: str = "", needed: Tuple[str, ...] = ()) -> Want:
    return Want(
        DYNAMIC if interpreter else STATIC, interpreter=interpreter or None, needed=needed, foreign_os=system, go=True
    )


GO: List[Sample] = [
    *_go_probes(),
    *_go_cpus(),
    _go("go-trimpath", "hello", _go_static("amd64", "v1"), RUNS, "no paths of the machine; -ldflags not recorded",
        flags=f"-trimpath {STRIPPED}"),
    _go("go-no-buildid", "hello", _go_static("amd64", "v1"), RUNS, "Go's build ID is empty, its note stays or goes",
        flags="'-ldflags=-s -w -buildid='"),
    _go("go-amd64-v3", "tiny", _go_static("amd64", "v3"), RUNS, "needs AVX2; only build info says so", "GOAMD64=v3",
        cpu="avx2"),
    _go("go-pie", "tiny", Want(DYNAMIC, interpreter=LD_LINUX, go=True), ENOENT,
        "asks for a loader and no library: `-buildmode=pie` without cgo", flags="-buildmode=pie"),
    _go("go-cgo", "cgo", Want(DYNAMIC, interpreter=LD_LINUX, needed=LIBC, x86_level=1, go=True), ENOENT,
        "Go's default with a C compiler", "CGO_ENABLED=1"),
    _go("go-cgo-net", "lookup", Want(DYNAMIC, interpreter=LD_LINUX, needed=LIBC, go=True), ENOENT,
        "no C in sight: package net alone brings libc", "CGO_ENABLED=1"),
    _go("go-cgo-static-glibc", "cgo", Want(STATIC, x86_level=1, go=True), RUNS, "cgo linked statically by gcc",
        "CGO_ENABLED=1", "'-ldflags=-linkmode external -extldflags -static'"),
    _go("go-cgo-static-musl", "cgo", _go_static("amd64", "v1"), RUNS, "cgo linked statically by musl-gcc",
        "CGO_ENABLED=1 CC=musl-gcc", "'-ldflags=-linkmode external -extldflags -static'"),
    _go("go-cgo-static-pie", "cgo", Want(STATIC_PIE, x86_level=1, go=True), RUNS,
        "cgo, position independent and static, by gcc", "CGO_ENABLED=1",
        "-buildmode=pie '-ldflags=-linkmode external -extldflags -static-pie'"),
    _go("go-c-shared", "library", Want(LIBRARY, needed=LIBC, go=True), CRASHES, "a library for C", "CGO_ENABLED=1",
        "-buildmode=c-shared"),
    _go("go-c-archive", "library", Want(other="archive of object files"), ENOEXEC, "an archive for a C linker",
        "CGO_ENABLED=1", "-buildmode=c-archive"),
    _go("go-freebsd", "tiny", _elsewhere("FreeBSD"), CRASHES, "Linux loads it and does not look at its system",
        "GOOS=freebsd"),
    _go("go-netbsd", "tiny", _elsewhere("NetBSD"), CRASHES, "the same, with another number", "GOOS=netbsd"),
    _go("go-openbsd", "tiny", _elsewhere("OpenBSD", interpreter="/usr/libexec/ld.so", needed=("libc.so", "libpthread.so")),
        ENOENT, "dynamic as every program there", "GOOS=openbsd"),
    _go("go-dragonfly", "tiny", _elsewhere("dragonfly"), CRASHES, "nothing in its headers tells, build info does",
        "GOOS=dragonfly"),
    _go("go-illumos", "tiny", _elsewhere("illumos", interpreter="/lib/amd64/ld.so.1", needed=("libc.so",)), ENOENT,
        "its headers say System V; its loader and build info tell", "GOOS=illumos"),
    _go("go-android", "tiny", Want(DYNAMIC, "linux/arm64", interpreter="/system/bin/linker64", go=True), ENOENT,
        "Linux' kernel and another loader", "GOOS=android GOARCH=arm64"),
    _go("go-darwin-amd64", "tiny", Want(other="Mach-O, x86-64"), ENOEXEC, "a Mac's program", "GOOS=darwin"),
    _go("go-darwin-arm64", "tiny", Want(other="Mach-O, arm64"), ENOEXEC, "a newer Mac's", "GOOS=darwin GOARCH=arm64"),
    _go("go-windows", "tiny", Want(other="Windows program"), ENOEXEC, "a .exe", "GOOS=windows"),
    _go("go-wasm", "tiny", Want(other="WebAssembly"), ENOEXEC, "a module for WASI", "GOOS=wasip1 GOARCH=wasm"),
]  # fmt: skip

# Debian's objects of glibc say that they need level 1, and the linker keeps that.
_GLIBC = Want(STATIC, x86_level=1)
_GLIBC_DYNAMIC = Want(DYNAMIC, interpreter=LD_LINUX, needed=LIBC, x86_level=1)
C: List[Sample] = [
    Sample("gcc-static", "gcc -static -o {out} hello.c", _GLIBC, RUNS, "glibc; EI_OSABI is 3 for its indirect functions"),
    Sample("gcc-static-stripped", "gcc -static -s -o {out} hello.c", _GLIBC, RUNS, "strip writes 0 into EI_OSABI"),
    Sample("gcc-static-pie", "gcc -static-pie -o {out} hello.c", Want(STATIC_PIE, x86_level=1), RUNS,
           "ET_DYN like a library"),
    Sample("gcc-static-execstack", "gcc -static -s -z execstack -o {out} hello.c",
           Want(STATIC, x86_level=1, executable_stack=True), RUNS, "PT_GNU_STACK with PF_X"),
    Sample("gcc-static-level-3", "gcc -static -s -Wl,-z,x86-64-v3 -o {out} hello.c", Want(STATIC, x86_level=3, variant="v3"),
           RUNS, "the linker was told the level", cpu="avx2"),
    Sample("gcc-static-march-3", "gcc -static -s -O2 -march=x86-64-v3 -o {out} hello.c",
           Want(STATIC, x86_level=1, variant="v3"), RUNS, "the compiler alone leaves no trace but glibc's own", cpu="avx2"),
    Sample("gcc-dynamic", "gcc -no-pie -o {out} hello.c", _GLIBC_DYNAMIC, ENOENT, "ET_EXEC with a loader"),
    Sample("gcc-dynamic-pie", "gcc -pie -o {out} hello.c", _GLIBC_DYNAMIC, ENOENT, "the compiler's default"),
    Sample("gcc-dynamic-math", "gcc -s -Wl,--no-as-needed -o {out} hello.c -lm -lpthread -ldl",
           replace(_GLIBC_DYNAMIC, needed=("libm.so.6", "libc.so.6")), ENOENT,
           "libraries in the order of the command; two are empty archives by now"),
    Sample("gcc-dynamic-stripped", "gcc -s -Wl,-z,noseparate-code -o {out} hello.c", _GLIBC_DYNAMIC, ENOENT,
           "no symbols, no separate code", kept=True),
    Sample("gcc-runpath", "gcc -s -Wl,-z,noseparate-code,-rpath,/opt/lib -o {out} hello.c", _GLIBC_DYNAMIC, ENOENT,
           "DT_RUNPATH", kept=True),
    Sample("gcc-shared", "gcc -s -shared -fPIC -nostdlib -Wl,-z,noseparate-code -o {out} library.c", Want(LIBRARY), CRASHES,
           "no DT_SONAME, no DT_NEEDED: looks most like a static program", kept=True),
    Sample("gcc-shared-libc", "gcc -shared -fPIC -Wl,--no-as-needed -o {out} library.c", Want(LIBRARY, needed=LIBC), CRASHES,
           "needs libc"),
    Sample("gcc-shared-soname",
           "gcc -s -shared -fPIC -nostdlib -Wl,-z,noseparate-code,-soname,libanswer.so.1 -o {out} library.c",
           Want(LIBRARY, soname="libanswer.so.1"), CRASHES, "DT_SONAME", kept=True),
    Sample("gcc-shared-entry", "gcc -s -shared -fPIC -nodefaultlibs -Wl,-e,answer -o {out} library.c", Want(LIBRARY),
           CRASHES, "an entry point, as old linkers give, and no libraries: relocations tell"),
    Sample("gcc-object", "gcc -c -o {out} hello.c", Want(OBJECT), ENOEXEC, "not linked yet", kept=True),
    Sample("gcc-relocatable", "gcc -r -nostdlib -o {out} library.c", Want(OBJECT), ENOEXEC, "linked in part"),
    Sample("gcc-archive", "ar rcD {out} {corpus}/gcc-object", Want(other="archive of object files"), ENOEXEC, "a .a",
           kept=True),
    Sample("gcc-thin-archive", "ar rcDT {out} {corpus}/gcc-object", Want(other="archive"), ENOEXEC,
           "a thin archive has another magic"),
    Sample("gcc-bare", "gcc -Os -s -static -nostdlib -Wl,--build-id=none,-z,noseparate-code -o {out} bare.c", Want(STATIC),
           RUNS, "no library, no note", kept=True),
    Sample("gcc-bare-execstack", "gcc -Os -s -static -nostdlib -z execstack -Wl,-z,noseparate-code -o {out} bare.c",
           Want(STATIC, executable_stack=True), RUNS, "PT_GNU_STACK with PF_X", kept=True),
    Sample("gcc-bare-writable-code", "gcc -Os -s -static -nostdlib -Wl,-N -o {out} bare.c", Want(STATIC, writable_code=True),
           RUNS, "one segment to read, write and execute", kept=True),
    Sample("gcc-bare-pie", "gcc -Os -s -static-pie -nostdlib -Wl,-z,noseparate-code -o {out} bare.c", Want(STATIC_PIE), RUNS,
           "DF_1_PIE and nothing to relocate", kept=True),
    Sample("gcc-bare-level-4", "gcc -Os -s -static -nostdlib -Wl,-z,x86-64-v4,-z,noseparate-code -o {out} bare.c",
           Want(STATIC, x86_level=4), RUNS, "the note is a claim: it runs all the same", kept=True),
    Sample("gcc-bare-386", "gcc -m32 -fno-pic -no-pie -Os -s -static -nostdlib -o {out} bare.c", Want(STATIC, "linux/386"),
           RUNS, "32 bits", kept=True),
    Sample("gcc-bare-x32", "gcc -mx32 -c -Os -o {out} bare.c", Want(OBJECT, None), ENOEXEC,
           "x32: x86-64's number in a 32-bit file has no OCI platform", kept=True),
    Sample("gcc-iostream", "g++ -static -s -o {out} iostream.cpp", replace(_GLIBC, needs=()), RUNS,
           "libstdc++ holds the path of time zones and needs none"),
    Sample("gcc-half-static", "g++ -s -static-libgcc -static-libstdc++ -o {out} iostream.cpp",
           replace(_GLIBC_DYNAMIC, needed=("libc.so.6", "ld-linux-x86-64.so.2")), ENOENT, "often taken for static"),
    Sample("musl-static", "musl-gcc -static -s -o {out} hello.c", Want(STATIC), RUNS, "musl", kept=True),
    Sample("musl-static-writable-code", "musl-gcc -static -s -Wl,-N -o {out} hello.c", Want(STATIC, writable_code=True),
           CRASHES, "-N does not load the program headers, which musl looks for"),
    Sample("musl-static-symbols", "musl-gcc -static -o {out} hello.c", Want(STATIC), RUNS, "musl, with symbols"),
    Sample("musl-static-pie", "musl-gcc -static-pie -s -Wl,-z,noseparate-code -o {out} hello.c",
           Want(DYNAMIC, interpreter=LD_MUSL, needed=("libc.so",)), ENOENT,
           "Debian's musl-gcc does not know -static-pie and links dynamically", kept=True),
    Sample("musl-dynamic", "musl-gcc -s -Wl,-z,noseparate-code -o {out} hello.c",
           Want(DYNAMIC, interpreter=LD_MUSL, needed=("libc.so",)), ENOENT, "musl's loader"),
    Sample("glibc-itself", "@copy /lib/x86_64-linux-gnu/libc.so.6",
           Want(DYNAMIC, interpreter=LD_LINUX, x86_level=1, needed=("ld-linux-x86-64.so.2",), soname="libc.so.6"), ENOENT,
           "a library that is a program too"),
    Sample("glibc-loader", "@copy /lib64/ld-linux-x86-64.so.2", Want(LIBRARY, soname="ld-linux-x86-64.so.2"), RUNS,
           "the one library that runs; nobody makes an image of it", says="ld.so"),
]  # fmt: skip

# Probes of what a C program needs: name → needs.
_C_PROBES: Dict[str, Tuple[str, ...]] = {
    "hello": (),
    "getaddrinfo": ("name resolution",),
    "getpwnam": ("users",),
    "system": ("programs",),
    "localtime": ("time zones",),
    "temporary": ("temporary directory",),
}
C_PROBES: List[Sample] = [
    Sample(
        f"{libc}-{name}", f"{compiler} -static -s -o {{out}} {name}.c", replace(want, needs=needs), RUNS, f"{name}, {libc}"
    )
    for name, needs in _C_PROBES.items()
    for libc, compiler, want in (("glibc", "gcc", _GLIBC), ("musl", "musl-gcc", Want(STATIC)))
]

# Zig's CPU → (platform, variant, options). The ABI `none` has no C library to compile, which takes a second.
_ZIG_CPUS: Dict[str, Tuple[Optional[str], Optional[str], str]] = {
    "aarch64": ("linux/arm64", None, ""),
    "aarch64_be": (None, None, ""),
    "arm": ("linux/arm", "v7", "-mcpu=cortex_a7"),
    "arm-v6": ("linux/arm", "v6", "-mcpu=arm1176jzf_s"),
    "arm-v5": ("linux/arm", "v5", "-mcpu=arm926ej_s"),
    "loongarch64": ("linux/loong64", None, ""),
    "mips": ("linux/mips", None, ""),
    "mips64": ("linux/mips64", None, ""),
    "mips64el": ("linux/mips64le", None, ""),
    "mipsel": ("linux/mipsle", None, ""),
    "powerpc64": ("linux/ppc64", None, ""),
    "powerpc64le": ("linux/ppc64le", None, ""),
    "riscv64": ("linux/riscv64", None, ""),
    "s390x": ("linux/s390x", None, ""),
}
_BARE = "-nostdlib -static -Os -s -Wl,-e,_start"
ZIG: List[Sample] = [
    *(
        Sample(
            f"zig-bare-{cpu}",
            f"zig cc -target {cpu.split('-')[0]}-linux-none {_BARE} {options} -o {{out}} bare.c",
            Want(STATIC, platform, variant=variant),
            RUNS if platform else ENOEXEC,
            "the smallest program of its CPU",
            kept=True,
        )
        for cpu, (platform, variant, options) in _ZIG_CPUS.items()
    ),
    Sample("zig-musl-amd64", "zig cc -target x86_64-linux-musl -static -s -o {out} hello.c", Want(STATIC), RUNS,
           "zig's musl"),
    Sample("zig-musl-arm64", "zig cc -target aarch64-linux-musl -static -s -o {out} hello.c", Want(STATIC, "linux/arm64"),
           RUNS, "zig's musl, for another CPU"),
    Sample("zig-glibc", "zig cc -target x86_64-linux-gnu -s -o {out} hello.c",
           Want(DYNAMIC, interpreter=LD_LINUX, needed=LIBC), ENOENT, "zig cannot link glibc statically"),
]  # fmt: skip

_RUST_NEEDS = ("libgcc_s.so.1", "librt.so.1", "libpthread.so.0", "libdl.so.2", "libc.so.6")
RUST: List[Sample] = [
    Sample("rust-musl", "@wheel corpus.txt rust-just musllinux_1_2_x86_64 just", Want(STATIC_PIE), RUNS,
           "a published Rust program for musl", says="just 1."),
    Sample("rust-glibc", "@wheel corpus.txt rust-just manylinux_2_17_x86_64 just",
           Want(DYNAMIC, interpreter=LD_LINUX, needed=_RUST_NEEDS), ENOENT, "the same program for glibc"),
    Sample("rust-musl-arm64", "@wheel corpus.txt rust-just musllinux_1_2_aarch64 just", Want(STATIC, "linux/arm64"), RUNS,
           "the same program for arm64; its default is no PIE there", says="just 1."),
    Sample("rust-auditable", "@wheel uv.txt uv musllinux_1_1_x86_64 uv", Want(STATIC_PIE), RUNS,
           "a large one, with the crates that it is made of in .dep-v0", says="uv 0."),
    Sample("rust-auditable-glibc", "@wheel uv.txt uv manylinux_2_17_x86_64 uv",
           Want(DYNAMIC, interpreter=LD_LINUX, needed=(*_RUST_NEEDS[:3], "libm.so.6", *_RUST_NEEDS[3:])), ENOENT,
           "the same program for glibc"),
]  # fmt: skip

FILES: List[Sample] = [
    Sample("script", r"@write '#!/bin/sh\necho hello\n'", Want(script="/bin/sh"), ENOENT, "the shell is what is missing",
           kept=True),
    Sample("script-env", r"@write '#!/usr/bin/env python3\nprint(1)\n'", Want(script="/usr/bin/env python3"), ENOENT,
           "env too"),
    Sample("script-space", r"@write '#! /bin/sh -e\n'", Want(script="/bin/sh -e"), ENOENT, "a space, and an argument"),
    Sample("script-windows", r"@write '#!/bin/sh\r\necho hello\r\n'", Want(script="/bin/sh"), ENOENT, "DOS line ends"),
    Sample("script-nothing", r"@write '#!\n'", Want(script="nothing"), ENOEXEC, "no interpreter"),
    Sample("script-without", r"@write 'echo hello\n'", Want(other="'echo hello'"), ENOEXEC, "a shell would run it"),
    Sample("empty", "@write ''", Want(other="empty"), ENOEXEC, "a link step that failed"),
    Sample("text", r"@write 'version https://git-lfs.github.com/spec/v1\n'", Want(other="git-lfs"), ENOEXEC,
           "an LFS pointer"),
    Sample("gzip", "@gzip gcc-bare", Want(other="gzip"), ENOEXEC, "a compressed program"),
    Sample("zip", "@zip gcc-bare", Want(other="zip"), ENOEXEC, "a jar or pex"),
    Sample("tar", "@tar gcc-bare", Want(other="tar"), ENOEXEC, "an archive"),
    Sample("xz", "@xz gcc-bare", Want(other="xz"), ENOEXEC, "compressed"),
    Sample("pex", r"@pex '#!/usr/bin/env python3\n'", Want(script="/usr/bin/env python3"), ENOENT,
           "a zip behind a first line"),
    Sample("java", r"@write '\xca\xfe\xba\xbe\0\0\0\x34'", Want(other="Java class"), ENOEXEC, "magic of macOS' too"),
    Sample("mach-o-fat", r"@write '\xca\xfe\xba\xbe\0\0\0\x02'", Want(other="several CPUs"), ENOEXEC, "two CPUs in one"),
    Sample("noise", r"@write '\0\x01\x02\x03\xfc\xfd\xfe\xff'", Want(other="no known format"), ENOEXEC, "no format"),
]  # fmt: skip

_CUTS: Tuple[Tuple[str, Want, str, str], ...] = (
    # What is left, what must be read, how it ends, why. `loaded` is where the last segment ends.
    ("4", Want(broken="truncated"), FAILS, "the magic alone"),
    ("19", Want(broken="truncated"), FAILS, "within e_machine"),
    ("40", Want(broken="truncated"), FAILS, "within the header"),
    ("63", Want(broken="truncated"), FAILS, "one byte of the header is missing"),
    ("64", Want(broken="truncated"), FAILS, "no program header"),
    ("200", Want(broken="truncated"), FAILS, "within the program headers"),
    ("4096", Want(broken="truncated"), FAILS, "the first page"),
    ("1/2", Want(broken="truncated"), FAILS, "a half"),
    ("loaded-5000", Want(broken="truncated"), ANY, "a page or two of data are missing"),
    ("loaded-1", Want(broken="truncated"), ANY, "the last byte that is loaded: Linux reads zero"),
    ("loaded", Want(STATIC), RUNS, "what is lost is not loaded"),
)


def _cuts(name: str, whole: Want) -> List[Sample]:
    return [
        Sample(f"cut-{name}-{where.replace('/', '-')}", f"@cut {name} {where}", whole if cut.linkage else cut, end, why)
        for where, cut, end, why in _CUTS
    ]


# Offsets of fields in an ELF header of 64 bits, and of the only program header behind it.
_WRONG: Tuple[Tuple[str, int, str, Want, str, str], ...] = (
    ("class-0", 4, "00", Want(broken="EI_CLASS is 0"), ANY, "Linux does not look"),
    ("class-32", 4, "01", Want(broken=""), ANY, "a 64-bit file that says 32"),
    ("data-0", 5, "00", Want(broken="EI_DATA is 0"), ANY, "Linux does not look"),
    ("data-big", 5, "02", Want(broken=""), ANY, "little endian that says big"),
    ("ident-version", 6, "00", Want(broken="version"), ANY, "Linux does not look"),
    ("version", 20, "02000000", Want(broken="version"), ANY, "Linux does not look"),
    ("abi-freebsd", 7, "09", Want(STATIC, foreign_os="FreeBSD"), RUNS, "Linux does not look at EI_OSABI"),
    ("abi-unknown", 7, "c8", Want(STATIC, foreign_os="ABI 200"), RUNS, "a number of nobody"),
    ("type-none", 16, "0000", Want(broken="type is 0"), ENOEXEC, "ET_NONE"),
    ("type-core", 16, "0400", Want(CORE), ENOEXEC, "ET_CORE"),
    ("type-os", 16, "00fe", Want(broken="type is 65024"), ENOEXEC, "ET_LOOS"),
    ("machine-0", 18, "0000", Want(STATIC, None), ENOEXEC, "EM_NONE"),
    ("machine-unknown", 18, "ffff", Want(STATIC, None), ENOEXEC, "no such machine"),
    ("entry-0", 24, "0000000000000000", Want(broken="entry point 0x0"), CRASHES, "nothing is at 0"),
    ("entry-wild", 24, "ffffffffffffff7f", Want(broken="entry point"), CRASHES, "outside of every segment"),
    ("headers-far", 32, "ffffffffffffff7f", Want(broken="truncated"), FAILS, "e_phoff behind the end"),
    ("headers-odd", 54, "3700", Want(broken="e_phentsize is 55"), ENOEXEC, "e_phentsize"),
    ("headers-none", 56, "0000", Want(broken="no segment"), FAILS, "e_phnum 0"),
    ("headers-many", 56, "ff7f", Want(broken="more than Linux"), FAILS, "e_phnum 32767"),
    ("headers-extended", 56, "ffff", Want(broken=""), FAILS, "PN_XNUM, and no section that tells"),
    ("not-executable", 68, "04000000", Want(broken="executable segment"), CRASHES, "PF_X is missing"),
    ("segment-far", 72, "0000000000000040", Want(broken="truncated"), FAILS, "p_offset behind the end"),
    ("segment-long", 96, "ffffffffffffff7f", Want(broken="truncated"), FAILS, "p_filesz behind the end"),
)
BROKEN: List[Sample] = [
    *_cuts("gcc-static", _GLIBC),
    *_cuts("go-hello-stripped", Want(STATIC, go=True)),
    *(Sample(f"wrong-{name}", f"@patch made-one-segment {at} {content}", want, end, why)
      for name, at, content, want, end, why in _WRONG),
]  # fmt: skip

MADE: List[Sample] = [
    Sample("made-one-segment", "@elf", Want(STATIC), RUNS, "the smallest program of tests/support/programs.py"),
    Sample("made-upx-like", "@upx gcc-static-stripped", Want(STATIC), RUNS,
           "no section headers and UPX's marks where UPX writes them; it is not compressed"),
    Sample("made-upx-go", "@upx go-hello-stripped", Want(STATIC, go=None), RUNS, "the same of a Go program"),
    Sample("made-no-sections", "@nosections gcc-static", _GLIBC, RUNS, "section headers are not needed to run"),
    Sample("made-no-sections-go", "@nosections go-hello", Want(STATIC, go=True), RUNS, "build info without its section"),
    Sample("made-dep-v0", "objcopy --add-section .dep-v0={corpus}/crates {corpus}/musl-static {out}", Want(STATIC), RUNS,
           "crates as `cargo auditable` writes them", kept=True),
    Sample("made-appended", "@append gcc-bare 'hello behind the end'", Want(STATIC), RUNS, "data behind the program"),
    Sample("made-stripped-all", "strip --strip-all -R .comment -R .note.gnu.build-id -o {out} {corpus}/gcc-static", _GLIBC,
           RUNS, "no build ID"),
    Sample("made-debug-only", "objcopy --only-keep-debug {corpus}/gcc-static {out}", Want(broken=""), FAILS,
           "debug information with a program's headers: its segments are empty"),
]  # fmt: skip
CRATES = Sample(
    "crates",
    "@crates",
    Want(other="no known format"),
    ENOEXEC,
    "what .dep-v0 holds: zlib over JSON",
    kept=True,
)

SAMPLES: Tuple[Sample, ...] = (*GO, *C, *C_PROBES, *ZIG, *RUST, CRATES, *MADE, *FILES, *BROKEN)
