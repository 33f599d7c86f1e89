"""Targets that pack packages: `archive` and others take what `package` writes for an image, and would hold the report alone
where the layout is not written (`[scratch-image].write`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Tuple

from pants.engine.addresses import Address
from pants.engine.rules import rule
from pants.engine.target import AllTargets, Target
from pants.util.frozendict import FrozenDict

from scratch_image.engine.spelling import BY_NAME
from scratch_image.image.field_reader import Mistake
from scratch_image.oci.names import WRITTEN_LAYOUT
from scratch_image.rules.mistakes import InvalidScratchImage

# Fields of Pants and of its plugins whose targets are packaged for the target that names them.
_PACKING = ("packages", "runtime_package_dependencies", "execution_dependencies")
# Targets that also take the packages among their `dependencies`.
_PACKING_DEPENDENCIES = ("docker_image", "nfpm_")


@dataclass(frozen=True)
class Packers:
    """(directory, name) of a target → the targets that pack it, each with its kind: as BUILD files name them, without asking
    whether there is such a target."""

    by_target: FrozenDict[Tuple[str, str], Tuple[str, ...]]


@rule(desc="Find the targets that pack packages")
async def find_packers(targets: AllTargets) -> Packers:
    """Of all targets of the repository."""
    found: Dict[Tuple[str, str], List[str]] = {}
    for target in targets:
        for text in _packed(target):
            shown = f"{target.address} (`{target.alias}`)"
            found.setdefault(_named(text, target.address.spec_path), []).append(shown)
    return Packers(FrozenDict({key: tuple(dict.fromkeys(found[key])) for key in sorted(found)}))


def _packed(target: Target) -> List[str]:
    takes_dependencies = target.alias.startswith(_PACKING_DEPENDENCIES)
    fields = (*_PACKING, "dependencies") if takes_dependencies else _PACKING
    values = (field.value for field in target.field_values.values() if field.alias in fields)
    return [text for value in values if isinstance(value, tuple) for text in value if isinstance(text, str)]


def _named(text: str, directory: str) -> Tuple[str, str]:
    """(directory, name) that an address names; parameters, which choose among targets of one name, are left out."""
    path, colon, name = text.partition("@")[0].partition(":")
    if path.startswith("//"):
        path = path[2:]
    elif not path and colon:
        path = directory
    return path, name or path.rpartition("/")[2]


if BY_NAME:
    from scratch_image.engine.by_name import implicitly

    async def packers() -> Packers:
        """Of the repository."""
        return await find_packers(**implicitly())

else:
    from pants.engine.rules import Get

    async def packers() -> Packers:
        return await Get(Packers)


async def refuse_to_be_packed(image: Address, written: Tuple[str, ...]) -> None:
    """Raises InvalidScratchImage if a target packs the image and the image's layout is not written."""
    if WRITTEN_LAYOUT in written:
        return
    found = await packers()
    by = found.by_target.get((image.spec_path, image.target_name), ())
    if by:
        what = f"it leaves out the layout, and {', '.join(by)} would pack the report alone"
        cure = 'add "layout" for this run, or leave the image out of that target'
        raise InvalidScratchImage(image, (Mistake("option `[scratch-image].write`", f"{what}; {cure}"),))
