"""Pins down the JSON of an image: config, manifest, index and layout, to the byte. What is not set is absent."""

from __future__ import annotations

import dataclasses
import hashlib
import json

import pytest

from scratch_image.oci import canonical_json
from scratch_image.oci.digest import Digest
from scratch_image.oci.image import ImageLayer, build_image, build_index
from scratch_image.oci.layout import layout_files
from scratch_image.oci.platform import Platform
from scratch_image.oci.spec import Descriptor, ImageConfig, ImageIndex, Manifest, RunConfig

A, B, C = (Digest(letter * 64) for letter in "abc")
AMD64 = Platform("linux", "amd64")
CREATED = "1970-01-01T00:00:00Z"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"
LAYER = ImageLayer(Descriptor(LAYER_TYPE, A, 123), B, "scratch_image binary")
APP = RunConfig(entrypoint=("/app",))


@pytest.mark.parametrize(
    "value, encoded, reason",
    [
        ({}, b"{}", "nothing"),
        ({"b": 1, "a": [True, None, "x"]}, b'{"a":[true,null,"x"],"b":1}', "sorted, without white space"),
        ({"b": {"d": 1, "c": 2}}, b'{"b":{"c":2,"d":1}}', "sorted inside as well"),
        ({"a": 1, "B": 2, "_": 3}, b'{"B":2,"_":3,"a":1}', "by code point, not by a language's alphabet"),
        ({"\uffff": 1, "\U00010000": 2}, '{"\uffff":1,"\U00010000":2}'.encode(), "by code point, not by UTF-16 as Java"),
        ({"a": "Grüße"}, '{"a":"Grüße"}'.encode(), "UTF-8, not escapes"),
        ({"a": '"\\\n</'}, b'{"a":"\\"\\\\\\n</"}', "only what must be escaped is"),
    ],
)
def test_canonical_json(value, encoded, reason):
    assert canonical_json.encode(value) == encoded


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800"])
def test_canonical_json_refuses_what_is_no_json(value):
    with pytest.raises(ValueError):
        canonical_json.encode({"a": value})


@pytest.mark.parametrize(
    "descriptor, want",
    [
        (Descriptor("t", A, 0), {"mediaType": "t", "digest": str(A), "size": 0}),
        (
            Descriptor("t", A, 0, artifact_type="a"),
            {"mediaType": "t", "artifactType": "a", "digest": str(A), "size": 0},
        ),
        (
            Descriptor("t", A, 7, Platform("linux", "arm", "v7"), {"k": "v"}),
            {
                "mediaType": "t",
                "digest": str(A),
                "size": 7,
                "platform": {"os": "linux", "architecture": "arm", "variant": "v7"},
                "annotations": {"k": "v"},
            },
        ),
    ],
)
def test_descriptor(descriptor, want):
    assert descriptor.to_dict() == want


RUN = [
    (RunConfig(), {}),
    (RunConfig(entrypoint=("/app", "-v")), {"Entrypoint": ["/app", "-v"]}),
    (RunConfig(cmd=("", "x")), {"Cmd": ["", "x"]}),
    (RunConfig(env=("A=1", "B=")), {"Env": ["A=1", "B="]}),
    (RunConfig(workdir="/data"), {"WorkingDir": "/data"}),
    (RunConfig(user="65532:65532"), {"User": "65532:65532"}),
    (RunConfig(exposed_ports=("53/udp", "80/tcp")), {"ExposedPorts": {"53/udp": {}, "80/tcp": {}}}),
    (RunConfig(volumes=("/a", "/b")), {"Volumes": {"/a": {}, "/b": {}}}),
    (RunConfig(stop_signal="SIGINT"), {"StopSignal": "SIGINT"}),
    (RunConfig(labels={"k": ""}), {"Labels": {"k": ""}}),
]


@pytest.mark.parametrize("run, want", RUN)
def test_run_config(run, want):
    """Each field alone: its key, its form, and no other key."""
    assert run.to_dict() == want


def test_config():
    config = ImageConfig(Platform("linux", "arm64", "v8"), APP, (A, B), ("first", "second"), CREATED)
    assert canonical_json.encode(config.to_dict()) == (
        b'{"architecture":"arm64","config":{"Entrypoint":["/app"]},"created":"1970-01-01T00:00:00Z",'
        b'"history":[{"created":"1970-01-01T00:00:00Z","created_by":"first"},'
        b'{"created":"1970-01-01T00:00:00Z","created_by":"second"}],"os":"linux","rootfs":{"diff_ids":["sha256:'
        + b"a" * 64
        + b'","sha256:'
        + b"b" * 64
        + b'"],"type":"layers"},"variant":"v8"}'
    )


@pytest.mark.parametrize("annotations", [{}, {"org.example": "x"}])
def test_manifest(annotations):
    manifest = Manifest(Descriptor("config", C, 9), (LAYER.descriptor,), annotations)
    assert manifest.to_dict() == {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": "config", "digest": str(C), "size": 9},
        "layers": [{"mediaType": LAYER_TYPE, "digest": str(A), "size": 123}],
        **({"annotations": annotations} if annotations else {}),
    }


def test_index():
    assert canonical_json.encode(ImageIndex((Descriptor("m", A, 1), Descriptor("m", B, 2))).to_dict()) == (
        b'{"manifests":[{"digest":"sha256:%s","mediaType":"m","size":1},{"digest":"sha256:%s","mediaType":"m","size":2}],'
        b'"mediaType":"application/vnd.oci.image.index.v1+json","schemaVersion":2}' % (b"a" * 64, b"b" * 64)
    )


def test_image_is_tied_together_by_digests():
    """What each descriptor says is derived again from the bytes that it names."""
    second = ImageLayer(Descriptor(LAYER_TYPE, B, 5), C, "scratch_image files")
    image = build_image(AMD64, APP, CREATED, {"k": "v"}, (LAYER, second))
    for descriptor, content in (
        (image.config_descriptor, image.config),
        (image.manifest_descriptor, image.manifest),
    ):
        assert (descriptor.digest.hex, descriptor.size) == (hashlib.sha256(content).hexdigest(), len(content))
    manifest, config = json.loads(image.manifest), json.loads(image.config)
    assert manifest["config"] == {
        "mediaType": "application/vnd.oci.image.config.v1+json",
        "digest": str(image.config_descriptor.digest),
        "size": len(image.config),
    }
    assert [layer["digest"] for layer in manifest["layers"]] == [str(A), str(B)]
    assert manifest["annotations"] == {"k": "v"}
    assert config["rootfs"]["diff_ids"] == [str(B), str(C)]
    assert [entry["created_by"] for entry in config["history"]] == ["scratch_image binary", "scratch_image files"]


def test_the_order_of_a_mapping_decides_nothing():
    orders = ({"a": "1", "b": "2"}, {"b": "2", "a": "1"})
    images = [build_image(AMD64, RunConfig(labels=order), CREATED, order, (LAYER,)) for order in orders]
    assert images[0] == images[1]


def test_a_change_of_metadata_leaves_the_layers():
    plain = build_image(AMD64, APP, CREATED, {}, (LAYER,))
    labelled = build_image(AMD64, dataclasses.replace(APP, labels={"k": "v"}), CREATED, {}, (LAYER,))
    assert json.loads(plain.manifest)["layers"] == json.loads(labelled.manifest)["layers"]
    assert plain.config_descriptor.digest != labelled.config_descriptor.digest


def test_layout():
    image = build_image(Platform("linux", "arm", "v7"), APP, CREATED, {"not": "of the index"}, (LAYER,))
    files = layout_files(image)
    config, manifest = image.config_descriptor.digest, image.manifest_descriptor.digest
    assert sorted(files) == sorted(
        ["oci-layout", "index.json", f"blobs/sha256/{config.hex}", f"blobs/sha256/{manifest.hex}"]
    )
    assert files["oci-layout"] == b'{"imageLayoutVersion":"1.0.0"}'
    assert files[f"blobs/sha256/{config.hex}"] == image.config
    assert files[f"blobs/sha256/{manifest.hex}"] == image.manifest
    assert json.loads(files["index.json"]) == {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [
            {
                "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "digest": str(manifest),
                "size": len(image.manifest),
                "platform": {"os": "linux", "architecture": "arm", "variant": "v7"},
                "annotations": {"org.opencontainers.image.ref.name": "latest"},
            }
        ],
    }


ARM64 = Platform("linux", "arm64")


def index_of(annotations, *platforms):
    return build_index(tuple(build_image(each, APP, CREATED, annotations, (LAYER,)) for each in platforms), annotations)


def test_an_index_of_images():
    """One descriptor per image, with its platform, in the order that was given."""
    index = index_of({}, ARM64, AMD64, Platform("linux", "arm", "v7"))
    told = json.loads(index.content)
    assert set(told) == {"schemaVersion", "mediaType", "manifests"}
    assert told["manifests"] == [
        {
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": f"sha256:{hashlib.sha256(image.manifest).hexdigest()}",
            "size": len(image.manifest),
            "platform": platform,
        }
        for image, platform in zip(
            index.images,
            (
                {"architecture": "arm64", "os": "linux"},
                {"architecture": "amd64", "os": "linux"},
                {"architecture": "arm", "os": "linux", "variant": "v7"},
            ),
        )
    ]


def test_an_indexs_annotations_are_its_own_and_every_manifests():
    index = index_of({"b": "2", "a": "1"}, AMD64, ARM64)
    told = json.loads(index.content)
    assert told["annotations"] == {"a": "1", "b": "2"}
    assert all("annotations" not in descriptor for descriptor in told["manifests"])
    assert [json.loads(image.manifest)["annotations"] for image in index.images] == [{"a": "1", "b": "2"}] * 2
    assert index_of({"a": "1", "b": "2"}, AMD64, ARM64) == index, "their order decides nothing"


def test_the_documents_of_an_index():
    index = index_of({}, AMD64, ARM64)
    root = index.root
    assert (root.digest.hex, root.size) == (hashlib.sha256(index.content).hexdigest(), len(index.content))
    assert (root.media_type, root.platform, root.annotations) == ("application/vnd.oci.image.index.v1+json", None, {})
    documents = [index.content, *(text for image in index.images for text in (image.config, image.manifest))]
    assert index.documents == {f"blobs/sha256/{hashlib.sha256(text).hexdigest()}": text for text in documents}
    assert len(index.documents) == 5


def test_a_layout_of_an_index():
    """`index.json` has one entry, the index, which is of no platform: a tool that wants one looks into it."""
    index = index_of({"not": "of the layout"}, AMD64, ARM64)
    files = layout_files(index)
    assert json.loads(files["index.json"]) == {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [
            {
                "mediaType": "application/vnd.oci.image.index.v1+json",
                "digest": str(index.root.digest),
                "size": len(index.content),
                "annotations": {"org.opencontainers.image.ref.name": "latest"},
            }
        ],
    }
    assert set(files) == {"oci-layout", "index.json", *index.documents}


def test_an_image_in_an_index_is_what_it_is_alone():
    alone = build_image(ARM64, APP, CREATED, {}, (LAYER,))
    assert index_of({}, AMD64, ARM64).images[1] == alone
    (only,) = json.loads(index_of({}, ARM64).content)["manifests"]
    assert only["digest"] == str(alone.manifest_descriptor.digest), "of one image as well"
