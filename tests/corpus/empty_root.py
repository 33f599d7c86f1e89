"""How a kernel answers where a program is all that there is: `execve` in an empty root, as nobody."""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Callable, Dict, List, Optional

from tests.corpus.recipes import CRASHES, FAILS, RUNS

_CLONE_NEWUSER = 0x10000000
_NOBODY = 65534
_SECONDS = 30
# OCI platform → the name that qemu's emulator for programs has for the CPU. An x86-64 kernel runs 386 itself.
EMULATORS: Dict[str, str] = {
    "linux/arm": "arm",
    "linux/arm64": "aarch64",
    "linux/loong64": "loongarch64",
    "linux/mips": "mips",
    "linux/mips64": "mips64",
    "linux/mips64le": "mips64el",
    "linux/mipsle": "mipsel",
    "linux/ppc64": "ppc64",
    "linux/ppc64le": "ppc64le",
    "linux/riscv64": "riscv64",
    "linux/s390x": "s390x",
}


class NoRoot(Exception):
    """This machine lets no process change its root; the text says why."""


def end_of(program: Path, root: Path, emulator: Optional[str] = None) -> tuple[str, str]:
    """(how it ended: RUNS, CRASHES, FAILS or the name of execve's error; what it printed). `root` becomes a directory with
    the program, and the emulator if there is one."""
    root.mkdir()
    root.chmod(0o755)
    command = ["/app", "--version"]
    _copy(program, root / "app")
    if emulator:
        _copy(Path(emulator), root / "emulator")
        command = ["/emulator", *command]
    try:
        return _run(command, root, emulated=bool(emulator))
    finally:
        shutil.rmtree(root)


def _copy(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    target.chmod(0o755)


def _run(command: List[str], root: Path, emulated: bool) -> tuple[str, str]:
    try:
        done = subprocess.run(
            command,
            preexec_fn=_into(root),
            env={},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_SECONDS,
        )
    except subprocess.TimeoutExpired as hung:
        return FAILS, f"it hung; output: {hung.output!r}"
    except subprocess.SubprocessError as error:
        raise NoRoot(str(error)) from error
    except OSError as error:
        return errno.errorcode[error.errno or 0], ""
    output = done.stdout.decode("utf-8", "backslashreplace")
    if emulated and "Could not open '/" in output:
        return "ENOENT", output  # qemu opens the loader itself.
    if done.returncode < 0:
        return CRASHES, f"{signal.Signals(-done.returncode).name} {output}"
    return (FAILS if done.returncode else RUNS), output


def _into(root: Path) -> Callable[[], None]:
    """What a child does between fork and execve. It ends as nobody: a program of another system calls what it likes."""
    is_root = os.geteuid() == 0
    unshare = ctypes.CDLL(None, use_errno=True).unshare

    def enter() -> None:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
        if not is_root and unshare(_CLONE_NEWUSER) != 0:
            raise PermissionError("no user namespaces")
        os.chroot(root)
        os.chdir("/")
        if is_root:
            try:
                os.setgroups([])
                os.setgid(_NOBODY)
                os.setuid(_NOBODY)
            except OSError:
                pass  # Root of a user namespace, who is nobody outside of it.

    return enter
