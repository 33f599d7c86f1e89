"""The command `tests/benchmarks/run`: its arguments and its report."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Callable, Dict, List, Optional, Tuple

from benchmarks import folders, interpreter, layer_process, layers, machine, markdown, marks, memory, pants_loop, peers, wheels
from benchmarks.interpreter import Interpreter
from benchmarks.layer_process import ToolEnvironment
from benchmarks.marks import Mark
from benchmarks.measure import smallest_peak

_LOCKS = "3rdparty/python"
_LAYER_LOCK = "pants-plugins/scratch_image/assembler/requirements.txt"
# Lock → the program in its wheel: one of about 15 MB, one of about 170 MB. The larger one's marks are in the report.
_PROGRAMS = (("go.txt", "bin/go"), ("zig.txt", "ziglang/zig"))
_LARGE = "zig.txt"


def main(args: List[str], repository: Path) -> int:
    """Measures, prints the report, and writes it to `--output`. Exit status 1 when a mark does not hold."""
    options = _parse(args)
    started, about = machine.now(), machine.description(repository)
    tools: Dict[str, str] = {}
    all_marks: List[Mark] = []
    text = ""
    with folders.scratch(options.scratch) as scratch:
        for part, measure in (("layers", _layers), ("pants", _pants)):
            if options.part in (part, "all"):
                used, part_marks, part_text = measure(repository, options, scratch)
                tools.update(used)
                all_marks += part_marks
                text += part_text
    about["load average at the end"] = f"{os.getloadavg()[0]:.2f}"
    heading = f"# Benchmarks, {started}\n\n"
    facts = markdown.table(("", "value"), [*about.items(), *tools.items()])
    report = f"{heading}{facts}\n{marks.table(all_marks)}{text}"
    sys.stdout.write(report)
    if options.output:
        options.output.write_text(report)
    return int(any(mark.holds is False for mark in all_marks))


Part = Tuple[Dict[str, str], List[Mark], str]


def _layers(repository: Path, options: argparse.Namespace, scratch: Path) -> Part:
    python = interpreter.find(options.python)
    tools = _tool_environment(repository, python, options.cache, scratch)
    large: Optional[Path] = None
    all_marks: List[Mark] = []
    text = ""
    for lock_name, member in _PROGRAMS:
        lock = repository / _LOCKS / lock_name
        program = wheels.program(lock, member, python, options.cache)
        comparison = layers.compare(program, options.rounds, tools, scratch)
        title = " ".join(*wheels.pinned_versions(lock).items())
        text += f"\n## {title}, {markdown.count(program.stat().st_size)} bytes\n\n{layers.table(comparison)}"
        if lock_name == _LARGE:
            large = program
            all_marks += layers.marks_of(comparison)
    assert large
    peaks = memory.measure(large, tools, scratch)
    text += f"\n## Memory, a file of {markdown.count(memory.SIZE)} bytes, one round\n\n{memory.table(peaks)}"
    text += f"\nA peak of less than {smallest_peak(scratch):.0f} MiB can not be told from that.\n"
    libraries = wheels.pinned_versions(repository / _LAYER_LOCK)
    return {"CPython": python.version, **libraries, **peers.versions()}, all_marks + memory.marks_of(peaks), text


def _tool_environment(repository: Path, python: Interpreter, cache: Path, scratch: Path) -> ToolEnvironment:
    sources = scratch / "sources"
    layer_process.stage(repository / "pants-plugins" / "scratch_image", sources)
    return ToolEnvironment(python, sources, wheels.libraries(repository / _LAYER_LOCK, python, cache))


def _pants(repository: Path, options: argparse.Namespace, scratch: Path) -> Part:
    loop = pants_loop.measure(repository, options.rounds, scratch)
    version = wheels.pinned_versions(repository / _LOCKS / "pants.txt")["pantsbuild-pants"]
    return {"Pants": version}, pants_loop.marks_of(loop), f"\n## The loop of Pants\n\n{pants_loop.table(loop)}"


def _parse(args: List[str]) -> argparse.Namespace:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "scratch_image" / "benchmarks"
    parser = argparse.ArgumentParser(prog="tests/benchmarks/run", description=__doc__)
    parser.add_argument("part", nargs="?", choices=("layers", "pants", "all"), default="all")
    parser.add_argument("--rounds", type=_positive, default=5, help="how often each row is measured (default 5)")
    parser.add_argument("--output", type=Path, metavar="FILE", help="where to write the report, beside stdout")
    parser.add_argument("--cache", type=_folder, default=cache, help="where downloaded programs are kept")
    parser.add_argument("--scratch", type=_folder, help="where to work; needs 3 GB (default: the system's place)")
    parser.add_argument("--python", metavar="PATH", help="the interpreter of the layer process, CPython 3.9 to 3.14")
    return parser.parse_args(args)


_folder: Callable[[str], Path] = lambda text: Path(text).expanduser().resolve()  # noqa: E731


def _positive(text: str) -> int:
    if int(text) < 1:
        raise ValueError(text)
    return int(text)
