"""Changes of which layers there are, and of what is in them."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import Any, Callable, Dict, Sequence

from scratch_image.oci import canonical_json
from scratch_image.oci.names import CREATED_BY_PROGRAM, CREATED_BY_TOOLS
from scratch_image.oci.tar import DirectoryEntry, SymlinkEntry
from tests.support.dist import Dist, Layer, dist, program_layer
from tests.support.layouts import AMD64, RUN
from tests.support.mutated import (
    BOTH,
    CONTENTS,
    FILES,
    INLINE,
    LAYOUT,
    PROGRAM,
    RUNTIME,
    RUNTIME_FILES,
    Contents,
    Row,
    file,
    whole,
)
from tests.support.programs import elf


def layers_are(*layers: Layer) -> Dist:
    return dist((AMD64, layers), runtime_files=RUNTIME_FILES)


def lines_are(*lines: str) -> Dist:
    """The good layers, and more, under other lines of the history."""
    contents = (CONTENTS, file("etc/motd", b"x"), file("b", b"x"), program_layer(PROGRAM).contents)
    return layers_are(*(Layer(each, line) for each, line in zip((*contents[: len(lines) - 1], contents[-1]), lines)))


def program_at(path: str, *more: Contents, mode: int = 0o755, owner: int = 0, below: Sequence[Layer] = ()) -> Dist:
    contents = file(path, PROGRAM, mode, owner)
    for each in more:
        contents.update(each)
    run = dataclasses.replace(RUN, entrypoint=(f"/{path}",))
    layers = (Layer(CONTENTS, RUNTIME), *below, Layer(contents, CREATED_BY_PROGRAM))
    return dist((AMD64, layers), runtime_files=RUNTIME_FILES, run=run)


def config_is(change: Callable[[Any], object]) -> Dist:
    """The configuration of a layout is another one, and all digests above it fit."""
    made = whole(written=("layout", "report"))
    files, report = dict(made.layout), made.report

    def replaced(digest: str, change: Callable[[Any], object]) -> Dict[str, Any]:
        document = json.loads(files.pop(f"blobs/{digest.replace(':', '/')}"))
        change(document)
        content = canonical_json.encode(document)
        new = f"sha256:{hashlib.sha256(content).hexdigest()}"
        files[f"blobs/{new.replace(':', '/')}"] = content
        return {"digest": new, "size": len(content)}

    config = replaced(report["manifests"][0]["config"], change)
    root = replaced(report["root"]["digest"], lambda manifest: manifest["config"].update(config))
    index = json.loads(files["index.json"])
    index["manifests"][0].update(root)
    files["index.json"] = canonical_json.encode(index)

    def fits(report: Dict[str, Any]) -> None:
        report["root"].update(root)
        report["manifests"][0].update(config=config["digest"], digest=root["digest"])

    return dataclasses.replace(made, layout=files).with_report(fits)


BASE, PROGRAM_LAYER = Layer(CONTENTS, RUNTIME), program_layer(PROGRAM)


TOOLS_LAYER = Layer(file("busybox/sh", elf(), 0o755), CREATED_BY_TOOLS)


OPT: Contents = {DirectoryEntry("opt", 0o711, 5, 5): b""}


# The layers, and which of them has what.
LAYER_ROWS: Dict[str, Row] = {
    "no history": (
        config_is(lambda config: config.pop("history")),
        LAYOUT,
        "manifests[0]: history: the history does not say what each layer is",
    ),
    "a history of no words": (
        config_is(lambda config: [line.pop("created_by") for line in config["history"]]),
        LAYOUT,
        "history: `package` writes no layer ''",
    ),
    "two layers of runtime files": (
        layers_are(Layer(file("x", b""), RUNTIME), BASE, PROGRAM_LAYER),
        BOTH,
        "there are 2 layers",
    ),
    "two layers of programs": (
        layers_are(BASE, program_layer(elf(), "app2"), PROGRAM_LAYER),
        BOTH,
        "there are 2 layers 'scratch_image binary', and there can be one",
    ),
    "two layers of texts": (lines_are(RUNTIME, INLINE, INLINE, CREATED_BY_PROGRAM), BOTH, "there are 2 layers"),
    "a layer of another tool": (
        lines_are(RUNTIME, "RUN evil", CREATED_BY_PROGRAM),
        BOTH,
        "`package` writes no layer 'RUN evil'",
    ),
    "a layer above the program": (
        layers_are(BASE, Layer(program_layer(PROGRAM).contents), Layer(file("b", elf()), FILES)),
        BOTH,
        "the last layer is not that of the program",
    ),
    "texts below files": (lines_are(RUNTIME, INLINE, FILES, CREATED_BY_PROGRAM), BOTH, "in another order"),
    "tools below the program": (layers_are(BASE, TOOLS_LAYER, PROGRAM_LAYER), BOTH, "in another order"),
    "two layers of tools": (
        layers_are(BASE, PROGRAM_LAYER, TOOLS_LAYER, Layer(file("b", b"x"), CREATED_BY_TOOLS)),
        BOTH,
        "there are 2 layers 'scratch_image debug tools', and there can be one",
    ),
    "tools without a program": (layers_are(BASE, TOOLS_LAYER), BOTH, "the last layer is not that of the program"),
    "a tool in the place of the program": (
        layers_are(BASE, PROGRAM_LAYER, Layer(file("app", elf(), 0o755), CREATED_BY_TOOLS)),
        BOTH,
        "'/app' is a file of mode 0755 and owner 0:0, which the layer 'scratch_image debug tools' changes",
    ),
    "a program below tools with a mode": (
        layers_are(BASE, Layer(file("app", PROGRAM, 0o711), CREATED_BY_PROGRAM), TOOLS_LAYER),
        BOTH,
        "'/app' is a file of mode 0711",
    ),
    "runtime files above files": (
        layers_are(Layer(file("b", b"x"), FILES), BASE, PROGRAM_LAYER),
        BOTH,
        "the layers are in another order than `package` writes them",
    ),
    "no layer of a program": (lines_are(RUNTIME, FILES, INLINE), BOTH, "the last layer is not that of the program"),
    "a program that is replaced": (
        layers_are(BASE, PROGRAM_LAYER, Layer(program_layer(PROGRAM).contents, FILES)),
        BOTH,
        "'/app' is a file of mode 0755 and owner 0:0, which the layer 'scratch_image files' changes to a file of mode 0755",
    ),
    "a file in the place of the program": (
        layers_are(BASE, Layer(file("app", b"x"), FILES), PROGRAM_LAYER),
        BOTH,
        "'/app' is a file of mode 0644",
    ),
    "passwd that is replaced": (
        layers_are(BASE, Layer(file("etc/passwd", b"evil:x:0:0::/:/x\n"), FILES), PROGRAM_LAYER),
        BOTH,
        "'/etc/passwd' is a file of mode 0644 and owner 0:0, which the layer",
    ),
    "tmp that is changed": (
        layers_are(BASE, Layer({DirectoryEntry("tmp", 0o777): b""}, INLINE), PROGRAM_LAYER),
        BOTH,
        "'/tmp' is a directory of mode 1777 and owner 0:0, which the layer 'scratch_image texts",
    ),
    "a link in the place of etc": (
        layers_are(BASE, Layer({SymlinkEntry("etc", "srv"): b""}, INLINE), PROGRAM_LAYER),
        BOTH,
        "'/etc' is a directory of mode 0755 and owner 0:0, which the layer",
    ),
    "a file that is there twice": (
        layers_are(BASE, Layer(file("b", b"x"), FILES), Layer(file("b", b"y"), INLINE), PROGRAM_LAYER),
        BOTH,
        "'/b' is a file of mode 0644 and owner 0:0, which the layer",
    ),
    "a directory that is two": (
        layers_are(
            BASE, Layer(file("srv/b", b"x"), FILES), Layer({DirectoryEntry("srv", 0o777): b""}, INLINE), PROGRAM_LAYER
        ),
        BOTH,
        "'/srv' is a directory of mode 0755",
    ),
    "a program with the bit of root": (program_at("app", mode=0o4755), BOTH, "'/app' is a file of mode 4755"),
    "a program that all may write": (program_at("app", mode=0o777), BOTH, "'/app' is a file of mode 0777"),
    "a program of somebody": (program_at("app", owner=65532), BOTH, "'/app' is a file of mode 0755 and owner 65532:65532"),
    "a link beside the program": (
        program_at("app", {SymlinkEntry("bin/sh", "/app"): b""}),
        BOTH,
        "the layer of the program has '/bin/sh', which `package` does not put there",
    ),
    "a directory beside the program": (
        program_at("app", {DirectoryEntry("var", 0o777): b""}),
        BOTH,
        "the layer of the program has '/var', which",
    ),
    "a directory above the program": (
        program_at("opt/app", {DirectoryEntry("opt", 0o777): b""}),
        BOTH,
        "'/opt' is a directory of mode 0777 and owner 0:0, and should be a directory of mode 0755 and owner 0:0",
    ),
    "a directory above the program that is another below": (
        program_at("opt/app", below=[Layer(OPT, INLINE)]),
        BOTH,
        "'/opt' is a directory of mode 0755 and owner 0:0, and should be a directory of mode 0711 and owner 5:5",
    ),
}


LAYERS = {
    "all kinds of layers": lines_are(RUNTIME, FILES, INLINE, CREATED_BY_PROGRAM),
    "two layers of files": lines_are(RUNTIME, FILES, FILES, CREATED_BY_PROGRAM),
    "tools on top": layers_are(BASE, PROGRAM_LAYER, TOOLS_LAYER),
    "a directory above the program": program_at("opt/app", OPT, below=[Layer(OPT, INLINE)]),
    "a directory of the runtime files": program_at(
        "home/nonroot/app", {DirectoryEntry("home/nonroot", 0o700, 65532, 65532): b""}
    ),
    "a directory of a field, which runtime files are in": layers_are(
        BASE, Layer({DirectoryEntry("etc", 0o700): b""}, INLINE), PROGRAM_LAYER
    ),
    "a file in the place of the link": layers_are(BASE, Layer(file("etc/ssl/cert.pem", b"x"), FILES), PROGRAM_LAYER),
}
