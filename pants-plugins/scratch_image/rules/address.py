"""The addresses in fields of our targets."""

from __future__ import annotations

from pants.base.exceptions import MappingError
from pants.build_graph.address import (
    Address,
    AddressParseException,
    InvalidAddressError,
    InvalidParametersError,
    InvalidSpecPathError,
    InvalidTargetNameError,
    UnsupportedWildcardError,
)
from pants.engine.addresses import UnparsedAddressInputs

from scratch_image.engine import targets
from scratch_image.engine.errors import ScratchImageError
from scratch_image.image.addresses import cure, shortened
from scratch_image.image.field_reader import Mistake
from scratch_image.rules.repository import known_targets

# A text that is not an address at all.
_NOT_AN_ADDRESS = (
    AddressParseException,
    InvalidAddressError,
    InvalidParametersError,
    InvalidSpecPathError,
    InvalidTargetNameError,
    UnsupportedWildcardError,
)


class UnknownAddress(ScratchImageError):
    """A field names a target that does not exist, or its text is not a valid address; `mistake` says which, with a cure."""

    def __init__(self, field: str, text: str) -> None:
        self.mistake = Mistake(f"field `{field}`", text)
        super().__init__(str(self.mistake))


async def address_in_field(owner: Address, field: str, text: str, kind: str = "scratch_image") -> Address:
    """The address that `text` is, seen from the BUILD file of `owner`, a target of type `kind`. Raises UnknownAddress.

    The origin does not name the target: the engine treats two inputs that differ only in it as equal, and would show the
    error of the target that asked first.
    """
    origin = f"the `{field}` field of a `{kind}` target"
    try:
        found = await targets.addresses(UnparsedAddressInputs([text], owning_address=owner, description_of_origin=origin))
    except _NOT_AN_ADDRESS:
        problem = "is not the address of a target"
    except MappingError:
        # The target or its directory does not exist. A BUILD file that cannot be read is also an error of known_targets().
        problem = "does not exist"
    else:
        return found[0]
    # No target can mean itself.
    names = (await known_targets()).names
    others = [name for name in names.get(owner.spec_path, ()) if name.partition("@")[0] != owner.target_name]
    what_to_do = cure(field, text, owner.spec_path, {**names, owner.spec_path: others})
    raise UnknownAddress(field, f"{shortened(text)!r} {problem}; {what_to_do}")
