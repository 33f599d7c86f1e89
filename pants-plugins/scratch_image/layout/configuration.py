"""An image's configuration under the names that the fields of `scratch_image` have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Mapping, Optional, Tuple

from scratch_image.layout.descriptor import read_platform
from scratch_image.layout.documents import JsonObject

# Fields with one text; with a list in an order; with a list in no order, which is an object with empty values in the image;
# and tables of texts.
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
        """`os/architecture`, with the variant if there is one."""
        return self.values.get("platform", ("unknown",))[0]

    def value(self, field: str, key: Optional[str]) -> Optional[Tuple[str, ...]]:
        """The value of a field, or of a key of a table; None where it is not set."""
        if key is None:
            return self.values.get(field)
        table = self.tables[field]
        return (table[key],) if key in table else None


def read_configuration(values: JsonObject, annotations: Mapping[str, str]) -> Configuration:
    """From the configuration's document and the manifest's annotations (image-spec 1.1, config.md)."""
    run = values.child("config") or JsonObject({}, values.where, values.problems)
    platform = read_platform(values)
    values_of = {
        "created": _one(values.member("created", str)),
        "platform": _one(str(platform) if platform else None),
        "stop_signal": _one(run.member("StopSignal", str)),
        "user": _one(run.member("User", str)),
        "workdir": _one(run.member("WorkingDir", str)),
        "cmd": run.string_list("Cmd"),
        "entrypoint": run.string_list("Entrypoint"),
        "exposed_ports": _keys(run, "ExposedPorts"),
        "volumes": _keys(run, "Volumes"),
    }
    tables = {
        "annotations": annotations,
        "env": dict(text.partition("=")[::2] for text in run.string_list("Env")),
        "image_labels": run.strings("Labels"),
    }
    return Configuration({field: items for field, items in values_of.items() if items}, tables)


def _one(text: Optional[str]) -> Tuple[str, ...]:
    return (text,) if text else ()


def _keys(values: JsonObject, name: str) -> Tuple[str, ...]:
    table: Optional[Dict[str, object]] = values.member(name, dict)
    return tuple(sorted(table or ()))
