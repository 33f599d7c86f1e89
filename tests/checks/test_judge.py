"""Pins down what is found in an image by its fields and its program's facts, and which cure is told."""

from __future__ import annotations

import dataclasses

import pytest

from scratch_image.binary.facts import BinaryFacts
from scratch_image.binary.go import GoBuild
from scratch_image.binary.needs import Need, Needs
from scratch_image.binary.rust import Crate
from scratch_image.checks.findings import one_fix
from scratch_image.checks.judge import judge
from scratch_image.checks.table import CHECKS
from scratch_image.oci.platform import Platform
from tests.support.facts import DEFAULTS, facts_of, spec_of
from tests.support.roots import PROBE_ROOT, Directory, File, Link, contents_for, known_of_tree

LD, MUSL, LIBC = "/lib64/ld-linux-x86-64.so.2", "/lib/ld-musl-x86_64.so.1", ("libc.so.6",)
DYNAMIC = dict(linkage="dynamic", interpreter=LD, needed=LIBC, needs=None)
ARM = dict(machine=40, word_size=32)
RUST = Needs("strings", (), language="Rust")


def go(**settings):
    return GoBuild("go1.26", "cmd", (), settings)


SOURCES = b"hosts: files mdns4_minimal [NOTFOUND=return] dns\npasswd: files sss # x\nservices: [!UNAVAIL=return] files\n"


def linked(*names, **other):
    """Needs of a Go program."""
    return Needs("names", tuple(Need(name, "linked", f"f.{name}") for name in names), language="Go", **other)


def hinted(*names, **other):
    """Needs of a program in C."""
    return Needs("strings", tuple(Need(name, "hint", f"/{name}") for name in names), language="C", **other)


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
CONFIGURATION = [
    ({"entrypoint": ["/app", "serve"]}, {}, "", "", "", "", "the program and an argument"),
    ({"entrypoint": ["app"]}, {}, "", "SR033 error", "'app', which is not an absolute path", "['/app']", "relative"),
    ({"entrypoint": ["./app"]}, {}, "", "SR033 error", "not an absolute path", "", "relative to somewhere"),
    ({"entrypoint": ["/bin/sh", "-c", "/app"]}, {}, "", "SR033 error", "'/bin/sh'", "without a shell", "a shell"),
    ({"entrypoint": ["bash"]}, {}, "", "SR033 error", "not an absolute path", "without a shell", "a shell by its name"),
    (
        {"entrypoint": ["/usr/bin/env", "--x", "y z"]}, {}, "", "SR033 error", "", "entrypoint=['/app', '--x', 'y z']",
        "with arguments",
    ),
    ({"entrypoint": ["/usr/bin/env"]}, {}, "", "SR033 error", "only program in the image is /app", "start it", "another"),
    (
        {"entrypoint": ["/usr/bin"], "binary_path": "/usr/bin/app"}, {}, "", "SR033 error",
        "'/usr/bin', which is a directory", "['/usr/bin/app']", "a directory",
    ),
    ({"entrypoint": ["/"]}, {}, "", "SR033 error", "'/', which is a directory", "", "the root"),
    ({"entrypoint": ["//app"]}, {}, "", "", "", "", "the same path, with a slash twice"),
    ({"entrypoint": ["/app/"]}, {}, "", "SR033 error", "only program in the image is /app", "", "a file is no directory"),
    ({"entrypoint": ["/application"]}, {}, "", "SR033 error", "only program", "", "a name that begins alike"),
    ({"entrypoint": ["/bin/sh"], "binary_path": "/bin/sh"}, {}, "", "", "", "", "the program is a shell"),
    ({"user": "1000"}, {}, "", "", "", "", "an id"),
    ({"user": "00:7"}, {}, "", "OI001 info", "runs as root", "", "root, written otherwise"),
    ({"user": "0"}, {}, "", "OI001 info", "runs as root", 'user="65532:65532"', "root"),
    ({"user": "0:0"}, {}, "", "OI001 info", "runs as root", "", "root and its group"),
    ({"user": "1000:0"}, {}, "", "", "", "", "root's group"),
    ({"user": "65535:65535"}, {}, "", "", "", "", "the last ids that are mapped"),
    ({"user": "65536"}, {}, "", "OI001 warning", "below 65536", "use ids below 65536", "an id that is not mapped"),
    ({"user": "1:70000"}, {}, "", "OI001 warning", "user 1:70000", "", "a group that is not mapped"),
    ({"user": "70000:70000"}, {}, "", "OI001 warning", "user 70000:70000", "", "both"),
    ({"user": "2147483647"}, {}, "", "OI001 warning", "below 65536", "", "the last id that runtimes take"),
    (
        {"user": "2147483648"}, {}, "", "OI001 error", "no id above 2147483647", 'user="65532:65532"',
        "one more, which they refuse",
    ),
    ({"user": "1:4294967294"}, {}, "", "OI001 error", "no id above 2147483647", "use ids below 65536", "or a group's"),
    ({"user": "065532:065532"}, {}, "", "", "", "", "zeros before the ids"),
    ({"user": "me"}, {}, "", "OI001 error", "which id 'me' has", 'name the ids: user="65532:65532"', "a name"),
    ({"user": "nonroot"}, {}, "", "OI001 error", "'nonroot'", 'runtime_files=["nonroot"]', "known, and not there"),
    ({"user": "1:staff"}, {}, "", "OI001 error", "'staff'", 'runtime_files=["nonroot"]', "a known group, not there"),
    ({"user": "1:wheel"}, {}, "", "OI001 error", "'wheel'", "name the ids", "an unknown group"),
    ({"user": "root"}, {}, "", "OI001 info, OI001 error", "runs as root", "", "root by its name"),
    (
        {"user": "nonroot:nonroot", "runtime_files": ["nonroot"]}, {}, "", "OI001 warning", "runAsNonRoot",
        "65532:65532", "resolved",
    ),
    (
        {"user": "nobody:tty", "runtime_files": ["nonroot"]}, {}, "", "OI001 warning", "nobody:tty", 'user="65534:5"',
        "resolved",
    ),
    ({"user": "root", "runtime_files": ["nonroot"]}, {}, "", "OI001 info", "runs as root", "", "root, resolved"),
    ({"user": "me", "runtime_files": ["nonroot"]}, {}, "", "OI001 error", "'me'", "name the ids", "a name of nobody"),
    ({"user": "staff", "runtime_files": ["nonroot"]}, {}, "", "OI001 error", "'staff'", "", "a group is no user"),
]  # fmt: skip
CA, TZ, TMP, MIME = ["ca-certificates"], ["tzdata"], ["tmp"], ["mime-types"]
SSL = "/usr/lib/ssl/cert.pem"
OPENSSL = dict(openssl_cert_file=SSL)
NEEDS = [
    ({}, dict(needs=linked("ca-certificates")), "", "SR040 warning", "(linked: f.ca-certificates)", str(CA), "TLS in Go"),
    ({}, dict(needs=hinted("ca-certificates")), "", "SR040 warning, SR048 info", "(hint: the text /ca-", "", "TLS in C"),
    ({"runtime_files": CA}, dict(needs=linked("ca-certificates")), "", "", "", "", "there"),
    ({"ca_bundle": [":roots"]}, dict(needs=linked("ca-certificates")), "", "", "", "", "a bundle is there"),
    ({}, dict(needs=linked("tzdata")), "", "SR042 warning", "finds UTC only", str(TZ), "time zones"),
    ({"runtime_files": TZ}, dict(needs=linked("tzdata")), "", "", "", "", "there"),
    ({}, dict(needs=linked("tmp")), "", "SR043 warning", "there is no /tmp", str(TMP), "temporary files"),
    ({"runtime_files": TMP}, dict(needs=linked("tmp")), "", "", "", "", "there"),
    ({}, dict(needs=linked("users")), "", "SR044 info", "no /etc/passwd", "['nonroot']", "users"),
    ({"runtime_files": ["nonroot"]}, dict(needs=linked("users")), "", "", "", "", "there"),
    (
        {}, dict(needs=linked("current-user")), "", "SR044 warning", "asks which user it runs as", "['nonroot']",
        "os/user.Current",
    ),
    (
        {"user": "1000:1000"}, dict(needs=linked("current-user")), "", "SR044 warning", "USER is not set",
        "env={'USER': 'app'}", "an id that `nonroot` has no line for",
    ),
    ({"env": {"USER": "me"}}, dict(needs=linked("current-user")), "", "", "", "", "USER is enough"),
    ({}, dict(needs=linked("cache-directory")), "", "SR070 warning", "/.cache", "['nonroot']", "a cache in /"),
    (
        {"user": "1000:1000"}, dict(needs=linked("cache-directory")), "", "SR070 warning", "/.cache",
        "env={'HOME': '/home/app'}, directories={'/home/app': {'owner': '1000:1000'}}", "a user without a home",
    ),
    ({"runtime_files": ["nonroot"]}, dict(needs=linked("cache-directory")), "", "", "", "", "the home of `nonroot`"),
    ({}, dict(needs=linked("local-time")), "", "", "", "", "local time is UTC, and TZ is not set"),
    ({"env": {"TZ": "UTC"}}, dict(needs=linked("local-time")), "", "", "", "", "TZ=UTC needs no data"),
    ({"env": {"TZ": "Etc/UTC"}}, dict(needs=linked("local-time")), "", "", "", "", "nor does its other name"),
    (
        {"env": {"TZ": "Europe/Berlin"}}, dict(needs=linked("local-time")), "", "SR042 warning",
        "TZ=Europe/Berlin in `env` names", "write a zone", "TZ needs the zone; here its data are not known",
    ),
    ({"env": {"TZ": "Europe/Berlin"}}, dict(needs=linked("local-time", embedded=("tzdata",))), "", "", "", "", "embedded"),
    ({"env": {"TZ": "Europe/Berlin"}}, dict(needs=linked()), "", "", "", "", "no local time"),
    ({}, dict(needs=linked("plugins")), "", "SR071 warning", "loads libraries", "link the code in", "plugin.Open"),
    (
        {}, dict(needs=hinted("cache-directory")), "", "SR070 info, SR048 info",
        "may ask for a directory for its cache (hint: the text /cache-directory) in /.cache", "nonroot", "a hint",
    ),
    ({}, dict(needs=hinted("plugins")), "", "SR071 info, SR048 info", "can load libraries", "link the code in", "dlopen"),
    (
        {"env": {"TMPDIR": "/s"}, "runtime_files": TMP}, dict(needs=linked("tmp")), "", "SR043 warning",
        "there is no /s", "directories={'/s': {'mode': '1777'}}", "TMPDIR to nowhere",
    ),
    (
        {"directories": {"/tmp": {}}}, dict(needs=linked("tmp")), "", "SR043 warning",
        "the user 65532 cannot write it (mode 0755, owner 0:0)", "directories={'/tmp': {'mode': '1777'}}",
        "/tmp of root",
    ),
    ({"directories": {"/tmp": {}}, "user": "0"}, dict(needs=linked("tmp")), "", "OI001 info", "", "", "root may"),
    (
        {"volumes": ["/data"]}, {}, "", "SR035 warning", "so a new volume is root's",
        "directories={'/data': {'owner': '65532:65532'}}", "a volume",
    ),
    ({"volumes": ["/data"], "directories": {"/data": {"owner": "65532:65532"}}}, {}, "", "", "", "", "a volume of the user"),
    ({"volumes": ["/data"], "directories": {"/data": {"mode": "0777"}}}, {}, "", "", "", "", "a volume of all"),
    (
        {"volumes": ["/app/data"]}, {}, "", "SR035 warning", "cannot write the volume /app/data",
        "see to /app/data, or choose another path: /app is a file", "a volume below the program",
    ),
    ({"volumes": ["/app"]}, {}, "", "SR035 warning", "the volume /app", "another path: /app is a file", "in its place"),
    (
        {"volumes": ["/dev/data"]}, {}, "", "SR035 warning", "the volume /dev/data",
        "runtimes mount something of their own at /dev",
        "a volume below a mount",
    ),
    (
        {"volumes": ["/etc/hosts"]}, {}, "", "SR035 warning", "the volume /etc/hosts",
        "runtimes mount something of their own at /etc/hosts", "a volume where a file is mounted",
    ),
    (
        {"volumes": ["/c/data"], "directories": {"/c": {"mode": "0700"}}}, {}, "", "SR035 warning", "the volume /c/data",
        "the user 65532 cannot search /c", "a volume in a directory that is closed",
    ),
    (
        {"volumes": ["/l/data"], "symlinks": {"/l": "/srv"}}, {}, "", "SR035 warning", "the volume /l/data",
        "directories={'/srv/data': {'owner': '65532:65532'}}", "a volume behind a link: at its end",
    ),
    (
        {"volumes": ["/root"], "runtime_files": ["nonroot"]}, {}, "", "SR035 warning", "the volume /root",
        "another path: /root is of `runtime_files`", "a directory of `runtime_files`",
    ),
    (
        {"workdir": "/proc"}, {}, "", "SR035 info", "cannot write `workdir` /proc",
        "runtimes mount something of their own at /proc",
        "a working directory that is a mount",
    ),
    (
        {"workdir": "/w/.wh.a"}, {}, "", "SR035 info", "cannot write `workdir` /w/.wh.a", "no field takes such a path",
        "a name that layers reserve",
    ),
    (
        {"env": {"TMPDIR": "/\u202ea"}}, dict(needs=linked("tmp")), "", "SR043 warning", "there is no /",
        'runtime_files=["tmp"], env={"TMPDIR": "/tmp"}', "TMPDIR that no field takes",
    ),
    (
        {"env": {"TMPDIR": "/proc/a"}}, dict(needs=linked("tmp")), "", "SR043 warning", "there is no /proc/a",
        'runtime_files=["tmp"], env={"TMPDIR": "/tmp"}', "TMPDIR below a mount",
    ),
    (
        {"env": {"TMPDIR": "/app/a"}, "runtime_files": TMP}, dict(needs=linked("tmp")), "", "SR043 warning", "/app/a",
        'env={"TMPDIR": "/tmp"}', "TMPDIR below the program, and a place",
    ),
    (
        {}, dict(needs=hinted(openssl_cert_file="/proc/ssl/cert.pem")), "", "SR041 warning, SR048 info", "/proc/ssl",
        '"SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt"', "certificates below a mount",
    ),
    (
        {"user": "1000", "volumes": ["/home/nonroot/a"]}, dict(needs=linked("users")), "", "SR044 info, SR035 warning",
        "no /etc/passwd", "see to /etc/passwd: other fields are in the way", "`nonroot` would close what the volume is in",
    ),
    (
        {"user": "1000", "directories": {"/home/nonroot/a": {"owner": "1000:0"}}, "volumes": ["/home/nonroot/a"]},
        dict(needs=linked("users")), "", "SR044 info", "no /etc/passwd", "see to /etc/passwd: other fields",
        "the same, and the volume is the user's",
    ),
    (
        {"directories": {"/usr/share/zoneinfo": {}}}, dict(needs=linked("tzdata")), "", "SR042 warning", "", "see to",
        "the directory of the time zones is another field's",
    ),
    ({"runtime_files": TMP, "volumes": ["/tmp"]}, dict(needs=linked()), "", "", "", "", "a volume needs it"),
    ({"runtime_files": TMP, "volumes": ["/tmp/a"]}, dict(needs=linked()), "", "SR035 warning", "/tmp/a", "", "below it"),
    ({"runtime_files": TMP, "workdir": "/tmp"}, dict(needs=linked()), "", "", "", "", "the working directory needs it"),
    ({"runtime_files": CA, "symlinks": {"/ca.pem": "etc/ssl/certs/ca-certificates.crt"}}, {}, "", "", "", "", "a link"),
    ({"runtime_files": TZ, "symlinks": {"/etc/localtime": "../usr/share/zoneinfo/UTC"}}, {}, "", "", "", "", "as well"),
    ({"runtime_files": TMP, "cmd": ["--data=/tmp"]}, dict(needs=linked()), "", "", "", "", "an argument"),
    ({"runtime_files": CA, "env": {"CA": f"a:{'/etc/ssl/certs/ca-certificates.crt'}"}}, {}, "", "", "", "", "a variable"),
    (
        {"runtime_files": TMP, "cmd": ["/var/tmp", "x/tmp"], "workdir": "/tmpl"}, dict(needs=linked()), "",
        "SR049 warning, SR035 info", "needs tmp of", "", "other paths",
    ),
    ({"volumes": ["/data"], "user": "0"}, {}, "", "OI001 info", "", "", "root's volume is root's"),
    (
        {"workdir": "/w"}, {}, "", "SR035 info", "cannot write `workdir` /w",
        "directories={'/w': {'owner': '65532:65532'}}", "made by the runtime",
    ),
    (
        {"workdir": "/w", "directories": {"/w": {"mode": "0700"}}}, {}, "", "SR035 error", "cannot enter `workdir` /w",
        "name a directory", "closed",
    ),
    ({"workdir": "/app"}, {}, "", "SR035 error", "cannot enter", "", "the program is there"),
    ({"workdir": "/"}, {}, "", "", "", "", "the default"),
    (
        {"exposed_ports": ["80", "443", "8080"]}, {}, "", "SR037 warning", "the ports 80, 443 only where",
        "cap_net_bind_service", "low ports",
    ),
    ({"exposed_ports": ["80"], "user": "0"}, {}, "", "OI001 info", "", "", "root may bind it"),
    ({"exposed_ports": ["80"], "capabilities": ["cap_net_bind_service=p"]}, {}, "", "", "", "", "a capability"),
    ({"exposed_ports": ["1024"]}, {}, "", "", "", "", "the first port for all"),
    ({"capabilities": ["cap_net_raw=ep"]}, {}, "", "SR038 info", "cap_net_raw of `capabilities`", "=p", "effective"),
    ({}, dict(needs=linked("mime-types")), "", "SR047 info", "has only those built in", str(MIME), "its own line adds it"),
    ({"runtime_files": MIME}, dict(needs=linked("mime-types")), "", "", "", "", "there"),
    ({}, dict(needs=linked("subprocess")), "", "SR045 info", "there are none", "make sure that", "other programs"),
    ({}, dict(needs=hinted("nss")), "", "SR048 info", "", "", "glibc, whose default is files and DNS"),
    ({}, dict(needs=linked("nss", cgo=True)), "", "SR050 info", "", "", "cgo, in the same way"),
    ({}, dict(needs=hinted("terminfo")), "", "SR047 info, SR048 info", "terminal descriptions", "fallbacks", "ncurses"),
    (
        {}, dict(needs=hinted("ca-certificates", **OPENSSL)), "",
        "SR041 warning, SR048 info", SSL, str(CA), "OpenSSL",
    ),
    ({"runtime_files": CA}, dict(needs=hinted("ca-certificates", **OPENSSL)), "", "SR048 info", "", "", "with a link"),
    ({"ca_bundle": [":r"]}, dict(needs=hinted("ca-certificates", **OPENSSL)), "", "SR048 info", "", "", "with a bundle"),
    (
        {"env": {"SSL_CERT_FILE": "/x"}}, dict(needs=hinted(**OPENSSL)), "", "SR041 warning, SR048 info",
        "in /x, and there are none", "env={'SSL_CERT_FILE': '/etc/ssl/certs/ca-certificates.crt'}",
        "a variable that leads to nothing",
    ),
    (
        {"env": {"SSL_CERT_DIR": "/x"}}, dict(needs=hinted(**OPENSSL)), "", "SR041 warning, SR048 info", SSL, str(CA),
        "and a directory",
    ),
    (
        {"env": {"SSL_CERT_FILES": "/x"}}, dict(needs=hinted(**OPENSSL)), "", "SR041 warning, SR048 info",
        f"looks for CA certificates in {SSL}", str(CA), "another variable",
    ),
    (
        {}, dict(needs=hinted(openssl_cert_file="/etc/ssl/certs/ca-certificates.crt")), "", "SR040 warning, SR048 info",
        "TLS", str(CA), "where certificates would be anyway",
    ),
    ({}, dict(needs=hinted()), "", "SR048 info", "looked for in its texts", "needs in `runtime_files`", "not all is found"),
    ({}, dict(needs=hinted(unclear=("tzdata",))), "", "SR048 info", "and reveal nothing about tzdata", "", "C++"),
    ({}, dict(needs=Needs("none", (), language="Go")), "", "SR048 info", "packed or obfuscated", "", "garble"),
    ({}, dict(needs=linked()), "", "", "", "", "Go's names tell everything"),
    ({"runtime_files": CA}, dict(needs=linked()), "", "SR049 warning", "needs ca-certificates of", "[]", "not needed"),
    (
        {"runtime_files": [*TMP, *TZ, "nonroot"]}, dict(needs=linked("tmp")), "", "SR049 warning",
        "nothing in :bin needs tzdata of", "runtime_files=['tmp', 'nonroot']", "one of three; of users nobody can tell",
    ),
    ({"runtime_files": [*CA, *MIME]}, dict(needs=linked()), "", "SR049 warning", "ca-certificates and mime-types", "[]", ""),
    ({"runtime_files": TZ}, dict(needs=linked(embedded=("tzdata",))), "", "SR049 warning", "tzdata", "", "brought along"),
    ({"runtime_files": ["nsswitch", "services", "nonroot"]}, dict(needs=linked()), "", "", "", "", "nobody can tell"),
    ({"runtime_files": CA}, dict(needs=hinted()), "", "SR048 info", "", "", "C: texts do not say what is not needed"),
    ({"runtime_files": CA}, dict(needs=Needs("none", ())), "", "SR048 info", "", "", "nor does what cannot be read"),
    ({"runtime_files": CA}, dict(needs=linked(cgo=True)), "", "SR050 info", "contains C code", "CGO_ENABLED=0", "cgo"),
    ({"runtime_files": CA}, dict(needs=None, linkage="shared library"), "", "SR012 error", "", "", "it does not start"),
]  # fmt: skip
PATH, SYMBOLS = dict(build_path="/tmp/go-build1"), dict(strippable_bytes=1234567)
BUILD = [
    ({}, dict(go_build=go(**{"vcs.modified": "false"})), "", "", "", "", "a clean checkout"),
    (
        {}, dict(go_build=go(**{"vcs.modified": "true", "vcs.revision": "abc"})), "", "SR050 info",
        "built from abc with changes", "commit them", "changes",
    ),
    ({}, dict(go_build=go(**{"vcs.modified": "true"})), "", "SR050 info", "an unknown revision", "", "of what is not said"),
    ({}, PATH, "", "SR051 warning", "path /tmp/go-build1", "-ffile-prefix-map", "C"),
    ({}, dict(PATH, go=True), "go_binary", "SR051 warning", "", "[golang].subprocess_env_vars", "go_binary"),
    ({}, dict(PATH, go=True), "adhoc_tool", "SR051 warning", "", "-trimpath", "another go build"),
    ({}, dict(PATH, needs=RUST), "", "SR048 info, SR051 warning", "", "", "Rust: after what it needs"),
    ({}, dict(PATH, crates=(Crate("a", "1"),)), "", "SR051 warning", "", "--remap-path-prefix", "Rust, by crates"),
    ({}, SYMBOLS, "", "SR052 info", "1.2 MB", "or run `strip`", "C"),
    ({}, dict(SYMBOLS, go=True), "go_binary", "SR052 info", "", 'linker_flags=["-s", "-w"]', "go_binary"),
    ({}, dict(SYMBOLS, go=True), "adhoc_tool", "SR052 info", "", "-ldflags='-s -w'", "another go build"),
    ({}, dict(strippable_bytes=65535), "", "", "", "", "not worth a line"),
    ({}, dict(strippable_bytes=65536), "", "SR052 info", "65.5 kB", "", "worth one"),
]  # fmt: skip
LITERAL = [
    ({"env": {"A": "{env.B}"}}, {}, "", "OI003 warning", "field `env` has {env.B}, which", "`{env.NAME}` is", "env"),
    ({"image_labels": {"a": "{env.B-C}"}}, {}, "", "OI003 warning", "field `image_labels` has {env.B-C}", "", "misspelt"),
    ({"cmd": ["{env.B}", "{env.B}{env.C}"]}, {}, "", "OI003 warning, OI003 warning", "{env.B}", "", "each once"),
]  # fmt: skip
TABLE = [*UNFIT, *LINKAGE, *PLATFORM, *CONFIGURATION, *NEEDS, *BUILD, *LITERAL]


def judged(fields, changes, kind="", tree=None):
    facts = changes if isinstance(changes, BinaryFacts) else facts_of(**changes)
    spec = spec_of(**fields)
    judgement = judge(spec, facts, kind, contents_for(spec, tree or {}), known_of_tree(tree or {}))
    return dataclasses.replace(judgement, findings=one_fix(judgement.findings, spec))


@pytest.mark.parametrize("fields, changes, kind, want, text, fix, reason", TABLE)
def test_findings(fields, changes, kind, want, text, fix, reason):
    findings = judged(fields, changes, kind).findings
    assert ", ".join(f"{finding.check} {finding.severity}" for finding in findings) == want, reason
    if want:
        assert text in findings[0].text
        assert fix.replace("'", '"') in findings[0].fix.replace("'", '"')
    for finding in findings:
        assert finding.text and finding.fix and not finding.text.endswith(".") and not finding.fix.endswith(".")


def wanted():
    return {tuple(finding.split()) for row in TABLE for finding in row[3].split(", ") if finding}


def test_every_check_is_made():
    """SR060 is the one of another goal, which knows what day it is; the others are of what else is in the image."""
    made = {check for check, _ in wanted()} | {row[3].split()[0] for row in WITH_FILES if row[3]}
    assert made == set(CHECKS) - {"SR060", "SR031", "SR034", "SR036", "OI002", "OI004", "OI005", "OI006"}


def test_severities_of_the_table_come_first():
    """A finding has another severity than its check where CHECKS says so in words."""
    other = {check for check, severity in wanted() if severity != CHECKS[check].severity}
    assert other == {"OI001", "SR022", "SR035", "SR044", "SR070", "SR071"}


PASSWD, GROUP = {"/etc/passwd": File(b"me:x:1000:1000::/:\n")}, {"/etc/group": File(b"us:x:1000:\n")}
TOOL = {"/bin/tool": File(b"tool", 0o755)}
CA_FILE = {"/etc/ssl/certs/ca-certificates.crt": File(PROBE_ROOT)}
# Fields of the target, changes of a static program, what else is in the image, findings in order with their severities,
# parts of the first one's text and fix, reason.
WITH_FILES = [
    ({"entrypoint": ["/bin/tool"]}, {}, TOOL, "", "", "", "an executable of `files`"),
    ({"entrypoint": ["//bin//tool"]}, {}, TOOL, "", "", "", "the same path, with slashes twice"),
    ({"entrypoint": ["/bin/tool"]}, {}, {"/bin/tool": File(b"tool", 0o100, (65532, 0))}, "", "", "", "its owner may run it"),
    ({"entrypoint": ["/bin/tool"]}, {}, {"/bin/tool": Link("../app")}, "", "", "", "a link to an executable"),
    (
        {"entrypoint": ["/bin/tool"]}, {}, {"/bin/tool": Link("/nowhere")}, "SR033 error",
        "a link that leads to no file in the image", "['/app']", "a link to nothing",
    ),
    (
        {"entrypoint": ["/bin/tool"]}, {}, {"/bin/tool": Link("/m"), "/m": File(b"m")}, "SR033 error",
        "not executable (mode 0644)", "", "a link to a file that is none",
    ),
    (
        {"entrypoint": ["/etc/motd"]}, {}, {"/etc/motd": File(b"m")}, "SR033 error", "not executable (mode 0644)",
        "['/app']", "a file that is none",
    ),
    (
        {"entrypoint": ["/bin/tool"]}, {}, {"/bin/tool": Directory()}, "SR033 error",
        "'/bin/tool', which is a directory", "", "a directory has x as well",
    ),
    ({"entrypoint": ["/bin"]}, {}, TOOL, "SR033 error", "'/bin', which is a directory", "", "where files are"),
    ({"entrypoint": ["/bin/"]}, {}, TOOL, "SR033 error", "'/bin/', which is a directory", "", "with a slash"),
    ({"entrypoint": ["/bin/tools"]}, {}, TOOL, "SR033 error", "which is not in the image", "", "a name that begins alike"),
    ({"entrypoint": ["/x"]}, {}, PASSWD, "SR033 error", "only program in the image is /app", "", "no other is there"),
    ({"entrypoint": ["bin/tool"]}, {}, TOOL, "SR033 error", "not an absolute path", "", "relative"),
    ({"entrypoint": ["/bin/sh"]}, {}, {"/bin/sh": File(b"sh", 0o755)}, "", "", "", "a shell that is there"),
    ({"user": "me"}, {}, PASSWD, "OI001 warning", "runAsNonRoot", 'user="1000:1000"', "a name that the image resolves"),
    ({"user": "me:us"}, {}, {**PASSWD, **GROUP}, "OI001 warning", "runAsNonRoot", "", "and a group"),
    ({"user": "you"}, {}, PASSWD, "OI001 error", "which id 'you' has", "name the ids", "a name that passwd lacks"),
    (
        {"user": "me:us"}, {}, PASSWD, "OI001 error, OI001 warning", "which id 'us' has", "name the ids",
        "only users are there",
    ),
    ({"user": "me:us"}, {}, GROUP, "OI001 error", "which id 'me' has", "name the ids", "only groups are there"),
    (
        {"user": "nonroot"}, {}, GROUP, "OI001 error", "'nonroot'", "name the ids",
        "`nonroot` of `runtime_files` would be in the way of a file that is there",
    ),
    ({"user": "root"}, {}, {"/etc/passwd": File(b"root:x:0:0::/:\n")}, "OI001 info", "runs as root", "", "root, resolved"),
    ({"user": "bad"}, {}, {"/etc/passwd": File(b"bad:x::7::/:\n")}, "OI001 info", "runs as root", "", "no id is 0"),
    (
        {"user": "bad"}, {}, {"/etc/passwd": File("bad:x:²:7::/:\n".encode())}, "OI001 info", "runs as root", "",
        "so is one that is no number",
    ),
    (
        {"user": "1:bad"}, {}, {"/etc/group": File("bad:x:²:\n".encode())}, "", "", "", "of a group as well",
    ),
    (
        {"user": "root"}, {}, {"/etc/passwd": File(b"root:x:5:5::/:\n")}, "OI001 warning", "runAsNonRoot",
        'user="5:5"', "a root that is none",
    ),
    (
        {"user": "me"}, {}, {"/etc/passwd": File(b"me:x:70000:1::/:\n")}, "OI001 warning, OI001 warning",
        "below 65536", "use ids below 65536", "a name whose id is not mapped",
    ),
    ({}, dict(needs=linked("ca-certificates")), CA_FILE, "", "", "", "certificates of one's own"),
    (
        {}, dict(needs=linked("ca-certificates")), {"/ca.crt": File(PROBE_ROOT)}, "SR040 warning", "TLS", str(CA),
        "at another place",
    ),
    (
        {}, dict(needs=linked("tzdata")), {"/usr/share/zoneinfo": Link("/z"), "/z/UTC": File(b"TZif")}, "", "", "",
        "a link to time zones",
    ),
    ({}, dict(needs=linked("tzdata")), {"/usr/share/zoneinfo/Europe/Berlin": File(b"TZif")}, "", "", "", "one is enough"),
    (
        {}, dict(needs=linked("tzdata")), {"/usr/share/zoneinfo2/UTC": File(b"TZif")}, "SR042 warning", "UTC", str(TZ),
        "alike",
    ),
    ({}, dict(needs=linked("tmp")), {"/tmp": Directory(0o1777)}, "", "", "", "a directory"),
    (
        {}, dict(needs=linked("tmp")), {"/tmp/seed": File(b"x")}, "SR043 warning", "cannot write it", str(TMP),
        "only root can write there",
    ),
    ({}, dict(needs=linked("users")), PASSWD, "", "", "", "users"),
    ({}, dict(needs=linked("users")), GROUP, "SR044 info", "no /etc/passwd", "", "groups alone"),
    ({}, dict(needs=linked("mime-types")), {"/etc/mime.types": File(b"x")}, "", "", "", "media types"),
    (
        {}, dict(needs=hinted("nss", databases=("hosts", "passwd"))), {"/etc/nsswitch.conf": File(SOURCES)},
        "SR046 warning, SR048 info", "asks for mdns4_minimal, sss", "leave the other sources out",
        "sources that need libraries",
    ),
    (
        {}, dict(needs=hinted("nss", databases=("passwd",))), {"/etc/nsswitch.conf": File(SOURCES)},
        "SR046 warning, SR048 info", "asks for sss:", "leave the other sources out", "the one that it asks for",
    ),
    (
        {}, dict(needs=hinted("nss", databases=("services",))), {"/etc/nsswitch.conf": File(SOURCES)}, "SR048 info", "", "",
        "the sources of others",
    ),
    ({}, dict(needs=hinted("nss")), {"/etc/nsswitch.conf": File(SOURCES)}, "SR048 info", "", "", "nothing is asked for"),
    (
        {}, dict(needs=hinted("nss", databases=("hosts",))), {"/etc/nsswitch.conf": File(b"hosts: dns files\n")},
        "SR048 info", "", "", "both are built in",
    ),
    (
        {}, dict(needs=hinted("nss", databases=("hosts", "passwd"), old_glibc=True)), {}, "SR046 warning, SR048 info",
        "before 2.34 (hint: the text /nss), and looks up hosts and passwd", "link with glibc 2.34", "none is built in",
    ),
    (
        {}, dict(needs=hinted("users", "nss", databases=("passwd",), old_glibc=True)), {}, "SR046 warning, SR048 info", "",
        "", "no file helps",
    ),
    ({}, dict(needs=hinted("nss", old_glibc=True)), {}, "SR048 info", "", "", "an old one, and nothing is asked for"),
    (
        {}, dict(needs=linked("ca-certificates")), {"/etc/ssl/certs/ca-certificates.crt": File(b"text")},
        "SR040 warning", "in /etc/ssl/certs/ca-certificates.crt, and no certificate is in it", "see to",
        "a file without a certificate",
    ),
    (
        {"env": {"SSL_CERT_FILE": "/c/ca.pem"}}, dict(needs=linked("ca-certificates")), {"/c/ca.pem": File(PROBE_ROOT)},
        "", "", "", "SSL_CERT_FILE",
    ),
    (
        {"env": {"SSL_CERT_DIR": "/c"}}, dict(needs=linked("ca-certificates")), {"/c/ca.pem": File(PROBE_ROOT)}, "", "",
        "", "SSL_CERT_DIR",
    ),
    (
        {"env": {"SSL_CERT_FILE": "/no", "SSL_CERT_DIR": "/no"}}, dict(needs=linked("ca-certificates")), CA_FILE,
        "SR040 warning", "", 'env={"SSL_CERT_DIR": "/no", "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt"}',
        "both lead to nothing",
    ),
    ({"env": {"ZONEINFO": "/z.zip"}}, dict(needs=linked("tzdata")), {"/z.zip": File(b"PK")}, "", "", "", "ZONEINFO"),
    ({"env": {"TMPDIR": "/s"}}, dict(needs=linked("tmp")), {"/s": Directory(0o1777)}, "", "", "", "TMPDIR"),
    (
        {"entrypoint": ["/bin/tool"]}, {}, {"/bin/tool": File(b"x", 0o700)}, "SR033 error",
        "the user 65532 may not execute (mode 0700)", "", "root's",
    ),
    (
        {"entrypoint": ["/bin/tool"]}, {}, {"/bin": Directory(0o700), "/bin/tool": File(b"x", 0o755)}, "SR033 error",
        "cannot search /bin", "", "closed",
    ),
    ({}, dict(needs=linked("subprocess")), TOOL, "SR045 info", "none in the image but those in `files`", "", "a helper"),
    ({}, dict(needs=linked("subprocess")), PASSWD, "SR045 info", "there are none in the image", "", "no helper"),
    (
        {}, dict(needs=linked("subprocess")), {"/d": Directory(), "/l": Link("/d")}, "SR045 info",
        "there are none in the image", "", "neither is a program",
    ),
    (
        {}, dict(needs=hinted("ca-certificates", **OPENSSL)), {SSL: File(PROBE_ROOT), **CA_FILE}, "SR048 info", "", "",
        "at both places",
    ),
    (
        {}, dict(needs=hinted("ca-certificates", **OPENSSL)), CA_FILE, "SR041 warning, SR048 info",
        f"looks for CA certificates in {SSL}",
        'symlinks={"/usr/lib/ssl/cert.pem": "/etc/ssl/certs/ca-certificates.crt"}', "not where OpenSSL looks",
    ),
    (
        {}, dict(needs=linked("tmp", "users", "tzdata")), PASSWD, "SR043 warning, SR042 warning", "no /tmp",
        "runtime_files=['tzdata', 'tmp']", "what is there is not in the line: it would be in the way",
    ),
    (
        {}, dict(needs=linked("tmp", "ca-certificates")), CA_FILE, "SR043 warning", "no /tmp", "runtime_files=['tmp']",
        "certificates that are there, either",
    ),
]  # fmt: skip


@pytest.mark.parametrize("fields, changes, tree, want, text, fix, reason", WITH_FILES)
def test_with_files(fields, changes, tree, want, text, fix, reason):
    findings = judged(fields, changes, "", tree).findings
    assert ", ".join(f"{finding.check} {finding.severity}" for finding in findings) == want, reason
    if want:
        assert text in findings[0].text
        assert fix.replace("'", '"') in findings[0].fix.replace("'", '"')


def test_other_files_change_nothing():
    """Of all that is found without them."""
    for fields, changes, kind, *_ in TABLE:
        assert judged(fields, changes, kind, {"/srv/index.html": File(b"x")}) == judged(fields, changes, kind)


PLATFORMS = [
    # fields, changes, platform, reason
    ({}, {}, "linux/amd64", "the program's"),
    ({}, dict(x86_level=3), "linux/amd64/v3", "with its variant"),
    ({}, dict(ARM, arm_version=6), "linux/arm/v6", "with its variant"),
    ({"platform": "linux/amd64"}, dict(x86_level=3), "linux/amd64", "the field's"),
    ({"platform": "linux/arm/v7"}, dict(ARM, arm_version=6), "linux/arm/v7", "the field's"),
    ({"platform": "linux/arm64"}, {}, "linux/arm64", "the field's, if somebody accepts that"),
    ({}, DYNAMIC, "linux/amd64", "of a dynamic program, if somebody accepts that"),
    ({}, dict(linkage="shared library"), "linux/amd64", "of a library as well"),
    ({}, dict(foreign_os="FreeBSD"), "linux/amd64", "of another system's program as well"),
]


@pytest.mark.parametrize("fields, changes, want, reason", PLATFORMS)
def test_platforms(fields, changes, want, reason):
    assert judged(fields, changes).platform == Platform.parse(want)


@pytest.mark.parametrize("fields, changes", [row[:2] for row in UNFIT])
def test_what_is_no_program_has_no_platform(fields, changes):
    """And then what is found cannot be accepted, so that no image comes of it."""
    judgement = judged(fields, changes)
    assert judgement.platform is None
    assert [CHECKS[finding.check].allowable for finding in judgement.findings] == [False]


PASTE = [
    # fields, needs, the line, reason
    ({}, linked("tmp", "ca-certificates", "tzdata"), '["ca-certificates", "tzdata", "tmp"]', "in the catalog's order"),
    ({"runtime_files": TMP}, linked("ca-certificates"), '["ca-certificates"]', "without what is not needed"),
    ({"runtime_files": ["services", *TZ]}, linked("users"), '["nonroot", "services"]', "of services nobody can tell"),
    ({}, linked("tmp", "mime-types", "subprocess"), '["tmp", "mime-types"]', "one line for all"),
    ({}, linked("users", "tmp"), '["tmp", "nonroot"]', "a user lookup that is linked"),
    ({"ca_bundle": [":r"]}, linked("ca-certificates", "tmp"), '["tmp"]', "certificates are there"),
    ({"ca_bundle": [":r"], "runtime_files": CA}, linked("tmp"), '["tmp"]', "certifi's are not needed, nor are the user's"),
    (
        {"ca_bundle": [":r"], "runtime_files": CA},
        linked("tmp", "ca-certificates"),
        '["ca-certificates", "tmp"]',
        "with the user's",
    ),
]


@pytest.mark.parametrize("fields, needs, line, reason", PASTE)
def test_the_line_to_paste(fields, needs, line, reason):
    fixes = {finding.fix for finding in judged(fields, dict(needs=needs)).findings if finding.change}
    assert fixes == {f"runtime_files={line}"}


BLOCKED = [
    # fields, path, reason
    ({"runtime_files": CA}, "/etc/../cert.pem", "no plain path"),
    ({"ca_bundle": [":r"]}, "/etc/../cert.pem", "no plain path, with a bundle"),
    ({"runtime_files": CA, "binary_path": SSL}, SSL, "the program is there"),
    ({"runtime_files": [*CA, *TZ]}, "/usr/share/zoneinfo/cert.pem", "time zones are there"),
]


@pytest.mark.parametrize("fields, path, reason", BLOCKED)
def test_openssl_where_no_link_can_be(fields, path, reason):
    findings = judged(fields, dict(needs=hinted("ca-certificates", openssl_cert_file=path))).findings
    (finding,) = [finding for finding in findings if finding.check == "SR041"]
    assert f"looks for CA certificates in {path}" in finding.text
    assert finding.fix == 'env={"SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt"}'


def test_names_for_the_user_are_added_to_what_is_there():
    findings = judged({"user": "nonroot", "runtime_files": ["tmp"]}, dict(needs=linked("tmp"))).findings
    assert [finding.fix for finding in findings] == ['runtime_files=["tmp", "nonroot"]']


def test_what_an_option_says_is_not_called_too_much():
    """It is for all images, and some image needs it."""
    defaults = dataclasses.replace(DEFAULTS, runtime_files=("ca-certificates", "tzdata"))
    facts = facts_of(needs=linked())
    assert judge(spec_of(defaults), facts, "").findings == ()
    assert [found.check for found in judge(spec_of(defaults, runtime_files=CA), facts, "").findings] == ["SR049"]


def test_an_empty_user():
    spec = spec_of()
    spec = dataclasses.replace(spec, run=dataclasses.replace(spec.run, user=""))
    (finding,) = judge(spec, facts_of(), "").findings
    assert (finding.check, finding.severity) == ("OI001", "info") and "`user` is empty" in finding.text


def test_everything_at_once_is_told_in_one_order():
    """How it starts, where it runs, what it misses, how it was built, who it runs as."""
    changes = dict(
        DYNAMIC, foreign_os="NetBSD", executable_stack=True, writable_code=True, packed=True, needs=linked("tmp", cgo=True),
        go_build=go(**{"vcs.modified": "true"}), **PATH, **SYMBOLS,
    )  # fmt: skip
    fields = {"platform": "linux/arm64", "entrypoint": ["x"], "user": "me"}
    assert [finding.check for finding in judged(fields, changes).findings] == [
        "SR010", "SR021", "SR020", "SR030", "SR030", "SR032", "SR033", "SR043", "SR050", "SR051", "SR052", "OI001",
    ]  # fmt: skip
