"""From a `scratch_image_debug` target to what its image is to be, or to all mistakes of the target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Iterator, List, Mapping, Tuple

from pants.engine.addresses import Address
from pants.engine.target import Target

from scratch_image.checks.findings import Policy
from scratch_image.checks.policy import read_policy
from scratch_image.engine import targets
from scratch_image.image.debug import DebugSpec, read_debug_spec
from scratch_image.image.field_reader import Mistake
from scratch_image.rules.address import UnknownAddress, address_in_field
from scratch_image.rules.artifact import kind_of
from scratch_image.rules.mistakes import InvalidScratchImage
from scratch_image.rules.output_conflicts import OutputConflicts, output_path_mistakes
from scratch_image.rules.repository import Cycles
from scratch_image.rules.tree import Tree, TreeRequest, trees
from scratch_image.targets.field_sets import ScratchImageDebugFieldSet
from scratch_image.targets.options import ScratchImageSubsystem
from scratch_image.targets.program import ScratchImageBinaryField

_KIND = "scratch_image_debug"


@dataclass(frozen=True)
class ReadDebug:
    """A target's fields, read: what the debug image is to be, the `image` it is of, what each address in `tools` makes, and
    how findings are taken."""

    address: Address
    spec: DebugSpec
    image: Target
    trees: Mapping[str, Tree]
    policy: Policy


async def read_debug(
    field_set: ScratchImageDebugFieldSet, options: ScratchImageSubsystem, conflicts: OutputConflicts, cycles: Cycles
) -> ReadDebug:
    """Raises InvalidScratchImage with every mistake of the target, UnusableArtifact, FailedTarget, and what makes an image
    that `tools` names raises."""
    values, own = field_set.values(), field_set.address
    spec, wrong_fields = read_debug_spec(values)
    policy, wrong_policy = read_policy(values["allow"], options.fail_on, options.severity)
    mistakes = [*wrong_fields, *wrong_policy, *output_path_mistakes(own, field_set.output_path, conflicts)]
    found: List[Target] = []
    addresses: Dict[str, Address] = {}
    for field, text in _addresses(spec):
        try:
            address = await address_in_field(own, field, text, _KIND)
        except UnknownAddress as error:
            mistakes.append(error.mistake)
            continue
        if address == own:
            cure = "name a `scratch_image`" if field == "image" else "name the target that makes the tool"
            mistakes.append(Mistake(f"field `{field}`", f"names the debug image itself; {cure}"))
        elif field == "tools":
            addresses[text] = address
        else:
            found.extend(await targets.targets(address))
            if len(found) != 1 or not found[0].has_field(ScratchImageBinaryField):
                kind = await kind_of(address)
                mistakes.append(Mistake("field `image`", f"{address} is a {kind}; name a `scratch_image`"))
    cycle = cycles.by_address.get(own)
    if cycle:
        text = f"the image needs itself: {' → '.join(cycle[1])}; name another target in one of them"
        mistakes.append(Mistake(f"field `{cycle[0]}`", text))
    if mistakes:
        raise InvalidScratchImage(own, mistakes)
    made = await trees(TreeRequest(address, own, "tools") for address in addresses.values())
    return ReadDebug(own, spec, found[0], dict(zip(addresses, made)), policy)


def _addresses(spec: DebugSpec) -> Iterator[Tuple[str, str]]:
    """(field, address as written), each once."""
    if spec.image:
        yield "image", spec.image
    every = (address for tool in spec.tools for address in tool.addresses if address)
    yield from (("tools", address) for address in dict.fromkeys(every))
