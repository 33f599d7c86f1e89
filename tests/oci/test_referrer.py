"""Pins down the manifest of a referrer, to the byte."""

from __future__ import annotations

import json

from scratch_image.oci import canonical_json
from scratch_image.oci.digest import Digest
from scratch_image.oci.platform import Platform
from scratch_image.oci.referrer import referrer
from scratch_image.oci.spec import Descriptor

A = Digest("a" * 64)
SUBJECT = Descriptor("application/vnd.oci.image.manifest.v1+json", A, 7, Platform("linux", "arm", "v7"), {"k": "v"})
# image-spec 1.1, manifest.md: the descriptor of the empty configuration.
EMPTY = {
    "mediaType": "application/vnd.oci.empty.v1+json",
    "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    "size": 2,
}


def test_a_manifest_with_a_subject():
    made = referrer(SUBJECT, "application/spdx+json", b"[]", {"z": "1", "a": "2"})
    assert made.manifest == canonical_json.encode(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "artifactType": "application/spdx+json",
            "config": EMPTY,
            "layers": [{"mediaType": "application/spdx+json", "digest": str(Digest.of(b"[]")), "size": 2}],
            "subject": {"mediaType": SUBJECT.media_type, "digest": str(A), "size": 7},
            "annotations": {"a": "2", "z": "1"},
        }
    )
    assert made.descriptor.to_dict() == {
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "artifactType": "application/spdx+json",
        "digest": str(Digest.of(made.manifest)),
        "size": len(made.manifest),
        "annotations": {"a": "2", "z": "1"},
    }
    assert made.subject == A
    assert sorted(made.documents.values()) == sorted([made.manifest, b"{}", b"[]"])
    assert all(path == Digest.of(content).blob_path for path, content in made.documents.items())


def test_what_is_not_set_is_absent():
    made = referrer(SUBJECT, "t", b"")
    assert "annotations" not in json.loads(made.manifest)
    assert "annotations" not in made.descriptor.to_dict()


def test_the_order_of_annotations_does_not_matter():
    assert referrer(SUBJECT, "t", b"", {"a": "1", "b": "2"}) == referrer(SUBJECT, "t", b"", {"b": "2", "a": "1"})
