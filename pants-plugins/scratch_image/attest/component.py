"""A component: what a bill of materials lists, and how it is told from others. Pure."""

from __future__ import annotations

import hashlib
from typing import Callable, Dict, List, NamedTuple, Optional, Tuple, TypeVar

from scratch_image.attest import cpe as cpes
from scratch_image.attest import license as licenses
from scratch_image.attest import purl as purls

T = TypeVar("T")

# The kinds of components: CycloneDX's names of them, but for FILES, a list of files that stands as one.
CONTAINER, FILE, FILES, LIBRARY = "container", "file", "files", "library"
_REF = 12


class Component(NamedTuple):
    """`kind` is one of the above. `purl` and `cpe` are what scanners match by, `license` is an expression of SPDX, `sha256`
    and `sha1` are hashes in hexadecimal digits; `properties` are (name, value), sorted. What is unknown is empty."""

    kind: str
    name: str
    version: str = ""
    purl: str = ""
    cpe: str = ""
    license: str = ""
    sha256: str = ""
    sha1: str = ""
    properties: Tuple[Tuple[str, str], ...] = ()

    @property
    def ref(self) -> str:
        """What a document names it by, made of all that is known of it: letters and digits only, as SPDX 2.3 wants."""
        properties = (text for pair in self.properties for text in pair)
        known = "\0".join((*self[:-1], *properties))
        return hashlib.sha256(known.encode("utf-8")).hexdigest()[:_REF]

    def declaration(self) -> Dict[str, str]:
        """What is written of a library in the field `sbom_components`."""
        values = {"purl": self.purl, "cpe": self.cpe, "name": self.name, "version": self.version, "license": self.license}
        return {key: value for key, value in values.items() if value}


def declared(purl: str, cpe: str, name: str, version: str, license: str) -> Component:
    """A library that a target declares, with the texts as they are written, each of which may be empty: the package URL
    gives the name and the version that are not. Raises ValueError with all that is wrong, and the cures."""
    wrong: List[str] = []
    of = _right(purls.parse, purl, wrong)
    right_cpe, expression = _right(cpes.check, cpe, wrong), _right(licenses.check, license, wrong)
    if not name and not purl:
        wrong.append("neither 'purl' nor 'name' is there; write one of them")
    if of and version and of.version and version != of.version:
        wrong.append(f"'version' is {version!r}, and the package URL has {of.version!r}; write it once")
    if wrong:
        raise ValueError("; and ".join(wrong))
    named = name or (of.name if of else "")
    return Component(LIBRARY, named, version or (of.version if of else ""), purl, right_cpe or "", license=expression or "")


def _right(check: Callable[[str], T], text: str, wrong: List[str]) -> Optional[T]:
    """What a text that is not empty means; None, and the reason in `wrong`, if it means nothing."""
    try:
        return check(text) if text else None
    except ValueError as error:
        wrong.append(str(error))
        return None
