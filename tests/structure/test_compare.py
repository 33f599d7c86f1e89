"""Pins down every kind of expectation: where it holds nothing is said, where it does not just that, with what was found."""

from __future__ import annotations

import hashlib

import pytest

from scratch_image.layout.configuration import Configuration
from scratch_image.layout.report import ReportedFinding
from scratch_image.layout.tree import Node
from scratch_image.structure.compare import Difference, compare
from scratch_image.structure.expectations import ConfigExpectation, Expectations, FileExpectation
from scratch_image.structure.package import ImageView
from scratch_image.structure.show import held, show


def digest(content):
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def text_node(content):
    return Node("file", 0o644, 0, 0, len(content), digest=digest(content), head=content[: 64 << 10])


HELLO = text_node(b"one\ntwo\n")
FILES = {
    "/app": Node("file", 0o755, 0, 0, 1234567),
    "/bin": Node("symlink", 0o777, target="usr/bin"),
    "/etc": Node("directory", 0o755, 0, 0),
    "/etc/hello": HELLO,
    "/usr": Node("directory", 0o755, 0, 0),
    "/usr/bin": Node("directory", 0o755, 0, 0),
    "/usr/bin/tool": Node("file", 0o4755, 1, 2, 9),
    "/usr/lib": Node("directory", 0o755, 0, 0),
    "/usr/lib/a": Node("file", 0o644, 0, 0, 1),
    "/usr/lib/b": Node("file", 0o644, 0, 0, 0),
}
CONFIGURATION = Configuration(
    {"user": ("0:0",), "cmd": ("a b", "c"), "exposed_ports": ("80/tcp",), "platform": ("linux/amd64",)},
    {"env": {"A": "b", "E": ""}, "image_labels": {}, "annotations": {"k": "v"}},
)
FINDINGS = (
    ReportedFinding("SR050", "info", "an info", "none"),
    ReportedFinding("SR040", "warning", "a warning", "mend it"),
)
IMAGE = ImageView("linux/amd64", CONFIGURATION, FILES, 1000, 1500, FINDINGS)


def compared(**expectations):
    return compare(Expectations("src:image", **expectations), IMAGE)


HOLDING = [
    # expectations, reason
    ({}, "nothing is asked for"),
    ({"files": (FileExpectation("/app"), FileExpectation("/bin"), FileExpectation("/etc"))}, "of any kind"),
    ({"files": (FileExpectation("/app", "file", 0o755, "0:0"),)}, "kind, mode and owner"),
    ({"files": (FileExpectation("/usr/bin/tool", mode=0o4755, owner="1:2"),)}, "with more than permission bits"),
    ({"files": (FileExpectation("/etc/hello", "file", digest=HELLO.digest),)}, "a digest"),
    ({"files": (FileExpectation("/etc/hello", "file", text="one\ntwo\n"),)}, "a text"),
    ({"files": (FileExpectation("/bin", "symlink", target="usr/bin"),)}, "where a link leads"),
    ({"files": (FileExpectation("/usr", "directory", with_all_below=True),)}, "a tree"),
    ({"absent": ("/bin/sh", "/ap", "/usr/bin/tool/x")}, "nothing there, though something is near"),
    ({"config": (ConfigExpectation("user", None, ("0:0",)),)}, "a text"),
    ({"config": (ConfigExpectation("cmd", None, ("a b", "c")),)}, "a list"),
    ({"config": (ConfigExpectation("workdir", None, None),)}, "not set"),
    ({"config": (ConfigExpectation("env", "A", ("b",)), ConfigExpectation("env", "E", ("",)))}, "keys of a table"),
    ({"config": (ConfigExpectation("env", "B", None),)}, "a key that is not set"),
    ({"max_size": 1000, "max_unpacked_size": 1500}, "just as large"),
    ({"max_severity": "warning"}, "none above"),
    (
        {
            "files": (
                *map(FileExpectation, ("/app", "/bin", "/etc/hello", "/usr/bin/tool")),
                FileExpectation("/usr/lib", "directory", with_all_below=True),
            ),
            "nothing_else": True,
        },
        "all that there is",
    ),
]


@pytest.mark.parametrize("expectations, reason", HOLDING, ids=[row[1] for row in HOLDING])
def test_what_holds(expectations, reason):
    assert compared(**expectations) == []


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


CONFIG = [
    # field, key, what is expected, as it is said, what is found, reason
    ("user", None, ("1:1",), '"1:1"', '"0:0"', "a text"),
    ("user", None, None, "not set", '"0:0"', "a text that should not be set"),
    ("workdir", None, ("/x",), '"/x"', "not set", "a text that is not set"),
    ("cmd", None, ("a", "b c"), '["a", "b c"]', '["a b", "c"]', "other items"),
    ("cmd", None, ("c", "a b"), '["c", "a b"]', '["a b", "c"]', "another order"),
    ("cmd", None, None, "not set", '["a b", "c"]', "a list that should not be set"),
    ("exposed_ports", None, ("80/tcp", "81/tcp"), '["80/tcp", "81/tcp"]', '["80/tcp"]', "one more"),
    ("volumes", None, ("/ä",), '["/ä"]', "not set", "a list that is not set"),
]


@pytest.mark.parametrize("field, key, want, expected, found, reason", CONFIG, ids=[row[5] for row in CONFIG])
def test_a_value_that_differs(field, key, want, expected, found, reason):
    got = compared(config=(ConfigExpectation(field, key, want),))
    assert got == [Difference(f"config {field}", "value", expected, found)]


TABLES = [
    # field, key, what is expected, as it is said, what is found, reason
    ("env", "A", ("c",), '"c"', '"b"', "another value"),
    ("env", "A", None, "not set", '"b"', "a key that should not be set"),
    ("env", "B", ("",), '""', "not set", "an empty value is not none"),
    ("env", "E", None, "not set", '""', "none is not an empty value"),
    ("image_labels", "k", ("v",), '"v"', "not set", "another table"),
    ("annotations", "k", ("w",), '"w"', '"v"', "annotations"),
]


@pytest.mark.parametrize("field, key, want, expected, found, reason", TABLES, ids=[row[5] for row in TABLES])
def test_a_key_that_differs(field, key, want, expected, found, reason):
    got = compared(config=(ConfigExpectation(field, key, want),))
    assert got == [Difference(f"config {field}[{key}]", "value", expected, found)]


LARGEST = "largest, unpacked: /app 1 234 567, /usr/bin/tool 9, /etc/hello 8, /usr/lib/a 1"


def test_sizes():
    assert compared(max_size=999, max_unpacked_size=1) == [
        Difference("size", "", "at most 999 bytes", "1 000 bytes of layers as they are stored (+1)", (LARGEST,)),
        Difference("unpacked size", "", "at most 1 byte", "1 500 bytes of layers, unpacked (+1 499)", (LARGEST,)),
    ]


LEVELS = [
    # the highest severity, findings above it
    ("none", [("SR040", "no finding"), ("SR050", "no finding")]),
    ("info", [("SR040", "none above info")]),
    ("warning", []),
]


@pytest.mark.parametrize("level, want", LEVELS)
def test_findings(level, want):
    found = compared(max_severity=level)
    assert [(difference.subject, difference.expected) for difference in found] == [
        (f"finding {check}", said) for check, said in want
    ]


def test_how_it_is_shown():
    differences = compared(
        files=(
            FileExpectation("/app", "file", 0o555, "1:0"),
            FileExpectation("/etc/hello", "file", 0o600, text="One\ntwo\n"),
            FileExpectation("/bin", "symlink", target="x"),
        ),
        absent=("/usr",),
        config=(ConfigExpectation("user", None, ("65532:65532",)), ConfigExpectation("env", "A", None)),
        max_size=1,
        max_severity="info",
    )
    want = f"""\
src:image linux/amd64   (- expected, + found)
  file /app
    mode    expected 0555   found 0755
    owner   expected 1:0   found 0:0
  file /bin
    target
    - x
    + usr/bin
  file /etc/hello
    mode    expected 0600   found 0644
    text
    @@ -1,2 +1,2 @@
    -One
    +one
     two
  file /usr
    expected nothing, found a directory (mode 0755, 0:0)
  config env[A]
    - not set
    + "b"
  config user
    - "65532:65532"
    + "0:0"
  size
    expected at most 1 byte, found 1 000 bytes of layers as they are stored (+999)
    {LARGEST}
  finding SR040
    expected none above info, found a finding of severity warning
    a warning
    fix: mend it"""
    assert show("src:image", "linux/amd64", differences) == want


def test_the_order_is_not_that_of_the_build_file():
    paths = ("/b", "/a", "/c")
    found = compared(files=tuple(map(FileExpectation, paths)), absent=("/usr", "/app"))
    assert [difference.subject for difference in found] == ["file /a", "file /app", "file /b", "file /c", "file /usr"]


@pytest.mark.parametrize(
    "absent, text",
    [
        (("/a",), "src:image: 1 expectation holds on linux/amd64"),
        (("/a", "/b"), "src:image: 2 expectations hold on linux/amd64"),
    ],
)
def test_what_is_said_where_all_holds(absent, text):
    assert held(Expectations("src:image", absent=absent), ("linux/amd64",)) == text
