"""Layouts with attestations, in the forms in which tools write them: none of them is taken for an image, and none is a blob
that nothing refers to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable, Dict, List, Tuple

import pytest

from scratch_image.oci import canonical_json
from scratch_image.oci.digest import Digest
from scratch_image.oci.referrer import Referrer, referrer
from scratch_image.oci.spec import MEDIA_TYPE_CONFIG, MEDIA_TYPE_INDEX, MEDIA_TYPE_MANIFEST, Descriptor
from scratch_image.validate.check import check
from scratch_image.validate.depth import FULL, Depth
from tests.support.layouts import Files, descriptor, dumped, image, layout, with_root, write

BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
IN_TOTO = "application/vnd.in-toto+json"


def root_of(files: Files) -> Descriptor:
    (entry,) = json.loads(files["index.json"])["manifests"]
    return Descriptor(entry["mediaType"], Digest.parse(entry["digest"]), entry["size"])


def attached(subject: Descriptor, content: bytes = b"{}", kind: str = BUNDLE) -> Referrer:
    return referrer(subject, kind, content)


def with_index(files: Files, change: Callable[[List[Dict[str, Any]]], object]) -> Files:
    index = json.loads(files["index.json"])
    change(index["manifests"])
    return {**files, "index.json": dumped(index)}


def entry_of(one: Referrer, **more: Any) -> Dict[str, Any]:
    return {**one.descriptor.to_dict(), **more}


def cosign() -> Files:
    """`cosign save` 3, and `scratch-image sign`: one entry, and loose blobs; one is about another."""
    files = layout()
    one = attached(root_of(files), b'{"a":1}', "application/vnd.cyclonedx+json")
    two = attached(one.descriptor, b'{"b":1}')
    files = {**files, **one.documents, **two.documents}
    return with_index(files, lambda entries: entries[0]["annotations"].update(kind="dev.cosignproject.cosign/image"))


def cosign_2() -> Files:
    """`cosign save` 2: signatures are an image with a kind."""
    files = layout()
    payload = b'{"critical":{}}'
    config = canonical_json.encode({"rootfs": {"type": "layers", "diff_ids": [str(Digest.of(payload))]}})
    layer = descriptor("application/vnd.dev.cosign.simplesigning.v1+json", payload)
    manifest = {"schemaVersion": 2, "mediaType": MEDIA_TYPE_MANIFEST, "layers": [layer]}
    content = dumped({**manifest, "config": descriptor(MEDIA_TYPE_CONFIG, config)})
    added = {Digest.of(blob).blob_path: blob for blob in (payload, config, content)}
    entry = {**descriptor(MEDIA_TYPE_MANIFEST, content), "annotations": {"kind": "dev.cosignproject.cosign/sigs"}}
    return with_index({**files, **added}, lambda entries: entries.append(entry))


def oras() -> Files:
    """`oras copy -r --to-oci-layout`: referrers are entries of index.json."""
    files = layout()
    one = attached(root_of(files), b'{"a":1}')
    two = attached(one.descriptor, b'{"b":1}')
    files = {**files, **one.documents, **two.documents}
    return with_index(files, lambda entries: entries.extend((entry_of(one), entry_of(two))))


def regctl() -> Files:
    """`regctl image copy --referrers`: the fallback tag of the distribution-spec, an index of referrers."""
    files = layout()
    one = attached(root_of(files), b'{"a":1}')
    tagged = dumped({"schemaVersion": 2, "mediaType": MEDIA_TYPE_INDEX, "manifests": [entry_of(one)]})
    name = f"sha256-{root_of(files).digest.hex}"
    entry = {**descriptor(MEDIA_TYPE_INDEX, tagged), "annotations": {"org.opencontainers.image.ref.name": name}}
    files = {**files, **one.documents, Digest.of(tagged).blob_path: tagged}
    return with_index(files, lambda entries: entries.append(entry))


def buildkit(with_subject: bool) -> Files:
    """BuildKit: an entry of the image index with the platform unknown/unknown."""
    blobs, entry = image()
    subject = Descriptor(MEDIA_TYPE_MANIFEST, Digest.parse(str(entry["digest"])), int(str(entry["size"])))
    if with_subject:
        one = attached(subject, b'{"a":1}', "application/vnd.docker.attestation.manifest.v1+json")
        blobs, content = {**blobs, **one.documents}, one.manifest
    else:
        statement = b'{"_type":"https://in-toto.io/Statement/v0.1"}'
        config = canonical_json.encode({"rootfs": {"type": "layers", "diff_ids": [str(Digest.of(statement))]}})
        layers = [{**descriptor(IN_TOTO, statement), "annotations": {"in-toto.io/predicate-type": "x"}}]
        manifest = {"schemaVersion": 2, "mediaType": MEDIA_TYPE_MANIFEST, "layers": layers}
        content = dumped({**manifest, "config": descriptor(MEDIA_TYPE_CONFIG, config)})
        blobs = {**blobs, **{Digest.of(blob).blob_path: blob for blob in (statement, config, content)}}
    about = {"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": entry["digest"]}
    platform = {"os": "unknown", "architecture": "unknown"}
    attestation = {**descriptor(MEDIA_TYPE_MANIFEST, content), "annotations": about, "platform": platform}
    index = dumped({"schemaVersion": 2, "mediaType": MEDIA_TYPE_INDEX, "manifests": [entry, attestation]})
    return with_root({**blobs, Digest.of(index).blob_path: index}, descriptor(MEDIA_TYPE_INDEX, index))


FORMS = {
    "cosign": cosign(),
    "cosign 2": cosign_2(),
    "oras": oras(),
    "regctl": regctl(),
    "BuildKit": buildkit(True),
    "BuildKit, older": buildkit(False),
}


@pytest.mark.parametrize("depth", [FULL, Depth(quick=True)], ids=str)
@pytest.mark.parametrize("form", FORMS)
def test_attestations_are_read_as_such(tmp_path: Path, form: str, depth: Depth) -> None:
    found = check(write(FORMS[form], tmp_path), depth=depth)
    assert (found.problems, found.not_checked, found.manifests) == ((), (), 1)
    assert depth.quick or found.blobs == len([path for path in FORMS[form] if "blobs/" in path])


def test_the_directory_that_oras_leaves(tmp_path: Path) -> None:
    path = write(FORMS["oras"], tmp_path)
    (tmp_path / "ingest").mkdir()
    assert check(path).problems == ()
    (tmp_path / "ingest" / "blob").write_bytes(b"x")
    assert [str(problem) for problem in check(path).problems] == ["ingest: file: a layout does not have this directory"]


def damaged(form: str, needle: bytes) -> Files:
    """The layout with another document in the place of the one that holds the bytes."""
    files = dict(FORMS[form])
    (path,) = [path for path, content in files.items() if "blobs/" in path and needle in content]
    files[path] = files[path].replace(needle, b" " * len(needle))
    return files


DAMAGED: List[Tuple[str, bytes]] = [
    ("cosign", b'{"a":1}'),
    ("cosign", b'{"b":1}'),
    ("cosign 2", b'{"critical":{}}'),
    ("oras", b'{"b":1}'),
    ("regctl", b'{"a":1}'),
    ("BuildKit", b'{"a":1}'),
    ("BuildKit, older", b"in-toto.io/Statement"),
]


@pytest.mark.parametrize(("form", "needle"), DAMAGED)
def test_an_attestation_with_other_bytes(tmp_path: Path, form: str, needle: bytes) -> None:
    found = check(write(damaged(form, needle), tmp_path))
    assert [problem.what for problem in found.problems] == ["digest"]


def test_what_is_about_nothing_that_is_there(tmp_path: Path) -> None:
    files = layout()
    other = attached(Descriptor(MEDIA_TYPE_MANIFEST, Digest.of(b"x"), 1))
    found = check(write({**files, **other.documents}, tmp_path))
    assert {str(problem).partition(": ")[2] for problem in found.problems} == {"blob: no descriptor refers to it"}
    assert len(found.problems) == 2  # The empty configuration is the document as well.


@pytest.mark.parametrize(
    "content", [b"", b"{", b"x", b'{"subject":{},"layers":[]}', b'{"subject":{"digest":1},"layers":[]}']
)
def test_a_blob_that_is_no_attestation(tmp_path: Path, content: bytes) -> None:
    found = check(write({**layout(), Digest.of(content).blob_path: content}, tmp_path))
    assert [str(problem).partition(": ")[2] for problem in found.problems] == ["blob: no descriptor refers to it"]


def test_an_image_cannot_hide_as_an_attestation(tmp_path: Path) -> None:
    """A subject alone does not make an artifact of what has the configuration of an image."""
    files = layout()
    root = root_of(files)
    hidden = {"mediaType": root.media_type, "digest": str(root.digest), "size": root.size}
    blobs, entry = image(manifest=lambda document: document.update(subject=hidden), compression="none")
    both = with_index({**files, **blobs}, lambda entries: entries.append(entry))
    found = check(write(both, tmp_path))
    assert found.manifests == 2
    assert "2 entries" in str(found.problems[0])


@pytest.mark.parametrize(
    "about", [{"kind": "dev.cosignproject.cosign/sigs"}, {"vnd.docker.reference.type": "attestation-manifest"}]
)
@pytest.mark.parametrize("platform", ["linux", "unknown"])
def test_no_annotation_hides_an_image(tmp_path: Path, about: Dict[str, str], platform: str) -> None:
    """A layer of an image, which a runtime takes, is looked into, whatever is said of the manifest."""
    blobs, entry = image(compression="none")
    hidden = {**entry, "annotations": about}
    if platform == "unknown":
        hidden["platform"] = {"os": platform, "architecture": platform}
    found = check(write(with_index({**layout(), **blobs}, lambda entries: entries.append(hidden)), tmp_path))
    assert found.manifests == 2
    assert "2 entries" in str(found.problems[0])


def test_an_unknown_platform_is_for_attestations_only(tmp_path: Path) -> None:
    def change(entries: List[Dict[str, Any]]) -> None:
        entries[0]["platform"] = {"os": "unknown", "architecture": "unknown"}

    (problem,) = check(write(with_index(layout(), change), tmp_path)).problems
    assert problem.what == "platform"
