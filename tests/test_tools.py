"""How tests ask for tools: each is tried once by its smallest run, and what it says is the reason of a skip or a failure."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path
from typing import Dict, Iterator

import pytest
from _pytest.outcomes import Failed, Skipped

from tests.support import containers, probes
from tests.support.tools import require

CGROUPS = "crun: cgroups in hybrid mode not supported, drop all controllers from cgroupv2"


class Machine:
    """A PATH of its own, with programs that are scripts, and the runs of each."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def install(self, **scripts: str) -> None:
        """Each script is the body of a program; `{real}` stands for the real program."""
        for name, body in scripts.items():
            log = f'echo "$@" >> {self.directory}/{name}.log\n'
            path = self.directory / name
            path.write_text(f"#!/bin/sh\n{log}{body}\n")
            path.chmod(0o755)

    def runs(self, name: str) -> int:
        log = self.directory / f"{name}.log"
        return len(log.read_text().splitlines()) if log.exists() else 0


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    # Nothing else of the real machine is found by name.
    real = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name: real(name, path=str(tmp_path)))
    monkeypatch.setenv("SCRATCH_IMAGE_REQUIRE_TOOLS", "0")
    yield Machine(tmp_path)


BROKEN = [
    # tool, script, the reason, why
    (
        "skopeo",
        "echo no policy.json file found >&2; exit 1",
        "skopeo cannot work here: no policy.json file found",
        "no policy",
    ),
    ("umoci", "echo operation not permitted; exit 1", "umoci cannot work here: operation not permitted", "no rights"),
    ("crane", "exit 3", "crane cannot work here: exit status 3", "it says nothing"),
    ("runc", "echo no cgroups >&2; exit 1", "runc cannot work here: no cgroups", "no control groups"),
    ("gcc", "echo cannot find -lc; exit 1", "gcc cannot work here: cannot find -lc", "no static libraries"),
    ("dockerd", "kill -9 $$", "dockerd cannot work here: exit status -9", "it is killed"),
    ("bsdtar", "head -c 2000 /dev/zero | tr '\\0' x; echo end; exit 1", "xxxend", "it says much: the end is shown"),
]


@pytest.mark.parametrize(("tool", "script", "reason", "why"), BROKEN, ids=[f"{row[0]}: {row[3]}" for row in BROKEN])
def test_what_a_tool_says_is_the_reason(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, tool: str, script: str, reason: str, why: str
) -> None:
    machine.install(**{tool: script})
    with pytest.raises(Skipped) as skipped:
        require(tool)
    assert reason in str(skipped.value) and len(str(skipped.value)) < 600
    monkeypatch.setenv("SCRATCH_IMAGE_REQUIRE_TOOLS", "1")
    with pytest.raises(Failed) as failed:
        require(tool)
    assert reason in str(failed.value)
    assert machine.runs(tool) == 1, "it is tried once"


def test_a_file_that_is_no_program(machine: Machine) -> None:
    (machine.directory / "crane").write_bytes(b"\x7fELF of another machine")
    (machine.directory / "crane").chmod(0o755)
    with pytest.raises(Skipped, match=r"crane cannot work here: .*Exec format error"):
        require("crane")


def test_a_tool_that_is_not_there(machine: Machine) -> None:
    with pytest.raises(Skipped, match="crane is not installed"):
        require("crane")


def test_a_tool_that_works(machine: Machine) -> None:
    machine.install(crane="exit 0")
    assert require("crane") == require("crane") == str(machine.directory / "crane")
    assert machine.runs("crane") == 1


# A runtime that works writes the configuration, and starts the program.
WORKS = 'if [ "$1" = spec ]; then echo "{\\"process\\": {}}" > "$3/config.json"; fi'
HYBRID = f'{WORKS[:-4]}; else echo "{CGROUPS}" >&2; exit 1; fi'
# podman starts the runtime that it is told to.
PODMAN = f'case "$*" in *crun*) echo "Error: {CGROUPS}" >&2; exit 126;; esac'
RUNTIMES = [
    # runtimes and podman → script, the one that `run` takes, the one that podman takes, reason
    ({"runc": WORKS, "crun": WORKS, "podman": ""}, "runc", "runc", "both work: the first"),
    ({"runc": WORKS, "podman": PODMAN}, "runc", "runc", "there is one"),
    ({"runc": WORKS, "crun": HYBRID, "podman": PODMAN}, "runc", "runc", "the other one cannot work here"),
    ({"runc": "exit 1", "crun": WORKS, "podman": ""}, "crun", "runc", "podman's own trial counts for podman"),
    ({"crun": WORKS, "podman": ""}, "crun", "crun", "there is only the second"),
]


@pytest.mark.parametrize(("programs", "want", "podman", "reason"), RUNTIMES, ids=[row[3] for row in RUNTIMES])
def test_a_runtime_that_works_is_chosen(
    machine: Machine, programs: Dict[str, str], want: str, podman: str, reason: str
) -> None:
    machine.install(**programs)
    assert containers.runtime() == str(machine.directory / want)
    with containers.podman_storage() as command:
        assert command[command.index("--runtime") + 1] == str(machine.directory / podman)
    with containers.podman_environment() as env:
        assert f'chosen = ["{machine.directory / podman}"]' in Path(env["CONTAINERS_CONF"]).read_text()


def test_no_runtime_works(machine: Machine) -> None:
    machine.install(
        runc="echo no cgroups; exit 1", crun=HYBRID, podman='case "$*" in *crun*) echo hybrid;; *) echo none;; esac; exit 1'
    )
    with pytest.raises(Skipped) as skipped:
        containers.runtime()
    assert str(skipped.value).startswith(f"runc cannot work here: no cgroups; crun cannot work here: {CGROUPS}")
    with pytest.raises(Skipped, match="podman cannot work here: with runc: none; with crun: hybrid"):
        require("podman")


def test_no_runtime_is_there(machine: Machine) -> None:
    machine.install(podman="")
    with pytest.raises(Skipped, match="runc is not installed; crun is not installed"):
        containers.runtime()
    with pytest.raises(Skipped, match="podman cannot work here: there is neither runc nor crun"):
        require("podman")


DAEMONS = [
    # script of dockerd, script of docker, reason
    (
        "[ $# = 1 ] || { echo mount: permission denied; exit 1; }",
        "[ $# = 1 ]",
        "dockerd does not start here: mount: permission denied",
    ),
    (
        "[ $# = 1 ] || exec sleep 30",
        'case "$*" in *"run "*) echo cgroup: no such device; exit 125;; esac',
        "docker cannot run a container here: cgroup: no such device",
    ),
]


@pytest.mark.parametrize(("daemon", "client", "reason"), DAEMONS)
def test_a_daemon_that_cannot_work(machine: Machine, daemon: str, client: str, reason: str) -> None:
    machine.install(dockerd=daemon, docker=client)
    with pytest.raises(Skipped, match=reason), containers.docker_daemon():
        pytest.fail("it is not given out")


@pytest.mark.skipif(platform.system() != "Linux" or platform.machine() != "x86_64", reason="not a Linux for x86-64")
def test_the_program_of_the_probes_runs(tmp_path: Path) -> None:
    path = tmp_path / "app"
    path.write_bytes(probes.program())
    path.chmod(0o755)
    assert subprocess.run([str(path)]).returncode == 0


def test_the_program_of_the_probes_runs_on_arm64(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    emulator = require("qemu-aarch64-static")
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    path = tmp_path / "app"
    path.write_bytes(probes.program())
    path.chmod(0o755)
    assert subprocess.run([emulator, str(path)]).returncode == 0


@pytest.mark.parametrize("tool", ["runc", "podman", "skopeo", "umoci", "gcc", "musl-gcc", "crane", "getcap", "openssl"])
def test_the_real_tools(tool: str) -> None:
    """What works in other tests passes its trial."""
    assert os.path.isabs(require(tool))
