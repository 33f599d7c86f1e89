"""Pins down the treemap: areas are sizes, nothing overlaps, and the largest boxes are divided first."""

from __future__ import annotations

import pytest

from scratch_image.compare.treemap import Node, layout, merged


def leaves(count: int) -> Node:
    return Node("all", "image", sum(range(1, count + 1)), tuple(Node(f"n{n}", "file", n) for n in range(1, count + 1)))


@pytest.mark.parametrize("count", [1, 2, 7, 100, 5000])
def test_areas_are_sizes(count: int) -> None:
    root = leaves(count)
    boxes = layout(root, 1200, 675, 1000)
    assert len(boxes) <= 1001 and boxes[0].node is root
    scale = 1200 * 675 / root.size
    for box in boxes:
        assert box.width * box.height == pytest.approx(box.node.size * scale, rel=0.01)
        assert box.x >= -0.01 and box.y >= -0.01 and box.x + box.width <= 1200.01 and box.y + box.height <= 675.01
    assert sum(box.node.size for box in boxes[1:]) == root.size


def test_boxes_of_one_depth_do_not_overlap() -> None:
    boxes = layout(leaves(60), 1200, 675, 1000)[1:]
    for one in boxes:
        for other in boxes:
            wide = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
            high = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
            assert one is other or wide < 0.01 or high < 0.01


def test_what_is_small_is_one_box() -> None:
    nodes = [Node("a", "file", 100), Node("b", "file", 3), Node("c", "file", 2), Node("d", "file", 0)]
    assert merged(nodes, 5, 10) == [nodes[0], Node("2 more", "more", 5)]
    assert merged(nodes, 3, 10) == nodes[:3]
    assert [node.name for node in merged(nodes, 0, 1)] == ["a", "2 more"]


def test_a_weight_decides_the_order() -> None:
    """Two pictures of which one is of a smaller image have their boxes in one order."""
    nodes = [Node("a", "file", 3, weight=3), Node("b", "file", 2, weight=9), Node("c", "file", 1)]
    assert [node.name for node in merged(nodes, 0, 10)] == ["b", "a", "c"]
    assert [node.name for node in merged(nodes, 3, 10)] == ["a", "2 more"]


@pytest.mark.parametrize("node", [Node("", "image", 0), Node("a", "x", 1), Node("a", "x", 0, (Node("b", "y", 0),))])
def test_nothing_to_draw(node: Node) -> None:
    assert len(layout(node, 1200, 675, 1000)) == 1


def test_boxes_go_where_the_bytes_are() -> None:
    """Many small files do not take the boxes of the program, whose parts are deeper."""
    packages = tuple(Node(f"p{n}", "package", 1000 + n) for n in range(80))
    size = sum(node.size for node in packages)
    program = Node("/app", "program", size, (Node("std", "module", size, packages),))
    files = tuple(Node(f"/etc/{n}", "file", 10) for n in range(900))
    root = Node("", "image", size + 9000, (Node("/etc", "directory", 9000, files), program))
    boxes = layout(root, 1200, 675, 100)
    kinds = [box.node.kind for box in boxes]
    assert len(boxes) <= 101 and kinds.count("package") > 60 and "more" in kinds
    # What is in a box comes after it, so that it is drawn above it.
    assert kinds.index("program") < kinds.index("module") < kinds.index("package")
