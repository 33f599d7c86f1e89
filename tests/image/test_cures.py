"""Pins down that what a mistake says to write is taken."""

from __future__ import annotations

import ast
import re

import pytest

from scratch_image.checks.policy import read_policy
from scratch_image.image import values
from scratch_image.image.names import Surroundings, read_names
from scratch_image.image.output_path import output_path
from scratch_image.image.spec import Defaults, read_image_spec
from scratch_image.oci import grammar, image_paths, reference
from tests.support.cures import CURES

DEFAULTS = Defaults(user="65532:65532", created="1970-01-01T00:00:00Z", compression="gzip")


SURROUNDINGS = Surroundings("image", "src/hello", "{name}")


def mistakes_in(field, value):
    """The mistakes that a target with this value has."""
    if field == "output_path":
        try:
            return output_path(value) and ()
        except ValueError as error:
            return (str(error),)
    if field == "allow":
        found = read_policy(value, "error", {})[1]
    elif field in ("repository", "image_tags", "registries"):
        found = read_names({"repository": None, "image_tags": None, "registries": None, field: value}, SURROUNDINGS)[1]
    else:
        found = read_image_spec({"binary": ":bin", field: value}, DEFAULTS)[1]
    return tuple(map(str, found))


@pytest.mark.parametrize("field, value, cure, meant, reason", CURES)
def test_a_cure(field, value, cure, meant, reason):
    (text,) = mistakes_in(field, value)
    assert cure in text, reason
    assert mistakes_in(field, meant) == ()


@pytest.mark.parametrize("field, value, cure, meant, reason", [row for row in CURES if f"write {row[0]}=" in row[2]])
def test_a_cure_to_paste_means_what_was_meant(field, value, cure, meant, reason):
    assert ast.literal_eval(cure.partition("=")[2]) == meant, reason


PARSERS = {
    "absolute_path": image_paths.absolute_path,
    "directory_path": image_paths.directory_path,
    "volume": image_paths.volume,
    "file_path": image_paths.file_path,
    "name": grammar.name,
    "variable": grammar.variable,
    "port": grammar.port,
    "stop_signal": grammar.stop_signal,
    "created": grammar.created,
    "user": grammar.user,
    "platform": grammar.platform,
    "address": values.address,
    "compression": values.compression,
    "place": values.place,
    "directory_place": values.directory_place,
    "link_place": values.link_place,
    "link_target": values.link_target,
    "mode": values.mode,
    "owner": values.owner,
    "repository": reference.repository,
    "tag": reference.tag,
    "registry": reference.registry,
    "output_path": output_path,
}


HOSTILE = [
    *("", " ", "/", "//", ".", "..", "/..", "a", "a/", "/a/", "/ a /b", "a b", "\u200b", "/\u200b", "\xa0"),
    *("/\xa0/", "/a\u200b/..", "/.wh.", "/.wh..wh.x/", ".wh.\u200b..", "/\u200b.wh.x", "/.wh. .wh.y"),
    *("x" * 300, "/" + "x" * 300, "../" + "x" * 300, "/x" * 2100, "ä" * 200, "=", "A=1", "\u200b=1", "-", "-a"),
    *("a-", "_", ":", "a:", ":a", "a:b:c", "0", "-1", "65536", "1:70000", "0/tcp", "80/TCP ", "99999999999"),
    *("4294967295", "4294967295:", "1.2.3", "A.B", "²", "１", "SIG", "sigterm ", "64 ", "65 ", "SIGRTMIN+31"),
    *("sigrtmin+3", "2024-01-01", "2024-13-01", "0", "9" * 12, "9" * 13, "2024-01-01T00:00Z", "linux"),
    *("linux/", "linux/armhf", "armhf", "LINUX/AMD64/V3", "linux/arm/9", "linux//", "arm/v7", "x86-64"),
    *("zstd-99", "zstd-9", "gzip0", "GZIP 3", "0o640", "0o7777777", "888", "https://", "https://h/"),
    *("http://a b/x", "h//", "h/X", "h:99999999", "[::1]/x", "u:p@h", "u:p@", "u:p@/x", "@", "@@", "a@b@"),
    *("u:p@h/a:1", "h:1/a:1", "h:1/a@sha256:" + "0" * 64, "a@sha256:" + "0" * 64, "K" * 256, "㎯" * 128),
]  # fmt: skip


@pytest.mark.parametrize("name", PARSERS)
def test_what_a_cure_says_is_taken(name):
    """The last literal behind a semicolon is what the message says to write."""
    parse, cures = PARSERS[name], 0
    for text in HOSTILE:
        try:
            parse(text)
        except ValueError as error:
            cure = str(error).rpartition("; ")[2].partition(", without")[0]
            literals = re.findall("'[^']*'", cure)
            if literals and "contains '='" not in str(error):
                parse(ast.literal_eval(literals[-1]))
                cures += 1
    assert cures > 0


WORDS = [
    # field, value, what the message must not say, reason
    ("directories", {"/": {}}, "volume", "a directory is not a volume"),
    ("directories", {"": {}}, "volume", "nor is an empty path"),
    ("directories", {"/": {}}, "file", "nor a file"),
    ("symlinks", {"/": "a"}, "file", "a link is not a file"),
    ("symlinks", {"/a/": "b"}, "app", "nor a program"),
    ("files", {"/a/": {"text": ""}}, "app", "a text is not a program"),
    ("binary_path", "", "'/'", "the root is not a program"),
    ("volumes", [""], "'/'", "the root is not a volume"),
    ("volumes", ["."], "'/';", "the root is not a volume"),
]


@pytest.mark.parametrize("field, value, word, reason", WORDS)
def test_a_word_of_another_field(field, value, word, reason):
    (text,) = mistakes_in(field, value)
    assert word not in text.replace("starts with '/'", ""), reason


@pytest.mark.parametrize("field", ["entrypoint", "cmd"])
def test_the_program_s_own_path_is_in_cures(field):
    (mistake,) = read_image_spec({"binary": ":bin", "binary_path": "/usr/bin/x", field: ""}, DEFAULTS)[1]
    assert mistake.text.endswith("['/usr/bin/x']")


MISNAMED = [
    # name, directory, template, what is said of it, reason
    ("c++", "src/hello", "{name}", "the target's name 'c++' cannot be in the name of a repository; rename the target, "
     "or write repository='c'", "signs"),
    ("_x", "src/hello", "{name}", "or write repository='x'", "a sign in front"),
    ("über", "src/hello", "team/{name}", "or write repository='team/uber'", "a letter of another language"),
    ("鯨", "src/hello", "{name}", "rename the target", "no letter is left"),
    ("a..b", "src/hello", "{name}", "or write repository='a-b'", "two dots"),
    ("a", "src/c++", "{directory}/{name}", "the target's directory 'c++' cannot be", "the directory"),
    ("a", "c++/src", "{parent_directory}/{name}", "the target's parent directory 'c++' cannot be", "the one above"),
    ("a", "src", "{parent_directory}/{name}", "the target has no parent directory, which {", "none"),
    ("a", "", "{directory}/{name}", "the target has no directory, which {directory} stands for", "the root"),
]  # fmt: skip


@pytest.mark.parametrize("name, directory, template, said, reason", MISNAMED)
@pytest.mark.parametrize("where", ["field", "option"])
def test_a_target_s_name_that_cannot_be_a_repository(name, directory, template, said, reason, where):
    """It is a mistake only where a name is needed."""
    default, value = ("{name}", template) if where == "field" else (template, None)
    names, mistakes = read_names(
        {"repository": value, "image_tags": None, "registries": None}, Surroundings(name, directory, default)
    )
    assert mistakes == () and len(names.misnamed) == 1 and said in names.misnamed[0], reason


FINE = [("C++", "src", "c"), ("Hello", "src", "{name}"), ("_x", "src", "a{name}"), ("c++", "src", "team/x")]


@pytest.mark.parametrize("name, directory, template", FINE)
def test_a_name_that_is_not_used_or_can_be_in_one(name, directory, template):
    names, mistakes = read_names(
        {"repository": template, "image_tags": None, "registries": None}, Surroundings(name, directory, "{name}")
    )
    assert (mistakes, names.misnamed) == ((), ())
