"""Pins down how images share what the registry has: layers, mounts, what is remembered, tokens."""

from __future__ import annotations

import dataclasses
import json

import pytest

from scratch_image.registry import location_cache
from scratch_image.registry.plan import PushPlan
from tests.support.layouts import layout, program_archive
from tests.support.published import LABEL, ONE, Wait, first_layer, published, requests_of, since
from tests.support.pushes import docker_config, push_of, run
from tests.support.registry_server import RegistryServer

# Batches.


def test_fifty_images_send_a_shared_layer_once(server, tmp_path):
    shared = program_archive(b"shared" * 50_000)
    pushes = [
        push_of(server, tmp_path, layout((shared, program_archive(b"own %d" % number))), f"team/image{number}")
        for number in range(50)
    ]
    published(server, *pushes)
    asked = requests_of(server, first_layer(pushes[0]))
    assert (asked.count("finish"), asked.count("mount")) == (1, 49)
    # Nobody had seen it when the first few images asked.
    assert asked.count("HEAD blob") == len(asked) - 50 <= 4
    assert server.steps().count("ping") == 1


def test_a_blob_that_can_not_be_mounted_is_not_sent_where_it_is(server, tmp_path):
    """What a run has seen is mounted elsewhere without a question; where that fails the question comes before the bytes."""
    server.mounts = False
    shared = program_archive(b"shared")
    images = [layout((shared, program_archive(b"own %d" % number))) for number in range(3)]
    published(server, push_of(server, tmp_path, images[0], "team/b"))
    pushes = [push_of(server, tmp_path, images[1]), push_of(server, tmp_path, images[2], "team/b", ("2",))]
    asked = len(server.log)
    server.choose_fault = lambda request: Wait() if "team/b" in request.path and request.step == "HEAD tag" else None
    published(server, *pushes)
    assert requests_of(server, first_layer(pushes[0]))[2:] == ["HEAD blob", "finish", "mount", "HEAD blob"]
    assert "DELETE upload" in since(server, asked) and not server.uploads


def test_a_blob_of_an_earlier_run_is_mounted(server, tmp_path):
    known = str(tmp_path / "known.json")
    first, second = push_of(server, tmp_path, ONE), push_of(server, tmp_path, ONE, "team/b")
    location_cache.write(known, published(server, first).seen)
    asked = len(server.log)
    published(server, second, known=known)
    assert since(server, asked).count("mount") == 2 and "finish" not in since(server, asked)


@pytest.mark.parametrize(
    "remembered, reason",
    [
        ({"team/gone": True}, "the repository does not have it any more"),
        (None, "a file that is none"),
    ],
)
def test_what_is_remembered_is_not_believed(remembered, reason, server, tmp_path):
    known = tmp_path / "known.json"
    push = push_of(server, tmp_path, ONE)
    layer = json.loads(ONE[push.root.blob_path])["layers"][0]["digest"]
    data = {"schema": 1, "registries": {server.address(): {layer: list(remembered or ())}}}
    known.write_text(json.dumps(data) if remembered else "{")
    published(server, push, known=str(known))
    assert server.steps().count("mount") == (1 if remembered else 0)


def test_an_image_that_is_there_is_mounted_from(server, tmp_path):
    """Nothing is remembered but what the run itself has looked at."""
    first, second = push_of(server, tmp_path, ONE), push_of(server, tmp_path, LABEL, "team/b")
    published(server, first)
    asked = len(server.log)
    server.choose_fault = lambda request: Wait() if "team/b" in request.path and request.step == "HEAD tag" else None
    published(server, first, second)
    assert since(server, asked).count("mount") == 1


def test_images_share_tokens(tmp_path):
    with RegistryServer("token") as server:
        pushes = [push_of(server, tmp_path, ONE, f"team/{number}") for number in range(4)]
        pushes += [dataclasses.replace(push, tags=("2", "3")) for push in pushes]
        ran = run(PushPlan(tuple(pushes), deadline=20), docker_config(tmp_path / "docker", server.address()))
        assert not any(result.error for result in ran.results)
        # One for each repository, and one more for each other that a blob is mounted from.
        assert server.steps().count("token") <= 12
        assert [request.status for request in server.log].count(401) == 1
        assert server.incomplete() == server.violations == []
