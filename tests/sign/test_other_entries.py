"""What a layout holds beside the image: what other tools leave there, what would hide another image, and what would cost
time."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from scratch_image import cli
from scratch_image.layout.limits import DEFAULT
from scratch_image.layout.problems import Problems
from scratch_image.layout.store import DirectoryStore
from scratch_image.oci import canonical_json
from scratch_image.oci.digest import Digest
from scratch_image.oci.spec import MEDIA_TYPE_INDEX, Descriptor
from scratch_image.sign.layout import sign_layout
from scratch_image.sign.stored import read_image
from tests.support.layouts import image, layout, with_root, write
from tests.support.signing import for_two_platforms, signing_key, write_keys

# As a list of referrers is named.
NAMED_SO = {"org.opencontainers.image.ref.name": f"sha256-{'a' * 64}"}


@pytest.fixture
def keys(tmp_path):
    (tmp_path / "keys").mkdir()
    return write_keys(tmp_path / "keys")


def ran(capsys, *arguments):
    """(exit status, stdout, stderr)"""
    status = cli.main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_what_others_leave_in_index_json(tmp_path, keys, capsys):
    """`oras copy -r` lists referrers there, `regctl` a list of them, BuildKit attestations in the index."""
    files = for_two_platforms()
    directory = write(files, tmp_path / "image")
    made = sign_layout(directory, signing_key(), DEFAULT)
    index = json.loads((tmp_path / "image/index.json").read_bytes())
    index["manifests"] += [each.descriptor.to_dict() for each in made]
    for entries in ([], [each.descriptor.to_dict() for each in made]):
        listed = canonical_json.encode({"schemaVersion": 2, "mediaType": index["mediaType"], "manifests": entries})
        entry = Descriptor(index["mediaType"], Digest.of(listed), len(listed), annotations=NAMED_SO)
        index["manifests"].append(entry.to_dict())
        (tmp_path / "image" / entry.digest.blob_path).write_bytes(listed)
    (tmp_path / "image/index.json").write_bytes(json.dumps(index).encode())
    assert ran(capsys, "verify-signature", directory, "--key", keys["public"])[0] == 0
    blobs, described = image()
    attestation = {**described, "annotations": {"vnd.docker.reference.type": "attestation-manifest"}}
    inner = canonical_json.encode(
        {"schemaVersion": 2, "mediaType": index["mediaType"], "manifests": [described, attestation]}
    )
    root = Descriptor(index["mediaType"], Digest.of(inner), len(inner))
    directory = write(with_root({**blobs, root.digest.blob_path: inner}, root.to_dict()), tmp_path / "buildkit")
    assert ran(capsys, "sign", directory, "--key", keys["private"])[1].count("\n") == 2
    assert ran(capsys, "verify-signature", directory, "--key", keys["public"])[0] == 0


def another_entry(annotations=None, **members):
    """Adds the image once more to index.json, with these annotations and members in the place of its own."""

    def change(files):
        index = json.loads(files["index.json"])
        entry = {**index["manifests"][0], "annotations": annotations or {}, **members}
        index["manifests"].append({name: value for name, value in entry.items() if value is not None})
        files["index.json"] = json.dumps(index).encode()

    return change


def a_list_of_images(files):
    """What a list of referrers would be named, with an image in it."""
    (root,) = json.loads(files["index.json"])["manifests"]
    listed = canonical_json.encode({"schemaVersion": 2, "mediaType": MEDIA_TYPE_INDEX, "manifests": [root]})
    files[Digest.of(listed).blob_path] = listed
    another_entry(NAMED_SO, digest=str(Digest.of(listed)), size=len(listed))(files)


@pytest.mark.parametrize(
    "change, text",
    [
        (another_entry(NAMED_SO), "index.json names 2 images: latest, sha256-a{64}; expected one"),
        (another_entry({"vnd.docker.reference.type": "attestation-manifest"}), "index.json names 2 images: "),
        (another_entry({"kind": "dev.cosignproject.cosign/sigs"}), "index.json names 2 images: "),
        (another_entry(artifactType="application/spdx+json"), "index.json names 2 images: "),
        (a_list_of_images, "index.json names 2 images: latest, sha256-a{64}; expected one"),
        (another_entry(NAMED_SO, digest=None), "digest: expected"),
    ],
)
def test_no_annotation_hides_an_image(change, text, tmp_path, keys, capsys):
    """Nobody has signed them."""
    files = dict(layout())
    change(files)
    directory = write(files, tmp_path / "image")
    for command in (("sign", directory, "--key", keys["private"]), ("verify-signature", directory, "--key", keys["public"])):
        status, out, err = ran(capsys, *command)
        assert (status, out) == (2, "") and re.search(text, err) and err.startswith(f"{directory}: ")


def test_one_blob_in_many_manifests_is_read_once(tmp_path):
    directory = write(layout(), tmp_path / "image")
    (made,) = sign_layout(directory, signing_key(), DEFAULT)
    for change in ({"annotations": {"a": "b"}}, {"layers": json.loads(made.manifest)["layers"] * 2}):
        other = json.dumps({**json.loads(made.manifest), **change}).encode()
        (Path(directory) / Digest.of(other).blob_path).write_bytes(other)
    image = read_image(DirectoryStore(directory, Problems(0), DEFAULT), DEFAULT)
    assert list(image.bundles_of(made.subject)) == [made.content]
