"""Pins down which differences in the files of an image are found."""

from __future__ import annotations

import pytest

from scratch_image.layout.tree import Node
from scratch_image.structure.compare import Difference, compare
from scratch_image.structure.expectations import Expectations, FileExpectation
from scratch_image.structure.package import ImageView
from scratch_image.structure.show import show
from tests.support.expected import CONFIGURATION, HELLO, compared, digest, text_node


def file_difference(path, what, expected, found, *more):
    return Difference(f"file {path}", what, expected, found, more)


DIFFERING = [
    # a file that is expected, what differs, reason
    (FileExpectation("/none"), file_difference("/none", "", "something there", "nothing"), "of any kind"),
    (FileExpectation("/none", "directory"), file_difference("/none", "", "a directory", "nothing"), "of a kind"),
    (FileExpectation("/etc/none"), file_difference("/etc/none", "", "something there", "nothing"), "in a directory"),
    (
        FileExpectation("/tool"),
        file_difference("/tool", "", "something there", "nothing", "there is /usr/bin/tool"),
        "elsewhere",
    ),
    (
        FileExpectation("/bin/tool"),
        file_difference(
            "/bin/tool", "", "something there", "nothing",
            "/bin is a symlink to usr/bin; paths are literal, and links are not followed",
        ),
        "behind a link",
    ),
    (FileExpectation("/app", mode=0o555), file_difference("/app", "mode", "0555", "0755"), "a mode"),
    (FileExpectation("/usr/bin/tool", mode=0o755), file_difference("/usr/bin/tool", "mode", "0755", "4755"), "set-user-ID"),
    (FileExpectation("/app", owner="0:1"), file_difference("/app", "owner", "0:1", "0:0"), "an owner"),
    (FileExpectation("/bin", "symlink", target="b"), file_difference("/bin", "target", "b", "usr/bin"), "a target"),
    (
        FileExpectation("/etc/hello", "file", digest=digest(b"")),
        file_difference("/etc/hello", "digest", digest(b""), HELLO.digest),
        "a digest",
    ),
    (
        FileExpectation("/etc/hello", "file", text="one\ntwo"),
        file_difference("/etc/hello", "text", "", "", "@@ -1,2 +1,2 @@", " one", "-two  (and no end of line)", "+two"),
        "a text that lacks its last end of line",
    ),
    (
        FileExpectation("/etc/hello", "file", text="one\nTwo\n"),
        file_difference("/etc/hello", "text", "", "", "@@ -1,2 +1,2 @@", " one", "-Two", "+two"),
        "another line",
    ),
    (
        FileExpectation("/bin", "file", 0o755, "5:5", digest=digest(b"")),
        file_difference("/bin", "type", "file", "symlink", "it leads to usr/bin"),
        "a link has nothing else of a file, and is not followed",
    ),
    (FileExpectation("/etc", "file", mode=0), file_difference("/etc", "type", "file", "directory"), "a directory"),
]  # fmt: skip


@pytest.mark.parametrize("expected, want, reason", DIFFERING, ids=[row[2] for row in DIFFERING])
def test_a_file_that_differs(expected, want, reason):
    assert compared(files=(expected,)) == [want]


def test_all_that_differs_of_a_file():
    expected = FileExpectation("/etc/hello", "file", 0o600, "1:1", digest(b"x"))
    assert [difference.what for difference in compared(files=(expected,))] == ["mode", "owner", "digest"]


TEXTS = [
    # expected, found, the last lines that are said, reason
    ("a", b"\0\1", "it is not a text: 2 bytes with NUL in them", "a program"),
    ("a\n", b"\xff\n", "+\\xff", "no UTF-8"),
    ("\\xff", b"\xff", "what differs is not UTF-8", "what looks the same"),
    ("a\u2028b\r\n", b"a\n", "+a", "only a line feed ends a line"),
    ("", b"\n" * 100, "… and 61 more lines", "many lines"),
    ("x", b"x" * 70_000, "only the first 65 536 bytes of 70 000 were compared", "a large file"),
    ("a\n", b"\x1b[2Ka\n", "+\x1b[2Ka", "what moves the cursor is made harmless when it is shown"),
]


@pytest.mark.parametrize("want, found, last, reason", TEXTS, ids=[row[3] for row in TEXTS])
def test_a_text_that_differs(want, found, last, reason):
    image = ImageView("linux/amd64", CONFIGURATION, {"/a": text_node(found)}, 0, 0)
    (difference,) = compare(Expectations("i", files=(FileExpectation("/a", "file", text=want),)), image)
    assert difference.more[-1] == last
    assert "\x1b" not in show("i", "p", [difference])


ABSENT = [
    # path, what is found, reason
    ("/app", "a file (mode 0755, 0:0, 1 234 567 bytes)", "a file"),
    ("/usr/lib/a", "a file (mode 0644, 0:0, 1 byte)", "one byte"),
    ("/usr/lib", "a directory (mode 0755, 0:0)", "a directory"),
    ("/bin", "a symlink to usr/bin", "a link"),
]


@pytest.mark.parametrize("path, found, reason", ABSENT)
def test_what_should_not_be_there(path, found, reason):
    assert compared(absent=(path,)) == [Difference(f"file {path}", "", "nothing", found)]


ELSE = [
    # files that are named, what else there is, reason
    (
        ("/app", "/bin", "/etc/hello", "/usr/bin/tool"),
        {"/usr/lib": "a directory (mode 0755, 0:0), with 2 below it"},
        "a tree",
    ),
    (
        ("/app", "/bin", "/etc/hello", "/usr/bin/tool", "/usr/lib/a"),
        {"/usr/lib/b": "a file (mode 0644, 0:0, 0 bytes)"},
        "a file beside another",
    ),
    (
        ("/app", "/bin", "/etc", "/usr/bin/tool", "/usr/lib", "/usr/lib/a"),
        {
            "/etc/hello": "a file (mode 0644, 0:0, 8 bytes)",
            "/usr/lib/b": "a file (mode 0644, 0:0, 0 bytes)",
        },
        "a directory that is named does not bring what is in it",
    ),
]


@pytest.mark.parametrize("files, others, reason", ELSE, ids=[row[2] for row in ELSE])
def test_what_else_there_is(files, others, reason):
    found = compared(files=tuple(map(FileExpectation, files)), nothing_else=True)
    assert found == [Difference(f"file {path}", "", "only what `files` names", text) for path, text in others.items()]


def test_what_should_be_absent_is_told_once():
    files = tuple(map(FileExpectation, ("/app", "/bin", "/etc/hello", "/usr/bin/tool")))
    found = compared(files=files, absent=("/usr/lib",), nothing_else=True)
    assert found == [Difference("file /usr/lib", "", "nothing", "a directory (mode 0755, 0:0)")]


def test_much_else_is_counted():
    files = {f"/{number:04}": Node("file", 0, 0, 0) for number in range(1000)}
    found = compare(
        Expectations("i", files=(FileExpectation("/0000"),), nothing_else=True),
        ImageView("linux/amd64", CONFIGURATION, files, 0, 0),
    )
    assert (len(found), found[-1].subject, found[-1].found) == (101, "files", "899 more")
