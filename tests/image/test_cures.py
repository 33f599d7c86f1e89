"""Pins down that the cure of an error holds the value that was written, and that the field takes what the cure says."""

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


CURES = [
    # field, value as written, what the cure says, the value that is meant, reason
    ("allow", "SR040", 'write allow=["SR040"]', ["SR040"], "a string for a list"),
    ("allow", "SR040,SR041", 'write allow=["SR040", "SR041"]', ["SR040", "SR041"], "a string for a list of two"),
    ("allow", ["SR40"], "did you mean SR040?", ["SR040"], "a digit is missing"),
    ("binary", [":bin"], "write its member alone: ':bin'", ":bin", "a list for a string"),
    ("binary_path", "", "write an absolute path: '/app'", "/app", "empty: not the root"),
    ("binary_path", ".", "'/app'", "/app", "the root is not a file"),
    ("binary_path", "usr/bin/x", "'/usr/bin/x'", "/usr/bin/x", "relative"),
    ("binary_path", "./x", "'/x'", "/x", "relative to here"),
    ("binary_path", "../x", "'/x'", "/x", "relative to above"),
    ("binary_path", "/a/../b", "write the path it resolves to: '/b'", "/b", "another way"),
    ("binary_path", "/..", "'/app'", "/app", "the root, another way"),
    ("binary_path", "/a//b", "'/a/b'", "/a/b", "two slashes"),
    ("binary_path", "/usr/bin/", "name the file: '/usr/bin/app'", "/usr/bin/app", "a directory"),
    ("binary_path", "/app ", "'/app'", "/app", "a blank at its end"),
    ("binary_path", ["/x"], "write its member alone: '/x'", "/x", "a list for a string"),
    ("workdir", "", "write an absolute path: '/'", "/", "empty: here it may be the root"),
    ("workdir", "data", "'/data'", "/data", "relative"),
    ("volumes", "/data", 'write volumes=["/data"]', ["/data"], "a string for a list"),
    ("volumes", {"/data": {}}, 'write volumes=["/data"]', ["/data"], "as in the image's configuration"),
    ("volumes", ["/"], "'/data'", ["/data"], "the root"),
    ("volumes", ["/srv/data:/data"], "write '/data'", ["/data"], "as `docker run --volume` takes it"),
    ("volumes", ["/srv:/var/lib/x:ro"], "write '/var/lib/x'", ["/var/lib/x"], "the same with an option"),
    ("workdir", "~", "'/'", "/", "a home, which a shell fills in"),
    ("workdir", "$HOME/x", "'/'", "/", "a variable"),
    ("binary_path", "~/bin/x", "'/app'", "/app", "a path of the author's machine"),
    ("compression", "gzip:fast", "as in 'gzip:9'", "gzip:9", "a level by name"),
    ("runtime_files", ["certs"], "did you mean 'ca-certificates'?", ["ca-certificates"], "by another name"),
    ("runtime_files", ["CA"], "did you mean 'ca-certificates'?", ["ca-certificates"], "its beginning"),
    ("runtime_files", ["zoneinfo"], "did you mean 'tzdata'?", ["tzdata"], "the directory's name"),
    ("runtime_files", ["/etc/passwd"], "did you mean 'nonroot'?", ["nonroot"], "the file"),
    ("runtime_files", ["/tmp/"], "did you mean 'tmp'?", ["tmp"], "the directory"),
    ("runtime_files", ["mime"], "did you mean 'mime-types'?", ["mime-types"], "its beginning"),
    ("files", {"/a": ""}, 'or {"text": ""} for an empty file', {"/a": {"text": ""}}, "an empty file"),
    ("files", {"/a": 5}, 'write {"text": "5"}', {"/a": {"text": "5"}}, "a number"),
    ("files", {"/a": {"content": "x"}}, "unknown key 'content'; did you mean 'text'?", {"/a": {"text": "x"}}, "a key"),
    ("files", {"/a": {"source": ":x"}}, "did you mean 'from'?", {"/a": {"from": ":x"}}, "another one"),
    (
        "files",
        {"/a": {"from": ":x", "User": "0:0"}},
        "did you mean 'owner'?",
        {"/a": {"from": ":x", "owner": "0:0"}},
        "one more",
    ),
    ("directories", {"/a": {"text": "x"}}, "choose from mode, owner", {"/a": {}}, "a key that directories do not have"),
    ("volumes", [""], "write an absolute path: '/data'", ["/data"], "empty"),
    ("directories", ["/data"], 'write directories={"/data": {}}', {"/data": {}}, "a list for a dict"),
    ("directories", {"/": {}}, "name a directory below it: '/data'", {"/data": {}}, "the root"),
    ("directories", {"": {}}, "write an absolute path: '/data'", {"/data": {}}, "empty"),
    ("directories", {"/a": "0700"}, "write {'mode': '0700'}", {"/a": {"mode": "0700"}}, "a mode alone"),
    ("directories", {"/a": "1:2"}, "write {'owner': '1:2'}", {"/a": {"owner": "1:2"}}, "an owner alone"),
    ("directories", {"/a": {"mode": 0o700}}, "'0700'", {"/a": {"mode": "0700"}}, "an octal number"),
    (
        "directories",
        {"/a": {"mode": 640}},
        "'1200' or '0640'",
        {"/a": {"mode": "0640"}},
        "a number that may be meant in octal",
    ),
    ("directories", {"/a": {"mode": "0o750"}}, "'0750'", {"/a": {"mode": "0750"}}, "an octal number in quotes"),
    ("directories", {"/a": {"owner": "nonroot"}}, "'65532:65532'", {"/a": {"owner": "65532:65532"}}, "a name"),
    ("directories", {"/a": {"owner": "1000"}}, "'1000:1000'", {"/a": {"owner": "1000:1000"}}, "the user alone"),
    ("directories", {"/a": {"owner": 1000}}, "'1000:1000'", {"/a": {"owner": "1000:1000"}}, "a number"),
    ("symlinks", {"/a/": "b"}, "write '/a'", {"/a": "b"}, "a directory"),
    ("symlinks", {"": "b"}, "write an absolute path: '/srv/current'", {"/srv/current": "b"}, "empty"),
    ("symlinks", {"/": "b"}, "write '/srv/current'", {"/srv/current": "b"}, "the root"),
    ("files", ":config", 'write files={"/path": ":config"}', {"/path": ":config"}, "an address alone"),
    ("files", {"/a/": {"text": "x"}}, "write '/a'", {"/a": {"text": "x"}}, "a text is one file"),
    ("files", {"etc/a": ":a"}, "'/etc/a'", {"/etc/a": ":a"}, "relative"),
    ("files", {"/a": [":a"]}, "for example ':config'", {"/a": ":config"}, "a list for an address"),
    ("entrypoint", "/app serve", "['/app', 'serve']", ["/app", "serve"], "the shell form"),
    ("entrypoint", [], "['/app']", ["/app"], "empty"),
    ("entrypoint", ["", "serve"], "['/app', 'serve']", ["/app", "serve"], "no program"),
    ("env", ["A=b=c"], 'write env={"A": "b=c"}', {"A": "b=c"}, "as docker has it"),
    ("env", {"A=b": "x"}, "{'A': 'b'}", {"A": "b"}, "name and value in one"),
    ("env", {"A": 1}, "put it in quotes: '1'", {"A": "1"}, "a number"),
    ("image_labels", "a=b", 'write image_labels={"a": "b"}', {"a": "b"}, "a string for a dict"),
    ("exposed_ports", 8080, 'write exposed_ports=["8080"]', ["8080"], "a number for a list"),
    ("exposed_ports", {"80/tcp": {}}, 'write exposed_ports=["80/tcp"]', ["80/tcp"], "as in the image's configuration"),
    ("exposed_ports", ["80/TCP"], "'80/tcp'", ["80/tcp"], "capitals"),
    ("exposed_ports", ["8080:80"], "'80'", ["80"], "a publication"),
    ("exposed_ports", [" 80"], "'80'", ["80"], "a blank"),
    ("stop_signal", 15, "put it in quotes: '15'", "15", "a number"),
    ("stop_signal", "term", "'SIGTERM'", "SIGTERM", "short"),
    ("created", "2024-05-01", "'2024-05-01T00:00:00Z'", "2024-05-01T00:00:00Z", "a day"),
    ("created", "2024-05-01 10:20:30", "'2024-05-01T10:20:30Z'", "2024-05-01T10:20:30Z", "a blank, and no zone"),
    ("created", "2024-05-01T10:20Z ", "'2024-05-01T00:00:00Z'", "2024-05-01T00:00:00Z", "no seconds: an example"),
    ("created", "2024-05-01T10:20", "'2024-05-01T10:20:00Z'", "2024-05-01T10:20:00Z", "no seconds and no zone"),
    ("created", "2024-05-01t10:20:30z", "'2024-05-01T10:20:30Z'", "2024-05-01T10:20:30Z", "small letters"),
    ("created", "2024-05-01T10:20:30+0200", "'2024-05-01T10:20:30+02:00'", "2024-05-01T10:20:30+02:00", "no colon"),
    ("created", 1714521600, "'2024-05-01T00:00:00Z'", "2024-05-01T00:00:00Z", "seconds since 1970"),
    ("created", "1714521600", "'2024-05-01T00:00:00Z'", "2024-05-01T00:00:00Z", "the same as a string"),
    ("user", 1000, "put it in quotes: '1000'", "1000", "a number"),
    ("user", "1000:", "'1000'", "1000", "an empty group"),
    ("user", "1000.1000", "'1000:1000'", "1000:1000", "as chown takes it"),
    ("user", "Nobody", "'nobody'", "nobody", "a capital"),
    ("platform", "linux/amd64/v9", "choose from v1, v2, v3, v4, or write none", "linux/amd64/v4", "no such level"),
    ("platform", "linux/arm64/v7", "choose from v8, v9", "linux/arm64/v8", "a variant of arm"),
    ("platform", "linux/s390x/z15", "s390x has none, so write 'linux/s390x'", "linux/s390x", "no variants"),
    ("platform", "linux/arm/7", "did you mean 'linux/arm/v7'?", "linux/arm/v7", "without its v"),
    ("platform", "arm64", "'linux/arm64'", "linux/arm64", "no system"),
    ("platform", "x86_64", "'linux/amd64'", "linux/amd64", "another name, and no system"),
    ("platform", "linux-amd64", "'linux/amd64'", "linux/amd64", "another separator"),
    ("platform", "Linux/arm/v6", "'linux/arm/v6'", "linux/arm/v6", "a capital"),
    ("platform", "darwin/arm64", "'linux/arm64'", "linux/arm64", "another system"),
    ("compression", "zstd-9", "did you mean 'zstd:9'?", "zstd:9", "another sign"),
    ("compression", "GZIP", "did you mean 'gzip'?", "gzip", "capitals"),
    ("runtime_files", "tmp", 'write runtime_files=["tmp"]', ["tmp"], "a string for a list"),
    ("runtime_files", ["ca_certificates"], "did you mean 'ca-certificates'?", ["ca-certificates"], "another sign"),
    ("ca_bundle", ":roots", 'write ca_bundle=[":roots"]', [":roots"], "a string for a list"),
    ("capabilities", "cap_chown", 'write capabilities=["cap_chown"]', ["cap_chown"], "a string for a list"),
    ("archive", "True", "write True", True, "in quotes"),
    ("archive", 0, "write False", False, "a number"),
    ("skip_push", "no", "write False", False, "a word"),
    (
        "repository",
        "team/hello:1.0",
        "write 'team/hello', and the tag in `image_tags`: ['1.0']",
        "team/hello",
        "with its tag",
    ),
    (
        "repository",
        "r.example:5000/a:1",
        "`registries`: ['r.example:5000'], and the repository alone: 'a'",
        "a",
        "all in one",
    ),
    ("repository", "team/my app", "'team/my-app'", "team/my-app", "a blank"),
    ("repository", "team//app", "'team/app'", "team/app", "two slashes"),
    ("image_tags", "1.0", 'write image_tags=["1.0"]', ["1.0"], "a string for a list"),
    ("image_tags", ["1.2.3+build.4"], "'1.2.3-build.4'", ["1.2.3-build.4"], "build metadata of SemVer"),
    ("image_tags", ["-a"], "'a'", ["a"], "a dash in front"),
    ("registries", "r.example", 'write registries=["r.example"]', ["r.example"], "a string for a list"),
    ("registries", ["https://r.example/"], "write the host alone: 'r.example'", ["r.example"], "a URL"),
    ("registries", ["r.example/"], "write 'r.example'", ["r.example"], "a slash at its end"),
    ("output_path", "a/../b", "write 'b'", "b", "another way"),
    ("output_path", "/images/a", "'images/a'", "images/a", "absolute"),
    ("output_path", "a//b/", "write 'a/b'", "a/b", "not the shortest spelling"),
    ("binary_path", 5, "is relative; a path in the image starts with '/': '/5'", "/5", "a number"),
    ("binary_path", "\u200b", "write '/app'", "/app", "nothing is left"),
    ("binary_path", "/\u200b", "write '/app'", "/app", "the root is left"),
    ("binary_path", "/a\xa0", "write '/a'", "/a", "a blank is left"),
    ("binary_path", "\xa0/a", "write '/a'", "/a", "a blank before it is left"),
    ("binary_path", "/a\u200b/../b", "write '/b'", "/b", "'..' is left"),
    ("binary_path", "/a/\u200b/b", "write '/a/b'", "/a/b", "two slashes are left"),
    ("binary_path", "/.wh\u200b.x", "write '/x'", "/x", "a whiteout is left"),
    ("binary_path", ".wh.x", "'/x'", "/x", "relative, and a whiteout"),
    ("binary_path", "/.wh.x/", "'/x/app'", "/x/app", "a directory, and a whiteout"),
    ("binary_path", "../" + "x" * 300, "'/app'", "/app", "too long, too"),
    ("binary_path", ["x"], "'/x'", "/x", "a list of a wrong one"),
    ("workdir", "\xa0", "write '/'", "/", "a blank alone"),
    ("volumes", "", 'write volumes=["/data"]', ["/data"], "empty, for a list"),
    ("volumes", "/data,", 'write volumes=["/data"]', ["/data"], "a comma at the end"),
    ("volumes", "data", 'write volumes=["/data"]', ["/data"], "relative, for a list: the example"),
    ("volumes", ["/\u200b"], "write '/data'", ["/data"], "the root is left"),
    ("directories", ["cache"], 'write directories={"/cache": {}}', {"/cache": {}}, "relative, in a list"),
    ("directories", "cache", 'write directories={"/cache": {}}', {"/cache": {}}, "relative, for a dict"),
    ("directories", {"/\u200b": {}}, "write '/data'", {"/data": {}}, "the root is left"),
    ("directories", {"/a": {"owner": "4294967295"}}, "'65532:65532'", {"/a": {"owner": "65532:65532"}}, "too large"),
    ("symlinks", ["/a"], 'write symlinks={"/a": "/srv/1"}', {"/a": "/srv/1"}, "a list for a dict"),
    ("symlinks", "/a:/b", 'write symlinks={"/a": "/b"}', {"/a": "/b"}, "a string for a dict"),
    ("symlinks", {"/a": "\u200b"}, "write '/srv/1'", {"/a": "/srv/1"}, "nothing is left"),
    ("symlinks", {"/.wh.a/\u200b": "b"}, "write '/a'", {"/a": "b"}, "a whiteout, and a directory"),
    ("files", ["/a"], 'write files={"/a": ":config"}', {"/a": ":config"}, "a list for a dict"),
    ("files", {"/srv//x/": ":a"}, "'/srv/x/'", {"/srv/x/": ":a"}, "the slash says that it is a directory"),
    ("entrypoint", "''", "['/app']", ["/app"], "a shell's empty word"),
    ("entrypoint", "a\0b", "['/app']", ["/app"], "a NUL character"),
    ("env", "A", 'write env={"A": "value"}', {"A": "value"}, "a name alone"),
    ("env", ["A"], 'write env={"A": "value"}', {"A": "value"}, "a name alone, in a list"),
    ("env", {"\u200bA=1": "x"}, "{'A': '1'}", {"A": "1"}, "name and value in one, and what cannot be seen"),
    ("env", {"\u200b": "x"}, "write 'NAME'", {"NAME": "x"}, "nothing is left"),
    ("env", {" ": "x"}, "write 'NAME'", {"NAME": "x"}, "a blank alone"),
    ("image_labels", {"\u200b": "x"}, "write 'org.example.team'", {"org.example.team": "x"}, "nothing is left"),
    ("exposed_ports", {8080: {}}, 'write exposed_ports=["8080"]', ["8080"], "a number as a key"),
    ("exposed_ports", [8080.0], "'8080'", ["8080"], "a number with a point"),
    ("exposed_ports", [True], "'8080', '53/udp'", ["8080"], "no number"),
    ("exposed_ports", ["127.0.0.1:70000"], "'8080', '53/udp'", ["8080"], "too large"),
    ("stop_signal", 0, "write a name such as 'SIGTERM'", "SIGTERM", "no signal"),
    ("stop_signal", "15 ", "did you mean '15'?", "15", "a blank"),
    ("stop_signal", " term", "did you mean 'SIGTERM'?", "SIGTERM", "a blank, and short"),
    ("user", "99999999999:", "'65532:65532'", "65532:65532", "too large, and an empty group"),
    ("platform", "linux/armhf", "OCI calls it 'linux/arm/v7'", "linux/arm/v7", "Debian's name"),
    ("platform", "linux/x86_64", "OCI calls it 'linux/amd64'", "linux/amd64", "the kernel's name"),
    ("platform", "linux/AMD64", "OCI calls it 'linux/amd64'", "linux/amd64", "capitals"),
    ("platform", "linux//amd64", "OCI calls it 'linux/amd64'", "linux/amd64", "two slashes"),
    ("compression", "zstd-99", "zstd takes a level from 1 to 22, got 99", "zstd:22", "another sign, and too large"),
    ("runtime_files", "tmp,", 'write runtime_files=["tmp"]', ["tmp"], "a comma at the end"),
    ("runtime_files", "", 'write runtime_files=["ca-certificates"]', ["ca-certificates"], "empty, for a list"),
    ("allow", "SR040,", 'write allow=["SR040"]', ["SR040"], "a comma at the end"),
    ("registries", ["https://"], "write the host alone: 'registry.example:5000'", ["registry.example:5000"], "no host"),
    ("registries", ["https://a b/"], "'registry.example:5000'", ["registry.example:5000"], "no host, either"),
    ("registries", ["HOST//X"], "write 'HOST/x'", ["HOST/x"], "two slashes, and a capital"),
    ("registries", "https://h/", "'https://h/' has a scheme; write the host alone: 'h'", ["h"], "a URL for a list"),
    ("registries", ["anna:pw@h:1/x"], "write the host alone, 'h:1/x', and log in", ["h:1/x"], "a login"),
    ("repository", "anna:pw@h/x", "and the repository alone: 'x'", "x", "a login"),
    ("repository", "x@sha256:" + "0" * 64, "write the repository alone: 'x'", "x", "a digest"),
    ("directories", {"/a": {"owner": "1000.50"}}, "'1000:50'", {"/a": {"owner": "1000:50"}}, "as chown takes it"),
    ("image_tags", ["v1 "], "'v1'", ["v1"], "a blank"),
    ("output_path", "\u200b", "write 'images/hello'", "images/hello", "nothing is left"),
    ("output_path", "/a\u200b/../b", "write 'b'", "b", "'..' is left"),
    ("output_path", "../" + "x" * 300, "write 'images/hello'", "images/hello", "too long, too"),
]


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
