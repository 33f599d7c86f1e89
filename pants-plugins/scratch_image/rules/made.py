"""What the targets make that an image names, and their failures: each is the failure of that image only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Tuple

from pants.core.goals.package import BuiltPackage
from pants.engine.addresses import Address
from pants.engine.fs import Digest
from pants.engine.target import Targets

from scratch_image.engine import fs, targets
from scratch_image.engine.errors import ScratchImageError

# A line of the engine's message about a cycle: `@rule(…(src:image))`, with or without the address of a target.
_NODE = re.compile(r"^\s+@rule\(.*?\(([^()]*)\)\)", re.MULTILINE)


class FailedTarget(ScratchImageError):
    """A target that an image names cannot be made; the text says which field names it, and has Pants' reason."""


@dataclass(frozen=True)
class Made:
    """What a target makes: `digest`, and the packages that it is from; without any, it holds the target's files."""

    of: Targets
    packages: Tuple[BuiltPackage, ...]
    digest: Digest


async def made(consumer: Address, field: str, address: Address) -> Made:
    """What the target at an address makes, for a field of `consumer`. Raises FailedTarget, and what an image raises."""
    of = Targets()
    try:
        of = await targets.targets(address)
        packages = await targets.packages(of)
        digest = await fs.merge(package.digest for package in packages) if packages else await targets.files(of)
    except ScratchImageError:
        raise
    except Exception as error:
        # Whatever it is, it is about another target: a source that is missing, a command that fails, a backend's own error.
        kind = f", a `{of[0].alias}` target," if of else ""
        raise FailedTarget(f"{consumer}: field `{field}`: {address}{kind} cannot be made: {reason_of(error)}") from None
    return Made(of, packages, digest)


def reason_of(error: Exception) -> str:
    """Pants' reason why a target cannot be made; a sentence for a cycle, which Pants shows as a list of its rules."""
    reason = str(error).strip() or type(error).__name__
    if "contained a cycle" not in reason:
        return reason
    named = ", ".join(dict.fromkeys(filter(None, _NODE.findall(reason))))
    return f"it needs itself, through {named or 'other targets'}; remove one of these dependencies"
