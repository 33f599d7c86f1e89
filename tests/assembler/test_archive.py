"""One file with a whole image: what is in it, in which order, and what writes it."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any, Dict, Tuple, Union

import pytest

from scratch_image.assembler import archive_main as process
from scratch_image.assembler.archive import write_archive
from scratch_image.assembler.archive_plan import ArchivePlan
from scratch_image.oci.compression import Compression
from scratch_image.oci.digest import Digest
from scratch_image.oci.docker_archive import archive_files
from scratch_image.oci.image import BuiltImage, BuiltIndex, ImageLayer, build_image, build_index
from scratch_image.oci.layout import layout_files
from scratch_image.oci.platform import Platform
from scratch_image.oci.spec import Descriptor, RunConfig
from scratch_image.oci.tar import ContentChanged
from scratch_image.validate.check import check_archive
from tests.support.layouts import packed, program_archive

STORED = {name: packed(program_archive(), name) for name in ("gzip", "none")}


def image(platform: str = "linux/amd64", compression: str = "gzip", layers: int = 1) -> BuiltImage:
    stored = STORED[compression]
    descriptor = Descriptor(Compression.parse(compression).media_type, Digest.of(stored), len(stored))
    one = ImageLayer(descriptor, Digest.of(program_archive()), "scratch_image binary")
    return build_image(
        Platform.parse(platform), RunConfig(entrypoint=("/app",)), "1970-01-01T00:00:00Z", {}, (one,) * layers
    )


def index(*platforms: str) -> BuiltIndex:
    return build_index(tuple(map(image, platforms)), {})


def documents(of: Union[BuiltImage, BuiltIndex], *references: str) -> Tuple[Dict[str, Any], Dict[str, Any]]:
    """(the only entry of index.json, the only one of manifest.json)"""
    files = archive_files(of, references)
    (entry,) = json.loads(files["index.json"])["manifests"]
    (saved,) = json.loads(files["manifest.json"])
    return entry, saved


def write(directory: Path, of: Union[BuiltImage, BuiltIndex], *references: str) -> Path:
    files = archive_files(of, references)
    images = of.images if isinstance(of, BuiltIndex) else (of,)
    for layer in (layer for each in images for layer in each.layers):
        files[layer.descriptor.digest.blob_path] = next(
            stored for stored in STORED.values() if Digest.of(stored) == layer.descriptor.digest
        )
    for path, content in files.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_bytes(content)
    sizes = tuple((path, len(content)) for path, content in files.items())
    write_archive(ArchivePlan(sizes), str(directory), str(directory / "image.tar"))
    return directory / "image.tar"


def test_names_are_in_both_documents() -> None:
    entry, saved = documents(image(), "team/hello:1", "team/hello:latest")
    assert saved["RepoTags"] == ["team/hello:1", "team/hello:latest"]
    assert entry["annotations"] == {
        "io.containerd.image.name": "docker.io/team/hello:1",
        "org.opencontainers.image.ref.name": "1",
    }


def test_an_image_without_a_name() -> None:
    entry, saved = documents(image())
    assert saved["RepoTags"] is None
    assert entry["annotations"] == {"org.opencontainers.image.ref.name": "latest"}


def test_manifest_json_names_the_blobs_of_the_layout() -> None:
    of = image(layers=2)
    entry, saved = documents(of, "a:b")
    assert entry["digest"] == str(of.root.digest)
    assert saved == {
        "Config": of.config_descriptor.digest.blob_path,
        "RepoTags": ["a:b"],
        "Layers": [layer.descriptor.digest.blob_path for layer in of.layers],
    }


@pytest.mark.parametrize(
    ("platforms", "want"),
    [
        (("linux/amd64", "linux/arm64"), 0),
        (("linux/386", "linux/amd64", "linux/arm64"), 1),
        (("linux/386", "linux/amd64/v1"), 1),
        # v2 would not start on every amd64.
        (("linux/386", "linux/amd64/v2"), 0),
        (("linux/arm/v6", "linux/arm64"), 0),
    ],
)
def test_of_an_index_one_image_is_in_manifest_json(platforms: Tuple[str, ...], want: int) -> None:
    of = index(*platforms)
    entry, saved = documents(of, "a:b")
    assert saved["Config"] == of.images[want].config_descriptor.digest.blob_path
    assert entry["digest"] == str(of.root.digest)


def test_the_rest_is_that_of_the_layout() -> None:
    of = index("linux/amd64", "linux/arm64")
    files, layout = archive_files(of, ("a:b",)), layout_files(of)
    assert {path for path in files if files[path] != layout.get(path)} == {"index.json", "manifest.json"}
    assert set(layout) < set(files)


@pytest.mark.parametrize("of", [image(), image(compression="none", layers=2)], ids=["gzip", "none"])
def test_our_own_verifier_finds_nothing(of: Union[BuiltImage, BuiltIndex], tmp_path: Path) -> None:
    report = check_archive(str(write(tmp_path, of, "hello:1")))
    assert (report.problems, report.not_checked, report.manifests) == ((), (), 1)


def test_the_archive_is_plain(tmp_path: Path) -> None:
    """In a fixed order, nothing but what is named, and every blob once."""
    with tarfile.open(write(tmp_path, image(layers=2), "hello:1")) as archive:
        members = archive.getmembers()
    names = [member.name for member in members]
    blobs = [name for name in names if name.startswith("blobs/sha256/")]
    assert names == ["blobs", "blobs/sha256", *sorted(blobs), "index.json", "manifest.json", "oci-layout"]
    assert len(blobs) == 3
    assert {(member.mode, member.uid, member.mtime) for member in members if member.isfile()} == {(0o644, 0, 0)}


def test_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    want = write(tmp_path, image(), "hello:1").read_bytes()
    (tmp_path / "image.tar").unlink()
    sizes = ((path.relative_to(tmp_path).as_posix(), path.stat().st_size) for path in tmp_path.rglob("*") if path.is_file())
    (tmp_path / "plan.json").write_bytes(ArchivePlan(tuple(sizes)).to_json())
    monkeypatch.chdir(tmp_path)
    assert process.main(["plan.json", "image.tar"]) == 0
    assert (tmp_path / "image.tar").read_bytes() == want


def test_a_file_that_is_not_as_it_was_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """The name of the archive is never that of half an archive."""
    (tmp_path / "a").write_bytes(b"12345")
    monkeypatch.chdir(tmp_path)
    for size in (4, 6):
        with pytest.raises(ContentChanged):
            write_archive(ArchivePlan((("a", size),)), ".", "image.tar")
    (tmp_path / "plan.json").write_bytes(ArchivePlan((("b", 1),)).to_json())
    assert process.main(["plan.json", "image.tar"]) == 1
    assert capsys.readouterr().err.startswith("the archive could not be written: ")
    assert not (tmp_path / "image.tar").exists()


def test_a_plan_is_what_it_was() -> None:
    plan = ArchivePlan((("blobs/sha256/a", 3), ("ü", 0)))
    assert ArchivePlan.from_json(plan.to_json()) == plan


def test_a_file_that_is_larger_than_the_buffer(tmp_path: Path) -> None:
    content = bytes(range(256)) * (3 << 12) + b"end"
    (tmp_path / "a").write_bytes(content)
    write_archive(ArchivePlan((("a", len(content)),)), str(tmp_path), str(tmp_path / "image.tar"))
    with tarfile.open(fileobj=io.BytesIO((tmp_path / "image.tar").read_bytes())) as archive:
        member = archive.extractfile("a")
        assert member and member.read() == content
