"""Pins down what the fields of a target mean, and every mistake in them."""

from __future__ import annotations

import dataclasses

import pytest

from scratch_image.image.field_reader import Mistake
from scratch_image.image.spec import Defaults
from scratch_image.image.values import FileSource, Owner
from scratch_image.oci.compression import Compression
from scratch_image.oci.platform import Platform
from scratch_image.oci.spec import RunConfig
from scratch_image.oci.tar import DirectoryEntry, SymlinkEntry
from tests.support.read_specs import DEFAULTS, read, spec_of

FROM_B = FileSource(":b", None, None, Owner())


def test_nothing_but_a_binary():
    spec = spec_of()
    assert (spec.binary, spec.binary_path, spec.platform, spec.annotations) == (":bin", "/app", None, {})
    assert spec.run == RunConfig(entrypoint=("/app",), user="65532:65532")
    assert (spec.created, spec.compression) == ("1970-01-01T00:00:00Z", Compression("gzip", 3))


def test_a_field_that_is_none_is_not_set():
    names = "binary_path platform entrypoint cmd env workdir user exposed_ports volumes stop_signal image_labels annotations"
    others = ["created", "compression", "runtime_files", "ca_bundle", "files", "directories", "symlinks", "capabilities"]
    assert read(**dict.fromkeys([*names.split(), *others])) == read()


FIELDS = [
    # field, value in the BUILD file, part of the specification, what is there
    ("binary", "src/go:bin", "binary", "src/go:bin"),
    ("binary_path", "/usr/bin/hello", "binary_path", "/usr/bin/hello"),
    ("binary_path", "/usr/bin/hello", "run.entrypoint", ("/usr/bin/hello",)),
    ("platform", "linux/arm/v7", "platform", Platform("linux", "arm", "v7")),
    ("entrypoint", ["/app", "serve"], "run.entrypoint", ("/app", "serve")),
    ("entrypoint", ("/app", ""), "run.entrypoint", ("/app", "")),
    ("cmd", ["--port", "80"], "run.cmd", ("--port", "80")),
    ("cmd", [], "run.cmd", ()),
    ("env", {"B": "2", "A": "x=y"}, "run.env", ("A=x=y", "B=2")),
    ("env", {"EMPTY": ""}, "run.env", ("EMPTY=",)),
    ("workdir", "/data/", "run.workdir", "/data"),
    ("user", "nobody:0", "run.user", "nobody:0"),
    ("exposed_ports", ["8080", "53/udp", "8080/tcp"], "run.exposed_ports", ("53/udp", "8080/tcp")),
    ("exposed_ports", [8080], "run.exposed_ports", ("8080/tcp",)),
    ("volumes", ("/b", "/a", "/b/"), "run.volumes", ("/a", "/b")),
    ("stop_signal", "SIGINT", "run.stop_signal", "SIGINT"),
    ("image_labels", {"b": "2", "a": ""}, "run.labels", {"a": "", "b": "2"}),
    ("annotations", {"org.example": "x"}, "annotations", {"org.example": "x"}),
    ("created", "2024-05-01T00:00:00Z", "created", "2024-05-01T00:00:00Z"),
    ("compression", "zstd:9", "compression", Compression("zstd", 9)),
    ("compression", "none", "compression", Compression("none", None)),
    ("runtime_files", ["tmp", "ca-certificates"], "runtime_files", ("ca-certificates", "tmp")),
    ("runtime_files", ("services", "tzdata", "services"), "runtime_files", ("tzdata", "services")),
    ("runtime_files", [], "runtime_files", ()),
    ("runtime_files", ["tmp"], "runtime_files_by_default", False),
    ("runtime_files", [], "runtime_files_by_default", False),
    ("runtime_files", None, "runtime_files_by_default", True),
    ("ca_bundle", [":b", "//roots:a", ":b"], "ca_bundle", (":b", "//roots:a")),
    ("ca_bundle", [], "ca_bundle", ()),
    ("files", {"/b": ":b", "/a": ":a"}, "files", (("/a", FileSource(":a", None, None, Owner())), ("/b", FROM_B))),
    ("files", {"/b": {"from": ":b"}}, "files", (("/b", FROM_B),)),
    ("files", {"/b/": ":b", "/": ":b"}, "files", (("/", FROM_B), ("/b/", FROM_B))),
    ("files", {"/b": {"text": "x", "owner": "1:2"}}, "files", (("/b", FileSource(None, "x", None, Owner(1, 2))),)),
    ("files", {}, "files", ()),
    ("directories", {"/b": {}, "/a/": {"mode": "0700"}}, "directories", (DirectoryEntry("b"), DirectoryEntry("a", 0o700))),
    ("directories", {"/a/b": {"owner": "1:2"}}, "directories", (DirectoryEntry("a/b", 0o755, 1, 2),)),
    ("directories", {}, "directories", ()),
    ("symlinks", {"/a/b": "../c"}, "symlinks", (SymlinkEntry("a/b", "../c"),)),
    ("symlinks", {}, "symlinks", ()),
    ("capabilities", ["CAP_NET_RAW", "cap_chown", "cap_net_raw"], "capabilities", ("cap_chown", "cap_net_raw")),
    ("capabilities", [], "capabilities", ()),
]


@pytest.mark.parametrize("field, value, part, want", FIELDS)
def test_a_field(field, value, part, want):
    found = spec_of(**{field: value})
    for name in part.split("."):
        found = getattr(found, name)
    assert found == want


def test_the_order_of_a_dict_decides_nothing():
    """Not even the order in what is made of it, which JSON would show."""
    one, other = {"a": "1", "b": "2"}, {"b": "2", "a": "1"}
    specs = [spec_of(env=order, image_labels=order, annotations=order) for order in (one, other)]
    assert specs[0] == specs[1]
    assert list(specs[0].run.labels) == list(specs[1].run.labels)


BAD = [
    # field, value, what the mistake must say, reason
    ("binary", None, "not set", "every image has a program"),
    ("binary", " ", "empty", "no address"),
    ("binary", [":bin"], "not a string", "one address, not a list"),
    ("binary_path", "bin/app", "'/bin/app'", "relative"),
    ("binary_path", "/bin/../app", "'..'", "leads elsewhere"),
    ("binary_path", "/bin/", "'/bin/app'", "a directory"),
    ("binary_path", "/", "'/app'", "the root"),
    ("platform", "amd64", "linux/amd64", "no operating system"),
    ("platform", "linux/x86_64", "'linux/amd64'", "the kernel's name"),
    ("entrypoint", "/app --port 80", "['/app', '--port', '80']", "the shell form: the exec form is shown"),
    ("entrypoint", "/app 'unclosed", """['/app', "'unclosed"]""", "a quote that is not closed is no reason to crash"),
    ("entrypoint", "", "['/app']", "an empty shell form"),
    ("entrypoint", [], "empty", "no program"),
    ("entrypoint", (), "empty", "no program, as the engine holds it"),
    ("entrypoint", [""], "empty", "a program without a name"),
    ("entrypoint", [8080], "'8080'", "not a string"),
    ("entrypoint", {"/app": "x"}, "not a list", "a dict"),
    ("cmd", "serve", "['serve']", "the shell form"),
    ("cmd", ["serve", None], "None is not a string", "not a string"),
    ("cmd", ["a\0b"], "NUL", "the kernel would cut it there"),
    ("env", {"A=B": "c"}, "'='", "an equals sign in the name"),
    ("env", {"A": 1}, "key 'A'", "a number: the key is named"),
    ("env", {"A": "x\0"}, "NUL", "the kernel would cut it there"),
    ("env", {1: "x"}, "1 is not a string", "a name that is a number"),
    ("env", ["A=b"], 'write env={"A": "b"}', "the form of other target types"),
    ("workdir", "data", "'/data'", "relative"),
    ("user", 65532, "'65532'", "a number: it is shown in quotes"),
    ("user", "a b", "65532:65532", "a space"),
    ("exposed_ports", ["http"], "'8080'", "a service's name"),
    ("exposed_ports", [70000], "65535", "too large"),
    ("exposed_ports", ["80/xyz"], "'53/udp'", "an unknown protocol"),
    ("exposed_ports", "8080", 'write exposed_ports=["8080"]', "one port without its list"),
    ("volumes", ["data"], "'/data'", "relative"),
    ("volumes", "/data", 'write volumes=["/data"]', "one directory without its list"),
    ("stop_signal", "SIGTREM", "'SIGTERM'", "misspelt"),
    ("image_labels", {"k": True}, "key 'k'", "not a string"),
    ("image_labels", {"": "v"}, "empty", "an empty key"),
    ("image_labels", "k=v", "not a dict", "the form of a command line"),
    ("annotations", {"k": ["v"]}, "key 'k'", "not a string"),
    ("created", "yesterday", "RFC 3339", "no date"),
    ("compression", "gzpi", "'gzip'", "misspelt"),
    ("compression", "ZSTD:9", "did you mean 'zstd:9'?", "in capitals"),
    ("compression", "gzip:13", "1 to 12", "an unknown level"),
    ("compression", 9, "'9'", "a number"),
    ("runtime_files", "tmp", 'write runtime_files=["tmp"]', "one entry without its list"),
    ("runtime_files", ["ca_certificates"], "did you mean 'ca-certificates'?", "an underscore"),
    ("runtime_files", ["TZData"], "did you mean 'tzdata'?", "capitals"),
    ("runtime_files", ["non-root"], "did you mean 'nonroot'?", "a hyphen"),
    (
        "runtime_files",
        ["bash"],
        "choose from ca-certificates, tzdata, tmp, nonroot, mime-types, nsswitch, services",
        "none of them",
    ),
    ("runtime_files", [1], "not a string", "a number"),
    ("runtime_files", {"tmp": True}, "not a list", "a dict"),
    ("ca_bundle", ":roots", 'write ca_bundle=[":roots"]', "one address without its list"),
    ("ca_bundle", [""], "it is empty; write the address of a target", "no address"),
    ("ca_bundle", [None], "not a string", "nothing"),
    ("binary", {}, "it is empty; name a program: {'linux/amd64': ':bin'}", "no program"),
    ("binary", {"linux/x86_64": ":a"}, "OCI calls it 'linux/amd64'", "the kernel's name; and it is not called empty"),
    ("binary", {"amd64": ":a", "linux/arm64": ":b"}, "linux/amd64", "no operating system"),
    ("binary", {"linux/amd64": ""}, "key 'linux/amd64'", "no address"),
    ("binary", {"linux/amd64": [":a"]}, "not a string", "one address, not a list"),
    ("binary", {5: ":a"}, "not a string", "a number"),
    ("binary", {"linux/arm": ":a", "linux/arm/v7": ":b"}, "linux/arm and linux/arm/v7 are the same platform", "arm is v7"),
    ("binary", {"linux/arm64/v8": ":a", "linux/arm64": ":b"}, "linux/arm64/v8 and linux/arm64 are", "arm64 is v8"),
    ("binary", {"linux/amd64/v1": ":a", "linux/amd64": ":b"}, "the same platform; name it once", "amd64 is v1"),
    ("files", ":a", 'write files={"/path": ":a"}', "an address without its path"),
    ("files", [":a"], 'write files={"/path": ":a"}', "a list"),
    ("files", {"etc/motd": ":a"}, "'/etc/motd'", "relative"),
    ("files", {"/a/../b": ":a"}, "'..'", "leads elsewhere"),
    ("files", {1: ":a"}, "not a string", "a number"),
    ("files", {"/a": None}, "key '/a'", "nothing"),
    ("files", {"/a": {}}, "neither 'from' nor 'text'", "nothing in it"),
    ("files", {"/a": {"from": ":a", "mode": "abc"}}, "key '/a'", "no mode"),
    ("files", {"/a": {"from": ":a", "owner": "root"}}, "'0:0'", "a name"),
    ("files", {"/a/": {"text": "x"}}, "write '/a'", "a text is one file, and has its own path"),
    ("files", {"/": {"text": "x"}}, "write '/etc/app.conf'", "and not that of the root"),
    ("directories", ["/a"], 'write directories={"/a": {}}', "a list"),
    ("directories", {"a": {}}, "'/a'", "relative"),
    ("directories", {"/": {}}, "'/'", "the root"),
    ("directories", {"/a": "0755"}, "write {'mode': '0755'}", "a mode without its name"),
    ("directories", {"/a": {"mode": 1.5}}, "key '/a'", "no mode"),
    ("symlinks", ["/a"], 'write symlinks={"/a": "/srv/1"}', "a list"),
    ("symlinks", {"/a/": "b"}, "write '/a'", "a directory"),
    ("symlinks", {"a": "b"}, "'/a'", "relative"),
    ("symlinks", {"/a": ""}, "key '/a'", "leads nowhere"),
    ("symlinks", {"/a": {"to": "b"}}, "not a string", "a dict"),
    ("capabilities", "cap_chown", 'write capabilities=["cap_chown"]', "one capability without its list"),
    ("capabilities", ["cap_chown=p", "cap_kill"], "a file has one flag for all", "effective and not"),
    ("capabilities", ["net_raw"], "did you mean 'cap_net_raw'?", "no prefix"),
    ("capabilities", [13], "did you mean 'cap_net_raw'?", "its number"),
]


@pytest.mark.parametrize("field, value, named, reason", BAD)
def test_a_mistake_is_found_once_and_named(field, value, named, reason):
    _, mistakes = read(**{field: value})
    assert len(mistakes) == 1, [str(mistake) for mistake in mistakes]
    assert f"`{field}`" in mistakes[0].where
    assert named in str(mistakes[0])


def test_all_mistakes_are_found_together():
    values = dict(
        binary_path="/", platform="x", entrypoint="/app", cmd="x", env={"A=": "b", "C": 1}, workdir="x", user="",
        exposed_ports=["x", "y"], volumes=["/"], stop_signal="x", image_labels={"a": 1}, annotations={"b": 2}, created="x",
        compression="x", files={"a": ":a", "/a": {}, "/b/": {"text": "x"}}, directories={"/": {}, "/a": 1},
        symlinks={"a": ""}, capabilities=["x", "y"],
    )  # fmt: skip
    _, mistakes = read(**values)
    wrong = [mistake.where.split("`")[1] for mistake in mistakes]
    more = ["files", "files", "directories", "symlinks", "capabilities"]
    assert sorted(wrong) == sorted([*values, "env", "exposed_ports", *more])


def test_a_mistake_reads_as_a_sentence_about_its_place():
    assert str(Mistake("field `user`", "'' is not a valid user")) == "field `user`: '' is not a valid user"


CREATED = [
    # field, SOURCE_DATE_EPOCH, want, reason
    (None, None, "1970-01-01T00:00:00Z", "the option"),
    (None, "1700000000", "2023-11-14T22:13:20Z", "the variable comes before the option"),
    ("2024-05-01T00:00:00Z", "1700000000", "2024-05-01T00:00:00Z", "the field comes before both"),
    ("2024-05-01T00:00:00Z", "nonsense", "2024-05-01T00:00:00Z", "what does not count is not judged"),
]


@pytest.mark.parametrize("field, epoch, want, reason", CREATED)
def test_created(field, epoch, want, reason):
    defaults = Defaults("0", "1970-01-01T00:00:00Z", "gzip", source_date_epoch=epoch)
    assert spec_of(defaults, created=field).created == want


WRONG_DEFAULTS = [
    (Defaults("", "1970-01-01T00:00:00Z", "gzip"), "option `[scratch-image].user`"),
    (Defaults("0", "today", "gzip"), "option `[scratch-image].created`"),
    (Defaults("0", "1970-01-01T00:00:00Z", "lz4"), "option `[scratch-image].compression`"),
    (Defaults("0", "1970-01-01T00:00:00Z", "gzip", source_date_epoch="-1"), "environment variable SOURCE_DATE_EPOCH"),
    (Defaults("0", "1970-01-01T00:00:00Z", "gzip", source_date_epoch=""), "environment variable SOURCE_DATE_EPOCH"),
]


@pytest.mark.parametrize("defaults, where", WRONG_DEFAULTS)
def test_a_wrong_default_is_named_where_it_counts(defaults, where):
    assert [mistake.where for mistake in read(defaults)[1]] == [where]
    assert read(defaults, user="0", created="2024-05-01T00:00:00Z", compression="none")[1] == ()


def test_runtime_files_of_an_option():
    defaults = dataclasses.replace(DEFAULTS, runtime_files=("tmp", "tzdata"))
    spec = spec_of(defaults)
    assert (spec.runtime_files, spec.runtime_files_by_default) == (("tzdata", "tmp"), True)
    assert spec_of(defaults, runtime_files=[]).runtime_files == (), "a target without any says so"
    assert spec_of(defaults, runtime_files=["nonroot"]).runtime_files == ("nonroot",), "the field is not added to the option"


def test_wrong_runtime_files_of_an_option():
    defaults = dataclasses.replace(DEFAULTS, runtime_files=("tpm", "tmp", "x"))
    first, second = read(defaults)[1]
    assert first == Mistake("option `[scratch-image].runtime_files`", "unknown runtime file 'tpm'; did you mean 'tmp'?")
    assert second.where == first.where and "unknown runtime file 'x'; choose from ca-certificates, " in second.text
    assert read(defaults, runtime_files=["tmp"])[1] == (), "what does not count is not judged"


def test_the_order_of_files_decides_nothing():
    """That of layers would."""
    one = {"/b": ":b", "/a/": ":a", "/a": {"text": "x"}}
    assert spec_of(files=one).files == spec_of(files=dict(reversed(list(one.items())))).files
