"""Pins down how the fields of a `scratch_image_test` are read: what they ask for, and every mistake with a cure."""

from __future__ import annotations

import pytest

from scratch_image.structure.expectations import ConfigExpectation, Expectations, FileExpectation
from scratch_image.structure.size import size
from scratch_image.structure.spec import read_expectations

DIGEST = "sha256:" + "a" * 64


def read(**fields):
    expectations, _, mistakes = read_expectations({"image": ":image", **fields})
    return expectations, mistakes


READ = [
    # fields, expectations, reason
    ({"files": {"/app": {}}}, {"files": (FileExpectation("/app"),)}, "only there"),
    (
        {"files": {"/b": {"type": "file", "mode": "0755", "owner": "0:65532", "digest": DIGEST}, "/a": {"mode": "644"}}},
        {"files": (FileExpectation("/a", mode=0o644), FileExpectation("/b", "file", 0o755, "0:65532", DIGEST))},
        "everything of a file; sorted by path",
    ),
    ({"files": {"/a": {"text": ""}}}, {"files": (FileExpectation("/a", "file", text=""),)}, "an empty text; it is a file's"),
    ({"files": {"/a": {"target": "b"}}}, {"files": (FileExpectation("/a", "symlink", target="b"),)}, "a target is a link's"),
    ({"files": {"/a/": {"mode": "0700"}}}, {"files": (FileExpectation("/a", "directory", 0o700, with_all_below=True),)},
     "a tree"),
    ({"files": {"/a": {"owner": "00:01"}}}, {"files": (FileExpectation("/a", owner="0:1"),)}, "ids as numbers"),
    ({"absent": ["/b/", "/a"]}, {"absent": ("/a", "/b")}, "sorted, without a slash at the end"),
    ({"max_size": 5, "max_unpacked_size": "1kB"}, {"max_size": 5, "max_unpacked_size": 1000}, "sizes"),
    ({"max_severity": "info", "platform": "linux/arm/v7"}, {"max_severity": "info", "platform": "linux/arm/v7"}, "texts"),
    (
        {"files": {"/a": {}}, "nothing_else": True, "skip_tests": False, "timeout": 1},
        {"files": (FileExpectation("/a"),), "nothing_else": True},
        "flags",
    ),
    (
        {"config": {"user": "0:0", "workdir": "/a/", "cmd": ["b", "a"], "exposed_ports": ["80", 53, "80/tcp"],
                    "volumes": None}},
        {
            "config": (
                ConfigExpectation("cmd", None, ("b", "a")),
                ConfigExpectation("exposed_ports", None, ("53/tcp", "80/tcp")),
                ConfigExpectation("user", None, ("0:0",)),
                ConfigExpectation("volumes", None, None),
                ConfigExpectation("workdir", None, ("/a",)),
            )
        },
        "values as the image has them",
    ),
    (
        {"config": {"env": {"B": "", "A": None}, "annotations": {"k": "v"}}},
        {
            "config": (
                ConfigExpectation("annotations", "k", ("v",)),
                ConfigExpectation("env", "A", None),
                ConfigExpectation("env", "B", ("",)),
            )
        },
        "keys of tables",
    ),
    ({"config": {"cmd": []}}, {"config": (ConfigExpectation("cmd", None, None),)}, "an empty list is none"),
]  # fmt: skip


@pytest.mark.parametrize("fields, want, reason", READ, ids=[row[2] for row in READ])
def test_what_is_read(fields, want, reason):
    assert read(**fields) == (Expectations(":image", **want), ())


SIZES = [
    # value, bytes
    (1, 1),
    (20_000_000, 20_000_000),
    ("20000000", 20_000_000),
    ("5B", 5),
    ("5 B", 5),
    ("20MB", 20_000_000),
    ("20 MB", 20_000_000),
    ("20mb", 20_000_000),
    ("20M", 20_000_000),
    ("19.5MiB", 20_447_232),
    ("1.000001kB", 1000),
    ("0.1GB", 100_000_000),
    ("1KiB", 1024),
    ("1KB", 1000),
    ("2GiB", 2**31),
]


@pytest.mark.parametrize("value, want", SIZES)
def test_sizes(value, want):
    assert size(value) == want


WRONG_SIZES = ["", "MB", "20XB", "-1MB", "1e6", "1,5MB", "٣MB", "20  MB", 1.5, True, None, [], 0, -5, "0", "0.0001kB"]


@pytest.mark.parametrize("value", WRONG_SIZES)
def test_what_is_no_size(value):
    with pytest.raises(ValueError, match=r"write (bytes, or a text with a unit: 20_000_000, '20MB'|a size above 0)"):
        size(value)


A = {"absent": ["/bin/sh"]}
MISTAKES = [
    # fields, the mistakes, reason
    ({}, ["fields `files`, `absent`, `config`, `max_size`, `max_unpacked_size`, `max_growth`, `max_severity`, "
        "`commands`, `service`: none of them is set, so "
          "nothing would be tested; set one"], "nothing is asked for"),
    ({"files": {}, "config": {}, "absent": []}, ["none of them is set"], "nothing is in what is asked for"),
    ({**A, "image": None}, ["field `image`: it is not set; write the address of a `scratch_image`: ':image'"], "no image"),
    ({**A, "image": " "}, ["field `image`: it is empty"], "an empty address"),
    ({**A, "image": [":image"]}, ["field `image`: [':image'] is not a string"], "a list of images"),
    ({**A, "platform": "amd64"}, ["field `platform`: 'amd64' is not a valid platform"], "no system"),
    ({"files": ["/app"]}, ['field `files`: [\'/app\'] is not a dict; write files={"/app": {"mode": "0755"}}'], "a list"),
    ({"files": {"app": {}}}, ["field `files`: 'app' is relative"], "a relative path"),
    ({"files": {"/": {}}}, ["field `files`: '/' is the image's root"], "the root"),
    ({"files": {"/a/../b": {}}}, ["field `files`: '/a/../b' contains '.' or '..'"], "a way up"),
    ({"files": {"/a": {}, "/a/": {}}}, ["'/a' and '/a/' are the same path; name it once"], "a path twice"),
    ({"files": {"/a": "0640"}}, ["field `files`, key '/a': '0640' is not a dict; write {'mode': '0640'}, or write {} if it "
                                 "only has to be there"], "a mode alone"),
    ({"files": {"/a": "1:2"}}, ["write {'owner': '1:2'}, or"], "an owner alone"),
    ({"files": {"/a": "symlink"}}, ["write {'type': 'symlink'}, or"], "a type alone"),
    ({"files": {"/a": "sha256:" + "a" * 64}}, ["write {'digest': 'sha256:aaa"], "a digest alone"),
    ({"files": {"/a": "x"}}, ["write {'mode': '0755', 'owner': '0:0'}, or"], "a text"),
    ({"files": {"/a": None}}, ["field `files`, key '/a': None is not a dict"], "None for {}"),
    ({"files": {"/a": False}}, ["or name it in `absent`"], "False in the place of `absent`"),
    ({"files": {"/a": {"moed": "0755"}}}, ["'moed' is not a valid attribute of a file; did you mean 'mode'?"], "a typo"),
    ({"files": {"/a": {"size": 5}}}, ["choose from type, mode, owner, digest, text, target"], "no attribute"),
    ({"files": {"/a": {1: 5}}}, ["1 is not a valid attribute"], "no text"),
    ({"files": {"/a": {"mode": 755}}}, ["field `files`, key '/a', key 'mode': 755 is not a valid mode"], "a number"),
    ({"files": {"/a": {"owner": "root:root"}}}, ["key 'owner': 'root:root' is not a valid owner; write the ids"], "names"),
    ({"files": {"/a": {"digest": "a" * 64}}}, ["write 'sha256:" + "a" * 64 + "'"], "no algorithm"),
    ({"files": {"/a": {"digest": "sha256:" + "A" * 64}}}, ["write 'sha256:" + "a" * 64 + "'"], "capitals"),
    ({"files": {"/a": {"digest": "md5:1"}}}, ["write 'sha256:' and 64 lower-case"], "another algorithm"),
    ({"files": {"/a": {"digest": "sha512:" + "a" * 128}}}, ["write 'sha256:' and 64 lower-case"], "another algorithm"),
    ({"files": {"/a": {"type": "socket"}}}, ["'socket' is not a valid type; choose from file, directory, symlink"], "none"),
    ({"files": {"/a": {"type": "Directory"}}}, ["'Directory' is not a valid type; did you mean 'directory'?"], "upper"),
    ({"files": {"/a": {"text": 5}}}, ["5 is not a string"], "a text that is none"),
    ({"files": {"/a": {"target": ""}}}, ["key 'target': it is empty"], "no target"),
    ({"files": {"/a": {"type": "symlink", "digest": DIGEST}}}, ["'digest' is for a file, and the expected type is symlink"],
     "the content of a link"),
    ({"files": {"/a": {"digest": DIGEST, "target": "b"}}}, ["the expected type is"], "a file and a link"),
    ({"files": {"/a/": {"text": "b"}}}, ["'/' at its end is for a directory, and the expected type is file"],
     "the text of a tree"),
    ({"files": {"/a/": {"type": "file"}}}, ["'/' at its end is for a directory"], "a tree that is a file"),
    ({"files": {"/a": {"digest": DIGEST, "text": "b"}}}, ["it has both 'digest' and 'text'"], "the same thing twice"),
    ({"files": {"/a": {"mode": 5, "owner": 6, "x": 7}, "/b": 8}},
     ["key 'mode': 5", "key 'owner': 6", "'x' is no", "key '/b': 8"], "all mistakes at once"),
    ({"absent": "/bin/sh"}, ['field `absent`: \'/bin/sh\' is not a list; write absent=["/bin/sh"]'], "a string"),
    ({"absent": ["bin/sh", "/"]}, ["'bin/sh' is relative", "'/' is the image's root"], "paths that are none"),
    ({"absent": ["/a"], "files": {"/a": {}}}, ["field `files`: '/a' is also in `absent`"], "there and not there"),
    ({"absent": ["/a"], "files": {"/a/b": {}, "/ab": {}}}, ["field `files`: '/a/b' is below '/a' in `absent`"],
     "below nothing"),
    ({**A, "nothing_else": True}, ["field `nothing_else`: it needs `files`"], "nothing at all"),
    ({"files": {"/a": {}}, "nothing_else": "yes"}, ["field `nothing_else`: expected True or False, got 'yes'"], "a string"),
    ({"config": ["user"]}, ['field `config`: [\'user\'] is not a dict; write config={"user": "65532:65532"}'], "a list"),
    ({"config": {"usr": "0"}}, ["field `config`: 'usr' is not a valid field of `config`; did you mean 'user'?"], "typo"),
    ({"config": {"labels": {}}}, ["did you mean 'image_labels'?"], "another name of a field"),
    ({"config": {"xyz": {}}}, ["choose from annotations, cmd, created, entrypoint, env, exposed_ports, image_labels, "
     "platform, "
                               "stop_signal, user, volumes, workdir"], "no field"),
    ({"config": {"user": "a b"}}, ["field `config`, key 'user': 'a b' is not a valid user"], "no user"),
    ({"config": {"user": 0}}, ["field `config`, key 'user': 0 is not a string"], "a number"),
    ({"config": {"cmd": "a b"}}, ["field `config`, key 'cmd': 'a b' is not a list"], "the shell form"),
    ({"config": {"cmd": [1]}}, ["field `config`, key 'cmd': 1 is not a string"], "a number in a list"),
    ({"config": {"exposed_ports": ["http"]}}, ["field `config`, key 'exposed_ports': 'http' is not a valid port"], "a name"),
    ({"config": {"stop_signal": "SIGFOO"}}, ["unknown signal 'SIGFOO'"], "no signal"),
    ({"config": {"created": "today"}}, ["RFC 3339"], "no date"),
    ({"config": {"platform": "linux/x86_64"}}, ["OCI calls it 'linux/amd64'"], "no platform"),
    ({"config": {"workdir": "a"}}, ["'a' is relative"], "a relative path"),
    ({"config": {"env": ["A=b"]}}, ["field `config`, key 'env': ['A=b'] is not a dict"], "a list in the place of a table"),
    ({"config": {"env": None}}, ["key 'env': None is not a dict; write {'NAME': 'value'}, or {'NAME': None} for a"],
     "no table"),
    ({"config": {"env": {}}}, ["key 'env': it is empty, and tests nothing; name a key"], "an empty table"),
    ({"config": {"env": {"A=B": "c"}}}, ["key 'env': the name 'A=B' contains '='"], "a name that is none"),
    ({"config": {"image_labels": {"a": 1}}}, ["key 'image_labels', key 'a': 1 is not a string"], "a value that is none"),
    ({"max_size": "big", "max_unpacked_size": 0},
     ["field `max_size`: 'big' is not a valid size", "field `max_unpacked_size`: 0: an image"], "no sizes"),
    ({"max_severity": "error"}, ["field `max_severity`: an image with an error is not packaged"], "what is never made"),
    ({"max_severity": "warn"}, ["'warn' is not a valid severity; did you mean 'warning'?"], "nearly a severity"),
    ({"max_severity": "off"}, ["'off' is not a valid severity; choose from none, info, warning"], "none of these"),
    ({**A, "timeout": 0}, ["field `timeout`: 0 is not a valid number of seconds"], "no time at all"),
    ({**A, "timeout": "5"}, ["field `timeout`: '5' is not a valid number of seconds"], "a text"),
    ({**A, "timeout": True}, ["field `timeout`: True is not a valid number of seconds"], "a flag"),
    ({**A, "skip_tests": "no"}, ["field `skip_tests`: expected True or False, got 'no'"], "a text for a flag"),
]  # fmt: skip


@pytest.mark.parametrize("fields, want, reason", MISTAKES, ids=[row[2] for row in MISTAKES])
def test_mistakes(fields, want, reason):
    _, mistakes = read(**fields)
    assert len(mistakes) == len(want), mistakes
    for mistake, text in zip(mistakes, want):
        assert text in str(mistake)
