"""An image as nodes of a treemap: layers, files, and in a program its modules and packages."""

from __future__ import annotations

from typing import Dict, Iterable, List, Sequence, Tuple

from scratch_image.binary.blame import Part
from scratch_image.compare.show_sizes import grouped
from scratch_image.compare.sizes import ImageSizes
from scratch_image.compare.treemap import Node
from scratch_image.oci.numbers import counted


def tree(image: ImageSizes, parts: Sequence[Part], *, by_layer: bool = True) -> Node:
    """The files of an image, in their layers unless there is one, or not `by_layer`; the program is divided where its parts
    are known."""
    is_divided = by_layer and len(image.layers) > 1 and len(image.layer_of) == len(image.files)
    layers: Dict[int, List[Tuple[str, int]]] = {}
    for at, file in enumerate(image.files):
        layers.setdefault(image.layer_of[at] if is_divided else 0, []).append(file)
    nodes: List[Node] = []
    for number in sorted(layers):
        inside = _files(layers[number], image.program, parts)
        if is_divided:
            name = f"layer {number + 1}: {image.layers[number].created_by or 'of an unknown builder'}"
            inside = [Node(name, "layer", sum(node.size for node in inside), tuple(inside))]
        nodes += inside
    if image.more_bytes:
        nodes.append(Node(f"{counted(image.more, 'file')} more", "more", image.more_bytes))
    return Node(image.platform, "image", sum(node.size for node in nodes), tuple(nodes))


def _files(files: Iterable[Tuple[str, int]], program: str, parts: Sequence[Part]) -> List[Node]:
    """Files, in the directories at the root that have them."""
    directories: Dict[str, List[Node]] = {}
    for path, size in files:
        inside = _program(parts) if path == program else ()
        top = path.split("/")[1] if path.count("/") > 1 else ""
        directories.setdefault(top, []).append(Node(path, "program" if inside else "file", size, inside))
    nodes = directories.pop("", [])
    for name, found in directories.items():
        nodes.append(Node(f"/{name}", "directory", sum(file.size for file in found), tuple(found)))
    return nodes


def _program(parts: Sequence[Part]) -> Tuple[Node, ...]:
    kinds = {part.group or part.name: part.kind for part in parts}
    found = []
    for group, inside in grouped(parts):
        children = tuple(Node(name, "package", size) for name, size in inside) if len(inside) > 1 else ()
        kind = "module" if kinds[group] == "package" else kinds[group]
        found.append(Node(group, kind, sum(size for _, size in inside), children))
    return tuple(found)
