"""Pins down where commands write: whole files or none, and never in the place of what they read."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from scratch_image.compare.output import in_repository, refuse_occupied, refuse_overwriting, write


@pytest.mark.parametrize("path, want", [("dist/x.html", "dist/x.html"), ("./dist/x", "dist/x"), (".//./x", "x"), ("…", "…")])
def test_paths_in_a_repository(path: str, want: str) -> None:
    assert in_repository(path) == want


@pytest.mark.parametrize(
    "path, why",
    [
        ("", "names no file"),
        (".", "names no file"),
        ("./", "names no file"),
        ("dist/", "names no file"),
        ("dist/.", "names no file"),
        ("/tmp/x", "is absolute"),
        ("../x", "because of '..'"),
        ("a/../x", "because of '..'"),
        ("a//b", "is not normalized; write 'a/b'"),
        ("a/./b", "is not normalized; write 'a/b'"),
        ("a\\b", "has a backslash"),
        ("a\nb", "cannot be seen"),
        ("a\u202eb", "cannot be seen"),
    ],
)
def test_paths_that_are_refused(path: str, why: str) -> None:
    with pytest.raises(ValueError) as error:
        in_repository(path)
    assert why in str(error.value) and str(error.value).isprintable()


@pytest.mark.parametrize(
    "path, why", [("a", "is a directory; name a file in it"), ("f/x", "f is a file"), ("a/l/x", "a/l is a file")]
)
def test_paths_that_are_taken(path: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "f").write_text("")
    os.symlink("nowhere", tmp_path / "a/l")
    with pytest.raises(ValueError, match=why):
        refuse_occupied(str(tmp_path), path)
    refuse_occupied(str(tmp_path), "f")
    refuse_occupied(str(tmp_path), "new/x")


def test_files_are_written_whole(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("old")
    os.symlink("old", tmp_path / "link")
    write({str(tmp_path / "link"): "new\udc80", str(tmp_path / "other"): "x"})
    assert (tmp_path / "old").read_bytes() == b"new\\udc80" and (tmp_path / "link").is_symlink()
    assert sorted(os.listdir(tmp_path)) == ["link", "old", "other"]


@pytest.mark.parametrize("bad", ["missing/x", "directory"])
def test_no_file_is_written_if_one_cannot_be(bad: str, tmp_path: Path) -> None:
    (tmp_path / "directory").mkdir()
    (tmp_path / "first").write_text("old")
    with pytest.raises(OSError) as error:
        write({str(tmp_path / "first"): "new", str(tmp_path / bad): "x"})
    assert error.value.filename == str(tmp_path / bad)
    assert (tmp_path / "first").read_text() == "old" and sorted(os.listdir(tmp_path)) == ["directory", "first"]


def test_a_pipe_takes_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    found = []
    reader = threading.Thread(target=lambda: found.append((tmp_path / "pipe").read_text()))
    reader.start()
    write({str(tmp_path / "pipe"): "x"})
    reader.join()
    assert found == ["x"] and (tmp_path / "pipe").is_fifo()


@pytest.mark.parametrize(
    "outputs, why",
    [
        ({"--html": "a/x", "--svg": "a/x"}, "--html and --svg are the same file"),
        ({"--html": "a/x", "--svg": "a/../a/./x"}, "--html and --svg are the same file"),
        ({"--html": "a/x", "--svg": "link/x"}, "--html and --svg are the same file"),
        ({"--html": "image.tar"}, "would write into the image image.tar"),
        ({"--html": "layout/blobs/x"}, "would write into the image layout"),
        ({"--svg": "link2/index.json"}, "would write into the image layout"),
    ],
)
def test_what_is_read_is_not_written(outputs, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a", "layout"):
        (tmp_path / name).mkdir()
    os.symlink("a", "link")
    os.symlink("layout", "link2")
    with pytest.raises(ValueError, match=why):
        refuse_overwriting(outputs, ["image.tar", "layout"])


def test_other_places_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    refuse_overwriting({"--html": "layout.html", "--svg": "x.svg"}, ["layout", "ghcr.io/a/b:1"])
    refuse_overwriting({"--html": "/dev/null", "--svg": "/dev/null"}, ["layout"])
