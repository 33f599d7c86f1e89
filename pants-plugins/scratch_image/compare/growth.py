"""Two images as trees of the same parts: what grew, what is new, and what went."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from scratch_image.compare.treemap import Node
from scratch_image.oci.numbers import size

SAME, GREW, NEW, SHRANK, GONE = "same", "grew", "new", "shrank", "gone"


class Change(NamedTuple):
    """A part whose bytes differ: its `name` with those of the parts that it is in, and its bytes, 0 where it is not."""

    name: str
    before: int
    after: int

    @property
    def growth(self) -> int:
        """The bytes by which it grew; below 0 if it shrank."""
        return self.after - self.before


class Grown(NamedTuple):
    """Both trees, with growth as the kinds and notes of their nodes, and in the same order; and the parts that differ, the
    largest difference first."""

    before: Node
    after: Node
    changes: Tuple[Change, ...]


def grown(before: Node, after: Node) -> Grown:
    """Compares two trees, whose roots belong together."""
    one, other = _marked(before, after)
    assert one is not None and other is not None
    changes = sorted(_changes(before, after, ()), key=lambda change: (-abs(change.growth), change.name))
    return Grown(replace(one, kind="image"), replace(other, kind="image"), tuple(changes))


def kind_of(before: int, after: int) -> str:
    """How bytes changed: one of the kinds above."""
    if before == after:
        return SAME
    if not before or not after:
        return NEW if after else GONE
    return GREW if after > before else SHRANK


def signed(change: Change) -> str:
    """The growth with its sign, and in hundredths of what was there."""
    less = "−" if change.growth < 0 else "+"
    part = f" ({less}{100 * abs(change.growth) / change.before:.1f} %)" if change.before and change.after else ""
    return f"{less}{size(abs(change.growth))}{part}"


def _marked(before: Optional[Node], after: Optional[Node]) -> Tuple[Optional[Node], Optional[Node]]:
    sizes = before.size if before else 0, after.size if after else 0
    kind = kind_of(*sizes)
    sign = {GREW: "▲ ", SHRANK: "▼ "}.get(kind, "")
    note = "" if kind == SAME else kind if kind in (NEW, GONE) else f"{sign}{signed(Change('', *sizes))}"
    pairs = [_marked(*pair) for pair in _pairs(before, after)]
    found: List[Optional[Node]] = []
    for at, node in enumerate((before, after)):
        children = tuple(child for child in (pair[at] for pair in pairs) if child)
        marked = node and replace(node, kind=kind, children=children, note=note, weight=max(sizes))
        found.append(marked)
    return found[0], found[1]


def _changes(before: Optional[Node], after: Optional[Node], outer: Tuple[str, ...]) -> Iterator[Change]:
    """Those of the innermost parts; what is new or gone as a whole is one change."""
    one = before.size if before else 0
    other = after.size if after else 0
    pairs = _pairs(before, after) if before and after and before.children and after.children else []
    for pair in pairs:
        node = pair[1] or pair[0]
        yield from _changes(*pair, (*outer, node.name if node else ""))
    if not pairs and one != other:
        yield Change(" › ".join(outer), one, other)


def _pairs(before: Optional[Node], after: Optional[Node]) -> List[Tuple[Optional[Node], Optional[Node]]]:
    """The parts of two nodes that have the same name; of modules, the version may differ."""
    one, other = (_by_key(node.children if node else ()) for node in (before, after))
    return [(one.get(key), other.get(key)) for key in dict.fromkeys((*one, *other))]


def _by_key(nodes: Sequence[Node]) -> Dict[Tuple[str, int], Node]:
    seen: Counter[str] = Counter()
    found: Dict[Tuple[str, int], Node] = {}
    for node in nodes:
        # A module has its version after its name, and what is left over its number before it.
        name = {"module": node.name.partition(" ")[0], "more": ""}.get(node.kind, node.name)
        found[(name, seen[name])] = node
        seen[name] += 1
    return found
