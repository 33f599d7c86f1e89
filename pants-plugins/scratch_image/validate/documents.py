"""Rules for indexes, manifests and the descriptors in them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import Optional, Sequence

from scratch_image.layout.descriptor import Claim, Rules
from scratch_image.layout.documents import JsonObject
from scratch_image.layout.problems import Problems
from scratch_image.oci.names import INDEX
from scratch_image.oci.platform import Platform
from scratch_image.oci.spec import MEDIA_TYPE_INDEX

_REF_NAME = "org.opencontainers.image.ref.name"
# annotations.md, the grammar of the reference name.
_REF_GRAMMAR = re.compile(r"[A-Za-z0-9]+(?:(?:[-._:@/+]|--)[A-Za-z0-9]+)*")


class DocumentRules(Rules):
    """The rules that hold for one document or one descriptor."""

    def document(self, values: JsonObject, media_type: str) -> None:
        """CVE-2021-41190: a document with the members of both kinds is taken for both."""
        version = values.member("schemaVersion", int, required=True)
        if version not in (None, 2):
            values.mismatch("schemaVersion", str(version), "2")
        foreign = ("layers", "config") if media_type == MEDIA_TYPE_INDEX else ("manifests",)
        for name in values.values:
            if name.lower() in foreign:
                rule = f"a document of the type {media_type} has no such member"
                values.problems.broken(values.where, name, "a member", rule)
        if media_type == MEDIA_TYPE_INDEX:
            values.strings("annotations")

    def descriptor(self, values: JsonObject, claim: Claim) -> None:
        """image-spec 1.1, descriptor.md; the content of an image from here is in the layout."""
        name = values.strings("annotations").get(_REF_NAME)
        if name is not None and not claim.where.startswith(f"{INDEX} "):
            values.broken(_REF_NAME, name, f"only descriptors in {INDEX} have a reference name")
        elif name is not None and not _REF_GRAMMAR.fullmatch(name):
            values.expected(_REF_NAME, "letters and digits, with one of '-._:@/+' between them", name)
        if values.member("urls", list):
            values.problems.broken(values.where, "urls", "a list", "the content is elsewhere; an image must be complete")
        data = values.member("data", str)
        if data is not None:
            _check_data(data, values, claim)


def check_platforms(entries: Sequence[Claim], problems: Problems) -> None:
    """Readers take the first entry that fits, so each platform is there once; the order is this project's."""
    last: Optional[Platform] = None
    for claim in entries if len(entries) > 1 else ():
        platform = claim.platform
        if platform is None:
            if not claim.has_platform:
                problems.broken(claim.where, "platform", "nothing", "each entry of an index of several must have a platform")
            continue
        if last == platform:
            problems.broken(claim.where, "platform", str(platform), f"another entry has the platform {platform} too")
        elif last is not None and platform.sort_key() < last.sort_key():
            problems.broken(claim.where, "order", str(platform), f"{platform} must come before {last}")
        last = platform


def _check_data(data: str, values: JsonObject, claim: Claim) -> None:
    """descriptor.md, "data": base64 of the content, which readers may take instead of the blob."""
    try:
        derived = hashlib.sha256(base64.b64decode(data, validate=True)).hexdigest()
    except (ValueError, binascii.Error):
        values.problems.broken(values.where, "data", f"the content of {claim.digest}", "the data is not base64")
        return
    if claim.digest and derived != claim.digest.hex:
        values.mismatch("data", str(claim.digest), f"sha256:{derived}")
