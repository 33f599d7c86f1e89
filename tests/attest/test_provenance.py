"""Pins down provenance to the byte, and reads it with in-toto's library."""

from __future__ import annotations

import json

from scratch_image.attest.attachments import provenances
from scratch_image.attest.provenance import BUILD_TYPE, Build, Material, statement
from scratch_image.oci.digest import Digest
from scratch_image.oci.platform import Platform
from scratch_image.oci.spec import MEDIA_TYPE_MANIFEST, Descriptor
from tests.support.sbom_readers import read

BUILD = Build("src/hello:image", {"binary": ":bin"}, {"user": "0:0"}, "https://ci.example/release")
PROGRAM, TREE = Material("src/hello:bin", "b" * 64), Material("src/hello:www", "c" * 64, 40)
SUBJECT = Digest("a" * 64)


def test_the_statement():
    """In the order of names, whatever the order of what it was made of; each once."""
    want = (
        '{"_type":"https://in-toto.io/Statement/v1","predicate":{"buildDefinition":{'
        '"buildType":"urn:scratch-image:build-type:v1","externalParameters":{"defaults":{"user":"0:0"},'
        '"fields":{"binary":":bin"},"target":"src/hello:image"},"resolvedDependencies":['
        f'{{"digest":{{"sha256":"{"b" * 64}"}},"name":"src/hello:bin"}},'
        f'{{"annotations":{{"scratch_image_files":40}},"digest":{{"sha256":"{"c" * 64}"}},"name":"src/hello:www"}}]}},'
        '"runDetails":{"builder":{"id":"https://ci.example/release"}}},"predicateType":"https://slsa.dev/provenance/v1",'
        f'"subject":[{{"digest":{{"sha256":"{"a" * 64}"}},"name":"hello"}}]}}'
    )
    assert statement("hello", SUBJECT, BUILD, (PROGRAM, TREE)).decode() == want
    assert statement("hello", SUBJECT, BUILD, (TREE, PROGRAM, TREE)).decode() == want


def test_in_toto_reads_it():
    content = statement("hello", SUBJECT, BUILD, (PROGRAM, TREE))
    assert read({"x.intoto.json": content})["x.intoto.json"]["wrong"] == []


def test_the_reader_sees_what_is_wrong():
    content = statement("hello", SUBJECT, BUILD, ()).replace(b'"predicateType":"https://slsa.dev/provenance/v1",', b"")
    assert read({"x.intoto.json": content})["x.intoto.json"]["wrong"] != []


def test_two_builders_differ_in_nothing_else():
    """So that a verifier can count signatures over statements that are equal there."""
    other = Build(BUILD.target, BUILD.fields, BUILD.defaults, "https://laptop.example")
    one, two = (json.loads(statement("hello", SUBJECT, build, (PROGRAM,))) for build in (BUILD, other))
    assert one != two
    for each in (one, two):
        del each["predicate"]["runDetails"]
    assert one == two
    assert one["predicate"]["buildDefinition"]["buildType"] == BUILD_TYPE


def test_how_it_is_attached():
    subject = Descriptor(MEDIA_TYPE_MANIFEST, SUBJECT, 5)
    platform = Platform("linux", "arm", "v7")
    one, index = provenances(((subject, platform, (PROGRAM,)), (subject, None, (PROGRAM,))), "hello", BUILD)
    assert (one.path, index.path) == ("provenance/linux-arm-v7.intoto.json", "provenance/index.intoto.json")
    assert one.referrer.descriptor.artifact_type == "application/vnd.in-toto+json"
    assert one.referrer.descriptor.annotations == {"in-toto.io/predicate-type": "https://slsa.dev/provenance/v1"}
