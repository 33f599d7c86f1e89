"""Pins down what is read of bills of materials, whoever wrote them, and whatever is in them."""

from __future__ import annotations

import json
from typing import Any, Dict

import pytest

from scratch_image.compare.bill import Component, components


def cyclonedx(*items: object) -> bytes:
    return json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "components": list(items)}).encode()


def spdx(*items: object) -> bytes:
    return json.dumps({"spdxVersion": "SPDX-2.3", "packages": list(items)}).encode()


NET: Dict[str, Any] = {"type": "library", "name": "golang.org/x/net", "version": "v0.30.0"}


@pytest.mark.parametrize(
    "document, want",
    [
        (cyclonedx(NET), [Component("golang.org/x/net", "v0.30.0", "library", "")]),
        (
            cyclonedx({**NET, "licenses": [{"expression": "MIT OR BSD"}]}),
            [("golang.org/x/net", "v0.30.0", "library", "MIT OR BSD")],
        ),
        (
            cyclonedx({"name": "a", "licenses": [{"license": {"id": "MIT"}}, {"license": {"name": "x"}}]}),
            [("a", "", "", "MIT, x")],
        ),
        (cyclonedx({"name": "a", "group": "g"}), [("g/a", "", "", "")]),
        (cyclonedx({"name": "a", "components": [NET]}), [("a", "", "", ""), ("golang.org/x/net", "v0.30.0", "library", "")]),
        (cyclonedx(NET, NET, {"type": "file", "name": "/app"}), [("golang.org/x/net", "v0.30.0", "library", "")]),
        (
            spdx({"name": "a", "versionInfo": "1", "licenseDeclared": "NOASSERTION", "licenseConcluded": "MIT"}),
            [("a", "1", "", "MIT")],
        ),
        (spdx({"name": "a", "primaryPackagePurpose": "LIBRARY"}), [("a", "", "library", "")]),
        (
            json.dumps(
                {"predicateType": "https://spdx.dev/Document", "predicate": json.loads(spdx({"name": "a"}))}
            ).encode(),
            [("a", "", "", "")],
        ),
    ],
    ids=range(9),
)
def test_documents(document: bytes, want: object) -> None:
    assert list(components([document])) == want


@pytest.mark.parametrize(
    "document, why",
    [
        (b"", "empty"),
        (b"\xff{", "no JSON"),
        (b"[" * 100_000, "deep"),
        (b"[]", "a list"),
        (b"{}", "of another kind"),
        (cyclonedx(1, "a", None, [], {"name": 5}, {"version": "1"}), "components that are none"),
        (json.dumps({"bomFormat": "CycloneDX", "components": {"name": "a"}}).encode(), "not a list"),
        (json.dumps({"spdxVersion": "SPDX-2.3", "packages": 7}).encode(), "not a list"),
        (json.dumps({"predicate": [cyclonedx(NET).decode()]}).encode(), "not an object"),
    ],
)
def test_what_lists_nothing(document: bytes, why: str) -> None:
    assert components([document]) == (), why
    assert [each.name for each in components([document, spdx({"name": "a"})])] == ["a"]


def test_licenses_of_another_form() -> None:
    """They are left out; the component stays."""
    item = {"name": "a", "version": 3, "licenses": [7, {"license": "MIT"}, {"license": {"id": 1}}, {"expression": None}]}
    assert components([cyclonedx(item)]) == (Component("a", "", "", ""),)


def test_one_form_is_shown() -> None:
    assert [each.name for each in components([spdx({"name": "b"}), cyclonedx({"name": "a"})])] == ["a"]
