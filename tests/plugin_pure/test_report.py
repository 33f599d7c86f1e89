"""Pins down what is said of an image that was made: `image.json` to the byte, and the lines in the log."""

from __future__ import annotations

import json

import pytest

from scratch_image.assembler.plan import LayerFacts
from scratch_image.binary.elf import ElfHeader
from scratch_image.binary.facts import BinaryFacts
from scratch_image.oci.digest import Digest
from scratch_image.oci.image import Layer, build_image
from scratch_image.oci.platform import Platform
from scratch_image.oci.spec import Descriptor, RunConfig
from scratch_image.report import image_json, log_lines

A, B, C, D = (Digest(letter * 64) for letter in "abcd")
FACTS = BinaryFacts(b"\x7fELF", ElfHeader(32, "little", 40))


def layer(size=123, unpacked_size=10240, recipe="tar.1+gzip.1"):
    return LayerFacts(A, size, B, unpacked_size, recipe)


def image_of(*layers):
    described = tuple(Layer(Descriptor("t", facts.digest, facts.size), facts.diff_id, "x") for facts in layers)
    return build_image(Platform("linux", "arm", "v7"), RunConfig(), "1970-01-01T00:00:00Z", {}, described)


def test_image_json():
    image = image_of(layer())
    root, config = Digest.of(image.manifest), image.config_descriptor.digest
    want = (
        f'{{"manifests":[{{"config":"{config}","digest":"{root}",'
        '"facts":{"elf":{"endianness":"little","machine":40,"wordSize":32}},"findings":[],'
        f'"layers":[{{"diffId":"{B}","digest":"{A}","recipe":"tar.1+gzip.1","size":123,"unpackedSize":10240}}],'
        '"platform":"linux/arm/v7"}],"references":[],'
        f'"root":{{"digest":"{root}","mediaType":"application/vnd.oci.image.manifest.v1+json",'
        f'"size":{len(image.manifest)}}},"schema":1}}'
    )
    assert image_json(image, (layer(),), FACTS).decode() == want


def test_layers_are_in_the_order_of_the_image():
    layers = (LayerFacts(C, 1, D, 2, "tar.1"), layer())
    (manifest,) = json.loads(image_json(image_of(*layers), layers, FACTS))["manifests"]
    assert [described["digest"] for described in manifest["layers"]] == [str(C), str(A)]


def test_log_lines():
    image = image_of(layer(1_234_567, 20_000_000))
    assert log_lines(image, (layer(1_234_567, 20_000_000),)) == (
        f"  digest    {Digest.of(image.manifest)}",
        "  platform  linux/arm/v7",
        "  layers    1.2 MB, unpacked 20.0 MB (tar.1+gzip.1)",
    )


def test_log_lines_add_layers_up():
    layers = (layer(600, 10240), layer(700, 20480, "tar.1"))
    assert log_lines(image_of(*layers), layers)[2] == "  layers    1.3 kB, unpacked 30.7 kB (tar.1+gzip.1, tar.1)"


@pytest.mark.parametrize(
    "size, shown",
    [
        (1, "1 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_999, "1.0 MB"),
        (1_000_000, "1.0 MB"),
        (150_000_000, "150.0 MB"),
    ],
)
def test_sizes_for_people(size, shown):
    assert f"  {shown}, unpacked" in log_lines(image_of(layer(size)), (layer(size),))[2]
