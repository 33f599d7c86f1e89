"""The rules of recipe `tar.1` (oci/tar.py) and of image-spec 1.1, layer.md, for the entries of one archive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List

from scratch_image.layout.limits import NAME, PATH, Limits
from scratch_image.layout.problems import Findings, shown
from scratch_image.layout.tar_archive import DIRECTORY, FILE, HARD_LINK, SYMLINK, Entry
from scratch_image.layout.tar_header import BadArchive

# chown(2) takes 2^32-1 as "leave unchanged"; no file can have that id.
_MAX_ID = 2**32 - 2
# What a name costs beside its bytes, about.
_NODE = 300
_REFUSED = {HARD_LINK: "a hard link", b"3": "a character device", b"4": "a block device", b"6": "a fifo"}


@dataclass(frozen=True)
class Node:
    """What a layer has at a path. `kind` is FILE, DIRECTORY, SYMLINK, or what should not be there."""

    kind: bytes
    mode: int
    target: str


class Names:
    """How many bytes the table of names may still take, in all layers together."""

    def __init__(self, limits: Limits) -> None:
        self._left = limits.names

    def take(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise BadArchive("its names are too much to keep")


class Tree:
    """Takes the entries in their order. `nodes` has them by path, without a slash at the end."""

    def __init__(self, where: str, findings: Findings, names: Names) -> None:
        self.nodes: Dict[str, Node] = {}
        self._where, self._findings, self._names = where, findings, names
        self._last: List[bytes] = []
        self._orphans: Dict[str, str] = {}

    def add(self, entry: Entry) -> None:
        """Raises BadArchive where the names are too much."""
        where = f"{self._where} {shown(entry.name)}"
        for remark in entry.remarks:
            self._findings.add(where, "header", remark, "recipe tar.1 writes none such")
        self._values(entry, where)
        mistake = name_mistake(entry.name)
        if mistake:
            self._findings.add(where, "name", shown(entry.name), mistake)
            return
        if (entry.kind == DIRECTORY) != entry.name.endswith(b"/"):
            self._findings.add(where, "name", shown(entry.name), "it ends in '/' exactly for a directory")
        path = entry.name.decode("utf-8").rstrip("/")
        if any(component.startswith(".wh.") for component in path.split("/")):
            self._findings.add(
                where, "whiteout", shown(path), "nothing is below an image from scratch that could be deleted"
            )
        self._place(entry, path, where)

    def close(self) -> None:
        """Says which directories are missing, when all entries are known."""
        for parent, child in self._orphans.items():
            there = self.nodes.get(parent)
            late = f"{shown(child)} comes before it" if there and there.kind == DIRECTORY else f"{shown(child)} is in it"
            claimed = "an entry" if there else "nothing"
            self._findings.add(f"{self._where} {shown(parent)}", "parent directory", claimed, late)

    def _place(self, entry: Entry, path: str, where: str) -> None:
        self._names.take(_NODE + 2 * len(entry.name) + len(entry.target))
        if path in self.nodes:
            self._findings.add(where, "name", shown(path), "it is there twice")
            return
        self.nodes[path] = Node(entry.kind, entry.mode, entry.target.decode("utf-8", "surrogateescape"))
        parent = path.rpartition("/")[0]
        above = self.nodes.get(parent)
        if parent and (above is None or above.kind != DIRECTORY):
            self._names.take(_NODE + len(parent))
            self._orphans.setdefault(parent, path)
        components = path.encode("utf-8").split(b"/")
        if components < self._last and path not in self._orphans:
            self._findings.add(where, "order", "an entry", f"it belongs before {shown(b'/'.join(self._last))}")
        self._last = components

    def _values(self, entry: Entry, where: str) -> None:
        add = self._findings.add
        for what, number in (("uid", entry.uid), ("gid", entry.gid)):
            if not 0 <= number <= _MAX_ID:
                add(where, what, str(number), f"ids go from 0 to {_MAX_ID}")
        if entry.mtime is None:
            add(where, "mtime", "a fraction of a second", "a whole number is asked for")
        elif entry.mtime < 0:
            add(where, "mtime", str(entry.mtime), "it is before 1970")
        if not 0 <= entry.mode <= 0o7777:
            add(where, "mode", oct(entry.mode), "there are permission bits only")
        if entry.kind not in (FILE, DIRECTORY, SYMLINK):
            kind = _REFUSED.get(entry.kind, "no type that an image needs")
            add(where, "type", shown(entry.kind), f"{kind}; files, directories and symbolic links are allowed")
        if entry.kind in (DIRECTORY, SYMLINK, HARD_LINK) and entry.size:
            add(where, "size", str(entry.size), "it has no content")
        if entry.kind == SYMLINK:
            mistake = target_mistake(entry.name, entry.target)
            if mistake:
                add(where, "link target", shown(entry.target), mistake)
        elif entry.target and entry.kind != HARD_LINK:
            add(where, "link target", shown(entry.target), "it is no link")


def name_mistake(name: bytes) -> str:
    """Why a name can not be a path in an image, or nothing."""
    try:
        text = name.decode("utf-8")
    except UnicodeDecodeError:
        return "it is not UTF-8"
    if not text:
        return "it is empty"
    components = (text[:-1] if text.endswith("/") else text).split("/")
    if text.startswith("/"):
        return "names are relative"
    if ".." in components:
        return "it leads out of its directory"
    if "." in components:
        return "names are without './'"
    if "" in components:
        return "a component is empty"
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in text):
        return "it holds a control character"
    if len(name) > PATH or any(len(component.encode("utf-8")) > NAME for component in components):
        return f"Linux allows {NAME} bytes per component and {PATH} in all"
    return ""


def target_mistake(name: bytes, target: bytes) -> str:
    """Why a symbolic link can not be in an image, or nothing. The way is followed as it is written, links in it are not."""
    if not target or len(target) > PATH:
        return f"a target has 1 to {PATH} bytes"
    try:
        target.decode("utf-8")
    except UnicodeDecodeError:
        return "it is not UTF-8"
    depth = 0 if target.startswith(b"/") else name.rstrip(b"/").count(b"/")
    for component in target.split(b"/"):
        depth += -1 if component == b".." else 0 if component in (b"", b".") else 1
        if depth < 0:
            return "it leads out of the root"
    return ""
