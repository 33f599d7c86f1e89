"""The rung that needs no root: ids of /etc/subuid, mapped by newuidmap."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Iterator

import pytest

from tests.support import running
from tests.support.running import directory, file
from tests.support.tools import missing

USER = 1000
# Other ids for this process and its children: the files of the machine stay as they are.
SCRIPT = """
set -e
mount --bind "$1/ids" /etc/subuid
mount --bind "$1/ids" /etc/subgid
shift
exec setpriv --reuid {user} --regid {user} --clear-groups "$@"
"""


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that another user can read: what pytest makes is closed to it."""
    found = Path(tempfile.mkdtemp(prefix="newuidmap-", dir="/tmp"))
    found.chmod(0o755)
    yield found
    shutil.rmtree(found)


@pytest.mark.skipif(os.geteuid() != 0, reason="it becomes another user, with ids of its own")
def test_a_user_with_ids_of_its_own_runs_an_image_exactly(probe: bytes, place: Path) -> None:
    for tool in ("newuidmap", "newgidmap", "setpriv", "unshare", "/usr/bin/python3"):
        if not shutil.which(tool):
            missing(f"{tool} is not installed")
    if not os.path.exists("/etc/subuid") or not os.path.exists("/etc/subgid"):
        pytest.skip("there is no /etc/subuid to mount over")
    (place / "ids").write_text(f"{USER}:300000:65536\n")
    import scratch_image

    source = Path(next(iter(scratch_image.__path__)))
    shutil.copytree(source, place / "code" / "scratch_image", ignore=shutil.ignore_patterns("__pycache__"))
    tree = {**directory("data", 0o750, 7, 8), **file("data/secret", b"x", 0o600, 65532, 65532), **file("su", b"", 0o4755)}
    image = running.image(place / "image", probe, tree)
    subprocess.run(["chmod", "-R", "a+rX", str(place)], check=True)
    start = ["unshare", "-m", "--propagation", "private", "sh", "-c", SCRIPT.format(user=USER), "sh", str(place)]
    command = ["/usr/bin/python3", "-B", "-m", "scratch_image.cli", "run", image, "--"]
    for args, want in (
        (["report"], "uid 65532 65532 65532\ngid 65532 65532 65532\ngroup 65532\n"),
        (["stat", "/data", "/su"], "stat /data: 40750 7:8 "),
        (["stat", "/data", "/su"], "stat /su: 104755 0:0 "),
    ):
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(place / "code")}
        done = subprocess.run([*start, *command, *args], env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert done.stderr.startswith("scratch-image: rung exact (newuidmap)\n")
        assert want in done.stdout
