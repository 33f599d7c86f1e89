"""`runtimeFiles` of a report, against the layer that the history of the image names so."""

from __future__ import annotations

import re
from typing import Dict, List, Mapping, Optional, Tuple

from scratch_image.layout.documents import JsonObject
from scratch_image.layout.layers import LayerBlob
from scratch_image.layout.tree import DIRECTORY, FILE, SYMLINK, Node
from scratch_image.oci import tar
from scratch_image.runtime_files import catalog, layer_plan
from scratch_image.validate.differences import differences
from scratch_image.validate.nodes import check_nodes, node_of

_CA_PATH = catalog.CA_PATH.lstrip("/")
_ZONEINFO = f"{catalog.ZONEINFO.lstrip('/')}/"
_ZONES = f"{_ZONEINFO}tzdata.zi"
# The first line of tzdata.zi; the distribution counts the letters.
_RELEASE = re.compile(rb"# version ([0-9]{4})([a-z])\n")
# The files whose content is compared, relative to the root.
WANTED = frozenset({_ZONES, *(path.lstrip("/") for texts in catalog.TEXTS.values() for path, _ in texts)})


def check_runtime_files(
    entry: JsonObject, layer: Optional[LayerBlob], openssl_cert_file: Optional[str], program: str
) -> None:
    """Compares the member with the layer, and what is in it with what this version puts there; without a layer there are
    none. `openssl_cert_file` is as the facts of the program have it, and `program` is its absolute path."""
    nodes = layer.nodes if layer else {}
    claimed: Optional[Dict[str, object]] = entry.member("runtimeFiles", dict, required=True)
    if claimed is None:
        return
    derived = {name: _version(name, nodes, claimed) for name in catalog.NAMES if _has(name, nodes, entry)}
    for place, one, other in differences("runtimeFiles", claimed, derived):
        entry.mismatch(place, one, other)
    names, has_bundle = tuple(derived), "caBundle" in entry.values
    link = layer_plan.openssl_link(openssl_cert_file, names, has_bundle, program)
    check_nodes(nodes, _planned(names, nodes, has_bundle, link), "runtime files", entry, "runtimeFiles")
    for name in names:
        _check_texts(name, nodes, entry)


def link_of(layer: Optional[LayerBlob]) -> Optional[str]:
    """The absolute path of a link to the certificates in the layer, if it has one: where the program is not known, this is
    where it may look for them."""
    nodes = layer.nodes if layer else {}
    links = (path for path, node in nodes.items() if (node.kind, node.target) == (SYMLINK, catalog.CA_PATH))
    return next((f"/{path}" for path in links), None)


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


def _planned(names: Tuple[str, ...], nodes: Mapping[str, Node], has_bundle: bool, link: Optional[str]) -> Dict[str, Node]:
    """What the layer of these names has. Which zones there are is the distribution's: those that are there count."""
    zones = (path for path, node in nodes.items() if path.startswith(_ZONEINFO) and node.kind != DIRECTORY)
    data = [layer_plan.CERTIFI, *(f"{layer_plan.ZONEINFO}{path[len(_ZONEINFO) :]}" for path in zones)]
    sources = layer_plan.Sources(dict.fromkeys(catalog.TEXT_NAMES, 0), dict.fromkeys(data, 0), 0 if has_bundle else None)
    entries = tar.with_parents(layer_plan.plan(names, sources, link).entries)
    return {entry.path: node_of(entry) for entry in entries}


def _check_texts(name: str, nodes: Mapping[str, Node], entry: JsonObject) -> None:
    for path, text in catalog.TEXTS.get(name, ()):
        node = nodes[path.lstrip("/")]
        if node.kind == FILE and node.digest != f"sha256:{catalog.TEXT_DIGESTS[text]}":
            entry.broken("runtimeFiles", path, f"{path} is not the file of {name!r}")
