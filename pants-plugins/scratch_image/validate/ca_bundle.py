"""`caBundle` of a report: the certificates of the user, against those in the image."""

from __future__ import annotations

import hashlib
from typing import Dict, List, Optional, Sequence

from scratch_image.certificates import der, pem
from scratch_image.layout.documents import JsonObject
from scratch_image.layout.layers import LayerBlob
from scratch_image.layout.tree import FILE
from scratch_image.runtime_files import catalog
from scratch_image.validate.differences import differences
from scratch_image.validate.files import Files

_PATH = catalog.CA_PATH.lstrip("/")
_MAX_SIZE = 64 << 20
# The subject is text that a library makes of the certificate.
_UNDERIVED = "subject"


def check_bundle(entry: JsonObject, layer: Optional[LayerBlob], files: Files) -> None:
    """Compares the member, if it is there, with the certificates in the layer of runtime files: all of them, or, below
    certifi's, some. What certifi has is not known, but that it is certificates. Raises OSError."""
    runtime_files = entry.values.get("runtimeFiles")
    has_certifi = isinstance(runtime_files, dict) and catalog.CA_CERTIFICATES in runtime_files
    if "caBundle" not in entry.values and not has_certifi:
        return
    claimed = entry.children("caBundle") or ()
    if layer is None or _PATH not in layer.nodes:
        if "caBundle" in entry.values:
            entry.mismatch("caBundle", f"{len(claimed)} certificates", f"the image has no {catalog.CA_PATH}")
        return
    if layer.nodes[_PATH].kind != FILE:
        return  # A problem of the layer.
    content, why = files.content(layer, _PATH, _MAX_SIZE)
    if content is None:
        entry.problems.skip(entry.where, f"{catalog.CA_PATH}: {why}")
        return
    derived = _certificates(content, entry)
    if not derived:
        entry.broken("runtimeFiles", catalog.CA_PATH, f"{catalog.CA_PATH} has no certificate")
    if "caBundle" in entry.values:
        _compare(entry, tuple(filter(None, claimed)), derived, has_certifi)


def _compare(entry: JsonObject, claimed: Sequence[JsonObject], derived: List[Dict[str, str]], has_certifi: bool) -> None:
    stated = [{key: value for key, value in each.values.items() if key != _UNDERIVED} for each in claimed]
    if has_certifi:
        by_digest = {each["sha256"]: each for each in derived}
        named = (str(each.get("sha256")) for each in stated)
        derived = [by_digest[digest] for digest in named if digest in by_digest]
    if len(derived) != len(stated):
        entry.mismatch("caBundle", f"{len(stated)} certificates", f"{len(derived)} of them are in {catalog.CA_PATH}")
        return
    for place, one, other in differences("caBundle", stated, _objects(derived)):
        entry.mismatch(place, one, other)


def _certificates(content: bytes, entry: JsonObject) -> List[Dict[str, str]]:
    found: List[Dict[str, str]] = []
    for block in pem.split(content):
        certificate = block if isinstance(block, pem.PemMistake) else pem.decode(block)
        if isinstance(certificate, pem.PemMistake):
            text = f"{catalog.CA_PATH}, line {certificate.line}: {certificate.text}"
            entry.broken("caBundle", catalog.CA_PATH, text)
            continue
        digest = hashlib.sha256(certificate).hexdigest()
        try:
            before, after = der.dates(certificate)
        except ValueError as error:
            entry.broken("caBundle", digest, f"the certificate {digest} in {catalog.CA_PATH} cannot be read: {error}")
            continue
        found.append({"sha256": digest, "notBefore": before, "notAfter": after})
    return found


def _objects(derived: Sequence[Dict[str, str]]) -> List[object]:
    return [dict(each) for each in derived]
