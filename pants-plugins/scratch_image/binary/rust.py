"""The crates of a Rust program, as `cargo auditable` lists them: section `.dep-v0`, zlib over JSON (its PARSING.md)."""

from __future__ import annotations

import json
import zlib
from typing import NamedTuple, Tuple

from scratch_image.binary.elf import Elf
from scratch_image.binary.sections import Section, content, named
from scratch_image.binary.text import readable

# cargo-auditable's own readers accept 8 MiB, tens of thousands of crates.
_MAX_PACKED, _MAX_JSON = 1 << 20, 8 << 20


class Crate(NamedTuple):
    """`name` and `version` of a package of Cargo."""

    name: str
    version: str


def read_crates(elf: Elf, sections: Tuple[Section, ...]) -> Tuple[Crate, ...]:
    """The crates in the program, sorted; none without a valid list."""
    packed = content(elf, named(sections, ".dep-v0"), _MAX_PACKED)
    if not packed:
        return ()
    try:
        inflate = zlib.decompressobj()
        text = inflate.decompress(packed, _MAX_JSON)
        packages = json.loads(text)["packages"]
        crates = {
            (_text(package["name"]), _text(package["version"]))
            for package in packages
            if package.get("kind", "runtime") != "build"
        }
    except (zlib.error, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return ()
    return tuple(Crate(name, version) for name, version in sorted(crates))


def _text(value: object) -> str:
    """JSON can contain halves of surrogate pairs, which are not characters."""
    return readable(str(value).encode("utf-8", "backslashreplace"))
