"""What `help` shows of fields and options reads as it is meant."""

from __future__ import annotations

import re

import pytest

from tests.support.modules import MODULES

TEXTS = {module: path.read_text(encoding="utf-8") for module, path in MODULES.items()}
SHOWN = sorted(module for module in TEXTS if module.startswith(("scratch_image.targets.", "scratch_image.goals.")))


@pytest.mark.parametrize("module", SHOWN)
def test_an_example_is_called_one(module: str) -> None:
    """After a colon, a list or a dict reads like the default; only a default stands so."""
    found = [match[0] for match in re.finditer(r"[^.\n]*:\s+`[\[{]\S*", TEXTS[module])]
    assert [text for text in found if not re.search(r"[Dd]efault:\s", text)] == []


@pytest.mark.parametrize("module", sorted(TEXTS))
def test_no_text_knows_how_pants_is_started(module: str) -> None:
    """Each repository has its own command: pants.util.docutil.bin_name() says it."""
    strings = re.sub(r'\A""".*?"""', "", TEXTS[module], flags=re.DOTALL)
    assert "./pants" not in strings
