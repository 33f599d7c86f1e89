"""Defects of layouts in their documents: the layout, indexes, manifests, configurations."""

from __future__ import annotations

from scratch_image.oci.spec import MEDIA_TYPE_CONFIG
from scratch_image.oci.tar import FileEntry
from tests.support.defect_makers import ARM64, append, drop, put, two, with_two_layers
from tests.support.defects_of_layers import LEVEL_3
from tests.support.layouts import archive, layout, program_archive, sha256
from tests.support.programs import elf, elf_file

OF_DOCUMENTS = {
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
}  # fmt: skip
