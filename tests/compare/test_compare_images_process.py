"""The process that compares images: its plan, its answers, its exit status, and an interrupt."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Dict, Iterator

import pytest

from scratch_image.compare.asked import ComparePlan, Question, answers_from_json
from scratch_image.registry.plan import RegistrySettings
from tests.support.asked import IMAGE, NET, at, put, question
from tests.support.modules import ROOT
from tests.support.registry_faults import Stall
from tests.support.registry_server import RegistryServer

SECONDS = 120


@pytest.fixture
def server() -> Iterator[RegistryServer]:
    with RegistryServer() as found:
        yield found


def start(directory: Path, *questions: Question, **members: object) -> subprocess.Popen[str]:
    plan = ComparePlan(questions, str(directory / "answers.json"), **members)  # type: ignore[arg-type]
    (directory / "plan.json").write_bytes(plan.to_json())
    environment: Dict[str, str] = {"PYTHONPATH": os.pathsep.join((str(ROOT.parent), *filter(None, sys.path)))}
    command = [sys.executable, "-m", "scratch_image.compare.images", "plan.json"]
    return subprocess.Popen(command, cwd=directory, env=environment, stdout=-1, stderr=-1, text=True)


def test_both_passes(server: RegistryServer, tmp_path: Path) -> None:
    """What is downloaded is gone at the end; nothing is printed."""
    put(server, NET.layout())
    IMAGE.write(tmp_path / "image")
    asked = question(IMAGE.layout(), **at(server))
    settings = (RegistrySettings("unused.example"), RegistrySettings(server.address(), insecure=True))
    for _ in range(2):
        process = start(tmp_path, asked, registries=settings)
        assert process.communicate(timeout=SECONDS) == ("", "") and process.returncode == 0
        (answer,) = answers_from_json((tmp_path / "answers.json").read_bytes())
        assert answer.state == "differs"
        asked = answer.question._replace(directory="image")
    assert answer.platforms
    assert {path.name for path in tmp_path.iterdir()} == {"answers.json", "image", "plan.json"}


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
def test_an_interrupt(number: signal.Signals, status: int, server: RegistryServer, tmp_path: Path) -> None:
    """There are no answers, and no traceback."""
    server.choose_fault = lambda request: Stall()
    process = start(tmp_path, *(question(IMAGE.layout(), f"src:{each}", **at(server)) for each in range(20)))
    end = time.monotonic() + SECONDS
    while not server.log and time.monotonic() < end:
        time.sleep(0.01)
    process.send_signal(number)
    assert process.communicate(timeout=SECONDS) == ("", "")
    assert process.returncode == status
    assert not (tmp_path / "answers.json").exists()


def test_answers_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "answers.json").mkdir()
    process = start(tmp_path, question(IMAGE.layout(), path="/nowhere", shown="nowhere"))
    out, err = process.communicate(timeout=SECONDS)
    assert (out, process.returncode) == ("", 1) and "answers.json cannot be written" in err and "Traceback" not in err
