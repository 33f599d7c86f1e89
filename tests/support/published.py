"""Images to publish, the requests of a push, and faults of a registry that forgets."""

from __future__ import annotations

import dataclasses
import json
import time
from pathlib import Path

from scratch_image.oci.platform import Platform
from scratch_image.registry.plan import PushPlan
from tests.support.layouts import RUN, image, index_of, layout, program_archive
from tests.support.programs import AARCH64, elf
from tests.support.pushes import run
from tests.support.registry_messages import Response, digest_of
from tests.support.registry_server import Fault

ONE = layout()


LABEL = layout(run=dataclasses.replace(RUN, labels={"k": "another"}))


ARM64 = image((program_archive(elf(AARCH64)),), platform=Platform("linux", "arm64", "v8"))


TWO = index_of(image(), ARM64)


BLOB = ["HEAD blob", "begin", "finish"]


# A tag is looked for when it is set.
TAG = ["PUT tag", "HEAD tag"]


NEW = ["HEAD tag", "HEAD manifest", *BLOB, *BLOB, "PUT manifest", *TAG]


def published(server, *pushes, **options):
    ran = run(PushPlan(pushes, **{"deadline": 20.0, **options}))
    assert [str(result.error) for result in ran.results if result.error] == []
    assert server.incomplete() == server.violations == []
    return ran


def since(server, number):
    """Steps after the first `number`, without the ping that begins a run."""
    return [step for step in server.steps()[number:] if step != "ping"]


def first_layer(push):
    return json.loads((Path(push.layout) / push.root.blob_path).read_bytes())["layers"][0]["digest"]


def requests_of(server, digest):
    """The steps that name a blob."""
    return [
        request.step
        for request in server.log
        if digest in request.path or [digest] in (request.query.get("digest"), request.query.get("mount"))
    ]


class Wait(Fault):
    """The answer comes when other threads have had time."""

    def before(self, server, request):
        time.sleep(0.3)


# What a registry lost, and what it only says that it stored.


class Only(Fault):
    """201, and nothing is stored; as the registry would answer otherwise, with the digest of what it got."""

    def before(self, server, request):
        digest = request.query.get("digest", [digest_of(request.body)])[0]
        return Response(201, {"Docker-Content-Digest": digest})
