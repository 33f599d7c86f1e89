"""Environments: an image is the same wherever its processes run; and what is said where they cannot.

The container's image is a copy of this machine's Python and shell, made here: nothing is pulled. The worker is that of
tests/remote_worker, which runs on this machine.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Iterator, List

import pytest

from tests.support import process_log
from tests.support.buildgrid import BuildGrid
from tests.support.containers import docker_daemon
from tests.support.programs import elf
from tests.support.repository import Repository
from tests.support.small_root import small_root
from tests.support.tools import require_buildgrid

NAMES = ("docker", "without-python", "elsewhere", "remote")
BUILD = """\
docker_environment(name="docker", image="with-python:1")
docker_environment(name="without-python", image="without-python:1")
local_environment(name="elsewhere", compatible_platforms=["macos_arm64"], fallback_environment="docker")
remote_environment(name="remote", fallback_environment="docker")

system_binary(name="python3", binary_name="python3")
adhoc_tool(
    name="made-in-docker",
    runnable=":python3",
    args=["-c", "import shutil; shutil.copy('program', 'made')"],
    execution_dependencies=[":bin"],
    output_files=["made"],
    environment="docker",
)
file(name="bin", source="program")
scratch_image(name="local", binary=":bin", runtime_files=["tmp"], archive=True)
scratch_image(name="mixed", binary=":made-in-docker", runtime_files=["tmp"], archive=True)
[
    scratch_image(name=f"in-{name}", binary=":bin", runtime_files=["tmp"], archive=True, environment=name)
    for name in ("docker", "without-python", "elsewhere", "remote")
]
scratch_image_test(name="test", image=":in-docker", files={"/app": {"mode": "0755"}}, environment="docker")
[
    scratch_image_test(name=f"runs-{name}", image=":local", commands=[{"stdout": "hello\\n"}], environment=name)
    for name in ("docker", "remote")
]
"""


@pytest.fixture(scope="module")
def docker() -> Iterator[List[str]]:
    with docker_daemon() as command:
        yield command


@pytest.fixture(scope="module")
def images(bare: Repository, docker: List[str], tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A repository with images for all environments, and the containers' images in the daemon that Pants uses."""
    bare.enable("pants.backend.experimental.adhoc")
    place = tmp_path_factory.mktemp("roots")
    for name, python in (("with-python", True), ("without-python", False)):
        root = small_root(place / name, python=python)
        with subprocess.Popen(["tar", "-C", str(root), "-c", "."], stdout=subprocess.PIPE) as archive:
            subprocess.run(
                [*docker, "import", "-", f"{name}:1"], stdin=archive.stdout, stdout=subprocess.DEVNULL, check=True
            )
    bare.env["DOCKER_HOST"] = docker[-1]
    bare.env["PANTS_LEVEL"] = "debug"
    bare.env["PANTS_STATS_LOG"] = "true"
    bare.env["PANTS_LOCAL_STORE_DIR"] = str(bare.root.parent / "store")
    bare.env["PANTS_ENVIRONMENTS_PREVIEW_NAMES"] = repr({name: f"src/images:{name}" for name in NAMES})
    bare.write("src/images/BUILD", BUILD)
    bare.write("src/images/program", elf())
    return bare


def test_an_image_is_the_same_in_a_container(images: Repository) -> None:
    """`elsewhere` and `remote` fall back to it, and `mixed` takes its program from there. Libraries come from here."""
    names = ("local", "mixed", "in-docker", "in-elsewhere", "in-remote")
    addresses = [f"src/images:{name}" for name in names]
    log = images.ok("--no-pantsd", "package", *addresses)
    digests = images.digests()
    assert {digests[f"src.images/{name}"] for name in names} == {digests["src.images/local"]}
    assert (
        process_log.counter(log, "docker_execution_successes") == process_log.counter(log, "docker_execution_requests") > 3
    )
    # Two images are made on this machine, whose archives differ in the name; the others in the container.
    assert process_log.started(log) == {
        "Inspect a program for an image": 1,
        "Install the libraries of scratch_image.assembler": 1,
        "Install the libraries of scratch_image.runtime_files": 1,
        "Write an image archive": 2,
        "Write an image layer": 2,
    }
    tested = images.ok("--no-pantsd", "test", "src/images:test")
    assert "succeeded" in tested and not process_log.started(tested)
    assert "ok: " in images.ok("--no-pantsd", "-lwarn", "validate-images", "src/images:in-docker")


def test_a_program_runs_in_a_container_by_chroot(images: Repository) -> None:
    """Docker's seccomp filter refuses namespaces (docs/running.md). What passes there does not answer for this machine."""
    run = ("--no-pantsd", "--test-output=all", "test", "--force")
    said = images.ok(*run, "src/images:runs-docker")
    assert "1 program runs as expected, linux/amd64 on rung chroot" in said
    assert process_log.counter(said, "docker_execution_requests") > 1


def test_what_a_container_lacks_is_said(images: Repository) -> None:
    done = images.run("--no-pantsd", "-linfo", "package", "src/images:in-without-python")
    assert done.returncode == 1
    assert "NoInterpreter: environment `without-python`: no CPython 3.9 to 3.14 in /usr/bin, " in done.stdout
    assert "Traceback" not in done.stdout
    assert not (images.root / "dist/src.images/in-without-python").exists()


def test_an_image_is_the_same_on_a_worker(images: Repository, tmp_path: Path) -> None:
    """Of one run, that image's processes are remote, and the others' are not."""
    with BuildGrid(require_buildgrid(), tmp_path / "buildgrid") as server:
        server.start_worker()
        remote = ["--remote-execution", f"--remote-store-address={server.address}"]
        remote.append(f"--remote-execution-address={server.address}")
        log = images.ok("--no-pantsd", *remote, "package", "src/images:local", "src/images:in-remote")
        tested = images.ok("--no-pantsd", *remote, "--test-output=all", "test", "src/images:runs-remote")
    # The worker is a process of this machine, and may do what this one may.
    assert "1 program runs as expected, linux/amd64 on rung " in tested
    assert process_log.counter(tested, "remote_execution_success") > 1
    digests = images.digests()
    assert digests["src.images/in-remote"] == digests["src.images/local"]
    succeeded = process_log.counter(log, "remote_execution_success")
    assert succeeded == process_log.counter(log, "remote_execution_requests") > 3
    assert process_log.counter(log, "docker_execution_requests") == 0
