"""Pins down what is said of images beside what registries and older directories hold, and what is asked and read for that."""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Iterator, List

import pytest

from scratch_image.compare.asked import (
    Answer,
    Blob,
    ComparePlan,
    Question,
    answers_from_json,
    answers_to_json,
)
from scratch_image.compare.images import Answers
from scratch_image.compare.verdicts import summary, to_dict, verdicts
from scratch_image.oci.digest import Digest
from scratch_image.registry.deadline import Clock, Deadline
from scratch_image.registry.plan import PushPlan
from scratch_image.registry.transport import Timeouts
from tests.support.compared import GoProgram, Made
from tests.support.layouts import RUN, Files, write
from tests.support.pushes import docker_config, environment_of, push_of, run
from tests.support.registry_server import RegistryServer

IMAGE = Made()
LABEL = replace(IMAGE, run=replace(RUN, labels={"k": "w"}))
NET = replace(IMAGE, program=GoProgram(deps=("golang.org/x/net\tv0.31.0\th1:c=",)).content())


@pytest.fixture
def server() -> Iterator[RegistryServer]:
    with RegistryServer() as found:
        yield found


def manifest_of(files: Files):
    (root,) = json.loads(files["index.json"])["manifests"]
    return root["digest"], json.loads(files[Digest.parse(root["digest"]).blob_path])


def question(files: Files, image: str = "src:image", **place: object) -> Question:
    """About an image of one platform."""
    root, manifest = manifest_of(files)
    blobs = tuple(Blob(each["digest"], each["size"]) for each in (*manifest["layers"], manifest["config"]))
    return Question(image, root, blobs, manifest["layers"][-1]["digest"], **place)  # type: ignore[arg-type]


def at(server: RegistryServer, repository: str = "team/a", *tags: str) -> dict:
    return {"registry": server.address(), "repository": repository, "tags": tags or ("1",)}


def answers(*questions: Question, environment=None, told=None, **plan: object) -> List[Answer]:
    """Both passes, as the goal makes them, in this process and without real waits."""
    waits: List[float] = []
    clock = Clock(lambda: time.monotonic() + sum(waits), lambda: 1_800_000_000, lambda: 0.0, waits.append)
    of_run = ComparePlan.from_json(ComparePlan(questions, "", **plan).to_json())  # type: ignore[arg-type]
    notice = (told if told is not None else []).append
    found = Answers(
        of_run, environment_of(environment or {}), notice, Deadline(of_run.deadline, clock), Timeouts(2, 2)
    ).run()
    return list(answers_from_json(answers_to_json(found)))


def published(server: RegistryServer, directory: Path, files: Files, repository: str = "team/a", *tags: str) -> None:
    push = push_of(server, directory, files, repository, tags or ("1",))
    login = docker_config(directory / "docker", server.address()) if server.auth != "none" else None
    assert run(PushPlan((push,)), login).error == ""
    del server.log[:]


def test_the_same_image_is_one_head(server: RegistryServer, tmp_path: Path) -> None:
    files = IMAGE.layout()
    published(server, tmp_path, files)
    (answer,) = answers(question(files, **at(server)))
    assert (answer.state, answer.missing) == ("same", ())
    assert [(request.method, request.path) for request in server.log if "/manifests/" in request.path] == [
        ("HEAD", "/v2/team/a/manifests/1")
    ]
    assert not any("/blobs/" in request.path for request in server.log)


def test_what_is_not_there(server: RegistryServer) -> None:
    asked = question(IMAGE.layout(), **at(server))
    (answer,) = answers(asked)
    assert (answer.state, answer.held) == ("not there", "")
    assert sorted(blob.size for blob in answer.missing) == sorted(blob.size for blob in asked.blobs)


def test_what_differs_is_compared_and_a_label_needs_no_layer(server: RegistryServer, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    published(server, tmp_path, IMAGE.layout())
    asked = question(LABEL.layout(), **at(server))
    (first,) = answers(asked)
    config = asked.blobs[-1]
    assert first.state == "differs" and [(each.digest, each.size) for each in first.missing] == [config]
    del server.log[:]
    (second,) = answers(first.question._replace(directory=LABEL.write(tmp_path / "new")))
    (reason,) = [each["text"] for block in second.platforms for each in block["reasons"]]
    assert reason == 'image_labels[k]: "v" → "w"'
    layers = [layer["digest"] for layer in manifest_of(IMAGE.layout())[1]["layers"]]
    assert not any(layer in request.path for request in server.log for layer in layers)
