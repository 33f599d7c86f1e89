"""Pins down how labels and annotations take the values of environment variables."""

from __future__ import annotations

import pytest

from scratch_image.image import templates
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


LITERAL = [
    # field, value, placeholders that are written as they are, reason
    ("env", {"A": "{env.B}"}, ["{env.B}"], "a value"),
    ("env", {"{env.B}": "1"}, ["{env.B}"], "a name"),
    ("env", {"A": "x{env.B}y{env.C}{env.B}"}, ["{env.B}", "{env.C}"], "each once"),
    ("cmd", ["--version={env.V}"], ["{env.V}"], "a list"),
    ("entrypoint", ("/app", "{env.V}"), ["{env.V}"], "a list, as the engine holds it"),
    ("binary_path", "/{env.V}", ["{env.V}"], "a text"),
    ("output_path", "{env.V}", ["{env.V}"], "a place in dist/"),
    ("files", {"/{env.V}": {"text": "{env.W}"}}, ["{env.V}", "{env.W}"], "in a dict in a dict"),
    ("image_labels", {"a": "{env.V}"}, [], "a label is filled in"),
    ("image_labels", {"{env.V}": "a"}, ["{env.V}"], "but not its name"),
    ("annotations", {"a": "{env.V}"}, [], "an annotation is filled in"),
    ("annotations", {"a": "{env.GIT-SHA}"}, ["{env.GIT-SHA}"], "not a name of a variable"),
    ("annotations", {"a": "{ env.V }"}, ["{ env.V }"], "blanks"),
    ("image_labels", {"a": "{ENV.V}"}, ["{ENV.V}"], "capitals"),
    ("image_labels", {"a": "{env:V}"}, ["{env:V}"], "another sign"),
    ("image_labels", {"a": "{digest_short}"}, ["{digest_short}"], "of another field"),
    ("image_labels", {"a": "{pants.hash}"}, ["{pants.hash}"], "of another field"),
    ("repository", "{env.V}", [], "filled in, and every other brace refused"),
    ("image_tags", ["{digest_short}"], [], "the same"),
    ("env", {"A": "{name} {} {{env}} ${V} {environment} env.V"}, [], "braces of others"),
    ("env", None, [], "not set"),
    ("env", {1: [None, 2.5, {"a": True}]}, [], "wrong values are for others to find"),
]


@pytest.mark.parametrize("field, value, want, reason", LITERAL)
def test_what_is_written_as_it_is(field, value, want, reason):
    assert templates.literal({field: value}) == tuple((field, placeholder) for placeholder in want), reason
