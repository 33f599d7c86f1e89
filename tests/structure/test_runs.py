"""`commands` and `service` of a test: what a BUILD file may say, and what is found when the program runs. Twelve images have
a defect that only running shows; each is found."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, List, Tuple

import pytest

from scratch_image.oci.spec import RunConfig
from scratch_image.run.errors import NotRun
from scratch_image.run.rungs import choose
from scratch_image.structure import run_main
from scratch_image.structure.runs import CommandExpectation, RunExpectations, ServiceExpectation
from scratch_image.structure.spec import read_expectations
from tests.support import running
from tests.support.real_registries import free_port
from tests.support.running import confined, directory, environment


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return running.compiled(tmp_path_factory.mktemp("probe"))


def read(**fields: object) -> Tuple[RunExpectations, List[str]]:
    _, runs, mistakes = read_expectations({"image": ":image", **fields})
    return runs, list(map(str, mistakes))


def test_all_fields_are_read() -> None:
    command = {
        "args": ["--check"], "stdin": "…", "exit_code": 2, "stderr_matches": "no config", "stdout": "", "env": {"X": "1"},
        "timeout": 5,
    }  # fmt: skip
    service = {"args": [], "port": 8080, "path": "/healthz", "status": 204, "within": 5, "stop_within": 2}
    runs, mistakes = read(commands=[command, {}], service=service, read_only=True, restricted=True)
    assert mistakes == []
    wanted = CommandExpectation(("--check",), (("X", "1"),), "…", 2, "", None, None, "no config", 5)
    assert runs.commands == (wanted, CommandExpectation())
    assert runs.service == ServiceExpectation(8080, (), (), "/healthz", 204, 5, 2)
    assert (runs.read_only, runs.restricted, runs.count) == (True, True, 3)
    assert RunExpectations.from_json(runs.to_json()) == runs


@pytest.mark.parametrize(
    "fields, mistake",
    [
        ({"commands": {}}, "field `commands`: {} is not a list"),
        ({"commands": ["--version"]}, "field `commands`, item 1: '--version' is not a dict; write {'args': ['--version']}"),
        ({"commands": [{"arg": []}]}, "'arg' is not a valid key; did you mean 'args'"),
        ({"commands": [{"args": "--version"}]}, "key 'args': '--version' is not a list"),
        ({"commands": [{"args": [1]}]}, "1 is not a string"),
        ({"commands": [{}, {"exit_code": 256}]}, "item 2, key 'exit_code': 256 is not a valid exit code"),
        ({"commands": [{"exit_code": True}]}, "True is not a valid exit code"),
        ({"commands": [{"timeout": 0}]}, "0 is not a valid number of seconds; write a whole number from 1 to 600"),
        ({"commands": [{"stdout_matches": "("}]}, "'(' is not a valid regular expression"),
        ({"commands": [{"stdout": "", "stdout_matches": ""}]}, "it has both 'stdout' and 'stdout_matches'; write one"),
        ({"commands": [{"env": ["A=b"]}]}, "is not a dict; write {'NAME': 'value'}"),
        ({"service": {}}, "field `service`: it has no 'port'"),
        ({"service": {"port": 0}}, "key 'port': 0 is not a valid port"),
        ({"service": {"port": 80, "path": "health"}}, "'health' is not a valid path of a request"),
        ({"service": {"port": 80, "path": "/a b"}}, "'/a b' is not a valid path"),
        ({"service": {"port": 80, "path": "/a\r\nX: y"}}, "is not a valid path"),
        ({"service": [80]}, "is not a dict; write {'port': 8080, 'path': '/healthz'}"),
        ({"read_only": True, "files": {"/app": {}}}, "field `read_only`: nothing is run; set `commands` or `service`"),
        ({"commands": []}, "none of them is set, so nothing would be tested"),
    ],
)
def test_mistakes(fields: Dict[str, Any], mistake: str) -> None:
    _, mistakes = read(**fields)
    assert any(mistake in text for text in mistakes), mistakes


def outcome(path: str, **fields: object) -> Tuple[str, bool]:
    runs, mistakes = read(**fields)
    assert mistakes == []
    return run_main.tested(runs, path, str(choose(own_network=True)), os.uname().machine)


@pytest.fixture(scope="module")
def image(probe: bytes, tmp_path_factory: pytest.TempPathFactory) -> str:
    return running.image(tmp_path_factory.mktemp("runs") / "image", probe, directory("tmp", 0o1777))


def test_what_holds(image: str) -> None:
    commands = [
        {"stdout": "hello\n", "stderr": ""},
        {"args": ["exit", "3"], "exit_code": 3},
        {"args": ["echo"], "stdin": "given\n" * 50_000, "stdout": "given\n" * 50_000},
        {"args": ["stderr", "no config: x", "2"], "exit_code": 2, "stderr_matches": r"no config: \w"},
        {"args": ["report"], "env": {"X": "y"}, "stdout_matches": "(?m)^env X=y$"},
        # Each command has a root of its own.
        {"args": ["write", "/tmp/once"], "stdout": "write /tmp/once: ok\n"},
        {"args": ["read", "/tmp/once"], "stdout": "read /tmp/once: ENOENT\n"},
    ]
    text, holds = outcome(image, commands=commands)
    assert holds, text
    assert text.startswith(":image: 7 programs run as expected, linux/amd64 on rung ")


@pytest.mark.parametrize(
    "command, lines",
    [
        ({"args": ["exit", "3"]}, ["command ['exit', '3']", "exit code", "- 0", "+ 3"]),
        ({"stdout": "bye\n"}, ["-bye", "+hello"]),
        ({"stdout_matches": "^bye"}, ["expected a match of '^bye', found none", "hello"]),
        ({"args": ["crash"]}, ["+ 139, ended by SIGSEGV"]),
        ({"args": ["wait"], "timeout": 3}, ["expected an end within 3 s, found still running", "stdout: ready"]),
        ({"args": ["flood"]}, ["expected at most 1 048 576 bytes of output, found more"]),
        ({"args": ["fork", "left-by-test", "1"], "timeout": 1}, ["still running"]),
        ({"args": ["stderr", "\x1b[2Jboo", "1"]}, ["stderr: \\x1b[2Jboo"]),
    ],
)
def test_what_differs(command: Dict[str, object], lines: List[str], image: str) -> None:
    text, holds = outcome(image, commands=[command])
    assert not holds
    for line in lines:
        assert line in text


def test_a_service(image: str, probe: bytes, tmp_path: Path) -> None:
    text, holds = outcome(image, service={"args": ["serve", "8080"], "port": 8080, "path": "/healthz", "stop_within": 1})
    assert not holds
    assert "expected an end within 1 s of SIGTERM, found still running" in text and "as process 1" in text
    run = RunConfig(entrypoint=("/app",), user="65532:65532", stop_signal="SIGKILL")
    path = running.image(tmp_path / "one", probe, run=run)
    assert outcome(path, service={"args": ["serve", "8080"], "port": 8080, "path": "/healthz"})[1]
    service = {"args": ["serve", "8080"], "port": 8080, "within": 1}
    said = outcome(path, service={**service, "within": 3})[0]
    assert "expected status 200 from / within 3 s, found status 404" in said
    refused = outcome(path, service={**service, "port": 8081})[0]
    assert "Connection refused" in refused and "exposed_ports" not in refused
    other = running.image(tmp_path / "other", probe, run=replace(run, exposed_ports=("53/udp", "8080/tcp")))
    named = "`exposed_ports` of the image has 53/udp, 8080/tcp, and not 8081"
    assert named in outcome(other, service={**service, "port": 8081})[0]
    assert "exposed_ports" not in outcome(other, service=service)[0]
    assert "found that it ended with exit code 64" in outcome(path, service={"args": ["x"], "port": 1})[0]


LOW = RunConfig(entrypoint=("/app",), user="65532:65532")


def works(*args: str) -> Dict[str, object]:
    """The field for a command that must be able to do something."""
    return {"commands": [{"args": list(args), "stdout_matches": "ok"}]}


# Defect → (layers, configuration, fields of the test that finds it, what is shown).
DEFECTS: Dict[str, Tuple[List[running.Entries], RunConfig, Dict[str, object], str]] = {
    "no CA certificates": ([], LOW, works("read", "/etc/ssl/certs/ca-certificates.crt"), "ENOENT"),
    "no time zones": ([], LOW, works("read", "/usr/share/zoneinfo/Europe/Berlin"), "ENOENT"),
    "no /tmp": ([], LOW, works("write", "/tmp/x"), "ENOENT"),
    "/tmp that is not writable": ([directory("tmp")], LOW, works("write", "/tmp/x"), "EACCES"),
    "no passwd": ([], LOW, works("read", "/etc/passwd"), "ENOENT"),
    "volume of another owner": (
        [], RunConfig(entrypoint=("/app",), user="65532:65532", volumes=("/data",)),
        works("write", "/data/x"), "EACCES",
    ),
    "read-only root": (
        [directory("tmp", 0o1777)], LOW, {"read_only": True, **works("write", "/tmp/x")}, "EROFS",
    ),
    "port below 1024": ([], LOW, {"service": {"args": ["serve", "80"], "port": 80, "path": "/healthz"}}, "bind: EACCES"),
    "missing file": ([], LOW, works("read", "/etc/config.toml"), "ENOENT"),
    "wrong argument": ([], RunConfig(entrypoint=("/app", "--serve")), {"commands": [{}]}, "unknown: --serve"),
    "SIGTERM ignored": (
        [], LOW, {"service": {"args": ["serve", "8080"], "port": 8080, "path": "/healthz", "stop_within": 1}},
        "as process 1",
    ),
    "exit code": ([], LOW, {"commands": [{"args": ["exit", "9"]}]}, "+ 9"),
}  # fmt: skip


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_is_found(defect: str, probe: bytes, tmp_path: Path) -> None:
    layers, run, fields, shown = DEFECTS[defect]
    text, holds = outcome(running.image(tmp_path, probe, *layers, run=run), **fields)
    assert not holds and shown in text, text


def test_what_the_process_is_given_and_says(image: str, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    runs, _ = read(commands=[{}])
    (tmp_path / "expectations.json").write_bytes(runs.to_json())
    rung, machine = str(choose(own_network=True)), os.uname().machine
    assert run_main.main([str(tmp_path / "expectations.json"), image, rung, machine]) == 0
    assert b"1 program runs as expected" in capsysbinary.readouterr().out
    assert run_main.main([str(tmp_path / "expectations.json"), str(tmp_path), rung, machine]) == 1
    assert b":image cannot be run: " in capsysbinary.readouterr().out


def test_a_program_of_another_platform_is_not_run(image: str) -> None:
    with pytest.raises(NotRun, match="has no image for linux/s390x"):
        outcome(image, commands=[{}], platform="linux/s390x")


@pytest.mark.parametrize("rung", ["exact (full map)", "user", "chroot"])
def test_poorer_rungs_run_tests_as_well(rung: str, image: str, tmp_path: Path) -> None:
    # By chroot, the port is the machine's, and the program ends in time.
    port, stop_within = free_port(), 10 if rung == "chroot" else 1
    service = {"args": ["serve", str(port)], "port": port, "path": "/healthz", "stop_within": stop_within}
    runs, _ = read(commands=[{}], service=service)
    (tmp_path / "expectations.json").write_bytes(runs.to_json())
    command = [sys.executable, "-m", "scratch_image.structure.run_main", str(tmp_path / "expectations.json"), image, rung]
    machine = os.uname().machine
    done = subprocess.run(
        [*running.MACHINES[rung], *command, machine], env=environment(), capture_output=True, text=True, timeout=60
    )
    probed = subprocess.run(
        [*running.MACHINES[rung], sys.executable, "-m", "scratch_image.run.probe"],
        env=environment(), capture_output=True, text=True,
    )  # fmt: skip
    assert probed.stdout.splitlines() == [rung, machine]
    # Outside of a PID namespace, the program is not process 1, and SIGTERM ends it.
    assert done.returncode == (0 if rung == "chroot" else 1), done.stdout + done.stderr
    assert ("as process 1" in done.stdout) == (rung != "chroot")


def test_a_port_that_is_taken(image: str, tmp_path: Path) -> None:
    """Without a network of its own, another server on this machine would answer for the program."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        service = {"args": ["serve", "8080"], "port": other.getsockname()[1], "within": 1}
        runs, _ = read(service=service)
        (tmp_path / "expectations.json").write_bytes(runs.to_json())
        command = ["-m", "scratch_image.structure.run_main", str(tmp_path / "expectations.json"), image, "chroot"]
        done = subprocess.run(
            [*running.MACHINES["chroot"], sys.executable, *command, os.uname().machine],
            env=environment(), capture_output=True, text=True, timeout=60,
        )  # fmt: skip
    assert done.returncode == 1
    assert "found something else on this machine that listens on the port" in done.stdout, done.stdout + done.stderr


def test_a_machine_that_runs_nothing_has_a_reason(tmp_path: Path) -> None:
    prefix = confined("--seccomp", "--drop", "sys_admin,sys_chroot")
    done = subprocess.run(
        [*prefix, sys.executable, "-m", "scratch_image.run.probe"], env=environment(), capture_output=True, text=True
    )
    assert done.returncode == 1 and done.stdout.startswith("this machine lets no image run without a container engine:")


def test_json_of_the_contract_is_stable() -> None:
    runs, _ = read(commands=[{"args": ["a"]}])
    assert json.loads(runs.to_json())["commands"][0]["args"] == ["a"]
