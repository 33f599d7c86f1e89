"""Kill -9 at any time: nothing in dist/ passes for finished that is not, and the next run makes all of it."""

from __future__ import annotations

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
# Fractions of the time of a whole run after which all processes are killed.
MOMENTS = (0.3, 0.45, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)


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


def kill_after(images: Repository, seconds: float, *args: str) -> None:
    """Starts Pants, and kills the client and then the daemon."""
    client = subprocess.Popen(
        [str(images.root / "pants"), *args],
        cwd=images.root,
        env=images.env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    time.sleep(seconds)
    os.killpg(client.pid, signal.SIGKILL)
    for pid_file in images.root.glob(".pids/*/pantsd/pid"):
        os.kill(int(pid_file.read_text()), signal.SIGKILL)
    client.wait()


def test_what_is_killed_is_not_taken_for_finished(images: Repository) -> None:
    images.ok("package", "many::")
    started = time.monotonic()
    images.ok("--scratch-image-user=0:0", "package", "many::")
    whole_run = time.monotonic() - started
    in_part = 0
    for number, moment in enumerate(MOMENTS):
        # The daemon is there, and only the configurations are other ones.
        images.ok("--version")
        kill_after(images, whole_run * moment, f"--scratch-image-user={number + 1}:0", "package", "many::")
        for package in packages(images):
            if is_whole(package, Depth(quick=True)):
                assert is_whole(package, FULL), f"{package.name} after {moment:.0%}"
            else:
                in_part += 1
    print(f"{in_part} packages in part")
    images.ok("package", "many::")
    assert len(packages(images)) == IMAGES and all(is_whole(package, FULL) for package in packages(images))
