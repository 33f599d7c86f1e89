"""Faults of a registry, the requests of a push, and what holds after each run."""

from __future__ import annotations

import json

from scratch_image.oci.digest import Digest
from scratch_image.registry import location_cache
from scratch_image.registry.plan import PushPlan
from scratch_image.registry.transport import Timeouts
from tests.support.layouts import layout, program_archive
from tests.support.pushes import LOGIN, docker_config, push_of
from tests.support.registry_faults import (
    AcceptedMount,
    Changed,
    ExpiredTokens,
    LostSession,
    ResetAfter,
    ResetBefore,
    Stall,
    Status,
    Truncated,
    Unauthorized,
    foreign_location,
    no_digest,
    relative_location,
    wrong_digest,
)

IMAGE = layout((program_archive(b"shared"), program_archive(b"own")))


# For what never answers; and for all else, on a machine that does other things as well.
QUICK, SLOW = Timeouts(0.3, 0.3), Timeouts(10, 10)
# Seconds in which a run ends that must not wait for Stall, which takes 30.
SOON = 20


FAULTS = {
    # name: (fault, whether one of it is always survived)
    "401": (Unauthorized(), True),
    "429": (Status(429, "TOOMANYREQUESTS", {"Retry-After": "7"}), True),
    "429 until a date": (Status(429, "TOOMANYREQUESTS", {"Retry-After": "Fri, 15 Jan 2027 08:00:10 GMT"}), True),
    "500": (Status(500), True),
    "502": (Status(502), True),
    "503": (Status(503), True),
    "reset before the body": (ResetBefore(), True),
    "reset after the body": (ResetAfter(), True),
    "truncated": (Truncated(), True),
    "stall": (Stall(), True),
    "relative Location": (Changed(relative_location), True),
    "foreign Location": (Changed(foreign_location), True),
    "202 on mount": (AcceptedMount(), True),
    "wrong digest": (Changed(wrong_digest), False),
    "no digest": (Changed(no_digest), True),
    "lost sessions": (LostSession(), True),
    "expired tokens": (ExpiredTokens(), True),
    "400": (Status(400), False),
    "403": (Status(403, "DENIED"), False),
    "404": (Status(404), False),
    "405": (Status(405, "UNSUPPORTED"), False),
    "413": (Status(413), False),
    "415": (Status(415), False),
}


# A push with a token, a blob mounted from another repository, one sent, and read back; in the order of the requests.
STEPS = [
    *("ping", "token", "HEAD tag", "HEAD manifest", "HEAD blob", "token", "mount", "HEAD blob", "begin", "finish"),
    *("HEAD blob", "begin", "finish", "PUT manifest", "PUT tag", "GET manifest", "GET tag"),
]


def setting(server, tmp_path):
    """A registry that has a layer of the image in another repository, and the client knows: (plan, environment)."""
    push = push_of(server, tmp_path, IMAGE)
    layer = json.loads(IMAGE[push.root.blob_path])["layers"][0]["digest"]
    server.blobs[layer] = IMAGE[Digest.parse(layer).blob_path]
    server.repositories["team/other"] = {layer}
    location_cache.write(str(tmp_path / "known.json"), {server.address(): {layer: ("team/other",)}})
    environment = docker_config(tmp_path / "docker", server.address())
    return PushPlan((push,), deadline=20, read_back=True, known=str(tmp_path / "known.json")), environment


def check(server, ran, root):
    """What holds after every run."""
    assert server.incomplete() == [] and server.violations == []
    if any(not result.error for result in ran.results):
        assert server.tags["team/a"] == {"1": str(root)}
    secrets = [LOGIN[1], *server.tokens]
    assert not [secret for secret in secrets if secret in ran.everything]
    for request in server.log:
        if request.host == "storage":
            assert "authorization" not in request.headers
        if request.host == "registry":
            assert not request.headers.get("authorization", "").startswith("Basic")
