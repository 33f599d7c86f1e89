"""What a tool loads from a path is what was verified: other bytes than those that were signed are never behind `signed`."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from scratch_image import cli
from scratch_image.oci.digest import Digest
from scratch_image.oci.platform import Platform
from tests.support.layouts import as_archive, layout, program_archive, write
from tests.support.programs import AARCH64, elf
from tests.support.signing import for_two_platforms, write_keys

OTHER = layout((program_archive(elf(AARCH64)),), platform=Platform("linux", "arm64"))


@pytest.fixture
def keys(tmp_path):
    return write_keys(tmp_path)


def signed(directory, keys, files=None):
    """The files of a layout that is signed."""
    path = Path(write(files or layout(), directory / "image"))
    assert cli.main(["sign", str(path), "--key", keys["private"]]) == 0
    return {str(each.relative_to(path)): each.read_bytes() for each in path.rglob("*") if each.is_file()}


def verified(path, keys, capsys):
    capsys.readouterr()
    status = cli.main(["verify-signature", str(path), "--key", keys["public"]])
    captured = capsys.readouterr()
    return status, captured.out + captured.err


def manifest_of(files):
    (entry,) = json.loads(files["index.json"])["manifests"]
    return json.loads(files[Digest.parse(entry["digest"]).blob_path])


def blob_path(descriptor):
    return Digest.parse(descriptor["digest"]).blob_path


def saved(files, **changes):
    """manifest.json as `docker save` writes it."""
    manifest = manifest_of(files)
    entry = {"Config": blob_path(manifest["config"]), "Layers": [*map(blob_path, manifest["layers"])], "RepoTags": None}
    return {**files, "manifest.json": json.dumps([{**entry, **changes}]).encode()}


def tar_of(*entries):
    """A tar archive by Python's own writer, with entries as given: (name, content, type)."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, content, kind in entries:
            info = tarfile.TarInfo(name)
            info.size, info.type = (len(content), kind) if kind == tarfile.REGTYPE else (0, kind)
            info.linkname = content.decode() if kind != tarfile.REGTYPE else ""
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


def files_of(files):
    return [(name, content, tarfile.REGTYPE) for name, content in files.items()]


def test_archives_that_are_right(tmp_path, keys, capsys):
    files = signed(tmp_path, keys)
    for number, content in enumerate((as_archive(files), as_archive(saved(files)), tar_of(*files_of(saved(files))))):
        path = tmp_path / f"{number}.tar"
        path.write_bytes(content)
        status, said = verified(path, keys, capsys)
        assert status == 0, said


EVIL = OTHER["index.json"]
ARCHIVES = {
    "a second index.json": (lambda files: [*files_of({**OTHER, **files}), ("index.json", EVIL, tarfile.REGTYPE)], "twice"),
    "another name of it": (lambda files: [*files_of({**OTHER, **files}), ("./index.json", EVIL, tarfile.REGTYPE)], "name"),
    "a link in its place": (lambda files: [*files_of(files), ("index.json", b"/etc/passwd", tarfile.SYMTYPE)], "type"),
    "a blob twice": (
        lambda files: [*files_of(files), (blob_path(manifest_of(files)["config"]), b"{}", tarfile.REGTYPE)],
        "twice",
    ),
    "a damaged header behind it": (lambda files: files_of(files), "checksum"),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_archives_that_tools_read_in_different_ways(name, tmp_path, keys, capsys):
    """Of two entries with one name we read the first, and tar the last."""
    change, text = ARCHIVES[name]
    content = tar_of(*change(signed(tmp_path, keys)))
    if text == "checksum":
        end = content.rindex(b"ustar") // 512 * 512
        size = int(content[end + 124 : end + 135], 8)
        content = content[: end + 512 + -(-size // 512) * 512] + b"\1" * 512 + bytes(1024)
    (tmp_path / "image.tar").write_bytes(content)
    status, said = verified(tmp_path / "image.tar", keys, capsys)
    assert status == 2 and said.startswith(f"{tmp_path / 'image.tar'}: the layout is not valid: ") and text in said


def named(change):
    def changed(files):
        other = manifest_of(OTHER)
        return saved({**OTHER, **files}, **change(other, manifest_of(files)))

    return changed


LOADED = {
    "another image": (
        named(lambda other, own: {"Config": blob_path(other["config"]), "Layers": [*map(blob_path, other["layers"])]}),
        "manifest.json, which `docker load` reads, names another image than index.json",
    ),
    "another configuration": (named(lambda other, own: {"Config": blob_path(other["config"])}), "names another image than"),
    "other layers": (named(lambda other, own: {"Layers": [*map(blob_path, other["layers"])]}), "names another image than"),
    "no layers": (named(lambda other, own: {"Layers": []}), "names another image than index.json"),
    "a file elsewhere": (named(lambda other, own: {"Config": "config.json"}), "names another image than index.json"),
    "two images": (
        lambda files: {**saved(files), "manifest.json": b"[{},%s" % saved(files)["manifest.json"][1:]},
        "names another image than index.json",
    ),
    "not JSON": (lambda files: {**files, "manifest.json": b"{"}, "the layout is not valid: manifest.json: JSON"),
}


@pytest.mark.parametrize("name", LOADED)
def test_what_docker_load_reads(name, tmp_path, keys, capsys):
    change, text = LOADED[name]
    (tmp_path / "image.tar").write_bytes(as_archive(change(signed(tmp_path, keys))))
    status, said = verified(tmp_path / "image.tar", keys, capsys)
    assert status == 2 and text in said


@pytest.mark.parametrize("files", [layout(), for_two_platforms()], ids=["one", "index"])
@pytest.mark.parametrize("form", ["directory", "archive"])
def test_a_file_that_is_not_what_the_manifest_names(form, files, tmp_path, keys, capsys):
    """`docker load` does not compare a configuration with its name."""
    files = signed(tmp_path, keys, files)
    manifest = manifest_of(files)
    manifest = manifest if "config" in manifest else json.loads(files[blob_path(manifest["manifests"][1])])
    for descriptor in (manifest["config"], *manifest["layers"]):
        path = blob_path(descriptor)
        changed = {**files, path: bytes([files[path][0] ^ 1]) + files[path][1:]}
        place = tmp_path / f"{form}-{path[-8:]}"
        if form == "archive":
            place.write_bytes(as_archive(changed))
        else:
            write(changed, place)
        status, said = verified(place, keys, capsys)
        assert status == 2 and f"{path}: digest: " in said
