"""A fresh clone on a fresh machine: empty HOME, empty caches, another path, another environment.

Two users start `./pants` at once there, after a first start was killed half way; then all examples are packaged, and have
the digests that every machine gives them. This takes minutes: everything is installed and compiled anew.
"""

from __future__ import annotations

import json
import os
import platform
import signal
import subprocess
import time
from pathlib import Path
from typing import Iterator, List

import pytest

from tests.support.repository import Repository


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    # Pants' search for programs splits its path at blanks, so the caches' place has none; the checkout's may.
    root = tmp_path_factory.mktemp("fresh-machine")
    (root / "home").mkdir()
    strange = {"HOME": str(root / "home"), "LC_ALL": "C", "TZ": "Asia/Tokyo", "USER": "x", "PYTHONHASHSEED": "7"}
    copy = Repository(root / "check out", strange)
    for name in ("SCRATCH_IMAGE_LAUNCHER_CACHE", "XDG_CACHE_HOME"):
        copy.env.pop(name, None)
    yield copy
    copy.close()


def start(repository: Repository) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(repository.root / "pants"), "--no-pantsd", "--version"],
        cwd=repository.root,
        env=repository.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_a_killed_start_is_made_good_by_two_at_once(fresh: Repository) -> None:
    killed = start(fresh)
    cache = Path(fresh.env["HOME"]) / ".cache" / "scratch_image"
    for _ in range(600):
        if list(cache.glob("pants-*/wheels/*.whl")):
            break
        time.sleep(0.1)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    assert not list(cache.glob("pants-*/ready.sh")), "it was ready before it was killed: this test tries nothing"

    both: List[subprocess.Popen[str]] = [start(fresh), start(fresh)]
    outputs = [one.communicate() for one in both]
    assert [one.returncode for one in both] == [0, 0], outputs
    assert [out for out, _ in outputs] == ["2.17.1\n", "2.17.1\n"]
    assert sum("installing Pants" in err for _, err in outputs) == 1, outputs


@pytest.mark.skipif(
    (platform.system(), platform.machine()) != ("Linux", "x86_64"), reason="the native Go backend builds for the host"
)
def test_all_examples_have_the_digests_of_every_other_machine(fresh: Repository) -> None:
    fresh.ok("package", "::", umask=0o077)
    assert fresh.digests() == json.loads(Path("tests/golden/examples.json").read_bytes())
