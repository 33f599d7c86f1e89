"""The report beside a layout, `image.json` (docs/image-json.md): its digests and sizes are those of the layout."""

from __future__ import annotations

from typing import List, Optional, Sequence, Tuple, Type, TypeVar

from scratch_image.layout.descriptor import Claim
from scratch_image.layout.documents import Object, T, member, parse
from scratch_image.layout.layer import Layer
from scratch_image.layout.limits import Limits
from scratch_image.layout.problems import Findings, shown
from scratch_image.validate.image import Image

D = TypeVar("D")

NAME = "image.json"
_SCHEMA = 1


def check_image_json(
    content: bytes, root: Optional[Claim], images: Sequence[Image], findings: Findings, limits: Limits
) -> None:
    """Compares with what `index.json` points at, and with the images below that."""
    values = parse(content, NAME, findings, limits)
    if values is None:
        return
    _compare(values, "schema", int, _SCHEMA, NAME, findings)
    stated = member(values, "root", dict, NAME, findings, required=True)
    if stated is not None and root is not None:
        where = f"{NAME} root"
        _compare(stated, "mediaType", str, root.media_type, where, findings)
        _compare(stated, "digest", str, str(root.digest) if root.digest else None, where, findings)
        _compare(stated, "size", int, root.size, where, findings)
    manifests = member(values, "manifests", list, NAME, findings, required=True)
    for number, (place, image) in enumerate(_pairs(manifests, images, f"{NAME} manifests", findings)):
        _check_manifest(place, image, f"{NAME} manifests[{number}]", findings)


def _check_manifest(values: Object, image: Image, where: str, findings: Findings) -> None:
    _compare(values, "platform", str, str(image.platform) if image.platform else None, where, findings)
    _compare(values, "digest", str, _digest(image.manifest), where, findings)
    _compare(values, "config", str, _digest(image.config), where, findings)
    layers = member(values, "layers", list, where, findings, required=True)
    for number, (place, layer) in enumerate(_pairs(layers, image.read, f"{where} layers", findings)):
        if layer is not None:
            _check_layer(place, layer, f"{where} layers[{number}]", findings)


def _check_layer(values: Object, layer: Layer, where: str, findings: Findings) -> None:
    _compare(values, "digest", str, f"sha256:{layer.digest}", where, findings)
    _compare(values, "size", int, layer.size, where, findings)
    if layer.diff_id is not None:
        _compare(values, "diffId", str, f"sha256:{layer.diff_id}", where, findings)
        _compare(values, "unpackedSize", int, layer.unpacked, where, findings)


def _pairs(
    stated: Optional[List[object]], derived: Sequence[D], where: str, findings: Findings
) -> Tuple[Tuple[Object, D], ...]:
    """Objects of the report beside what they are about; none where there is another number of them."""
    if stated is None:
        return ()
    if len(stated) != len(derived):
        findings.add(where, "number", str(len(stated)), str(len(derived)))
        return ()
    for value in stated:
        if not isinstance(value, dict):
            findings.add(where, "entry", shown(value), "an object is asked for")
    return tuple((value, other) for value, other in zip(stated, derived) if isinstance(value, dict))


def _compare(values: Object, name: str, kind: Type[T], derived: Optional[T], where: str, findings: Findings) -> None:
    value = member(values, name, kind, where, findings, required=True)
    if value is not None and derived is not None and value != derived:
        findings.add(where, name, shown(value), shown(derived))


def _digest(blob_path: str) -> Optional[str]:
    return f"sha256:{blob_path[-64:]}" if blob_path else None
