"""`runtimeFiles` of a report, against the layer that the history of the image names so."""

from __future__ import annotations

import re
from typing import Dict, List, Mapping, Optional, Set

from scratch_image.layout.documents import JsonObject
from scratch_image.layout.layers import LayerBlob
from scratch_image.layout.problems import shown
from scratch_image.layout.tree import DIRECTORY, FILE, SYMLINK, Node, directories_above
from scratch_image.runtime_files import catalog
from scratch_image.validate.differences import differences

_MODE = 0o644
_CA_PATH = catalog.CA_PATH.lstrip("/")
_ZONEINFO = f"{catalog.ZONEINFO.lstrip('/')}/"
_ZONES = f"{_ZONEINFO}tzdata.zi"
# The first line of tzdata.zi; the distribution counts the letters.
_RELEASE = re.compile(rb"# version ([0-9]{4})([a-z])\n")
# The files whose content is compared, relative to the root.
WANTED = frozenset({_ZONES, *(path.lstrip("/") for texts in catalog.TEXTS.values() for path, _ in texts)})


def check_runtime_files(entry: JsonObject, layer: Optional[LayerBlob]) -> None:
    """Compares the member with the layer, and the files in it with those of this version; without a layer there are none."""
    nodes = layer.nodes if layer else {}
    claimed: Optional[Dict[str, object]] = entry.member("runtimeFiles", dict, required=True)
    if claimed is None:
        return
    derived = {name: _version(name, nodes, claimed) for name in catalog.NAMES if _has(name, nodes, entry)}
    for place, one, other in differences("runtimeFiles", claimed, derived):
        entry.mismatch(place, one, other)
    for path in sorted(set(nodes) - _expected(derived, nodes, "caBundle" in entry.values)):
        entry.broken(
            "runtimeFiles", path, f"the layer of runtime files has {shown('/' + path)}, which none of them puts there"
        )
    for name in derived:
        _check_entries(name, nodes, entry)


def _has(name: str, nodes: Mapping[str, Node], entry: JsonObject) -> bool:
    """Whether the layer has what an entry of `runtime_files` adds. With a bundle, certifi's certificates are in one file
    with it, or are not: then the claim counts."""
    if name == catalog.TZDATA:
        return any(path.startswith(_ZONEINFO) for path in nodes)
    if name == catalog.CA_CERTIFICATES:
        claimed = entry.values.get("runtimeFiles")
        is_claimed = isinstance(claimed, dict) and name in claimed
        return _CA_PATH in nodes and ("caBundle" not in entry.values or is_claimed)
    return all(path in nodes for path in _paths(name))


def _paths(name: str) -> List[str]:
    texts = [path for path, _ in catalog.TEXTS.get(name, ())]
    return [path.lstrip("/") for path in (*texts, *(each.path for each in catalog.DIRECTORIES.get(name, ())))]


def _version(name: str, nodes: Mapping[str, Node], claimed: Mapping[str, object]) -> object:
    """The member of an entry; that of `ca-certificates` is as claimed, because nothing in the file says its version."""
    if name == catalog.CA_CERTIFICATES:
        value = claimed.get(name)
        version = value.get("version") if isinstance(value, dict) else None
        return {"version": version if isinstance(version, str) else "a version"}
    match = _RELEASE.match(nodes[_ZONES].head) if name == catalog.TZDATA and _ZONES in nodes else None
    return {"version": f"{match[1].decode()}.{match[2][0] - 0x60}"} if match else {}


def _expected(derived: Mapping[str, object], nodes: Mapping[str, Node], has_bundle: bool) -> Set[str]:
    """The paths that may be in the layer."""
    paths = {path for name in derived for path in _paths(name)}
    if has_bundle or catalog.CA_CERTIFICATES in derived:
        # OpenSSL's link to the certificates is where the program says.
        paths |= {
            _CA_PATH,
            *(path for path, node in nodes.items() if node.kind == SYMLINK and node.target == catalog.CA_PATH),
        }
    if catalog.TZDATA in derived:
        paths |= {path for path in nodes if path.startswith(_ZONEINFO)}
    return paths | {above for path in paths for above in directories_above(path)}


def _check_entries(name: str, nodes: Mapping[str, Node], entry: JsonObject) -> None:
    for path, text in catalog.TEXTS.get(name, ()):
        node = nodes[path.lstrip("/")]
        if (node.kind, node.mode, node.owner, node.digest) != (FILE, _MODE, "0:0", f"sha256:{catalog.TEXT_DIGESTS[text]}"):
            entry.broken("runtimeFiles", path, f"{path} is not the file of {name!r}, or has another mode or owner")
    for directory in catalog.DIRECTORIES.get(name, ()):
        node = nodes[directory.path.lstrip("/")]
        owner = f"{directory.owner}:{directory.owner}"
        if (node.kind, node.mode, node.owner) != (DIRECTORY, directory.mode, owner):
            rule = f"{directory.path} is not the directory of {name!r}, or has another mode or owner"
            entry.broken("runtimeFiles", directory.path, rule)
