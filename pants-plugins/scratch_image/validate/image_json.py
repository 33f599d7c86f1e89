"""The report beside a layout, `image.json` (docs/image-json.md): its digests and sizes are those of the layout."""

from __future__ import annotations

from typing import Iterator, Optional, Sequence, Tuple, Type, TypeVar

from scratch_image.layout.descriptor import Claim
from scratch_image.layout.documents import JsonObject, T, parse
from scratch_image.layout.layers import LayerBlob
from scratch_image.layout.limits import Limits
from scratch_image.layout.problems import Problems, shown
from scratch_image.oci.digest import Digest
from scratch_image.oci.names import REPORT, REPORT_SCHEMA
from scratch_image.validate.image import CheckedImage

D = TypeVar("D")


def check_image_json(
    content: bytes, root: Optional[Claim], images: Sequence[CheckedImage], problems: Problems, limits: Limits
) -> None:
    """Compares with the entry of `index.json`, and with the images below it."""
    values = parse(content, REPORT, problems, limits)
    if values is None:
        return
    _compare(values, "schema", int, REPORT_SCHEMA)
    stated = values.child("root", required=True)
    if stated is not None and root is not None:
        _compare(stated, "mediaType", str, root.media_type)
        _compare(stated, "digest", str, _text(root.digest))
        _compare(stated, "size", int, root.size)
    for entry, image in _pairs(values, "manifests", images):
        _compare(entry, "platform", str, str(image.platform) if image.platform else None)
        _compare(entry, "digest", str, _text(image.manifest))
        _compare(entry, "config", str, _text(image.config))
        for place, layer in _pairs(entry, "layers", image.layers):
            if layer is not None:
                _check_layer(place, layer)


def _check_layer(values: JsonObject, layer: LayerBlob) -> None:
    _compare(values, "digest", str, f"sha256:{layer.digest}")
    _compare(values, "size", int, layer.size)
    if layer.diff_id is not None:
        _compare(values, "diffId", str, f"sha256:{layer.diff_id}")
        _compare(values, "unpackedSize", int, layer.unpacked)


def _pairs(values: JsonObject, name: str, derived: Sequence[D]) -> Iterator[Tuple[JsonObject, D]]:
    """Objects of the report beside what they are about; none where their number differs."""
    stated = values.children(name, required=True)
    if stated is not None and len(stated) != len(derived):
        values.mismatch(f"number of {name}", str(len(stated)), str(len(derived)))
    elif stated is not None:
        yield from ((entry, other) for entry, other in zip(stated, derived) if entry is not None)


def _compare(values: JsonObject, name: str, kind: Type[T], derived: Optional[T]) -> None:
    value = values.member(name, kind, required=True)
    if value is not None and derived is not None and value != derived:
        values.mismatch(name, shown(value), shown(derived))


def _text(digest: Optional[Digest]) -> Optional[str]:
    return str(digest) if digest else None
