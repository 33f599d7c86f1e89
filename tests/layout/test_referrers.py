"""What is attached to images in a layout, and how much is read in search of it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from scratch_image.layout.limits import DEFAULT, PIECE
from scratch_image.layout.problems import Problems, Unreadable
from scratch_image.layout.referrers import abouts, find_attached
from scratch_image.layout.store import DirectoryStore
from scratch_image.oci.digest import Digest

SUBJECT = Digest("a" * 64)
NAMED = {"mediaType": "x/y", "digest": str(SUBJECT), "size": 1}
GOOD = {"schemaVersion": 2, "config": NAMED, "layers": [], "subject": NAMED}
NONE = {
    "no subject": {**GOOD, "subject": None},
    "a subject by its name": {**GOOD, "subject": str(SUBJECT)},
    "a subject by another algorithm": {**GOOD, "subject": {**NAMED, "digest": f"md5:{'a' * 32}"}},
    "a statement of in-toto": {"subject": [{"digest": {"sha256": SUBJECT.hex}}], "layers": []},
    "no layers": {name: value for name, value in GOOD.items() if name != "layers"},
    "a list": [GOOD],
    "large": {**GOOD, "annotations": {"x": "y" * PIECE}},
}


def store_of(directory, *contents):
    blobs = directory / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    for content in contents:
        (blobs / Digest.of(content).hex).write_bytes(content)
    (directory / "oci-layout").write_bytes(b"{}")
    return DirectoryStore(str(directory), Problems(0), DEFAULT)


def encoded(value):
    return json.dumps(value).encode()


def test_what_is_attached(tmp_path):
    store = store_of(tmp_path, encoded(GOOD), *map(encoded, NONE.values()), b"\x1f\x8b\x08", b"", b"{", b'{"subject"')
    (found,) = find_attached(store, {SUBJECT}, DEFAULT)
    assert (found.digest, found.subject) == (Digest.of(encoded(GOOD)), SUBJECT)
    assert find_attached(store, {Digest("b" * 64)}, DEFAULT) == ()
    (about,) = abouts(store, [path for path in store.sizes if path.startswith("blobs/")], DEFAULT)
    assert (about.content, about.subject) == (encoded(GOOD), SUBJECT)


def test_how_much_is_read(tmp_path):
    """Programs and layers cost nothing."""
    documents = [encoded({**GOOD, "n": number}) for number in range(10)]
    size = sum(map(len, documents))
    store = store_of(tmp_path, *documents, bytes(10 * size))
    assert len(find_attached(store, {SUBJECT}, replace(DEFAULT, orphans=size))) == 10
    with pytest.raises(Unreadable, match=r"in [0-9 ]+ bytes of documents, and the layout has more; remove from its blobs"):
        find_attached(store, {SUBJECT}, replace(DEFAULT, orphans=size - 1))
