"""Packages images of which one that cannot be made does not stop the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Optional, Tuple

from pants.core.goals.package import BuiltPackage
from pants.engine.addresses import Address
from pants.engine.rules import rule

from scratch_image.engine import targets
from scratch_image.engine.errors import ScratchImageError
from scratch_image.engine.spelling import BY_NAME
from scratch_image.rules.made import reason_of


@dataclass(frozen=True)
class AttemptRequest:
    """The image at an address."""

    address: Address


@dataclass(frozen=True)
class Attempt:
    """The package of an image, or why there is none."""

    package: Optional[BuiltPackage] = None
    failure: str = ""


@rule
async def attempt(request: AttemptRequest) -> Attempt:
    """Whatever keeps an image from being made is a text."""
    try:
        of = await targets.targets(request.address)
        (package,) = await targets.packages(of)
    except ScratchImageError as error:
        return Attempt(failure=str(error))
    except Exception as error:
        # As in `rules/made.py`: it may be of any target that the image needs.
        return Attempt(failure=f"{request.address} cannot be made: {reason_of(error)}")
    return Attempt(package)


if BY_NAME:
    from scratch_image.engine.by_name import concurrently

    async def attempts(requests: Iterable[AttemptRequest]) -> Tuple[Attempt, ...]:
        """One attempt per request, in their order."""
        return await concurrently(attempt(request) for request in requests)

else:
    from pants.engine.rules import Get, MultiGet

    async def attempts(requests: Iterable[AttemptRequest]) -> Tuple[Attempt, ...]:
        return await MultiGet(Get(Attempt, AttemptRequest, request) for request in requests)
