"""Pins down which paths cannot be in one image, which field is to mend, and where links may lead."""

from __future__ import annotations

import pytest

from scratch_image.image.claims import PathClaim, conflicts, same_but_for_case
from scratch_image.image.field_reader import Mistake
from scratch_image.oci.tar import DirectoryEntry, FileEntry, SymlinkEntry


def file(path, source="files"):
    return PathClaim(source, FileEntry(path, "", 0, 0o644))


def directory(path, source="directories", **other):
    return PathClaim(source, DirectoryEntry(path, **other))


def link(path, target, source="symlinks"):
    return PathClaim(source, SymlinkEntry(path, target))


FIT = [
    # claims, reason
    ([], "nothing"),
    ([file("a"), file("b")], "two files"),
    ([file("a/b"), file("a/c"), directory("a")], "in a directory that is named after them"),
    ([directory("a", "x"), directory("a", "y")], "equal directories"),
    ([directory("a", mode=0o700, uid=1), directory("a", mode=0o700, uid=1)], "equal directories with an owner"),
    ([file("a"), file("ab/c"), file("a.d/e")], "names that begin alike"),
    ([link("a", "/b")], "a link that leads nowhere: what is there may be mounted"),
    ([link("a", "/b"), link("b", "c"), file("c")], "links that lead to a file"),
    ([link("a/b", "../c")], "a step up that stays inside"),
    ([link("a/b/c", "../../d")], "up to the root"),
    ([link("a/b", "../a/../c/./d//e")], "up, down and up again"),
    ([link("a", "/")], "the root"),
    ([link("a", ".")], "the link's own directory"),
    ([link("a/b", "..")], "the directory above"),
    ([link("a", "/b/../c")], "absolute, with a step up"),
    ([link("a", "b/a")], "the same name elsewhere"),
    ([link("a", "b/x"), link("b", "/c")], "through another link"),
    ([link("d/a", "b/../x"), link("d/b", "/")], "through a link and up again, to /x"),
    ([link(f"l{number}", f"l{number + 1}") for number in range(40)], "as many links as Linux follows"),
]


@pytest.mark.parametrize("claims, reason", FIT)
def test_what_can_be_together(claims, reason):
    assert conflicts(claims) == (), reason


UNFIT = [
    # claims, source of each conflict, part of the first one's text, reason
    ([file("a", "x"), file("a", "y")], ["y"], "/a is there already, from x; choose another path", "two files"),
    ([file("a", "x"), file("a", "y"), file("a", "z")], ["y", "z"], "from x", "three: the first one stays"),
    ([file("a", "x"), file("a", "x")], ["x"], "from x", "twice from one field"),
    ([directory("a", "x"), directory("a", "y", mode=0o700)], ["y"], "/a is there already", "directories: modes differ"),
    ([directory("a", "x"), directory("a", "y", uid=1)], ["y"], "/a is there already", "directories: owners differ"),
    ([directory("a", "x"), file("a", "y")], ["y"], "/a is there already", "a file in the place of a directory"),
    ([file("a", "x"), directory("a", "y")], ["y"], "/a is there already", "a directory in the place of a file"),
    ([link("a", "b", "x"), link("a", "b", "y")], ["y"], "/a is there already", "equal links: one is too many"),
    ([file("a", "x"), file("a/b", "y")], ["y"], "/a/b is below /a, which is a file (x); choose another", "below a file"),
    ([file("a", "x"), file("a/b/c/d", "y")], ["y"], "/a/b/c/d is below /a", "far below a file"),
    ([file("a", "x"), directory("a/b", "y")], ["y"], "/a/b is below /a", "a directory below a file"),
    ([link("a", "/b", "x"), file("a/b", "y")], ["y"], "which is a link (x)", "behind a link"),
    (
        [file("a/b", "x"), file("a", "y")], ["y"], "/a is a file, and /a/b would be below it (x); choose another path",
        "a file in the place of an earlier one's directory",
    ),
    ([file("a/b", "x"), link("a", "/c", "y")], ["y"], "/a is a link, and /a/b would be", "a link in that place"),
    (
        [file("a", "x"), *(file(f"a/{name}", "y") for name in "bcd")], ["y"], "/a/b and 2 more are below /a",
        "many below one file",
    ),
    (
        [file("a/b", "x"), file("a/c", "x"), file("a", "y")], ["y"], "/a/b and 1 more would be below it (x)",
        "one file in the place of a full directory",
    ),
    ([file("a", "x"), file("a/b", "y"), file("a/c", "z")], ["y", "z"], "/a/b is below /a", "each field has its own"),
    ([file("b", "x"), file("b/c", "y"), file("b", "z")], ["z", "y"], "/b is there already", "twice, and below"),
]  # fmt: skip


@pytest.mark.parametrize("claims, sources, text, reason", UNFIT)
def test_what_can_not_be_together(claims, sources, text, reason):
    found = conflicts(claims)
    assert [conflict.where for conflict in found] == sources, reason
    assert text in found[0].text


OUT, LOOP = "out of the image", "leads to itself"
LINKS = [
    # links, path of each wrong one, the message, reason
    ({"a": "../b"}, ["a"], OUT, "above the root"),
    ({"a": ".."}, ["a"], OUT, "above the root, and nothing more"),
    ({"a/b": "../../c"}, ["a/b"], OUT, "one step too many"),
    ({"a/b": "c/../../../d"}, ["a/b"], OUT, "up after down"),
    ({"a": "/.."}, ["a"], OUT, "absolute"),
    ({"a": "/b/../../a"}, ["a"], OUT, "out, and in again"),
    ({"a": "b", "b": "../c"}, ["b"], OUT, "a link to a link that leaves: told once, of that link"),
    ({"a": "a"}, ["a"], LOOP, "itself"),
    ({"a": "/a"}, ["a"], LOOP, "itself, absolute"),
    ({"a/b": "./../a/b"}, ["a/b"], LOOP, "itself, in other words"),
    ({"a": "b", "b": "a"}, ["a", "b"], LOOP, "each other"),
    ({"a": "b", "b": "c", "c": "b"}, ["a", "b", "c"], LOOP, "a link to such links"),
    ({"a": "a/b"}, ["a"], LOOP, "below itself"),
    ({"a": "b/x", "b": "/a"}, ["a", "b"], LOOP, "below itself, by another link"),
    ({"d/l": "m/x", "d/m": "/d", "d/x": "l"}, ["d/l", "d/x"], LOOP, "by a link to a directory"),
]


@pytest.mark.parametrize("links, wrong, said, reason", LINKS)
def test_where_links_lead(links, wrong, said, reason):
    found = conflicts([link(path, target, path) for path, target in links.items()])
    assert [conflict.where for conflict in found] == wrong, reason
    assert all(conflict.text.startswith(f"the link /{conflict.where} ") and said in conflict.text for conflict in found)


def test_a_chain_that_is_too_long():
    """Linux follows 40 links (path_resolution(7)); only what starts further away does not get to the end."""
    found = conflicts([link(f"l{number}", f"l{number + 1}", f"l{number}") for number in range(42)])
    assert [conflict.where for conflict in found] == ["l0", "l1"]
    assert "through more than 40 links" in found[0].text


def test_all_is_told_together():
    claims = [file("a", "x"), file("a", "y"), file("a/b", "y"), link("l", "l", "z"), link("m", "../n", "z")]
    assert conflicts(claims) == (
        Mistake("y", "/a is there already, from x; choose another path"),
        Mistake("y", "/a/b is below /a, which is a file (x); choose another path"),
        Mistake("z", "the link /l leads to itself, or through more than 40 links; write the path at its end"),
        Mistake("z", "the link /m leads to '../n', out of the image; write a path in it"),
    )


CASES = [
    # paths, pairs, reason
    ([], (), "nothing"),
    (["a", "b"], (), "two names"),
    (["a", "a"], (), "the same path"),
    (["README", "readme"], (("/README", "/readme"),), "in capitals"),
    (["a", "A", "a", "A"], (("/a", "/A"),), "told once"),
    (["ab", "aB", "AB"], (("/ab", "/aB"), ("/ab", "/AB")), "three of them"),
    (["D/a", "d/a"], (("/D/a", "/d/a"),), "in a directory"),
    (["D/a", "d/b"], (), "different names in directories that become one"),
    (["straße", "STRASSE"], (("/straße", "/STRASSE"),), "by Unicode's rules, as APFS has them"),
]


@pytest.mark.parametrize("paths, pairs, reason", CASES)
def test_paths_that_differ_in_case(paths, pairs, reason):
    assert same_but_for_case(map(file, paths)) == pairs, reason


def test_ten_thousand_entries():
    """A tree as large as that is usual; what is said of it stays short."""
    many = [file(f"srv/{number % 100}/{number}") for number in range(10_000)]
    assert conflicts(many) == () and same_but_for_case(many) == ()
    (conflict,) = conflicts([file("srv", "first"), *many])
    assert (conflict.where, "/srv/0/0 and 9999 more are below /srv" in conflict.text) == ("files", True)
    assert conflicts(link(f"l{number}", f"d/../l{number + 1}/x") for number in range(0, 20_000, 2)) == ()


def test_links_that_lead_far_have_an_end():
    """Each of them doubles what is left to walk; 40 links are the end nevertheless."""
    links = [link(f"l{number}", f"l{number + 1}/l{number + 1}") for number in range(60)]
    assert "more than 40 links" in conflicts(links)[0].text
