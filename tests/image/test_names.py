"""What a target is called: placeholders, values that are not there yet, and what is wrong."""

from __future__ import annotations

from typing import Any, Dict, Tuple

import pytest

from scratch_image.image.names import Names, Surroundings, read_names
from scratch_image.image.registries import Registry
from scratch_image.oci.digest import Digest

ROOT = Digest("0123456789abcdef" * 4)
UNSET = {"registries": None, "repository": None, "image_tags": None}
COMPANY = Registry("registry.example", "company", default=True)
ALIASED = Registry("other.example:5000/team", "other", extra_image_tags=("extra",), use_local_alias=True)
RENAMED = Registry("third.example", "third", repository="mirror/{target_repository}/{name}")
ALL = (ALIASED, COMPANY, RENAMED)
AT = {"name": "image", "spec_path": "src/Billing/api", "default_repository": "{name}"}


def surroundings(**changes: Any) -> Surroundings:
    return Surroundings(**{**AT, "env_vars": ("VERSION", "TEAM"), "env": {"TEAM": "web"}, **changes})


def names(values: Dict[str, object], **changes: Any) -> Names:
    found, mistakes = read_names({**UNSET, **values}, surroundings(**changes))
    assert mistakes == ()
    return found


def told(values: Dict[str, object], **changes: Any) -> Tuple[Tuple[str, ...], Tuple[str, ...]]:
    found, missing = names(values, **changes).of(ROOT)
    return tuple(map(str, found)), missing


@pytest.mark.parametrize(
    ("values", "changes", "want"),
    [
        ({}, {}, ("image:latest",)),
        ({"repository": "hello"}, {}, ("hello:latest",)),
        ({"repository": "{parent_directory}/{directory}/{name}"}, {}, ("billing/api/image:latest",)),
        ({"repository": "x/{default_repository}"}, {"default_repository": "all/{name}"}, ("x/all/image:latest",)),
        ({}, {"default_repository": "{directory}-{name}"}, ("api-image:latest",)),
        ({"repository": "{env.TEAM}/hello"}, {}, ("web/hello:latest",)),
        ({"image_tags": ["2", "1", "2"]}, {}, ("image:2", "image:1")),
        ({"image_tags": []}, {}, ()),
        ({"image_tags": ["v-{digest_short}"]}, {}, ("image:v-0123456789ab",)),
        ({"image_tags": ["{pants.hash}"]}, {}, (f"image:{ROOT.hex}",)),
        ({"image_tags": ["{env.TEAM}-1"]}, {}, ("image:web-1",)),
        ({}, {"registries": ALL}, ("registry.example/image:latest",)),
        ({"registries": []}, {"registries": ALL}, ("image:latest",)),
        ({"registries": ["@company", "registry.example"]}, {"registries": ALL}, ("registry.example/image:latest",)),
        ({"registries": ["[::1]:5000"], "image_tags": ["1", "2"]}, {}, ("[::1]:5000/image:1", "[::1]:5000/image:2")),
        (
            {"registries": ["<all default registries>", "new.example"]},
            {"registries": ALL},
            ("registry.example/image:latest", "new.example/image:latest"),
        ),
        (
            {"registries": ["@other"], "image_tags": ["1"]},
            {"registries": ALL},
            tuple(f"{at}/image:{tag}" for tag in ("1", "extra") for at in ("other.example:5000/team", "other")),
        ),
        (
            {"registries": ["@third"], "repository": "Team/{directory}"},
            {"registries": ALL},
            ("third.example/mirror/team/api/image:latest",),
        ),
        # Tags differ by capitals, repositories cannot have any.
        ({"repository": "Hello", "image_tags": ["RC1"]}, {}, ("hello:RC1",)),
    ],
)
def test_references(values: Dict[str, object], changes: Dict[str, Any], want: object) -> None:
    assert told(values, **changes) == (want, ())


def test_a_tag_whose_variable_is_not_set_is_left_out_and_named() -> None:
    found, missing = told({"image_tags": ["{env.VERSION}", "latest"]})
    assert found == ("image:latest",)
    (line,) = missing
    assert line.startswith(
        "  no name   {name}:{env.VERSION}: the environment variable VERSION is not set; set it in the environment"
    )


def test_a_value_that_can_not_be_in_a_name_is_told_like_one_that_is_missing() -> None:
    """It is the environment's, and stops who publishes only."""
    found, missing = told({"image_tags": ["{env.VERSION}", "latest"]}, env={"VERSION": "1.0+x"})
    assert found == ("image:latest",)
    assert [line.partition(": ")[2].partition(";")[0] for line in missing] == ["'1.0+x' is not a valid tag"]
    _, missing = told({"image_tags": ["{env.VERSION}", "latest"]}, env={"VERSION": ""})
    assert [line.partition("VERSION}: ")[2] for line in missing] == [
        "its variables are set, and empty; give them values in the environment of Pants"
    ]
    found, missing = told({"repository": "{env.TEAM}/a"}, env={"TEAM": "a b"})
    assert (found, len(missing)) == ((), 1)


def test_nothing_has_a_name_where_the_repository_has_none() -> None:
    found, missing = told({"repository": "{env.VERSION}", "image_tags": ["1", "2"]})
    assert (found, len(missing)) == ((), 2)


BAD = [
    # values, changes, the message
    ({"repository": "Über"}, {}, "field `repository`: 'über' is not a valid repository name"),
    ({"repository": "a//b"}, {}, "field `repository`: the part '' of 'a//b' is not a valid repository name"),
    ({"repository": ["a"]}, {}, "field `repository`: ['a'] is not a string"),
    ({"repository": "{nam}"}, {}, "field `repository`: unknown placeholder {nam}; did you mean {name}?"),
    (
        {"repository": "{digest_short}"},
        {},
        "field `repository`: unknown placeholder {digest_short}; choose from {name}",
    ),
    ({"repository": "{env.TEEM}"}, {}, "the environment variable TEEM is not declared; did you mean TEAM?"),
    ({}, {"default_repository": "a b"}, "option `[scratch-image].default_repository`: 'a b' is not a valid repository name"),
    ({"image_tags": "1.0"}, {}, "field `image_tags`: '1.0' is not a list; write image_tags=[\"1.0\"]"),
    ({"image_tags": ["1.0+x"]}, {}, "field `image_tags`: '1.0+x' is not a valid tag"),
    ({"image_tags": [1]}, {}, "field `image_tags`: 1 is not a string; put it in quotes: '1'"),
    ({"image_tags": ["{env.VERSION}+x"]}, {}, "field `image_tags`: 'x+x' is not a valid tag"),
    ({"image_tags": ["{name}"]}, {}, "field `image_tags`: unknown placeholder {name}; choose from {digest_short}"),
    (
        {"image_tags": ["{env.HOME}"]},
        {},
        "the environment variable HOME is not declared; add it to [scratch-image].env_vars",
    ),
    ({"image_tags": ["{0}"]}, {}, "field `image_tags`: unknown placeholder {0}"),
    ({"image_tags": ["{name"]}, {}, "field `image_tags`: '{name' is not a valid tag"),
    (
        {"registries": "@company"},
        {"registries": ALL},
        "field `registries`: '@company' is not a list; write registries=[\"@company\"]",
    ),
    ({"registries": ["@compny"]}, {"registries": ALL}, "no registry has the alias 'compny'; did you mean '@company'?"),
    ({"registries": ["@x"]}, {}, "no registry has the alias 'x'; add it to [scratch-image].registries"),
    ({"registries": ["https://registry.example"]}, {}, "has a scheme; write the host alone: 'registry.example'"),
    ({"registries": ["bad host"]}, {}, "field `registries`: 'bad host' is not a valid registry address"),
    ({"registries": [5000]}, {}, "field `registries`: 5000 is not a string"),
    (
        {},
        {"registries": (Registry("a.example", "a", default=True, repository="{target}"),)},
        "option `[scratch-image].registries`, 'a', `repository`: unknown placeholder {target}; choose from {name},",
    ),
    (
        {},
        {"registries": (Registry("a.example", "a", default=True, extra_image_tags=("+",)),)},
        "option `[scratch-image].registries`, 'a', `extra_image_tags`: '+' is not a valid tag",
    ),
]


@pytest.mark.parametrize(("values", "changes", "want"), BAD)
def test_mistakes(values: Dict[str, object], changes: Dict[str, Any], want: str) -> None:
    _, (mistake,) = read_names({**UNSET, **values}, surroundings(**changes))
    assert want in str(mistake)


SECRET = "hunter2"
LOGINS = [
    f"u:{SECRET}@h",
    f"https://u:{SECRET}@h/x",
    f"u:{SECRET}@h/x:1@sha256:{'0' * 64}",
    f"u:{SECRET}\0@h",
    f"u:{SECRET} and more@h",
    f"u:'{SECRET}@h",
    f"u:{SECRET}\u200b@h",
    f"u:{SECRET}/x@h",
    f"u:x@{SECRET}@h",
    f"u:{SECRET}%40h",
    f"u:{SECRET}\uff20h",
    f"u:{{{SECRET}}}@h",
    f"u:{SECRET.upper()}@h/{{name}}",
    f"@u:{SECRET}@h",
    f"h/x:{SECRET}@y",
    f"a, u:{SECRET}@h",
    f"u:{SECRET}@" + "h" * 300,
]


@pytest.mark.parametrize("login", LOGINS)
@pytest.mark.parametrize("shape", [lambda x: x, lambda x: [x], lambda x: [[x]], lambda x: {x: 1}, lambda x: [(x, 1)],
                                   lambda x: [x.encode()]])  # fmt: skip
@pytest.mark.parametrize("field", ["registries", "repository", "image_tags"])
def test_a_password_is_not_shown(field: str, shape: Any, login: str) -> None:
    found, mistakes = read_names({**UNSET, field: shape(login)}, surroundings())
    assert mistakes and SECRET not in f"{mistakes} {found.misnamed}".lower()


@pytest.mark.parametrize("login", LOGINS)
@pytest.mark.parametrize("template", [None, "{default_repository}", "a/{default_repository}"])
@pytest.mark.parametrize("name", ["image", "c++"])
def test_a_password_in_the_option_is_not_shown(name: str, template: object, login: str) -> None:
    values = {**UNSET, "repository": template}
    found, mistakes = read_names(values, surroundings(default_repository=login, name=name))
    assert mistakes and SECRET not in f"{mistakes} {found.misnamed}".lower()


@pytest.mark.parametrize(
    ("values", "want"),
    [
        ({"registries": ["@alias"]}, "the alias 'alias'"),
        ({"registries": "@one, @two"}, "'@one, @two' is not a list"),
        ({"registries": ["h/a@sha256:" + "0" * 64]}, f"'h/a@sha256:{'0' * 64}' has an '@'; write the host alone, 'h/a'"),
        ({"repository": "a@sha256:" + "0" * 64}, f"'a@sha256:{'0' * 64}' has a digest"),
        ({"image_tags": ["a@sha256:" + "0" * 64]}, f"'a@sha256:{'0' * 64}' is not a valid tag"),
    ],
)
def test_an_at_without_a_login_is_shown(values: Dict[str, object], want: str) -> None:
    _, (mistake,) = read_names({**UNSET, **values}, surroundings())
    assert want in str(mistake)


def test_all_mistakes_are_told_at_once() -> None:
    _, mistakes = read_names({"repository": "A b", "image_tags": ["+", "ok", ":"]}, surroundings())
    assert [mistake.where for mistake in mistakes] == ["field `repository`", "field `image_tags`", "field `image_tags`"]
