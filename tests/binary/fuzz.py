#!/usr/bin/env python3
"""Feeds the reader of binaries what nobody would link: `tests/binary/fuzz.py --inputs 1000000 [--seed N] [--corpus DIR]`.

Every input is a sample with a few changes, and is made from the seed and its number alone: `--first N --inputs 1` makes one
again. For each, the reader must return facts, raise nothing, and take less than 50 ms of the processor (measured again
before it counts) and 50 MiB. Where it does not, the input is written to a file and the exit status is 1. With `--untimed`,
for machines that do other things as well, the time is printed only.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import struct
import sys
import time
import tracemalloc
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Dict, Iterator, List, Optional, Sequence, Tuple

REPOSITORY = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path[0:1] = [str(REPOSITORY), str(REPOSITORY / "pants-plugins")]

from scratch_image.binary.facts import BinaryFacts  # noqa: E402
from scratch_image.binary.platform import UnknownMachine, platform_of  # noqa: E402
from scratch_image.binary.read import read_facts  # noqa: E402
from tests.support.programs import AARCH64, I386, elf  # noqa: E402

SAMPLES = Path(__file__).resolve().parents[1] / "corpus/samples"
SECONDS = 0.05
MEMORY = 50 << 20
# Files of a corpus up to the first size are used as the kept samples are, up to the second one in a hundred inputs.
_SMALL, _LARGE = 64 << 10, 4 << 20
_FAILURES = 10
_EDGES = (0, 1, 2, 3, 4, 7, 8, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1 << 32,
          0x6474E551, 0x6474E553, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)  # fmt: skip
_MAGICS = (b"\x7fELF", b"\x7fELF\x01\x01\x01", b"\x7fELF\x01\x02\x01", b"\x7fELF\x02\x01\x01", b"\x7fELF\x02\x02\x01", b"#!",
           b"MZ", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa\xcf", b"\xcf\xfa\xed\xfe", b"PK\x03\x04", b"", b"\x7fEL")  # fmt: skip
# Where readers look for things without being led there.
_MARKS = (b"\xff Go buildinf:", b"UPX!", b".dep-v0", b"path\t", b"go1.")

Region = Tuple[int, int]


@dataclass
class Base:
    """A file to change. `regions` are (start, end) of what is read as structure; changes are made mostly there."""

    name: str
    content: bytearray
    regions: List[Region]


@dataclass
class Input:
    """What is to be read, until `undo` is called: it may be a shared buffer with changes."""

    what: str
    view: memoryview
    undo: Callable[[], None] = lambda: None


@dataclass
class Result:
    """What a range of inputs has shown. `memory` is the growth of the process; `slowest` (seconds, number, what)."""

    count: int = 0
    parsed: int = 0
    slowest: Tuple[float, int, str] = (0.0, 0, "")
    memory: int = 0
    failures: List[str] = field(default_factory=list)


def bases(corpus: Optional[Path] = None) -> Tuple[List[Base], List[Base]]:
    """(small ones, large ones): the kept samples, the smallest programs, programs with Go's build info, and a corpus."""
    contents = {path.name: path.read_bytes() for path in sorted(SAMPLES.iterdir())}
    for machine, size, big in ((62, 64, False), (AARCH64, 64, False), (I386, 32, False), (22, 64, True), (8, 32, True)):
        contents[f"elf-{machine}-{size}-{big}"] = elf(machine, word_size=size, big_endian=big)
    settings = b"path\tcommand-line-arguments\nbuild\tGOARCH=amd64\n"
    contents["build-info"] = elf(text="x" * 200) + _build_info(b"go1.26.6", settings)
    contents["upx"] = elf(text="UPX!" * 9) + b"UPX!" + bytes(32)
    small = [_base(name, content) for name, content in contents.items()]
    large = []
    for path in sorted(corpus.iterdir()) if corpus else ():
        if path.is_file() and path.name not in contents and path.stat().st_size <= _LARGE:
            content = path.read_bytes()
            if read_facts(memoryview(content)).program:  # What is broken already cannot be broken in many ways.
                (small if len(content) <= _SMALL else large).append(_base(path.name, content))
    return small, large


def _build_info(*texts: bytes) -> bytes:
    """Go's own block since 1.18: magic, pointer size, flags, two strings with their lengths before them."""
    head = b"\xff Go buildinf:" + b"\x08\x02"
    return head.ljust(32, b"\0") + b"".join(bytes((len(text) & 0x7F,)) + text[:127] for text in texts)


def _base(name: str, content: bytes) -> Base:
    size = len(content)
    regions = [(0, min(size, 64)), (max(0, size - 64), size), (0, size)]
    if content[:4] == b"\x7fELF" and size >= 64:
        regions += [region for region in _structure(content) if 0 <= region[0] < region[1] <= size]
    for mark in _MARKS:
        at = content.find(mark)
        if at >= 0:
            regions.append((at, min(size, at + 300)))
    return Base(name, bytearray(content), [region for region in regions if region[0] < region[1]])


def _structure(content: bytes) -> Iterator[Region]:
    """Program headers, section headers, and what they call dynamic or a note; of a sample, so that nothing is doubted."""
    order = "<" if content[5] == 1 else ">"
    wide = content[4] == 2
    start, sections = struct.unpack_from(order + ("QQ" if wide else "II"), content, 32 if wide else 28)
    size, count, section_size, section_count = struct.unpack_from(order + "HHHH", content, 54 if wide else 42)
    yield start, start + size * count
    yield sections, sections + section_size * section_count
    for at in range(start, min(start + size * count, len(content) - size + 1), size or 1):
        yield at, at + size
        fields = struct.unpack_from(order + ("IIQQQQ" if wide else "IIIIII"), content, at)
        offset, in_file = (fields[2], fields[5]) if wide else (fields[1], fields[4])
        if fields[0] != 1:
            yield offset, offset + in_file


class Maker:
    """Makes inputs by their number."""

    def __init__(self, small: Sequence[Base], large: Sequence[Base], seed: int) -> None:
        self._small, self._large, self._seed = small, large, seed

    def make(self, number: int) -> Input:
        source = random.Random(self._seed << 40 | number)
        family = source.random()
        if family < 0.04:
            return _noise(source)
        if family < 0.042:
            return _hostile(source)
        base = source.choice(self._large if self._large and source.random() < 0.01 else self._small)
        return self._changed(base, source)

    def _changed(self, base: Base, source: random.Random) -> Input:
        content = base.content
        saved: List[Tuple[int, bytes]] = []
        kinds: List[str] = []
        end = len(content)
        for _ in range(source.choice((1, 1, 2, 3, 5))):
            name, change = source.choice(_CHANGES)
            kinds.append(name)
            if name == "cut":
                end = min(end, _place(base, source))
                continue
            at, new = change(base, source) if name != "splice" else self._splice(base, source)
            new = new[: len(content) - at]
            saved.append((at, bytes(content[at : at + len(new)])))
            content[at : at + len(new)] = new
        view = memoryview(content)[:end]

        def undo() -> None:
            view.release()
            for at, old in reversed(saved):
                content[at : at + len(old)] = old

        return Input(f"{base.name}: {', '.join(kinds)}", view, undo)

    def _splice(self, base: Base, source: random.Random) -> Tuple[int, bytes]:
        """A piece of this or another sample."""
        other = source.choice((base, source.choice(self._small)))
        start = _place(other, source)
        return _place(base, source), bytes(other.content[start : start + source.choice((4, 8, 16, 56, 64, 300))])


def _place(base: Base, source: random.Random) -> int:
    """An offset, mostly within structure and aligned."""
    if not base.content:
        return 0
    start, end = source.choice(base.regions)
    at = source.randrange(start, end)
    return max(start, at & -source.choice((1, 2, 4, 8)))


def _flip(base: Base, source: random.Random) -> Tuple[int, bytes]:
    at = _place(base, source)
    return at, bytes(byte ^ 1 << source.randrange(8) for byte in base.content[at : at + source.choice((1, 1, 2, 4))])


def _number(base: Base, source: random.Random) -> Tuple[int, bytes]:
    """A field with a value at an edge: of its width, or of this file."""
    size = source.choice((1, 2, 4, 4, 8, 8))
    edge = source.choice((*_EDGES, len(base.content), source.randrange(len(base.content) + 1), source.getrandbits(64)))
    value = (edge + source.choice((-1, 0, 0, 1))) % (1 << 8 * size)
    return _place(base, source), value.to_bytes(size, source.choice(("little", "little", "big")))


def _bytes(base: Base, source: random.Random) -> Tuple[int, bytes]:
    return _place(base, source), source.getrandbits(8 * 40).to_bytes(40, "little")[: source.randrange(1, 41)]


def _same(base: Base, source: random.Random) -> Tuple[int, bytes]:
    return _place(base, source), bytes((source.choice((0, 1, 0x41, 0x80, 0xFF)),)) * source.choice((2, 8, 24, 64, 1000))


Change = Callable[[Base, random.Random], Tuple[int, bytes]]
_CHANGES: Tuple[Tuple[str, Change], ...] = (
    ("flip", _flip), ("number", _number), ("number", _number), ("bytes", _bytes), ("same", _same), ("cut", _same),
    ("splice", _same),
)  # fmt: skip


def _noise(source: random.Random) -> Input:
    """Nothing but a magic number, and any bytes."""
    size = source.choice((0, 1, 15, 16, 52, 64, 120, 400, 5000))
    return Input("noise", memoryview(source.choice(_MAGICS) + source.getrandbits(8 * size + 1).to_bytes(size + 1, "big")))


def _hostile(source: random.Random) -> Input:
    """As many headers as there may be, which all name the same large part of the file: what costs a reader most."""
    wide, order = source.random() < 0.7, source.choice("<>")
    kinds = source.choice(((1,), (2,), (3,), (4,), (1, 2), (1, 4), (1, 1, 1, 2), (1, 2, 3, 4)))
    count = source.choice((1, 2, 30, 300, 1100))
    size = source.choice((200, 4000, 64 << 10))
    entry = 56 if wide else 32
    start = 64 if wide else 52
    body = start + entry * count
    # An entry of the dynamic section, a note without content, names without an end.
    word = "Q" if wide else "I"
    payload = source.choice(
        (
            struct.pack(order + word * 4, 1, source.choice((0, 1, 100)), 1, 2),
            struct.pack(order + "III", 0, 0, source.choice((3, 5))),
            struct.pack(order + "III4s", 4, 0, 5, b"GNU"),
            b"\xff",
            b"a\0",
        )
    )
    tables = struct.pack(order + word * 4, 5, body, 10, size)
    content = (tables + payload * (size // len(payload) + 1))[:size]
    headers = b"".join(
        struct.pack(order + "IIQQQQQQ", kind, 5, body, body, body, size, size, 8)
        if wide
        else struct.pack(order + "IIIIIIII", kind, body, body, body, size, size, 5, 8)
        for kind in (kinds[number % len(kinds)] for number in range(count))
    )
    ident = b"\x7fELF" + bytes((2 if wide else 1, 1 if order == "<" else 2, 1)) + bytes(9)
    layout = "HHIQQQIHHHHHH" if wide else "HHIIIIIHHHHHH"
    fields = (source.choice((2, 3)), 62, 1, body, start, 0, 0, start, entry, count, 64 if wide else 40, 0, 0)
    what = f"hostile: {count} headers of types {kinds}, {size} bytes"
    return Input(what, memoryview(ident + struct.pack(order + layout, *fields) + headers + content))


def check(view: memoryview, thoroughly: bool) -> Tuple[float, bool]:
    """(seconds of the processor that reading takes, whether it is a program). Raises whatever is wrong."""
    started = time.process_time()
    facts = read_facts(view)
    seconds = time.process_time() - started
    assert isinstance(facts, BinaryFacts)
    assert sum(part is not None for part in (facts.program, facts.broken, facts.script, facts.other)) == 1
    if thoroughly:
        assert BinaryFacts.from_json(facts.to_json()) == facts
        if facts.program:
            facts.program.to_dict()
            try:
                platform_of(facts.program)
            except UnknownMachine:
                pass
    return seconds, facts.program is not None


def run(numbers: Sequence[int], seed: int, corpus: Optional[Path], save: Optional[Path], timed: bool = True) -> Result:
    """Checks inputs by their numbers. Without `timed`, the time is not judged."""
    maker = Maker(*bases(corpus), seed)
    result = Result()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in numbers:
        given = maker.make(number)
        traced = number % 500 == 0
        try:
            if traced:
                tracemalloc.start()
            seconds, parsed = check(given.view, thoroughly=number % 10 == 0)
            if traced:
                assert tracemalloc.get_traced_memory()[1] < MEMORY, "it takes more than 50 MiB"
                tracemalloc.stop()
            if seconds > result.slowest[0]:
                seconds = min(seconds, *(check(given.view, thoroughly=False)[0] for _ in range(3)))
            result.slowest = max(result.slowest, (seconds, number, given.what))
            assert not timed or seconds <= SECONDS, f"it takes {seconds * 1000:.0f} ms"
            result.parsed += parsed
        except Exception as error:
            found = f"{type(error).__name__}: {error}{_saved(given, number, save)}"
            result.failures.append(f"input {number} ({given.what}): {found}")
        finally:
            tracemalloc.stop()
            result.count += 1
            given.undo()
        if len(result.failures) >= _FAILURES:
            break
    result.memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    if result.memory > MEMORY:
        result.failures.append(f"inputs {numbers[0]}…: memory grew by {result.memory >> 20} MiB")
    return result


def _saved(given: Input, number: int, save: Optional[Path]) -> str:
    if save is None:
        return ""
    save.mkdir(parents=True, exist_ok=True)
    path = save / f"fuzz-{number}.bin"
    path.write_bytes(given.view)
    return f"; it is in {path}"


def main(args: List[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0, help="the number of the first input")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--corpus", type=Path, help="a directory of further samples, such as tests/corpus/build makes")
    parser.add_argument("--save", type=Path, default=Path("dist/fuzz"), help="where inputs that fail are written")
    parser.add_argument("--untimed", action="store_true", help="print the time, and judge all but it")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(args)
    numbers = range(options.first, options.first + options.inputs)
    slices = [numbers[job :: options.jobs] for job in range(options.jobs)]
    started = time.monotonic()
    with ProcessPoolExecutor(options.jobs) as pool:
        common = (options.seed, options.corpus, options.save, not options.untimed)
        running = [pool.submit(run, part, *common) for part in slices if part]
        results = [future.result() for future in running]
    seconds, number, what = max(result.slowest for result in results)
    total: Dict[str, int] = {name: sum(getattr(result, name) for result in results) for name in ("count", "parsed")}
    print(f"{total['count']} inputs in {time.monotonic() - started:.0f} s, {total['parsed']} of them read as programs")
    print(f"slowest: {seconds * 1000:.1f} ms, input {number} ({what})")
    print(f"memory: grew by {max(result.memory for result in results) / (1 << 20):.1f} MiB at the most")
    failures = [failure for result in results for failure in result.failures]
    print("\n".join(failures or ["no failure"]))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
