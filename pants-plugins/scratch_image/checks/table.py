"""The checks: one row each. An id keeps its meaning; a check that is removed leaves a gap. docs/checks.md shows them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Dict, Tuple

from scratch_image.checks.cures import GO_PIE, MUSL, PATH, STATIC, STRIP, every

SEVERITIES = ("error", "warning", "info", "off")


@dataclass(frozen=True)
class Check:
    """`severity` is the usual one. `meaning` and `cure` are sentences: what is true of an image that the check reports on,
    and what to do. A check that is not `allowable` reports what can never run."""

    id: str
    severity: str
    meaning: str
    cure: str
    allowable: bool = True

    @property
    def fix(self) -> str:
        """The cure as the end of a line."""
        return self.cure[0].lower() + self.cure[1:].rstrip(".")


_NAME_THE_PROGRAM = "Name in `binary` the target that makes the program itself."
_RUNTIME_FILES = "Paste the line that the message shows into the target: `runtime_files=[…]`."


_PASTE = "Paste the line that the message shows into the target."


def _sentence(cure: str) -> str:
    return f"{cure[0].upper()}{cure[1:]}."


# fmt: off
_ROWS = (
    Check("SR001", "error", "The program is a script. Its interpreter is not in the image.", _NAME_THE_PROGRAM,
          allowable=False),
    Check("SR002", "error",
          "The file is not a program for Linux (the message says what it is), or is for a CPU that OCI has no platform "
          "for.",
          "Build the program for Linux, and name it in `binary`.", allowable=False),
    Check("SR003", "error", "The ELF file is truncated or contradicts itself.",
          "Build it again, and find out what truncated it.", allowable=False),
    Check("SR004", "error", "The ELF file is an object file or a core dump: it was never linked.", _NAME_THE_PROGRAM,
          allowable=False),
    Check("SR010", "error",
          "The program is dynamically linked: it needs a loader and libraries that are not in the image.",
          f"Link statically. {_sentence(every(STATIC))}"),
    Check("SR011", "error",
          "The program needs a loader although it uses no library. Go's `-buildmode=pie` makes such programs.",
          _sentence(GO_PIE)),
    Check("SR012", "error", "The file is a shared library. Started as a program, it crashes.", _NAME_THE_PROGRAM),
    Check("SR013", "error",
          "The program is dynamically linked against musl, as is usual on Alpine: it needs musl's loader.",
          _sentence(every(MUSL))),
    Check("SR020", "error",
          "The image's platform is not the program's. With `allow`, the field's value is written.",
          "Leave `platform` out, or build the program for that platform."),
    Check("SR021", "error",
          "The program is for another operating system. Linux would load it, and it would crash.",
          "Build it for Linux (Go: `GOOS=linux`)."),
    Check("SR022", "error",
          "The program needs a newer ARM version than `platform` declares. If its version is unknown, this is a warning.",
          "Leave the variant out of `platform`, or build for an older version. Go: `GOARM=6`."),
    Check("SR023", "warning",
          "The program requires a newer x86-64 level than every machine of the platform has, and stops on older machines.",
          'Build it for a lower level (Go: `GOAMD64=v1`), or declare the level: `platform="linux/amd64/v3"`.'),
    Check("SR030", "warning",
          "The program's stack, or memory that it can write, is executable: an attacker can run what they write there.",
          "Link with `-z noexecstack`, and without `-N` and `--omagic`."),
    Check("SR031", "warning",
          "A file runs with the rights of its owner (setuid, setgid), whoever starts it.",
          "Leave the bit out of `mode`, or give the program `capabilities`."),
    Check("SR032", "warning",
          "The program is packed (UPX): its needs cannot be read, and it takes more memory than it saves on disk.",
          "Leave the packer out: layers are compressed anyway."),
    Check("SR033", "error",
          "What `entrypoint` starts is not in the image, or is not an absolute path.",
          "Start the program itself: leave `entrypoint` out, or begin it with `binary_path`."),
    Check("SR034", "warning",
          "`files` has sources or scripts, which nothing in the image can run or compile.",
          "Name only what is needed at run time."),
    Check("SR035", "warning",
          "The image's user cannot write a volume. A `workdir` that it cannot write is an info; one that it cannot "
          "enter is an error, because runtimes refuse to start the program.",
          "Give the directory to the user in `directories`: Docker gives a new volume the owner and the mode of the "
          "image's directory (moby, `daemon/create_unix.go`)."),
    Check("SR036", "warning",
          "A file is hidden by what runtimes mount: `/etc/hosts`, `/etc/hostname` and `/etc/resolv.conf`. Below "
          "`/proc`, `/sys` and `/dev` it is an error (runtime-spec, \"Default Filesystems\").",
          "Leave it out; give names and servers to the runtime: `--add-host`, `--dns`, `hostAliases`, `dnsConfig`."),
    Check("SR037", "warning",
          "`exposed_ports` has a port below 1024, which not every runtime lets an unprivileged user bind: Docker since "
          "20.10 and containerd's CRI since 2.0 do, CRI-O, nerdctl and earlier versions do not.",
          'Listen on port 1024 or a higher one, or add `capabilities=["cap_net_bind_service"]`.'),
    Check("SR038", "info",
          "A file capability is effective: a container that drops it (`drop: [\"ALL\"]`) cannot start the program at all "
          "(execve(2), EPERM; capabilities(7), \"Safety checking for capability-dumb binaries\").",
          "Add the capability back in the deployment, or write `=p` (permitted only) if the program raises it by itself."),
    Check("SR040", "warning",
          "The program makes TLS connections, and its library finds no CA certificate in the image.",
          _RUNTIME_FILES),
    Check("SR041", "warning",
          "The OpenSSL in the program looks for CA certificates at a place of its own or where `SSL_CERT_FILE` and "
          "`SSL_CERT_DIR` say, and finds none there.",
          '`runtime_files=["ca-certificates"]` puts them there as well; or set `SSL_CERT_FILE` in `env`.'),
    Check("SR042", "warning",
          "The program looks up time zones, and finds UTC only; or `TZ` in `env` names a zone that it does not find.",
          _RUNTIME_FILES),
    Check("SR043", "warning",
          "The program makes temporary files, and the image's user cannot write `TMPDIR` or, without it, `/tmp`.", _PASTE),
    Check("SR044", "info",
          "The program looks up users or groups, and the image has no `/etc/passwd`. If it asks which user it runs as, "
          "and that fails, this is a warning.", _PASTE),
    Check("SR045", "info",
          "The program can start other programs. There are none in the image, not even a shell.",
          "Make sure that this code is not reached, or works without other programs."),
    Check("SR046", "warning",
          "The program looks up users, groups, hosts or services by glibc's name service, and `/etc/nsswitch.conf` asks "
          "for a source of them other than files and DNS. Linked statically, glibc has those two since 2.34 (its NEWS); "
          "every other source, and before 2.34 every source, needs shared libraries of exactly the same glibc.",
          "Leave the other sources out of `/etc/nsswitch.conf`, or leave the file out; link with glibc 2.34 or later, "
          "or with musl."),
    Check("SR047", "info",
          "The program looks for terminal descriptions or media types. It has a fallback for these.",
          'For media types: `runtime_files=["mime-types"]`.'),
    Check("SR048", "info",
          "The program's needs are unknown or uncertain: it is packed or obfuscated, or its language leaves no list of "
          "what was linked.",
          "Name what it needs in `runtime_files`."),
    Check("SR049", "warning",
          "`runtime_files` of the target has entries that nothing in the program needs and no other field leads to. "
          "Reported for Go programs only, whose needs are exact.",
          "Remove them."),
    Check("SR050", "info",
          "The build is not fit for a release: C code in a Go program (cgo), or changes that were not committed.",
          "Go: `CGO_ENABLED=0`; build from a clean checkout."),
    Check("SR051", "warning",
          "The program contains the path of a directory whose name changes with each build, so its digest changes as "
          "well.",
          _sentence(every(PATH))),
    Check("SR052", "info",
          "The program has symbols and debug information, which no run needs. The message has their size.",
          _sentence(every(STRIP))),
    Check("SR060", "warning",
          "A certificate of `ca_bundle` has expired, or is not valid yet. Only `lint` reports this: images do not "
          "depend on the day.",
          "Replace the certificate."),
    Check("SR070", "warning",
          "The program asks for a directory for its cache, and the image's user can neither write nor make it: without "
          "a line in `/etc/passwd`, runtimes set `HOME` to `/`. If only a text hints at it, this is an info.",
          _PASTE),
    Check("SR071", "warning",
          "The program loads libraries while it runs. In a static program that fails: musl refuses, and glibc needs its "
          "own shared libraries. Go's `plugin.Open` is a warning; C's `dlopen`, which other libraries bring along, is an "
          "info.",
          "Link the code in, or make sure that it is not reached."),
    Check("OI001", "warning",
          "The user may not work: user namespaces do not map its id, or it is a name, which Kubernetes refuses under "
          "`runAsNonRoot`. A name that nothing in the image resolves and an id above 2147483647 are errors, because "
          "runtimes refuse to start the image; root is an info.",
          'Use ids below 65536: `user="65532:65532"`.'),
    Check("OI002", "warning",
          "Paths differ only in case: a file system that ignores case treats them as one path.",
          "Rename one of them."),
    Check("OI003", "warning",
          "A field has a placeholder that it does not fill in, such as `{env.GIT_SHA}`, or one that is misspelt. The "
          "program may read such placeholders itself: then accept it.",
          "Write the value itself; `{env.NAME}` is filled in only in the values of `image_labels` and `annotations`, in "
          "`repository` and in `image_tags`."),
    Check("OI004", "warning",
          "A file has an owner whose id user namespaces do not map, so rootless runtimes cannot unpack the image.",
          "Use ids below 65536."),
    Check("OI005", "error",
          "The image has more layers than Docker takes: 125 (moby, `maxLayerDepth`; Docker 20.10 loads 125, and refuses "
          "126).",
          "Join targets in one `files` target: each address in `files` is a layer."),
    Check("OI006", "warning",
          "All entries of an architecture in an index have a variant (`linux/amd64/v3` alone). containerd 1.6 and 2.4, "
          "podman 4.3 and Docker 20.10 ask for the plain platform and find no match.",
          "Use the plain platform as the key, or add a program for it."),
)
# fmt: on
CHECKS: Dict[str, Check] = {check.id: check for check in _ROWS}


def known_check(value: object) -> Check:
    """The check of an id. Raises ValueError, with the id of the same number if there is one."""
    check = CHECKS.get(value) if isinstance(value, str) else None
    if check is None:
        near = " or ".join(_same_number(str(value)))
        raise ValueError(f"unknown check {value!r}; {f'did you mean {near}?' if near else 'see docs/checks.md'}")
    return check


def _same_number(written: str) -> Tuple[str, ...]:
    """The ids with the number at the end of a text, or those of them with the same letters. O may stand for 0."""
    match = re.fullmatch(r"([A-Z]*?)[^A-Z0-9]*([0-9O]{1,6})", written.strip().upper())
    if not match:
        return ()
    number = int(match[2].replace("O", "0"))
    same = tuple(check for check in CHECKS if int(check[2:]) == number)
    return tuple(check for check in same if check[:2] == match[1]) or same
