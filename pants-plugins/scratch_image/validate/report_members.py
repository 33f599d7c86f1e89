"""What any report of this version may hold, whatever image it is about: the first table of docs/image-json.md."""

from __future__ import annotations

from typing import Callable, Container, Dict, List, Optional, Set, Tuple

from scratch_image.checks.table import CHECKS, SEVERITIES
from scratch_image.layout.documents import JsonObject
from scratch_image.layout.problems import shown
from scratch_image.oci import reference
from scratch_image.oci.names import WRITTEN_ARCHIVE
from scratch_image.oci.platform import Platform

_REPORT = (
    *("schema", "root", "references", "written", "archive", "manifests", "omittedPlatforms"),
    *("attestations", "sbom"),
)
_MANIFEST = ("platform", "digest", "config", "layers", "facts", "findings", "runtimeFiles", "caBundle", "goModules")
_ROOT: Dict[str, type] = {"mediaType": str, "digest": str, "size": int}
_ARCHIVE: Dict[str, type] = {"digest": str, "size": int, "references": list}
_LAYER: Dict[str, type] = {"digest": str, "size": int, "diffId": str, "unpackedSize": int, "recipe": str}
_FINDING: Dict[str, type] = {"check": str, "severity": str, "text": str, "fix": str}
_CERTIFICATE: Dict[str, type] = {"subject": str, "sha256": str, "notBefore": str, "notAfter": str}
_ATTESTATION: Dict[str, type] = {
    "subject": str,
    "artifactType": str,
    "predicateType": str,
    "path": str,
    "document": dict,
    "digest": str,
    "size": int,
}
_BLOB: Dict[str, type] = {"digest": str, "size": int}
_SBOM: Dict[str, type] = {"name": str, "everyFile": bool, "components": list}
_COMPONENT = ("purl", "cpe", "name", "version", "license")
# A finding that is off is in no report.
_SEVERITIES = tuple(severity for severity in SEVERITIES if severity != "off")


def check_members(values: JsonObject) -> None:
    """Checks the members of a report at each level: that no other is there, and what each may be by itself."""
    _check_names(values, _REPORT)
    _check_object(values.child("root", required=True), _ROOT)
    values.member("references", list, required=True)
    _each_once(values, "references", reference.image_name)
    if "archive" in values.values:
        _check_object(values.child("archive"), _ARCHIVE)
        written = values.values.get("written")
        if not isinstance(written, list) or WRITTEN_ARCHIVE not in written:
            values.broken("archive", "a member", "`written` says that there is no archive")
    entries = tuple(filter(None, values.children("manifests", required=True) or ()))
    for entry in entries:
        _check_manifest(entry)
    _check_omitted(values, entries)
    _check_attestations(values)


def _check_attestations(values: JsonObject) -> None:
    for entry in values.children("attestations") or ():
        if entry is not None:
            _check_names(entry, (*_ATTESTATION, "platform"))
            for name, kind in _ATTESTATION.items():
                entry.member(name, kind, required=True)
            entry.member("platform", str)
            _check_object(entry.child("document"), _BLOB)
    sbom = values.child("sbom")
    _check_object(sbom, _SBOM)
    for component in (sbom.children("components") if sbom else None) or ():
        if component is not None:
            _check_names(component, _COMPONENT)


def _check_manifest(entry: JsonObject) -> None:
    _check_names(entry, _MANIFEST)
    for name in ("platform", "digest", "config"):
        entry.member(name, str, required=True)
    for name in ("facts", "runtimeFiles"):
        entry.member(name, dict, required=True)
    for layer in entry.children("layers", required=True) or ():
        _check_object(layer, _LAYER)
    for finding in entry.children("findings", required=True) or ():
        _check_object(finding, _FINDING)
        if finding:
            _check_finding(finding)
    for certificate in entry.children("caBundle") or ():
        _check_object(certificate, _CERTIFICATE)


def _check_finding(finding: JsonObject) -> None:
    check, severity = finding.values.get("check"), finding.values.get("severity")
    if isinstance(check, str) and check not in CHECKS:
        finding.broken("check", check, f"this version has no check {shown(check)}")
    if isinstance(severity, str) and severity not in _SEVERITIES:
        finding.expected("severity", f"one of {', '.join(_SEVERITIES)}", severity)


def _check_omitted(values: JsonObject, entries: Tuple[JsonObject, ...]) -> None:
    """Platforms that are none of the image's."""
    if values.values.get("omittedPlatforms") == []:
        values.expected("omittedPlatforms", "platforms", [])
    there = {_platform(entry.values.get("platform")) for entry in entries}
    for what, text in _each_once(values, "omittedPlatforms", Platform.parse):
        if _platform(text) in there:
            values.broken(what, text, f"the image has the platform {shown(text)}")


def _platform(text: object) -> Optional[Platform]:
    try:
        return Platform.parse(text).normalized() if isinstance(text, str) else None
    except ValueError:
        return None


def _each_once(values: JsonObject, name: str, rule: Callable[[str], object]) -> List[Tuple[str, str]]:
    """(place, string) of the strings in a list that keep a rule; what breaks it or is there twice is a problem."""
    seen: Set[str] = set()
    found: List[Tuple[str, str]] = []
    for number, text in enumerate(values.string_list(name)):
        what = f"{name}[{number}]"
        try:
            rule(text)
            found.append((what, text))
        except ValueError as error:
            values.broken(what, text, str(error))
        if text in seen:
            values.broken(what, text, f"{shown(text)} is there twice")
        seen.add(text)
    return found


def _check_object(values: Optional[JsonObject], members: Dict[str, type]) -> None:
    """An object that has these members, of these types, and no others."""
    if values is not None:
        _check_names(values, members)
        for name, kind in members.items():
            values.member(name, kind, required=True)


def _check_names(values: JsonObject, names: Container[str]) -> None:
    for name in values.values:
        if name not in names:
            values.broken(f"member {shown(name)}", "a member", "a report of this version has no such member")
