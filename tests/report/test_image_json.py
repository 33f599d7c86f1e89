"""Pins down what is said of an image that was made: `image.json` to the byte, and the lines in the log."""

from __future__ import annotations

import json

import pytest

from scratch_image.assembler.plan import LayerFacts
from scratch_image.binary.facts import BinaryFacts
from scratch_image.certificates.facts import BundleFacts, CertificateFacts
from scratch_image.oci.digest import Digest
from scratch_image.oci.image import ImageLayer as Layer
from scratch_image.oci.image import build_image, build_index
from scratch_image.oci.platform import Platform
from scratch_image.oci.spec import Descriptor, RunConfig
from scratch_image.report import log_lines as log
from scratch_image.report.image_json import ImageReport, PackageReport, RuntimeFilesReport, Written
from tests.support.facts import facts_of

A, B, C, D = (Digest(letter * 64) for letter in "abcd")
FACTS = facts_of(word_size=32, machine=40, needs=None)
NONE = RuntimeFilesReport((), {}, None)


def finding(check, severity, text, fix):
    return {"check": check, "severity": severity, "text": text, "fix": fix}


def layer(size=123, unpacked_size=10240, recipe="tar.1+gzip.1"):
    return LayerFacts(A, size, B, unpacked_size, recipe)


def image_of(*layers):
    described = tuple(Layer(Descriptor("t", facts.digest, facts.size), facts.diff_id, "x") for facts in layers)
    return build_image(Platform("linux", "arm", "v7"), RunConfig(), "1970-01-01T00:00:00Z", {}, described)


def image_json(image, layers, facts, findings, files):
    references = ("hello:1", "hello:latest")
    return PackageReport(image.root, (ImageReport(image, layers, facts, findings),), files, references).image_json()


def log_lines(image, layers):
    return log.log_lines(image.root, (ImageReport(image, layers, FACTS, ()),))


def test_image_json():
    image = image_of(layer())
    root, config = Digest.of(image.manifest), image.config_descriptor.digest
    want = (
        f'{{"manifests":[{{"config":"{config}","digest":"{root}",'
        '"facts":{"elf":{"endianness":"little","linkage":"static","machine":40,"strippableBytes":0,"wordSize":32}},'
        '"findings":[{"check":"SR043","fix":"f","severity":"warning","text":"t"}],'
        f'"layers":[{{"diffId":"{B}","digest":"{A}","recipe":"tar.1+gzip.1","size":123,"unpackedSize":10240}}],'
        '"platform":"linux/arm/v7","runtimeFiles":{"tmp":{},"tzdata":{"version":"2026.2"}}}],"references":["hello:1","hello:latest"],'
        f'"root":{{"digest":"{root}","mediaType":"application/vnd.oci.image.manifest.v1+json",'
        f'"size":{len(image.manifest)}}},"schema":1}}'
    )
    files = RuntimeFilesReport(("tzdata", "tmp"), {"tzdata": "2026.2"}, None)
    assert image_json(image, (layer(),), FACTS, (finding("SR043", "warning", "t", "f"),), files).decode() == want


WRITTEN = [
    # what was written, the members of the report, reason
    (None, {}, "what a test reads is the same whatever is written"),
    (Written(("report",)), {"written": ["report"]}, "the report alone"),
    (Written(("layout", "report"), ("a/hello:1",)), {"written": ["layout", "report"]}, "only an archive has names"),
    (
        Written(("layout", "archive", "report"), ("a/hello:1",), (A, 5)),
        {
            "written": ["layout", "archive", "report"],
            "archive": {"digest": str(A), "size": 5, "references": ["a/hello:1"]},
        },
        "everything",
    ),
]


@pytest.mark.parametrize("written, want, reason", WRITTEN, ids=[row[2] for row in WRITTEN])
def test_what_was_written(written, want, reason):
    of = PackageReport(image_of(layer()).root, (), NONE, ())
    without, with_it = json.loads(of.image_json()), json.loads(of.image_json(written))
    assert with_it == {**without, **want} and not {"written", "archive"} & set(without)


def manifest_of(facts=FACTS, findings=(), files=NONE):
    (manifest,) = json.loads(image_json(image_of(layer()), (layer(),), facts, findings, files))["manifests"]
    return manifest


def test_an_image_of_which_there_is_nothing_to_say():
    manifest = manifest_of()
    assert (manifest["findings"], manifest["runtimeFiles"], "caBundle" in manifest) == ([], {}, False)


def test_a_program_that_was_not_read():
    assert manifest_of(BinaryFacts(other="a text"))["facts"] == {}


def test_findings_keep_their_order():
    findings = tuple(finding(check, "info", "", "") for check in ("SR052", "OI001", "SR045"))
    assert [found["check"] for found in manifest_of(findings=findings)["findings"]] == ["SR052", "OI001", "SR045"]


def test_certificates_of_the_users():
    certificate = CertificateFacts("CN=Grüße", "ab" * 32, "2020-01-01T00:00:00Z", "2030-01-01T00:00:00Z")
    manifest = manifest_of(files=RuntimeFilesReport((), {}, BundleFacts((certificate,), ())))
    assert manifest["caBundle"] == [
        {
            "subject": "CN=Grüße",
            "sha256": "ab" * 32,
            "notBefore": "2020-01-01T00:00:00Z",
            "notAfter": "2030-01-01T00:00:00Z",
        }
    ]


def test_versions_of_what_is_there_only():
    files = RuntimeFilesReport(("tmp",), {"tzdata": "1", "tmp": "2"}, None)
    assert manifest_of(files=files)["runtimeFiles"] == {"tmp": {"version": "2"}}


def test_layers_are_in_the_order_of_the_image():
    layers = (LayerFacts(C, 1, D, 2, "tar.1"), layer())
    (manifest,) = json.loads(image_json(image_of(*layers), layers, FACTS, (), NONE))["manifests"]
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
        (999_940_000, "999.9 MB"),
        (999_950_000, "1.0 GB"),
        (12_345_000_000, "12.3 GB"),
    ],
)
def test_sizes_for_people(size, shown):
    assert f"  {shown}, unpacked" in log_lines(image_of(layer(size)), (layer(size),))[2]


def test_an_index_has_its_own_root_and_a_manifest_per_platform():
    one = image_of(layer(1000))
    two = build_image(Platform("linux", "s390x"), RunConfig(), "1970-01-01T00:00:00Z", {}, one.layers)
    index = build_index((one, two), {})
    reports = tuple(ImageReport(image, (layer(1000),), FACTS, ()) for image in (one, two))
    told = json.loads(PackageReport(index.root, reports, NONE, ()).image_json())
    assert told["root"]["digest"] == str(Digest.of(index.content))
    assert told["root"]["mediaType"] == "application/vnd.oci.image.index.v1+json"
    assert [manifest["platform"] for manifest in told["manifests"]] == ["linux/arm/v7", "linux/s390x"]
    assert log.log_lines(index.root, reports) == (
        f"  digest    {Digest.of(index.content)}",
        "  platform  linux/arm/v7",
        "  layers    1.0 kB, unpacked 10.2 kB (tar.1+gzip.1)",
        "  platform  linux/s390x",
        "  layers    1.0 kB, unpacked 10.2 kB (tar.1+gzip.1)",
    )
