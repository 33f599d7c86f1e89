"""Debug information (DWARF 4 and 5) by compilation units: which of them a section's bytes belong to.

Only the first entry of each unit is read, which names it and its part of other sections.
"""

from __future__ import annotations

import struct
import zlib
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple

from scratch_image.binary.elf import Elf
from scratch_image.binary.scan import uleb128
from scratch_image.binary.sections import Section

SHF_COMPRESSED = 0x800
_ZLIB = 1
# The largest section that is decompressed, in bytes.
_MOST_BYTES = 256 << 20
_MOST_UNITS = 200_000
_NAME, _LANGUAGE, _LINES = 0x03, 0x13, 0x10
# DW_AT_stmt_list, DW_AT_ranges, DW_AT_rnglists_base, DW_AT_addr_base: where a unit's part of a section begins.
_PLACES = {0x10: "line", 0x55: "ranges", 0x73: "addr"}
_STRING, _STRP, _LINE_STRP, _INDIRECT = 0x08, 0x0E, 0x1F, 0x16
_ULEB = (0x0F, 0x1A, 0x1B, 0x22, 0x23, 0x15, 0x0D)
# DW_FORM_* of a fixed size; those of a word and of an offset, which are 4 bytes in the 32-bit format.
_FIXED = {0x0B: 1, 0x0C: 1, 0x11: 1, 0x25: 1, 0x29: 1, 0x05: 2, 0x12: 2, 0x26: 2, 0x2A: 2, 0x27: 3, 0x2B: 3, 0x06: 4}
_FIXED.update({0x13: 4, 0x28: 4, 0x2C: 4, 0x0E: 4, 0x17: 4, 0x1F: 4, 0x10: 4, 0x07: 8, 0x14: 8, 0x20: 8, 0x1E: 16, 0x19: 0})
_ADDRESS, _CONSTANT = 0x01, 0x21
_BLOCK = (0x09, 0x18)


class Unit(NamedTuple):
    """A unit of `.debug_info`: `start` and `size` in bytes there, its name, and where its parts of other sections begin, by
    `line`, `ranges` and `addr`."""

    start: int
    size: int
    name: bytes
    places: Dict[str, int]


def content(elf: Elf, section: Section) -> bytes:
    """The bytes of a section, decompressed; empty if they are damaged, or more than any program has."""
    data = elf.data[section.offset : section.offset + section.size]
    if section.name.startswith(".zdebug_"):
        size = int.from_bytes(data[4:12], "big")
        return _inflated(data[12:], size)
    if not section.flags & SHF_COMPRESSED:
        return bytes(data[:_MOST_BYTES])
    layout = struct.Struct(elf.order + ("I4xQ8x" if elf.header.word_size == 64 else "II4x"))
    if len(data) < layout.size:
        return b""
    kind, size = layout.unpack_from(data)
    return _inflated(data[layout.size :], size) if kind == _ZLIB else b""


def _inflated(data: memoryview, size: int) -> bytes:
    if size > _MOST_BYTES:
        return b""
    try:
        return zlib.decompressobj().decompress(data, size)
    except zlib.error:
        return b""


def units(info: bytes, abbreviations: bytes, strings: Dict[int, bytes], order: str) -> List[Unit]:
    """The units in `.debug_info`, up to the first that is damaged or in the 64-bit format. `strings` are `.debug_str` and
    `.debug_line_str`, by the form that names them."""
    found: List[Unit] = []
    tables: Dict[Tuple[int, int], Optional[List[Tuple[int, int]]]] = {}
    at = 0
    while at + 12 <= len(info) and len(found) < _MOST_UNITS:
        length, version = struct.unpack_from(order + "IH", info, at)
        end = at + 4 + length
        if length >= 0xFFFFFFF0 or end > len(info) or not 2 <= version <= 5:
            break
        if version == 5:
            kind, word, table = struct.unpack_from(order + "BBI", info, at + 6)
            entry = at + 12 + (8 if kind in (4, 5) else 0)
        else:
            table, word = struct.unpack_from(order + "IB", info, at + 6)
            entry = at + 11
        code, entry = uleb128(info, entry)
        if (table, code) not in tables:
            tables[table, code] = _attributes(abbreviations, table, code)
        attributes = tables[table, code]
        name, places = _read(info, entry, end, attributes or [], word, strings, order)
        found.append(Unit(at, end - at, name, places))
        at = end
    return found


def _attributes(abbreviations: bytes, at: int, wanted: int) -> Optional[List[Tuple[int, int]]]:
    """(attribute, form) of an abbreviation, which is near the start of its table; None if it is not there."""
    for _ in range(64):
        code, at = uleb128(abbreviations, at)
        _, at = uleb128(abbreviations, at)
        at += 1
        found: List[Tuple[int, int]] = []
        while at < len(abbreviations) and len(found) < 64:
            attribute, at = uleb128(abbreviations, at)
            form, at = uleb128(abbreviations, at)
            if form == _CONSTANT:
                _, at = uleb128(abbreviations, at)
            if not attribute and not form:
                break
            found.append((attribute, form))
        if code == wanted:
            return found
        if not code or at >= len(abbreviations):
            break
    return None


def _read(
    info: bytes, at: int, end: int, attributes: List[Tuple[int, int]], word: int, strings: Dict[int, bytes], order: str
) -> Tuple[bytes, Dict[str, int]]:
    """(name, places) of a unit; what is behind a form that is not known is left out."""
    name = b""
    places: Dict[str, int] = {}
    byte_order = "little" if order == "<" else "big"
    for attribute, form in attributes:
        value, text = 0, b""
        if form == _STRING:
            stop = info.find(b"\0", at, end)
            text, at = (info[at:stop], stop + 1) if stop >= 0 else (b"", end)
        elif form in _ULEB:
            value, at = uleb128(info, at)
        elif form in _BLOCK:
            value, at = uleb128(info, at)
            at += value
        elif form in _FIXED or form == _ADDRESS:
            size = word if form == _ADDRESS else _FIXED[form]
            value = int.from_bytes(info[at : at + size], byte_order)  # type: ignore[arg-type]
            at += size
            table = strings.get(form, b"")
            text = table[value : table.find(b"\0", value)] if table and value < len(table) else b""
        elif form != _CONSTANT:
            break
        if at > end:
            break
        if attribute == _NAME:
            name = text
        elif attribute in _PLACES:
            places[_PLACES[attribute]] = value
    return name, places


def frames(content: bytes, word: int, order: str) -> Iterator[Tuple[int, int]]:
    """(address, bytes) of the functions in `.debug_frame`; address 0 for what several share."""
    at = 0
    head = struct.Struct(order + ("IIQ" if word == 8 else "III"))
    while at + head.size <= len(content):
        length, common, address = head.unpack_from(content, at)
        if length < 4 or length >= 0xFFFFFFF0 or at + 4 + length > len(content):
            return
        yield (0 if common == 0xFFFFFFFF else address), 4 + length
        at += 4 + length
