"""An image published to a registry that wants a login."""

from __future__ import annotations

import base64

from scratch_image.registry.plan import PushPlan
from tests.support.layouts import layout
from tests.support.pushes import LOGIN, push_of, run

IMAGE = layout()


REFRESH = "refresh-token-of-the-test"


def publish(server, tmp_path, environment=None, **options):
    push = push_of(server, tmp_path, IMAGE)
    ran = run(PushPlan((push,), deadline=20), environment, **options)
    assert LOGIN[1] not in ran.everything and REFRESH not in ran.everything
    assert not [token for token in server.tokens if token in ran.everything]
    return ran


def basic(name, password):
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()
