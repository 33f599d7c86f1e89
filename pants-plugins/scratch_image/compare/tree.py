"""The files of a layer, whoever wrote it: names with `./` or `/` in front, hard links and whiteouts are read as container
engines read them (image-spec 1.1, layer.md). What a file holds is hashed."""

from __future__ import annotations

import hashlib
import re
from typing import Container, Dict, Iterable, Iterator, List, NamedTuple, Optional, Set, Tuple

from scratch_image.layout.layers import LayerBlob
from scratch_image.layout.problems import Problems, shown
from scratch_image.layout.tar_header import DIRECTORY, FILE, HARD_LINK, SYMLINK, Entry
from scratch_image.layout.tar_rules import Budget, LayerTree
from scratch_image.layout.tree import KINDS, Node

# What is kept of a file's beginning, in bytes: enough for its magic number and for the first line of tzdata.zi.
HEAD = 64
_NODE = 600
_KINDS = dict(zip((FILE, DIRECTORY, SYMLINK), KINDS))
# What no image should have is a node without a kind, whose target says what it is. Of a sparse file, some bytes are there.
_SPARSE, _DEVICES = b"S", (b"3", b"4")
_OTHERS = {b"3": "a character device", b"4": "a block device", b"6": "a fifo", _SPARSE: "a sparse file in the GNU format"}
_OCTAL = re.compile("[0-7]+")
_WHITEOUT, _OPAQUE = ".wh.", ".wh..wh..opq"


class Item(NamedTuple):
    """An entry: its node, `mtime` in seconds since 1970, the value of `security.capability`, and `name`, as the archive has
    it, with the `number` of the entry that has the content. `blob` is the layer's, once that was read."""

    node: Node
    mtime: Optional[int]
    capability: bytes
    name: str
    number: int
    blob: Optional[LayerBlob] = None


class ForeignTree(LayerTree):
    """Takes any entry. `items` are by path, relative and without a slash at the end, empty for the root, in the order of the
    archive; `forms` names what recipe `tar.1` would not have written, and `left_out` has the names that are no paths."""

    def __init__(
        self, where: str, problems: Problems, budget: Budget, wanted: Container[str] = (), hashed: bool = True
    ) -> None:
        super().__init__(where, problems, budget, wanted, hashed)
        self.items: Dict[str, Item] = {}
        self.forms: Dict[str, None] = {}
        self.left_out: List[str] = []
        self._count = 0

    def add(self, entry: Entry, content: Iterator[memoryview]) -> None:
        """Takes an entry; of a path that comes twice, the last one counts. Raises BadArchive for too many names."""
        number, self._count = self._count, self._count + 1
        self.forms.update(dict.fromkeys(entry.remarks if len(self.forms) < 20 else ()))
        self._budget.take_name(_NODE + 3 * len(entry.name) + len(entry.target))
        path = _path(entry.name)
        if path is None:
            self.left_out.append(shown(entry.name))
            return
        digest, head = _read(content) if entry.kind in (FILE, _SPARSE) else ("", b"")
        node = Node(_KINDS.get(entry.kind, ""), entry.mode & 0o7777, entry.uid, entry.gid, 0, "", digest, head)
        name = entry.name.decode("utf-8").rstrip("/")
        if entry.kind in (FILE, _SPARSE):
            node = node._replace(size=entry.size)
        if entry.kind == SYMLINK:
            node = node._replace(target=entry.target.decode("utf-8", "backslashreplace"))
        elif entry.kind in _OTHERS:
            numbers = f" {_decimal(entry.device)}" if entry.kind in _DEVICES else ""
            node = node._replace(target=f"{_OTHERS[entry.kind]}{numbers}")
        elif entry.kind == HARD_LINK:
            target = _path(entry.target)
            other = self.items.get(target) if target else None
            node, name, number = (other.node, other.name, other.number) if other else (node, name, number)
        self.items.pop(path, None)
        self.items[path] = Item(node, entry.mtime, entry.capability, name, number)
        if path:
            self.nodes[path] = node

    def close(self) -> None:
        """All directories need not be there."""


def applied(layers: Iterable[Tuple[Optional[LayerBlob], ForeignTree]]) -> Dict[str, Item]:
    """The files of layers, base first, with the blob that each is in. What takes the place of a directory removes all below
    the directory, and a whiteout what it names."""
    found: Dict[str, Item] = {}
    for blob, tree in layers:
        gone: Set[str] = set()
        emptied: Set[str] = set()
        for path, item in tree.items.items():
            directory, _, name = path.rpartition("/")
            if name == _OPAQUE:
                emptied.add(directory)
            elif name.startswith(_WHITEOUT):
                gone.add(f"{directory}/{name[len(_WHITEOUT) :]}".lstrip("/"))
            elif path in found and found[path].node.kind == "directory" != item.node.kind:
                gone.add(path)
        if gone or emptied:
            found = {path: item for path, item in found.items() if not _is_removed(path, gone, emptied)}
        for path, item in tree.items.items():
            if not path.rpartition("/")[2].startswith(_WHITEOUT):
                found[path] = item._replace(blob=blob)
    return found


def _is_removed(path: str, gone: Set[str], emptied: Set[str]) -> bool:
    """Whether a path is one of those that are `gone`, or below one, or below a directory that is `emptied`."""
    if path in gone:
        return True
    while path:
        path = path.rpartition("/")[0]
        if path in emptied or (path and path in gone):
            return True
    return False


def _path(name: bytes) -> Optional[str]:
    """The path of a name, relative to the root; empty for the root, None where it is not a path."""
    try:
        parts = [part for part in name.decode("utf-8").split("/") if part not in ("", ".")]
    except UnicodeDecodeError:
        return None
    return None if ".." in parts else "/".join(parts)


def _decimal(device: str) -> str:
    """The numbers of a device as `ls` has them; the archive has them in octal."""
    return ":".join(str(int(number, 8)) if _OCTAL.fullmatch(number) else number for number in device.split(":"))


def _read(content: Iterator[memoryview]) -> Tuple[str, bytes]:
    """(digest, first bytes) of a file."""
    hasher, head = hashlib.sha256(), b""
    for piece in content:
        hasher.update(piece)
        head += bytes(piece[: HEAD - len(head)])
    return f"sha256:{hasher.hexdigest()}", head
