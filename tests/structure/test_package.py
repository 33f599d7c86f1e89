"""Pins down how a packaged image is read: files, sizes, configurations, and what is not trusted."""

from __future__ import annotations

import json

import pytest

from scratch_image.layout.configuration import Configuration
from scratch_image.layout.limits import Limits
from scratch_image.layout.tree import Node
from scratch_image.oci.platform import Platform
from scratch_image.oci.spec import RunConfig
from scratch_image.oci.tar import DirectoryEntry, FileEntry, SymlinkEntry
from scratch_image.structure.package import read_package
from tests.support.layouts import (
    RUN,
    archive,
    image,
    index_of,
    layout,
    other_archive,
    packed,
    program_archive,
    sha256,
    write,
)
from tests.support.packages import finding, write_package
from tests.support.programs import AARCH64, elf

ARM64 = Platform("linux", "arm64")


BASE = archive(
    {
        DirectoryEntry("etc", 0o750, 1, 2): b"",
        FileEntry("etc/hello", "", 5, 0o640, 3, 4): b"hello",
        SymlinkEntry("link", "etc/hello"): b"",
    }
)
NODES = {
    "/app": Node("file", 0o755, 0, 0, len(elf())),
    "/etc": Node("directory", 0o750, 1, 2),
    "/etc/hello": Node("file", 0o640, 3, 4, 5),
    "/link": Node("symlink", 0o777, 0, 0, target="etc/hello"),
}


@pytest.mark.parametrize("compression", ["gzip", "zstd", "none"])
def test_an_image_of_two_layers(compression, tmp_path):
    archives = (BASE, program_archive())
    package = read_package(write_package(layout(archives, compression), tmp_path), frozenset())
    (found,) = package.images
    assert package.problems == ()
    assert found.platform == "linux/amd64"
    assert found.files == NODES
    assert found.size == sum(len(packed(content, compression)) for content in archives)
    assert found.unpacked_size == sum(map(len, archives))


def test_the_content_of_files_that_are_asked_for(tmp_path):
    large = bytes(300_000) + b"end"
    content = archive({FileEntry("app", "", len(elf()), 0o755): elf(), FileEntry("large", "", len(large), 0o644): large})
    package = write_package(layout((BASE, content)), tmp_path)
    (found,) = read_package(package, frozenset(("/etc/hello", "/large", "/link", "/none"))).images
    hello = found.files["/etc/hello"]
    assert (hello.digest, hello.head) == (f"sha256:{sha256(b'hello')}", b"hello")
    assert found.files["/large"].digest == f"sha256:{sha256(large)}"
    assert found.files["/large"].head == large[: 64 << 10]
    assert (found.files["/app"].digest, found.files["/link"].digest) == ("", "")


def test_the_configuration(tmp_path):
    run = RunConfig(
        ("/app", ""), ("x",), ("A=b=c", "B="), "/data", "0:0", ("80/tcp", "53/udp"), ("/v",), "SIGINT", {"k": "v"}
    )
    annotate = lambda manifest: manifest.update(annotations={"a": "b"})  # noqa: E731
    package = read_package(write_package(layout(run=run, manifest=annotate), tmp_path), frozenset())
    assert package.images[0].configuration == Configuration(
        {
            "platform": ("linux/amd64",),
            "created": ("1970-01-01T00:00:00Z",),
            "entrypoint": ("/app", ""),
            "cmd": ("x",),
            "workdir": ("/data",),
            "user": ("0:0",),
            "exposed_ports": ("53/udp", "80/tcp"),
            "volumes": ("/v",),
            "stop_signal": ("SIGINT",),
        },
        {"annotations": {"a": "b"}, "env": {"A": "b=c", "B": ""}, "image_labels": {"k": "v"}},
    )


def test_a_configuration_that_says_nothing(tmp_path):
    drop = lambda config: [config.pop("config"), None][1]  # noqa: E731
    package = read_package(write_package(layout(config=drop), tmp_path), frozenset())
    configuration = package.images[0].configuration
    assert set(configuration.values) == {"platform", "created"}
    assert configuration.tables == {"annotations": {}, "env": {}, "image_labels": {}}
    assert (configuration.value("user", None), configuration.value("env", "A")) == (None, None)


def test_an_index_is_read_in_its_order_and_a_shared_layer_once(tmp_path):
    images = (image((BASE, program_archive())), image((BASE, program_archive(elf(AARCH64))), platform=ARM64))
    # As much as three layers unpack to: were the shared one read twice, it would be too much.
    limits = Limits(unpacked=len(BASE) + 2 * len(program_archive()))
    package = write_package(index_of(*images), tmp_path, [finding("info")], ["linux/s390x"])
    found = read_package(package, frozenset(), limits)
    assert found.problems == ()
    assert [one.platform for one in found.images] == ["linux/amd64", "linux/arm64"]
    assert found.images[0].files["/etc/hello"] == found.images[1].files["/etc/hello"]
    assert [[one.check for one in each.findings] for each in found.images] == [["SR040"], ["SR040"]]
    assert found.omitted == ("linux/s390x",)


def missing(name):
    def change(files):
        (path,) = [path for path, content in files.items() if path.startswith("blobs/") and name in content]
        del files[path]

    return change


def cut(content):
    return content[:-20]


UNTRUSTED = [
    # files of the layout, the message, reason
    (layout(files=missing(b'"rootfs"')), "there is no file blobs/sha256/", "no configuration"),
    (layout(files=missing(b"\x1f\x8b")), "there is no file blobs/sha256/", "no layer"),
    (layout(files=lambda files: files.pop("index.json") and None), "index.json: file", "no index.json"),
    (layout(index=lambda index: b"[1]"), "expected an object", "an index that is none"),
    (layout(index=lambda index: index.pop("manifests") and None), "expected a list", "an index without a list"),
    (layout(index=lambda index: {**index, "manifests": [1]}), "expected an object", "an entry that is none"),
    (layout(blob=cut), "ends within a gzip member", "a truncated layer"),
    (layout(blob=lambda content: b"no tar archive"), "not those of tar, gzip or zstd", "no archive"),
    (layout((other_archive((".wh.etc", {})),)), "whiteout", "a whiteout: nothing is below that it could delete"),
    (layout((other_archive(("../x", {})),)), "leads out of its directory", "a path out of the image"),
    (layout((other_archive(("x", {"type": b"1", "linkname": "app"})),)), "a hard link", "a hard link"),
    (layout((other_archive(("x", {"type": b"3"})),)), "a character device", "a device"),
    (layout((other_archive(("x", {}), ("x", {})),)), "has this path twice", "a path twice in one layer"),
    (layout((other_archive(("x", {"type": b"2", "linkname": "/etc"}), ("x/y", {})),)), "is in it", "a file below a link"),
    (layout(config=lambda config: config.pop("os") and None), "expected a string", "no platform"),
    (layout(manifest=lambda manifest: manifest.update(layers=[])), "at least one", "no layer at all"),
]  # fmt: skip


@pytest.mark.parametrize("files, said, reason", UNTRUSTED, ids=[row[2] for row in UNTRUSTED])
def test_what_is_not_trusted(files, said, reason, tmp_path):
    write(files, tmp_path / "oci")
    (tmp_path / "image.json").write_text('{"manifests":[]}')
    package = read_package(str(tmp_path), frozenset())
    assert package.images == () and said in "\n".join(package.problems)


def test_an_index_of_indexes_without_end(tmp_path):
    files = index_of(image())
    for _ in range(4):
        (entry,) = json.loads(files["index.json"])["manifests"]
        files.update(index_of((files, entry)))
    write(files, tmp_path / "oci")
    (tmp_path / "image.json").write_text('{"manifests":[]}')
    assert "at most 3 deep" in "\n".join(read_package(str(tmp_path), frozenset()).problems)


REPORTS = [
    # image.json, the message, reason
    (None, "image.json: file", "it is not there"),
    ("[]", "expected an object", "no report"),
    ("{}", "expected a list", "no images in it"),
    ('{"manifests":[]}', "is in the layout", "another image's"),
    ('{"manifests":[1]}', "expected an object", "no image"),
    ('{"manifests":[{"digest":"%s","findings":[{}]}]}', "expected a string", "no finding"),
    (
        '{"manifests":[{"digest":"%s","findings":[{"check":"A","severity":"fatal","text":"","fix":""}]}]}',
        "one of none, info",
        "a severity that is none",
    ),
]


@pytest.mark.parametrize("content, said, reason", REPORTS, ids=[row[2] for row in REPORTS])
def test_a_report_that_does_not_belong_to_the_image(content, said, reason, tmp_path):
    files = layout()
    write(files, tmp_path / "oci")
    if content is not None:
        digest = json.loads(files["index.json"])["manifests"][0]["digest"]
        (tmp_path / "image.json").write_text(content.replace("%s", digest))
    assert said in "\n".join(read_package(str(tmp_path), frozenset()).problems)


def test_no_directory_at_all(tmp_path):
    assert read_package(str(tmp_path / "none"), frozenset()).problems


def test_what_else_is_in_the_package_is_not_looked_at(tmp_path):
    package = write_package(layout(run=RUN), tmp_path)
    (tmp_path / "image.tar").write_bytes(b"an archive")
    assert read_package(package, frozenset()).problems == ()
