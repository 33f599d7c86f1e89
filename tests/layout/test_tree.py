"""Pins down the files of an image: its layers one over the other, and the file that a path leads to."""

from __future__ import annotations

import pytest

from scratch_image.layout.tree import Node, applied, directories_above, find
from scratch_image.oci.linux import MAX_LINKS, PATH_MAX


def file(mode=0o644, size=0):
    return Node("file", mode, size=size)


def directory(mode=0o755):
    return Node("directory", mode, 0, 0)


APPLIED = [
    # layers, base first; what there is; reason
    ([], {}, "no layer"),
    ([{}], {}, "an empty layer"),
    ([{"/a": file(size=1)}, {"/a": file(size=2)}], {"/a": file(size=2)}, "the upper file is there"),
    ([{"/a": directory()}, {"/a": directory(0o700)}], {"/a": directory(0o700)}, "a directory's attributes are replaced"),
    (
        [{"/a": directory(), "/a/b": file()}, {"/a": directory(0o700)}],
        {"/a": directory(0o700), "/a/b": file()},
        "and what is in it is not",
    ),
    (
        [{"/a": directory(), "/a/b": directory(), "/a/b/c": file(), "/ab": file()}, {"/a": file()}],
        {"/a": file(), "/ab": file()},
        "a file in the place of a directory",
    ),
    ([{"/a": directory(), "/a/b": file()}, {"/a": Node("symlink", 0o777, 0, 0, target="c")}],
     {"/a": Node("symlink", 0o777, 0, 0, target="c")}, "a link in the place of a directory"),
    ([{"/a": Node("symlink", 0o777, 0, 0, target="c")}, {"/a": directory(), "/a/b": file()}],
     {"/a": directory(), "/a/b": file()}, "a directory in the place of a link: the link is not followed"),
    ([{"/a": directory(), "/a/b": file()}, {"/a": file()}, {"/a": directory(), "/a/c": file()}],
     {"/a": directory(), "/a/c": file()}, "what was removed does not come back"),
]  # fmt: skip


@pytest.mark.parametrize("layers, want, reason", APPLIED, ids=[row[2] for row in APPLIED])
def test_layers_one_over_the_other(layers, want, reason):
    assert applied(layers) == want


APP, OTHER, DIR = file(0o755, 1), file(0o755, 2), directory()


def link(target):
    return Node("symlink", 0o777, target=target)


FOUND = [
    # layers, path, (number of the layer, path there), reason
    ([{"app": APP}], "/app", (0, "app"), "in the root"),
    ([{"app": APP}, {"app": OTHER}], "/app", (1, "app"), "the upper file"),
    ([{"bin": DIR, "bin/app": APP}, {"bin": DIR}], "/bin/app", (0, "bin/app"), "below a directory that is there again"),
    ([{"bin": DIR, "bin/app": APP}, {"bin": APP}], "/bin/app", None, "below a file"),
    ([{"bin": DIR, "bin/app": APP}, {"bin": APP}, {"bin": DIR}], "/bin/app", None, "stays removed"),
    ([{"bin": DIR, "bin/app": APP}, {"bin": APP}, {"bin": DIR, "bin/app": OTHER}], "/bin/app", (2, "bin/app"), "again"),
    ([{"usr": DIR, "usr/app": APP}, {"bin": link("usr")}], "/bin/app", (0, "usr/app"), "through a relative link"),
    ([{"a": DIR, "a/b": link("/app"), "app": APP}], "/a/b", (0, "app"), "through an absolute link"),
    ([{"a": DIR, "a/b": link("../../../app"), "app": APP}], "/a/b", (0, "app"), "above the root is the root"),
    ([{"a": DIR, "app": APP}], "/a/.././/app", (0, "app"), "'..', '.' and empty components"),
    ([{"bin": DIR, "bin/app": APP}, {"bin": APP}, {"bin": DIR}, {"x": link("bin/../bin/app")}], "/x", None, "through '..'"),
    ([{"a": link("a")}], "/a", None, "a link to itself"),
    ([{"a": DIR}], "/a", None, "a directory"),
    ([{"app": APP}], "/app/x", None, "below a file"),
    ([{"app": APP}], "/none", None, "nothing"),
    ([{"bin/app": APP}], "/bin/app", None, "without its directory"),
    ([{"pipe": Node("", 0o644)}], "/pipe", None, "of another kind"),
    ([{"app": APP}], "/" * PATH_MAX + "app", None, "a path that is too long"),
    ([{f"l{n}": link(f"l{n + 1}") for n in range(MAX_LINKS)}, {f"l{MAX_LINKS}": APP}], "/l0", (1, f"l{MAX_LINKS}"), "40"),
    ([{f"l{n}": link(f"l{n + 1}") for n in range(MAX_LINKS + 1)}, {f"l{MAX_LINKS + 1}": APP}], "/l0", None, "41 links"),
]  # fmt: skip


@pytest.mark.parametrize("layers, path, want, reason", FOUND, ids=[row[3] for row in FOUND])
def test_the_file_that_a_path_leads_to(layers, path, want, reason):
    found = find(layers, path)
    assert (found and found[:2]) == want
    if found:
        assert found[2] == layers[found[0]][found[1]] == applied(layers)[found[1]]


@pytest.mark.parametrize("path, above", [("/a/b/c", ["/a/b", "/a"]), ("a/b/c", ["a/b", "a"]), ("/a", []), ("a", [])])
def test_directories_above(path, above):
    assert list(directories_above(path)) == above
