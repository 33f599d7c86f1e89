"""The modules of a program of Pants' own `go_binary`, which does not name them: those of its `go.mod` that are linked.

The Go backend is not imported: not every repository has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Optional, Tuple

from pants.engine.addresses import Address, UnparsedAddressInputs
from pants.engine.rules import rule
from pants.engine.target import AllUnexpandedTargets, Target
from pants.util.frozendict import FrozenDict

from scratch_image.attest.go_mod import read_go_mod
from scratch_image.attest.modules import Modules, linked
from scratch_image.binary.facts import BinaryFacts
from scratch_image.engine import fs, targets
from scratch_image.engine.spelling import BY_NAME

_BINARY, _MODULE = "go_binary", "go_mod"
_FILES = ("go.mod", "go.sum")


@dataclass(frozen=True)
class GoModuleTargets:
    """Directory → its target `go_mod`."""

    by_directory: FrozenDict[str, Address]


@rule(desc="Find the Go modules of the repository")
async def find_go_modules(every: AllUnexpandedTargets) -> GoModuleTargets:
    """Of all targets of the repository; the first of several in one directory."""
    found: Dict[str, Address] = {}
    for address in sorted(target.address for target in every if target.alias == _MODULE):
        found.setdefault(address.spec_path, address)
    return GoModuleTargets(FrozenDict(found))


if BY_NAME:
    from scratch_image.engine.by_name import implicitly

    async def _module_targets() -> GoModuleTargets:
        return await find_go_modules(**implicitly())

else:
    from pants.engine.rules import Get

    async def _module_targets() -> GoModuleTargets:
        return await Get(GoModuleTargets)


async def modules_of(program: Address, facts: BinaryFacts) -> Optional[Modules]:
    """The modules that are linked into the program of a `go_binary` whose facts do not name them; None for any other
    program, and where they are not known."""
    of = facts.program
    if of is None or not of.go or (of.go_build and of.go_build.modules):
        return None
    binary = await targets.unexpanded(program)
    if len(binary) != 1 or binary[0].alias != _BINARY:
        return None
    main = binary[0].address
    text = _main_field(binary[0])
    if text:
        origin = f"the `main` field of the `{_BINARY}` target"
        inputs = UnparsedAddressInputs([text], owning_address=main, description_of_origin=origin)
        (main,) = await targets.addresses(inputs)
    by_directory = (await _module_targets()).by_directory
    directory = _nearest(main.spec_path, by_directory)
    if directory is None:
        return None
    (module,) = await targets.unexpanded(by_directory[directory])
    files = {file.path.rpartition("/")[2]: file.content for file in await fs.contents(await targets.sources(module))}
    go_mod, go_sum = (files.get(name, b"").decode("utf-8", "replace") for name in _FILES)
    modules = read_go_mod(go_mod, go_sum)
    return modules._replace(required=linked(modules, of.go_packages, of.go_sources).required) if modules else None


def _main_field(target: Target) -> str:
    values = [field.value for field in target.field_values.values() if field.alias == "main"]
    return values[0] if values and isinstance(values[0], str) else ""


def _nearest(path: str, directories: FrozenDict[str, Address]) -> Optional[str]:
    """The directory with a module that is at or nearest above a path, as Pants looks for it."""
    parts: Tuple[str, ...] = tuple(path.split("/")) if path else ()
    above = ("/".join(parts[:length]) for length in range(len(parts), -1, -1))
    return next((directory for directory in above if directory in directories), None)
