"""What is known of all targets of the repository: their names, and the images that need themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Iterator, List, Mapping, Tuple

from pants.engine.addresses import Address
from pants.engine.rules import rule
from pants.engine.target import AllUnexpandedTargets, SpecialCasedDependencies, Target
from pants.util.frozendict import FrozenDict

from scratch_image.engine.own_files import PACKAGE
from scratch_image.engine.spelling import BY_NAME
from scratch_image.image.addresses import Place, place_of
from scratch_image.image.cycles import cycles
from scratch_image.targets.field_sets import is_image
from scratch_image.targets.program import addresses_of_programs
from scratch_image.targets.scratch_image_debug import addresses_of_tools

# Fields of our targets: what they are made of or test, the files in an image, and the tools in a debug image.
_PROGRAMS, _FILES, _TOOLS = ("binary", "image"), "files", "tools"
# The field of `adhoc_tool` and the like that names the program they run.
_RUNNABLE = "runnable"


@dataclass(frozen=True)
class KnownTargets:
    """Directory → the names of its targets, a parametrized one with its parameters: `name@a=1`."""

    names: FrozenDict[str, Tuple[str, ...]]


@dataclass(frozen=True)
class Cycles:
    """Image → (field, the way from the image to itself), of each image that cannot be made before itself."""

    by_address: FrozenDict[Address, Tuple[str, Tuple[str, ...]]]


@rule
async def list_targets(targets: AllUnexpandedTargets) -> KnownTargets:
    """For messages about an address that does not exist."""
    names: Dict[str, List[str]] = {}
    for target in targets:
        place = _place(target.address)
        names.setdefault(place.directory, []).append("@".join(filter(None, (place.name, place.parameters))))
    return KnownTargets(FrozenDict({directory: tuple(sorted(own)) for directory, own in names.items()}))


if BY_NAME:
    from scratch_image.engine.by_name import implicitly

    async def known_targets() -> KnownTargets:
        """The targets of the repository."""
        return await list_targets(**implicitly())

else:
    from pants.engine.rules import Get

    async def known_targets() -> KnownTargets:
        return await Get(KnownTargets)


@rule(desc="Look for cycles of images")
async def find_cycles(targets: AllUnexpandedTargets) -> Cycles:
    """The engine refuses a cycle with a list of its rules, and then no image is made. So images do not ask for what they
    are in a cycle with. A cycle through other fields than those below is the engine's to find (`rules/made.py`)."""
    fields = {_place(target.address): dict(_references(target)) for target in targets}
    edges: Dict[Place, Tuple[Place, ...]] = {place: tuple(named) for place, named in fields.items() if named}
    images = {_place(target.address): target.address for target in targets if is_image(target)}
    found = cycles(images, edges)
    return Cycles(
        FrozenDict({images[place]: (fields[place][way[1]], tuple(map(_written, way))) for place, way in found.items()})
    )


def _place(address: Address) -> Place:
    parameters = ",".join(sorted(f"{name}={value}" for name, value in address.parameters.items()))
    return Place(address.spec_path, address.target_name, parameters)


def _written(place: Place) -> str:
    return f"{place.directory or '//'}:{place.name}{'@' if place.parameters else ''}{place.parameters}"


def _references(target: Target) -> Iterator[Tuple[Place, str]]:
    """What has to be made before a target, with the field that names it."""
    for field, text in _texts(target):
        place = place_of(text, target.address.spec_path)
        if place:
            yield place, field


def _texts(target: Target) -> Iterator[Tuple[str, str]]:
    """(field, address as written); values of a wrong type are left out."""
    is_ours = type(target).__module__.startswith(f"{PACKAGE}.")
    for field in target.field_values.values():
        if is_ours and field.alias in _PROGRAMS:
            yield from ((field.alias, text) for text in addresses_of_programs(field.value))
        elif is_ours and field.alias == _FILES and isinstance(field.value, Mapping):
            sources = (source.get("from") if isinstance(source, Mapping) else source for source in field.value.values())
            yield from ((_FILES, text) for text in sources if isinstance(text, str))
        elif is_ours and field.alias == _TOOLS:
            yield from ((_TOOLS, text) for text in addresses_of_tools(field.value))
        elif field.alias == _RUNNABLE and isinstance(field.value, str):
            yield _RUNNABLE, field.value
        elif isinstance(field, SpecialCasedDependencies):
            yield from ((field.alias, text) for text in field.value or ())
