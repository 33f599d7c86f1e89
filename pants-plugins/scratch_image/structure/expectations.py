"""The contract of the structure process: what is asked of an image (Expectations), as JSON. Both sides import this file.

The values were checked when they were read: the process does not check them again.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any, FrozenSet, Mapping, Optional, Tuple

from scratch_image.oci import canonical_json


@dataclass(frozen=True)
class FileExpectation:
    """What must be at an absolute path; what is None is not asked for. `kind` is one of layout.tree.KINDS; `mode` holds
    permission bits, `owner` is `uid:gid`; `digest` is the `sha256:…` of a file's content, `text` that content; `target` is a
    link's. `with_all_below` is whether everything below the path is expected as well."""

    path: str
    kind: Optional[str] = None
    mode: Optional[int] = None
    owner: Optional[str] = None
    digest: Optional[str] = None
    text: Optional[str] = None
    target: Optional[str] = None
    with_all_below: bool = False


@dataclass(frozen=True)
class ConfigExpectation:
    """A value of the configuration. `field` is its name in `scratch_image`, `key` one of its keys where it is a table.
    `want` is the value, for a list one text per item; None where it must not be set."""

    field: str
    key: Optional[str]
    want: Optional[Tuple[str, ...]]


@dataclass(frozen=True)
class Expectations:
    """All that is asked of `image`, a name for people. `platform` is the only one that is compared, or None for all. `files`
    and `config` must be as they say; nothing must be at the absolute paths in `absent`. Sizes are in bytes; `max_severity`
    is one of the SEVERITIES of a report. `nothing_else` is whether `files` must name everything in the image."""

    image: str
    platform: Optional[str] = None
    files: Tuple[FileExpectation, ...] = ()
    absent: Tuple[str, ...] = ()
    nothing_else: bool = False
    config: Tuple[ConfigExpectation, ...] = ()
    max_size: Optional[int] = None
    max_unpacked_size: Optional[int] = None
    max_severity: Optional[str] = None

    @property
    def contents(self) -> FrozenSet[str]:
        """The paths of files whose content is asked for."""
        return frozenset(file.path for file in self.files if file.digest is not None or file.text is not None)

    @property
    def count(self) -> int:
        """The number of expectations."""
        limits = (self.max_size, self.max_unpacked_size, self.max_severity)
        one_each = (*self.files, *self.absent, *self.config, *(limit for limit in limits if limit is not None))
        return len(one_each) + self.nothing_else

    def to_json(self) -> bytes:
        """What the process is sent."""
        return canonical_json.encode(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, content: bytes) -> Expectations:
        """Reads `to_json`."""
        data = json.loads(content)
        data["files"] = tuple(FileExpectation(**file) for file in data["files"])
        data["absent"] = tuple(data["absent"])
        data["config"] = tuple(map(_parse_config, data["config"]))
        return cls(**data)


def _parse_config(data: Mapping[str, Any]) -> ConfigExpectation:
    want = data["want"]
    return ConfigExpectation(data["field"], data["key"], None if want is None else tuple(want))
