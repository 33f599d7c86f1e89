"""What the process takes from the variables of its environment; `__main__` reads them once, and nothing else does."""

from __future__ import annotations

import os
from typing import Mapping, Optional, Tuple


class Environment:
    """Variables by name. They may hold credentials (a proxy's, a helper's), so it has no text form."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = variables

    def get(self, name: str) -> Optional[str]:
        """A variable's value; empty is as good as missing."""
        return self.variables.get(name) or None

    def either_case(self, name: str) -> Optional[str]:
        """`https_proxy` before `HTTPS_PROXY`, as curl and others read them."""
        return self.get(name.lower()) or self.get(name.upper())

    @property
    def credential_files(self) -> Tuple[str, ...]:
        """Where credentials may be, the first that has one for a registry counts (docker's config.json;
        containers-auth.json(5))."""
        named = self.get("REGISTRY_AUTH_FILE")
        docker = self.get("DOCKER_CONFIG") or self._at_home(".docker")
        runtime = self.get("XDG_RUNTIME_DIR")
        config = self.get("XDG_CONFIG_HOME") or self._at_home(".config")
        paths = (
            named,
            docker and os.path.join(docker, "config.json"),
            runtime and os.path.join(runtime, "containers", "auth.json"),
            config and os.path.join(config, "containers", "auth.json"),
        )
        return tuple(dict.fromkeys(path for path in paths if path))

    def _at_home(self, name: str) -> Optional[str]:
        home = self.get("HOME")
        return os.path.join(home, name) if home else None
