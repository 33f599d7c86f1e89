"""Questions about small images to the process that compares images, answered in this process and without real waits."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Tuple

from scratch_image.compare.asked import Answer, Blob, ComparePlan, Question, answers_from_json, answers_to_json
from scratch_image.compare.images import CURE, Answers
from scratch_image.oci.digest import Digest
from scratch_image.registry.deadline import Clock, Deadline
from scratch_image.registry.plan import PushPlan
from scratch_image.registry.transport import Timeouts
from tests.support.compared import GoProgram, Made
from tests.support.layouts import RUN, Files
from tests.support.pushes import docker_config, environment_of, push_of, run
from tests.support.registry_server import RegistryServer

IMAGE = Made()
LABEL = replace(IMAGE, run=replace(RUN, labels={"k": "w"}))
NET = replace(IMAGE, program=GoProgram(deps=("golang.org/x/net\tv0.31.0\th1:c=",)).content())


def manifest_of(files: Files) -> Tuple[str, Any]:
    """The digest of the manifest of an image of one platform, and the manifest."""
    (root,) = json.loads(files["index.json"])["manifests"]
    return root["digest"], json.loads(files[Digest.parse(root["digest"]).blob_path])


def question(files: Files, image: str = "src:image", **place: Any) -> Question:
    """About an image of one platform."""
    root, manifest = manifest_of(files)
    blobs = tuple(Blob(each["digest"], each["size"]) for each in (*manifest["layers"], manifest["config"]))
    return Question(image, root, blobs, manifest["layers"][-1]["digest"], **place)


def at(server: RegistryServer, repository: str = "team/a", *tags: str) -> Dict[str, Any]:
    """The place of a question."""
    return {"registry": server.address(), "repository": repository, "tags": tags or ("1",)}


def answers(
    *questions: Question,
    environment: Optional[Mapping[str, str]] = None,
    told: Optional[List[str]] = None,
    timeouts: Timeouts = Timeouts(2, 2),
    **plan: Any,
) -> List[Answer]:
    """The answers of one pass; what is printed meanwhile is added to `told`."""
    waits: List[float] = []
    clock = Clock(lambda: time.monotonic() + sum(waits), lambda: 1_800_000_000, lambda: 0.0, waits.append)
    made = ComparePlan.from_json(ComparePlan(questions, "", **plan).to_json())
    deadline = Deadline(made.deadline, clock, CURE)
    notice = (told if told is not None else []).append
    found = Answers(made, environment_of(environment or {}), notice, deadline, timeouts).run()
    return list(answers_from_json(answers_to_json(found)))


def published(server: RegistryServer, directory: Path, files: Files, repository: str = "team/a", *tags: str) -> None:
    """Publishes an image; the log of the registry begins afterwards."""
    push = push_of(server, directory, files, repository, tags or ("1",))
    login = docker_config(directory / "docker", server.address()) if server.auth != "none" else None
    assert run(PushPlan((push,)), login).error == ""
    del server.log[:]


def put(server: RegistryServer, files: Files, repository: str = "team/a", tag: str = "1") -> None:
    """Puts an image into the registry as it is, right or wrong."""
    (root,) = json.loads(files["index.json"])["manifests"]
    blobs = {f"sha256:{path.rpartition('/')[2]}": content for path, content in files.items() if "/" in path}
    server.blobs.update(blobs)
    server.repositories.setdefault(repository, set()).update(blobs)
    media_type = "application/vnd.oci.image.manifest.v1+json"
    manifests = server.manifests.setdefault(repository, {})
    manifests.update((digest, (media_type, content)) for digest, content in blobs.items() if content[:1] == b"{")
    manifests[root["digest"]] = (root["mediaType"], blobs[root["digest"]])
    server.tags.setdefault(repository, {})[tag] = root["digest"]
