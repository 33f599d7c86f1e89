"""`./pants test` where the machine lets no image run: the program is not started, which is said in every run, or fails."""

from __future__ import annotations

import os
import shlex
import subprocess

import pytest

from tests.support.repository import Repository
from tests.support.running import compiled, confined, environment

BUILD = """\
file(name="bin", source="program")
scratch_image(name="image", binary=":bin")
scratch_image_test(name="runs", image=":image", commands=[{"stdout": "hello\\n"}])
scratch_image_test(name="both", image=":image", commands=[{"stdout": "bye\\n"}], absent=["/app"])
"""
WARNING = "src/none:runs: `commands` and `service` were not run: this machine lets no image run without a container engine:"
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="a root's capabilities are dropped here")


@pytest.fixture(scope="module")
def ready(bare: Repository, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    program = bare.write("src/none/program", compiled(tmp_path_factory.mktemp("probe")))
    program.chmod(0o755)
    bare.write("src/none/BUILD", BUILD)
    return bare


def run(ready: Repository, *args: str) -> subprocess.CompletedProcess[str]:
    """`./pants` without a daemon, on a machine that allows nothing."""
    pants = f"cd {shlex.quote(str(ready.root))} && exec env -u PYTHONPATH ./pants --no-pantsd {shlex.join(args)}"
    return subprocess.run(
        [*confined("--seccomp", "--drop", "sys_admin,sys_chroot"), "bash", "-c", pants],
        env={**ready.env, **environment()},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )


def test_a_warning_in_every_run(ready: Repository) -> None:
    """What is in the image is compared all the same."""
    for _ in range(2):
        done = run(ready, "test", "src/none:")
        assert done.returncode == 1, done.stdout
        assert WARNING in done.stdout and "chroot: " in done.stdout and "✓ src/none:runs" in done.stdout
        assert "✕ src/none:both" in done.stdout and "expected nothing, found a file" in done.stdout
        assert "bye" not in done.stdout


def test_require_run_makes_it_a_failure(ready: Repository) -> None:
    done = run(ready, "--scratch-image-test-require-run", "test", "src/none:runs")
    assert done.returncode == 1
    assert "src/none:runs was not run: this machine lets no image run without a container engine:" in done.stdout
    assert "Traceback" not in done.stdout


def test_a_pass_without_the_program_does_not_answer_for_this_machine(ready: Repository) -> None:
    done = ready.run("--no-pantsd", "test", "src/none:both")
    assert done.returncode == 1 and "bye" in done.stdout
