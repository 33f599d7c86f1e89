"""The environment variables that the process reads; `__main__` takes them once."""

from __future__ import annotations

import os
import re
import urllib.request
from typing import Iterator, Mapping, Optional, Tuple

from scratch_image.registry.secrets import Secrets

# What the names of variables with secrets have: GITHUB_TOKEN, AWS_SECRET_ACCESS_KEY, COSIGN_PASSWORD, VAULT_PASSPHRASE.
_SECRET = re.compile("KEY|PASS|SECRET|TOKEN", re.IGNORECASE)
# Characters; a shorter value would be in many words.
_SHORTEST = 8


class Environment:
    """Variables by name, and proxies by scheme (`no` has NO_PROXY). Both may hold credentials, so there is no text form.
    `secrets` are the values of variables whose names say so, and those that the run finds in what the environment names,
    and gets from registries."""

    def __init__(self, variables: Mapping[str, str], proxies: Optional[Mapping[str, str]] = None) -> None:
        self.variables = variables
        self.proxies = proxies or {}
        self.secrets = Secrets()
        self.secrets.add(*_secret_lines(variables))

    @classmethod
    def of_process(cls) -> Environment:
        """The environment of this process. The standard library prefers `https_proxy` to `HTTPS_PROXY`, and ignores an
        HTTP_PROXY that is the header `Proxy` of a request to a CGI program (CVE-2016-1000110)."""
        return cls(dict(os.environ), urllib.request.getproxies_environment())

    def get(self, name: str) -> Optional[str]:
        """The value of a variable; None if it is empty or missing."""
        return self.variables.get(name) or None

    @property
    def credential_files(self) -> Tuple[str, ...]:
        """Paths where logins may be; the first file that has one for a registry counts (docker's config.json;
        containers-auth.json(5))."""
        docker = self.get("DOCKER_CONFIG") or self._at_home(".docker")
        runtime = self.get("XDG_RUNTIME_DIR")
        config = self.get("XDG_CONFIG_HOME") or self._at_home(".config")
        paths = (
            self.get("REGISTRY_AUTH_FILE"),
            docker and os.path.join(docker, "config.json"),
            runtime and os.path.join(runtime, "containers", "auth.json"),
            config and os.path.join(config, "containers", "auth.json"),
        )
        return tuple(dict.fromkeys(path for path in paths if path))

    def _at_home(self, name: str) -> Optional[str]:
        home = self.get("HOME")
        return os.path.join(home, name) if home else None


def _secret_lines(variables: Mapping[str, str]) -> Iterator[str]:
    """The lines of what is secret in variables; the path of a file with a secret is none."""
    for name, value in variables.items():
        if _SECRET.search(name) and not os.path.isabs(value):
            yield from (line.strip() for line in value.splitlines() if len(line.strip()) >= _SHORTEST)
