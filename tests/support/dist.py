"""The directory that `package` writes for one image, made by the functions that the rules use: a layout, an archive and the
report on both. A change of one leaves the others as they are, unless they are made of what was changed."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple

from scratch_image.assembler.plan import LayerFacts
from scratch_image.attest.attachments import Attested, provenances, sboms
from scratch_image.attest.bom import Declared
from scratch_image.attest.bom import Image as SbomImage
from scratch_image.attest.bom import Layer as SbomLayer
from scratch_image.attest.contents import HashedFile
from scratch_image.attest.provenance import Build, Material
from scratch_image.binary.facts import BinaryFacts
from scratch_image.binary.read import read_facts
from scratch_image.oci import tar
from scratch_image.oci.compression import Compression
from scratch_image.oci.digest import Digest
from scratch_image.oci.docker_archive import archive_files
from scratch_image.oci.image import ImageLayer, build_image, build_index
from scratch_image.oci.layout import layout_files
from scratch_image.oci.names import CREATED_BY_PROGRAM
from scratch_image.oci.platform import Platform
from scratch_image.oci.spec import Descriptor, RunConfig
from scratch_image.report.image_json import ImageReport, PackageReport, RuntimeFilesReport, Written
from tests.support.layouts import AMD64, CREATED, RUN, Files, archive, packed, write
from tests.support.programs import elf

NONE = RuntimeFilesReport((), {}, None)
EVERYTHING = ("layout", "archive", "report")


@dataclass(frozen=True)
class Layer:
    """A layer: its entries with their contents, and its line in the history."""

    contents: Dict[tar.Entry, bytes]
    created_by: str = CREATED_BY_PROGRAM


@dataclass(frozen=True)
class Dist:
    """`layout` and `archived` are files by path, `report` is what image.json says; `readable` are documents beside them."""

    layout: Files
    archived: Files
    report: Dict[str, Any]
    readable: Files

    def image_tar(self) -> bytes:
        return archive({tar.FileEntry(path, "", len(content), 0o644): content for path, content in self.archived.items()})

    def write(self, directory: Path) -> str:
        written = self.report.get("written", ())
        directory.mkdir(parents=True, exist_ok=True)
        if "layout" in written:
            (directory / "oci").mkdir()
            write(self.layout, directory / "oci")
        if "archive" in written:
            (directory / "image.tar").write_bytes(self.image_tar())
        (directory / "image.json").write_bytes(dumped(self.report))
        for path, content in self.readable.items():
            (directory / path).parent.mkdir(exist_ok=True)
            (directory / path).write_bytes(content)
        return str(directory)

    def with_report(self, change: Callable[[Dict[str, Any]], object]) -> Dist:
        report = copy.deepcopy(self.report)
        change(report)
        return dataclasses.replace(self, report=report)


def program_layer(program: bytes = b"", path: str = "app", mode: int = 0o755) -> Layer:
    content = program or elf()
    return Layer({tar.FileEntry(path, "", len(content), mode): content})


def dist(
    *platforms: Tuple[Platform, Sequence[Layer]],
    compression: str = "gzip",
    run: RunConfig = RUN,
    names: Sequence[str] = ("registry.example/team/hello:1.0", "short/hello:1.0"),
    references: Optional[Sequence[str]] = None,
    runtime_files: RuntimeFilesReport = NONE,
    blob: Callable[[bytes], bytes] = bytes,
    written: Tuple[str, ...] = EVERYTHING,
    sbom: Sequence[str] = (),
    declared: Declared = Declared("hello"),
    builder: str = "",
) -> Dist:
    """An image, or an index of several; without any, of a program for linux/amd64. `names` are those of the archive, of
    which the report has the first unless `references` says otherwise; `blob` changes each layer after it was packed. `sbom`
    are formats of bills of materials, which have what is `declared`; `builder` is that of the provenance, if any."""
    chosen = Compression.parse(compression)
    reports, blobs, contents = [], {}, []
    for platform, layers in platforms or ((AMD64, (program_layer(),)),):
        described, facts, of_layers = [], [], []
        for layer in layers:
            content = archive(layer.contents)
            stored = blob(packed(content, compression))
            digest, diff_id = Digest.of(stored), Digest.of(content)
            blobs[digest.blob_path] = stored
            described.append(ImageLayer(Descriptor(chosen.media_type, digest, len(stored)), diff_id, layer.created_by))
            facts.append(LayerFacts(digest, len(stored), diff_id, len(content), chosen.recipe))
            of_layers.append(SbomLayer(layer.created_by, tuple(hashed(layer.contents))))
        image = build_image(platform, run, CREATED, {}, tuple(described))
        top = next((layer for layer in reversed(layers) if layer.created_by == CREATED_BY_PROGRAM), layers[-1])
        program = next(content for content in top.contents.values() if content)
        reports.append(ImageReport(image, tuple(facts), read_facts(memoryview(program)), ()))
        digest, executables = image.manifest_descriptor.digest, dict(executables_in(layers))
        contents.append((image.root, SbomImage(platform, digest, tuple(of_layers), executables)))
    images = tuple(report.image for report in reports)
    whole = images[0] if len(images) == 1 else build_index(images, {})
    archived = {**archive_files(whole, names), **blobs}
    packed_files = {tar.FileEntry(path, "", len(content), 0o644): content for path, content in archived.items()}
    file = archive(packed_files)
    saved = (Digest.of(file), len(file)) if "archive" in written else None
    of_dist = Written(written, tuple(names), saved)
    shown = tuple(names[:1] if references is None else references)
    attached = sboms(sbom, contents, whole.root if len(images) > 1 else None, declared)
    if builder:
        roots = [(image.root, image.platform, materials(of.layers)) for image, (_, of) in zip(images, contents)]
        roots += [(whole.root, None, [each for root in roots for each in root[2]])] if len(images) > 1 else []
        attached += provenances(roots, "hello", Build("src:hello", {}, {}, builder))
    attested = Attested(attached, declared if sbom else None)
    report = PackageReport(whole.root, tuple(reports), runtime_files, shown, attested=attested)
    files = {**layout_files(whole), **blobs, **attested.blobs}
    return Dist(files, archived, json.loads(report.image_json(of_dist)), attested.files)


def materials(layers: Sequence[SbomLayer]) -> List[Material]:
    return [Material(file.path, file.sha256) for layer in layers for file in layer.files]


def hashed(contents: Dict[tar.Entry, bytes]) -> Iterator[HashedFile]:
    for entry in tar.with_parents(contents):
        if isinstance(entry, tar.FileEntry):
            content = contents[entry]
            yield HashedFile(f"/{entry.path}", hashlib.sha256(content).hexdigest(), hashlib.sha1(content).hexdigest())


def executables_in(layers: Sequence[Layer]) -> Iterator[Tuple[str, BinaryFacts]]:
    """The program, and other programs with the mode of one."""
    for layer in layers:
        for entry, content in layer.contents.items():
            if isinstance(entry, tar.FileEntry) and entry.mode & 0o111:
                facts = read_facts(memoryview(content))
                if facts.program or layer.created_by == "scratch_image binary":
                    yield f"/{entry.path}", facts


def dumped(report: Dict[str, Any]) -> bytes:
    """In the form of reports, also what they never hold, such as half of a surrogate pair."""
    text = json.dumps(report, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass")
