"""`scratch-image run` as those see it that start it: exit codes, signals, output, a terminal, what Docker documents."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from pathlib import Path
from typing import List, Tuple

import pytest

from scratch_image.oci.spec import RunConfig
from tests.support import running
from tests.support.layouts import layout, program_archive
from tests.support.packages import finding, write_package
from tests.support.running import command, directory, environment, file


@pytest.fixture(scope="module")
def image(probe: bytes, tmp_path_factory: pytest.TempPathFactory) -> str:
    return running.image(tmp_path_factory.mktemp("foreground") / "image", probe, directory("tmp", 0o1777))


@pytest.mark.parametrize(
    "args, code",
    [
        ((), 0),
        (("exit", "3"), 3),
        (("exit", "255"), 255),
        # The kernel lets no signal end process 1 that is sent from within, unless it is a fault.
        (("kill", "15"), 0),
        (("crash",), 139),
        (("exec", "/app", "exit", "7"), 7),
        (("exec", "/nothing"), 5),
    ],
)
def test_the_exit_code_is_the_programs(image: str, args: Tuple[str, ...], code: int) -> None:
    assert running.run(image, *args).returncode == code


@pytest.mark.parametrize(
    "entrypoint, layers, code, text",
    [
        (("/nothing",), [], 127, "there is no program /nothing in the image"),
        (("nothing",), [], 127, "there is no program nothing in the image, and PATH does not lead to it"),
        (("/app/below",), [], 127, "there is no program /app/below"),
        (("/text",), [file("text", b"hello", 0o755)], 126, "it is not a program for this CPU"),
        (("/script",), [file("script", b"#!/bin/sh\n", 0o755)], 127, "the loader that it names is not in the image"),
        (("/plain",), [file("plain", b"", 0o644)], 126, "Permission denied"),
        (("/dir",), [directory("dir")], 126, "Permission denied"),
        (("",), [], 125, "names no program"),
    ],
)
def test_a_program_that_cannot_start_has_dockers_code_and_a_sentence(
    entrypoint: Tuple[str, ...], layers: List[running.Entries], code: int, text: str, probe: bytes, tmp_path: Path
) -> None:
    path = running.image(tmp_path, probe, *layers, run=RunConfig(entrypoint=entrypoint, user="1:1"))
    done = running.run(path)
    assert (done.returncode, done.stdout) == (code, "")
    assert text in done.stderr and "Traceback" not in done.stderr


def test_a_program_is_found_in_the_images_path(probe: bytes, tmp_path: Path) -> None:
    run = RunConfig(entrypoint=("tool",), env=("PATH=/none:/opt",), user="1:1")
    path = running.image(tmp_path, probe, file("opt/tool", probe, 0o755), run=run)
    assert running.run(path).stdout == "hello\n"


def test_nothing_of_the_environment_reaches_the_program(image: str) -> None:
    done = running.run(image, "report", options=["--env", "SHOWN=1"], SECRET="hunter2", TERM="dumb")
    names = re.findall(r"^env (\w+)=", done.stdout, re.M)
    assert names == ["PATH", "HOSTNAME", "SHOWN", "HOME"]
    assert "descriptor" not in done.stdout


def test_input_and_output_pass(image: str) -> None:
    content = os.urandom(300_000)
    done = subprocess.run(command(image, "echo"), input=content, capture_output=True, env=environment())
    assert done.stdout == content
    done2 = running.run(image, "stderr", "to stderr", "4")
    assert (done2.returncode, done2.stdout) == (4, "") and done2.stderr.endswith("to stderr\n")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_descriptors_are_no_problem(closed: str, image: str) -> None:
    done = subprocess.run(["sh", "-c", f'"$@" {closed}', "sh", *command(image, "exit", "6")], env=environment())
    assert done.returncode == 6


def started(path: str, *args: str, options: Tuple[str, ...] = ()) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        command(path, *args, options=options), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment()
    )
    assert process.stdout is not None and process.stdout.readline() == b"ready\n"
    return process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1])
def test_signals_reach_the_program(image: str, number: signal.Signals) -> None:
    process = started(image, "catch", str(int(number)))
    process.send_signal(number)
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, out) == (40 + number, f"got {int(number):02}\n".encode())


def test_a_program_that_ignores_its_end_is_killed_at_the_third_request(image: str) -> None:
    process = started(image, "wait")
    for _ in range(2):
        process.send_signal(signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=0.3)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 137


def test_children_end_with_process_1(image: str) -> None:
    process = started(image, "fork", "left-by-run")
    assert process.wait(timeout=60) == 0
    comms = []
    for path in Path("/proc").glob("[0-9]*/comm"):
        try:
            comms.append(path.read_text())
        except OSError:
            pass
    assert "left-by-run\n" not in comms


def in_terminal(path: str, *args: str, keys: bytes = b"", until: bytes = b"") -> Tuple[int, bytes]:
    """(exit code, all that was shown) of a run in a terminal of 31 lines and 77 columns."""
    process, master = pty.fork()
    if process == 0:
        try:
            os.execve(command(path)[0], command(path, *args), environment())
        finally:
            os._exit(99)
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("4H", 31, 77, 0, 0))
    shown, deadline = b"", time.monotonic() + 60
    while time.monotonic() < deadline:
        if select.select([master], [], [], 0.1)[0]:
            try:
                shown += os.read(master, 4096)
            except OSError:
                break
        if keys and until in shown:
            os.write(master, keys)
            keys = b""
    _, status = os.waitpid(process, 0)
    os.close(master)
    return os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status), shown


def test_a_terminal_is_one_of_the_images_own(image: str) -> None:
    code, shown = in_terminal(image, "tty")
    assert code == 0 and b"tty /dev/pts/0 1 1 31 77 open 1\r\n" in shown


def test_ctrl_c_reaches_the_program_and_its_exit_code_survives(image: str) -> None:
    code, shown = in_terminal(image, "catch", "2", keys=b"\x03", until=b"ready")
    assert code == 42 and b"got 02" in shown


def test_warnings_of_the_image_may_explain_a_failure(probe: bytes, tmp_path: Path) -> None:
    files = layout([program_archive(probe)], run=running.NONROOT)
    temporary = finding("warning", "SR043", ":bin writes to /tmp", 'runtime_files=["tmp"]')
    symbols = finding("info", "SR052", ":bin has 2 MB of symbols", "strip it")
    path = write_package(files, tmp_path, [temporary, symbols])
    assert "may explain" not in running.run(path).stderr
    failed = running.run(path, "exit", "1")
    assert 'may explain it: SR043 :bin writes to /tmp; fix: runtime_files=["tmp"]' in failed.stderr
    assert "SR052" not in failed.stderr


def test_restricted_and_read_only(probe: bytes, tmp_path: Path) -> None:
    low = bytes.fromhex("0100000200040000000000000000000000000000")
    run = RunConfig(entrypoint=("/app",), user="65532:65532", volumes=("/data",))
    data = {**directory("data", 0o755, 65532, 65532), **file("data/kept", b"kept\n")}
    path = running.image(tmp_path / "image", probe, {**data, **directory("tmp", 0o1777)}, run=run)
    written = running.run(path, "write", "/tmp/a", "/data/a", options=["--read-only"]).stdout
    assert written == "write /tmp/a: EROFS\nwrite /data/a: ok\n"
    assert "kept" in running.run(path, "cat", "/data/kept", options=["--read-only"]).stdout
    restricted = running.run(path, "report", options=["--restricted"]).stdout
    assert "CapBnd:\t0000000000000000" in restricted and "NoNewPrivs:\t1" in restricted
    capable = running.image(tmp_path / "capable", probe, app={"capability": low}, run=run)
    # A capability that is permitted and effective, but not in the bounding set, makes execve fail.
    if os.geteuid() == 0:
        assert running.run(capable, "bind", "80", options=["--network=none"]).stdout == "bind: ok\n"
        refused = running.run(capable, "bind", "80", options=["--network=none", "--restricted"])
        assert (refused.returncode, refused.stdout) in ((126, ""), (0, "bind: EACCES\n"))
    assert running.run(path, "bind", "80", options=["--network=none"]).stdout == "bind: EACCES\n"
    assert running.run(path, "bind", "80", options=["--network=none", "--low-ports"]).stdout == "bind: ok\n"


def test_mounts(image: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("of the host\n")
    (tmp_path / "file").chmod(0o666)
    tmp_path.chmod(0o777)
    options = [f"--mount={tmp_path}:/host", f"--mount={tmp_path}/file:/etc/one:ro"]
    assert "/etc/one| of the host" in running.run(image, "cat", "/etc/one", options=options).stdout
    done = running.run(image, "write", "/host/new", "/etc/one", options=options)
    assert done.stdout == "write /host/new: ok\nwrite /etc/one: EROFS\n"
    assert (tmp_path / "new").exists()


@pytest.mark.parametrize("rung_of", ["65532:65532", "0:0"])
def test_what_is_of_the_host_is_out_of_reach(rung_of: str, probe: bytes, tmp_path: Path) -> None:
    tree = {**directory("tmp", 0o1777), **running.link("link", "/proc/1/root/../../..")}
    path = running.image(tmp_path / "image", probe, tree, run=RunConfig(entrypoint=("/app",), user=rung_of))
    mounted = tmp_path / "mounted"
    mounted.mkdir()
    done = running.run(path, "escapes", options=[f"--mount={mounted}:/host"])
    lines = [line for line in done.stdout.splitlines() if line.endswith(": ok")]
    # Within its own root and its own processes, a program may do these.
    # A new user namespace, which Docker's seccomp filter refuses, has capabilities over nothing that is here.
    allowed = {"kill everything: ok", "unshare user: ok", "chroot out: .: ok"}
    assert done.returncode == 0 and "open /proc/1/root/etc/shadow: ENOENT" in done.stdout
    if rung_of == "0:0":
        allowed |= {f"mknod {what}: ok" for what in ("disk", "disk in /dev", "log in /dev", "disk in /host")}
        assert all(
            f"open {what}: EACCES" in done.stdout for what in ("disk", "disk in /dev", "log in /dev", "disk in /host")
        )
    assert set(lines) <= allowed


def test_a_device_that_is_mounted_itself_is_used(probe: bytes, tmp_path: Path) -> None:
    path = running.image(tmp_path / "image", probe, run=RunConfig(entrypoint=("/app",)))
    done = running.run(path, "write", "/other", "/dev/null", options=["--mount=/dev/null:/other"])
    assert done.stdout == "write /other: ok\nwrite /dev/null: ok\n"
