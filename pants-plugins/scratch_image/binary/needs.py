"""What a static program will look for at run time that an empty root does not have.

Evidence is of two kinds. Go keeps the names of all functions that it linked, and links only what can be reached: a name
there is exact. Of other languages only the texts in the loaded data speak; a text may be there for another reason, and
a program that puts its paths together has none. So what is not found is never said not to be needed.
"""

from __future__ import annotations

from typing import NamedTuple, Optional, Tuple

from scratch_image.binary import needs_of_go, needs_of_others
from scratch_image.binary.elf import Elf
from scratch_image.binary.evidence import Need
from scratch_image.binary.go import GoBuild, function_names
from scratch_image.binary.rust import Crate
from scratch_image.binary.sections import Section

NAMES, STRINGS, NONE = "names", "strings", "none"


class Needs(NamedTuple):
    """`evidence` is how it was looked for: NAMES of functions, STRINGS, or NONE where nothing can be read. `embedded` are
    needs that the program brings the data of; `unclear` are those of which the evidence tells nothing in this program.
    `openssl_cert_file` is where the OpenSSL in it looks for CA certificates. `cgo`: a Go program with C code in it."""

    evidence: str
    found: Tuple[Need, ...]
    embedded: Tuple[str, ...] = ()
    unclear: Tuple[str, ...] = ()
    openssl_cert_file: Optional[str] = None
    language: Optional[str] = None
    cgo: bool = False


def read_needs(
    elf: Elf, sections: Tuple[Section, ...], *, go: bool, build: Optional[GoBuild], crates: Tuple[Crate, ...], packed: bool
) -> Needs:
    if packed:
        return Needs(NONE, (), language="Go" if go else None)
    if not (go or build):
        texts = needs_of_others.read(elf, sections, crates)
        return Needs(STRINGS, texts.found, texts.embedded, texts.unclear, texts.openssl_cert_file, texts.language)
    names = function_names(elf, sections)
    linked = needs_of_go.read(elf, names) if names else None
    if linked is None:
        return Needs(NONE, (), language="Go")
    if not linked.cgo:
        return Needs(NAMES, linked.found, linked.embedded, language="Go")
    # The C code in it has no names that say more: its texts do.
    texts = needs_of_others.read(elf, sections, ())
    native = tuple(need for need in texts.found if need.name == "nss")
    return Needs(NAMES, (*linked.found, *native), linked.embedded, (), texts.openssl_cert_file, language="Go", cgo=True)
