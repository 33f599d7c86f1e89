"""Pins down the plan of publishing, and what of it is shown."""

from __future__ import annotations

import pytest

from scratch_image.oci.digest import Digest
from scratch_image.registry.plan import Push, PushPlan, RegistrySettings
from scratch_image.registry.request import Body, Request, Response

A, B = Digest("a" * 64), Digest("b" * 64)


PUSH = Push("src/hello", A, "r.example", "team/hello", ("1", "latest"), "src/hello:image")


# The contract.

PLANS = [
    PushPlan(()),
    PushPlan((PUSH, Push("b", B, "localhost:5000", "b", (), "b")), deadline=1.5),
    PushPlan(
        (PUSH,),
        (RegistrySettings("r.example"), RegistrySettings("s", True, "ca.pem", "cert.pem", "key.pem", True)),
        dry_run=True,
        read_back=True,
        check_all=True,
        deadline=60,
        known="known.json",
        report="report.json",
    ),
]


@pytest.mark.parametrize("plan", PLANS)
def test_a_plan_is_the_same_after_json(plan):
    assert PushPlan.from_json(plan.to_json()) == plan


def test_settings_of_a_registry():
    assert PLANS[2].settings("s").ca_file == "ca.pem"
    assert PLANS[2].settings("other") == RegistrySettings("other")


@pytest.mark.parametrize(
    "tags, done, whole, want",
    [
        (("1", "2"), ["2", "1"], True, ("r/a:1", "r/a:2")),
        (("1", "2"), ["2"], False, ("r/a:2",)),
        ((), [], True, ("r/a",)),
        ((), [], False, ()),
    ],
)
def test_what_is_published(tags, done, whole, want):
    assert Push("a", A, "r", "a", tags, "a").published(done, whole) == want


# Requests.


def test_secrets_are_not_in_the_text_of_a_request():
    headers, body = {"X": "SECRET"}, Body.of(b"SECRET")
    request = Request("reading 1", "GET", "https://r.example/v2/", headers, body, authorization="Basic SECRET")
    assert "SECRET" not in repr(request) and "SECRET" not in repr(Response(request, 200, headers, b"SECRET"))
