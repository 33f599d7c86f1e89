"""Publishes layouts to the registry of tests, in this process and without real waits."""

from __future__ import annotations

import base64
import io
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Tuple

from scratch_image.oci.digest import Digest
from scratch_image.registry.batch import Batch, Outcome, Tools
from scratch_image.registry.deadline import Stop
from scratch_image.registry.environment import Environment
from scratch_image.registry.plan import Push, PushPlan
from scratch_image.registry.progress import Progress
from scratch_image.registry.retry import Chance
from scratch_image.registry.transport import Timeouts
from tests.support.layouts import Files, write
from tests.support.registry_server import RegistryServer

LOGIN = ("robot", "hunter2-password")


@dataclass
class Ran:
    """A run that is over: what it answers, what it said, and the seconds it would have waited."""

    outcomes: Tuple[Outcome, ...]
    said: str
    waits: List[float]
    seen: Mapping[str, Any]

    @property
    def error(self) -> str:
        (outcome,) = self.outcomes
        return str(outcome.error) if outcome.error else ""

    @property
    def everything(self) -> str:
        """All text that could hold a secret."""
        texts = [f"{outcome.error} {outcome.error!r} {outcome.reached} {outcome.lines}" for outcome in self.outcomes]
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
    stop: Optional[Stop] = None,
) -> Ran:
    stream = io.StringIO()
    waits: List[float] = []
    stop = stop or (Stop(plan.deadline) if really_wait else _stop_that_does_not_wait(plan.deadline, waits))
    progress = Progress(stream, len(plan.pushes), False)
    chance = Chance(lambda: now, lambda: 0.0)
    batch = Batch(plan, Tools(Environment(environment or {}), progress, stop, timeouts, chance))
    outcomes = batch.run()
    return Ran(outcomes, stream.getvalue(), waits, batch.known)


def _stop_that_does_not_wait(deadline: float, waits: List[float]) -> Stop:
    """Its clock jumps on instead."""
    return Stop(deadline, lambda: time.monotonic() + sum(waits), waits.append)
