"""The program that an image starts: where a runtime looks for it, and whether a kernel starts it there.

Linux, fs/exec.c, fs/binfmt_script.c and fs/binfmt_elf.c: a script needs its interpreter, and a dynamic program its loader.
What a loader needs then is not looked for.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import Iterator, Optional, Sequence, Tuple

from scratch_image.binary import linkage
from scratch_image.binary.facts import BinaryFacts, ProgramFacts
from scratch_image.binary.platform import UnknownMachine, platform_of
from scratch_image.layout.layers import LayerBlob
from scratch_image.layout.problems import Problems, shown
from scratch_image.layout.tree import Node, find
from scratch_image.oci.platform import Platform
from scratch_image.validate.files import Files

_MAX_DIRECTORIES = 40
# Scripts that are interpreters of scripts: fs/exec.c, exec_binprm.
_MAX_SCRIPTS = 5
_NOT_CHECKED = "the program's platform"


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


class StartCheck:
    """Checks what the images of one platform start. `layers` are all of an image's, base first, and `where` is its
    configuration."""

    def __init__(
        self, layers: Sequence[LayerBlob], platform: Platform, files: Files, where: str, problems: Problems
    ) -> None:
        self._layers, self._nodes = layers, [layer.nodes for layer in layers]
        self._platform, self._files, self._where, self._problems = platform, files, where, problems

    def check(self, start: Start) -> None:
        """The file that is started: it is there, it may be executed, and it is for the platform of the image. Raises
        OSError."""
        found = next(filter(None, (find(self._nodes, path) for path in start.candidates())), None)
        argument = shown(start.argument)
        if found is None:
            self._problems.broken(self._where, "Entrypoint", argument, f"no layer has the file {argument}")
            return
        if self._may_be_executed(found, "Entrypoint", argument):
            self._check_file(found, start.workdir, 0)

    def _may_be_executed(self, found: Tuple[int, str, Node], what: str, claimed: str) -> bool:
        _, name, node = found
        if not node.mode & 0o111:
            rule = f"nobody may execute {shown(name)}: its mode is {node.mode:04o}"
            self._problems.broken(self._where, what, claimed, rule)
            return False
        return True

    def _check_file(self, found: Tuple[int, str, Node], workdir: str, scripts: int) -> None:
        """A file that a kernel is to execute, after so many scripts."""
        number, name, _ = found
        facts, why = self._files.facts(self._layers[number], name)
        if facts is None:
            self._problems.skip(self._where, f"{_NOT_CHECKED}: {why}")
        elif facts.script:
            self._check_script(name, facts.script, workdir, scripts + 1)
        elif facts.program:
            self._check_program(name, facts.program, workdir)
        elif facts.broken:
            self._problems.broken(self._where, f"program {shown(name)}", "an ELF file", facts.broken)
        else:
            self._problems.skip(self._where, f"platform of the program {shown(name)}: {_not_elf(facts)}")

    def _check_script(self, name: str, line: str, workdir: str, scripts: int) -> None:
        interpreter = line.split()[0]
        what = f"interpreter of the script {shown(name)}"
        if scripts > _MAX_SCRIPTS:
            rule = f"a script has at most {_MAX_SCRIPTS - 1} scripts as its interpreters"
            self._problems.broken(self._where, what, shown(interpreter), rule)
            return
        found = find(self._nodes, posixpath.join(f"/{workdir}", interpreter))
        if found is None:
            self._problems.broken(self._where, what, shown(interpreter), f"no layer has the file {shown(interpreter)}")
        elif self._may_be_executed(found, what, shown(interpreter)):
            self._check_file(found, workdir, scripts)

    def _check_program(self, name: str, program: ProgramFacts, workdir: str) -> None:
        """An ELF file, and the loader that it names."""
        if program.linkage in (linkage.OBJECT, linkage.CORE):
            kind = "an object file" if program.linkage == linkage.OBJECT else "a core dump"
            self._problems.broken(self._where, f"program {shown(name)}", kind, f"it is {kind}, which no kernel starts")
            return
        self._check_platform(f"platform of the program {shown(name)}", program)
        if program.interpreter is not None:
            self._check_loader(name, program.interpreter, workdir)

    def _check_loader(self, name: str, loader: str, workdir: str) -> None:
        what = f"loader of the program {shown(name)}"
        found = find(self._nodes, posixpath.join(f"/{workdir}", loader)) if loader else None
        if found is None:
            self._problems.broken(self._where, what, shown(loader), f"no layer has the file {shown(loader)}")
        elif self._may_be_executed(found, what, shown(loader)):
            facts, why = self._files.facts(self._layers[found[0]], found[1])
            if facts is None:
                self._problems.skip(self._where, f"{what}: {why}")
            elif facts.program is None:
                self._problems.broken(self._where, what, shown(loader), facts.broken or _not_elf(facts))
            else:
                self._check_platform(f"platform of the {what}", facts.program)

    def _check_platform(self, what: str, program: ProgramFacts) -> None:
        derived = _derived(program, self._platform)
        if derived:
            self._problems.mismatch(self._where, what, str(self._platform), derived)


def _not_elf(facts: BinaryFacts) -> str:
    return f"it is not an ELF file but {f'a script for {facts.script}' if facts.script else facts.other}"


def _derived(program: ProgramFacts, platform: Platform) -> Optional[str]:
    """What the program is for, if it is not the platform."""
    if program.foreign_os:
        return f"a program for {program.foreign_os}"
    try:
        derived = platform_of(program)
    except UnknownMachine as error:
        return str(error)
    if not derived.same_cpu(platform):
        return str(derived)
    is_newer = derived.variant and (derived.version or 0) > (platform.version or 0)
    return f"it needs {derived}" if is_newer else None
