"""An image's configuration under the names that the fields of `scratch_image` have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Mapping, Optional, Tuple

from scratch_image.layout.descriptor import read_platform
from scratch_image.layout.documents import Object, member, string_list, strings
from scratch_image.layout.problems import Findings

# Fields with one text, with a list in an order, with a list in no order (an object with empty values in the image), and
# tables of texts.
SCALARS = ("created", "platform", "stop_signal", "user", "workdir")
LISTS = ("cmd", "entrypoint")
SETS = ("exposed_ports", "volumes")
TABLES = ("annotations", "env", "image_labels")


@dataclass(frozen=True)
class Configuration:
    """`values` are those of SCALARS, LISTS and SETS, `tables` those of TABLES. What is not set is absent or empty."""

    values: Mapping[str, Tuple[str, ...]]
    tables: Mapping[str, Mapping[str, str]]

    @property
    def platform(self) -> str:
        return self.values.get("platform", ("unknown",))[0]

    def value(self, field: str, key: Optional[str]) -> Optional[Tuple[str, ...]]:
        """What a field has, or a key of a table; None where it is not set."""
        if key is None:
            return self.values.get(field)
        table = self.tables[field]
        return (table[key],) if key in table else None


def read_configuration(values: Object, manifest: Object, where: str, findings: Findings) -> Configuration:
    """Of the configuration's document and the manifest's, which has the annotations (image-spec 1.1, config.md)."""
    run = member(values, "config", dict, where, findings) or {}
    platform = read_platform(values, where, findings)
    scalars: Dict[str, Optional[str]] = {
        "created": member(values, "created", str, where, findings),
        "platform": str(platform) if platform else None,
        "stop_signal": member(run, "StopSignal", str, where, findings),
        "user": member(run, "User", str, where, findings),
        "workdir": member(run, "WorkingDir", str, where, findings),
    }
    lists = {
        "cmd": string_list(run, "Cmd", where, findings),
        "entrypoint": string_list(run, "Entrypoint", where, findings),
        "exposed_ports": tuple(sorted(member(run, "ExposedPorts", dict, where, findings) or ())),
        "volumes": tuple(sorted(member(run, "Volumes", dict, where, findings) or ())),
    }
    tables = {
        "annotations": strings(manifest, "annotations", where, findings),
        "env": dict(text.partition("=")[::2] for text in string_list(run, "Env", where, findings)),
        "image_labels": strings(run, "Labels", where, findings),
    }
    found: Dict[str, Tuple[str, ...]] = {field: (text,) for field, text in scalars.items() if text}
    found.update((field, items) for field, items in lists.items() if items)
    return Configuration(found, tables)
