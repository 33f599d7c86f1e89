"""Defects of layouts of which other readers notice none, or only some."""

from __future__ import annotations

import gzip
import tarfile

from scratch_image.oci.spec import MEDIA_TYPE_CONFIG
from tests.support.defect_makers import (
    LAYER,
    TWO,
    ZEROS,
    append,
    drop,
    flipped,
    no_blob,
    of_layer,
    put,
    two,
    with_member,
    without_layers,
)
from tests.support.layouts import index_of, layout, other_archive, program_archive
from tests.support.programs import AARCH64, elf

UNNOTICED = {
    # name: (files, what the problem says, in this order: where, what, claimed, derived)
    "wrong diff_id": (layout(config=put("rootfs", "diff_ids", 0, ZEROS)), "", "rootfs.diff_ids[0]", ZEROS, "sha256:"),
    "more diff_ids than layers": (
        layout(config=append("rootfs", "diff_ids", ZEROS)), "", "rootfs.diff_ids", "2 layers", "the manifest has 1"),
    "wrong layer size": (layout(manifest=put("layers", 0, "size", 5)), " layers[0]", "size", "5", ""),
    "corrupt blob": (layout(files=of_layer(b"\x1f\x8b", flipped)), "", "digest", "sha256:", "sha256:"),
    "missing config": (layout(files=no_blob(b'"rootfs"')), " config", "blob", "sha256:", "there is no file"),
    "gzip type with plain tar inside": (
        layout(blob=gzip.decompress), " layers[0]", "mediaType", f"'{LAYER}+gzip'", "a plain tar archive"),
    "plain type with gzip inside": (
        layout(manifest=put("layers", 0, "mediaType", LAYER)), " layers[0]", "mediaType", LAYER, "gzip data"),
    "zstd type with gzip inside": (
        layout(manifest=put("layers", 0, "mediaType", f"{LAYER}+zstd")), " layers[0]", "mediaType", "+zstd", "gzip data"),
    "created is empty": (layout(config=put("created", "")), "", "created", "''", "RFC 3339"),
    "created yesterday": (layout(config=put("created", "yesterday")), "", "created", "'yesterday'", "RFC 3339"),
    "created in the history": (
        layout(config=put("history", 0, "created", "")), " history[0]", "created", "''", "RFC 3339"),
    "duplicate tar path": (with_member("app", mode=0o755), " 'app'", "name", "'app'", "has this path twice"),
    "config without os": (layout(config=drop("os")), "", "os", "nothing", "expected a string, got nothing"),
    "config without architecture": (
        layout(config=drop("architecture")), "", "architecture", "nothing", "expected a string, got nothing"),
    "../evil": (with_member("../evil"), " '../evil'", "name", "'../evil'", "leads out"),
    "a/../../evil": (with_member("a/../../evil"), "evil'", "name", "evil'", "leads out"),
    "absolute path": (with_member("/x"), " '/x'", "name", "'/x'", "relative"),
    "./ before a name": (with_member("./x"), " './x'", "name", "'./x'", "without './'"),
    "the root itself": (with_member("./", type=tarfile.DIRTYPE), " './'", "name", "'./'", "without './'"),
    "an empty component": (with_member("b//x"), " 'b//x'", "name", "'b//x'", "empty"),
    "child before parent": (
        layout([other_archive(("b/x", {}), ("b/", {"type": tarfile.DIRTYPE}))]),
        " 'b'", "parent directory", "an entry", "'b/x' comes before it"),
    "no parent": (with_member("b/x"), " 'b'", "parent directory", "nothing", "'b/x' is in it"),
    "a file as parent": (with_member("app/x"), " 'app'", "parent directory", "an entry", "'app/x' is in it"),
    "no tar trailer": (
        layout([program_archive()[:1024]]), "", "at byte 1024", "the end", "the archive ends without two blocks of zeros"),
    "one block of zeros": (layout([program_archive()[:1536]]), "", "at byte 1536", "the end", "without two blocks of zeros"),
    "something behind the trailer": (
        layout([program_archive() + b"x".ljust(512)]),
        "", "at byte", "the end", "is followed by something other than zeros"),
    "uid beyond 2^32": (with_member("x", uid=2**32 + 5), " 'x'", "uid", "4294967301", "expected an id from 0 to 4294967294"),
    "gid 2^32-1": (with_member("x", gid=2**32 - 1), " 'x'", "gid", "4294967295", "expected an id from 0 to 4294967294"),
    "negative mtime": (with_member("x", mtime=-5), " 'x'", "mtime", "-5", "before 1970"),
    "fractional mtime": (with_member("x", mtime=1.5), " 'x'", "mtime", "a fraction", "expected whole seconds"),
    ".wh. in a base layer": (
        layout([other_archive(("b/", {"type": tarfile.DIRTYPE}), ("b/.wh.y", {}))]),
        " 'b/.wh.y'", "whiteout", "'b/.wh.y'", "nothing to delete"),
    "descriptor of another platform": (
        layout(index=put("manifests", 0, "platform", "architecture", "arm64")),
        "index.json manifests[0]", "platform", "linux/arm64", "linux/amd64, as blobs/"),
    "program of another platform": (
        layout([program_archive(elf(AARCH64))]), "", "platform of the program 'app'", "linux/amd64", "linux/arm64"),
    "platform missing in an index": (
        two(drop("manifests", 1, "platform")), " manifests[1]", "platform", "nothing", "each entry"),
    "one platform twice in an index": (
        index_of(TWO[0], TWO[0]),
        " manifests[1]", "platform", "linux/amd64", "another entry has the platform linux/amd64 too"),
    "an index in another order": (index_of(*TWO[::-1]), " manifests[1]", "order", "linux/amd64", "before linux/arm64"),
    "empty layers": (
        layout(manifest=put("layers", []), config=without_layers, files=no_blob(b"\x1f\x8b")),
        "", "layers", "0 layers", "at least one layer"),
    "bad digest syntax": (
        layout(manifest=put("layers", 0, "digest", "sha256:ABC")), " layers[0]", "digest", "'sha256:ABC'", "64 lower-case"),
    "sha512": (layout(manifest=put("config", "digest", "sha512:" + "0" * 128)), " config", "digest", "'sha512:0", "sha256"),
    "bad media type": (
        layout(manifest=put("layers", 0, "mediaType", "text/plain")), " layers[0]", "mediaType", "'text/plain'", LAYER),
    "bad media type of the config": (
        layout(manifest=put("config", "mediaType", "x")), " config", "mediaType", "'x'", MEDIA_TYPE_CONFIG),
    "bad media type of the manifest": (
        layout(index=put("manifests", 0, "mediaType", "x")), "index.json manifests[0]", "mediaType", "'x'", "manifest"),
    "negative size": (layout(manifest=put("layers", 0, "size", -1)), " layers[0]", "size", "-1", "at least 0"),
    "size that is no whole number": (layout(manifest=put("layers", 0, "size", 1.0)), " layers[0]", "size", "1.0", "whole"),
    "size that is true": (layout(manifest=put("layers", 0, "size", True)), " layers[0]", "size", "true", "whole"),
}  # fmt: skip
