"""The forms of documents about an image: their names, the endings of their files, and their types. Pure."""

from __future__ import annotations

from typing import Callable, Dict, NamedTuple

from scratch_image.attest import cyclonedx, spdx
from scratch_image.attest.bom import Bom


class Format(NamedTuple):
    """`ending` is that of a file in dist/, `media_type` that of the blob, `predicate_type` that of a statement that holds
    the document, and `document` writes it."""

    ending: str
    media_type: str
    predicate_type: str
    document: Callable[[Bom], bytes]


# In the order in which they are written: trivy takes the first that it can read.
SBOM_FORMATS: Dict[str, Format] = {
    "cyclonedx": Format("cdx.json", cyclonedx.MEDIA_TYPE, cyclonedx.PREDICATE_TYPE, cyclonedx.document),
    "spdx": Format("spdx.json", spdx.MEDIA_TYPE, spdx.PREDICATE_TYPE, spdx.document),
}
