"""How much an image may grow, and the file in which sizes are recorded.

The file has one line per image, platform and part, separated by tabs and sorted, and no digests: two branches that change
different images merge without a conflict.
"""

from __future__ import annotations

import re
from typing import Dict, Iterable, List, Mapping, Sequence, Tuple

from scratch_image.binary.blame import Part
from scratch_image.compare.sizes import ImageSizes
from scratch_image.oci.numbers import counted, digits
from scratch_image.oci.text import printable

# Image, platform and part → bytes.
Key = Tuple[str, str, str]
Sizes = Mapping[Key, int]
_FIRST = "# Sizes of images, by `measure-images --write`, version "
_VERSION = 1
STORED = "stored"
# What is smaller is not a line of its own; what grew less is not shown.
_LEAST = 4096
_SHOWN = 10
_CONFLICT = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")
# The cure for a file that cannot be read.
RENEW = "renew it with the goal `measure-images --write ::`"
_LINE = re.compile(r"([^\t]+)\t([^\t]+)\t([^\t]+)\t([0-9]{1,15})")


def parse(text: str, name: str) -> Dict[Key, int]:
    """The sizes in a file; `name` is the file's. Raises ValueError with a sentence."""
    found: Dict[Key, int] = {}
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        if line.startswith(_CONFLICT):
            raise ValueError(f"{name}, line {number}: a conflict of a merge is left; take either side, and {RENEW}")
    if lines[0].endswith("\r"):
        raise ValueError(f"{name}: its lines end in CR LF; let git keep LF, and {RENEW}")
    first = lines[0]
    if not first.startswith(_FIRST):
        raise ValueError(f"{name}: the first line is not that of a file of sizes; {RENEW}")
    if first != f"{_FIRST}{_VERSION}":
        version = printable(first[len(_FIRST) :][:20])
        raise ValueError(f"{name} has the version {version}; this version reads {_VERSION}; {RENEW}")
    for number, line in enumerate(lines[1:], start=2):
        match = _LINE.fullmatch(line)
        if not match and line:
            raise ValueError(f"{name}, line {number}: expected image, platform, part and bytes, separated by tabs; {RENEW}")
        if match:
            key = (match[1], match[2], match[3])
            if key in found:
                raise ValueError(f"{name}, line {number}: {printable(' '.join(key))} is there twice; {RENEW}")
            found[key] = int(match[4])
    return found


def render(sizes: Sizes) -> str:
    """The file with these sizes."""
    rows = sorted((*map(_field, key), str(size)) for key, size in sizes.items())
    return "\n".join([f"{_FIRST}{_VERSION}", *("\t".join(row) for row in rows), ""])


def _field(text: str) -> str:
    """A name as a field of the file: names come from programs, and may hold anything."""
    return printable(text.replace("\t", " "))


def parts_of(name: str, images: Sequence[ImageSizes], programs: Sequence[Sequence[Part]]) -> Dict[Key, int]:
    """The parts of an image as the file has them: what a registry stores, its layers as stored, its files, and what is in
    the programs: modules without their versions, crates, namespaces and sections. `programs` are of the
    images, in their order."""
    found: Dict[Key, int] = {}
    for image, parts in zip(images, programs):
        sizes = [(STORED, image.stored)]
        sizes += [(f"layer {layer.created_by}", layer.stored) for layer in image.layers]
        files = [(path, size) for path, size in image.files if not parts or path != image.program]
        sizes += [(path, size) for path, size in files if size >= _LEAST]
        sizes.append(("other files", sum(size for _, size in files if size < _LEAST) + image.more_bytes))
        inside = _modules(parts)
        sizes += [(f"{image.program}: {module}", size) for module, size in inside.items() if size >= _LEAST]
        sizes.append((f"{image.program}: other", sum(size for size in inside.values() if size < _LEAST)))
        for part, size in sizes:
            key = (_field(name), image.platform, _field(part))
            if size:
                found[key] = found.get(key, 0) + size
    return found


def _modules(parts: Iterable[Part]) -> Dict[str, int]:
    found: Dict[str, int] = {}
    for part in parts:
        found[part.unit] = found.get(part.unit, 0) + part.size
    return found


def merged(recorded: Sizes, measured: Sizes) -> Dict[Key, int]:
    """What the file has after images were measured: all lines of these images are replaced, and others stay."""
    images = {image for image, _, _ in measured}
    return {**{key: size for key, size in recorded.items() if key[0] not in images}, **measured}


def broken(before: int, stored: int, allowed: int) -> str:
    """The sentence on an image of which `before` bytes are recorded and at most `allowed` may be stored; empty if so."""
    if stored <= allowed:
        return ""
    return (
        f"expected at most {counted(allowed, 'byte')} of layers as they are stored, found {digits(stored)} "
        f"(recorded {digits(before)}, {_signed(stored - before)})"
    )


def grown(name: str, platform: str, recorded: Sizes, measured: Sizes) -> List[str]:
    """The parts that grew, the largest growth first, with the bytes before and after."""
    rows = []
    for key in {*recorded, *measured}:
        before, after = recorded.get(key, 0), measured.get(key, 0)
        if key[:2] == (name, platform) and key[2] != STORED and after > before:
            rows.append((before - after, key[2], before, after))
    shown = [f"{part}: {digits(before)} → {digits(after)} (+{digits(-less)})" for less, part, before, after in sorted(rows)]
    more = len(shown) - _SHOWN
    return [*shown[:_SHOWN], *([f"… and {counted(more, 'part')} more"] if more > 0 else [])]


def _signed(number: int) -> str:
    return f"{'+' if number >= 0 else '-'}{digits(abs(number))}"
