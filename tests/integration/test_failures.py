"""What a failed, interrupted or refused run leaves behind: dist/ as it was, or a state that the next run repairs."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Dict

import pytest

from tests.support.programs import elf
from tests.support.repository import Repository

GOOD = 'file(name="bin", source="program")\nscratch_image(name="image", binary=":bin")\n'


@pytest.fixture(scope="module")
def packaged(bare: Repository) -> Repository:
    bare.write("src/good/program", elf() + bytes(range(256)) * 8192)
    bare.write("src/good/BUILD", GOOD)
    bare.ok("package", "src/good:image")
    return bare


def tree(directory: Path) -> Dict[str, str]:
    """Path → SHA-256 of every file below a directory."""
    files = (path for path in sorted(directory.rglob("*")) if path.is_file())
    return {str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_mistake_leaves_dist_as_it_was_and_breaks_no_other_goal(packaged: Repository) -> None:
    before = tree(packaged.root / "dist")
    packaged.write("src/bad/BUILD", 'scratch_image(name="image", binary=":nope", entrypoint="x", image_labels={"a": 1})\n')
    try:
        done = packaged.run("package", "src/good:image", "src/bad:image")
        assert done.returncode != 0
        assert "src/bad:image cannot be made" in done.stdout
        assert 'File "' not in done.stdout, "a user's mistake shows a Python traceback"
        assert tree(packaged.root / "dist") == before
        assert "src/bad:image" in packaged.ok("list", "src/bad::")
        packaged.ok("package", "src/good:image")
    finally:
        os.unlink(packaged.root / "src/bad/BUILD")


def test_an_unwritable_dist_is_said_plainly(packaged: Repository) -> None:
    target = packaged.root / "elsewhere"
    target.write_text("a file where the directory should be")
    done = packaged.run("--pants-distdir=elsewhere", "package", "src/good:image")
    assert done.returncode != 0
    assert "elsewhere/src.good/image" in done.stdout and "Not a directory" in done.stdout
    assert 'File "' not in done.stdout


@pytest.mark.parametrize("damage", ["truncated", "replaced", "removed", "foreign"])
def test_a_rerun_repairs_what_a_killed_run_or_a_full_disk_left(packaged: Repository, damage: str) -> None:
    dist = packaged.root / "dist" / "src.good"
    packaged.ok("package", "src/good:image")
    whole = tree(dist)
    layer = max((dist / "image/oci/blobs/sha256").iterdir(), key=lambda path: path.stat().st_size)
    if damage == "truncated":
        os.truncate(layer, layer.stat().st_size // 2)
    elif damage == "replaced":
        layer.unlink()
        layer.mkdir()
    elif damage == "removed":
        layer.unlink()
        (dist / "image/oci/index.json").unlink()
    else:
        (dist / "image/oci/blobs/sha256" / ("0" * 64)).write_text("of an older image")
    packaged.ok("package", "src/good:image")
    assert tree(dist) == whole


def test_a_killed_run_is_repaired_by_the_next(packaged: Repository) -> None:
    """Killed at several moments of a run without a daemon, in which everything happens in one process."""
    program = elf(text="killed\n") + os.urandom(1 << 20) * 24
    packaged.write("src/killed/program", program)
    packaged.write("src/killed/BUILD", GOOD)
    for seconds in (1.5, 3.0, 6.0):
        with subprocess.Popen(
            [str(packaged.root / "pants"), "--no-pantsd", "package", "src/killed:image"],
            cwd=packaged.root,
            env=packaged.env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as run:
            try:
                run.wait(seconds)
            except subprocess.TimeoutExpired:
                run.kill()
    packaged.ok("package", "src/killed:image")
    layout = packaged.image("src.killed/image") / "blobs/sha256"
    assert all(hashlib.sha256(path.read_bytes()).hexdigest() == path.name for path in layout.iterdir())
    assert not list(layout.glob(".*"))


def test_without_a_daemon_a_cache_and_hard_links_the_digest_is_the_same(packaged: Repository, tmp_path: Path) -> None:
    """Files over 512 KiB are hard links where store and sandbox share a file system, and copies where they do not."""
    shared_memory = Path("/dev/shm")
    is_another = shared_memory.is_dir() and shared_memory.stat().st_dev != packaged.root.stat().st_dev
    sandboxes = (shared_memory if is_another else tmp_path) / f"scratch-image-test-{os.getpid()}"
    packaged.ok("package", "src/good:image")
    here = packaged.digests()["src.good/image"]
    sandboxes.mkdir()
    try:
        packaged.ok(
            f"--local-execution-root-dir={sandboxes}", "--no-pantsd", "--no-local-cache", "package", "src/good:image"
        )
    finally:
        shutil.rmtree(sandboxes)
    assert packaged.digests()["src.good/image"] == here
