"""Pins down the layers of an image's contents: which there are, what is in each, and where each path is from."""

from __future__ import annotations

import pytest

from scratch_image.image.contents import Contents, contents_of, directories_above, with_directories
from scratch_image.image.placement import MadeFile, MadeLink, MadeTree
from scratch_image.image.values import FileSource, Owner
from scratch_image.oci import tar
from scratch_image.oci.tar import DirectoryEntry, FileEntry, SymlinkEntry

MADE = {
    ":a": MadeTree((MadeFile("one", 1, False),), is_file=True),
    ":b": MadeTree((MadeFile("x", 2, False), MadeFile("sub/y", 3, True)), is_file=False),
    ":c": MadeTree((MadeLink("z", "x"),), is_file=True),
}


def of(address, mode=None, owner=(0, 0)):
    return FileSource(address, None, mode, Owner(*owner))


def text(content, mode=None, owner=(0, 0)):
    return FileSource(None, content, mode, Owner(*owner))


def file(path, made, size, mode=0o644, uid=0, gid=0):
    return FileEntry(path, f"content/{made}", size, mode, uid, gid)


def contents(files=(), directories=(), symlinks=(), below=()):
    return contents_of(tuple(files), directories, symlinks, MADE, below)


def test_nothing():
    assert contents() == Contents({}, (), {})


def test_a_layer_for_each_address_by_the_first_path_it_is_at():
    found = contents([("/1", of(":b")), ("/2", of(":a")), ("/3", of(":b")), ("/4", of(":c"))])
    assert list(found.by_address) == [":b", ":a", ":c"]
    assert found.by_address == {
        ":b": (
            file("1/x", "x", 2),
            file("1/sub/y", "sub/y", 3, 0o755),
            file("3/x", "x", 2),
            file("3/sub/y", "sub/y", 3, 0o755),
        ),
        ":a": (file("2", "one", 1),),
        ":c": (SymlinkEntry("4", "x"),),
    }
    assert (found.inline, found.texts) == ((), {})


def test_texts_directories_and_links_are_one_layer():
    plain, own = DirectoryEntry("d"), DirectoryEntry("e", 0o700, 1, 2)
    link = SymlinkEntry("l", "/d")
    files = [("/m", text("Grüße\n")), ("/n", text("", 0o600, (3, 4)))]
    found = contents(files, [plain, own], [link])
    assert found.by_address == {}
    assert found.inline == (plain, own, link, file("m", "m", 8), file("n", "n", 0, 0o600, 3, 4))
    assert found.texts == {"content/m": "Grüße\n", "content/n": ""}, "sizes are bytes, not letters"


def test_each_claim_names_its_field():
    found = contents([("/1", of(":b", owner=(1, 1))), ("/m", text("x"))], [DirectoryEntry("d")], [SymlinkEntry("l", "d")])
    assert [(claim.source, claim.entry.path) for claim in found.claims()] == [
        ("field `files`", "1"),
        ("field `files`", "1/sub"),
        ("field `files`", "1/x"),
        ("field `files`", "1/sub/y"),
        ("field `directories`", "d"),
        ("field `symlinks`", "l"),
        ("field `files`", "m"),
    ]


def test_directories_of_all_layers():
    found = contents([("/1", of(":b", owner=(1, 1)))], [DirectoryEntry("d", 0o700)])
    assert set(found.directories) == {
        DirectoryEntry("1", 0o755, 1, 1),
        DirectoryEntry("1/sub", 0o755, 1, 1),
        DirectoryEntry("d", 0o700),
    }


ONCE = [
    # files, directories, directories that are there anyway, path → (mode, uid) of those of the address's layer, reason
    ([("/s", of(":b", owner=(1, 1)))], [], [], {"s": (0o755, 1), "s/sub": (0o755, 1)}, "the owner's"),
    ([("/s", of(":b", owner=(1, 1)))], [("s", 0o700, 1)], [], {"s/sub": (0o755, 1)}, "`directories` says its mode"),
    ([("/s", of(":b", owner=(1, 1)))], [("s", 0o700, 2)], [], {"s/sub": (0o755, 1)}, "and its owner"),
    ([("/s", of(":b", owner=(1, 1)))], [], [("s", 0o1777, 0)], {"s/sub": (0o755, 1)}, "`runtime_files` has it"),
    (
        [("/s/", of(":b", owner=(1, 1))), ("/s/sub/", of(":b", owner=(1, 1)))], [], [],
        {"s": (0o755, 1), "s/sub": (0o755, 1), "s/sub/sub": (0o755, 1)}, "in two members of one address",
    ),
]  # fmt: skip


@pytest.mark.parametrize("files, directories, below, want, reason", ONCE)
def test_a_directory_is_told_once_in_a_layer(files, directories, below, want, reason):
    named = [[DirectoryEntry(path, mode, uid) for path, mode, uid in each] for each in (directories, below)]
    found = contents(files, named[0], (), named[1])
    entries = found.by_address[":b"]
    made = {entry.path: (entry.mode, entry.uid) for entry in entries if isinstance(entry, DirectoryEntry)}
    assert made == want, reason
    tar.with_parents(with_directories(entries, [*found.directories, *named[1]]))


def test_equal_directories_are_one():
    """`/a` and `/a/` are two keys of `directories`, and one path."""
    found = contents((), [DirectoryEntry("a"), DirectoryEntry("a")])
    assert found.inline == (DirectoryEntry("a"),)


def test_files_that_are_claimed_twice_stay_so():
    """Whoever compares the claims is to find it."""
    found = contents([("/1", of(":b")), ("/1/", of(":b"))])
    assert len(found.by_address[":b"]) == 4


def test_a_name_that_can_not_be_in_a_layer():
    with pytest.raises(ValueError) as error:
        contents_of((("/a/", of(":a")),), (), (), {":a": MadeTree((MadeFile(".wh.b", 1, False),), is_file=True)})
    assert "'/a/.wh.b'" in str(error.value)


A, B = DirectoryEntry("a", 0o700), DirectoryEntry("a/b", 0o750, 1, 1)
ABOVE = [
    # paths, want, reason
    ([], (), "nothing"),
    (["c"], (), "elsewhere"),
    (["a"], (), "the directory itself is not above itself"),
    (["ab/c"], (), "a name that begins alike"),
    (["a/c"], (A,), "in it"),
    (["a/b"], (A,), "a file in the place of the other"),
    (["a/b/c", "a/b/d"], (A, B), "in both, each once"),
]


@pytest.mark.parametrize("paths, want, reason", ABOVE)
def test_directories_above(paths, want, reason):
    assert directories_above(paths, [A, B, A]) == want, reason


WITH = [
    # entries, want, reason
    ((), (), "nothing"),
    ((file("c", "c", 1),), (), "elsewhere"),
    ((file("a/b/c", "c", 1),), (A, B), "a layer above would give them the usual modes"),
    ((A, file("a/c", "c", 1)), (), "it is there already"),
    ((B, file("a/b/c", "c", 1)), (A,), "a directory is in a directory"),
    ((SymlinkEntry("a/l", "x"),), (A,), "a link"),
]


@pytest.mark.parametrize("entries, more, reason", WITH)
def test_a_layer_names_the_directories_that_it_is_in(entries, more, reason):
    found = with_directories(entries, [A, B])
    assert found == (*entries, *more), reason
    tar.with_parents(found)
