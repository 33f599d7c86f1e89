"""Pins down which differences in values, sizes and findings of an image are found, and how all are shown."""

from __future__ import annotations

import pytest

from scratch_image.structure.compare import Difference
from scratch_image.structure.expectations import ConfigExpectation, Expectations, FileExpectation
from scratch_image.structure.show import held, show
from tests.support.expected import HELLO, compared

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
