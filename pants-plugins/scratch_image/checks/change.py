"""What a finding asks to change in a target, and the one fix that does all of it: each field once. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Dict, FrozenSet, Iterable, List, Mapping, Tuple

from scratch_image.image.spec import ImageSpec
from scratch_image.image.values import DIRECTORY_MODE
from scratch_image.oci.tar import DirectoryEntry
from scratch_image.runtime_files import catalog


@dataclass(frozen=True)
class Change:
    """`add` and `remove` are entries of `runtime_files`; `env`, `directories` and `symlinks` are members that those fields
    get, the last two by absolute path: mode and owner, and target."""

    add: FrozenSet[str] = frozenset()
    remove: FrozenSet[str] = frozenset()
    env: Tuple[Tuple[str, str], ...] = ()
    directories: Tuple[DirectoryEntry, ...] = ()
    symlinks: Tuple[Tuple[str, str], ...] = ()


def joined(changes: Iterable[Change]) -> Change:
    """All changes together. What one adds, another does not remove; of two values of one key, the first counts."""
    every = tuple(changes)
    add = frozenset().union(*(change.add for change in every))
    remove = frozenset().union(*(change.remove for change in every)) - add
    env: Dict[str, str] = {}
    symlinks: Dict[str, str] = {}
    directories: Dict[str, DirectoryEntry] = {}
    for change in every:
        for name, value in change.env:
            env.setdefault(name, value)
        for path, target in change.symlinks:
            symlinks.setdefault(path, target)
        for directory in change.directories:
            directories.setdefault(directory.path, directory)
    return Change(add, remove, tuple(env.items()), tuple(directories.values()), tuple(symlinks.items()))


def lines(spec: ImageSpec, change: Change) -> str:
    """The fields of the target after a change, as a BUILD file has them; only those that the change is about."""
    fields: List[str] = []
    if change.add or change.remove:
        fields.append(catalog.field_line((set(spec.runtime_files) - change.remove) | change.add))
    if change.env:
        env = dict(variable.split("=", 1) for variable in spec.run.env)
        fields.append(f"env={_shown({**env, **dict(change.env)})}")
    if change.directories:
        every = {directory.path: directory for directory in (*spec.directories, *change.directories)}
        fields.append(f"directories={_shown({f'/{path}': _members(entry) for path, entry in every.items()})}")
    if change.symlinks:
        links = {f"/{link.path}": link.target for link in spec.symlinks}
        fields.append(f"symlinks={_shown({**links, **dict(change.symlinks)})}")
    return ", ".join(fields)


def _members(entry: DirectoryEntry) -> Dict[str, str]:
    members: Dict[str, str] = {}
    if entry.mode != DIRECTORY_MODE:
        members["mode"] = f"{entry.mode:04o}"
    if (entry.uid, entry.gid) != (0, 0):
        members["owner"] = f"{entry.uid}:{entry.gid}"
    return members


def _shown(value: Mapping[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
