"""The sizes of images, and whose bytes their programs have, as lines for people and as JSON."""

from __future__ import annotations

from typing import Dict, Iterable, List, Sequence, Tuple

from scratch_image.binary.blame import Part
from scratch_image.compare.sizes import ImageSizes, platform_names
from scratch_image.oci.invisible import escaped
from scratch_image.oci.numbers import counted, digits

_FILES, _ROWS = 5, 20
# Of each image, in their order: the parts of the program, none where they are not known.
Parts = Sequence[Sequence[Part]]
Row = Tuple[str, int]


def lines(name: str, images: Sequence[ImageSizes], parts: Parts, depth: int) -> List[str]:
    """A block per platform. With `depth` 1, a program is divided into modules, crates, namespaces and sections; with 2,
    modules into packages as well; with 0, not at all."""
    found: List[str] = []
    for image, platform, inside in zip(images, platform_names(images), parts):
        found.append(f"{name} {platform}")
        number = counted(len(image.layers), "layer")
        found.append(f"  {digits(image.stored)} bytes stored, {digits(image.unpacked)} unpacked, in {number}")
        found += _table([(f"layer {layer.created_by}", layer.stored) for layer in image.layers], "  ", image.stored)
        total = sum(size for _, size in image.files) + image.more_bytes
        rows = [*image.files[:_FILES]]
        hidden = [size for _, size in image.files[_FILES:]]
        rows += _rest(len(hidden) + image.more, sum(hidden) + image.more_bytes, "file")
        found += _table(rows, "  ", total)
        found += _of_program(image, inside, depth)
    return list(map(escaped, found))


def _of_program(image: ImageSizes, parts: Sequence[Part], depth: int) -> List[str]:
    total = sum(part.size for part in parts)
    if not depth or not parts:
        return []
    found = [f"  in {image.program or 'the program'}"]
    groups = grouped(parts)
    for group, inside in groups[:_ROWS]:
        found += _table([(group, sum(size for _, size in inside))], "    ", total)
        if depth > 1 and (len(inside) > 1 or inside[0][0] != group):
            rows = [*inside[:_ROWS], *_rest(len(inside[_ROWS:]), sum(size for _, size in inside[_ROWS:]), "package")]
            found += _table(rows, "      ", total)
    rest = [size for _, inside in groups[_ROWS:] for _, size in inside]
    return [*found, *_table(_rest(len(groups[_ROWS:]), sum(rest), "part"), "    ", total)]


def grouped(parts: Iterable[Part]) -> List[Tuple[str, List[Row]]]:
    """(module, crate, namespace or section; its packages with their bytes), the largest first."""
    found: Dict[str, List[Row]] = {}
    for part in parts:
        found.setdefault(part.group or part.name, []).append((part.name, part.size))
    return sorted(found.items(), key=lambda item: (-sum(size for _, size in item[1]), item[0]))


def _rest(count: int, size: int, noun: str) -> List[Row]:
    return [(f"{counted(count, noun)} more", size)] if count else []


def _table(rows: Iterable[Row], indent: str, total: int) -> List[str]:
    return [f"{indent}{digits(size):>13}  {100 * size / max(total, 1):5.1f} %  {text}" for text, size in rows]


def to_dict(images: Sequence[ImageSizes], parts: Parts) -> List[Dict[str, object]]:
    """What `--json` prints for an image: one entry per platform, sizes in bytes."""
    return [
        {
            "platform": image.platform,
            "digest": image.digest,
            "stored": image.stored,
            "unpacked": image.unpacked,
            "layers": [
                {
                    "createdBy": layer.created_by,
                    "digest": layer.digest,
                    "stored": layer.stored,
                    "unpacked": layer.unpacked,
                }
                for layer in image.layers
            ],
            "files": [{"path": path, "size": size} for path, size in image.files],
            "moreFiles": {"count": image.more, "size": image.more_bytes},
            "program": image.program,
            "parts": [part._asdict() for part in inside],
        }
        for image, inside in zip(images, parts)
    ]
