"""Pins down what is said of a target that does not make the one file that `binary` needs, each with the cure of its kind."""

from __future__ import annotations

from typing import List, Sequence, Tuple

import pytest

from scratch_image.image.artifacts import Maker, found_instead, no_file
from scratch_image.image.placement import Made, MadeFile, MadeLink

COMMAND = Maker("shell_command", "src", files=("out/app",))
BARE = Maker("adhoc_tool", "src", files=())
FILES = Maker("files", "src")
ONE, EMPTY, LINK = MadeFile("src/app", 9, True), MadeFile("src/app", 0, True), MadeLink("src/app", "app-1.2")
NOTES = MadeFile("src/notes.txt", 9, False)
MANY = [MadeFile(f"src/{name}", 1, True) for name in "gfedcba"]
# Who makes it, what is made, what is said and the cure, reason.
TABLE: List[Tuple[Maker, Sequence[Made], str, str, str]] = [
    (COMMAND, [ONE], "", "", "a program"),
    (Maker("file"), [MadeFile("app", 1, False)], "", "", "a file that is not executable: the image says so"),
    (COMMAND, [], "although its `output_files` has out/app", "have its command write the file to that path", "not written"),
    (BARE, [], "makes no file", "write the path of the file that its command makes to its `output_files`", "not declared"),
    (FILES, [], "makes no file", "a file that exists to its `source` or `sources`", "no such file, with a warning only"),
    (Maker("go_package"), [], "makes no file", "name the `go_binary` of this code", "the code of a program"),
    (Maker("python_sources"), [], "makes no file", "name a target whose artifact is the program", "any other"),
    (Maker(""), [], "makes no file", "name a target whose artifact is the program", "no target at all"),
    (COMMAND, [EMPTY], "makes the empty file src/app", "its command writes nothing there", "`> app` of what failed"),
    (Maker("file"), [EMPTY], "makes the empty file src/app", "put the program there", "an empty file in the repository"),
    (Maker("archive"), [EMPTY], "makes the empty file src/app", "name a target whose", "an empty package"),
    (COMMAND, [LINK], "makes a symbolic link, src/app → app-1.2, and not the file", "`cp -L`", "ln -s"),
    (FILES, [LINK], "makes a symbolic link", "name the target that makes that file", "a link in the repository"),
    (COMMAND, [ONE, NOTES], "makes 2 files: src/app, src/notes.txt;", "leave only the program in its `out", "two outputs"),
    (FILES, [NOTES, ONE], "makes 2 files: src/app, src/notes.txt;", 'file(name="bin", source="app")', "one is executable"),
    (FILES, [NOTES, NOTES], "makes 2 files", 'file(name="bin", source="…")', "none is"),
    (Maker("files"), [ONE, NOTES], "makes 2 files", 'source="src/app"', "seen from the root directory"),
    (FILES, MANY, "makes 7 files: src/a, src/b, src/c, src/d, src/e and 2 more;", 'source="…"', "many"),
    (Maker("pex_binaries"), [ONE, NOTES], "makes 2 files", "name a target whose artifact is the program", "any other"),
    (FILES, [ONE, LINK], "makes 2 files: src/app, src/app", "of the program alone", "a link beside a file"),
    (Maker("scratch_image"), [ONE, NOTES], "is an image, not a program", "that its own `binary` names", "an image"),
    (Maker("scratch_image"), [], "is an image", "", "an image that is not written"),
    (
        Maker("shell_command", files=(), directories=("d",)), [ONE], "makes the directory d;",
        "write the path of the program to `output_files`, and leave out `output_directories`", "one file by chance",
    ),
    (
        Maker("adhoc_tool", files=("a",), directories=("d", "e")), [ONE], "makes the directory d, e;",
        "leave out `output_directories`", "both are declared",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("maker", "made", "said", "cure", "reason"), TABLE, ids=[row[4] for row in TABLE])
def test_what_is_there_instead(maker: Maker, made: Sequence[Made], said: str, cure: str, reason: str) -> None:
    text = found_instead(maker, made)
    assert bool(text) == bool(said)
    assert said in text and cure in text.partition("; ")[2]


def test_directories() -> None:
    assert found_instead(Maker("x"), [ONE], is_package=True).startswith("makes a directory; name a target whose")
    assert found_instead(COMMAND, [], has_directory=True).startswith("makes an empty directory; write the path")


def test_a_target_in_files_that_makes_nothing() -> None:
    assert no_file(FILES) == "makes no file; write the path of a file that exists to its `source` or `sources`"
