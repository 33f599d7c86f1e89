"""Boxes whose areas are sizes: a squarified treemap (Bruls, Huizing, van Wijk, 2000)."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush
from typing import List, Sequence, Tuple

# Of a box that has others in it: the strip for its name, and the border around them.
_STRIP, _BORDER = 15.0, 2.0
# Boxes smaller than this, in square units, are not drawn one by one.
_LEAST = 12.0


@dataclass(frozen=True)
class Node:
    """Something with a size in bytes: its `name`, its `kind` for the colour, and what is in it, the largest first. `note`
    is a text beside the size; `weight`, if any, takes the place of the size in the order."""

    name: str
    kind: str
    size: int
    children: Tuple[Node, ...] = ()
    note: str = ""
    weight: int = 0


@dataclass(frozen=True)
class Box:
    """Where a node is: its left upper corner, width and height, and how deep it is in others."""

    node: Node
    x: float
    y: float
    width: float
    height: float
    depth: int


def layout(root: Node, width: float, height: float, most: int) -> List[Box]:
    """The boxes of a node and of all in it, outer ones first, at most about `most`: the smallest are drawn together."""
    least = int(_LEAST * root.size / (width * height)) if width and height else 0
    boxes: List[Box] = []
    # By size, the largest first: (-size, number, box).
    waiting = [(-root.size, 0, Box(root, 0, 0, width, height, 0))]
    divisible = root.size
    count = 1
    while waiting:
        _, _, box = heappop(waiting)
        boxes.append(box)
        node, inner = box.node, _inside(box)
        if not node.children:
            continue
        # Of the boxes that are left, each node has its part.
        room = int((most - count) * node.size / max(divisible, 1))
        divisible -= node.size
        if room < 1 or inner.width <= 0 or inner.height <= 0:
            continue
        for child in _squarified(merged(node.children, least, room), inner, box.depth + 1):
            heappush(waiting, (-child.node.size, count, child))
            divisible += child.node.size if child.node.children else 0
            count += 1
    return boxes


def merged(nodes: Sequence[Node], least: int, most: int) -> List[Node]:
    """The nodes, with those that are small, or too many, as one."""
    ordered = sorted((node for node in nodes if node.size > 0), key=lambda node: (-(node.weight or node.size), node.name))
    kept: List[Node] = []
    rest: List[Node] = []
    for node in ordered:
        (kept if node.size >= least and len(kept) < most else rest).append(node)
    if len(rest) < 2:
        return ordered
    return [*kept, Node(f"{len(rest)} more", "more", sum(node.size for node in rest))]


def _inside(box: Box) -> Box:
    """The place for what is in a box; the whole has no border."""
    if box.depth == 0:
        return box
    return Box(box.node, box.x + _BORDER, box.y + _STRIP, box.width - 2 * _BORDER, box.height - _STRIP - _BORDER, box.depth)


def _squarified(nodes: Sequence[Node], place: Box, depth: int) -> List[Box]:
    """The boxes of nodes, the largest first, that fill a place in rows whose boxes are as square as can be."""
    scale = place.width * place.height / max(sum(node.size for node in nodes), 1)
    x, y, width, height = place.x, place.y, place.width, place.height
    found: List[Box] = []
    left = list(nodes)
    while left:
        side = min(width, height)
        count = 1
        while count < len(left) and _worst(left[: count + 1], side, scale) <= _worst(left[:count], side, scale):
            count += 1
        row, left = left[:count], left[count:]
        thick = min(sum(node.size for node in row) * scale / side if side else 0, max(width, height))
        at = 0.0
        for node in row:
            long = node.size * scale / thick if thick else 0
            if width >= height:
                found.append(Box(node, x, y + at, thick, long, depth))
            else:
                found.append(Box(node, x + at, y, long, thick, depth))
            at += long
        if width >= height:
            x, width = x + thick, max(width - thick, 0)
        else:
            y, height = y + thick, max(height - thick, 0)
    return found


def _worst(row: Sequence[Node], side: float, scale: float) -> float:
    """How far from a square the worst box of a row is; 1 is a square."""
    total = sum(node.size for node in row) * scale
    if not total or not side:
        return 1.0
    areas = [node.size * scale for node in row]
    return max(side * side * max(areas) / (total * total), total * total / (side * side * min(areas)))
