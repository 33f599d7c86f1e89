"""`./pants run` on an image as a user runs it: arguments, options, exit code, and what reaches the program."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.repository import Repository
from tests.support.running import compiled

BUILD = """\
file(name="bin", source="program")
scratch_image(name="image", binary=":bin", env={"FROM_IMAGE": "1"}, volumes=["/data"], runtime_files=["tmp"])
"""
RUN = "src/run:image"


@pytest.fixture(scope="module")
def ready(bare: Repository, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    program = bare.write("src/run/program", compiled(tmp_path_factory.mktemp("probe")))
    program.chmod(0o755)
    bare.write("src/run/BUILD", BUILD)
    bare.write("data/hello.txt", "hello of the repository\n")
    return bare


def test_arguments_and_exit_codes_pass(ready: Repository) -> None:
    done = ready.run("run", RUN, "--", "exit", "3")
    assert done.returncode == 3, done.stdout
    assert "scratch-image: rung " in done.stdout
    shown = ready.ok("run", RUN, "--", "report", "{chroot}/x", "-b", "")
    assert re.findall(r"^argv (.*)$", shown, re.M) == ["/app", "report", "{chroot}/x", "-b", ""]


def test_nothing_of_the_users_environment_reaches_the_program(ready: Repository) -> None:
    shown = ready.ok("run", RUN, "--", "report", SECRET="hunter2", PYTHONPATH="/nowhere")
    assert re.findall(r"^env (\w+)=", shown, re.M) == ["PATH", "HOSTNAME", "FROM_IMAGE", "HOME"]
    assert "hunter2" not in shown


def test_options(ready: Repository) -> None:
    options = ["--scratch-image-run-mounts=['data:/mnt:ro']", "--scratch-image-run-env=['A=b c']"]
    assert "hello of the repository" in ready.ok("run", *options, RUN, "--", "cat", "/mnt/hello.txt")
    assert "env A=b c\n" in ready.ok("run", *options, RUN, "--", "report")
    options = ["--scratch-image-run-read-only", "--scratch-image-run-restricted", "--scratch-image-run-user=7:8"]
    shown = ready.ok("run", *options, RUN, "--", "report")
    assert "uid 7 7 7" in shown and "NoNewPrivs:\t1" in shown
    assert "write /tmp/x: EROFS" in ready.ok("run", *options, RUN, "--", "write", "/tmp/x")


def test_a_mistake_is_a_sentence(ready: Repository) -> None:
    done = ready.run("run", "--scratch-image-run-mounts=['nothing:/mnt']", RUN)
    assert done.returncode == 125
    assert f"{ready.root}/nothing cannot be mounted: No such file or directory" in done.stdout
    assert "Traceback" not in done.stdout


def test_nothing_is_written_to_dist(ready: Repository) -> None:
    assert not (Path(ready.root) / "dist").exists()
