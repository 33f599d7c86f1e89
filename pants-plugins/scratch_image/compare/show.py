"""A comparison as lines for people, and as JSON."""

from __future__ import annotations

from typing import Dict, List, Tuple

from scratch_image.compare.compare import Compared, Comparison
from scratch_image.oci.invisible import escaped
from scratch_image.oci.numbers import digits, size


def lines(comparison: Comparison) -> List[str]:
    """One line if both are equal, else a block per platform; blocks with the same reasons are one."""
    before, after = comparison.names
    if comparison.equal:
        root = comparison.roots[1] or comparison.roots[0]
        return [_safe(f"{before} and {after} are equal{f': {root}' if root else ''}")]
    found = [f"{before} → {after}"]
    blocks: Dict[Tuple[object, ...], List[Compared]] = {}
    for compared in comparison.compared:
        blocks.setdefault((tuple(reason.text for reason in compared.reasons), compared.unread), []).append(compared)
    for block in blocks.values():
        platforms = ", ".join(dict.fromkeys(platform for each in block for platform in each.platforms))
        found += [f"  {platforms}"] if platforms else []
        found += [f"    {reason.text}" for reason in block[0].reasons]
        found += [f"    not compared: {text}" for text in block[0].unread]
        if any(any(each.sizes) for each in block):
            found.append(f"    {_sizes(block)}")
    return list(map(_safe, found))


def to_dict(comparison: Comparison) -> Dict[str, object]:
    """What `--json` exports: `equal`, the two sides, and per platform the reasons, first the most important one."""
    return {
        "equal": comparison.equal,
        "before": {"name": comparison.names[0], "digest": comparison.roots[0]},
        "after": {"name": comparison.names[1], "digest": comparison.roots[1]},
        "platforms": [
            {
                "platforms": list(each.platforms),
                "reasons": [reason.to_dict() for reason in each.reasons],
                "notCompared": list(each.unread),
                "storedBytes": {"before": each.sizes[0], "after": each.sizes[1], "newLayers": each.moved},
            }
            for each in comparison.compared
        ],
    }


def _sizes(block: List[Compared]) -> str:
    before, after, moved = (sum(numbers) for numbers in zip(*((*each.sizes, each.moved) for each in block)))
    growth = f"{'+' if after >= before else '-'}{digits(abs(after - before))}"
    return f"layers {size(before)} → {size(after)} ({growth} bytes), {size(moved)} in new layers"


def _safe(line: str) -> str:
    """Names and texts are those of images: nothing in them may move the cursor, or turn the direction of a text."""
    return escaped(line)
