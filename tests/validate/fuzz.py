#!/usr/bin/env python3
"""Feeds the validator layouts and archives that nobody would write: `tests/validate/fuzz.py --inputs 100000 [--seed N]`.

Every input is a good image with a few changes, and is made from the seed and its number alone: `--first N --inputs 1` makes
one again. Most have their digests put right above the change, so that what is changed is read. For each, there must be a
report or `Unreadable`, within a second and 64 MiB. Where it is not so, the input is named and the exit status is 1.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import random
import shutil
import sys
import tempfile
import time
import tracemalloc
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, List, Optional, Sequence, Tuple, Union

REPOSITORY = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path[0:1] = [str(REPOSITORY), str(REPOSITORY / "pants-plugins")]

from scratch_image.layout.limits import DEFAULT  # noqa: E402
from scratch_image.layout.problems import Unreadable  # noqa: E402
from scratch_image.oci.platform import Platform  # noqa: E402
from scratch_image.oci.tar import DirectoryEntry, FileEntry, SymlinkEntry  # noqa: E402
from scratch_image.validate.check import check  # noqa: E402
from scratch_image.validate.package import check_path  # noqa: E402
from scratch_image.validate.result import ValidationResult  # noqa: E402
from tests.support.dist import Dist, dist, program_layer  # noqa: E402
from tests.support.layouts import Files, archive, as_archive, image, index_of, layout, program_archive, unchanged, write  # noqa: E402
from tests.support.programs import AARCH64, elf  # noqa: E402

SECONDS = 1.0
MEMORY = 64 << 20
_TRACED = 50
_FAILURES = 10
_PROGRAM = elf()
_ARCHIVE = archive(
    {
        FileEntry("app", "", len(_PROGRAM), 0o755): _PROGRAM,
        FileEntry("b/ü", "", 5, 0o644, 3_000_000): b"hello",
        FileEntry("b/" + "n" * 120, "", 0, 0o644): b"",
        SymlinkEntry("bin", "b"): b"",
        DirectoryEntry("tmp", 0o1777): b"",
    }
)
_ARM64 = image([program_archive(elf(AARCH64))], platform=Platform("linux", "arm64"))
_VALUES = (None, True, False, 0, -1, 1.5, 1 << 63, 1e308, "", "x", "\0", "\ud800", "/", "..", "sha256:",
           "sha256:" + "0" * 64, "linux", "v" + "9" * 5000, "x" * 5000,
           [], [[]], [None], ["x"], {}, {"": {}}, {"x": None})  # fmt: skip
_BLOCKS = (bytes(512), b"\xff" * 512, b"0" * 512, b"x".ljust(100, b"\0"), b"9 path=y\n", b"\x80" + b"\xff" * 11, b"../",
           b"/", b".wh.x\0", b"77777777777\0", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd",
           b"\x50\x2a\x4d\x18\xff\xff\xff\xff")  # fmt: skip
Made = Union[Files, bytes, Dist]
_PACKAGES = (
    dist(),
    dist((Platform("linux", "amd64"), (program_layer(),)), (Platform("linux", "arm64"), (program_layer(elf(AARCH64)),))),
)


@dataclass
class Result:
    """What a range of inputs has shown; `found` counts those with problems, `slowest` is (seconds, number)."""

    count: int = 0
    found: int = 0
    unreadable: int = 0
    slowest: Tuple[float, int] = (0.0, 0)
    memory: int = 0
    failures: List[str] = field(default_factory=list)


def make(number: int, seed: int) -> Tuple[str, Made]:
    """(what it is, the files of a layout or an archive)"""
    source = random.Random(seed << 40 | number)
    name, family = source.choice(_FAMILIES)
    return name, family(source)


def _changed_bytes(content: bytes, source: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(source.choice((1, 1, 2, 4))):
        at = source.randrange(len(changed) + 1)
        kind = source.randrange(5)
        if kind == 0 and at < len(changed):
            changed[at] ^= 1 << source.randrange(8)
        elif kind == 1:
            del changed[at:]
        elif kind == 2:
            del changed[at : at + source.choice((1, 10, 512))]
        elif kind == 3:
            block = source.choice(_BLOCKS)
            changed[at : at + len(block)] = block
        else:
            other = source.randrange(len(changed) + 1)
            changed[at:at] = changed[other : other + source.choice((1, 10, 512))]
    return bytes(changed)


def _tar(source: random.Random) -> Made:
    """Changes in an archive; mostly in its headers, with their checksums right."""
    content = bytearray(_ARCHIVE)
    if source.random() < 0.3:
        return layout([_changed_bytes(_ARCHIVE, source)], source.choice(("none", "gzip", "zstd")))
    starts = [at for at in range(0, len(content), 512) if content[at + 257 : at + 262] == b"ustar"]
    for _ in range(source.choice((1, 2, 3))):
        start = source.choice(starts)
        place, size = source.choice(((0, 100), (100, 8), (108, 8), (116, 8), (124, 12), (136, 12), (156, 1), (157, 100),
                                     (257, 8), (265, 32), (329, 8), (345, 155)))  # fmt: skip
        new = source.choice(
            (source.choice(_BLOCKS)[:size], bytes([source.choice(b"01234567xgLKSVDM\0\xff")]), source.randbytes(size))
        )
        content[start + place : start + place + len(new)] = new
        header = content[start : start + 512]
        content[start + 148 : start + 156] = b"%06o\0 " % (sum(header) - sum(header[148:156]) + 8 * 0x20)
    return layout([bytes(content)], source.choice(("none", "gzip", "zstd")))


def _packed(source: random.Random) -> Made:
    return layout([_ARCHIVE], source.choice(("gzip", "zstd")), blob=lambda blob: _changed_bytes(blob, source))


def _changed_value(value: object, source: random.Random) -> None:
    """Changes a document somewhere, in place."""
    places: List[Tuple[object, object]] = []
    waiting = [value]
    while waiting:
        here = waiting.pop()
        keys = list(here) if isinstance(here, dict) else range(len(here)) if isinstance(here, list) else ()
        places.extend((here, key) for key in keys)
        waiting.extend(here[key] for key in keys)  # type: ignore[index]
    for _ in range(source.choice((1, 1, 2, 5))):
        container, key = source.choice(places)
        new = json.loads(json.dumps(source.choice(_VALUES)))
        try:
            if source.random() < 0.2:
                del container[key]  # type: ignore[attr-defined]
            elif isinstance(container, dict) and source.random() < 0.2:
                container[str(key).upper()] = new
            elif isinstance(container, list) and source.random() < 0.3:
                container.append(new)
            else:
                container[key] = new  # type: ignore[index]
        except (IndexError, KeyError):
            pass  # An earlier change took it away.


def _documents(source: random.Random) -> Made:
    def change(value: object) -> Optional[bytes]:
        if source.random() < 0.1:
            return _changed_bytes(json.dumps(value).encode(), source)
        _changed_value(value, source)
        return None

    which = source.randrange(4)
    if which == 3:
        return index_of(image(), _ARM64, inner=change)
    config, manifest, index = (change if which == number else unchanged for number in range(3))
    return layout(config=config, manifest=manifest, index=index)


def _files(source: random.Random) -> Made:
    """Changes below digests that stay."""
    files = index_of(image(), _ARM64) if source.random() < 0.3 else layout([_ARCHIVE])
    for _ in range(source.choice((1, 2))):
        path = source.choice(sorted(files))
        files[path] = _changed_bytes(files[path], source)
    return files


def _outer(source: random.Random) -> Made:
    return _changed_bytes(as_archive(layout([_ARCHIVE]), docker=unchanged), source)


def _report(source: random.Random) -> Made:
    """Changes in the report of a package, below which all is right."""
    made = source.choice(_PACKAGES).with_report(lambda report: _changed_value(report, source))
    written = made.report.get("written")
    # What is written is read from the report: it has to be a list of strings.
    is_list = isinstance(written, list) and all(isinstance(name, str) for name in written)
    return made if is_list else source.choice(_PACKAGES)


def _package(source: random.Random) -> Made:
    """Changes of files in a package."""
    made = source.choice(_PACKAGES)
    files = dict(made.layout if source.random() < 0.5 else made.archived)
    path = source.choice(sorted(files))
    files[path] = _changed_bytes(files[path], source)
    return dataclasses.replace(made, layout=files) if source.random() < 0.5 else dataclasses.replace(made, archived=files)


def _docker(source: random.Random) -> Made:
    return as_archive(layout(), docker=lambda value: _changed_value(value, source))


_FAMILIES: Sequence[Tuple[str, Callable[[random.Random], Made]]] = (
    ("tar", _tar), ("tar", _tar), ("packed", _packed), ("documents", _documents), ("documents", _documents),
    ("files", _files), ("outer archive", _outer), ("manifest.json", _docker), ("report", _report), ("package", _package),
)  # fmt: skip


def run(numbers: Sequence[int], seed: int, timed: bool = True) -> Result:
    """Checks inputs by their numbers. Without `timed`, time is not judged."""
    result = Result()
    for number in numbers:
        name, made = make(number, seed)
        directory = Path(tempfile.mkdtemp(prefix="fuzz-"))
        try:
            _judge(number, made, directory, result, timed)
        except Exception as error:
            result.failures.append(f"input {number} ({name}): {type(error).__name__}: {error}")
        finally:
            tracemalloc.stop()
            shutil.rmtree(directory)
        result.count += 1
        if len(result.failures) >= _FAILURES:
            break
    return result


def _judge(number: int, made: Made, directory: Path, result: Result, timed: bool) -> None:
    path = directory / "image.tar"
    if isinstance(made, bytes):
        path.write_bytes(made)
    elif isinstance(made, Dist):
        made.write(path)
    else:
        write(made, path)
    traced = number % _TRACED == 0
    if traced:
        tracemalloc.start()
    started = time.perf_counter()
    try:
        outcomes = check_path(str(path)) if isinstance(made, Dist) else ((str(path), check(str(path))),)
        reports = [outcome for _, outcome in outcomes if isinstance(outcome, ValidationResult)]
        result.found += not all(report.ok for report in reports)
        result.unreadable += len(reports) < len(outcomes)
        for report in reports:
            assert len(report.problems) <= DEFAULT.problems
            assert all(str(problem).isprintable() for problem in report.problems)
            json.dumps(report.to_dict(), ensure_ascii=False).encode("utf-8")
            assert "\n".join(report.lines()).isprintable() or len(report.lines()) > 1
    except Unreadable:
        result.unreadable += 1
    seconds = time.perf_counter() - started
    if traced:
        result.memory = max(result.memory, tracemalloc.get_traced_memory()[1])
        assert result.memory < MEMORY, f"it takes {result.memory >> 20} MiB"
    else:
        result.slowest = max(result.slowest, (seconds, number))
        assert not timed or seconds < SECONDS, f"it takes {seconds:.1f} s"


def main(args: List[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--inputs", type=int, default=20_000)
    parser.add_argument("--first", type=int, default=0, help="the number of the first input")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(args)
    started = time.monotonic()
    result = run(range(options.first, options.first + options.inputs), options.seed)
    print(f"{result.count} inputs in {time.monotonic() - started:.0f} s: problems in {result.found}, "
          f"{result.unreadable} unreadable")  # fmt: skip
    print(
        f"slowest: {result.slowest[0] * 1000:.0f} ms, input {result.slowest[1]}; memory: {result.memory / (1 << 20):.1f} MiB"
    )
    print("\n".join(result.failures or ["no failure"]))
    return 1 if result.failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
