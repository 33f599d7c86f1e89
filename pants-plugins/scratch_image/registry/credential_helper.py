"""Programs that keep logins (docker-credential-helpers, "Development"): `docker-credential-NAME get` reads the name of a
server on stdin and writes `{"ServerURL": …, "Username": …, "Secret": …}` on stdout.

Such a program may be missing, hang, or write too much. What it writes is never shown, because any of it may be the secret.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import threading
from typing import List, Tuple

from scratch_image.oci.numbers import counted
from scratch_image.registry import json_object
from scratch_image.registry.environment import Environment
from scratch_image.registry.errors import RegistryError
from scratch_image.registry.login import Login

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_TIMEOUT = 30.0
_MAX_OUTPUT = 64 << 10
# What helpers write, with exit status 1, if they know no login (credentials/error.go).
_NOT_FOUND = b"credentials not found in native keychain"
# In the place of a user name it says that the secret is an identity token.
_IDENTITY_TOKEN = "<token>"


class HelperFailed(RegistryError):
    """A helper gave no answer. The text holds nothing that the helper wrote."""


def get(name: str, server: str, environment: Environment, timeout: float = _TIMEOUT) -> Login:
    """The login that `docker-credential-<name>` has for a server, false if it has none. `timeout` is in seconds. Raises
    HelperFailed."""
    program = f"docker-credential-{name}"
    path = shutil.which(program, path=environment.get("PATH")) if _NAME.fullmatch(name) else None
    if path is None:
        raise _failed(program, "is not on PATH")
    status, output = _run(path, server, environment, timeout)
    if status != 0:
        if _NOT_FOUND in output:
            return Login()
        raise _failed(program, f"ended with exit status {status} for {server}")
    try:
        return read(output)
    except ValueError:
        raise _failed(program, f"did not answer with a login for {server}") from None


def read(output: bytes) -> Login:
    """The login in what a helper wrote. Raises ValueError, with a text that may quote it."""
    answer = json_object.texts(json_object.parse(output))
    username, secret = answer.get("Username"), answer.get("Secret")
    if username is None or secret is None:
        raise ValueError("no login")
    return Login(identity_token=secret) if username == _IDENTITY_TOKEN else Login(username, secret)


def _failed(program: str, how: str) -> HelperFailed:
    return HelperFailed(f"the credential helper {program!r} {how}")


def _run(path: str, server: str, environment: Environment, timeout: float) -> Tuple[int, bytes]:
    """(exit status, stdout). The program gets a session of its own, so that all that it starts can be ended with it."""
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
        raise _failed(program, f"cannot be started: {error.strerror}") from None
    output = [b""]
    thread = threading.Thread(target=_communicate, args=(process, server, output), daemon=True)
    thread.start()
    thread.join(timeout)
    try:
        if thread.is_alive():
            raise _failed(program, f"did not answer within {timeout:g} seconds")
        if len(output[0]) > _MAX_OUTPUT:
            raise _failed(program, f"answered with more than {counted(_MAX_OUTPUT, 'byte')}")
        return process.wait(timeout), output[0]
    except subprocess.TimeoutExpired:
        raise _failed(program, f"did not end within {timeout:g} seconds") from None
    finally:
        _kill(process)


def _communicate(process: subprocess.Popen[bytes], server: str, output: List[bytes]) -> None:
    assert process.stdin and process.stdout
    # A helper may end without reading the name.
    with contextlib.suppress(OSError), process.stdin as stdin:
        stdin.write(server.encode("utf-8", "replace"))
    with process.stdout as stdout:
        output[0] = stdout.read(_MAX_OUTPUT + 1)


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
