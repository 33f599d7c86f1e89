"""Where two values of JSON differ. Pure."""

from __future__ import annotations

from typing import Iterator, Tuple

from scratch_image.layout.problems import shown

_NOTHING = "nothing"


def differences(where: str, claimed: object, derived: object) -> Iterator[Tuple[str, str, str]]:
    """(place, claimed, derived), as problems quote them, of each innermost member that differs; `where` is the place of the
    whole."""
    if isinstance(claimed, dict) and isinstance(derived, dict):
        for key in sorted({*claimed, *derived}):
            place = f"{where}.{shown(key)[1:-1]}"
            if key not in claimed:
                yield place, _NOTHING, shown(derived[key])
            elif key not in derived:
                yield place, shown(claimed[key]), _NOTHING
            else:
                yield from differences(place, claimed[key], derived[key])
    elif isinstance(claimed, list) and isinstance(derived, list) and len(claimed) == len(derived):
        for at, (one, other) in enumerate(zip(claimed, derived)):
            yield from differences(f"{where}[{at}]", one, other)
    elif type(claimed) is not type(derived) or claimed != derived:
        yield where, shown(claimed), shown(derived)
