"""Pins down the fields `sbom`, `sbom_components`, `sbom_files` and `provenance`, and the mistakes in them."""

from __future__ import annotations

import pytest

from scratch_image.attest.fields import AttestationDefaults, Attestations, read_attestations

BUILDER = "https://ci.example/builders/release"
ZLIB = {"purl": "pkg:conan/zlib@1.3.1"}


def read(defaults=AttestationDefaults(), **fields):
    return read_attestations(fields, defaults)


def test_nothing_is_attested_unless_it_is_asked_for():
    assert read() == (Attestations(), ())
    assert not read()[0].hashes


GOOD = [
    # fields, defaults, formats, builder, reason
    ({"sbom": ["spdx", "cyclonedx", "spdx"]}, {}, ("cyclonedx", "spdx"), "", "in one order, each once"),
    ({"sbom": []}, {"sbom": ("spdx",)}, (), "", "the field takes precedence"),
    ({}, {"sbom": ("spdx",)}, ("spdx",), "", "the option"),
    ({"provenance": True}, {"builder_id": BUILDER}, (), BUILDER, "the field"),
    ({}, {"provenance": True, "builder_id": BUILDER}, (), BUILDER, "the option"),
    ({"provenance": False}, {"provenance": True}, (), "", "an id is not needed where there is no provenance"),
    ({}, {"builder_id": BUILDER}, (), "", "an id alone asks for nothing"),
    ({"provenance": True}, {"builder_id": "urn:x:y"}, (), "urn:x:y", "any URI"),
]


@pytest.mark.parametrize("fields, defaults, formats, builder, reason", GOOD, ids=[row[-1] for row in GOOD])
def test_what_is_attested(fields, defaults, formats, builder, reason):
    found, mistakes = read(AttestationDefaults(**defaults), **fields)
    assert mistakes == ()
    assert (found.formats, found.builder) == (formats, builder)


def test_components_and_files():
    found, mistakes = read(
        sbom=["spdx"], sbom_components=[ZLIB, {"name": "b", "version": "2", "license": "MIT"}], sbom_files=True
    )
    assert mistakes == ()
    assert [(each.name, each.version, each.license) for each in found.libraries] == [
        ("b", "2", "MIT"),
        ("zlib", "1.3.1", ""),
    ]
    assert found.every_file


BAD = [
    # fields, what the mistake must have, reason
    ({"sbom": ["CycloneDX"]}, "field `sbom`: unknown format 'CycloneDX'; did you mean 'cyclonedx'?", "case"),
    ({"sbom": ["cdx"]}, "choose from cyclonedx, spdx", "another name"),
    ({"sbom": "spdx"}, 'write sbom=["spdx"]', "a string"),
    ({"sbom": True}, "is not a list", "a boolean"),
    ({"sbom": [1]}, "field `sbom`: 1 is not a string", "a number"),
    ({"sbom_files": "yes"}, "field `sbom_files`: expected True or False", "a string"),
    ({"provenance": "yes"}, "field `provenance`: expected True or False", "a string"),
    ({"provenance": True}, "option `[scratch-image].builder_id`: it is not set", "no builder"),
    ({"sbom_components": [{"purl": "zlib"}]}, "'zlib' is not a valid package URL", "a bad package URL"),
    ({"sbom_components": [{**ZLIB, "cpe": "zlib"}]}, "'zlib' is not a valid CPE", "a bad CPE"),
    ({"sbom_components": [{**ZLIB, "license": "zlib or mit"}]}, "write OR for 'or'", "a bad expression"),
    ({"sbom_components": [{**ZLIB, "licence": "MIT"}]}, "unknown key 'licence'; did you mean 'license'?", "a misspelt key"),
    ({"sbom_components": [{"version": "1"}]}, "neither 'purl' nor 'name' is there", "no name"),
    ({"sbom_components": [{**ZLIB, "version": "1.2"}]}, "write it once", "two versions"),
    ({"sbom_components": [{"name": " a"}]}, "write 'a'", "a blank"),
    ({"sbom_components": [{"name": ""}]}, "leave the key out", "an empty name"),
    ({"sbom_components": [{"name": "a\u200bb"}]}, "invisible", "a character that is not seen"),
    ({"sbom_components": [{"name": "a", "version": 1}]}, "1 is not a string; put it in quotes: '1'", "a number"),
    ({"sbom_components": ["pkg:conan/zlib"]}, "expected a dict, got 'pkg:conan/zlib'; for example {'purl'", "no dict"),
    ({"sbom_components": [ZLIB, {"version": "1"}]}, "field `sbom_components`, item 2: neither", "the second of two"),
    ({"sbom_components": [{"purl": "zlib", "cpe": "cpe"}]}, "'cpe' is not a valid CPE", "two mistakes in one"),
    ({"sbom_components": [{"cpe": "cpe"}]}, "for example 'cpe:2.3", "a bad CPE and no name"),
    ({"sbom_components": ZLIB}, "is not a list; write sbom_components=", "no list"),
]


@pytest.mark.parametrize("fields, named, reason", BAD, ids=[f"{next(iter(row[0]))}: {row[-1]}" for row in BAD])
def test_mistakes(fields, named, reason):
    _, mistakes = read(**fields)
    assert len(mistakes) == 1
    assert named in str(mistakes[0])


@pytest.mark.parametrize("uri", ["ci", "https://a b", "://x", "https://ä"])
def test_a_builder_that_is_no_uri(uri):
    (mistake,) = read(AttestationDefaults(provenance=True, builder_id=uri))[1]
    assert f"option `[scratch-image].builder_id`: {uri!r} is not a URI" in str(mistake)


def test_an_option_with_an_unknown_format():
    (mistake,) = read(AttestationDefaults(sbom=("sdpx",)))[1]
    assert str(mistake) == "option `[scratch-image].sbom`: unknown format 'sdpx'; did you mean 'spdx'?"
