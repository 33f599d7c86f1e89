"""Pins down which modules `go.mod` and `go.sum` name, and their form in `image.json`."""

from __future__ import annotations

import pytest

from scratch_image.attest.go_mod import read_go_mod
from scratch_image.attest.modules import Modules
from scratch_image.binary.go import GoModule

MAIN = "module example.com/m\n"
FILES = [
    # go.mod, go.sum, the modules as "import: path version", reason
    ("require a.b/c v1.0.0\n", "", ["a.b/c: a.b/c v1.0.0"], "one line"),
    ("require (\n\ta.b/c v1\n\td.e/f v2 // indirect\n)\n", "", ["a.b/c: a.b/c v1", "d.e/f: d.e/f v2"], "a block"),
    ("require(\na.b/c v1\n)\n", "", ["a.b/c: a.b/c v1"], "a block without blanks"),
    ("require \"a.b/c\" v1\nrequire `d.e/f` v2\n", "", ["a.b/c: a.b/c v1", "d.e/f: d.e/f v2"], "in quotes"),
    ("// require a.b/c v1\ngo 1.24 // x\ntoolchain go1.24.1\n", "", [], "comments and other directives"),
    ("require a.b/c v1\nexclude a.b/c v0\nretract v1\n", "", ["a.b/c: a.b/c v1"], "what is excluded is not required"),
    ("require a.b/c v1\nreplace a.b/c => f.k/c v1.2\n", "", ["a.b/c: f.k/c v1.2"], "replaced by another module"),
    ("replace a.b/c => f.k/c v1.2\nrequire a.b/c v1\n", "", ["a.b/c: f.k/c v1.2"], "before it is required"),
    ("require a.b/c v1\nreplace a.b/c => ../c\n", "", ["a.b/c: ../c "], "replaced by a directory"),
    ("require a.b/c v1\nreplace a.b/c v2 => f.k/c v3\n", "", ["a.b/c: a.b/c v1"], "another version is replaced"),
    (
        "require a.b/c v1\nreplace (\n\ta.b/c => f.k/c v3\n\ta.b/c v1 => f.k/c v4\n)\n", "", ["a.b/c: f.k/c v4"],
        "this version takes precedence",
    ),
    ("", "a.b/c v1 h1:x=\na.b/c v1/go.mod h1:y=\n", ["a.b/c: a.b/c v1"], "before Go 1.17"),
    ("", "a.b/c v1/go.mod h1:y=\n", [], "a module of which only go.mod was read"),
    ("", "a.b/c v1 h1:x=\na.b/c v2 h1:x=\n", [], "which of two versions is not known"),
    ("require a.b/c v2\n", "a.b/c v1 h1:x=\n", ["a.b/c: a.b/c v2"], "go.mod decides"),
    ("require example.com/m v1\n", "", [], "the main module does not require itself"),
    ("// x\u2028require a.b/c v1\n// y\x0brequire a.b/c v1\n", "", [], "only a newline ends a line"),
    ("require a.b/c v1\r\n", "d.e/f v1 h1:x=\r\n", ["a.b/c: a.b/c v1", "d.e/f: d.e/f v1"], "lines of Windows"),
    ("require\nreplace\nreplace =>\nreplace a =>\n)\n(\n", "", [], "nonsense"),
]  # fmt: skip


@pytest.mark.parametrize("go_mod, go_sum, want, reason", FILES, ids=[row[-1] for row in FILES])
def test_modules(go_mod, go_sum, want, reason):
    modules = read_go_mod(MAIN + go_mod, go_sum)
    assert modules.main == "example.com/m"
    assert [f"{path}: {module.path} {module.version}" for path, module in modules.required] == want
    assert Modules.from_dict(modules.to_dict()) == modules


def test_a_file_without_a_module():
    assert read_go_mod("", "") is None
    assert read_go_mod("require a.b/c v1\n", "") is None


BAD = [{}, {"main": 1, "required": []}, {"main": "m", "required": [1]}, {"main": "m", "required": [{"path": "a"}]}]
BAD += [{"main": "m", "required": [{"import": "a", "path": "a", "version": 1}]}, {"main": "m", "required": {}}]


@pytest.mark.parametrize("data", BAD)
def test_what_is_no_list_of_modules(data):
    with pytest.raises(ValueError, match=r"expected the members|is not a module"):
        Modules.from_dict(data)


def test_a_replacement_is_kept_in_the_report():
    modules = Modules("m", (("a.b/c", GoModule("./c", "", "", replaced="a.b/c")),))
    assert modules.to_dict()["required"] == [{"import": "a.b/c", "path": "./c", "replaced": "a.b/c"}]
