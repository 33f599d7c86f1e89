"""Pins down the walk over an image: which documents, in which order, what is kept of them, and where it ends."""

from __future__ import annotations

import dataclasses
import json

import pytest

from scratch_image.layout.blobs import Blobs
from scratch_image.layout.descriptor import Claim, Rules
from scratch_image.layout.limits import DEFAULT
from scratch_image.layout.problems import Problems
from scratch_image.layout.store import DirectoryStore
from scratch_image.layout.walk import IndexNode, ManifestNode, Walk
from scratch_image.oci.digest import Digest
from scratch_image.oci.platform import Platform
from scratch_image.oci.spec import MEDIA_TYPE_INDEX, MEDIA_TYPE_MANIFEST
from tests.support.layouts import image, index_of, layout, program_archive, write
from tests.support.programs import AARCH64, elf

TWO = index_of(image(), image([program_archive(elf(AARCH64))], platform=Platform("linux", "arm64")))


def root_of(files):
    """The descriptor in index.json."""
    return json.loads(files["index.json"])["manifests"][0]


def nested(files, times):
    """Indexes of one entry around an image or an index."""
    for _ in range(times):
        files = index_of((files, root_of(files)))
    return files


class Recorder(Rules):
    """Keeps what it is given."""

    def __init__(self):
        self.documents, self.descriptors = [], []

    def document(self, values, media_type):
        self.documents.append((values.where, media_type))

    def descriptor(self, values, claim):
        self.descriptors.append((values.where, claim.media_type))


def walked(files, directory, rules=None, root=None, **limits):
    """(nodes, problems as text, the blobs)"""
    problems = Problems(100)
    limits = dataclasses.replace(DEFAULT, **limits)
    blobs = Blobs(DirectoryStore(write(files, directory), problems, limits), problems, limits)
    walk = Walk(blobs, rules)
    nodes = walk.from_descriptor(Claim("root", None, root, None)) if root else walk.from_index_json()
    return list(nodes), "\n".join(map(str, problems.problems)), blobs


def shape(nodes):
    return [
        (type(node).__name__, len(node.entries) if isinstance(node, IndexNode) else len(node.manifest.layers))
        for node in nodes
    ]


def test_an_index_comes_before_what_it_names(tmp_path):
    nodes, problems, blobs = walked(TWO, tmp_path)
    assert shape(nodes) == [("IndexNode", 1), ("IndexNode", 2), ("ManifestNode", 1), ("ManifestNode", 1)]
    assert (problems, blobs.complete) == ("", True)
    assert nodes[0].claim is None and nodes[1].claim == nodes[0].entries[0]
    assert tuple(node.claim for node in nodes[2:]) == nodes[1].entries


def test_from_a_digest(tmp_path):
    """As publishing does: index.json decides nothing."""
    root = Digest.parse(root_of(TWO)["digest"])
    nodes, problems, _ = walked({**TWO, "index.json": b"{"}, tmp_path, root=root)
    assert (shape(nodes), problems) == ([("IndexNode", 2), ("ManifestNode", 1), ("ManifestNode", 1)], "")
    assert nodes[0].claim.digest == root


def test_what_a_manifest_states(tmp_path):
    files = layout(manifest=lambda manifest: manifest.update(annotations={"a": "b"}))
    nodes, _, _ = walked(files, tmp_path)
    manifest = nodes[1].manifest
    assert isinstance(nodes[1], ManifestNode) and manifest.is_whole
    assert manifest.annotations == {"a": "b"}
    paths = {claim.digest.blob_path for claim in (manifest.config, *manifest.layers, nodes[1].claim)}
    assert paths == {path for path in files if path.startswith("blobs/")}


def test_rules_are_given_every_document_and_descriptor(tmp_path):
    rules = Recorder()
    walked(TWO, tmp_path, rules)
    assert [media_type for _, media_type in rules.documents] == [MEDIA_TYPE_INDEX] * 2 + [MEDIA_TYPE_MANIFEST] * 2
    assert rules.documents[0][0] == "index.json"
    assert [where.split(" ", 1)[1] for where, _ in rules.descriptors] == [
        *("manifests[0]", "manifests[0]", "manifests[1]"),
        *("config", "layers[0]", "config", "layers[0]"),
    ]


ENDS = [
    # files, limits, nodes that are left, the message, reason
    (nested(layout(), 2), {}, 4, "", "as deep as may be"),
    (nested(layout(), 3), {}, 4, "at most 3 deep", "deeper"),
    (TWO, {"index_depth": 1}, 2, "at most 1 deep", "deeper than another limit"),
    (TWO, {"manifests": 2}, 3, "at most 2 of their entries", "more entries"),
    (layout(index=lambda index: b"["), {}, 0, "not valid JSON", "no index"),
    (layout(index=lambda index: index.update(manifests=[1, *index["manifests"]])), {}, 2, "expected an object", "no entry"),
    (layout(manifest=lambda manifest: b"[]"), {}, 1, "expected an object", "no manifest"),
    (layout(manifest=lambda manifest: manifest.pop("config") and None), {}, 2, "config: expected an object", "no config"),
]


@pytest.mark.parametrize("files, limits, left, said, reason", ENDS, ids=[row[4] for row in ENDS])
def test_where_it_ends(files, limits, left, said, reason, tmp_path):
    """With what is missing, it is not known which blobs something refers to."""
    nodes, problems, blobs = walked(files, tmp_path, **limits)
    assert len(nodes) == left and said in problems
    assert blobs.complete is (said == "")


LIES = [
    # files, the message, reason
    (layout(index=lambda index: index["manifests"][0].update(mediaType=MEDIA_TYPE_INDEX)),
     "manifests[0]: mediaType: claimed", "a descriptor"),
    (layout(manifest=lambda manifest: manifest.update(mediaType=MEDIA_TYPE_INDEX)), ": mediaType: claimed", "a manifest"),
    (layout(manifest=lambda manifest: manifest.pop("mediaType") and None), "mediaType: expected a string", "nothing said"),
    (layout(index=lambda index: index["manifests"][0].update(size=1)), "size: claimed 1, derived", "a size"),
]  # fmt: skip


@pytest.mark.parametrize("files, said, reason", LIES, ids=[row[2] for row in LIES])
def test_what_a_document_is_decides(files, said, reason, tmp_path):
    """And not what it is called: what is below it is read all the same."""
    nodes, problems, _ = walked(files, tmp_path)
    assert shape(nodes) == [("IndexNode", 1), ("ManifestNode", 1)]
    assert said in problems
