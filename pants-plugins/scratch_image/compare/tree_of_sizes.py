"""An image as nodes of a treemap: layers' files, and in a program its modules and packages."""

from __future__ import annotations

from typing import Dict, List, Tuple

from scratch_image.binary.blame import Part
from scratch_image.compare.show_sizes import grouped
from scratch_image.compare.sizes import ImageSizes
from scratch_image.compare.treemap import Node


def tree(image: ImageSizes, parts: Tuple[Part, ...]) -> Node:
    """The files of an image; the program is divided where its parts are known."""
    directories: Dict[str, List[Node]] = {}
    for path, size in image.files:
        inside = _program(parts) if path == image.program else ()
        top = path.split("/")[1] if path.count("/") > 1 else ""
        node = Node(path, "program" if inside else "file", size, inside)
        directories.setdefault(top, []).append(node)
    nodes = directories.pop("", [])
    for name, files in directories.items():
        nodes.append(Node(f"/{name}", "directory", sum(file.size for file in files), tuple(files)))
    if image.more_bytes:
        nodes.append(Node(f"{image.more} more files", "more", image.more_bytes))
    return Node(image.platform, "image", sum(node.size for node in nodes), tuple(nodes))


def _program(parts: Tuple[Part, ...]) -> Tuple[Node, ...]:
    kinds = {part.group or part.name: part.kind for part in parts}
    found = []
    for group, inside in grouped(parts):
        children = tuple(Node(name, "package", size) for name, size in inside) if len(inside) > 1 else ()
        kind = "module" if kinds[group] == "package" else kinds[group]
        found.append(Node(group, kind, sum(size for _, size in inside), children))
    return tuple(found)
