"""Pins down what is said of images beside what registries and older directories hold, and what is asked for that."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Iterator, List

import pytest

from scratch_image.compare.asked import Question
from scratch_image.oci.digest import Digest
from scratch_image.oci.platform import Platform
from tests.support.asked import IMAGE, LABEL, NET, answers, at, manifest_of, published, put, question
from tests.support.compared import GoProgram, Made
from tests.support.layouts import image as image_of
from tests.support.layouts import index_of, write
from tests.support.registry_server import RegistryServer


@pytest.fixture
def server() -> Iterator[RegistryServer]:
    with RegistryServer() as found:
        yield found


def test_the_same_image_is_one_head(server: RegistryServer, tmp_path: Path) -> None:
    files = IMAGE.layout()
    published(server, tmp_path, files)
    (answer,) = answers(question(files, **at(server)))
    assert (answer.state, answer.missing) == ("same", ())
    assert [(request.method, request.path) for request in server.log if "/manifests/" in request.path] == [
        ("HEAD", "/v2/team/a/manifests/1")
    ]
    assert not any("/blobs/" in request.path for request in server.log)


def test_what_is_not_there(server: RegistryServer) -> None:
    asked = question(IMAGE.layout(), **at(server))
    (answer,) = answers(asked)
    assert (answer.state, answer.held) == ("not there", "")
    assert sorted(blob.size for blob in answer.missing) == sorted(blob.size for blob in asked.blobs)


def test_what_differs_is_compared_and_a_label_needs_no_layer(server: RegistryServer, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    published(server, tmp_path, IMAGE.layout())
    asked = question(LABEL.layout(), **at(server))
    (first,) = answers(asked)
    config = asked.blobs[-1]
    assert first.state == "differs" and [(each.digest, each.size) for each in first.missing] == [config]
    del server.log[:]
    (second,) = answers(first.question._replace(directory=LABEL.write(tmp_path / "new")))
    (reason,) = [each["text"] for block in second.platforms for each in block["reasons"]]
    assert reason == 'image_labels[k]: "v" → "w"'
    layers = [layer["digest"] for layer in manifest_of(IMAGE.layout())[1]["layers"]]
    assert not any(layer in request.path for request in server.log for layer in layers)


def test_a_blob_that_can_be_mounted_is_not_sent(server: RegistryServer, tmp_path: Path) -> None:
    """The layer that both share is in another repository, as the same image of this run shows, or the file of `publish`."""
    published(server, tmp_path, IMAGE.layout(), "team/b")
    same, new = question(IMAGE.layout(), "src:b", **at(server, "team/b")), question(NET.layout(), **at(server))
    shared = {blob.digest for blob in same.blobs} & {blob.digest for blob in new.blobs}
    want = sorted({blob.digest for blob in new.blobs} - shared)
    assert shared and want
    for questions in ((same, new), (new, same)):
        found = {answer.question.image: answer for answer in answers(*questions)}
        assert sorted(blob.digest for blob in found["src:image"].missing) == want
    (alone,) = answers(new)
    assert len(alone.missing) == len(new.blobs)
    locations = {digest: ["team/gone", "team/b"] for digest in shared}
    known = {"schema": 1, "registries": {server.address(): locations}}
    (tmp_path / "known.json").write_text(json.dumps(known))
    (hinted,) = answers(new, known=str(tmp_path / "known.json"))
    assert sorted(blob.digest for blob in hinted.missing) == want


def test_tags_that_hold_different_images(server: RegistryServer, tmp_path: Path) -> None:
    published(server, tmp_path, IMAGE.layout(), "team/a", "1", "2")
    published(server, tmp_path, NET.layout(), "team/a", "latest")
    found = answers(question(IMAGE.layout(), **at(server, "team/a", "1", "latest", "2", "none")))
    assert [(answer.question.tags, answer.state) for answer in found] == [
        (("1", "2"), "same"),
        (("latest",), "differs"),
        (("none",), "not there"),
    ]
    # The repository has the image, so only tags would be set.
    assert not any(answer.missing for answer in found)


def older(directory: Path, **images: Made) -> Path:
    """An older `dist/`."""
    for name, image in images.items():
        replace(image, recipe="tar.1+gzip.1").write(directory / f"src.{name}" / "image")
    return directory


def below(directory: Path, name: str) -> dict:
    path = directory / f"src.{name}" / "image"
    return {"path": str(path), "shown": f"old/src.{name}/image"}


def test_an_older_dist(tmp_path: Path) -> None:
    old = older(tmp_path / "old", a=IMAGE, b=IMAGE)
    asked = [question(image.layout(), f"src:{name}", **below(old, name)) for name, image in (("a", IMAGE), ("b", NET))]
    same, differs = answers(*asked, older=str(old))
    assert (same.state, differs.state) == ("same", "differs")
    had = {blob.digest for blob in asked[0].blobs}
    assert {blob.digest for blob in differs.missing} == {blob.digest for blob in asked[1].blobs} - had
    again = differs.question._replace(directory=replace(NET, recipe="tar.1+gzip.1").write(tmp_path / "new"))
    (why,) = answers(again)
    assert why.platforms[0]["reasons"][0]["text"].endswith("module golang.org/x/net v0.30.0 → v0.31.0")


def test_reports_alone(tmp_path: Path) -> None:
    """As a release may keep them."""
    old = older(tmp_path / "old", a=IMAGE, b=IMAGE)
    for name in ("a", "b"):
        for directory in (old / f"src.{name}/image/oci").glob("**/*"):
            if directory.is_file():
                directory.unlink()
        (old / f"src.{name}/image/oci/blobs/sha256").rmdir()
        (old / f"src.{name}/image/oci/blobs").rmdir()
        (old / f"src.{name}/image/oci").rmdir()
    same, differs = answers(
        question(IMAGE.layout(), "src:a", **below(old, "a")), question(NET.layout(), "src:b", **below(old, "b"))
    )
    assert (same.state, differs.state) == ("same", "differs") and differs.missing
    (why,) = answers(differs.question._replace(directory=replace(NET, recipe="tar.1+gzip.1").write(tmp_path / "new")))
    assert why.state == "differs" and why.platforms[0]["reasons"]


def test_an_image_that_was_renamed(tmp_path: Path) -> None:
    """Images that others ask for are not proposed."""
    old = older(tmp_path / "old", a=IMAGE, gone=IMAGE, more=NET)
    asked = question(IMAGE.layout(), "src:a", **below(old, "a"))
    (_, moved) = answers(asked, question(IMAGE.layout(), "src:new", **below(old, "new")), older=str(old))
    assert (moved.state, moved.text) == ("not there", "old/src.gone/image is the same image: it was renamed")
    (alone,) = answers(question(IMAGE.layout(), "src:new", **below(old, "new")), older=str(old))
    assert alone.missing == (), "what was renamed is there"
    (changed,) = answers(question(replace(NET, run=LABEL.run).layout(), "src:x", **below(old, "x")), older=str(old))
    assert changed.text.startswith("old/src.more/image has the same program: if the image was renamed, compare the two")
    other = replace(IMAGE, program=GoProgram(version="go1.25.0").content())
    (none,) = answers(question(other.layout(), "src:y", **below(old, "y")), older=str(old))
    assert (none.state, none.text) == ("not there", "")


def second_pass(question: Question, image: Made, directory: Path) -> List[str]:
    """The reasons of an image that differs."""
    (first,) = answers(question)
    assert first.state == "differs"
    (second,) = answers(first.question._replace(directory=image.write(directory / "packaged")))
    return [reason["text"] for block in second.platforms for reason in block["reasons"]]


def test_images_of_other_builders(server: RegistryServer, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    put(server, replace(NET, builder="COPY . .").layout())
    first, *others = second_pass(question(IMAGE.layout(), **at(server)), IMAGE, tmp_path)
    assert first.startswith("built by another program: ") and "golang.org/x/net" in " ".join(others)


def test_a_layout_of_several_images_is_compared(tmp_path: Path) -> None:
    """Such a layout has no digest of its own."""
    files = index_of(image_of(), image_of(platform=Platform("linux", "arm64")))
    (root,) = json.loads(files["index.json"])["manifests"]
    inner = json.loads(files[Digest.parse(root["digest"]).blob_path])
    flat = {**files, "index.json": json.dumps(inner).encode()}
    old = write(flat, tmp_path / "old")
    found = second_pass(question(IMAGE.layout(), path=old, shown="old"), IMAGE, tmp_path)
    assert "platform linux/arm64: gone" in found
