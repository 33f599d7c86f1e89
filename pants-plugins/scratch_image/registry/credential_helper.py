"""Asks a `docker-credential-…` program (docker-credential-helpers, "Development": `get` takes a server's name on stdin and
answers `{"ServerURL": …, "Username": …, "Secret": …}` on stdout).

The program is somebody else's: it may be missing, hang, or say more than it was asked. Nothing it says is ever shown, as
any of it could be the secret.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import threading
from dataclasses import dataclass, field
from typing import List, Optional

from scratch_image.registry.environment import Environment

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_TIMEOUT = 30.0
_MAX_ANSWER = 64 << 10
# What helpers print, with exit status 1, when they know nothing (credentials/error.go).
_NOT_FOUND = b"credentials not found in native keychain"


class HelperFailed(Exception):
    """A helper did not answer; the text says how, and holds nothing that the helper said."""


@dataclass(frozen=True)
class Secret:
    username: str
    secret: str = field(repr=False)


def ask(name: str, server: str, environment: Environment, timeout: float = _TIMEOUT) -> Optional[Secret]:
    """What `docker-credential-<name>` has for a server, None if it has nothing. `timeout` is in seconds. Raises
    HelperFailed."""
    program = f"docker-credential-{name}"
    path = shutil.which(program, path=environment.get("PATH")) if _NAME.fullmatch(name) else None
    if path is None:
        raise HelperFailed(f"the credential helper {program!r} is not on PATH")
    status, answer = _run(path, server, environment, timeout)
    if status != 0:
        if _NOT_FOUND in answer:
            return None
        raise HelperFailed(f"the credential helper {program!r} ended with the exit status {status} for {server}")
    try:
        data = json.loads(answer)
        secret = Secret(data["Username"], data["Secret"])
    except (ValueError, KeyError, TypeError):
        raise HelperFailed(f"the credential helper {program!r} did not answer with a login for {server}") from None
    if not (isinstance(secret.username, str) and isinstance(secret.secret, str)):
        raise HelperFailed(f"the credential helper {program!r} did not answer with a login for {server}")
    return secret if secret.username and secret.secret else None


def _run(path: str, server: str, environment: Environment, timeout: float) -> tuple[int, bytes]:
    """(exit status, what it printed). A session of its own, so that all that it started can be ended with it."""
    program = os.path.basename(path)
    try:
        process = subprocess.Popen(
            [path, "get"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(environment.variables),
            start_new_session=True,
        )
    except OSError as error:
        raise HelperFailed(f"the credential helper {program!r} can not be started: {error.strerror}") from None
    answer: List[bytes] = []
    talk = threading.Thread(target=_talk, args=(process, server, answer), daemon=True)
    talk.start()
    talk.join(timeout)
    try:
        if talk.is_alive():
            raise HelperFailed(f"the credential helper {program!r} did not answer within {timeout:g} seconds")
        if len(answer[0]) > _MAX_ANSWER:
            raise HelperFailed(f"the credential helper {program!r} answered with more than {_MAX_ANSWER >> 10} KiB")
        return process.wait(timeout), answer[0]
    except subprocess.TimeoutExpired:
        raise HelperFailed(f"the credential helper {program!r} did not end within {timeout:g} seconds") from None
    finally:
        _end(process)


def _talk(process: subprocess.Popen[bytes], server: str, answer: List[bytes]) -> None:
    assert process.stdin and process.stdout
    try:
        with process.stdin as stdin:
            stdin.write(server.encode())
    except OSError:
        # It did not want to know.
        pass
    with process.stdout as stdout:
        answer.append(stdout.read(_MAX_ANSWER + 1))


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    process.wait()
