"""Rules for the members of a descriptor that no reader here uses, but others do."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

from scratch_image.layout.descriptor import Claim, Rules
from scratch_image.layout.documents import JsonObject
from scratch_image.oci.names import INDEX

_REF_NAME = "org.opencontainers.image.ref.name"
# annotations.md, the grammar of the reference name.
_REF_GRAMMAR = re.compile(r"[A-Za-z0-9]+(?:(?:[-._:@/+]|--)[A-Za-z0-9]+)*")


class DescriptorRules(Rules):
    """What holds for one descriptor, wherever it stands."""

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


def _check_data(data: str, values: JsonObject, claim: Claim) -> None:
    """descriptor.md, "data": base64 of the content, which readers may take instead of the blob."""
    try:
        derived = hashlib.sha256(base64.b64decode(data, validate=True)).hexdigest()
    except (ValueError, binascii.Error):
        values.problems.broken(values.where, "data", f"the content of {claim.digest}", "the data is not base64")
        return
    if claim.digest and derived != claim.digest.hex:
        values.mismatch("data", str(claim.digest), f"sha256:{derived}")
