"""Programs that keep logins (docker-credential-helpers, "Development"): `docker-credential-NAME get` reads the name of a
server on stdin and writes `{"ServerURL": …, "Username": …, "Secret": …}` on stdout.

Such a program may be missing, hang, or write too much. What it writes is never shown, because any of it may be the secret.
"""

from __future__ import annotations

import os
import re
import shutil
import time

from scratch_image.oci.numbers import counted
from scratch_image.registry import json_object, program
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
    helper = f"docker-credential-{name}"
    path = shutil.which(helper, path=environment.get("PATH")) if _NAME.fullmatch(name) else None
    if path is None:
        raise _failed(helper, "is not on PATH")
    ran = _run(path, server, environment, timeout)
    if ran.status != 0:
        if _NOT_FOUND in ran.output:
            return Login()
        raise _failed(helper, f"ended with exit status {ran.status} for {server}")
    try:
        return read(ran.output)
    except ValueError:
        raise _failed(helper, f"did not answer with a login for {server}") from None


def read(output: bytes) -> Login:
    """The login in what a helper wrote. Raises ValueError, with a text that may quote it."""
    answer = json_object.texts(json_object.parse(output))
    username, secret = answer.get("Username"), answer.get("Secret")
    if username is None or secret is None:
        raise ValueError("no login")
    return Login(identity_token=secret) if username == _IDENTITY_TOKEN else Login(username, secret)


def _failed(helper: str, how: str) -> HelperFailed:
    return HelperFailed(f"the credential helper {helper!r} {how}")


def _run(path: str, server: str, environment: Environment, timeout: float) -> program.Ran:
    name = os.path.basename(path)
    end = time.monotonic() + timeout

    def check() -> None:
        if time.monotonic() > end:
            raise _failed(name, f"did not end within {timeout:g} seconds")

    try:
        given = server.encode("utf-8", "replace")
        return program.run([path, "get"], given, environment.variables, _MAX_OUTPUT, check)
    except OSError as error:
        raise _failed(name, f"cannot be started: {error.strerror}") from None
    except program.TooMuch:
        raise _failed(name, f"answered with more than {counted(_MAX_OUTPUT, 'byte')}") from None
