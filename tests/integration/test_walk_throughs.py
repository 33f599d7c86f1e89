"""The walk-throughs of docs/walk-throughs.md as they stand there: from an empty directory to a running image."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Tuple

import pytest

from tests.support import probes
from tests.support.containers import podman_environment
from tests.support.repository import Repository
from tests.support.tools import require
from tests.support.wheel import copy_wheel

PAGE = Path("docs/walk-throughs.md").read_text(encoding="utf-8")
_FILE = re.compile(r"^`([^`]+)`:\n\n```\w+\n(.*?)^```$", re.M | re.S)
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)


class WalkThrough(NamedTuple):
    """Files by path; the commands, one script; and what the last command prints."""

    title: str
    files: Dict[str, str]
    commands: str
    output: str


def _read(section: str) -> WalkThrough:
    title, _, text = section.partition("\n")
    files = dict(_FILE.findall(text))
    rest: List[Tuple[str, str]] = _BLOCK.findall(_FILE.sub("", text))
    assert [language for language, _ in rest] == ["sh", "text"], f"{title}: not one block of commands and one of output"
    return WalkThrough(title, files, rest[0][1], rest[1][1])


WALK_THROUGHS = [_read(section) for section in PAGE.split("\n## ")[1:]]
# Compilers that .ci/run does not install, by the word of a title.
OPTIONAL = {"Go, any version": "go", "Rust, by cargo": "cargo"}


def test_the_page_shows_them_all() -> None:
    titles = [walk.title for walk in WALK_THROUGHS]
    assert re.findall(r"^\| \[(.*?)\]", PAGE, re.M) == [
        "Go, any version and CPU" if title == "Go, any version" else title for title in titles
    ]
    assert len(titles) == 6
    assert set(OPTIONAL) < set(titles)


@pytest.fixture(scope="module")
def podman() -> Iterator[Dict[str, str]]:
    with podman_environment() as env:
        yield env


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_wheel(tmp_path_factory.mktemp("wheel")).parent


@pytest.fixture
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One path for all walk-throughs: Pants installs the plugin once. Each has a daemon of its own, which ends with it."""
    place = tmp_path_factory.getbasetemp() / "walk-through"
    yield place
    shutil.rmtree(place)


@pytest.mark.parametrize("walk", WALK_THROUGHS, ids=lambda walk: walk.title)
def test_as_pasted(
    walk: WalkThrough, directory: Path, wheels: Path, podman: Dict[str, str], request: pytest.FixtureRequest
) -> None:
    optional = OPTIONAL.get(walk.title)
    if optional:
        compiler = shutil.which(optional) or pytest.skip(f"{optional} is not installed")
        problem = probes.problem(compiler)
        if problem:
            pytest.skip(f"{optional} cannot work here: {problem}")
    if "gcc" in walk.files.get("hello/BUILD", "") + walk.commands:
        require("gcc")
    # `pants` is the launcher of this repository, which reads the locks beside it.
    copy = Repository(directory, podman, parts=("pants", "3rdparty"))
    (directory / "3rdparty/python/BUILD").unlink()
    shutil.copytree(wheels, directory / "wheels")
    for path, text in walk.files.items():
        copy.write(path, text)
    env = {**copy.env, "PATH": f"{directory}:{copy.env['PATH']}"}
    request.addfinalizer(copy.close)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", walk.commands],
        cwd=directory,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert done.stdout.endswith(walk.output), f"{done.stdout}\n{done.stderr}"
