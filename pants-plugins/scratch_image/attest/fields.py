"""What is attested of an image: the fields `sbom`, `sbom_components`, `sbom_files` and `provenance`, read. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Mapping, Tuple

from scratch_image.attest.component import Component, declared
from scratch_image.attest.formats import SBOM_FORMATS
from scratch_image.image.field_reader import FieldReader, Mistake
from scratch_image.image.values import members_of
from scratch_image.oci import grammar
from scratch_image.oci.suggest import did_you_mean

_KEYS = ("purl", "cpe", "name", "version", "license")
_EXAMPLE = "{'purl': 'pkg:conan/zlib@1.3.1', 'cpe': 'cpe:2.3:a:zlib:zlib:1.3.1:*:*:*:*:*:*:*'}"
# RFC 3986, section 3: an absolute URI.
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!#-;=?-\[\]_a-z~%]+")
_BUILDER = "option `[scratch-image].builder_id`"


@dataclass(frozen=True)
class Attestations:
    """`formats` are those of SBOM_FORMATS that are written; `libraries` are declared for the program; `every_file` is
    whether long lists of files are written in full. `builder` is the `builder.id` of the provenance, empty where there is
    none."""

    formats: Tuple[str, ...] = ()
    libraries: Tuple[Component, ...] = ()
    every_file: bool = False
    builder: str = ""

    @property
    def hashes(self) -> bool:
        """Whether each file of the image is hashed."""
        return bool(self.formats)


@dataclass(frozen=True)
class AttestationDefaults:
    """The options `[scratch-image].sbom`, `provenance` and `builder_id`."""

    sbom: Tuple[str, ...] = ()
    provenance: bool = False
    builder_id: str = ""


def read_attestations(
    fields: Mapping[str, object], defaults: AttestationDefaults
) -> Tuple[Attestations, Tuple[Mistake, ...]]:
    """Reads the four fields of a target: name → value as written, None where not set. Returns every mistake in them; with a
    mistake, the rest means nothing."""
    read = FieldReader(fields)
    if read.is_set("sbom"):
        wanted = read.many("sbom", sbom_format, '["cyclonedx", "spdx"]')
    else:
        wanted = tuple(read.parsed("option `[scratch-image].sbom`", sbom_format, each, "") for each in defaults.sbom)
    libraries = read.numbered("sbom_components", library, f"[{_EXAMPLE}]")
    every_file = read.one("sbom_files", grammar.boolean, False)
    builder = ""
    if read.one("provenance", grammar.boolean, defaults.provenance):
        builder = read.parsed(_BUILDER, builder_id, defaults.builder_id, "")
    formats = tuple(each for each in SBOM_FORMATS if each in wanted)
    return Attestations(formats, tuple(sorted(set(libraries))), every_file, builder), tuple(read.mistakes)


def sbom_format(value: object) -> str:
    """A format of bills of materials."""
    name = grammar.text(value)
    if name not in SBOM_FORMATS:
        raise ValueError(f"unknown format {name!r}; {did_you_mean(name.lower(), SBOM_FORMATS)}")
    return name


def library(value: object) -> Component:
    """A member of `sbom_components`: a library that is in the program."""
    members = members_of(value, _KEYS, "a dict", _EXAMPLE)
    texts = {key: grammar.text(members[key]) for key in members}
    for key, text in texts.items():
        if not text.strip() or text != text.strip() or not text.isprintable():
            cure = f"write {text.strip()!r}" if text.strip() and text.strip().isprintable() else "leave the key out"
            raise ValueError(
                f"{key!r} is {text!r}, which is empty, or has blanks at its ends or invisible characters; {cure}"
            )
    return declared(*(texts.get(key, "") for key in _KEYS))


def builder_id(value: object) -> str:
    """A URI of the platform that builds: SLSA 1.0, "builder.id"."""
    text = grammar.text(value)
    if not text:
        raise ValueError(
            "it is not set, and provenance states who built the image; write a URI of the platform that you trust to build, "
            "for example 'https://ci.example/builders/release'"
        )
    if not _URI.fullmatch(text):
        raise ValueError(f"{text!r} is not a URI; for example 'https://ci.example/builders/release'")
    return text
