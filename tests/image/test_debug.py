"""What a debug image adds to an image: PATH, shell, names, places; without Pants."""

from __future__ import annotations

import dataclasses
from typing import Tuple

import pytest

from scratch_image.image.debug import DebugTool, Tools, debug_names, debug_run, read_debug_spec, tools_of
from scratch_image.image.names import Name
from scratch_image.image.placement import MadeFile, MadeLink, MadeTree
from scratch_image.oci.defaults import DEFAULT_PATH
from scratch_image.oci.platform import Platform
from scratch_image.oci.spec import RunConfig
from scratch_image.oci.tar import FileEntry, SymlinkEntry

AMD64, ARM64 = Platform("linux", "amd64"), Platform("linux", "arm64")
RUN = RunConfig(entrypoint=("/app",), cmd=("serve",), env=("A=1", "Z=2"), user="7:7")


@pytest.mark.parametrize(
    ("env", "directories", "path"),
    [
        (("A=1",), ("/b",), f"{DEFAULT_PATH}:/b"),
        (("PATH=/x",), ("/b", "/c"), "/x:/b:/c"),
        # A tool's directory that is in PATH stays where it is.
        (("PATH=/b:/x",), ("/b",), "/b:/x"),
        # An empty part of PATH is the working directory; nothing else is lost with it.
        (("PATH=",), ("/b",), "/b"),
        (("PATH=/x::/y:",), ("/b",), "/x:/y:/b"),
    ],
)
def test_the_path_is_extended(env: Tuple[str, ...], directories: Tuple[str, ...], path: str) -> None:
    run = debug_run(dataclasses.replace(RUN, env=env), (), directories)
    assert run.env == tuple(sorted({*(text for text in env if not text.startswith("PATH=")), f"PATH={path}"}))
    assert dataclasses.replace(run, env=env) == dataclasses.replace(RUN, env=env)


def test_an_entrypoint_drops_cmd_and_keeps_the_rest() -> None:
    run = debug_run(RUN, ("/b/sh", "-i"), ("/b",))
    assert (run.entrypoint, run.cmd) == (("/b/sh", "-i"), ())
    assert dataclasses.replace(run, env=RUN.env, entrypoint=RUN.entrypoint, cmd=RUN.cmd) == RUN


def program(path: str, mode: int = 0o755) -> FileEntry:
    return FileEntry(path, "0/content/x", 1, mode)


@pytest.mark.parametrize(
    ("entries", "shell"),
    [
        ((program("b/busybox"),), ("/b/busybox", "sh")),
        ((program("b/toybox"), program("b/strace")), ("/b/toybox", "sh")),
        ((program("b/busybox"), SymlinkEntry("b/sh", "busybox")), ("/b/sh",)),
        ((program("b/box"), SymlinkEntry("bin/ash", "/b/box")), ("/bin/ash",)),
        ((program("b/dash"), program("b/bash")), ("/b/bash",)),
        ((program("b/strace"),), ()),
        # What cannot be run is not a shell.
        ((program("b/sh", 0o644), program("b/strace")), ()),
        ((SymlinkEntry("b/sh", "/bin/nothing"), program("b/strace")), ()),
        ((SymlinkEntry("b/sh", "sh"), program("b/strace")), ()),
    ],
)
def test_the_shell(entries: Tuple[object, ...], shell: Tuple[str, ...]) -> None:
    assert Tools(entries).shell() == shell  # type: ignore[arg-type]


def test_places_modes_and_directories() -> None:
    one = MadeTree((MadeFile("strace", 5, executable=False),), is_file=True)
    tree = MadeTree(
        (
            MadeFile("bin/box", 5, True),
            MadeLink("bin/ls", "box"),
            MadeFile("share/doc", 5, False),
            MadeFile("x/empty", 0, True),
        ),
        is_file=False,
    )
    tools = (DebugTool("/a/", ":tree"), DebugTool("/b/", ":one"), DebugTool("/usr/bin/tracer", ":one"))
    found = tools_of(tools, AMD64, {":tree": tree, ":one": one})
    modes = {entry.path: (entry.mode, getattr(entry, "content", "")) for entry in found.entries}
    assert modes == {
        "a/bin/box": (0o755, "0/content/bin/box"),
        "a/bin/ls": (0o777, ""),
        "a/share/doc": (0o644, "0/content/share/doc"),
        "a/x/empty": (0o755, "0/content/x/empty"),
        "b/strace": (0o755, "1/content/strace"),
        "usr/bin/tracer": (0o755, "2/content/strace"),
    }
    assert found.directories == ("/a/bin", "/b", "/usr/bin")
    assert found.commands == ("/a/bin/box", "/b/strace", "/usr/bin/tracer", "/a/bin/ls")
    with pytest.raises(ValueError, match="which deletes files in a layer"):
        tools_of((DebugTool("/b/", ":one"),), AMD64, {":one": MadeTree((MadeFile(".wh.x", 1, True),), is_file=True)})


@pytest.mark.parametrize(
    ("platform", "address"),
    [
        ("linux/amd64", ":amd64"),
        ("linux/amd64/v1", ":amd64"),
        ("linux/amd64/v3", ":amd64"),
        ("linux/arm/v6", ":v6"),
        ("linux/arm/v7", None),
    ],
)
def test_the_tool_of_a_platform(platform: str, address: str) -> None:
    tool = DebugTool("/b/", "", ((AMD64, ":amd64"), (Platform("linux", "arm", "v6"), ":v6")))
    assert tool.address_for(Platform.parse(platform)) == address
    assert DebugTool("/b/", ":any").address_for(ARM64) == ":any"


def test_names() -> None:
    long = "x" * 123
    names, missing = debug_names((Name(None, "hello", "1.0"), Name(None, "hello", long, local=False)))
    assert names == (Name(None, "hello", "1.0-debug"),)
    assert debug_names((Name(None, "hello", "1"), Name(None, "hello", "1-debug"))) == (
        (Name(None, "hello", "1-debug-debug"),),
        ("  no name   hello:1-debug: the image has this name itself; leave that tag out of its `image_tags`",),
    )
    assert len(missing) == 1 and f"hello:{long}-debug: " in missing[0] and "is not a valid tag" in missing[0]


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("tools", {"/b/": None}, "key '/b/': None is not a string"),
        ("tools", {"/b/": 5}, "key '/b/': 5 is not a string"),
        ("tools", {5: ":x"}, "a path in the image starts with '/': '/5'"),
        ("tools", {"/b/": {"linux/amd64": 5}}, "key '/b/', key 'linux/amd64': 5 is not a string"),
        ("tools", {"/b/": {"linux/amd64": ":a", "linux/amd64/v1": ":b"}}, "are the same platform; name it once"),
        ("tools", {"/b/": [":x"]}, "write its member alone: ':x'"),
        ("tools", ":x", 'write tools={"/busybox/": ":x"}'),
        ("tools", {"/b/../c": ":x"}, "write the path it resolves to: '/c'"),
        ("tools", {"/.wh.x": ":x"}, "which deletes files in a layer"),
        ("entrypoint", [], "leave it out to start the entrypoint of the image, or name the program: ['/b/sh']"),
        ("entrypoint", [""], "write its path: ['/b/sh']"),
        ("skip_push", "yes", "expected True or False"),
        ("image", [":a"], "write its member alone: ':a'"),
    ],
)
def test_mistakes_in_a_field(field: str, value: object, text: str) -> None:
    good = {"image": ":image", "tools": {"/b/": ":x"}, "entrypoint": None, "skip_push": None}
    assert read_debug_spec(good)[1] == ()
    _, mistakes = read_debug_spec({**good, field: value})
    assert len(mistakes) == 1 and text in str(mistakes[0]), mistakes
