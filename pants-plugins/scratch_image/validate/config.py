"""An image's configuration against image-spec 1.1, config.md."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Callable, List, Optional, Tuple

from scratch_image.layout.descriptor import read_digest, read_platform
from scratch_image.layout.documents import Object, member, string_list, strings
from scratch_image.layout.problems import Findings, shown
from scratch_image.oci import grammar
from scratch_image.oci.digest import Digest
from scratch_image.oci.platform import Platform
from scratch_image.validate.program import Start

# Where runc looks when the environment has no PATH is up to the runtime; this is what Docker adds.
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Config:
    """`diff_ids` base first; one that is wrong is None. It is None itself where there is no list. `start` is None where the
    image names no program."""

    platform: Optional[Platform]
    diff_ids: Optional[Tuple[Optional[Digest], ...]]
    start: Optional[Start]


def read_config(values: Object, where: str, layers: Optional[int], findings: Findings) -> Config:
    """Checks a configuration of an image with so many layers, if that is known."""
    _created(values, where, findings)
    member(values, "author", str, where, findings)
    platform = read_platform(values, where, findings)
    diff_ids = _diff_ids(values, where, findings)
    if layers is not None and diff_ids is not None and len(diff_ids) != layers:
        findings.add(where, "rootfs.diff_ids", f"{len(diff_ids)} layers", f"the manifest has {layers}")
    _history(values, where, layers, findings)
    run = member(values, "config", dict, where, findings)
    return Config(platform, diff_ids, _run(run, f"{where} config", findings) if run is not None else None)


def _diff_ids(values: Object, where: str, findings: Findings) -> Optional[Tuple[Optional[Digest], ...]]:
    rootfs = member(values, "rootfs", dict, where, findings, required=True)
    if rootfs is None:
        return None
    kind = member(rootfs, "type", str, f"{where} rootfs", findings, required=True)
    if kind is not None and kind != "layers":
        findings.add(where, "rootfs.type", shown(kind), "'layers'")
    found = member(rootfs, "diff_ids", list, f"{where} rootfs", findings, required=True)
    if found is None:
        return None
    digests: List[Optional[Digest]] = []
    for number, value in enumerate(found):
        what = f"rootfs.diff_ids[{number}]"
        if not isinstance(value, str):
            findings.add(where, what, shown(value), "a string is asked for")
        digests.append(read_digest(value if isinstance(value, str) else None, where, what, findings))
    return tuple(digests)


def _history(values: Object, where: str, layers: Optional[int], findings: Findings) -> None:
    """config.md, "history": one entry for each layer, and any number of `empty_layer`s."""
    found = member(values, "history", list, where, findings)
    if found is None:
        return
    full = 0
    for number, entry in enumerate(found):
        place = f"{where} history[{number}]"
        if not isinstance(entry, dict):
            findings.add(where, f"history[{number}]", shown(entry), "an object is asked for")
            continue
        _created(entry, place, findings)
        for name in ("author", "created_by", "comment"):
            member(entry, name, str, place, findings)
        full += not member(entry, "empty_layer", bool, place, findings)
    if layers is not None and full != layers:
        findings.add(where, "history", f"{full} layers", f"the manifest has {layers}")


def _created(values: Object, where: str, findings: Findings) -> None:
    _value(values, "created", grammar.created, where, findings)


def _value(values: Object, name: str, rule: Callable[[object], object], where: str, findings: Findings) -> Optional[str]:
    """A member that is a string and keeps a rule of the grammar."""
    value = member(values, name, str, where, findings)
    if value is None:
        return None
    try:
        rule(value)
    except ValueError as error:
        findings.add(where, name, shown(value), str(error))
        return None
    return value


def _run(values: Object, where: str, findings: Findings) -> Optional[Start]:
    """config.md, "config": what a runtime starts."""
    environment = string_list(values, "Env", where, findings)
    names: List[str] = []
    for number, text in enumerate(environment):
        name, equals, _ = text.partition("=")
        if not equals or not name:
            findings.add(where, f"Env[{number}]", shown(text), "NAME=value is asked for")
        names.append(name)
    for name, count in Counter(names).items():
        if count > 1:
            findings.add(where, "Env", shown(name), f"it is there {count} times")
    workdir = _value(values, "WorkingDir", grammar.directory_path, where, findings)
    _value(values, "User", grammar.user, where, findings)
    _value(values, "StopSignal", grammar.stop_signal, where, findings)
    _set(values, "ExposedPorts", grammar.port, where, findings)
    _set(values, "Volumes", grammar.volume, where, findings)
    strings(values, "Labels", where, findings)
    command = string_list(values, "Entrypoint", where, findings) + string_list(values, "Cmd", where, findings)
    if command and not command[0]:
        findings.add(where, "Entrypoint", "''", "a program is asked for")
    if not command or not command[0]:
        return None
    found = dict(text.partition("=")[::2] for text in environment)
    return Start(command[0], found.get("PATH", _PATH), workdir or "/")


def _set(values: Object, name: str, rule: Callable[[object], object], where: str, findings: Findings) -> None:
    """A set as Go writes it: an object whose values are empty objects."""
    for key, value in (member(values, name, dict, where, findings) or {}).items():
        try:
            rule(key)
        except ValueError as error:
            findings.add(where, name, shown(key), str(error))
        if value != {}:
            findings.add(where, f"{name}[{shown(key)}]", shown(value), "an empty object is asked for")
