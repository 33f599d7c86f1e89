"""`./pants tailor`: a `scratch_image` beside every `go_binary` that has none, if `[scratch-image].tailor` is on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator, List, Set, Tuple

from pants.core.goals.tailor import PutativeTarget, PutativeTargets, PutativeTargetsRequest
from pants.engine.rules import collect_rules, rule
from pants.engine.target import AllUnexpandedTargets, Target
from pants.engine.unions import UnionRule

from scratch_image.rules.address import UnknownAddress, address_in_field
from scratch_image.targets.options import ScratchImageSubsystem
from scratch_image.targets.program import ScratchImageBinaryField, addresses_of_programs
from scratch_image.targets.scratch_image import ScratchImageTarget

# The Go backend is not imported: not every repository has it.
_PROGRAMS = "go_binary"


@dataclass(frozen=True)
class PutativeScratchImages(PutativeTargetsRequest):
    """The images that `tailor` may propose."""


@rule(desc="Determine scratch images to create")
async def putative_scratch_images(
    request: PutativeScratchImages, options: ScratchImageSubsystem, targets: AllUnexpandedTargets
) -> PutativeTargets:
    """No image for a program with parameters (`parametrize`): which of its variants belong together, only a person knows."""
    if not options.tailor:
        return PutativeTargets()
    taken = {_place(target) for target in targets}
    programs = {
        _place(target)
        for target in targets
        if target.alias == _PROGRAMS and target.address.spec_path in request.dirs and not target.address.parameters
    }
    for target in targets:
        for text in addresses_of_programs(target.get(ScratchImageBinaryField).value):
            try:
                program = await address_in_field(target.address, ScratchImageBinaryField.alias, text)
            except UnknownAddress:
                continue  # `package` reports it.
            programs.discard((program.spec_path, program.target_name))
    return PutativeTargets(_proposals(programs, taken))


def _place(target: Target) -> Tuple[str, str]:
    """The directory and the name of a target, or of its generator."""
    return target.address.spec_path, target.address.target_name


def _proposals(programs: Set[Tuple[str, str]], taken: Set[Tuple[str, str]]) -> Iterator[PutativeTarget]:
    """An image per program: `image`, or where that name is taken, `<program>-image`."""
    for directory, program in sorted(programs):
        name = "image" if (directory, "image") not in taken else f"{program}-image"
        taken.add((directory, name))
        yield PutativeTarget.for_target_type(ScratchImageTarget, directory, name, (), {"binary": f":{program}"})


def rules() -> List[object]:
    """The rules of the goal."""
    return [*collect_rules(), UnionRule(PutativeTargetsRequest, PutativeScratchImages)]
