"""Pins down what is an operand of `diff`, its output and exit status, and that each bad input is a sentence."""

from __future__ import annotations

import gzip
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Callable, Dict, List

import pytest

from scratch_image.compare.__main__ import main
from scratch_image.layout import below
from scratch_image.layout.store import DirectoryStore
from scratch_image.oci.digest import Digest
from scratch_image.oci.platform import Platform
from tests.support.compared import Made
from tests.support.layouts import RUN, Files, as_archive, image, index_of, layout, other_archive, write

IMAGE = Made()
LABELLED = replace(IMAGE, run=replace(RUN, labels={"k": "w"}))


def diff(capsys, *arguments: object):
    """(exit status, stdout, stderr)"""
    status = main([*map(str, arguments)])
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    return status, out, err


def test_forms_of_one_image_are_equal(tmp_path: Path, capsys) -> None:
    files = IMAGE.layout()
    made = replace(IMAGE, recipe="tar.1+gzip.1")
    (tmp_path / "image.tar").write_bytes(as_archive(files, lambda document: None))
    forms = [write(files, tmp_path / "oci"), made.write(tmp_path / "dist"), tmp_path / "image.tar"]
    forms += [tmp_path / "dist" / "image.json"]
    (root,) = json.loads(files["index.json"])["manifests"]
    for form in forms:
        status, out, err = diff(capsys, forms[0], form)
        assert (status, err) == (0, "")
        assert out == f"{forms[0]} and {form} are equal: {root['digest']}\n"


def test_what_is_shown(tmp_path: Path, capsys) -> None:
    one, other = IMAGE.write(tmp_path / "a"), replace(LABELLED, created="1999-01-01T00:00:00Z").write(tmp_path / "b")
    status, out, _ = diff(capsys, one, other)
    first, platform, *reasons, last = out.splitlines()
    assert (status, first, platform) == (1, f"{one} → {other}", "  linux/amd64")
    assert reasons == [
        '    image_labels[k]: "v" → "w"',
        "    created: 1970-01-01T00:00:00Z → 1999-01-01T00:00:00Z",
    ]
    assert last.endswith("(+0 bytes), 0 B in new layers")
    status, out, _ = diff(capsys, one, other, "--json")
    result = json.loads(out)
    assert (status, result["equal"], result["before"]["name"]) == (1, False, one)
    assert result["platforms"][0]["reasons"][0] == {
        "kind": "configuration",
        "subject": "image_labels[k]",
        "before": '"v"',
        "after": '"w"',
        "text": 'image_labels[k]: "v" → "w"',
    }


def test_layers_with_equal_digests_are_not_read(tmp_path: Path, capsys, monkeypatch) -> None:
    paths = [made.write(tmp_path / name) for name, made in (("a", IMAGE), ("b", LABELLED))]
    read: List[str] = []
    chunks = DirectoryStore.chunks
    monkeypatch.setattr(DirectoryStore, "chunks", lambda store, path: [read.append(path), chunks(store, path)][1])
    assert diff(capsys, *paths)[0] == 1
    files = IMAGE.layout()
    manifest = json.loads(files[Digest.parse(json.loads(files["index.json"])["manifests"][0]["digest"]).blob_path])
    layers = {Digest.parse(layer["digest"]).blob_path for layer in manifest["layers"]}
    assert read and not layers & set(read)


def test_platforms_with_the_same_reasons_are_one_block(tmp_path: Path, capsys) -> None:
    def index(*platforms: str, **changes) -> Files:
        run = replace(RUN, **changes)
        return index_of(*(image(platform=Platform.parse(platform), run=run) for platform in platforms))

    one = write(index("linux/amd64", "linux/arm64"), tmp_path / "a")
    other = write(index("linux/amd64", "linux/arm64", labels={"k": "w"}), tmp_path / "b")
    assert "  linux/amd64, linux/arm64\n    image_labels[k]" in diff(capsys, one, other)[1]
    less = write(index("linux/amd64"), tmp_path / "c")
    status, out, _ = diff(capsys, one, less)
    assert (status, out.splitlines()[1:]) == (1, ["    platform linux/arm64: gone"])
    assert "platform linux/arm64: new" in diff(capsys, less, one)[1]


def test_images_below_a_directory_are_named(tmp_path: Path, capsys, monkeypatch) -> None:
    one, other = IMAGE.write(tmp_path / "dist" / "a"), LABELLED.write(tmp_path / "dist" / "b")
    status, out, err = diff(capsys, tmp_path / "dist", one)
    assert (status, out) == (2, "") and err.endswith(f"; name one of the images below it: {one}, {other}\n")
    (tmp_path / "empty").mkdir()
    assert "name an OCI image layout, an archive" in diff(capsys, tmp_path / "empty", one)[2]
    monkeypatch.setattr(below, "_MOST_FOR_A_CURE", 1)
    assert "name an OCI image layout, an archive" in diff(capsys, tmp_path / "dist", one)[2]


def test_names_of_images_cannot_move_the_cursor(tmp_path: Path, capsys) -> None:
    hostile = "a\x1b[2J\u202e\nb"
    other = replace(IMAGE, run=replace(RUN, labels={hostile: hostile}, user=hostile)).write(tmp_path / "b")
    _, out, _ = diff(capsys, IMAGE.write(tmp_path / "a"), other)
    lines = out.splitlines()
    assert all(line.isprintable() for line in lines) and len(lines) == 6
    assert any(line.startswith("    image_labels[a\\x1b[2J\\u202e\\nb]: new, ") for line in lines)


def manifest_of_another_kind(files: Files) -> None:
    (root,) = json.loads(files["index.json"])["manifests"]
    path = Digest.parse(root["digest"]).blob_path
    document = json.loads(files[path])
    document["config"]["mediaType"] = "application/vnd.cncf.helm.config.v1+json"
    replaced(files, path, json.dumps(document).encode())


def replaced(files: Files, path: str, content: bytes) -> None:
    """Another root document, which index.json names."""
    del files[path]
    index = json.loads(files["index.json"])
    digest = Digest.of(content)
    index["manifests"][0].update({"digest": str(digest), "size": len(content)})
    files[digest.blob_path] = content
    files["index.json"] = json.dumps(index).encode()


def without_manifest(files: Files) -> None:
    (root,) = json.loads(files["index.json"])["manifests"]
    del files[Digest.parse(root["digest"]).blob_path]


def damaged_layer(files: Files) -> None:
    path = max(files, key=lambda name: len(files[name]))
    files[path] = files[path][:-1] + b"x"


BAD: Dict[str, Callable[[Files], object]] = {
    "it holds manifests, but no image": manifest_of_another_kind,
    "there is no file blobs/sha256/": without_manifest,
    "the document is not valid JSON": lambda files: files.update({"index.json": b"{"}),
    "it is not an OCI image layout: it has oci-layout without index.json": lambda files: files.pop("index.json"),
    "claimed sha256:": damaged_layer,
}


@pytest.mark.parametrize("text", BAD)
def test_a_layout_that_cannot_be_read(text: str, tmp_path: Path, capsys) -> None:
    files = IMAGE.layout()
    BAD[text](files)
    bad, good = write(files, tmp_path / "bad"), IMAGE.file("etc/motd", b"2").write(tmp_path / "good")
    bigger = replace(IMAGE, program=Made().program + b"0").write(tmp_path / "other")
    for one, other in ((bad, bigger), (bigger, bad)):
        status, out, err = diff(capsys, one, other)
        assert (status, out) == (2, "")
        assert text in err and bad in err and len(err.splitlines()) == 1
    assert good


FILES = [
    # content of a file, the sentence
    (b"", "it is neither a directory nor a tar archive that can be read"),
    (gzip.compress(as_archive({"index.json": b"{}"})), "it is compressed with gzip; unpack it: gzip -d FILE"),
    (b"\xfd7zXZ\0" + b"x" * 600, "it is compressed with xz; unpack it: xz -d FILE"),
    (b"{", "the document is not valid JSON"),
    (b"{}", "is not the report of an image: it has no schema"),
    (b'{"schema": 2, "root": {}}', "it has the schema 2; this version reads 1"),
    (b'{"schema": 1, "root": {}, "manifests": []}', "the report cannot be read"),
    (b'{"schema": 1, "root": {"digest": "sha256:0"}, "manifests": []}', "it names no image"),
    (as_archive({"manifest.json": b"[]"}), "in the form of `docker save` without index.json; convert it: skopeo copy"),
    (as_archive({"other": b"[]"}), "it is not an OCI image layout: it has neither oci-layout nor index.json"),
]


@pytest.mark.parametrize("content, text", FILES, ids=[row[1][:40] for row in FILES])
def test_a_file_that_is_no_image(content: bytes, text: str, tmp_path: Path, capsys) -> None:
    (tmp_path / "file").write_bytes(content)
    status, out, err = diff(capsys, tmp_path / "file", IMAGE.write(tmp_path / "a"))
    assert (status, out) == (2, "")
    assert err.startswith(f"{tmp_path / 'file'}: ") and text in err


@pytest.mark.parametrize("name", ["nonexistent", "a\0b", "/dev/null", ""])
def test_a_name_that_is_no_path(name: str, tmp_path: Path, capsys) -> None:
    status, out, err = diff(capsys, IMAGE.write(tmp_path / "a"), name)
    assert (status, out) == (2, "") and err.count("\n") == 1


def test_a_foreign_layer_is_said_not_to_be_compared(tmp_path: Path, capsys) -> None:
    other = IMAGE.file("etc/motd", b"2").layout()
    one = IMAGE.layout()
    for path in set(other) - set(one):
        if other[path][:2] == b"\x1f\x8b":
            del other[path]
    status, out, _ = diff(capsys, write(one, tmp_path / "a"), write(other, tmp_path / "b"))
    assert status == 1 and "not compared: the layer sha256:" in out and "is not there" in out


def test_zstd_without_its_library(tmp_path: Path, capsys, monkeypatch) -> None:
    other = replace(IMAGE, compression="zstd").write(tmp_path / "b")
    monkeypatch.setitem(sys.modules, "zstandard", None)
    status, out, _ = diff(capsys, IMAGE.write(tmp_path / "a"), other)
    assert status == 1 and "not compared: " in out and "pip install 'scratch-image-pants-plugin[validate]'" in out


def test_archives_of_other_builders(tmp_path: Path, capsys) -> None:
    """Names with `./`, hard links, whiteouts, devices and times are read, and what they mean is compared."""
    members = (("etc", {"type": b"5"}), ("./app2", {"type": b"1", "linkname": "app"}), ("dev", {"type": b"3"}))
    docker = {"config": lambda document: document["history"][0].update({"created_by": "COPY app"})}
    one = write(layout([other_archive(*members)], **docker), tmp_path / "a")
    more = (("./etc/", {"type": b"5"}), ("etc/../x", {}), (".wh.dev", {}), ("app2", {"type": b"1", "linkname": "./app"}))
    other = write(layout([other_archive(*members), other_archive(*more)], **docker), tmp_path / "b")
    status, out, _ = diff(capsys, one, other)
    found = out.splitlines()[2:-1]
    assert (status, found[:-1]) == (
        1,
        [
            "    file /dev: gone, a character device 0:0",
            "    other lines in the history of the layers",
        ],
    )
    assert found[-1].endswith("such as 'etc/../x': the name is not UTF-8, or has '..'")
