"""The contract of the publishing process, which both sides import: PushPlan, as JSON. It holds no credential: the process
finds those where `docker login` and `podman login` put them."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import Any, Dict, Iterable, Mapping, Optional, Tuple

from scratch_image.oci import canonical_json
from scratch_image.oci.digest import Digest


@dataclass(frozen=True)
class Push:
    """One image for one repository. `layout` is the directory of its OCI layout, relative to the working directory, and
    `root` the digest of its manifest or index there. `registry` is `host[:port]`. `name` is the image in messages:
    `src/hello:image`. Without `tags` it is published by digest alone."""

    layout: str
    root: Digest
    registry: str
    repository: str
    tags: Tuple[str, ...]
    name: str

    def published(self, tags: Iterable[str], whole: bool) -> Tuple[str, ...]:
        """The references of those tags, in the plan's order; without any tag in the plan, of the image if it is `whole`."""
        where = f"{self.registry}/{self.repository}"
        if not self.tags:
            return (where,) if whole else ()
        done = set(tags)
        return tuple(f"{where}:{tag}" for tag in self.tags if tag in done)


@dataclass(frozen=True)
class RegistrySettings:
    """How to reach the registry at `address`. `insecure` is whether by plain HTTP; None means yes for a loopback address
    without any of the certificates, which are paths of PEM files. Certificates are always checked. `allow_private` is
    whether a registry at a public address may direct us to private ones."""

    address: str
    insecure: Optional[bool] = None
    ca_file: Optional[str] = None
    client_certificate: Optional[str] = None
    client_key: Optional[str] = None
    allow_private: bool = False


@dataclass(frozen=True)
class PushPlan:
    """What one run publishes. `dry_run` compares and sends nothing; `read_back` compares what the registry has afterwards.
    With `check_all`, every manifest and blob is asked for, also of an image that is there. `deadline` is in seconds, for the
    run. `known` is the path of a file that keeps the locations of blobs, `report` of one that gets every reference with its
    digest. Plans of one `run` write one report: `run_state` is the path of a file with what it has published and told.
    `signing_key` is where the key is that signs every image, a path or `env:NAME`; instead, `signing_command`, in the
    directory `signing_directory`, may sign for `signing_public_key`, the path of a PEM file."""

    pushes: Tuple[Push, ...]
    registries: Tuple[RegistrySettings, ...] = ()
    dry_run: bool = False
    read_back: bool = False
    check_all: bool = False
    deadline: float = 3600.0
    known: Optional[str] = None
    report: Optional[str] = None
    run_state: Optional[str] = None
    run: str = ""
    signing_key: Optional[str] = None
    signing_command: Tuple[str, ...] = ()
    signing_public_key: Optional[str] = None
    signing_directory: Optional[str] = None

    def settings(self, address: str) -> RegistrySettings:
        """The settings for a registry, by default those of its address alone."""
        return next((each for each in self.registries if each.address == address), RegistrySettings(address))

    def to_json(self) -> bytes:
        """The plan in canonical JSON."""
        pushes = [{**_members(push), "root": str(push.root)} for push in self.pushes]
        registries = list(map(_members, self.registries))
        return canonical_json.encode({**_members(self), "pushes": pushes, "registries": registries})

    @classmethod
    def from_json(cls, content: bytes) -> PushPlan:
        """The plan that `to_json` wrote."""
        data = _values(cls, json.loads(content))
        pushes = ({**_values(Push, push), "root": Digest.parse(push["root"])} for push in data["pushes"])
        data["pushes"] = tuple(Push(**{**push, "tags": tuple(push["tags"])}) for push in pushes)
        data["registries"] = tuple(RegistrySettings(**_values(RegistrySettings, each)) for each in data["registries"])
        data["signing_command"] = tuple(data["signing_command"])
        return cls(**data)


def _members(value: object) -> Dict[str, object]:
    """The members of a JSON object for the fields of a value: `dryRun` for `dry_run`."""
    return {_member(name): field for name, field in vars(value).items()}


def _values(kind: type, members: Mapping[str, object]) -> Dict[str, Any]:
    """The fields of a kind of value, from the members of a JSON object."""
    return {each.name: members[_member(each.name)] for each in fields(kind)}


def _member(field: str) -> str:
    first, *others = field.split("_")
    return first + "".join(map(str.title, others))
