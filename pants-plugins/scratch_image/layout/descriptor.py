"""Descriptors and platforms as JSON has them (image-spec 1.1, descriptor.md and image-index.md)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import Dict, Optional

from scratch_image.layout.documents import Object, member, strings
from scratch_image.layout.problems import Findings, shown
from scratch_image.oci.digest import Digest
from scratch_image.oci.platform import Platform

REF_NAME = "org.opencontainers.image.ref.name"
# annotations.md, the grammar of the reference name.
_REF_NAME = re.compile(r"[A-Za-z0-9]+(?:(?:[-._:@/+]|--)[A-Za-z0-9]+)*")


@dataclass(frozen=True)
class Claim:
    """What a descriptor says; what is wrong or absent is None, and was named."""

    where: str
    media_type: Optional[str]
    digest: Optional[Digest]
    size: Optional[int]
    platform: Optional[Platform]
    has_platform: bool


def read_descriptor(value: object, where: str, findings: Findings, *, in_root: bool = False) -> Optional[Claim]:
    """A descriptor, or None and a problem; `in_root` is whether it stands in index.json."""
    if not isinstance(value, dict):
        findings.add(where, "descriptor", shown(value), "an object is asked for")
        return None
    media_type = member(value, "mediaType", str, where, findings, required=True)
    digest = read_digest(member(value, "digest", str, where, findings, required=True), where, "digest", findings)
    size = member(value, "size", int, where, findings, required=True)
    if size is not None and size < 0:
        findings.add(where, "size", str(size), "a size is at least 0")
        size = None
    _check_ref_name(strings(value, "annotations", where, findings), where, findings, in_root)
    if member(value, "urls", list, where, findings):
        findings.add(where, "urls", "a list", "the content is elsewhere; an image from here is whole")
    _check_data(member(value, "data", str, where, findings), digest, where, findings)
    platform = read_platform(member(value, "platform", dict, where, findings), f"{where} platform", findings)
    return Claim(where, media_type, digest, size, platform, "platform" in value)


def read_digest(value: Optional[str], where: str, what: str, findings: Findings) -> Optional[Digest]:
    """descriptor.md, "Digests": the registered algorithm sha256, and 64 lower-case hexadecimal digits."""
    if value is None:
        return None
    try:
        return Digest.parse(value)
    except ValueError:
        findings.add(where, what, shown(value), "'sha256:' and 64 lower-case hexadecimal digits are asked for")
        return None


def read_platform(values: Optional[Object], where: str, findings: Findings) -> Optional[Platform]:
    """`os`, `architecture` and `variant` of a platform object or of a configuration; None if absent or wrong."""
    if values is None:
        return None
    system = member(values, "os", str, where, findings, required=True)
    architecture = member(values, "architecture", str, where, findings, required=True)
    variant = member(values, "variant", str, where, findings)
    if system is None or architecture is None:
        return None
    text = "/".join((system, architecture)) if variant is None else "/".join((system, architecture, variant))
    try:
        return Platform.parse(text)
    except ValueError as error:
        findings.add(where, "platform", shown(text), str(error))
        return None


def _check_ref_name(annotations: Dict[str, str], where: str, findings: Findings, in_root: bool) -> None:
    name = annotations.get(REF_NAME)
    if name is None:
        return
    if not in_root:
        findings.add(where, REF_NAME, shown(name), "it is for descriptors in index.json only")
    elif not _REF_NAME.fullmatch(name):
        findings.add(where, REF_NAME, shown(name), "letters and digits, with one of '-._:@/+' between them")


def _check_data(data: Optional[str], digest: Optional[Digest], where: str, findings: Findings) -> None:
    """descriptor.md, "data": base64 of the content, which readers may take instead of the blob."""
    if data is None:
        return
    try:
        derived = hashlib.sha256(base64.b64decode(data, validate=True)).hexdigest()
    except (ValueError, binascii.Error):
        derived = "no base64"
    if digest and derived != digest.hex:
        findings.add(where, "data", f"the content of {digest}", derived)
