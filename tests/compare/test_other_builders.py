"""Pins down how archives of other builders are compared: whiteouts, names that come twice, many programs, many images."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Dict, List, Tuple

import pytest

from scratch_image.compare.__main__ import compare_operands, main
from scratch_image.compare.picture import main as show
from scratch_image.compare.show import lines
from scratch_image.compare.tree import ForeignTree, applied
from scratch_image.layout.limits import DEFAULT
from scratch_image.layout.problems import Problems
from scratch_image.layout.tar_header import DIRECTORY, FILE, Entry
from scratch_image.layout.tar_rules import Budget
from scratch_image.oci.spec import RunConfig
from tests.support.compared import certificates
from tests.support.layouts import RUN, Files, image, index_of, layout, other_archive, write
from tests.support.programs import elf


def of_docker(document: Dict[str, List[Dict[str, str]]]) -> None:
    document["history"][0]["created_by"] = "COPY . ."


def foreign(directory: Path, *members: Tuple[str, Dict[str, object]]) -> str:
    return write(layout([other_archive(*members)], config=of_docker), directory)


def reasons(before: str, after: str) -> List[str]:
    return [reason.text for compared in compare_operands(before, after).compared for reason in compared.reasons]


def tree(*names: str) -> ForeignTree:
    found = ForeignTree("layer", Problems(10), Budget(DEFAULT))
    for name in names:
        kind = DIRECTORY if name.endswith("/") else FILE
        found.add(Entry(name.encode(), kind, 0o755, 0, 0, 0, 0, b"", ()), iter(()))
    return found


WHITEOUTS = [
    # entries of the layer on top of BASE, the paths that are left
    (["a/.wh.b"], ["a", "a/bc", "d", "d/b"]),
    (["a/.wh.b/"], ["a", "a/bc", "d", "d/b"]),
    ([".wh.a"], ["d", "d/b"]),
    (["./.wh.a", "a/new"], ["d", "d/b", "a/new"]),
    (["a/.wh..wh..opq"], ["a", "d", "d/b"]),
    (["a/.wh..wh..opq", "a/b/"], ["a", "d", "d/b", "a/b"]),
    ([".wh..wh..opq"], []),
    (["a"], ["a", "d", "d/b"]),
    (["a/b"], ["a", "a/b", "a/bc", "d", "d/b"]),
    (["a/"], ["a", "a/b", "a/b/c", "a/bc", "d", "d/b"]),
    ([".wh.none", "d/.wh.none"], ["a", "a/b", "a/b/c", "a/bc", "d", "d/b"]),
    # A whiteout without a name names nothing.
    ([".wh.", "a/.wh."], ["a", "a/b", "a/b/c", "a/bc", "d", "d/b"]),
]


@pytest.mark.parametrize("names, left", WHITEOUTS, ids=[" ".join(row[0]) for row in WHITEOUTS])
def test_what_a_layer_removes(names: List[str], left: List[str]) -> None:
    base = tree("a/", "a/b/", "a/b/c", "a/bc", "d/", "d/b")
    assert sorted(applied([(None, base), (None, tree(*names))])) == sorted(left)


SPECIAL = [
    # type and device of a tar entry before and after, and the reason
    ((b"3", 1, 3), (b"3", 1, 5), "file /dev/x: a character device 1:3 → a character device 1:5"),
    ((b"3", 8, 0), (b"4", 8, 0), "file /dev/x: a character device 8:0 → a block device 8:0"),
    ((b"6", 0, 0), (b"3", 1, 3), "file /dev/x: a fifo → a character device 1:3"),
]


@pytest.mark.parametrize("before, after, text", SPECIAL)
def test_devices_differ_by_their_numbers(before, after, text: str, tmp_path: Path) -> None:
    sides = []
    for name, (kind, major, minor) in (("a", before), ("b", after)):
        member = {"type": kind, "devmajor": major, "devminor": minor}
        sides.append(foreign(tmp_path / name, ("dev/x", member)))
    assert text in reasons(*sides)


ROOTS = [
    # entries of each image, and what differs
    ([("./", {"type": b"5", "mode": 0o755})], [("./", {"type": b"5", "mode": 0o700})], ["directory /: mode 0755 → 0700"]),
    ([("./", {"type": b"5", "uid": 0})], [("/", {"type": b"5", "uid": 5})], ["directory /: owner 0:0 → 5:0"]),
    # Without an entry, the root is there all the same.
    ([("x", {})], [("x", {}), ("./", {"type": b"5"})], ["the tar archives of the same files differ in their form"]),
    # A link to what is no path is not one to the root.
    (
        [("./", {"type": b"5"}), ("x", {"type": b"1", "linkname": "../y"})],
        [("./", {"type": b"5"}), ("x", {})],
        ["file /x: neither a file, a directory nor a symbolic link → a file of 0 bytes"],
    ),
]


@pytest.mark.parametrize("before, after, want", ROOTS)
def test_the_root_has_a_mode_and_an_owner(before, after, want: List[str], tmp_path: Path) -> None:
    assert reasons(foreign(tmp_path / "a", *before), foreign(tmp_path / "b", *after)) == want


NO_PATHS = [
    # names in each image, and what is said of what was not compared
    (["x"], ["x", "bad\udcff"], ["1 file of the layer sha256:", "such as 'bad\\udcff': the name is not UTF-8, or has '..'"]),
    (["a\udcfe"], ["a\udcff"], ["such as 'a\\udcfe': ", "such as 'a\\udcff': "]),
    (["../x", "../y"], ["../x"], ["2 files of the layer sha256:", "such as '../x': the name is not UTF-8, or has '..'"]),
]


@pytest.mark.parametrize("before, after, want", NO_PATHS)
def test_names_that_are_no_paths_are_said(before, after, want: List[str], tmp_path: Path) -> None:
    """It is not said that the files are the same."""
    sides = [foreign(tmp_path / side, *((name, {}) for name in names)) for side, names in (("a", before), ("b", after))]
    compared = compare_operands(*sides).compared
    said = "\n".join(text for each in compared for text in each.unread)
    assert [reason.text for each in compared for reason in each.reasons] == []
    assert [text for text in want if text not in said] == [], said


def test_what_show_leaves_out_is_said(tmp_path: Path, capsys) -> None:
    path = foreign(tmp_path / "a", ("x", {}), ("bad\udcff", {}))
    assert show([path]) == 0
    err = capsys.readouterr().err
    assert err.startswith(f"{path}: not shown: 1 file of the layer sha256:") and err.count("\n") == 1


def test_the_media_type_of_a_layer_is_named(tmp_path: Path) -> None:
    """The documents say it: no layer is read."""
    docker = "application/vnd.docker.image.rootfs.diff.tar.gzip"
    one = write(layout(), tmp_path / "a")
    other = write(layout(manifest=lambda document: document["layers"][0].update(mediaType=docker)), tmp_path / "b")
    want = f"media type of a layer: application/vnd.oci.image.layer.v1.tar+gzip → {docker}"
    assert reasons(one, other) == [want]


def test_a_time_that_gains_a_fraction(tmp_path: Path) -> None:
    one = foreign(tmp_path / "a", ("x", {"mtime": 1}), ("y", {"mtime": 1}))
    other = foreign(tmp_path / "b", ("x", {"mtime": 1}), ("y", {"mtime": 1.5}))
    (text,) = (text for text in reasons(one, other) if text.startswith("times of"))
    assert text.startswith("times of 1 file: ") and text.endswith(", some with fractions")


def sparse(content: bytes) -> ForeignTree:
    found = ForeignTree("layer", Problems(10), Budget(DEFAULT))
    found.add(Entry(b"x", b"S", 0o644, 0, 0, len(content), 0, b"", ()), iter((memoryview(content),)))
    return found


def test_sparse_files_differ_by_their_content() -> None:
    one, same, other = (sparse(content).items["x"].node for content in (b"one", b"one", b"two"))
    assert one == same != other and one.target == "a sparse file in the GNU format"


def test_of_a_name_that_comes_twice_the_last_content_is_read(tmp_path: Path) -> None:
    path = "etc/ssl/certs/ca-certificates.crt"
    old, one, other = ({"content": certificates(*numbers)} for numbers in ((1,), (2, 3), (3, 4, 5)))
    before = foreign(tmp_path / "a", (path, old), (path, one))
    after = foreign(tmp_path / "b", (path, old), ("link", {}), (path, other))
    assert f"CA certificates in /{path}: 2 new, 1 gone, of 2 before" in reasons(before, after)


def test_many_programs_are_not_all_looked_into(tmp_path: Path) -> None:
    sides = []
    for name in ("one", "two"):
        programs = ((f"lib/{n:02}", {"content": elf(text=f"{name} {n}\n")}) for n in range(30))
        sides.append(foreign(tmp_path / name, *programs, ("other", {"content": name.encode()})))
    found = reasons(*sides)
    assert [text.split(":")[0] for text in found] == [
        *(f"program /lib/{n:02}" for n in range(20)),
        *(f"file /lib/{n}" for n in range(20, 30)),
        "file /other",
    ]


def several(*labels: str) -> Files:
    return index_of(*(image(run=RunConfig(entrypoint=("/app",), labels={"k": label})) for label in labels))


ORDERS = [
    # labels of the images of one platform, before and after, and the reasons
    (("1", "2"), ("2", "1"), ["the index differs, and all of its images are the same"]),
    (("1", "2"), ("2", "3"), ['image_labels[k]: "1" → "3"']),
    (("1", "2", "3"), ("3", "1"), ["platform linux/amd64: gone"]),
]


@pytest.mark.parametrize("before, after, want", ORDERS)
def test_images_of_one_platform(before: Tuple[str, ...], after: Tuple[str, ...], want: List[str], tmp_path: Path) -> None:
    assert reasons(write(several(*before), tmp_path / "a"), write(several(*after), tmp_path / "b")) == want


def test_equal_layouts_with_several_images(tmp_path: Path) -> None:
    one, other = image(), image(run=RUN)
    files = index_of(one, other)
    files["index.json"] = json.dumps({"schemaVersion": 2, "manifests": [one[1], other[1]]}).encode()
    paths = [write(files, tmp_path / name) for name in "ab"]
    assert lines(compare_operands(*paths)) == [f"{paths[0]} and {paths[1]} are equal"]


def test_errors_name_a_path_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, odd = write(layout(), tmp_path / "a"), tmp_path / "job@2"
    odd.mkdir()
    (tmp_path / "link@").symlink_to("nowhere")
    for path, text in ((odd, "it is not an OCI image layout"), (tmp_path / "link@", "there is no such file or directory\n")):
        assert main([good, str(path)]) == 2
        assert capsys.readouterr().err.startswith(f"{path}: {text}")
