"""A bill of materials as SPDX 2.3, in JSON. Pure.

The time that SPDX wants is the epoch, and the namespace is made of the digest of what the document describes: the same
image has the same document.
"""

from __future__ import annotations

import hashlib
import re
from typing import Dict, Iterable, Iterator, List, Sequence

from scratch_image.attest.bom import Bom
from scratch_image.attest.component import CONTAINER, FILE, FILES, Component
from scratch_image.attest.programs import COMPLETE
from scratch_image.oci import canonical_json

MEDIA_TYPE = "application/spdx+json"
# The predicate of a statement about an image that holds the document.
PREDICATE_TYPE = "https://spdx.dev/Document"
_CREATED = "1970-01-01T00:00:00Z"
_OWN_LICENSE = re.compile(r"(?<![A-Za-z0-9.:-])LicenseRef-[A-Za-z0-9.-]+")
_DOCUMENT, _PREFIX = "SPDXRef-DOCUMENT", "SPDXRef-"
_UNKNOWN, _NONE = "NOASSERTION", "NONE"
# SPDX 2.3, 7.24: what a package is for.
_PURPOSES = {CONTAINER: "CONTAINER", FILES: "FILE"}


def document(bom: Bom) -> bytes:
    """The document, in the one form of JSON of this project."""
    every = (bom.subject, *bom.components)
    values: Dict[str, object] = {
        "spdxVersion": "SPDX-2.3",
        "SPDXID": _DOCUMENT,
        "dataLicense": "CC0-1.0",
        "name": bom.subject.name,
        "documentNamespace": f"https://spdx.org/spdxdocs/scratch_image/{bom.subject.sha256}",
        "creationInfo": {"created": _CREATED, "creators": ["Tool: scratch_image"]},
        "packages": [_package(each, bom) for each in every if each.kind != FILE],
        "relationships": list(_relationships(bom)),
    }
    files = [_file(each) for each in every if each.kind == FILE]
    licenses = _own_licenses(every)
    more = {"files": files, "hasExtractedLicensingInfos": licenses}
    return canonical_json.encode({**values, **{name: value for name, value in more.items() if value}})


def _id(of: Component) -> str:
    return f"{_PREFIX}{of.ref}"


def _package(of: Component, bom: Bom) -> Dict[str, object]:
    files = [each for each in bom.needs.get(of, ()) if each.kind == FILE]
    values: Dict[str, object] = {
        "SPDXID": _id(of),
        "name": of.name,
        "versionInfo": of.version,
        "downloadLocation": _UNKNOWN,
        "filesAnalyzed": bool(files),
        "licenseDeclared": of.license,
        "primaryPackagePurpose": _PURPOSES.get(of.kind, ""),
        "checksums": [{"algorithm": "SHA256", "checksumValue": of.sha256}] if of.sha256 else [],
        "externalRefs": list(_references(of)),
        "comment": _comment(of),
    }
    if files:
        values["packageVerificationCode"] = {"packageVerificationCodeValue": _verification_code(files)}
        values["licenseInfoFromFiles"] = [_UNKNOWN]
    return {name: value for name, value in values.items() if value not in ("", [])}


def _own_licenses(every: Iterable[Component]) -> List[Dict[str, str]]:
    """SPDX 2.3, 10: the licenses that it does not list, of which a target gives the names alone."""
    names = {name for each in every for name in _OWN_LICENSE.findall(each.license)}
    return [{"licenseId": name, "extractedText": _UNKNOWN} for name in sorted(names)]


def _references(of: Component) -> Iterator[Dict[str, str]]:
    if of.purl:
        yield {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": of.purl}
    if of.cpe:
        yield {"referenceCategory": "SECURITY", "referenceType": "cpe23Type", "referenceLocator": of.cpe}


def _verification_code(files: Sequence[Component]) -> str:
    """SPDX 2.3, 7.9: the SHA-1 of the SHA-1s of the files, sorted."""
    return hashlib.sha1("".join(sorted(each.sha1 for each in files)).encode(), usedforsecurity=False).hexdigest()


def _file(of: Component) -> Dict[str, object]:
    values: Dict[str, object] = {
        "SPDXID": _id(of),
        "fileName": f".{of.name}",
        "checksums": [
            {"algorithm": "SHA256", "checksumValue": of.sha256},
            {"algorithm": "SHA1", "checksumValue": of.sha1},
        ],
        "licenseConcluded": _UNKNOWN,
        "licenseInfoInFiles": [_UNKNOWN],
        "copyrightText": _UNKNOWN,
        "comment": _comment(of),
    }
    return {name: value for name, value in values.items() if value}


def _comment(of: Component) -> str:
    """The properties, which SPDX 2.3 has no place for."""
    return "\n".join(f"{name}: {value}" for name, value in of.properties)


def _relationships(bom: Bom) -> Iterator[Dict[str, str]]:
    yield _relationship(_DOCUMENT, "DESCRIBES", _id(bom.subject))
    for component, others in sorted(bom.needs.items()):
        for other in others:
            kind = "CONTAINS" if component.kind == CONTAINER else "DEPENDS_ON"
            yield _relationship(_id(component), kind, _id(other))
        known = bom.known.get(component, COMPLETE)
        if known != COMPLETE or (component in bom.known and not others):
            yield _relationship(_id(component), "DEPENDS_ON", _UNKNOWN if known != COMPLETE else _NONE)


def _relationship(one: str, kind: str, other: str) -> Dict[str, str]:
    return {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}
