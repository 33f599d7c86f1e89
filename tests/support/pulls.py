"""Images in the registry of tests, read as layouts, in this process and without real waits."""

from __future__ import annotations

import contextlib
import time

from scratch_image.layout.blobs import Blobs
from scratch_image.layout.limits import DEFAULT
from scratch_image.layout.problems import Problems
from scratch_image.layout.walk import IndexNode, ManifestNode, Walk
from scratch_image.oci.reference import ImageReference
from scratch_image.registry import pull
from scratch_image.registry.deadline import Clock, Deadline
from scratch_image.registry.plan import PushPlan
from scratch_image.registry.transport import Timeouts
from tests.support.pushes import docker_config, environment_of, push_of, run


@contextlib.contextmanager
def opened(server, environment=None, tag="1", limits=DEFAULT, seconds=60.0, timeouts=Timeouts(2, 2), told=None):
    waits = []
    clock = Clock(lambda: time.monotonic() + sum(waits), lambda: 1_800_000_000, lambda: 0.0, waits.append)
    deadline = Deadline(seconds, clock, pull.CURE)
    access = pull.Access(environment_of(environment or {}), (told if told is not None else []).append, deadline, timeouts)
    with pull.opened(ImageReference(server.address(), "team/a", tag), access, limits) as store:
        yield store


def everything(store):
    """All blobs of an image, by path."""
    problems = Problems(10)
    blobs = Blobs(store, problems, DEFAULT)
    found = {}
    for node in Walk(blobs).from_index_json():
        claims = [node.claim] if node.claim else []
        if isinstance(node, ManifestNode):
            claims += [node.manifest.config, *node.manifest.layers]
        for claim in claims:
            found[claim.digest.blob_path] = b"".join(store.chunks(claim.digest.blob_path))
        assert isinstance(node, (IndexNode, ManifestNode))
    assert problems.problems == []
    return found


def published(server, directory, files, **members):
    push = push_of(server, directory, files)
    environment = docker_config(directory / "docker", server.address()) if server.auth != "none" else None
    assert run(PushPlan((push,), **members), environment).error == ""
    del server.log[:]
    return push, environment
