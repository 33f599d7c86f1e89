"""Whether a program finds the other things it looks for: a place for temporary files, a home, its user, media types."""

from __future__ import annotations

import posixpath
import re
from typing import Iterable, Optional, Tuple

from scratch_image.layout.tree import DIRECTORY
from scratch_image.root.answer import MISSING, SATISFIED, UNUSABLE, Answer
from scratch_image.root.identity import INT64, number
from scratch_image.root.of_image import PASSWD
from scratch_image.root.root import Root

TMPDIR, TMP, XDG_CACHE_HOME = "TMPDIR", "/tmp", "XDG_CACHE_HOME"
NSSWITCH = "/etc/nsswitch.conf"
# mime/type_unix.go: the first list in Go 1.14 and later.
_GLOBS = ("/usr/local/share/mime/globs2", "/usr/share/mime/globs2")
_TYPES = ("/etc/mime.types", "/etc/apache2/mime.types", "/etc/apache/mime.types", "/etc/httpd/conf/mime.types")
# What static glibc reads without any shared library: since 2.34, files and DNS are in libc itself.
_BUILT_IN = ("files", "dns")
# What to do after a source, as in `[NOTFOUND=return]`.
_ACTION = re.compile(r"\[[^]]*\]?")


def temporary_directory(root: Root) -> Answer:
    """Go's os.TempDir: TMPDIR, if it is not empty, and nothing else; or /tmp."""
    return _writable(root, root.variable(TMPDIR) or TMP)


def rust_temporary_directory(root: Root) -> Answer:
    """Rust's std::env::temp_dir: TMPDIR, where an empty one is the working directory; or /tmp."""
    return _writable(root, root.env.get(TMPDIR, TMP) or root.workdir)


def c_temporary_directory(root: Root) -> Answer:
    """tmpfile() of glibc and musl, and a path that the program holds: /tmp."""
    return _writable(root, TMP)


def cache_directory(root: Root, takes_relative: bool = False) -> Answer:
    """Go's os.UserCacheDir with what programs do next, `mkdir -p`: XDG_CACHE_HOME, or .cache in HOME. Before 1.24, it takes
    a relative path as any other (golang/go#68470)."""
    named = root.variable(XDG_CACHE_HOME)
    if named and not named.startswith("/") and not takes_relative:
        return Answer(UNUSABLE, named, f"{XDG_CACHE_HOME} is not an absolute path")
    return _made(root, named or posixpath.join(root.home(), ".cache"))


def xdg_cache_directory(root: Root) -> Answer:
    """The same by the XDG Base Directory Specification, which ignores a relative path, as Rust's crates do."""
    named = root.variable(XDG_CACHE_HOME)
    return _made(root, named if named.startswith("/") else posixpath.join(root.home(), ".cache"))


def current_user(root: Root) -> Answer:
    """Go's os/user.Current without cgo (lookup_stubs.go): a line of passwd with the user's id, or USER; HOME is always
    set."""
    if _go_finds(root.text(PASSWD), str(root.identity.uid)):
        return Answer(SATISFIED, PASSWD)
    if root.variable("USER"):
        return Answer(SATISFIED, "USER")
    if root.lookup(PASSWD).node is None:
        return Answer(MISSING, PASSWD)
    if not root.readable(PASSWD):
        return Answer(UNUSABLE, PASSWD, "the user cannot read it")
    # A file that nobody has read may have the line.
    if root.text(PASSWD) is None:
        return Answer(SATISFIED, PASSWD)
    return Answer(UNUSABLE, PASSWD, f"it has no line for the id {root.identity.uid}")


def _go_finds(passwd: Optional[bytes], uid: str) -> bool:
    """readColonFile and matchUserIndexValue of Go's os/user (lookup_unix.go): seven fields,
    the id as it is written, a group that is a number, and a name."""
    lines = (line.strip() for line in (passwd or b"").decode("utf-8", "replace").split("\n"))
    rows = (line.split(":", 6) for line in lines if not line.startswith("#"))
    users = (row for row in rows if len(row) == 7 and row[0] and row[0][0] not in "+-" and row[2] == uid)
    groups = (number(row[3]) for row in users)
    return any(group is not None and -INT64 - 1 <= group <= INT64 for group in groups)


def users(root: Root) -> Answer:
    """Lookups of users by name or id: passwd(5)."""
    return _readable(root, (PASSWD,))


def media_types(root: Root) -> Answer:
    """Go's package mime (type_unix.go): the shared database, else tables."""
    return _readable(root, (*_GLOBS, *_TYPES))


def terminal_descriptions(root: Root) -> Answer:
    """ncurses' places (terminfo(5)), if any of them has an entry; TERMINFO may name another."""
    every = (*filter(None, (root.variable("TERMINFO"),)), "/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo")
    found = next((path for path in every if root.readable_directory(path)), "")
    return Answer(SATISFIED, found) if found else Answer(MISSING, every[-1])


def foreign_sources(root: Root, databases: Iterable[str]) -> Tuple[str, ...]:
    """The sources of these databases in nsswitch.conf(5) that a static glibc would need shared libraries for; none without
    the file, whose default is files and DNS."""
    text = (root.text(NSSWITCH) or b"").decode("utf-8", "replace")
    lines = (line.partition("#")[0].partition(":") for line in text.split("\n"))
    asked = frozenset(databases)
    words = (word for name, _, sources in lines if name.strip() in asked for word in _ACTION.sub(" ", sources).split())
    return tuple(dict.fromkeys(word for word in words if word not in _BUILT_IN))


def _writable(root: Root, path: str) -> Answer:
    if root.writable_directory(path):
        return Answer(SATISFIED, path)
    found = root.lookup(path)
    if found.kind == DIRECTORY:
        return Answer(UNUSABLE, path, f"the user {root.identity.uid} cannot write it {_owner(root, path)}")
    if found.denied:
        return Answer(UNUSABLE, path, f"the user {root.identity.uid} cannot search {found.denied}")
    return Answer(UNUSABLE, path, "it is not a directory") if found.node else Answer(MISSING, path)


def _owner(root: Root, path: str) -> str:
    node = root.lookup(path).node
    return f"(mode {node.mode:04o}, owner {node.owner})" if node else ""


def _made(root: Root, path: str) -> Answer:
    if root.can_make_directory(path):
        return Answer(SATISFIED, path)
    return Answer(UNUSABLE, path, f"the user {root.identity.uid} can neither make nor write it")


def _readable(root: Root, paths: Iterable[str]) -> Answer:
    every = tuple(paths)
    for path in every:
        if root.readable(path):
            return Answer(SATISFIED, path)
    for path in every:
        if root.lookup(path).node or root.lookup(path).denied:
            return Answer(UNUSABLE, path, "the user cannot read it")
    return Answer(MISSING, every[0])
