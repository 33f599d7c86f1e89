"""SIGKILL of each process of a run, at many moments: nothing lives on, and nothing is left."""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import List

import pytest

from scratch_image.oci.spec import RunConfig
from tests.support import running
from tests.support.running import MACHINES, command, confined, environment
from tests.support.waiting import PATIENCE, wait_until

# Fractions of the time that a whole run takes: while Python starts, reads the image, probes, unpacks, mounts, and while the
# program runs.
MOMENTS = [0.3 + number / 30 for number in range(30)]
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the rungs are root's")


def processes(marker: str) -> List[int]:
    """All whose command line holds a text: of a run, the parent, the keeper and the program have it."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if marker.encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            pass
    return sorted(found)


def parent_of(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def family_of(parent: int, marker: str) -> List[int]:
    """The parent, its keeper, and process 1 of the container, as far as they are there."""
    family = [parent]
    for _ in ("keeper", "first"):
        family += [one for one in processes(marker) if one not in family and parent_of(one) == family[-1]][:1]
    return family


def nothing_is_left(marker: str) -> None:
    wait_until(lambda: not processes(marker), f"{marker}: a process lives on")


def left_in_files() -> List[str]:
    mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    return [*map(str, Path("/tmp").glob("scratch-image-run-*")), *(line for line in mounts if "scratch-image" in line)]


def settled(run: subprocess.Popen[bytes], marker: str, victims: List[int]) -> bool:
    """Whether a run has ended, or has all its processes, and others than the victim: a probe, without which it goes on."""
    family = family_of(run.pid, marker)
    return run.poll() is not None or (len(family) == 3 and not set(family) & set(victims))


@pytest.fixture(scope="module")
def image(probe: bytes, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A program with a file capability: execve clears its PDEATHSIG."""
    low = bytes.fromhex("0100000200040000000000000000000000000000")
    run = RunConfig(entrypoint=("/app",), user="65532:65532")
    return running.image(tmp_path_factory.mktemp("kill") / "image", probe, run=run, app={"capability": low})


@pytest.mark.parametrize("victim", ["parent", "keeper", "first"])
@pytest.mark.parametrize("prefix", [[], confined("--drop", "sys_admin")], ids=["root", "full map"])
def test_nothing_outlives_a_killed_process(victim: str, prefix: List[str], image: str) -> None:
    before = set(left_in_files())
    hit = 0
    start = time.monotonic()
    running.run(image, prefix=prefix)
    whole = time.monotonic() - start
    for number, moment in enumerate(MOMENTS):
        marker = f"marker-{os.getpid()}-{victim}-{number:02}"
        run = subprocess.Popen(
            [*prefix, *command(image, "wait", marker)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment(),
        )  # fmt: skip
        time.sleep(moment * whole)
        # In order of age: the parent, the keeper, process 1 of the container.
        family = family_of(run.pid, marker)
        target = {"parent": 0, "keeper": 1, "first": 2}[victim]
        try:
            os.kill(family[target], signal.SIGKILL)
            hit += 1
        except (IndexError, ProcessLookupError):  # It is not there yet.
            run.kill()
        wait_until(functools.partial(settled, run, marker, family[target : target + 1]), f"{victim} at {moment:.1f}")
        assert run.poll() != 0 and (victim != "parent" or run.poll() is not None)
        run.kill()
        run.wait()
        nothing_is_left(marker)
    assert hit, "the victim was never there"
    # The runs of other tests may be there meanwhile.
    wait_until(lambda: not set(left_in_files()) - before, "a directory or a mount is left")


@pytest.mark.parametrize("victim", [0, 1])
def test_a_chroot_leaves_at_most_a_directory(victim: int, image: str, probe: bytes, tmp_path: Path) -> None:
    marker = f"marker-{os.getpid()}-chroot-{victim}"
    path = running.image(tmp_path, probe)
    prefix = MACHINES["chroot"]
    run = subprocess.Popen(
        [*prefix, *command(path, "wait", marker)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment()
    )
    assert run.stdout is not None and run.stdout.readline() == b"ready\n"
    keeper = next(process for process in processes(marker) if parent_of(process) == run.pid)
    os.kill((run.pid, keeper)[victim], signal.SIGKILL)
    run.wait(timeout=PATIENCE)
    nothing_is_left(marker)
    assert running.run(path, prefix=prefix).returncode == 0
    wait_until(lambda: not list(Path("/tmp").glob("scratch-image-run-*")), "the next run does not remove a directory")
