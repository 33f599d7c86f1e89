"""How rules ask the engine: by the name of the rule that answers, or by the type of the answer (docs/pants-versions.md).

By name where Pants has every rule that is needed (2.29 and later), else by type (`Get`, up to 2.31). A typed caller has both
spellings, one in each branch of `if BY_NAME:`, with one signature; its docstring stands in the first.

Where neither works, the ImportError names the rule that cannot be called by name.
"""

from __future__ import annotations

try:
    from scratch_image.engine import by_name  # noqa: F401

    BY_NAME = True
except ImportError:
    from pants.engine import rules

    if not hasattr(rules, "Get"):
        raise
    BY_NAME = False
