"""What a program looks for at run time and an empty root file system lacks.

Go keeps the names of all linked functions, and links only what can be reached: a name is exact evidence. Of programs in
other languages only the texts in the loaded data are evidence; a text may have another reason, and a program that
assembles its paths has none. So nothing is reported as not needed. What the libraries of a dynamic program look for is not
in it.
"""

from __future__ import annotations

from typing import NamedTuple, Optional, Tuple

from scratch_image.binary import needs_of_go, needs_of_others
from scratch_image.binary.elf import Elf
from scratch_image.binary.evidence import Need
from scratch_image.binary.go import GoBuild
from scratch_image.binary.pclntab import PCLNTAB, read_names
from scratch_image.binary.rust import Crate
from scratch_image.binary.sections import Section, named

NAMES, STRINGS, NONE = "names", "strings", "none"


class Needs(NamedTuple):
    """`evidence` is NAMES of functions, STRINGS, or NONE if nothing can be read; `found` is what it shows. `embedded` are
    needs whose data the program contains; about `unclear` ones the evidence reveals nothing. `openssl_cert_file` is where
    the OpenSSL in it looks for CA certificates. `cgo`: a Go program with C code. `databases` are those of nsswitch.conf(5)
    that its glibc can be asked for, and `old_glibc` is whether that is older than 2.34: all sources are shared libraries."""

    evidence: str
    found: Tuple[Need, ...]
    embedded: Tuple[str, ...] = ()
    unclear: Tuple[str, ...] = ()
    openssl_cert_file: Optional[str] = None
    language: Optional[str] = None
    cgo: bool = False
    databases: Tuple[str, ...] = ()
    old_glibc: bool = False


def read_needs(
    elf: Elf, sections: Tuple[Section, ...], *, go: bool, build: Optional[GoBuild], crates: Tuple[Crate, ...], packed: bool
) -> Needs:
    """The needs of a program; `go` is whether Go's linker made it."""
    if packed:
        return Needs(NONE, (), language="Go" if go else None)
    if not (go or build or named(sections, *PCLNTAB)):
        texts = needs_of_others.read(elf, sections, crates)
        openssl = texts.openssl_cert_file
        needs = Needs(STRINGS, texts.found, texts.embedded, texts.unclear, openssl, texts.language)
        return _with_name_service(needs, texts)
    names = read_names(elf, sections)
    linked = needs_of_go.read(elf, names.every) if names else None
    if linked is None:
        return Needs(NONE, (), language="Go")
    if not linked.cgo:
        return Needs(NAMES, linked.found, linked.embedded, language="Go")
    # Go has no names of C code, so its texts are read.
    texts = needs_of_others.read(elf, sections, ())
    native = tuple(need for need in texts.found if need.name == "nss")
    needs = Needs(NAMES, (*linked.found, *native), linked.embedded, (), texts.openssl_cert_file, language="Go", cgo=True)
    return _with_name_service(needs, texts)


def _with_name_service(needs: Needs, texts: needs_of_others.Texts) -> Needs:
    service = texts.name_service
    return needs._replace(databases=service.databases, old_glibc=not service.built_in) if service else needs
