"""The contract of the process that runs an image: what is asked of the image's program (RunExpectations), as JSON.

Both sides import this file; the values were checked when they were read."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any, Dict, Optional, Tuple

from scratch_image.oci import canonical_json


@dataclass(frozen=True)
class CommandExpectation:
    """A command: `args` after the entrypoint, `env` beside the image's, `stdin` as text. Expected: `exit_code`; the whole
    output (`stdout`, `stderr`), or a regular expression that matches somewhere in it (`…_matches`), where not None. It has
    `timeout` seconds."""

    args: Tuple[str, ...] = ()
    env: Tuple[Tuple[str, str], ...] = ()
    stdin: str = ""
    exit_code: int = 0
    stdout: Optional[str] = None
    stderr: Optional[str] = None
    stdout_matches: Optional[str] = None
    stderr_matches: Optional[str] = None
    timeout: int = 10


@dataclass(frozen=True)
class ServiceExpectation:
    """A service: it is started with `args` and `env`, must answer `GET path` on the TCP `port` with `status` `within`
    seconds, and must end within `stop_within` seconds of the image's stop signal."""

    port: int
    args: Optional[Tuple[str, ...]] = None
    env: Tuple[Tuple[str, str], ...] = ()
    path: str = "/"
    status: int = 200
    within: int = 10
    stop_within: int = 10


@dataclass(frozen=True)
class RunExpectations:
    """All that is asked of the program of `image`, a name for people. `platform` is the image of an index that is run, None
    for the machine's. `read_only` and `restricted` are as in run.command.Settings."""

    image: str
    platform: Optional[str] = None
    commands: Tuple[CommandExpectation, ...] = ()
    service: Optional[ServiceExpectation] = None
    read_only: bool = False
    restricted: bool = False

    @property
    def count(self) -> int:
        """The number of programs that are started."""
        return len(self.commands) + (self.service is not None)

    def to_json(self) -> bytes:
        """What the process is sent."""
        return canonical_json.encode(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, content: bytes) -> RunExpectations:
        """Reads `to_json`."""
        data = json.loads(content)
        data["commands"] = tuple(CommandExpectation(**_immutable(command)) for command in data["commands"])
        data["service"] = ServiceExpectation(**_immutable(data["service"])) if data["service"] else None
        return cls(**data)


def _immutable(values: Dict[str, Any]) -> Dict[str, Any]:
    found = dict(values)
    for name in ("args", "env"):
        items = found[name]
        if isinstance(items, list):
            found[name] = tuple(tuple(item) if isinstance(item, list) else item for item in items)
    return found
