"""A bill of materials as CycloneDX 1.6 (ECMA-424), in JSON. Pure.

No serial number and no time: both are optional, and the same image has the same document.
"""

from __future__ import annotations

from typing import Dict, List

from scratch_image.attest.bom import Bom
from scratch_image.attest.component import FILE, FILES, Component
from scratch_image.oci import canonical_json

MEDIA_TYPE = "application/vnd.cyclonedx+json"
# The predicate of a statement about an image that holds the document.
PREDICATE_TYPE = "https://cyclonedx.org/bom"


def document(bom: Bom) -> bytes:
    """The document, in the one form of JSON of this project."""
    values: Dict[str, object] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": _component(bom.subject),
            "tools": {"components": [{"type": "application", "name": "scratch_image"}]},
        },
        "components": list(map(_component, bom.components)),
        "dependencies": _dependencies(bom),
    }
    compositions = _compositions(bom)
    return canonical_json.encode({**values, "compositions": compositions} if compositions else values)


def _component(of: Component) -> Dict[str, object]:
    values: Dict[str, object] = {
        "bom-ref": of.ref,
        "type": FILE if of.kind == FILES else of.kind,
        "name": of.name,
        "version": of.version,
        "purl": of.purl,
        "cpe": of.cpe,
        "licenses": [{"expression": of.license}] if of.license else [],
        "hashes": _hashes(of),
        "properties": [{"name": name, "value": value} for name, value in of.properties],
    }
    return {name: value for name, value in values.items() if value}


def _hashes(of: Component) -> List[Dict[str, str]]:
    found = [{"alg": "SHA-256", "content": of.sha256}] if of.sha256 else []
    return [*found, {"alg": "SHA-1", "content": of.sha1}] if of.sha1 else found


def _dependencies(bom: Bom) -> List[Dict[str, object]]:
    return [
        {"ref": component.ref, "dependsOn": sorted(other.ref for other in others)}
        for component, others in sorted(bom.needs.items())
        if others
    ]


def _compositions(bom: Bom) -> List[Dict[str, object]]:
    """How much is known of each program; of all other components there is nothing more to know."""
    found: Dict[str, List[str]] = {}
    for component, known in bom.known.items():
        found.setdefault(known, []).append(component.ref)
    return [{"aggregate": known, "dependencies": sorted(found[known])} for known in sorted(found)]
