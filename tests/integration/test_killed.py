"""Kill -9 at any time: nothing in dist/ passes for finished that is not, and the next run makes all of it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Iterator, List

import pytest

from scratch_image.validate.depth import FULL, Depth
from scratch_image.validate.package import check_path
from scratch_image.validate.result import ValidationResult
from tests.support.programs import elf
from tests.support.repository import Repository, users_repository

IMAGES = 40
BUILD = f"""\
for number in range({IMAGES}):
    file(name=f"bin-{{number}}", source=f"program-{{number}}")
    scratch_image(name=f"image-{{number}}", binary=f":bin-{{number}}", compression="none", archive=number % 4 == 0)
"""
# Seconds after the first change in dist/ at which all is killed: Pants removes the packages, then writes their files.
MOMENTS = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2)


@pytest.fixture
def images(tmp_path: Path) -> Iterator[Repository]:
    repository = users_repository(tmp_path / "repository", "pants-plugins/scratch_image")
    repository.configure(
        GLOBAL={"pythonpath": ["%(buildroot)s/pants-plugins"], "backend_packages": ["scratch_image"]},
    )
    repository.write("many/BUILD", BUILD)
    for number in range(IMAGES):
        repository.write(f"many/program-{number}", elf(text=f"{number}\n") + os.urandom(1 << 20))
    yield repository
    repository.close()


def is_whole(package: Path, depth: Depth) -> bool:
    outcomes = [outcome for _, outcome in check_path(str(package), depth=depth)]
    return all(isinstance(outcome, ValidationResult) and outcome.ok for outcome in outcomes)


def packages(images: Repository) -> List[Path]:
    return sorted((images.root / "dist" / "many").glob("image-*"))


def some_packages(images: Repository) -> List[Path]:
    return [images.root / "dist" / "many" / f"image-{number}" for number in (0, IMAGES // 2, IMAGES - 1)]


def changes(images: Repository) -> List[int]:
    """What a change of a package changes first."""
    found = []
    for package in some_packages(images):
        try:
            found.append(package.stat().st_ino)
        except FileNotFoundError:
            found.append(0)
    return found


def kill_while_writing(images: Repository, seconds: float, *args: str) -> None:
    """Starts Pants, waits until it writes, and kills the client and then the daemon."""
    before = changes(images)
    client = subprocess.Popen(
        [str(images.root / "pants"), *args],
        cwd=images.root,
        env=images.env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while client.poll() is None and changes(images) == before:
        time.sleep(0.001)
    time.sleep(seconds)
    os.killpg(client.pid, signal.SIGKILL)
    for pid_file in images.root.glob(".pids/*/pantsd/pid"):
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid_file.read_text()), signal.SIGKILL)
    client.wait()


def test_what_is_killed_is_not_taken_for_finished(images: Repository) -> None:
    images.ok("package", "many::")
    in_part = 0
    for number, moment in enumerate(MOMENTS):
        kill_while_writing(images, moment, f"--scratch-image-user={number + 1}:0", "package", "many::")
        for package in packages(images):
            if is_whole(package, Depth(quick=True)):
                assert is_whole(package, FULL), f"{package.name}, {moment} s after the first change"
            else:
                in_part += 1
    images.ok("package", "many::")
    assert in_part, "no process was killed while it wrote"
    assert len(packages(images)) == IMAGES and all(is_whole(package, FULL) for package in packages(images))
