"""Texts of labels and annotations that take values from declared environment variables: `{env.GIT_SHA}`. Pure."""

from __future__ import annotations

import difflib
import re
from typing import Callable, Mapping, Sequence

from scratch_image.oci import grammar

_VARIABLE = re.compile(r"\{env\.([A-Za-z_][A-Za-z0-9_]*)\}")


def filled(declared: Sequence[str], values: Mapping[str, str]) -> Callable[[object], str]:
    """Fills texts in. `declared` are the names in the option `[scratch-image].env_vars`, `values` those that are set. The
    function raises ValueError for a text with a variable that is not declared, or not set."""

    def fill(value: object) -> str:
        return _VARIABLE.sub(lambda match: _value(match[1], declared, values), grammar.text(value))

    return fill


def _value(name: str, declared: Sequence[str], values: Mapping[str, str]) -> str:
    if name not in declared:
        near = difflib.get_close_matches(name, declared, 1)
        hint = f"did you mean {near[0]}?" if near else f"add it to [scratch-image].env_vars: [{name!r}]"
        raise ValueError(f"the environment variable {name} is not declared; {hint}")
    if name not in values:
        cure = f"set it where Pants runs, or say '{name}=…' in [scratch-image].env_vars"
        raise ValueError(f"the environment variable {name} is not set; {cure}")
    return values[name]
