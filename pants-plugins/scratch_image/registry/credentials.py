"""Who we are at a registry: docker's `config.json` and podman's `auth.json`.

Sources: docker/cli, cli/config/configfile (auths, credHelpers, credsStore); containers-auth.json(5), which adds keys of a
registry with the beginning of a repository's name.
"""

from __future__ import annotations

import base64
import binascii
import json
import threading
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Mapping, Optional, Tuple, Union

from scratch_image.registry import credential_helper
from scratch_image.registry.credential_helper import HelperFailed, Secret
from scratch_image.registry.environment import Environment

AskHelper = Callable[[str, str], Optional[Secret]]
# docker-credential-helpers: in place of a user's name it says that the secret is a refresh token.
_IDENTITY = "<token>"


@dataclass(frozen=True)
class Login:
    """A name with a password, or an identity token (OAuth 2.0's refresh token), or a token to be sent as it is."""

    username: str = ""
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)
    registry_token: str = field(default="", repr=False)

    @property
    def basic(self) -> Optional[str]:
        """The value of `Authorization` (RFC 7617), where there is a name and a password."""
        if not (self.username and self.password):
            return None
        return "Basic " + base64.b64encode(f"{self.username}:{self.password}".encode()).decode("ascii")


@dataclass(frozen=True)
class Found:
    """What was found for a registry. `notes` say what could not be asked, for the case that the registry refuses us."""

    login: Optional[Login]
    notes: Tuple[str, ...] = ()


class Credentials:
    """Looks logins up, each once in a run: a helper may ask a person or a server."""

    def __init__(self, environment: Environment, ask: Optional[AskHelper] = None) -> None:
        self._environment = environment
        self._ask = ask or self._ask_program
        self._files: Optional[Tuple[Tuple[str, Dict[str, Any]], ...]] = None
        self._notes: Tuple[str, ...] = ()
        self._asked: Dict[Tuple[str, str], Union[Secret, HelperFailed, None]] = {}
        self._lock = threading.Lock()

    def find(self, login_name: str, repository: str) -> Found:
        """The login for a registry, by the name that credentials are stored under, and a repository in it."""
        with self._lock:
            if self._files is None:
                self._files = self._read()
            notes = self._notes
            for path, content in self._files:
                login, more = self._in_file(path, content, login_name, repository)
                notes += more
                if login:
                    return Found(login, notes)
            return Found(None, notes)

    def _read(self) -> Tuple[Tuple[str, Dict[str, Any]], ...]:
        files = []
        for path in self._environment.credential_files:
            try:
                with open(path, "rb") as file:
                    content = json.loads(file.read())
                if not isinstance(content, dict):
                    raise ValueError
                files.append((path, content))
            except FileNotFoundError:
                continue
            except OSError as error:
                self._notes += (f"{path} can not be read: {error.strerror}",)
            except ValueError:
                # Not the parser's text: it could quote what is in the file.
                self._notes += (f"{path} is not JSON as docker and podman write it",)
        return tuple(files)

    def _in_file(
        self, path: str, content: Mapping[str, Any], login_name: str, repository: str
    ) -> Tuple[Optional[Login], Tuple[str, ...]]:
        """docker/cli: a registry's own helper counts, then the store, then what the file holds."""
        notes: Tuple[str, ...] = ()
        for helper in (_table(content, "credHelpers").get(_host(login_name)), content.get("credsStore")):
            if not isinstance(helper, str) or not helper:
                continue
            try:
                secret = self._once(helper, login_name)
            except HelperFailed as failure:
                notes += (f"{failure} (named in {path})",)
                continue
            if secret:
                return _login_of(secret), notes
        return _stored(_table(content, "auths"), login_name, repository), notes

    def _once(self, helper: str, login_name: str) -> Optional[Secret]:
        key = (helper, login_name)
        if key not in self._asked:
            try:
                self._asked[key] = self._ask(helper, login_name)
            except HelperFailed as failure:
                # One that hangs is waited for once.
                self._asked[key] = failure
        answer = self._asked[key]
        if isinstance(answer, HelperFailed):
            raise answer
        return answer

    def _ask_program(self, helper: str, login_name: str) -> Optional[Secret]:
        return credential_helper.ask(helper, login_name, self._environment)


def _table(content: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = content.get(key)
    return value if isinstance(value, dict) else {}


def _login_of(secret: Secret) -> Login:
    if secret.username == _IDENTITY:
        return Login(identity_token=secret.secret)
    return Login(secret.username, secret.secret)


def _host(key: str) -> str:
    """`https://index.docker.io/v1/` and `index.docker.io` are the same place."""
    for scheme in ("https://", "http://"):
        if key.startswith(scheme):
            key = key[len(scheme) :]
    key = key.rstrip("/")
    for version in ("/v1", "/v2"):
        if key.endswith(version):
            key = key[: -len(version)]
    return "docker.io" if key in ("index.docker.io", "registry-1.docker.io") else key


def _stored(auths: Mapping[str, Any], login_name: str, repository: str) -> Optional[Login]:
    """containers-auth.json(5): the most specific key counts: `host/team/hello`, `host/team`, `host`."""
    by_place = {_host(key): value for key, value in auths.items() if isinstance(value, dict)}
    place = f"{_host(login_name)}/{repository}"
    while True:
        login = _from_entry(by_place[place]) if place in by_place else None
        if login or "/" not in place:
            return login
        place = place.rpartition("/")[0]


def _from_entry(entry: Mapping[str, Any]) -> Optional[Login]:
    values = {key: value for key, value in entry.items() if isinstance(value, str)}
    username, password = values.get("username", ""), values.get("password", "")
    if values.get("auth"):
        try:
            decoded = base64.b64decode(values["auth"], validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            return None
        username, _, password = decoded.rstrip("\0").partition(":")
    login = Login(username, password, values.get("identitytoken", ""), values.get("registrytoken", ""))
    return login if login.basic or login.identity_token or login.registry_token else None
