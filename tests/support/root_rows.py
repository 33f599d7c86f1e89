"""Roots, each with what a program finds in it: certificates, time zones, directories, users, permissions."""

from __future__ import annotations

import itertools
from typing import Dict, Iterator, NamedTuple, Tuple

from scratch_image.root import certificates, zones
from tests.support.root_programs import GLIBC, GO_NEW, GO_OLD, MUSL, OPENSSL, RUST, ZIG
from tests.support.roots import HASHED, PROBE_ROOT, Directory, File, Link, Tree, zip_of, zone

GO = (GO_OLD, GO_NEW)


C = (GLIBC, MUSL)


OPENSSLDIR = "/usr/lib/ssl"  # Debian's.


USER = "65532:65532"


MINE = (65532, 65532)


CERT, NO_CERT = File(PROBE_ROOT), File(b"no certificate\n")


ZONE = File(zone(2))


CLOSED, HIDDEN = 0o700, 0o600


class Row(NamedTuple):
    """A program in a root. `satisfied` and `missing` are what it prints."""

    names: Tuple[str, ...]
    what: str
    tree: Tree
    env: Dict[str, str]
    why: str
    user: str = USER
    satisfied: str = "yes"
    workdir: str = "/"

    @property
    def missing(self) -> str:
        return "+0000" if self.what == "local" else "no"


def certificate_rows() -> Iterator[Row]:
    def row(names: Tuple[str, ...], tree: Tree, why: str, **env: str) -> Row:
        return Row(names, "certificates", tree, env, why)

    every = (*GO, OPENSSL, RUST, ZIG)
    yield row(every, {}, "an empty root")
    for path in sorted({*certificates.GO_FILES, *certificates.RUST_FILES, f"{OPENSSLDIR}/cert.pem"}):
        yield row(every, {path: CERT}, path)
    for path in sorted({*certificates.GO_DIRECTORIES, *certificates.RUST_DIRECTORIES, f"{OPENSSLDIR}/certs"}):
        yield row(every, {f"{path}/company.pem": CERT}, f"a file of any name in {path}")
        yield row(every, {f"{path}/{HASHED}": CERT}, f"a file of a hashed name in {path}")
    yield row(every, {"/c/ca.pem": CERT}, "SSL_CERT_FILE", SSL_CERT_FILE="/c/ca.pem")
    yield row(every, {"/c/ca.pem": CERT}, "SSL_CERT_FILE, relative", SSL_CERT_FILE="c/ca.pem")
    yield row(every, {"/c/ca.pem": CERT}, "SSL_CERT_DIR, a name that is no hash", SSL_CERT_DIR="/c")
    yield row(every, {f"/c/{HASHED}": CERT}, "SSL_CERT_DIR", SSL_CERT_DIR="/c")
    yield row(every, {f"/d/{HASHED}": CERT}, "SSL_CERT_DIR, a list", SSL_CERT_DIR="/c:/d")
    second = {f"/c/{HASHED[:-1]}12": CERT}
    yield row((*GO, OPENSSL, RUST), second, "another number than 0", SSL_CERT_DIR="/c")
    yield row((*GO, OPENSSL, RUST), second, "another number than 0, in a list", SSL_CERT_DIR="/d:/c")
    hidden = {f"/c/{HASHED}": CERT, "/c": Directory(0o711)}
    yield row((*GO, OPENSSL, RUST), hidden, "SSL_CERT_DIR, which cannot be listed", SSL_CERT_DIR="/c")
    yield row((OPENSSL,), {**second, "/c": Directory(0o711)}, "and another number than 0", SSL_CERT_DIR="/c")
    yield row(every, {f"/d/{HASHED}": CERT, "/c/x": NO_CERT}, "a list, the first has none", SSL_CERT_DIR="/c:/d")
    both = {"/etc/ssl/certs/ca-certificates.crt": CERT, f"{OPENSSLDIR}/cert.pem": CERT}
    yield row(every, both, "SSL_CERT_FILE to nowhere, files there", SSL_CERT_FILE="/nowhere")
    yield row(every, both, "SSL_CERT_DIR to nowhere, files there", SSL_CERT_DIR="/nowhere")
    yield row(every, both, "both to nowhere", SSL_CERT_FILE="/nowhere", SSL_CERT_DIR="/nowhere")
    yield row(every, both, "both empty", SSL_CERT_FILE="", SSL_CERT_DIR="")
    in_directories = {"/etc/pki/tls/certs/a.pem": CERT, f"{OPENSSLDIR}/certs/{HASHED}": CERT}
    in_root = {"/company.pem": CERT, f"/{HASHED}": CERT}
    for listed in (":", ":/d", "/d:", "/d::/d"):
        yield row(every, {**in_root, "/d/x": NO_CERT}, f"an empty member of SSL_CERT_DIR: {listed}", SSL_CERT_DIR=listed)
    yield row(every, in_root, "SSL_CERT_DIR is the root", SSL_CERT_DIR="/")
    yield row(every, in_root, "SSL_CERT_DIR is the working directory", SSL_CERT_DIR=".")
    yield row(every, in_directories, "SSL_CERT_FILE to nowhere, directories there", SSL_CERT_FILE="/nowhere")
    yield row(every, {"/c/ca.pem": NO_CERT, **both}, "SSL_CERT_FILE without one", SSL_CERT_FILE="/c/ca.pem")
    first = "/etc/ssl/certs/ca-certificates.crt"
    yield row(every, {first: NO_CERT}, "a text in the place of the file")
    yield row(every, {first: NO_CERT, "/etc/ssl/cert.pem": CERT}, "the first has none, and a later one has")
    yield row(every, {first: NO_CERT, f"/etc/pki/tls/certs/{HASHED}": CERT}, "the first has none, a directory has")
    yield row(every, {first: CERT._replace(mode=HIDDEN)}, "a file that the user cannot read")
    yield row(every, {first: CERT._replace(mode=HIDDEN, owner=MINE)}, "a file of the user")
    yield row(every, {first: CERT._replace(mode=HIDDEN), "/etc/ssl/cert.pem": CERT}, "hidden, and a later one is there")
    yield row(every, {"/etc/ssl": Directory(CLOSED), first: CERT}, "a directory that the user cannot search")
    yield row(every, {"/etc/ssl/certs": Directory(0o711), f"/etc/ssl/certs/{HASHED}": CERT}, "one that cannot be listed")
    yield row(every, {"/c/ca.pem": CERT, first: Link("/c/ca.pem")}, "a link")
    yield row(every, {"/c/ca.pem": CERT, first: Link("../../../c/ca.pem")}, "a relative link")
    yield row(every, {first: Link("/nowhere")}, "a link to nowhere")
    yield row(every, {first: Link("ca-certificates.crt")}, "a link to itself")
    yield row(every, {"/c/x.pem": CERT, "/etc/ssl/certs": Link("/c")}, "a directory that is a link")
    yield row(every, {first: Directory()}, "a directory in the place of the file")
    yield row(every, {"/etc/ssl/certs/a": Link("b"), "/etc/ssl/certs/b": CERT._replace(mode=HIDDEN)}, "a link beside")
    damaged = File(PROBE_ROOT.replace(b"MIIBbz", b"MIIBbw"))
    # rustls and Zig take the block without a look at it, and fail later.
    yield row((*GO, OPENSSL), {first: damaged, f"{OPENSSLDIR}/cert.pem": damaged}, "a damaged certificate")
    within = File(b"x" + PROBE_ROOT)
    yield row((*GO, OPENSSL, RUST), {first: within, f"{OPENSSLDIR}/cert.pem": within}, "a block that begins within a line")
    after = File(PROBE_ROOT.replace(b"\n-----END", b" -----END"))
    yield row((*GO, OPENSSL), {first: after, f"{OPENSSLDIR}/cert.pem": after}, "a block that ends within a line")
    later = {"/etc/pki/tls/certs/ca-bundle.crt": CERT, f"{OPENSSLDIR}/cert.pem": CERT}
    yield row(every, {**later, "/etc/ssl": Directory(CLOSED)}, "the first place is closed, and a later one is there")
    yield row(every, {**later, "/etc/ssl": File()}, "the first place is below a file, and a later one is there")
    yield row(every, {**later, "/etc/ssl": Link("ssl")}, "the first place is below a circle, and a later one is there")
    with_text = File(b"# Company\n" + PROBE_ROOT + b"\nthe end\n")
    yield row(every, {first: with_text, f"{OPENSSLDIR}/cert.pem": with_text}, "text around it")
    windows = File(PROBE_ROOT.replace(b"\n", b"\r\n"))
    yield row(every, {first: windows, f"{OPENSSLDIR}/cert.pem": windows}, "DOS line ends")


def zone_rows() -> Iterator[Row]:
    def by_name(tree: Tree, why: str, **env: str) -> Row:
        return Row(GO, "zone Test/Zone", tree, env, why)

    def local(tree: Tree, why: str, names: Tuple[str, ...] = (*GO, *C, RUST), shows: str = "+0200", **env: str) -> Row:
        return Row(names, "local", tree, env, why, satisfied=shows)

    yield by_name({}, "no zone")
    for place in sorted({*zones.GO, *zones.MUSL, *zones.CHRONO}):
        yield by_name({f"{place}/Test/Zone": ZONE}, place)
        yield local({f"{place}/Test/Zone": ZONE}, place, TZ="Test/Zone")
    yield by_name({"/z/Test/Zone": ZONE}, "ZONEINFO, a directory", ZONEINFO="/z")
    archive = File(zip_of("Test/Zone", zone(2)))
    yield by_name({"/z.zip": archive}, "ZONEINFO, a zip", ZONEINFO="/z.zip")
    yield by_name({"/z.zip": archive}, "a zip that nothing names")
    yield by_name({}, "ZONEINFO to nowhere", ZONEINFO="/z")
    yield by_name({}, "ZONEINFO to no zip", ZONEINFO="/z.zip")
    yield by_name({"/usr/share/zoneinfo/Test/Zone": ZONE}, "ZONEINFO to nowhere, and data", ZONEINFO="/z")
    yield by_name({"/z.zip": archive._replace(mode=HIDDEN)}, "a zip that is hidden", ZONEINFO="/z.zip")
    yield by_name({"/go/lib/time/zoneinfo.zip": archive}, "GOROOT", GOROOT="/go")
    yield by_name({"/go/lib/time/zoneinfo.zip": archive}, "GOROOT, which nothing names")
    yield by_name({"/z/Test/Zone": ZONE}, "TZDIR is not Go's", TZDIR="/z")
    yield by_name({"/usr/share/zoneinfo": Directory(CLOSED), "/usr/share/zoneinfo/Test/Zone": ZONE}, "closed")
    usual = {"/usr/share/zoneinfo/Test/Zone": ZONE}
    yield by_name({**usual, "/usr/share/zoneinfo": Directory(0o711)}, "a directory that cannot be listed")
    yield by_name({**usual, "/usr/share/zoneinfo/Test": Directory(0o600)}, "one below that cannot be searched")
    yield by_name({"/usr/share/zoneinfo/Test/Zone": ZONE._replace(mode=HIDDEN)}, "a zone that is hidden")
    yield by_name({"/z/Test/Zone": ZONE, "/usr/share/zoneinfo": Link("/z")}, "a directory that is a link")
    yield local({}, "no zone", TZ="Test/Zone")
    yield local({**usual, "/usr/share/zoneinfo": Directory(0o711)}, "a directory that cannot be listed", TZ="Test/Zone")
    yield local({}, "two names, and no rule when", (*GO, GLIBC, RUST), "-0500", TZ="EST5EDT")
    yield local({}, "two names, and no rule when: always summer", (MUSL,), "-0400", TZ="EST5EDT")
    yield local({}, "two names, and the rule", shows="-0500", TZ="EST5EDT,M3.2.0,M11.1.0")
    yield local({"/usr/share/zoneinfo/EST5EDT": ZONE}, "two names that are a zone's", TZ="EST5EDT", names=(*GO, GLIBC, RUST))
    yield local({}, "an offset of minutes", shows="-0230", TZ="ABC+2:30")
    yield local({}, "a name of two letters", TZ="AB-2", names=(*GO, MUSL, RUST))
    yield local({}, "a name of eight letters", shows="+0200", TZ="ABCDEFGH-2")
    yield local({}, "TZ is not set", shows="+0000")
    yield local({}, "TZ is empty", shows="+0000", TZ="")
    yield local({}, "UTC", shows="+0000", TZ="UTC")
    yield local(usual, "UTC, and data", shows="+0000", TZ="UTC")
    yield local(usual, "another zone than the data's", TZ="Test/Other")
    yield local(usual, "a colon before the name", TZ=":Test/Zone")
    yield local({"/z/zone": ZONE}, "a path", TZ="/z/zone")
    yield local({"/z/zone": ZONE}, "a colon before a path", TZ=":/z/zone")
    yield local({}, "a path to nowhere", TZ="/z/zone")
    yield local({"/z/Test/Zone": ZONE}, "TZDIR", TZ="Test/Zone", TZDIR="/z")
    yield local(usual, "TZDIR to nowhere", TZ="Test/Zone", TZDIR="/z")
    yield local({"/z/Test/Zone": ZONE}, "ZONEINFO is not for TZ", TZ="Test/Zone", ZONEINFO="/z")
    yield local({}, "a rule", shows="+0100", TZ="CET-1CEST,M3.5.0,M10.5.0/3")
    yield local({}, "a short rule", shows="+0200", TZ="ABC-2")
    yield local({}, "a rule with an odd name", shows="+0200", TZ="<+02>-2")
    yield local({"/usr/share/zoneinfo/Test/Zone": ZONE._replace(mode=HIDDEN)}, "hidden", TZ="Test/Zone")
    yield local({"/go/lib/time/zoneinfo.zip": archive}, "GOROOT", GO, TZ="Test/Zone", GOROOT="/go")


def directory_rows() -> Iterator[Row]:
    for names in (*((name,) for name in (*GO, RUST)), C):

        def temporary(tree: Tree, why: str, user: str = USER, names: Tuple[str, ...] = names, **env: str) -> Row:
            return Row(names, "temporary", tree, env, why, user)

        yield temporary({}, "no /tmp")
        yield temporary({"/tmp": Directory(0o1777)}, "/tmp")
        yield temporary({"/tmp": Directory()}, "/tmp of root, 0755")
        yield temporary({"/tmp": Directory()}, "the same, as root", "0:0")
        yield temporary({"/tmp": Directory(0o700, MINE)}, "/tmp of the user")
        yield temporary({"/tmp": Directory(0o775, (0, 65532))}, "/tmp of the group")
        yield temporary({"/tmp": File()}, "/tmp is a file")
        yield temporary({"/s": Directory(0o1777), "/tmp": Link("/s")}, "/tmp is a link")
        yield temporary({"/s": Directory(0o1777)}, "TMPDIR", TMPDIR="/s")
        yield temporary({"/tmp": Directory(0o1777)}, "TMPDIR to nowhere", TMPDIR="/s")
        yield temporary({"/tmp": Directory(0o1777)}, "an empty TMPDIR", TMPDIR="")
        yield temporary({"/tmp": Directory(0o1777), "/s": Directory()}, "TMPDIR of root", TMPDIR="/s")
        yield temporary({"/s": Directory(0o1777)}, "a relative TMPDIR", TMPDIR="s")
        yield temporary({"/tmp": Directory(0o722)}, "cannot be searched")
    home = {"/home/me": Directory(CLOSED, MINE)}
    yield Row(GO, "cache", {}, {}, "HOME is /")
    yield Row(GO, "cache", {}, {}, "HOME is /, as root", "0:0")
    yield Row(GO, "cache", home, {"HOME": "/home/me"}, "a home")
    yield Row(GO, "cache", {}, {"HOME": "/home/me"}, "a home that is not there")
    yield Row(GO, "cache", {"/home/me": Directory()}, {"HOME": "/home/me"}, "a home of root")
    yield Row(GO, "cache", {"/c": Directory(0o777)}, {"XDG_CACHE_HOME": "/c"}, "XDG_CACHE_HOME")
    yield Row(GO, "cache", {"/c": Directory(0o777)}, {"XDG_CACHE_HOME": "/c/d/e"}, "XDG_CACHE_HOME, to be made")
    yield Row(GO, "cache", home, {"XDG_CACHE_HOME": "c", "HOME": "/home/me"}, "XDG_CACHE_HOME is relative")
    mine = {"/w": Directory(0o777)}
    yield Row(GO, "cache", mine, {"XDG_CACHE_HOME": "c"}, "relative, and the working directory can be written", workdir="/w")
    passwd = File(b"me:x:65532:65532::/home/me:\n")
    yield Row(GO, "cache", {**home, "/etc/passwd": passwd}, {}, "a home by passwd")


def user_rows() -> Iterator[Row]:
    line = b"me:x:65532:65532:Me:/home/me:/bin/false\n"
    passwd, other = {"/etc/passwd": File(line)}, {"/etc/passwd": File(b"root:x:0:0:root:/root:/bin/sh\n")}
    yield Row(GO, "user", {}, {}, "no passwd")
    yield Row(GO, "user", passwd, {}, "passwd")
    yield Row(GO, "user", passwd, {}, "passwd, and the user by name", "me")
    yield Row(GO, "user", other, {}, "passwd without the user")
    for name, text in (
        ("five colons", "me:x:65532:65532::/home/me"),
        ("six colons", "me:x:65532:65532:::"),
        ("seven colons", "me:x:65532:65532:Me:/home/me:/bin/false:more"),
        ("an id with zeros", "me:x:065532:65532::/:"),
        ("an id with a sign", "me:x:+65532:65532::/:"),
        ("a group that is no number", "me:x:65532:g::/:"),
        ("a group that is empty", "me:x:65532:::/:"),
        ("a group with a sign and zeros", "me:x:65532:-007::/:"),
        ("a group of digits that are not ASCII", "me:x:65532:²::/:"),
        ("a group that is too large", f"me:x:65532:{2**63}::/:"),
        ("the largest group", f"me:x:65532:{2**63 - 1}::/:"),
        ("no name", ":x:65532:65532::/:"),
        ("a plus", "+me:x:65532:65532::/:"),
        ("a minus", "-:x:65532:65532::/:"),
        ("a comment", " #me:x:65532:65532::/:"),
        ("blanks around", " me:x:65532:65532::/: "),
    ):
        yield Row(GO, "user", {"/etc/passwd": File(f"{text}\n".encode())}, {}, f"passwd: {name}")
    yield Row(GO, "user", {}, {"USER": "me"}, "USER")
    yield Row(GO, "user", {}, {"USER": ""}, "an empty USER")
    yield Row(GO, "user", {"/etc/passwd": File(line, HIDDEN)}, {}, "passwd is hidden")
    yield Row(GO, "user", {"/p": File(line), "/etc/passwd": Link("/p")}, {}, "passwd is a link")
    yield Row(GO, "lookup me", passwd, {}, "passwd")
    yield Row(GO, "lookup me", {}, {}, "no passwd")
    yield Row(GO, "lookup me", {"/etc/passwd": File(line, HIDDEN)}, {}, "passwd is hidden")
    yield Row(C, "user", passwd, {}, "passwd")
    yield Row(C, "user", {}, {}, "no passwd")
    yield Row(C, "user", {"/etc/passwd": File(line, HIDDEN)}, {}, "passwd is hidden")
    types, globs = File(b"text/probe probe\n"), File(b"50:text/probe:*.probe\n")
    yield Row(GO, "media-types", {}, {}, "no table")
    for path in ("/etc/mime.types", "/etc/apache2/mime.types", "/etc/apache/mime.types", "/etc/httpd/conf/mime.types"):
        yield Row(GO, "media-types", {path: types}, {}, path)
    for path in ("/usr/local/share/mime/globs2", "/usr/share/mime/globs2"):
        yield Row(GO, "media-types", {path: globs}, {}, path)


def permission_rows() -> Iterator[Row]:
    """What the kernel allows: every owner, for the user, its group, a group of /etc/group, others, and root."""
    passwd = File(b"me:x:1000:1000::/:\n")
    group = File(b"me:x:1000:\nteam:x:2000:you,me\nothers:x:3000:you\n")
    known = {"/etc/passwd": passwd, "/etc/group": group}
    owners = ((0, 0), (1000, 0), (0, 1000), (0, 2000), (0, 3000), (1000, 1000))
    for owner, mode in itertools.product(owners, (0o700, 0o070, 0o007, 0o750, 0o444, 0o111, 0o222)):
        tree = {**known, "/d": Directory(mode, owner), "/f": File(b"x", mode, owner)}
        for user in ("me", "1000:1000", "0:0"):
            why = f"{mode:04o} {owner} as {user}"
            yield Row((MUSL,), "write /d", tree, {}, why, user)
            yield Row((MUSL,), "read /f", tree, {}, why, user)
            yield Row((MUSL,), "list /d", tree, {}, why, user)
            yield Row((MUSL,), "execute /f", tree, {}, why, user)
    tree = {"/a": Directory(0o711), "/a/b": Directory(), "/a/b/f": File(b"x"), "/l": Link("/a/b"), "/up": Link("../../a")}
    for path in ("/a/b/f", "/l/f", "/l/../b/f", "/up/b/f", "a/b/f", "/../../a/b/f", "/a/b/f/", "/a/b/f/x", "/a//b/./f"):
        yield Row((MUSL,), f"read {path}", tree, {}, path)
    closed = {**tree, "/a": Directory(0o600)}
    yield Row((MUSL,), "read /a/b/f", closed, {}, "a directory that cannot be searched")
    yield Row((MUSL,), "read /l/f", closed, {}, "a link into it")
    yield Row((MUSL,), "read f", tree, {}, "relative to the working directory", workdir="/a/b")
    yield Row((MUSL,), "read ../f", tree, {}, "above the working directory", workdir="/a/b")
    circle = {"/x": Link("y"), "/y": Link("x")}
    yield Row((MUSL,), "read /x", circle, {}, "links in a circle")
    chain = {**{f"/l{number}": Link(f"l{number + 1}") for number in range(45)}, "/l45": File(b"x")}
    for start in (4, 5, 6, 7):
        yield Row((MUSL,), f"read /l{start}", chain, {}, f"{45 - start} links")
