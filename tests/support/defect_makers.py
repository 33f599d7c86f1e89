"""Makers of layouts in which one thing is wrong, with the digests above it right."""

from __future__ import annotations

import tarfile

from scratch_image.oci.platform import Platform
from tests.support.layouts import image, index_of, layout, other_archive, program_archive
from tests.support.programs import AARCH64, elf

ZEROS = "sha256:" + "0" * 64


ARM64 = Platform("linux", "arm64")


LAYER = "application/vnd.oci.image.layer.v1.tar"


def put(*path):
    """A change that sets the last of `path` where the others lead: put("a", 0, "b", 1) sets value["a"][0]["b"] to 1."""

    def change(value):
        *way, last, new = path
        for step in way:
            value = value[step]
        value[last] = new

    return change


def drop(*path):
    def change(value):
        *way, last = path
        for step in way:
            value = value[step]
        del value[last]

    return change


def append(*path):
    def change(value):
        *way, new = path
        for step in way:
            value = value[step]
        value.append(new)

    return change


def with_member(name, **attributes):
    """A layer with the program and one member that the standard library writes; `format` is its format, or PAX."""
    kind = attributes.pop("format", tarfile.PAX_FORMAT)
    return layout([other_archive((name, attributes), format=kind)])


def no_blob(name):
    def change(files):
        del files[next(path for path in files if path.startswith("blobs/") and name in files[path])]

    return change


def of_layer(content, change):
    """The first bytes of one blob, changed by hand while its name stays."""

    def changed(files):
        (path,) = [path for path in files if path.startswith("blobs/") and files[path].startswith(content)]
        files[path] = change(files[path])

    return changed


def flipped(content):
    return content[:-20] + bytes([content[-20] ^ 1]) + content[-19:]


def without_layers(config):
    config.update(history=[], rootfs={"type": "layers", "diff_ids": []}, config={})


def with_two_layers(config):
    config["rootfs"]["diff_ids"].append(ZEROS)
    config["history"].append({})


TWO = (image(), image([program_archive(elf(AARCH64))], platform=ARM64))


def two(inner):
    return index_of(*TWO, inner=inner)


SUBJECT = {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": ZEROS, "size": 5}
