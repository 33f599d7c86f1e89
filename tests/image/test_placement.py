"""Pins down where the files of a target go in the image, with which modes and owners."""

from __future__ import annotations

import pytest

from scratch_image.image import placement as room
from scratch_image.image.placement import MadeFile, MadeLink, MadeTree
from scratch_image.image.values import FileSource, Owner
from scratch_image.oci.tar import DirectoryEntry, FileEntry, SymlinkEntry

PLAIN = FileSource(":a", None, None, Owner())
ONE = (MadeFile("conf/app.toml", 7, False),)
TREE = (MadeFile("index.html", 1, False), MadeFile("bin/run", 2, True), MadeLink("bin/go", "run"))


def placed(path, source, made):
    """One file is made by a target that makes a file, several by one that makes a tree."""
    return room.placed(path, source, MadeTree(made, is_file=len(made) == 1))


def test_a_tree_of_one_file_is_a_tree():
    """A set of files has one today and two tomorrow: the first stays where it is."""
    assert room.placed("/srv", PLAIN, MadeTree((MadeFile("a", 7, False),), is_file=False)) == (file("srv/a", "a"),)


def file(path, made, size=7, mode=0o644, uid=0, gid=0):
    return FileEntry(path, f"content/{made}", size, mode, uid, gid)


PLACES = [
    # path, what is made, path in the image → path below what the target makes, reason
    ("/etc/app.toml", ONE, {"etc/app.toml": "conf/app.toml"}, "one file: its own name counts for nothing"),
    ("/etc/", ONE, {"etc/conf/app.toml": "conf/app.toml"}, "a slash at the end: below it, with its path"),
    ("/", ONE, {"conf/app.toml": "conf/app.toml"}, "below the root"),
    ("/srv", TREE, {"srv/index.html": "index.html", "srv/bin/run": "bin/run"}, "several: below the path"),
    ("/srv/", TREE, {"srv/index.html": "index.html", "srv/bin/run": "bin/run"}, "the same with a slash"),
    ("/", TREE, {"index.html": "index.html", "bin/run": "bin/run"}, "a tree at the root"),
    ("/a b/Grüße", (MadeFile("x", 1, False),), {"a b/Grüße": "x"}, "other letters"),
    ("/srv/", (MadeFile("a b/鯨", 1, False),), {"srv/a b/鯨": "a b/鯨"}, "other letters in what is made"),
    ("/srv", (), {}, "nothing is made"),
]


@pytest.mark.parametrize("path, made, places, reason", PLACES)
def test_places(path, made, places, reason):
    entries = [entry for entry in placed(path, PLAIN, made) if isinstance(entry, FileEntry)]
    assert {entry.path: entry.content for entry in entries} == {
        place: f"content/{source}" for place, source in places.items()
    }, reason


def test_a_tree_without_an_owner_names_no_directory():
    """They are what they are in every layer: 0755, of root. The order is that of what is made."""
    assert placed("/srv", PLAIN, TREE) == (
        file("srv/index.html", "index.html", 1),
        file("srv/bin/run", "bin/run", 2, 0o755),
        SymlinkEntry("srv/bin/go", "run"),
    )


MODES = [
    # mode in `files`, is it executable, want, reason
    (None, False, 0o644, "the usual one"),
    (None, True, 0o755, "an executable"),
    (0o640, False, 0o640, "as it is said"),
    (0o640, True, 0o640, "of an executable as well: nothing is added"),
    (0, True, 0, "no right at all is a mode, too"),
    (0o4755, False, 0o4755, "set-id"),
]


@pytest.mark.parametrize("mode, executable, want, reason", MODES)
def test_modes(mode, executable, want, reason):
    source = FileSource(":a", None, mode, Owner())
    assert placed("/a", source, (MadeFile("x", 7, executable),)) == (file("a", "x", mode=want),), reason
    made = (MadeFile("x", 7, executable), MadeFile("y", 7, False))
    assert placed("/a", source, made)[0] == file("a/x", "x", mode=want), reason


def below(paths, uid=1, gid=2):
    return {DirectoryEntry(path, 0o755, uid, gid) for path in paths}


DIRECTORIES = [
    # path, what is made, owner, directories that are named, reason
    ("/srv/www", TREE, Owner(1, 2), below(["srv/www", "srv/www/bin"]), "the path's own and those in it, none above"),
    ("/srv/www/", TREE, Owner(1, 2), below(["srv/www", "srv/www/bin"]), "the same with a slash"),
    ("/srv/", (MadeFile("a/b/c/d", 1, False),), Owner(1, 2), below(["srv", "srv/a", "srv/a/b", "srv/a/b/c"]), "all between"),
    ("/srv/", (MadeLink("a/b", "c"),), Owner(1, 2), below(["srv", "srv/a"]), "a link's as well"),
    ("/", TREE, Owner(1, 2), below(["bin"]), "the root is nobody's"),
    ("/srv", TREE, Owner(1, 0), below(["srv", "srv/bin"], 1, 0), "a user alone"),
    ("/srv", TREE, Owner(0, 2), below(["srv", "srv/bin"], 0, 2), "a group alone"),
    ("/srv", TREE, Owner(0, 0), set(), "root: as in every layer"),
    ("/srv/a", ONE, Owner(1, 2), set(), "one file at the path itself"),
]


@pytest.mark.parametrize("path, made, owner, directories, reason", DIRECTORIES)
def test_an_owner_has_the_directories_too(path, made, owner, directories, reason):
    """`mode` is of files alone: a directory without x could not be entered."""
    entries = placed(path, FileSource(":a", None, 0o600, owner), made)
    named = [entry for entry in entries if isinstance(entry, DirectoryEntry)]
    assert set(named) == directories and len(named) == len(directories), reason
    others = [entry for entry in entries if not isinstance(entry, DirectoryEntry)]
    assert len(others) == len(made) and {(entry.uid, entry.gid) for entry in others} == {(owner.uid, owner.gid)}


LINKS = [
    # path, what is made, want, reason
    ("/bin/go", (MadeLink("x", "run"),), SymlinkEntry("bin/go", "run"), "a link alone, at the path itself"),
    ("/bin/", (MadeLink("x/y", "../run"),), SymlinkEntry("bin/x/y", "../run"), "where it leads is not changed"),
    ("/bin/", (MadeLink("x", "/run"),), SymlinkEntry("bin/x", "/run"), "nor where it is absolute"),
]


@pytest.mark.parametrize("path, made, want, reason", LINKS)
def test_links(path, made, want, reason):
    assert placed(path, PLAIN, made) == (want,), reason


BAD = [
    # path, what is made, what the message must name, reason
    ("/srv/", "a/.wh.b", "'/srv/a/.wh.b'", "deletes a file in a layer"),
    ("/srv/", ".wh..wh..opq", "'.wh.'", "hides a directory"),
    ("/srv/", "a\nb", "control character", "a line's end"),
    ("/srv/", "../b", "'..'", "leads elsewhere"),
    ("/srv/", "a/./b", "'.'", "leads elsewhere"),
    ("/srv/", "a//b", "'//'", "an empty name"),
    ("/srv/", "n" * 256, "too long", "a name that Linux does not take"),
    (f"/{'d/' * 100}", f"{'e/' * 2000}f", "too long", "a path that Linux does not take, put together"),
    ("/srv/", "\ud800", "surrogate", "no UTF-8"),
]


@pytest.mark.parametrize("path, made, named, reason", BAD)
def test_names_that_can_not_be_in_a_layer(path, made, named, reason):
    for item in (MadeFile(made, 1, False), MadeLink(made, "x")):
        with pytest.raises(ValueError) as error:
            placed(path, PLAIN, (item,))
        assert named in str(error.value), reason


def test_where_one_file_is_put_its_own_name_does_not_matter():
    assert placed("/a", PLAIN, (MadeFile(".wh.x", 7, False),)) == (file("a", ".wh.x"),)
