"""Pins down where an address leads, and which existing one is offered for one that does not exist."""

from __future__ import annotations

import pytest

from scratch_image.image.addresses import Place, cure, near, place_of

PLACES = [
    # text, directory of the BUILD file, want, reason
    (":a", "src", Place("src", "a"), "of this BUILD file"),
    (":a", "", Place("", "a"), "of that in the root"),
    ("//:a", "src", Place("", "a"), "of the root's, from elsewhere"),
    ("//x/y:a", "src", Place("x/y", "a"), "from the root"),
    ("x/y:a", "src", Place("x/y", "a"), "the same"),
    ("x/y", "src", Place("x/y", "y"), "named as its directory"),
    ("./y:a", "src", Place("src/y", "a"), "from here"),
    (":a@x=1", "src", Place("src", "a", "x=1"), "a variant"),
    (":a@y=2,x=1", "src", Place("src", "a", "x=1,y=2"), "the order of parameters does not count"),
    ("x/y@a=1", "src", Place("x/y", "y", "a=1"), "a variant of a target named as its directory"),
    (":a#b.txt", "src", Place("src", "a"), "a generated target is its generator"),
    ("x/y#b.txt", "src", Place("x/y", "y"), "the same, named as its directory"),
    (" :a ", "src", Place("src", "a"), "with blanks"),
    ("::", "src", None, "a wildcard"),
    ("x::", "src", None, "a wildcard"),
    ("//", "src", None, "no name"),
    (":", "src", None, "no name"),
    ("", "src", None, "nothing"),
]


@pytest.mark.parametrize("text, directory, want, reason", PLACES)
def test_places(text, directory, want, reason):
    assert place_of(text, directory) == want, reason


KNOWN = {
    "src/hello": ("bin", "image", "server@os=linux", "server@os=mac"),
    "src/go_service": ("bin", "service"),
    "lib": ("a", "b", "c", "d", "e", "f", "g"),
    "": ("root",),
    "tools": ("tools",),
}
NEAR = [
    # text, directory, want, reason
    (":bim", "src/hello", "did you mean ':bin'?", "misspelt"),
    ("src/hello:bim", "src/other", "did you mean 'src/hello:bin'?", "misspelt, elsewhere"),
    ("//src/hello:bim", "src/other", "did you mean '//src/hello:bin'?", "in the notation of the text"),
    ("src/hello:bim", "src/hello", "did you mean ':bin'?", "elsewhere is here"),
    ("//src/hello:bim", "src/hello", "did you mean '//src/hello:bin'?", "written from the root"),
    (":server", "src/hello", "did you mean ':server@os=linux' or ':server@os=mac'?", "a target with parameters as a whole"),
    (":xyz", "src/go_service", "choose from ':bin' or ':service'", "near none: all are shown"),
    (":xyz", "lib", "choose from ':a' or ':b' or ':c' or ':d' or ':e' and 2 more", "near none of many"),
    ("src/helo:bin", "x", "did you mean 'src/hello:bin'?", "the directory is misspelt"),
    ("src/goservice:bin", "x", "did you mean 'src/go_service:bin'?", "the directory is misspelt"),
    ("service", "x", "did you mean 'src/go_service:service'?", "the directory is left out"),
    (":image", "src/other", "did you mean 'src/hello:image'?", "there is no target here"),
    ("src/go_servce:servce", "x", "did you mean 'src/go_service:service'?", "both are misspelt"),
    ("rot", "x", "there is no target in rot", "nothing is near"),
    ("//:rot", "src/hello", "did you mean '//:root'?", "in the root"),
    ("tool", "x", "did you mean 'tools:tools'?", "named as its directory"),
    (":root", "nowhere", "did you mean '//:root'?", "in the root, from elsewhere"),
    ("::", "src/hello", "write ':name' for a target of this BUILD file, or 'path/to/directory:name'", "a wildcard"),
]


@pytest.mark.parametrize("text, directory, want, reason", NEAR)
def test_near(text, directory, want, reason):
    assert near(text, directory, KNOWN) == want, reason


CURES = [
    # field, text, want, reason
    ("files", "hello world", 'for a file with this text, write {"text": "hello world"}', "a text"),
    ("files", "a: 1\n", 'for a file with this text, write {"text": "a: 1\\n"}', "a text with a colon"),
    ("files", "port: 80\nuser: me\n", 'for a file with this text, write {"text": "port: 80\\nuser: me\\n"}', "lines"),
    ("files", "x" * 100 + " y", f'for a file with this text, write {{"text": "{"x" * 60}…"}}', "a long text"),
    (
        "files", "rot",
        'there is no target in rot; for a file with this text, write {"text": "rot"}; '
        'for a file of the repository, name a target of it: file(name="rot", source="rot")', "a word",
    ),
    (
        "files", "conf/app.toml",
        'there is no target in conf/app.toml; for a file with this text, write {"text": "conf/app.toml"}; '
        'for a file of the repository, name a target of it: file(name="app", source="app.toml")', "a path",
    ),
    (
        "binary", "./app", 'there is no target in src/app; '
        'for a file of the repository, name a target of it: file(name="app", source="app")', "a path to a program",
    ),
    ("files", "tool", "did you mean 'tools:tools'?", "nearly a target"),
    ("files", "src/hello:bim", "did you mean 'src/hello:bin'?", "an address"),
    ("files", "::", "write ':name' for a target of this BUILD file, or 'path/to/directory:name'", "a wildcard"),
    ("binary", "a b", "there is no target in a b", "a text in another field"),
]  # fmt: skip


@pytest.mark.parametrize("field, text, want, reason", CURES, ids=[row[3] for row in CURES])
def test_what_else_a_text_may_be(field, text, want, reason):
    assert cure(field, text, "src", KNOWN) == want, reason


def test_nothing_is_known():
    assert near(":a", "", {}) == "there is no target in the root directory"
