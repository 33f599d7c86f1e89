"""Publishes layouts to the registry of tests, in this process and without real waits."""

from __future__ import annotations

import base64
import io
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Tuple
from unittest import mock

from scratch_image.oci.digest import Digest
from scratch_image.registry.batch import Batch
from scratch_image.registry.deadline import Clock, Deadline
from scratch_image.registry.environment import Environment
from scratch_image.registry.plan import Push, PushPlan
from scratch_image.registry.progress import Progress
from scratch_image.registry.result import PushResult
from scratch_image.registry.transport import Timeouts
from tests.support.layouts import Files, write
from tests.support.registry_server import RegistryServer

LOGIN = ("robot", "hunter2-password")


@dataclass
class Ran:
    """A run that has ended: its results, what it printed, the seconds it would have waited, the locations of blobs, and
    which registries have the API for referrers."""

    results: Tuple[PushResult, ...]
    said: str
    waits: List[float]
    seen: Mapping[str, Any]
    lists: Mapping[str, bool]

    @property
    def error(self) -> str:
        (result,) = self.results
        return str(result.error) if result.error else ""

    @property
    def everything(self) -> str:
        """All text that could hold a secret."""
        texts = [f"{result.error} {result.error!r} {result.state} {result}" for result in self.results]
        return "\n".join((self.said, *texts, json.dumps(self.seen)))


def stored(directory: Path, name: str, files: Files) -> Tuple[str, Digest]:
    """Writes a layout below a directory: (its path, its root)."""
    root = Digest.parse(json.loads(files["index.json"])["manifests"][0]["digest"])
    return write(files, directory / name), root


def push_of(
    server: RegistryServer, directory: Path, files: Files, repository: str = "team/a", tags: Tuple[str, ...] = ("1",)
) -> Push:
    path, root = stored(directory, repository.replace("/", "-") + "-".join(tags), files)
    return Push(path, root, server.address(), repository, tags, f"src/{repository}:image")


def docker_config(directory: Path, address: str, login: Tuple[str, str] = LOGIN, **more: object) -> Dict[str, str]:
    """The environment of somebody who has logged in: DOCKER_CONFIG names a directory with a config.json."""
    auth = base64.b64encode(":".join(login).encode()).decode()
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "config.json").write_text(json.dumps({"auths": {address: {"auth": auth}}, **more}))
    return {"DOCKER_CONFIG": str(directory)}


def run(
    plan: PushPlan,
    environment: Optional[Mapping[str, str]] = None,
    timeouts: Timeouts = Timeouts(2, 2),
    now: float = 1_800_000_000,
    really_wait: bool = False,
    deadline: Optional[Deadline] = None,
) -> Ran:
    stream = io.StringIO()
    waits: List[float] = []
    # Without waits the clock is moved on instead.
    clock = Clock(lambda: time.monotonic() + sum(waits), lambda: now, lambda: 0.0, None if really_wait else waits.append)
    deadline = deadline or Deadline(plan.deadline, clock)
    progress = Progress(stream, len(plan.pushes), False)
    batch = Batch(plan, environment_of(environment or {}), progress, deadline, timeouts)
    results = batch.run()
    return Ran(results, stream.getvalue(), waits, batch.locations, batch.lists)


def environment_of(variables: Mapping[str, str]) -> Environment:
    """What a process with these variables reads."""
    with mock.patch.dict(os.environ, variables, clear=True):
        return Environment.of_process()
