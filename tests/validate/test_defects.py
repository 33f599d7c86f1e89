"""Pins down that each defect is found, and named at its place: a layout in which just this is wrong, digests above it right.

The first rows are those of which other readers notice none, or only some of them.
"""

from __future__ import annotations

import gzip
import tarfile
import zlib

import pytest

from scratch_image.assembler.compressors import gzip_member
from scratch_image.oci.platform import Platform
from scratch_image.oci.spec import MEDIA_TYPE_CONFIG
from scratch_image.oci.tar import FileEntry
from scratch_image.validate.check import check
from tests.support.layouts import (
    CREATED,
    archive,
    image,
    index_of,
    layout,
    other_archive,
    program_archive,
    sha256,
    write,
)
from tests.support.programs import AARCH64, ALLOC, WRITE, Section, elf, elf_file, go_build_info

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


def header(places):
    """A change of a blob in gzip: bytes at their places; what begins with `+` is put in."""

    def change(blob):
        for place, content in places.items():
            put_in = content.startswith(b"+")
            blob = blob[:place] + content[put_in:] + blob[place if put_in else place + len(content) :]
        return blob

    return change


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


def raw_header(**fields):
    """A ustar header by hand, for what the standard library does not write."""
    info = tarfile.TarInfo("x")
    block = bytearray(info.tobuf(tarfile.USTAR_FORMAT))
    for at, content in fields.values():
        block[at : at + len(content)] = content
    block[148:156] = b"%06o\0 " % (sum(block) - sum(block[148:156]) + 8 * 32)
    return bytes(block)


def raw(*blocks, end=bytes(1024)):
    """A layer of the program and these blocks."""
    content = program_archive().rstrip(b"\0")
    return layout([content + bytes(-len(content) % 512) + b"".join(blocks) + end])


def pax(body):
    header = raw_header(size=(124, b"%011o\0" % len(body)), kind=(156, b"x"))
    return raw(header, body + bytes(-len(body) % 512), raw_header())


PAX = (raw_header(size=(124, b"%011o\0" % 9), kind=(156, b"x")), b"9 path=y\n".ljust(512, b"\0"))
LONG = (raw_header(size=(124, b"%011o\0" % 2), kind=(156, b"L")), b"y\0".ljust(512, b"\0"))
LEVEL_3 = (Section(".go.buildinfo", go_build_info(b"go1.21.0", b"build\tGOARCH=amd64\nbuild\tGOAMD64=v3\n"), ALLOC | WRITE),)
SUBJECT = {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": ZEROS, "size": 5}
# What is remarked → bytes of the header of the first member, by their places.
HEADERS = {
    "a flag for text": {3: b"\x01"},
    "a time": {4: b"\x80\x00\x00\x65"},
    "a hint on the compressor": {8: b"\x02"},
    "an operating system": {9: b"\x03"},
    "an extra field": {3: b"\x04", 10: b"+\x02\0xx"},
    "a file name": {3: b"\x08", 10: b"+name\0"},
    "a comment": {3: b"\x10", 10: b"+hello\0"},
    "a checksum of a header": {
        3: b"\x02",
        10: b"+" + zlib.crc32(b"\x1f\x8b\x08\x02\0\0\0\0\0\xff").to_bytes(4, "little")[:2],
    },
}
DEFECTS = {
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
    # The layout.
    "no oci-layout": (layout(files=drop("oci-layout")), "oci-layout", "file", "nothing", "there is no such file"),
    "no index.json": (layout(files=lambda files: [files.pop(path) for path in list(files) if path != "oci-layout"]),
                      "index.json", "file", "nothing", "there is no such file"),
    "another version": (
        layout(files=put("oci-layout", b'{"imageLayoutVersion":"2.0.0"}')),
        "oci-layout", "imageLayoutVersion", "'2.0.0'", "'1.0.0'"),
    "two entries": (
        layout(index=lambda value: value["manifests"].append({**value["manifests"][0], "platform": ARM64.to_dict()})),
        ("index.json", "manifests", "2 entries", "exactly one"),
        ("index.json manifests[1]", "platform", "linux/arm64", "linux/amd64")),
    "no entry": (
        layout(index=put("manifests", [])),
        ("index.json", "manifests", "0 entries", "exactly one"),
        *[("blobs/sha256/", "blob", "a blob", "no descriptor refers to it")] * 3),
    "a dangling blob": (
        layout(files=put(f"blobs/sha256/{sha256(b'x')}", b"x")),
        "blobs/sha256/2d71", "blob", "a blob", "no descriptor refers"),
    "another file": (layout(files=put("README", b"x")), "README", "file", "a file", "a layout does not have this"),
    "another directory": (
        layout(files=put("blobs/sha512/x", b"x")), "blobs/sha512", "file", "a directory", "a layout does not have this"),
    "a file beside the blobs": (
        layout(files=put("blobs/sha256/.writing", b"x")),
        "blobs/sha256/.writing", "file", "a file", "a layout does not have this"),
    "manifest.json in a directory": (
        layout(files=put("manifest.json", b"[]")), "manifest.json", "file", "", "a layout does not have this"),
    # Documents.
    "schemaVersion 1": (layout(manifest=put("schemaVersion", 1)), "", "schemaVersion", "1", "2"),
    "schemaVersion as a string": (layout(manifest=put("schemaVersion", "2")), "", "schemaVersion", "'2'", "whole number"),
    "no mediaType": (layout(manifest=drop("mediaType")), "", "mediaType", "nothing", "expected a string, got nothing"),
    "mediaType of another document": (
        layout(manifest=put("mediaType", MEDIA_TYPE_CONFIG)), "", "mediaType", "config.v1+json", "manifest.v1+json"),
    "manifest and index in one": (layout(manifest=put("manifests", [])), "", "manifests", "a member", "has no such member"),
    "two cases of a name": (layout(manifest=put("Layers", [])), "", "'Layers'", "another member", "'layers'"),
    "a key twice": (layout(index=lambda value: b'{"a":1,"a":2}'), "index.json", "JSON", "", "'a' is there twice"),
    "NaN": (layout(config=lambda value: b'{"a":NaN}'), "", "JSON", "a document", "NaN"),
    "no UTF-8": (layout(config=lambda value: b'{"\xff":1}'), "", "JSON", "a document", "utf-8"),
    "a byte order mark": (layout(config=lambda value: b"\xef\xbb\xbf{}"), "", "JSON", "a document", "BOM"),
    "no object": (layout(config=lambda value: []), "", "document", "a list", "an object"),
    "null": (layout(config=lambda value: b"null"), "", "JSON", "null", "expected an object, got null"),
    "deep nesting": (layout(config=lambda value: b"[" * 90_000), "", "JSON", "a document", "nested deeper than 32"),
    "nesting of 33": (layout(config=lambda value: b"[" * 33 + b"]" * 33), "", "JSON", "a document", "deeper than 32"),
    "a number of many digits": (layout(config=lambda value: b"[%s]" % (b"9" * 10**6)), "", "JSON", "", "1000000 digits"),
    "many values": (layout(config=lambda value: b"[" + b"0," * 10**5 + b"0]"), "", "JSON", "bytes", "more than 100 000"),
    "huge JSON": (layout(config=lambda value: b"{}".ljust((4 << 20) + 1)), "", "document", "4 194 305 bytes", "at most"),
    "annotation that is a number": (layout(manifest=put("annotations", {"a": 1})), "", "annotations['a']", "1", "a string"),
    "annotation without a name": (layout(manifest=put("annotations", {"": "1"})), "", "annotations['']", "'1'", "empty"),
    "reference name with a blank": (
        layout(index=put("manifests", 0, "annotations", "org.opencontainers.image.ref.name", "a b")),
        "index.json manifests[0]", "ref.name", "'a b'", "letters and digits"),
    "reference name in a manifest": (
        layout(manifest=put("config", "annotations", {"org.opencontainers.image.ref.name": "a"})),
        " config", "ref.name", "'a'", "only descriptors in index.json"),
    "urls": (layout(manifest=put("layers", 0, "urls", ["https://example.org"])), " layers[0]", "urls", "", "elsewhere"),
    "data of another content": (layout(manifest=put("config", "data", "eA==")), " config", "data", "sha256:", "2d711642"),
    "data that is no base64": (layout(manifest=put("config", "data", "?")), " config", "data", "sha256:", "not base64"),
    "an unknown architecture": (
        two(put("manifests", 0, "platform", "architecture", "x86_64")),
        " manifests[0] platform", "platform", "'linux/x86_64'", "OCI calls it 'linux/amd64'"),
    "rootfs of another type": (layout(config=put("rootfs", "type", "x")), "", "rootfs.type", "'x'", "'layers'"),
    "a diff_id that is a number": (layout(config=put("rootfs", "diff_ids", 0, 1)), "", "rootfs.diff_ids[0]", "1", "string"),
    "history of more layers": (layout(config=append("history", {})), "", "history", "2 layers", "the manifest has 1"),
    "history of an empty layer": (
        layout(config=put("history", 0, "empty_layer", True)), "", "history", "0 layers", "the manifest has 1"),
    "history that is a number": (layout(config=put("history", [1, {}])), "", "history[0]", "1", "an object"),
    "a descriptor that is a string": (
        layout(manifest=append("layers", "x"), config=with_two_layers),
        "blobs/sha256/", "layers[1]", "'x'", "expected an object, got 'x'"),
    "created null": (layout(config=put("created", None)), "", "created", "null", "a string"),
    # What a runtime starts.
    **{
        f"{name} {value!r}": (layout(config=put("config", name, value)), " config", *problem)
        for name, value, *problem in (
            ("Env", ["A"], "Env[0]", "'A'", "NAME=value"),
            ("Env", ["=b"], "Env[0]", "'=b'", "NAME=value"),
            ("Env", ["A B=1"], "Env[0]", "'A B'", "white space"),
            ("Env", ["A\n=1"], "Env[0]", r"'A\n'", "white space"),
            ("Env", ["A\u200b=1"], "Env[0]", r"'A\u200b'", "not shown"),
            ("Env", ["A=\0"], "Env[0]", r"'A=\x00'", "NUL"),
            ("Env", ["A=\ud800"], "Env[0]", r"'A=\ud800'", "surrogate"),
            ("Env", ["A=1", "A=2"], "Env", "'A'", "2 times"),
            ("Env", [1], "Env[0]", "1", "expected a string, got 1"),
            ("Env", {}, "Env", "an object", "a list"),
            ("ExposedPorts", {"80/tpc": {}}, "ExposedPorts", "'80/tpc'", "not a valid port"),
            ("ExposedPorts", {"80": None}, "ExposedPorts['80']", "null", "an empty object"),
            ("ExposedPorts", ["80"], "ExposedPorts", "a list", "an object"),
            ("Volumes", {"data": {}}, "Volumes", "'data'", "relative"),
            ("User", "a:b:c", "User", "'a:b:c'", "not a valid user"),
            ("User", 0, "User", "0", "a string"),
            ("WorkingDir", "tmp", "WorkingDir", "'tmp'", "relative"),
            ("StopSignal", "SIGTREM", "StopSignal", "'SIGTREM'", "SIGTERM"),
            ("Labels", {"a": None}, "Labels['a']", "null", "expected a string, got null"),
            ("Entrypoint", ["/app", 1], "Entrypoint[1]", "1", "expected a string, got 1"),
            ("Entrypoint", [""], "Entrypoint", "''", "a program"),
        )
    },
    "Entrypoint that is nowhere": (
        layout(config=put("config", "Entrypoint", ["/other"])), "", "Entrypoint", "'/other'", "no layer has"),
    "Entrypoint a string": (layout(config=put("config", "Entrypoint", "/app")), " config", "Entrypoint", "'/app'", "a list"),
    "a program that nobody may execute": (
        layout([archive({FileEntry("app", "", len(elf()), 0o644): elf()})]), "", "Entrypoint", "'/app'", "its mode is 0644"),
    "a program that is cut": (layout([program_archive(elf()[:90])]), "", "program 'app'", "an ELF file", ""),
    "a program for another system": (
        layout([program_archive(elf_file(os_abi=9))]), "", "platform of the program", "linux/amd64", "FreeBSD"),
    "a program for no platform": (
        layout([program_archive(elf_file(2, word_size=32, big_endian=True))]),
        "", "platform of the program", "linux/amd64", "SPARC"),
    "a program for a newer CPU": (
        layout([program_archive(elf_file(sections=LEVEL_3))]),
        "", "platform of the program", "linux/amd64", "it needs linux/amd64/v3"),
    # Layers.
    "a layer without entries": (layout([program_archive(), bytes(10240)]), "", "layer", "a layer", "the layer is empty"),
    "a layer of no bytes": (
        layout([program_archive(), b""], "none"), "blobs/sha256/e3b0", "blob", "a blob", "registries refuse empty blobs"),
    "a layer that is something else": (
        layout([program_archive(), b"hello"], "none"), "blobs/sha256/2cf2", "layer", "a tar archive", "not those of tar"),
    "gzip that is cut": (layout(blob=lambda blob: blob[:-9]), "", "layer", "gzip data", "ends within a gzip member"),
    "zeros behind gzip": (layout(blob=lambda blob: blob + bytes(9)), "", "layer", "gzip data", "incorrect header"),
    "a wrong CRC in gzip": (
        layout(blob=lambda blob: blob[:-8] + bytes(4) + blob[-4:]), "", "layer", "gzip", "incorrect data"),
    "zstd that is cut": (
        layout(compression="zstd", blob=lambda blob: blob[:-1]), "", "layer", "zstd data", "ends within a zstd frame"),
    "something behind zstd": (
        layout(compression="zstd", blob=lambda blob: blob + b"hello"), "", "layer", "zstd data", "nknown frame descriptor"),
    "less than a frame behind zstd": (
        layout(compression="zstd", blob=lambda blob: blob + b"\x28\xb5"),
        "", "layer", "zstd data", "ends within a zstd frame"),
    "an order": (layout([other_archive(("c", {}), ("b", {}))]), " 'b'", "order", "an entry", "it must come before 'c'"),
    "uname": (with_member("x", uname="root"), " 'x'", "header", "a uname", "recipe tar.1"),
    "mode of a type": (raw(raw_header(mode=(100, b"0100644\0"))), " 'x'", "mode", "0o100644", "permission bits"),
    "a device": (with_member("x", type=tarfile.CHRTYPE), " 'x'", "type", "'3'", "a character device"),
    "a fifo": (with_member("x", type=tarfile.FIFOTYPE), " 'x'", "type", "'6'", "a fifo"),
    "a hard link": (with_member("x", type=tarfile.LNKTYPE, linkname="app"), " 'x'", "type", "'1'", "a hard link"),
    "a type of no one": (raw(raw_header(kind=(156, b"Q"))), " 'x'", "type", "'Q'", "an unknown type 'Q'"),
    "a link out of the root": (
        with_member("x", type=tarfile.SYMTYPE, linkname="a/../../y"),
        " 'x'", "link target", "'a/../../y'", "out of the root"),
    "an absolute link out of the root": (
        with_member("x", type=tarfile.SYMTYPE, linkname="/../y"), " 'x'", "link target", "'/../y'", "out of the root"),
    "a link to nothing": (with_member("x", type=tarfile.SYMTYPE), " 'x'", "link target", "''", "1 to 4095 bytes"),
    "a file with a link target": (raw(raw_header(link=(157, b"app"))), " 'x'", "link target", "'app'", "not a link"),
    "a directory without its slash": (raw(raw_header(kind=(156, b"5"))), " 'x'", "name", "'x'", "ends in '/'"),
    "a file with a slash": (raw(raw_header(name=(0, b"x/"))), " 'x/'", "name", "'x/'", "ends in '/'"),
    "a control character": (with_member("x\ny"), r" 'x\ny'", "name", r"'x\ny'", "holds U+000A (a control character)"),
    "a name that is shown backwards": (
        with_member("x\u202egpj.sh"), r" 'x\u202egpj.sh'", "name", r"'x\u202egpj.sh'",
        "U+202E (RIGHT-TO-LEFT OVERRIDE)"),
    "a character without width": (with_member("ap\u200bp"), "", "name", "", "U+200B (ZERO WIDTH SPACE), which cannot"),
    "a blank that is no space": (with_member("a\u00a0b"), "", "name", "", "U+00A0 (NO-BREAK SPACE)"),
    "an empty glyph": (with_member("d\u2800/x"), "", "name", "", "U+2800 (BRAILLE PATTERN BLANK)"),
    "a directory that is not seen": (with_member("\ufeff", type=tarfile.DIRTYPE), "", "name", "", "U+FEFF"),
    "a link to what is not seen": (
        with_member("x", type=tarfile.SYMTYPE, linkname="ap\u2060p"), " 'x'", "link target", "", "target holds U+2060"),
    "a label that is not seen": (
        layout(config=lambda config: config["config"].update(Labels={"a\u200bb": "1"})),
        " config", r"Labels['a\u200bb']", "", "the key holds U+200B"),
    "an annotation that is not seen": (
        layout(manifest=lambda manifest: manifest.update(annotations={"a\u00adb": "1"})),
        "", r"annotations['a\xadb']", "", "the key holds U+00AD (SOFT HYPHEN)"),
    "an empty name": (raw(raw_header(name=(0, b"\0"))), " ''", "name", "''", "the name is empty"),
    "a name that is too long": (with_member("x" * 256), "", "name", "xxx", "255 bytes"),
    "a name that is no UTF-8": (
        raw(raw_header(name=(0, b"x\xff"))), *[(" 'x", *problem) for problem in (
            ("header", "not ASCII", "recipe tar.1"), ("name", "'x", "not UTF-8"))]),
    "a wrong checksum": (raw(raw_header()[:-1] + b"x"), "", "tar archive, at byte 1536", "an entry", "checksum"),
    "a number that is not octal": (
        raw(raw_header(size=(124, b"00000000009\0"))), "", "tar archive", "", "the size of a header is not an octal"),
    "a base-256 number": (
        raw(raw_header(mtime=(136, b"\x80" + bytes(10) + b"\1"))), " 'x'", "header", "mtime in base-256", "recipe tar.1"),
    "a long name of GNU's": (
        with_member("x" * 120, format=tarfile.GNU_FORMAT),
        (" 'app'", "header", "the GNU format", "recipe tar.1"),
        ("xxx'", "header", "the GNU format", "recipe tar.1"),
        ("xxx'", "header", "a long name in the GNU format", "recipe tar.1")),
    "an archive that is cut": (
        layout([program_archive()[:600]]), "", "at byte 600", "an entry", "the archive ends within 'app'"),
    "a header that is cut": (layout([program_archive()[:1024] + bytes(99)]), "", "at byte 1123", "", "within a header"),
    "a size of a link": (
        raw(raw_header(size=(124, b"00000000001\0"), kind=(156, b"2"), link=(157, b"app"))),
        " 'x'", "size", "1", "no content"),
    "two extended headers": (raw(*PAX, *PAX, raw_header()), "", "tar archive", "an entry", "two extended headers"),
    "two long names": (
        raw(*LONG, *LONG, raw_header()), "", "tar archive", "an entry", "two long names"),
    "an extended header of nothing": (raw(*PAX), "", "tar archive", "the end", "has no entry"),
    "an extended header that is cut": (raw(PAX[0], b"9 path=", end=b""), "", "tar archive", "", "within an extended header"),
    "a size that is no multiple": (
        layout([program_archive() + b"\0"]), "", "tar archive", "the end", "not a multiple of 512"),
    "a global extended header": (raw(
        raw_header(size=(124, b"%011o\0" % 9), kind=(156, b"g")), b"9 gid=5x\n".ljust(512, b"\0"), raw_header()),
        "", "global extended header", "a header", "recipe tar.1 does not write it"),
    "an attribute in PAX": (pax(b"23 SCHILY.xattr.a.b=cd\n"), " 'x'", "header", "SCHILY.xattr.a.b", "recipe tar.1"),
    # What readers do not show.
    **{
        f"gzip with {what}": (layout(blob=header(change)), "", "gzip data", what, "which recipe gzip.1 does not write")
        for what, change in HEADERS.items()
    },
    "a time in a later member": (
        layout(blob=lambda blob: blob + b"\x1f\x8b\x08\0\1\0\0\0\0\xff" + gzip_member(memoryview(b""), 3)[10:]),
        "", "gzip data", "a time", "which recipe gzip.1 does not write"),
    "two of them": (
        layout(blob=header({4: b"\1", 9: b"\3"})), "", "gzip data", "a time, an operating system", "has a time, an"),
    "a frame that is skipped": (
        layout(compression="zstd", blob=lambda blob: blob + b"\x5f\x2a\x4d\x18\x05\0\0\0hello"),
        "", "zstd data", "a frame that readers skip", "which recipe zstd.1 does not write"),
    "a frame that is skipped, before all others": (
        layout(compression="zstd", blob=lambda blob: b"\x50\x2a\x4d\x18\0\0\0\0" + blob),
        "", "zstd data", "a frame that readers skip", "which recipe zstd.1 does not write"),
    "an unused bit of a frame": (
        layout(compression="zstd", blob=lambda blob: blob[:4] + bytes([blob[4] | 0x10]) + blob[5:]),
        "", "zstd data", "reserved bits", "which recipe zstd.1 does not write"),
    "bytes behind a file": (raw(raw_header(size=(124, b"%011o\0" % 5)), b"hello".ljust(511, b"\0") + b"x"),
                            "", "padding", "bytes", "what fills the last block of 'x' is not zeros"),
    "bytes behind an extended header": (
        raw(PAX[0], b"9 path=y\n".ljust(511, b"\0") + b"x", raw_header()), "", "padding", "bytes", "is not zeros"),
    "bytes behind a header": (
        raw(raw_header(end=(500, b"x"))), " 'x'", "header", "bytes after the end of the header", "recipe tar.1"),
    **{
        f"a {what} in another form": (
            raw(raw_header(field=place)), " 'x'", "header", f"{what} in another form", "recipe tar.1")
        for what, place in (
            ("mode", (100, b"0644\0\0\0\0")),
            ("uid", (108, b"  00000\0")),
            ("mtime", (136, b"00000000000 ")),
        )
    },
    **{
        f"mtime {time}": (
            pax(b"%d mtime=%d\n" % (len(b"mtime=\n") + 3 + len(str(time)), time)), " 'x'", "mtime", str(time), "9999")
        for time in (10**20 - 1, 2**63, 253_402_300_800)
    },
    "a dangling subject": (
        layout(manifest=put("subject", SUBJECT)), " subject", "blob", ZEROS, "there is no file blobs/sha256/0000"),
    "a subject that is none": (
        layout(manifest=put("subject", "x")), "blobs/sha256/", "subject", "'x'", "expected an object, got 'x'"),
    "a subject of another size": (
        layout(files=lambda files: files.update({f"blobs/sha256/{sha256(b'[]')}": b"[]"}),
               manifest=put("subject", {**SUBJECT, "digest": "sha256:" + sha256(b"[]")})), " subject", "size", "5", "2"),
    **{
        f"PAX {body!r}": (pax(body), "", "tar archive", "an entry", problem)
        for body, problem in (
            (b"garbage", "no record at byte 0"),
            (b"9 path=y\nx", "no record at byte 9"),
            (b"99 path=y\n", "no record at byte 0"),
            (b"09 path=y\n", "no record at byte 0"),
            (b"9 path=yy\n", "no record at byte 0"),
            (b"3 \n", "has no key"),
            (b"5 =a\n", "has no key"),
            (b"8 path=\n", "is empty"),
            (b"9 path=y\n9 path=z\n", "two records of 'path'"),
            (b"9 path=\0\n", "NUL"),
            (b"9 uid=1x\n", "expected a number in a record"),
            (b"9 size=x\n", "expected a number in a record"),
            (b"11 size=-1\n", "negative"),
            (b"12 size=1.5\n", "a fraction"),
            (b"%d uid=%s\n" % (5007, b"9" * 4997), "expected a number in a record"),
        )
    },
}  # fmt: skip


@pytest.mark.parametrize("name", DEFECTS)
def test_the_defect_is_found_and_named(tmp_path, name):
    """It, at its place, and nothing else: each row has what where, what, claimed and derived must hold."""
    files, *want = DEFECTS[name]
    report = check(write(files, tmp_path))
    rows = want if isinstance(want[0], tuple) else [want]
    assert len(report.problems) == len(rows), "\n".join(map(str, report.problems))
    for row, problem in zip(rows, report.problems):
        found = problem.to_dict().values()
        assert all(map(contains, found, row)), f"{problem} is not {row}"
        assert str(problem).isprintable()


def contains(text, part):
    return part in text


def test_the_numbers_above_the_defect_are_right():
    """Or other defects than the one that is meant would be found: these are told apart by nothing but their digests."""
    good = layout()
    for change in ({"config": put("created", CREATED)}, {"manifest": put("schemaVersion", 2)}, {"blob": bytes}):
        assert layout(**change) == good
