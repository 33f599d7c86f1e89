"""The files of an image: its layers as they are unpacked one over the other (image-spec 1.1, layer.md, "Changesets over
existing files"). Whiteouts are not in an image that is built FROM scratch: they are a problem of their layer."""

from __future__ import annotations

from typing import Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from scratch_image.oci.linux import MAX_LINKS, PATH_MAX

FILE, DIRECTORY, SYMLINK = KINDS = ("file", "directory", "symlink")


class Node(NamedTuple):
    """What a layer has at a path. `kind` is one of KINDS, or empty for what no image should have; `mode` holds permission
    bits; `size` is in bytes; `target` is a link's. Of a file whose content was asked for, `digest` is its `sha256:…`, `sha1`
    its SHA-1 in hexadecimal digits, and `head` its first bytes."""

    kind: str
    mode: int
    uid: int = 0
    gid: int = 0
    size: int = 0
    target: str = ""
    digest: str = ""
    head: bytes = b""
    sha1: str = ""

    @property
    def owner(self) -> str:
        """`uid:gid`."""
        return f"{self.uid}:{self.gid}"


# A layer: path → node. All paths of a tree are either absolute or relative to the root.
Nodes = Mapping[str, Node]


def applied(layers: Sequence[Nodes]) -> Dict[str, Node]:
    """The files of layers, base first: what takes the place of a directory removes all below the directory."""
    tree: Dict[str, Node] = {}
    for nodes in layers:
        gone = {
            path for path, node in nodes.items() if node.kind != DIRECTORY and path in tree and tree[path].kind == DIRECTORY
        }
        if gone:
            tree = {path: node for path, node in tree.items() if gone.isdisjoint(directories_above(path))}
        tree.update(nodes)
    return tree


def find(layers: Sequence[Nodes], path: str) -> Optional[Tuple[int, str, Node]]:
    """(number of the layer that it is in, its path there, its node) of the file that an absolute path leads to, or None.

    Links are followed as the kernel does, and never out of the root. The layers are not applied: that would take time for
    all files, and this looks at a few.
    """
    waiting = _components(path)
    # The directories on the way, each with the lowest layer of which something below it is left.
    way = [("", 0)]
    links = steps = 0
    while waiting:
        part = waiting.pop()
        steps += 1
        if steps > PATH_MAX:
            return None
        if part == "..":
            way = way[:-1] or way
            continue
        above, lowest = way[-1]
        here = f"{above}/{part}" if above else part
        numbers = [number for number in range(lowest, len(layers)) if here in layers[number]]
        if not numbers:
            return None
        node = layers[numbers[-1]][here]
        if node.kind == SYMLINK and links < MAX_LINKS:
            links += 1
            way = way[:1] if node.target.startswith("/") else way
            waiting.extend(_components(node.target))
        elif node.kind == DIRECTORY and waiting:
            replaced = [number for number in numbers if layers[number][here].kind != DIRECTORY]
            way.append((here, replaced[-1] + 1 if replaced else lowest))
        else:
            return (numbers[-1], here, node) if node.kind == FILE and not waiting else None
    return None


def directories_above(path: str) -> Iterator[str]:
    """`a/b` and `a` of `a/b/c`; `/a/b` and `/a` of `/a/b/c`."""
    while True:
        path = path.rpartition("/")[0]
        if not path:
            return
        yield path


def _components(path: str) -> List[str]:
    """The components of a path, the last one first. A path that is too long for the kernel is cut, and leads nowhere."""
    return [part for part in reversed(path[:PATH_MAX].split("/")) if part not in ("", ".")]
