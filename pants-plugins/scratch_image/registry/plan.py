"""The contract of the publishing process: what it is told (PushPlan), as JSON. Both sides import this file.

A plan holds no credential: the process finds those where `docker login` and `podman login` put them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Dict, Iterable, Optional, Tuple

from scratch_image.oci import canonical_json
from scratch_image.oci.digest import Digest


@dataclass(frozen=True)
class Push:
    """One image for one repository. `layout` is the directory of its OCI layout, relative to the working directory, and
    `root` the digest of its manifest or index there; `registry` is `host[:port]`; `name` is what messages call the image:
    `src/hello:image`. Without tags it is published by digest alone."""

    layout: str
    root: Digest
    registry: str
    repository: str
    tags: Tuple[str, ...]
    name: str

    def published(self, tags: Iterable[str], whole: bool) -> Tuple[str, ...]:
        """References of those tags, in the plan's order; of the image itself where it has none and is there as a `whole`."""
        where = f"{self.registry}/{self.repository}"
        if not self.tags:
            return (where,) if whole else ()
        done = set(tags)
        return tuple(f"{where}:{tag}" for tag in self.tags if tag in done)


@dataclass(frozen=True)
class RegistrySettings:
    """How one registry is spoken to. `insecure` is whether by plain HTTP; None means that for hosts of the loopback, and
    only where no certificate is given. A certificate is always checked. The others are paths of PEM files."""

    address: str
    insecure: Optional[bool] = None
    ca_file: Optional[str] = None
    client_certificate: Optional[str] = None
    client_key: Optional[str] = None


@dataclass(frozen=True)
class PushPlan:
    """What one run publishes. `deadline` is in seconds, for the whole run. `known` is the path of a file that remembers
    which repository has which blob, `report` of one that gets every reference with its digest; either may be missing.
    Plans of one `run` write one report together: `run_state` is the path of a file with what the run has published."""

    pushes: Tuple[Push, ...]
    registries: Tuple[RegistrySettings, ...] = ()
    dry_run: bool = False
    read_back: bool = False
    deadline: float = 3600.0
    known: Optional[str] = None
    report: Optional[str] = None
    run_state: Optional[str] = None
    run: str = ""

    def settings(self, address: str) -> RegistrySettings:
        """Those of a registry; what the plan does not say is the default."""
        return next((each for each in self.registries if each.address == address), RegistrySettings(address))

    def to_json(self) -> bytes:
        return canonical_json.encode(
            {
                "pushes": list(map(_push, self.pushes)),
                "registries": list(map(_settings, self.registries)),
                "dryRun": self.dry_run,
                "readBack": self.read_back,
                "deadline": self.deadline,
                "known": self.known,
                "report": self.report,
                "runState": self.run_state,
                "run": self.run,
            }
        )

    @classmethod
    def from_json(cls, content: bytes) -> PushPlan:
        data = json.loads(content)
        return cls(
            pushes=tuple(map(_parse_push, data["pushes"])),
            registries=tuple(map(_parse_settings, data["registries"])),
            dry_run=data["dryRun"],
            read_back=data["readBack"],
            deadline=data["deadline"],
            known=data["known"],
            report=data["report"],
            run_state=data["runState"],
            run=data["run"],
        )


def _push(push: Push) -> Dict[str, object]:
    return {
        "layout": push.layout,
        "root": str(push.root),
        "registry": push.registry,
        "repository": push.repository,
        "tags": list(push.tags),
        "name": push.name,
    }


def _parse_push(data: Dict[str, Any]) -> Push:
    root = Digest.parse(data["root"])
    return Push(data["layout"], root, data["registry"], data["repository"], tuple(data["tags"]), data["name"])


def _settings(settings: RegistrySettings) -> Dict[str, object]:
    return {
        "address": settings.address,
        "insecure": settings.insecure,
        "caFile": settings.ca_file,
        "clientCertificate": settings.client_certificate,
        "clientKey": settings.client_key,
    }


def _parse_settings(data: Dict[str, Any]) -> RegistrySettings:
    return RegistrySettings(data["address"], data["insecure"], data["caFile"], data["clientCertificate"], data["clientKey"])
