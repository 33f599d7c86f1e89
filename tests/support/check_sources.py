"""For each check where its rule is from: docs/checks.md names it, and a test that all are here."""

from __future__ import annotations

from typing import Dict

_NEEDS = "[where programs look](guide.md#where-programs-look)"
_ELF = "Linux, `fs/binfmt_elf.c`"
SOURCES: Dict[str, str] = {
    "SR001": 'execve(2), "Interpreter scripts"',
    "SR002": f'{_ELF} (`elf_check_arch`); image-spec, `config.md`, "architecture"',
    "SR003": f"gABI, chapters 4 and 5; {_ELF}",
    "SR004": f"gABI, chapter 4, `e_type`; {_ELF}, which loads ET_EXEC and ET_DYN",
    "SR010": f"gABI, chapter 5, PT_INTERP and DT_NEEDED; {_ELF}",
    "SR011": f"gABI, chapter 5, PT_INTERP; {_ELF}; Go, `cmd/link`",
    "SR012": "gABI, chapter 5: DT_SONAME, relocations that name a symbol; DF_1_PIE of binutils",
    "SR013": "musl, `ldso/dynlink.c`",
    "SR020": 'image-spec, `image-index.md`, "platform"',
    "SR021": f"gABI, chapter 4, EI_OSABI, and notes, at which {_ELF} does not look",
    "SR022": 'ARM, "Addenda to the ABI", `Tag_CPU_arch`; Go, `GOARM`',
    "SR023": "x86-64 psABI, `GNU_PROPERTY_X86_ISA_1_NEEDED`; Go, `GOAMD64`",
    "SR030": f"{_ELF}, PT_GNU_STACK; ld(1), `-z noexecstack`",
    "SR031": "execve(2), set-user-ID",
    "SR032": "UPX, `src/conf.h`, `UPX_MAGIC_LE32`",
    "SR033": "runtime-spec, `config.md`, `process.args`; execve(2)",
    "SR034": "execve(2)",
    "SR035": "moby, `daemon/create_unix.go`; runc, `libcontainer/init_linux.go` (chdir)",
    "SR036": "runtime-spec, `config-linux.md`; moby, `container/container_unix.go`, `NetworkMounts`",
    "SR037": "ip(7), `ip_unprivileged_port_start`; moby 20.10 and containerd 2.0, release notes",
    "SR038": "execve(2), EPERM; capabilities(7)",
    "SR040": _NEEDS,
    "SR041": "OpenSSL 3, `by_file.c`, `by_dir.c`, `by_store.c`",
    "SR042": f"{_NEEDS}; tzset(3)",
    "SR043": f"{_NEEDS}; tmpfile(3)",
    "SR044": "Go, `os/user/lookup_stubs.go`; getpwnam(3)",
    "SR045": "execve(2); system(3); execvp(3)",
    "SR046": "glibc, NEWS for 2.34, `nss/function.def`; nsswitch.conf(5)",
    "SR047": "Go, `mime/type_unix.go`; terminfo(5)",
    "SR048": "[ADR 7](adr/0007-evidence.md)",
    "SR049": "[ADR 7](adr/0007-evidence.md): Go links what can be reached",
    "SR050": "Go, `cmd/go`, `vcs.modified` and `CGO_ENABLED`",
    "SR051": "Go, `cmd/go`, `-trimpath`; rustc, `--remap-path-prefix`; gcc(1), `-ffile-prefix-map`",
    "SR052": "strip(1)",
    "SR060": "RFC 5280, 4.1.2.5",
    "SR070": "Go, `os.UserCacheDir`; XDG Base Directory Specification; runc, `libcontainer/init_linux.go` (`HOME`)",
    "SR071": "Go, package `plugin`; musl, `src/ldso/dlopen.c`; dlopen(3)",
    "OI001": "moby/sys/user, `GetExecUser`; subuid(5); Kubernetes, `runAsNonRoot`",
    "OI002": "image-spec, `layer.md`, which knows no case",
    "OI003": "the fields of this backend: [guide](guide.md#more-than-a-program)",
    "OI004": "user_namespaces(7); subuid(5)",
    "OI005": "moby, `layer/layer_store.go`, `maxLayerDepth`",
    "OI006": "containerd, `platforms.Only`; image-spec, `image-index.md`; [tried](guide.md#what-readers-of-images-refuse)",
}
