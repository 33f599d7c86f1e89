"""What `./pants` promises whichever of Pants' two clients serves a command: the native one, or the Python one."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Callable, Dict, Iterator, Tuple

import pytest

from tests.support.repository import Repository

# A build root whose pantsd starts quickly: nothing but commands to run.
PANTS_TOML = """\
[GLOBAL]
pants_version = "2.17.1"
backend_packages = ["pants.backend.shell"]
"""
BUILD = """\
run_shell_command(name="arguments", command='printf "<%s>" "$@"; exit 7', workdir=".")
run_shell_command(name="client", command='printf "%s" "$_PANTS_SERVER_EXE"', workdir=".")
run_shell_command(name="sleep", command="echo $$ >>started; exec sleep 60", workdir=".")
run_shell_command(name="stdin", command="cat", workdir=".")
"""
CLIENTS = pytest.mark.parametrize("client", [{}, {"PANTS_NO_NATIVE_CLIENT": "1"}], ids=["native", "python"])


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    copy = Repository(tmp_path_factory.mktemp("user") / "check out")
    copy.write("pants.toml", PANTS_TOML)
    copy.write("BUILD", BUILD)
    yield copy
    copy.close()


@pytest.fixture
def warm(repository: Repository) -> Repository:
    repository.ok("--version")
    (repository.root / "started").unlink(missing_ok=True)
    return repository


def start(repository: Repository, *args: str, **env: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(repository.root / "pants"), *args],
        cwd=repository.root,
        env={**repository.env, **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> Tuple[int, str, str]:
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def sleeping(repository: Repository, **env: str) -> subprocess.Popen[str]:
    """A client whose command has begun and will not end."""
    process = start(repository, "run", "//:sleep", **env)
    wait_for(lambda: bool(started(repository)))
    return process


def started(repository: Repository) -> str:
    file = repository.root / "started"
    return file.read_text() if file.exists() else ""


def pantsd(repository: Repository) -> int:
    (pid,) = repository.root.glob(".pids/*/pantsd/pid")
    return int(pid.read_text())


def runs(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], stdout=subprocess.PIPE, text=True).stdout
    return bool(state) and not state.startswith("Z")


@CLIENTS
def test_a_warm_run_prints_nothing_of_its_own(warm: Repository, client: Dict[str, str]) -> None:
    assert finish(start(warm, "--version", **client)) == (0, "2.17.1\n", "")


def test_a_warm_run_starts_no_python(warm: Repository) -> None:
    """A Python that starts in this environment says what it imports."""
    spy = {"PYTHONPROFILEIMPORTTIME": "1"}
    assert finish(start(warm, "--version", **spy)) == (0, "2.17.1\n", "")
    assert "import time:" in finish(start(warm, "--version", PANTS_NO_NATIVE_CLIENT="1", **spy))[2]


@CLIENTS
def test_arguments_and_exit_codes_pass_untouched(warm: Repository, client: Dict[str, str]) -> None:
    args = ["a b", "*", "", "$HOME", "it's", "--", "--colour=never", "é"]
    done = finish(start(warm, "run", "//:arguments", "--", *args, **client))
    assert done == (7, "".join(f"<{arg}>" for arg in args), "")


def test_an_option_of_the_command_is_not_an_option_of_the_client(warm: Repository) -> None:
    """Pants starts pantsd anew for it, whichever client reads it, but nothing else may come of it."""
    for option in ("--level=debug", "--no-pantsd"):
        returncode, out, err = finish(start(warm, "run", "//:arguments", "--", option))
        assert (returncode, out) == (7, f"<{option}>")
        assert "DEBUG" not in err


@CLIENTS
def test_stdin_reaches_the_command(warm: Repository, client: Dict[str, str]) -> None:
    done = subprocess.run(
        [str(warm.root / "pants"), "run", "//:stdin"],
        cwd=warm.root,
        env={**warm.env, **client},
        input="a\nb\n",
        stdout=subprocess.PIPE,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, "a\nb\n")


@CLIENTS
@pytest.mark.parametrize(
    ("number", "status", "said"), [(signal.SIGINT, 1, "Interrupted by user."), (signal.SIGTERM, -signal.SIGTERM, "")]
)
def test_a_signal_ends_the_command(
    warm: Repository, client: Dict[str, str], number: signal.Signals, status: int, said: str
) -> None:
    process = sleeping(warm, **client)
    process.send_signal(number)
    returncode, out, err = finish(process)
    assert (returncode, out, err.strip()) == (status, "", said)
    wait_for(lambda: not runs(int(started(warm))))
    # The daemon may still be ending the run: then the client says that it waits for it.
    assert finish(start(warm, "--version"))[:2] == (0, "2.17.1\n")


@CLIENTS
def test_a_second_interrupt_ends_the_client(warm: Repository, client: Dict[str, str]) -> None:
    """It must not be taken for a failure to reach pantsd, which would start the command again."""
    process = sleeping(warm, **client)
    daemon = pantsd(warm)
    os.kill(daemon, signal.SIGSTOP)
    try:
        process.send_signal(signal.SIGINT)
        time.sleep(1)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        returncode, out, err = finish(process)
    finally:
        os.kill(daemon, signal.SIGCONT)
    assert (returncode, out) == (1, "")
    assert "interrupted" in err.lower() and "Traceback" not in err
    assert len(started(warm).split()) == 1


@CLIENTS
def test_a_pantsd_that_is_killed_during_a_command_is_reported(warm: Repository, client: Dict[str, str]) -> None:
    process = sleeping(warm, **client)
    os.kill(pantsd(warm), signal.SIGKILL)
    returncode, out, err = finish(process)
    (sleep,) = started(warm).split()
    os.kill(int(sleep), signal.SIGKILL)
    assert (returncode, out) == (1, "")
    assert "pantsd" in err and "killed" in err and "--no-pantsd" in err
    assert ("Traceback" in err) == bool(client)


def test_a_pantsd_that_was_killed_between_two_commands_is_replaced(warm: Repository) -> None:
    killed = pantsd(warm)
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: not runs(killed))
    returncode, out, _ = finish(start(warm, "--version"))
    assert (returncode, out) == (0, "2.17.1\n")
    assert pantsd(warm) != killed


@pytest.mark.parametrize(
    ("args", "env"),
    [
        (["--no-pantsd"], {}),
        ([], {"PANTS_PANTSD": "false"}),
        (["--concurrent"], {}),
        ([], {"PANTS_CONCURRENT": "true"}),
        (["--no-pantsd"], {"PANTS_NO_NATIVE_CLIENT": "1"}),
    ],
)
def test_pants_runs_without_pantsd_if_it_is_told_to(warm: Repository, args: Tuple[str, ...], env: Dict[str, str]) -> None:
    daemon = pantsd(warm)
    os.kill(daemon, signal.SIGSTOP)
    try:
        returncode, out, _ = finish(start(warm, *args, "run", "//:arguments", "--", "x", **env))
    finally:
        os.kill(daemon, signal.SIGCONT)
    assert (returncode, out) == (7, "<x>")


@pytest.mark.parametrize("state", ["warm", "cold"])
def test_two_at_once_both_succeed(warm: Repository, state: str) -> None:
    if state == "cold":
        daemon = pantsd(warm)
        os.kill(daemon, signal.SIGKILL)
        wait_for(lambda: not runs(daemon))
    both = [start(warm, "run", "//:arguments", "--", name) for name in "ab"]
    assert [finish(process)[:2] for process in both] == [(7, "<a>"), (7, "<b>")]


@CLIENTS
def test_a_reader_may_leave(warm: Repository, client: Dict[str, str]) -> None:
    process = start(warm, "help-all", **client)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    err = process.stderr.read()
    assert process.wait(timeout=120) == 1
    if not client:
        assert err == ""


def without_client(repository: Repository, cache: Path) -> Tuple[Path, Dict[str, str]]:
    """An installation of its own, and the environment that selects it. Its native client is yet to be made."""
    installed = Path(repository.ok("run", "//:client")).parent.parent
    copy = cache / installed.name
    copy.mkdir()
    for part in installed.iterdir():
        if part.name != "ready.sh":
            (copy / part.name).symlink_to(part)
    lines = (installed / "ready.sh").read_text().splitlines()
    client = copy / "native_client"
    changed = [f"native_client='{client}'" if line.startswith("native_client=") else line for line in lines]
    (copy / "ready.sh").write_text("\n".join(changed) + "\n")
    return client, {"SCRATCH_IMAGE_LAUNCHER_CACHE": str(cache)}


@pytest.mark.parametrize("machine", [None, 0xFEED])
def test_without_a_usable_native_client_the_python_client_serves(warm: Repository, tmp_path: Path, machine: int) -> None:
    """It is missing, or it is a program of a machine that does not exist."""
    client, env = without_client(warm, tmp_path)
    if machine:
        program = bytearray(Path(str(shutil.which("true"))).read_bytes())
        program[18:20] = machine.to_bytes(2, "little")
        client.write_bytes(program)
        client.chmod(0o755)
    returncode, out, err = finish(start(warm, "--version", **env))
    assert (returncode, out) == (0, "2.17.1\n")
    assert "pants: Pants' native client could not be started" in err
    assert f"; delete {client.parent} to have it installed again." in err
    assert finish(start(warm, "--version", PANTS_NO_NATIVE_CLIENT="1", **env)) == (0, "2.17.1\n", "")
