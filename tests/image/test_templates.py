"""Pins down how labels and annotations take the values of environment variables."""

from __future__ import annotations

import pytest

from scratch_image.image.templates import filled

fill = filled(("GIT_SHA", "EMPTY", "UNSET"), {"GIT_SHA": "0f5d", "EMPTY": "", "HOME": "/home/me"})

GOOD = [
    ("plain", "plain"),
    ("{env.GIT_SHA}", "0f5d"),
    ("v1-{env.GIT_SHA}-{env.GIT_SHA}", "v1-0f5d-0f5d"),
    ("[{env.EMPTY}]", "[]"),
    ('{"json": "{env.GIT_SHA}"}', '{"json": "0f5d"}'),
    ("{name} {env} {env.} {env.1}", "{name} {env} {env.} {env.1}"),
]


@pytest.mark.parametrize("text, want", GOOD)
def test_what_is_filled_in(text, want):
    assert fill(text) == want


BAD = [
    ("{env.HOME}", "HOME is not declared; add it to [scratch-image].env_vars: ['HOME']", "set, and not declared"),
    ("{env.GIT_SH}", "GIT_SH is not declared; did you mean GIT_SHA?", "a slip"),
    ("{env.UNSET}", "UNSET is not set", "declared, and not set"),
    (5, "'5'", "no text"),
]


@pytest.mark.parametrize("text, said, reason", BAD)
def test_what_can_not_be_filled_in(text, said, reason):
    with pytest.raises(ValueError) as error:
        fill(text)
    assert said in str(error.value)
