"""Logins in docker's `config.json` and podman's `auth.json`.

docker/cli, cli/config/configfile: `auths`, `credHelpers`, `credsStore`. containers-auth.json(5) adds keys that name a
registry with the beginning of a repository's name.
"""

from __future__ import annotations

import base64
import os
import re
import stat
import threading
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

from scratch_image.registry import credential_helper, json_object
from scratch_image.registry.credential_helper import HelperFailed
from scratch_image.registry.environment import Environment
from scratch_image.registry.login import Login


@dataclass(frozen=True)
class LoginResult:
    """The login for a repository, false if there is none. `notes` say which files and helpers failed, for the error of a
    registry that refuses the request."""

    login: Login
    notes: Tuple[str, ...] = ()


# A longer file is cut, and thus not JSON.
_MAX_SIZE = 8 << 20
# Docker Hub's spellings in files and helpers: docker's own, podman's, and the hosts.
_DOCKER_HUB = ("https://index.docker.io/v1/", "docker.io", "index.docker.io", "registry-1.docker.io")
# The members of an entry that are secrets.
_PLAIN = ("auth", "password", "identitytoken", "registrytoken")


class Credentials:
    """The logins of a run. Each helper is asked once for a name of a registry, because it may ask a person or a server.
    `notice` takes what a person should read once."""

    def __init__(self, environment: Environment, notice: Callable[[str], None] = lambda line: None) -> None:
        self._environment = environment
        self._notice = notice
        self._files: Optional[Dict[str, Dict[str, Any]]] = None
        self._notes: Tuple[str, ...] = ()
        self._of_helpers: Dict[Tuple[str, str], LoginResult] = {}
        self._lock = threading.Lock()

    def find(self, registry: str, repository: str) -> LoginResult:
        """The login for a repository of a registry, which is named as in files of credentials."""
        with self._lock:
            if self._files is None:
                self._files = self._read()
            notes = self._notes
            for path, content in self._files.items():
                found = self._in_file(path, content, registry, repository)
                notes += found.notes
                self._environment.secrets.add(*found.login.secrets)
                if found.login.mistake:
                    # Without this check the error of the HTTP library would show the value.
                    notes += (
                        f"the login for {_host(registry)} in {path} cannot be sent: {found.login.mistake}; log in again",
                    )
                elif found.login:
                    return LoginResult(found.login, notes)
            return LoginResult(Login(), notes)

    def _read(self) -> Dict[str, Dict[str, Any]]:
        files = {}
        for path in self._environment.credential_files:
            try:
                with open(path, "rb") as file:
                    files[path] = json_object.parse(file.read(_MAX_SIZE))
                    everyone = bool(os.fstat(file.fileno()).st_mode & stat.S_IROTH)
                if everyone and _has_plain_login(files[path]):
                    self._notice(f"{path} holds a login, and every user of this machine can read it; run: chmod 600 {path}")
            except FileNotFoundError:
                continue
            except OSError as error:
                self._notes += (f"{path} cannot be read: {error.strerror}",)
            except ValueError:
                # Without the parser's text, which may quote the file.
                self._notes += (f"{path} is not JSON as docker and podman write it",)
        return files

    def _in_file(self, path: str, content: Mapping[str, Any], registry: str, repository: str) -> LoginResult:
        """docker/cli: the registry's own helper comes first, then the store, then the file's own entries."""
        notes: Tuple[str, ...] = ()
        helpers = {_host(key): helper for key, helper in json_object.table(content, "credHelpers").items()}
        for helper in (helpers.get(_host(registry)), content.get("credsStore")):
            if isinstance(helper, str) and helper:
                found = self._of_helper(helper, registry)
                notes += tuple(f"{note} (named in {path})" for note in found.notes)
                if found.login:
                    return LoginResult(found.login, notes)
        login, undecodable = _stored(json_object.table(content, "auths"), registry, repository)
        if undecodable:
            notes += (f"the login for {_host(registry)} in {path} is no base64 of a name and a password; log in again",)
        return LoginResult(login, notes)

    def _of_helper(self, helper: str, registry: str) -> LoginResult:
        key = (helper, registry)
        if key not in self._of_helpers:
            self._of_helpers[key] = self._ask(helper, _DOCKER_HUB if registry in _DOCKER_HUB else (registry,))
        return self._of_helpers[key]

    def _ask(self, helper: str, names: Tuple[str, ...]) -> LoginResult:
        """The login under the first name that has one. A failure at the first name ends the search, and is noted."""
        for name in names:
            try:
                login = credential_helper.get(helper, name, self._environment)
            except HelperFailed as failure:
                return LoginResult(Login(), (str(failure),) if name == names[0] else ())
            if login:
                return LoginResult(login)
        return LoginResult(Login())


def _host(key: str) -> str:
    """The host of a key: `https://index.docker.io/v1/` and `docker.io` are one registry."""
    host = re.sub(r"^https?://|(/v[12])?/*$", "", key)
    return "docker.io" if host in ("index.docker.io", "registry-1.docker.io") else host


def _has_plain_login(content: Mapping[str, Any]) -> bool:
    entries = json_object.table(content, "auths").values()
    return any(isinstance(entry, dict) and any(map(json_object.texts(entry).get, _PLAIN)) for entry in entries)


def _stored(auths: Mapping[str, Any], registry: str, repository: str) -> Tuple[Login, bool]:
    """containers-auth.json(5): the most specific key counts: `host/team/hello`, `host/team`, `host`. Also whether an entry
    that would have counted cannot be decoded."""
    entries: Dict[str, List[Tuple[Login, bool]]] = {}
    for name, value in auths.items():
        if isinstance(value, dict):
            entries.setdefault(_host(name), []).append(_from_entry(value))
    key, undecodable = f"{_host(registry)}/{repository}", False
    while True:
        # Of several spellings of a name, the last with a login: docker leaves an empty entry where a store has it.
        for login, broken in reversed(entries.get(key, ())):
            if login:
                return login, undecodable
            undecodable |= broken
        if "/" not in key:
            return Login(), undecodable
        key = key.rpartition("/")[0]


def _from_entry(entry: Mapping[str, Any]) -> Tuple[Login, bool]:
    """The login of an entry, and whether its `auth` cannot be decoded."""
    values = json_object.texts(entry)
    username, password, broken = values.get("username", ""), values.get("password", ""), False
    if values.get("auth"):
        try:
            # Go's decoder leaves line ends out, and a login may be any bytes.
            content = base64.b64decode(re.sub("[\r\n]", "", values["auth"]), validate=True)
        except ValueError:
            # No base64, no ASCII.
            content = b""
        name, colon, rest = content.decode("utf-8", "surrogateescape").partition(":")
        username, password, broken = name, rest.rstrip("\0"), not colon
    return Login(username, password, values.get("identitytoken", ""), values.get("registrytoken", "")) or Login(), broken
