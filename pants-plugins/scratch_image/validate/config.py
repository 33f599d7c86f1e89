"""An image's configuration against image-spec 1.1, config.md."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Callable, Dict, List, Optional, Tuple

from scratch_image.layout.descriptor import read_digest, read_platform
from scratch_image.layout.documents import JsonObject
from scratch_image.layout.problems import shown
from scratch_image.oci import grammar, image_paths
from scratch_image.oci.defaults import DEFAULT_PATH
from scratch_image.oci.digest import Digest
from scratch_image.oci.platform import Platform
from scratch_image.validate.program import Start

Rule = Callable[[object], object]


@dataclass(frozen=True)
class CheckedConfig:
    """`diff_ids` base first; one that is wrong is None, and all are None where there is no list. `created_by` are the lines
    of the history that have a layer. `start` is None where the image names no program."""

    platform: Optional[Platform]
    diff_ids: Optional[Tuple[Optional[Digest], ...]]
    created_by: Tuple[str, ...]
    start: Optional[Start]


def read_config(values: JsonObject, layers: Optional[int]) -> CheckedConfig:
    """Checks a configuration of an image with so many layers, if that is known."""
    _ruled(values, "created", grammar.created)
    values.member("author", str)
    platform = read_platform(values)
    diff_ids = _diff_ids(values)
    if layers is not None and diff_ids is not None and len(diff_ids) != layers:
        values.mismatch("rootfs.diff_ids", f"{len(diff_ids)} layers", f"the manifest has {layers}")
    created_by = _history(values, layers)
    run = values.child("config")
    return CheckedConfig(platform, diff_ids, created_by, _start(run) if run else None)


def _diff_ids(values: JsonObject) -> Optional[Tuple[Optional[Digest], ...]]:
    rootfs = values.child("rootfs", required=True)
    if rootfs is None:
        return None
    kind = rootfs.member("type", str, required=True)
    if kind not in (None, "layers"):
        values.mismatch("rootfs.type", shown(kind), "'layers'")
    items: Optional[List[object]] = rootfs.member("diff_ids", list, required=True)
    if items is None:
        return None
    return tuple(read_digest(item, f"rootfs.diff_ids[{number}]", values) for number, item in enumerate(items))


def _history(values: JsonObject, layers: Optional[int]) -> Tuple[str, ...]:
    """config.md, "history": one entry for each layer, and any number of `empty_layer`s."""
    entries = values.children("history")
    if entries is None:
        return ()
    full: List[str] = []
    for entry in filter(None, entries):
        _ruled(entry, "created", grammar.created)
        for name in ("author", "comment"):
            entry.member(name, str)
        created_by = entry.member("created_by", str)
        if not entry.member("empty_layer", bool):
            full.append(created_by or "")
    if layers is not None and len(full) != layers:
        values.mismatch("history", f"{len(full)} layers", f"the manifest has {layers}")
    return tuple(full)


def _start(run: JsonObject) -> Optional[Start]:
    """config.md, "config": what a runtime starts."""
    environment = run.string_list("Env")
    counts: Dict[str, int] = Counter()
    for number, text in enumerate(environment):
        name, equals, _ = text.partition("=")
        if not equals or not name:
            run.expected(f"Env[{number}]", "NAME=value", text)
        elif not _keeps(run, f"Env[{number}]", grammar.variable, name):
            continue
        counts[name] += 1
    for name, count in counts.items():
        if count > 1:
            run.broken("Env", name, f"{shown(name)} is there {count} times")
    workdir = _ruled(run, "WorkingDir", image_paths.directory_path)
    _ruled(run, "User", grammar.user)
    _ruled(run, "StopSignal", grammar.stop_signal)
    _check_set(run, "ExposedPorts", grammar.port)
    _check_set(run, "Volumes", image_paths.volume)
    run.strings("Labels")
    command = run.string_list("Entrypoint") + run.string_list("Cmd")
    if command and not command[0]:
        run.expected("Entrypoint", "a program", "")
    if not command or not command[0]:
        return None
    found = dict(text.partition("=")[::2] for text in environment)
    return Start(command[0], found.get("PATH", DEFAULT_PATH), workdir or "/")


def _ruled(values: JsonObject, name: str, rule: Rule) -> Optional[str]:
    """A member that is a string and keeps a rule of the grammar."""
    value = values.member(name, str)
    return value if value is not None and _keeps(values, name, rule, value) else None


def _check_set(values: JsonObject, name: str, rule: Rule) -> None:
    """A set as Go writes it: an object whose values are empty objects."""
    table: Optional[Dict[str, object]] = values.member(name, dict)
    for key, value in (table or {}).items():
        _keeps(values, name, rule, key)
        if value != {}:
            values.expected(f"{name}[{shown(key)}]", "an empty object", value)


def _keeps(values: JsonObject, what: str, rule: Rule, value: str) -> bool:
    try:
        rule(value)
        return True
    except ValueError as error:
        values.broken(what, value, str(error))
        return False
