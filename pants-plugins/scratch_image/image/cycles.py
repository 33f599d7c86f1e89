"""Targets that need themselves. Pure."""

from __future__ import annotations

from typing import Dict, Iterable, List, Mapping, Sequence, Set, Tuple, TypeVar

Node = TypeVar("Node")


def cycles(of: Iterable[Node], edges: Mapping[Node, Sequence[Node]]) -> Dict[Node, Tuple[Node, ...]]:
    """Those of the nodes that lead to themselves through others → a shortest way, from the node to itself. An edge from a
    node to itself does not count. Takes linear time if there is no cycle."""
    left = _on_or_between_cycles({node: [to for to in way if to != node] for node, way in edges.items()})
    ways = ((node, _way_back(node, left)) for node in of if node in left)
    return {node: way for node, way in ways if way}


def _on_or_between_cycles(edges: Dict[Node, List[Node]]) -> Dict[Node, List[Node]]:
    """The graph without the nodes that lead to no cycle."""
    before: Dict[Node, List[Node]] = {}
    for node, way in edges.items():
        for to in way:
            before.setdefault(to, []).append(node)
    open_ends = {node: len(way) for node, way in edges.items()}
    done = [node for node in {*edges, *before} if not open_ends.get(node)]
    gone: Set[Node] = set()
    while done:
        node = done.pop()
        gone.add(node)
        for one in before.get(node, ()):
            open_ends[one] -= 1
            if not open_ends[one]:
                done.append(one)
    return {node: [to for to in way if to not in gone] for node, way in edges.items() if node not in gone}


def _way_back(start: Node, edges: Mapping[Node, Sequence[Node]]) -> Tuple[Node, ...]:
    """A shortest way from a node to itself; empty if there is none."""
    came_from: Dict[Node, Node] = {}
    waiting = [start]
    for node in waiting:
        for to in edges.get(node, ()):
            if to == start:
                way = [start, node]
                while way[-1] != start:
                    way.append(came_from[way[-1]])
                return tuple(reversed(way))
            if to not in came_from:
                came_from[to] = node
                waiting.append(to)
    return ()
