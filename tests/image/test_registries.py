"""The option `[scratch-image].registries`: the schema of `[docker].registries`, and how to reach a registry."""

from __future__ import annotations

from typing import Any, Dict

import pytest

from scratch_image.image.registries import Registry, read_registries

WHOLE = {
    "address": "registry.example:5000/team",
    "default": True,
    "skip_push": True,
    "extra_image_tags": ["1", "2"],
    "repository": "{name}",
    "use_local_alias": True,
    "insecure": False,
    "ca_file": "certs/ca.pem",
    "client_certificate": "certs/client.pem",
    "client_key": "certs/client.key",
    "allow_private": True,
}


@pytest.mark.parametrize(
    ("option", "want"),
    [
        ({}, ()),
        ({"a": {"address": "registry.example"}}, (Registry("registry.example", "a"),)),
        # As in `[docker].registries`, the alias `default` makes a default.
        ({"default": {"address": "registry.example"}}, (Registry("registry.example", "default", default=True),)),
        ({"default": {"address": "a.b", "default": False}}, (Registry("a.b", "default"),)),
        ({"a": WHOLE}, (Registry(**{**WHOLE, "alias": "a", "extra_image_tags": ("1", "2")}),)),  # type: ignore[arg-type]
    ],
)
def test_what_is_read(option: Dict[str, Any], want: object) -> None:
    assert read_registries(option) == (want, ())


def test_the_parts_of_an_address() -> None:
    registry = Registry("registry.example:5000/team/all")
    assert (registry.host, registry.prefix) == ("registry.example:5000", "team/all/")
    assert (Registry("registry.example").host, Registry("registry.example").prefix) == ("registry.example", "")


@pytest.mark.parametrize(
    ("option", "want"),
    [
        (
            {"a": "registry.example"},
            "option `[scratch-image].registries`: expected a dict for 'a', got 'registry.example'; for example {'address'",
        ),
        ({"a": {}}, "option `[scratch-image].registries`, 'a': it has no address; write {'address': 'registry.example'}"),
        ({"a": {"address": "http://x"}}, "'a', `address`: 'http://x' has a scheme; write the host alone: 'x'"),
        # What may be a password is not shown.
        (
            {"a": {"address": "anna:pw/d@x"}},
            "'a', `address`: '***@x' has an '@'; write the host alone, 'x', and log in with",
        ),
        ({"a": {"address": "https://anna:pwd@x"}}, "'a', `address`: '***@x' has an '@'; write the host alone"),
        ({"a": "https://anna:pwd@x"}, "expected a dict for 'a', got '***@x'; for example"),
        ({"a": {"address": ["https://anna:pwd@x"]}}, "'a', `address`: ['***@x'] is not a string, and '***@x' has an '@'"),
        ({"a": {"address": {"anna:pwd@x": 1}}}, "'a', `address`: {'***@x': 1} is not a string"),
        ({"a": {"address": "anna:pwd\0@x"}}, "'a', `address`: '***@x' has an '@'"),
        ({"a": ["y", "anna:pwd@x"]}, "expected a dict for 'a', got ['y', '***@x']"),
        ({"anna:pwd@x": {}}, "'***@x': it has no address"),
        ({"anna:pwd@x": 1}, "expected a dict for '***@x', got 1"),
        ({"a": {"address": "x", "anna:pwd@x": 1}}, "unknown key '***@x'"),
        ({"a": {"address": "x", "repository": ["anna:pwd@x", 1]}}, "`repository`: ['***@x', 1] is not a string"),
        ({"a": {"address": "x", "extra_image_tags": "anna:pwd@x"}}, "`extra_image_tags`: '***@x' is not a list"),
        ({"a": {"address": "x", "allow_private": 1}}, "'a', `allow_private`: expected True or False, got 1"),
        ({"a": {"address": "x y"}}, "'a', `address`: 'x y' is not a valid registry address"),
        ({"a": {"address": "x/Y"}}, "'a', `address`: 'Y' in 'x/Y' is not the beginning of a repository name; write 'x/y'"),
        ({"a": {"address": "x", "default": "yes"}}, "'a', `default`: expected True or False, got 'yes'"),
        ({"a": {"address": "x", "skip_pus": True}}, "'a': unknown key 'skip_pus'; did you mean 'skip_push'?"),
        ({"a": {"address": "x", "zzz": 1}}, "'a': unknown key 'zzz'; choose from address, default,"),
        ({"a": {"address": "x", "extra_image_tags": "1"}}, "'a', `extra_image_tags`: '1' is not a list"),
        ({"a": {"address": "x", "client_key": "k"}}, "'a': it has a `client_key` without a `client_certificate`"),
    ],
)
def test_mistakes(option: Dict[str, Any], want: str) -> None:
    _, (mistake,) = read_registries(option)
    assert want in str(mistake) and "pwd" not in str(mistake) and "pw/d" not in str(mistake)
