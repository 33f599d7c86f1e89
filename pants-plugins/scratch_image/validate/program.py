"""The program that an image starts: where it is in the layers, and which platform its bytes are for."""

from __future__ import annotations

import mmap
import posixpath
from dataclasses import dataclass
from typing import BinaryIO, Dict, Iterator, Optional, Sequence, Tuple

from scratch_image.binary.facts import BinaryFacts
from scratch_image.binary.platform import UnknownMachine, platform_of
from scratch_image.binary.read import read_facts
from scratch_image.layout.limits import PATH
from scratch_image.layout.problems import Findings, shown
from scratch_image.layout.tar_archive import DIRECTORY, FILE, SYMLINK
from scratch_image.layout.tar_rules import Node
from scratch_image.oci.platform import Platform

# Linux: the links that are followed in one path (path_resolution(7)).
_MAX_LINKS = 40
# The variant that is meant where none is said: containerd, platforms/database.go.
_UNSAID = {"arm": 7, "amd64": 1}
Nodes = Dict[str, Node]


@dataclass(frozen=True)
class Start:
    """What the configuration says of how the program is found: its first argument, PATH and the working directory."""

    argument: str
    search_path: str
    workdir: str

    def candidates(self) -> Iterator[str]:
        """Absolute paths, in the order in which a runtime looks (runc, libcontainer: exec.LookPath)."""
        workdir = f"/{self.workdir}"
        if "/" in self.argument:
            yield posixpath.join(workdir, self.argument)
        else:
            for directory in self.search_path.split(":")[:40]:
                yield posixpath.join(workdir, directory, self.argument)


def find(layers: Sequence[Nodes], path: str) -> Optional[Tuple[int, str, Node]]:
    """(number of the topmost layer that has it, path there, node) of the file that an absolute path leads to, or None."""
    waiting = [part for part in reversed(path[: PATH + 1].split("/")) if part not in ("", ".")]
    at, links = "", 0
    while waiting:
        part = waiting.pop()
        if part == "..":
            at = at.rpartition("/")[0]
            continue
        here = f"{at}/{part}" if at else part
        number = next((number for number in reversed(range(len(layers))) if here in layers[number]), None)
        if number is None:
            return None
        node = layers[number][here]
        if node.kind == SYMLINK and links < _MAX_LINKS:
            links += 1
            at = "" if node.target.startswith("/") else at
            waiting.extend(part for part in reversed(node.target[: PATH + 1].split("/")) if part not in ("", "."))
        elif node.kind == DIRECTORY and waiting:
            at = here
        else:
            return (number, here, node) if node.kind == FILE and not waiting else None
    return None


def check_program(file: BinaryIO, platform: Platform, where: str, name: str, findings: Findings) -> None:
    """Compares the platform of the image with the one that the program's bytes are for."""
    facts = _facts(file)
    what = f"platform of the program {shown(name)}"
    if facts.program is None:
        if facts.broken:
            findings.add(where, f"program {shown(name)}", "an ELF file", facts.broken)
        else:
            kind = f"a script for {facts.script}" if facts.script else str(facts.other)
            findings.skip(where, f"{what}: it is no ELF file but {kind}")
        return
    if facts.program.foreign_os:
        findings.add(where, what, str(platform), f"it is built for {facts.program.foreign_os}")
        return
    try:
        derived = platform_of(facts.program)
    except UnknownMachine as error:
        findings.add(where, what, str(platform), str(error))
        return
    if not derived.same_cpu(platform):
        findings.add(where, what, str(platform), str(derived))
    elif _version(derived, 0) > _version(platform, _UNSAID.get(platform.architecture, 0)):
        findings.add(where, what, str(platform), f"it needs {derived}")


def _version(platform: Platform, unsaid: int) -> int:
    digits = (platform.variant or "").lstrip("v")
    return int(digits) if digits.isdigit() and len(digits) < 5 else unsaid


def _facts(file: BinaryIO) -> BinaryFacts:
    if file.seek(0, 2) == 0:
        return read_facts(memoryview(b""))  # An empty file can not be mapped.
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data, memoryview(data) as view:
        return read_facts(view)
