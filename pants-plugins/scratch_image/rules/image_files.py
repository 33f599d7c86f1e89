"""The files of an image's directory in dist/: its layout, its report and its archive."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import List, Tuple, Union

from pants.engine.fs import Digest, FileContent
from pants.util.frozendict import FrozenDict

from scratch_image.engine import fs
from scratch_image.engine.own_files import own_file
from scratch_image.image.names import Name
from scratch_image.oci import digest as oci
from scratch_image.oci import names as in_dist
from scratch_image.oci.docker_archive import archive_files
from scratch_image.oci.image import BuiltImage, BuiltIndex
from scratch_image.oci.layout import layout_files
from scratch_image.report.image_json import ImageReport, PackageReport, RuntimeFilesReport, Written
from scratch_image.report.log_lines import log_lines
from scratch_image.rules.archive import ArchiveRequest, archive
from scratch_image.rules.read_image import ReadImage
from scratch_image.runtime_files import catalog


@dataclass(frozen=True)
class FinishedImage:
    """An image or an index with its documents, one report per platform, the blobs of all layers at `blobs/sha256/`, its
    names, and lines about the names that have no value today."""

    image: Union[BuiltImage, BuiltIndex]
    reports: Tuple[ImageReport, ...]
    blobs: Digest
    names: Tuple[Name, ...]
    unnamed: Tuple[str, ...]


@dataclass(frozen=True)
class ImageFiles:
    """`digest` holds the files of the directory, and `contents` what BuiltScratchImage has; `lines` say for people what the
    files are."""

    digest: Digest
    contents: Digest
    lines: Tuple[str, ...]


async def image_files(read: ReadImage, finished: FinishedImage) -> ImageFiles:
    """Raises ProcessFailed."""
    root, written = finished.image.root, read.spec.written
    files = [FileContent(f"{in_dist.LAYOUT}/{path}", content) for path, content in layout_files(finished.image).items()]
    layout = await fs.merge((await fs.add_prefix(finished.blobs, in_dist.LAYOUT), await fs.create(files)))
    published = tuple(str(name) for name in finished.names if not name.local)
    report = PackageReport(root, finished.reports, _runtime_files(read), published, read.spec.omitted)
    parts: List[Digest] = [layout] if in_dist.WRITTEN_LAYOUT in written else []
    lines = log_lines(root, finished.reports)
    names = tuple(map(str, finished.names))
    dist = Written(written, names)
    if in_dist.WRITTEN_ARCHIVE in written:
        packed = (await archive(_archive_request(finished, names))).digest
        (file,) = await fs.files(packed)
        digest = oci.Digest(file.file_digest.fingerprint)
        dist = dataclasses.replace(dist, archive=(digest, file.file_digest.serialized_bytes_length))
        parts.append(packed)
        lines = (*lines, f"  archive   {in_dist.ARCHIVE}: {', '.join(names) or 'no name'}", *finished.unnamed)
    if in_dist.WRITTEN_LAYOUT not in written:
        lines = (*lines, "  written   without the layout ([scratch-image].write)")
    parts.append(await fs.create([FileContent(in_dist.REPORT, report.image_json(dist))]))
    contents = await fs.merge((layout, await fs.create([FileContent(in_dist.REPORT, report.image_json())])))
    return ImageFiles(await fs.merge(parts), contents, lines)


def _runtime_files(read: ReadImage) -> RuntimeFilesReport:
    names = read.spec.runtime_files
    lock = own_file("runtime_files/requirements.txt").decode("utf-8")
    return RuntimeFilesReport(names, catalog.versions(names, lock), read.bundle.facts if read.bundle else None)


def _archive_request(finished: FinishedImage, names: Tuple[str, ...]) -> ArchiveRequest:
    sizes = {facts.digest.blob_path: facts.size for report in finished.reports for facts in report.layers}
    return ArchiveRequest(finished.blobs, tuple(sizes.items()), FrozenDict(archive_files(finished.image, names)))
