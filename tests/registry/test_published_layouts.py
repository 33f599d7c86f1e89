"""Pins down what publishing reads of a layout, and how it reads blobs."""

from __future__ import annotations

import json

import pytest

from scratch_image.oci.digest import Digest
from scratch_image.registry import layout
from scratch_image.registry.errors import InvalidLayout
from tests.support.layouts import image, index_of
from tests.support.layouts import layout as made
from tests.support.pushes import stored

# Layouts.


def test_what_a_layout_has(tmp_path):
    path, root = stored(tmp_path, "a", index_of(image(), image(config=lambda data: data.update(author="x"))))
    document = layout.read(path, root)
    assert [each.digest for each in document.walk()] == [*(child.digest for child in document.children), root]
    # One layer for both, and their configs after it.
    layers, configs = document.children[0].blobs, [child.config[0] for child in document.children]
    assert document.all_blobs == (*layers, *configs)


def first(files, suffix):
    """The blob of a one-image layout that the manifest names as its layer or its config."""
    manifest = json.loads(files[Digest.parse(json.loads(files["index.json"])["manifests"][0]["digest"]).blob_path])
    return Digest.parse((manifest["layers"][0] if suffix == "layer" else manifest[suffix])["digest"]).blob_path


def without(suffix):
    files = made()
    del files[first(files, suffix)]
    return files


def longer(suffix):
    files = made()
    files[first(files, suffix)] += b"x"
    return files


LAYOUTS = [
    # layout, the message, reason
    (without("layer"), r"layers\[0\]: blob: there is no file blobs/sha256/", "a layer is missing"),
    (without("config"), "config: blob: there is no file blobs/sha256/", "the config is missing"),
    (longer("layer"), r"layers\[0\]: size: claimed \d+, derived \d+", "a layer is longer"),
    (made(manifest=lambda data: data.pop("layers") and None), "layers: expected a list, got nothing", "no layers"),
    (made(manifest=lambda data: data.update(mediaType="text/plain")), "mediaType: claimed 'text/plain',", "another type"),
    (made(manifest=lambda data: b"[]"), "expected an object, got a list", "no document"),
    (made(manifest=lambda data: data["layers"][0].update(size=0)), "size: claimed 0, derived", "an empty layer"),
    (
        made(manifest=lambda data: data["layers"][0].update(digest="md5:x")),
        "digest: expected a string of 'sha256:'",
        "another digest",
    ),
    (
        made(manifest=lambda data: data.update(annotations={"a": "x" * (4 << 20)})),
        r"at most 4 194 304 are read.*\n  fix: give .* fewer annotations",
        "large",
    ),
]


@pytest.mark.parametrize("files, said, reason", LAYOUTS, ids=[row[2] for row in LAYOUTS])
def test_layouts_that_are_wrong(files, said, reason, tmp_path):
    path, root = stored(tmp_path, "a", files)
    with pytest.raises(InvalidLayout, match=said):
        layout.read(path, root)


def test_a_document_is_hashed(tmp_path):
    path, root = stored(tmp_path, "a", made())
    (tmp_path / "a" / root.blob_path).write_bytes(b"{}")
    with pytest.raises(InvalidLayout, match=r"digest: claimed sha256:.*, derived sha256:"):
        layout.read(path, root)


@pytest.mark.parametrize("start, end", [(0, 600_000), (0, 1), (1, 600_000), (262_144, 524_288), (599_999, 600_000), (5, 7)])
def test_pieces_of_a_blob(start, end, tmp_path):
    content = bytes(range(256)) * 2344
    content = content[:600_000]
    (tmp_path / "blob").write_bytes(content)
    blob = layout.Blob(str(tmp_path / "blob"), Digest.of(content), len(content))
    counted = []
    assert b"".join(map(bytes, blob.pieces(start, end, counted.append))) == content[start:end]
    assert sum(counted) == end - start


@pytest.mark.parametrize(
    "change", [lambda content: content[:-1], lambda content: content + b"x", lambda content: b"y" + content[1:]]
)
@pytest.mark.parametrize("start", [0, 300_000])
def test_the_last_piece_of_another_file_is_not_given(change, start, tmp_path):
    content = bytes(600_000)
    (tmp_path / "blob").write_bytes(change(content))
    blob = layout.Blob(str(tmp_path / "blob"), Digest.of(content), len(content))
    given = []
    with pytest.raises(InvalidLayout):
        given.extend(map(len, blob.pieces(start, len(content), lambda count: None)))
    assert sum(given) < len(content) - start
