"""What a layer has, against what `package` puts into it."""

from __future__ import annotations

from typing import Mapping

from scratch_image.layout.documents import JsonObject
from scratch_image.layout.problems import shown
from scratch_image.layout.tree import DIRECTORY, FILE, SYMLINK, Node
from scratch_image.oci.tar import DirectoryEntry, Entry, FileEntry

_KINDS = {FILE: "a file", DIRECTORY: "a directory"}


def node_of(entry: Entry) -> Node:
    """What a layer with this entry has at its path."""
    if isinstance(entry, DirectoryEntry):
        return Node(DIRECTORY, entry.mode, entry.uid, entry.gid)
    if isinstance(entry, FileEntry):
        return Node(FILE, entry.mode, entry.uid, entry.gid)
    return Node(SYMLINK, entry.mode, entry.uid, entry.gid, target=entry.target)


def check_nodes(found: Mapping[str, Node], wanted: Mapping[str, Node], name: str, entry: JsonObject, what: str) -> None:
    """Compares paths, kinds, modes, owners and targets. What differs is a problem of the member `what`; `name` is the
    layer's."""
    for path in sorted({*found, *wanted}):
        place = shown(f"/{path}")
        if path not in wanted:
            entry.broken(what, path, f"the layer of {name} has {place}, which `package` does not put there")
        elif path not in found:
            entry.broken(what, path, f"the layer of {name} lacks {place}")
        elif _plain(found[path]) != _plain(wanted[path]):
            entry.broken(what, path, f"{place} is {described(found[path])}, and should be {described(wanted[path])}")


def described(node: Node) -> str:
    """A node in words."""
    kind = f"a link to {shown(node.target)}" if node.kind == SYMLINK else _KINDS.get(node.kind, "of no kind")
    return f"{kind} of mode {node.mode:04o} and owner {node.owner}"


def _plain(node: Node) -> Node:
    """Without what is of the content of a file."""
    return node._replace(size=0, digest="", sha1="", head=b"")
