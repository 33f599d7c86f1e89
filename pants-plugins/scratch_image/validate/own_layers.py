"""The layers of an image that has a report: which `package` writes, in which order, and that none of them changes what
another has (image/contents.py, image/claims.py)."""

from __future__ import annotations

from typing import Dict, List, Mapping, Sequence

from scratch_image.layout.documents import JsonObject
from scratch_image.layout.problems import shown
from scratch_image.layout.tree import DIRECTORY, FILE, SYMLINK, Node, Nodes, directories_above
from scratch_image.oci.names import (
    CREATED_BY,
    CREATED_BY_FILES,
    CREATED_BY_PROGRAM,
    CREATED_BY_RUNTIME_FILES,
    CREATED_BY_TOOLS,
)
from scratch_image.oci.tar import DirectoryEntry
from scratch_image.validate.image import CheckedImage
from scratch_image.validate.nodes import check_nodes, described, node_of

_PROGRAM_MODE = 0o755
# A directory that no field names, and that another layer may give a mode and an owner.
_ANY = node_of(DirectoryEntry(""))


def check_history(entry: JsonObject, image: CheckedImage) -> None:
    """The lines of the history, one per layer: those of this version, in their order."""
    lines = image.created_by
    if not lines:
        # A configuration that cannot be read, or has other numbers of layers, is a problem already.
        if image.platform and image.layers:
            entry.broken("history", "nothing", "the history does not say what each layer is")
        return
    for line in sorted({line for line in lines if line not in CREATED_BY}):
        entry.broken("history", line, f"`package` writes no layer {shown(line)}")
    for line in CREATED_BY:
        if lines.count(line) > 1 and line != CREATED_BY_FILES:
            entry.broken("history", line, f"there are {lines.count(line)} layers {shown(line)}, and there can be one")
    known = [line for line in lines if line in CREATED_BY]
    if known != sorted(known, key=CREATED_BY.index):
        entry.broken("history", "an order", "the layers are in another order than `package` writes them")
    # A debug image has its tools on top.
    last = next((line for line in reversed(lines) if line != CREATED_BY_TOOLS), lines[-1])
    if last != CREATED_BY_PROGRAM:
        entry.broken("history", last, f"the last layer is not that of the program, {shown(CREATED_BY_PROGRAM)}")


def check_layers(entry: JsonObject, image: CheckedImage) -> None:
    """What is in the layers, if all could be read: each path is of one layer, and directories are the same in all."""
    layers = [layer.nodes for layer in image.layers if layer and layer.whole]
    if len(layers) < len(image.layers) or len(layers) != len(image.created_by):
        return
    known: Dict[str, Node] = {}
    for line, nodes in zip(image.created_by, layers):
        for path, node in nodes.items():
            before = known.get(path)
            if before and _is_changed(before, node):
                there = f"{shown('/' + path)} is {described(before)}"
                entry.broken("layers", path, f"{there}, which the layer {shown(line)} changes to {described(node)}")
        known.update(_fixed(nodes) if line == CREATED_BY_RUNTIME_FILES else nodes)
    if image.created_by.count(CREATED_BY_PROGRAM) == 1:
        _check_program(entry, layers[: image.created_by.index(CREATED_BY_PROGRAM) + 1])


def _is_changed(before: Node, node: Node) -> bool:
    """Whether a layer has at a path what a layer below it does not have: only a directory may be in both."""
    is_plain = before is _ANY and node.kind == DIRECTORY
    return not is_plain and (node.kind != DIRECTORY or node != before)


def _fixed(nodes: Nodes) -> Mapping[str, Node]:
    """What other layers may not change of the runtime files: not the link to the certificates, which no field knows of, and
    no mode of a directory that is there for what is in it."""
    fixed = {path: node for path, node in nodes.items() if node.kind != SYMLINK and node != _ANY}
    return {**dict.fromkeys((above for path in fixed for above in directories_above(path)), _ANY), **fixed}


def _check_program(entry: JsonObject, layers: Sequence[Nodes]) -> None:
    """The layer of the program has one file, and the directories above it as the layers below have them."""
    *below, nodes = layers
    files: List[str] = [path for path, node in nodes.items() if node.kind == FILE]
    if len(files) != 1:
        entry.broken("facts", f"{len(files)} files", f"the layer of the program has {len(files)} files")
        return
    wanted = {files[0]: Node(FILE, _PROGRAM_MODE)}
    for path in directories_above(files[0]):
        there = (layer[path] for layer in reversed(below) if path in layer and layer[path].kind == DIRECTORY)
        wanted[path] = next(there, _ANY)
    check_nodes(nodes, wanted, "the program", entry, "layers")
