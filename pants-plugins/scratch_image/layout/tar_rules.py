"""The rules of recipe `tar.1` (oci/tar.py) and of image-spec 1.1, layer.md, for the entries of one archive."""

from __future__ import annotations

import hashlib
from typing import Container, Dict, Iterator, List, Tuple

from scratch_image.layout.limits import Limits
from scratch_image.layout.problems import Problems, shown
from scratch_image.layout.tar_header import DIRECTORY, FILE, HARD_LINK, SYMLINK, BadArchive, Entry
from scratch_image.layout.tree import KINDS, Node
from scratch_image.layout.unpack import Damaged
from scratch_image.oci.invisible import invisible
from scratch_image.oci.linux import MAX_ID, NAME_MAX, PATH_MAX
from scratch_image.oci.numbers import counted

# What a name costs beside its bytes, about.
_NODE = 300
# So much of a file is kept to be shown where its text differs, and of one that is only hashed.
_HEAD, _MAGIC = 64 << 10, 4
# What the hashes of a file cost.
_HASHES = 300
# The last second of the year 9999, the last that RFC 3339 can write.
_LATEST = 253_402_300_799
_KINDS = dict(zip((FILE, DIRECTORY, SYMLINK), KINDS))
_REFUSED = {HARD_LINK: "a hard link", b"3": "a character device", b"4": "a block device", b"6": "a fifo"}


class Budget:
    """What the layers of a layout may still cost, all of them together: what is unpacked, and the table of names."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._names, self._unpacked = limits.names, limits.unpacked

    def take_name(self, size: int) -> None:
        """Takes so many bytes of memory. Raises BadArchive if none are left."""
        self._names -= size
        if self._names < 0:
            raise BadArchive("the names are too many to keep")

    def counted(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """The unpacked chunks of one layer. Raises Damaged beyond a limit."""
        layer = self._limits.layer
        for chunk in chunks:
            layer -= len(chunk)
            self._unpacked -= len(chunk)
            if layer < 0:
                raise Damaged(f"the layer has more than {counted(self._limits.layer, 'byte')} unpacked; no more were read")
            if self._unpacked < 0:
                raise Damaged("the layers together have more bytes than are read")
            yield chunk


class LayerTree:
    """Takes the entries of a layer in their order; `where` is the path of its blob. `nodes` has the entries by path,
    relative and without a slash at the end. The content of the paths in `wanted` is read; with `hashed`, that of all files
    is hashed."""

    def __init__(self, where: str, problems: Problems, budget: Budget, wanted: Container[str], hashed: bool = False) -> None:
        self.nodes: Dict[str, Node] = {}
        self._where, self._problems, self._budget = where, problems, budget
        self._wanted, self._hashed = wanted, hashed
        self._last: List[bytes] = []
        self._orphans: Dict[str, str] = {}

    def add(self, entry: Entry, content: Iterator[memoryview]) -> None:
        """Takes an entry, and reads its content where it is wanted. Raises BadArchive where the names are too many."""
        where = f"{self._where} {shown(entry.name)}"
        for remark in entry.remarks:
            self._problems.broken(where, "header", remark, f"{remark}, which recipe tar.1 does not write")
        self._check_values(entry, where)
        mistake = name_mistake(entry.name)
        if mistake:
            self._problems.broken(where, "name", shown(entry.name), mistake)
            return
        if (entry.kind == DIRECTORY) != entry.name.endswith(b"/"):
            rule = "the name of a directory, and no other name, ends in '/'"
            self._problems.broken(where, "name", shown(entry.name), rule)
        path = entry.name.decode("utf-8").rstrip("/")
        if any(component.startswith(".wh.") for component in path.split("/")):
            rule = "below an image built FROM scratch there is nothing to delete"
            self._problems.broken(where, "whiteout", shown(path), rule)
        self._place(entry, path, where, content)

    def close(self) -> None:
        """Adds the parent directories that are missing, once all entries are known."""
        for parent, child in self._orphans.items():
            there = self.nodes.get(parent)
            late = "comes before it" if there and there.kind == "directory" else "is in it"
            claimed, rule = ("an entry", "") if there else ("nothing", "there is no entry for it; ")
            where = f"{self._where} {shown(parent)}"
            self._problems.broken(where, "parent directory", claimed, f"{rule}{shown(child)} {late}")

    def _place(self, entry: Entry, path: str, where: str, content: Iterator[memoryview]) -> None:
        self._budget.take_name(_NODE + 2 * len(entry.name) + len(entry.target))
        if path in self.nodes:
            self._problems.broken(where, "name", shown(path), "the layer has this path twice")
            return
        kind = _KINDS.get(entry.kind, "")
        target = entry.target.decode("utf-8", "surrogateescape")
        node = Node(kind, entry.mode, entry.uid, entry.gid, entry.size, target)
        if entry.kind == FILE and (self._hashed or path in self._wanted):
            self._budget.take_name(_HASHES)
            digest, sha1, head = _read(content, _HEAD if path in self._wanted else _MAGIC)
            node = node._replace(digest=digest, sha1=sha1, head=head)
        self.nodes[path] = node
        parent = path.rpartition("/")[0]
        above = self.nodes.get(parent)
        if parent and (above is None or above.kind != "directory"):
            self._budget.take_name(_NODE + len(parent))
            self._orphans.setdefault(parent, path)
        components = path.encode("utf-8").split(b"/")
        if components < self._last and path not in self._orphans:
            before = shown(b"/".join(self._last))
            self._problems.broken(where, "order", "an entry", f"it must come before {before}")
        self._last = components

    def _check_values(self, entry: Entry, where: str) -> None:
        broken = self._problems.broken
        for what, number in (("uid", entry.uid), ("gid", entry.gid)):
            if not 0 <= number <= MAX_ID:
                self._problems.expected(where, what, f"an id from 0 to {MAX_ID}", number)
        if entry.mtime is None:
            broken(where, "mtime", "a fraction of a second", "expected whole seconds, got a fraction of a second")
        elif entry.mtime < 0:
            broken(where, "mtime", str(entry.mtime), f"{entry.mtime} is before 1970")
        elif entry.mtime > _LATEST:
            broken(where, "mtime", str(entry.mtime), f"{entry.mtime} is after the year 9999")
        if not 0 <= entry.mode <= 0o7777:
            broken(where, "mode", oct(entry.mode), f"expected permission bits only, got {oct(entry.mode)}")
        if entry.kind not in _KINDS:
            kind = _REFUSED.get(entry.kind, f"an unknown type {shown(entry.kind)}")
            broken(where, "type", shown(entry.kind), f"{kind}; only files, directories and symbolic links are allowed")
        if entry.kind in (DIRECTORY, SYMLINK, HARD_LINK) and entry.size:
            broken(where, "size", str(entry.size), f"an entry of this type has no content, and its size is {entry.size}")
        mistake = ""
        if entry.kind == SYMLINK:
            mistake = target_mistake(entry.name, entry.target)
        elif entry.target and entry.kind != HARD_LINK:
            mistake = "the entry is not a link"
        if mistake:
            broken(where, "link target", shown(entry.target), f"{shown(entry.target)}: {mistake}")


def name_mistake(name: bytes) -> str:
    """Why a name cannot be a path in an image, or nothing."""
    try:
        text = name.decode("utf-8")
    except UnicodeDecodeError:
        return "the name is not UTF-8"
    if not text:
        return "the name is empty"
    components = (text[:-1] if text.endswith("/") else text).split("/")
    if text.startswith("/"):
        return "names are relative"
    if ".." in components:
        return "the name leads out of its directory"
    if "." in components:
        return "names are without './'"
    if "" in components:
        return "a component is empty"
    hidden = invisible(text)
    if hidden:
        return f"the name holds {hidden}, which cannot be seen"
    if len(name) >= PATH_MAX or any(len(component.encode("utf-8")) > NAME_MAX for component in components):
        return f"Linux allows {NAME_MAX} bytes per component and {PATH_MAX - 1} in all"
    return ""


def target_mistake(name: bytes, target: bytes) -> str:
    """Why the link `name` cannot be in an image, or nothing. Other links on the way of its target are not followed."""
    if not target or len(target) >= PATH_MAX:
        return f"a target has 1 to {PATH_MAX - 1} bytes"
    try:
        hidden = invisible(target.decode("utf-8"))
    except UnicodeDecodeError:
        return "the target is not UTF-8"
    if hidden:
        return f"the target holds {hidden}, which cannot be seen"
    depth = 0 if target.startswith(b"/") else name.rstrip(b"/").count(b"/")
    for component in target.split(b"/"):
        depth += -1 if component == b".." else 0 if component in (b"", b".") else 1
        if depth < 0:
            return "the target leads out of the root"
    return ""


def _read(content: Iterator[memoryview], most: int) -> Tuple[str, str, bytes]:
    """(digest, SHA-1, first bytes, at most so many) of a file."""
    sha256, sha1, head = hashlib.sha256(), hashlib.sha1(usedforsecurity=False), b""
    for piece in content:
        sha256.update(piece)
        sha1.update(piece)
        if len(head) < most:
            head += piece[: most - len(head)]
    return f"sha256:{sha256.hexdigest()}", sha1.hexdigest(), head
