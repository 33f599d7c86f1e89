"""The program that an image starts: where a runtime looks for it, and which platform its bytes are for."""

from __future__ import annotations

import mmap
import posixpath
from dataclasses import dataclass
from typing import BinaryIO, Iterator

from scratch_image.binary.facts import BinaryFacts
from scratch_image.binary.platform import UnknownMachine, platform_of
from scratch_image.binary.read import read_facts
from scratch_image.layout.problems import Problems, shown
from scratch_image.oci.platform import Platform

_MAX_DIRECTORIES = 40


@dataclass(frozen=True)
class Start:
    """What the configuration states of how the program is found: its first argument, the value of PATH, and the working
    directory."""

    argument: str
    search_path: str
    workdir: str

    def candidates(self) -> Iterator[str]:
        """Absolute paths, in the order in which a runtime looks (runc, libcontainer: exec.LookPath)."""
        workdir = f"/{self.workdir}"
        if "/" in self.argument:
            yield posixpath.join(workdir, self.argument)
        else:
            for directory in self.search_path.split(":")[:_MAX_DIRECTORIES]:
                yield posixpath.join(workdir, directory, self.argument)


def check_program(file: BinaryIO, platform: Platform, where: str, name: str, problems: Problems) -> None:
    """Compares the platform of the image with the one that the bytes of the program `name` are for."""
    facts = _facts(file)
    what = f"platform of the program {shown(name)}"
    if facts.program is None:
        if facts.broken:
            problems.broken(where, f"program {shown(name)}", "an ELF file", facts.broken)
        else:
            kind = f"a script for {facts.script}" if facts.script else str(facts.other)
            problems.skip(where, f"{what}: it is not an ELF file but {kind}")
        return
    if facts.program.foreign_os:
        problems.mismatch(where, what, str(platform), f"a program for {facts.program.foreign_os}")
        return
    try:
        derived = platform_of(facts.program)
    except UnknownMachine as error:
        problems.mismatch(where, what, str(platform), str(error))
        return
    if not derived.same_cpu(platform):
        problems.mismatch(where, what, str(platform), str(derived))
    elif derived.variant and (derived.version or 0) > (platform.version or 0):
        problems.mismatch(where, what, str(platform), f"it needs {derived}")


def _facts(file: BinaryIO) -> BinaryFacts:
    if file.seek(0, 2) == 0:
        return read_facts(memoryview(b""))  # An empty file cannot be mapped.
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data, memoryview(data) as view:
        return read_facts(view)
