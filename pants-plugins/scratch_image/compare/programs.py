"""The programs of two images: which files are compared as programs, and why they differ."""

from __future__ import annotations

from contextlib import ExitStack
from typing import List, Mapping, Optional, Tuple

from scratch_image.binary.elf import MAGIC
from scratch_image.binary.mapped import mapped
from scratch_image.binary.read import read_facts
from scratch_image.compare.code import code_reasons, grown_parts, read_bytes
from scratch_image.compare.contents import Contents
from scratch_image.compare.files import content_differs
from scratch_image.compare.image import ImageOf
from scratch_image.compare.program import Program, program_reasons, read_program
from scratch_image.compare.reason import Reason
from scratch_image.compare.tree import Item
from scratch_image.layout.documents import JsonObject
from scratch_image.layout.problems import Problems

Pair = Tuple[str, Item, Item]


def pairs(before: Mapping[str, Item], after: Mapping[str, Item], images: Tuple[ImageOf, ImageOf]) -> List[Pair]:
    """(path, program before, program after) of the programs that differ, first the one that the image starts."""
    found: List[Pair] = []
    starts = [_start(image) for image in images]
    one, other = before.get(starts[0]), after.get(starts[1])
    if starts[0] != starts[1] and one and other and one.node.digest != other.node.digest:
        found += [(starts[1], one, other)] if _is_program(one) and _is_program(other) else []
    paths = sorted((path for path in before if path in after), key=lambda path: (path != starts[0], path))
    for path in paths:
        one, other = before[path], after[path]
        if content_differs(one, other) and _is_program(one) and _is_program(other):
            found.append((path, one, other))
    return found


def reasons(pair: Pair, contents: Tuple[Contents, Contents]) -> List[Reason]:
    """Why a program differs. Raises OSError."""
    path, before, after = pair
    with ExitStack() as stack:
        views = []
        for reader, item in zip(contents, (before, after)):
            file = reader.open(item)
            if file is None:
                return []
            stack.enter_context(file)
            views.append(stack.enter_context(mapped(file)))
        programs = [_program(view) for view in views]
        sides = [read_bytes(view) for view in views]
        if not (programs[0] and programs[1] and sides[0] and sides[1]):
            return []
        grown = grown_parts(sides[0], sides[1])
        found = program_reasons(f"/{path}", programs[0], programs[1], grown)
        found += code_reasons(f"/{path}", sides[0], sides[1], found, grown)
        # The files cannot be closed while something looks into them.
        del sides
        return found


def stated_reasons(before: ImageOf, after: ImageOf) -> List[Reason]:
    """Why programs differ by what reports say of them, where their bytes are not there."""
    if before.facts is None or after.facts is None:
        return []
    return program_reasons(_named(after), read_program(before.facts), read_program(after.facts), {})


def _named(image: ImageOf) -> str:
    return f"/{_start(image)}" if image.configuration else "of the image"


def _start(image: ImageOf) -> str:
    """The path of the program that an image starts, relative to the root; empty if it is not known."""
    values = image.configuration.values if image.configuration else {}
    command = (*values.get("entrypoint", ()), *values.get("cmd", ()))
    return command[0].strip("/") if command else ""


def _is_program(item: Item) -> bool:
    return item.node.head.startswith(MAGIC)


def _program(view: memoryview) -> Optional[Program]:
    facts = read_facts(view).program
    return read_program(JsonObject(facts.to_dict(), "facts", Problems(0))) if facts else None
