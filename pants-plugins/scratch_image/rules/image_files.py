"""The files of an image's directory in dist/: its layout, its report and its archive."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import List, Optional, Tuple

from pants.core.goals.package import BuiltPackage
from pants.engine.fs import Digest, FileContent
from pants.util.frozendict import FrozenDict

from scratch_image.engine import fs
from scratch_image.oci import digest as oci
from scratch_image.oci import names as in_dist
from scratch_image.oci.docker_archive import archive_files
from scratch_image.oci.layout import layout_files
from scratch_image.report.image_json import PackageReport, Written
from scratch_image.report.log_lines import log_lines
from scratch_image.rules.archive import ArchiveRequest, archive
from scratch_image.rules.built_image import BuiltScratchImage, FinishedImage


@dataclass(frozen=True)
class _ImageFiles:
    """`digest` holds the files of the directory, and `contents` what BuiltScratchImage has; `lines` say for people what the
    files are."""

    digest: Digest
    contents: Digest
    lines: Tuple[str, ...]


async def _image_files(finished: FinishedImage) -> _ImageFiles:
    root, written, attested = finished.image.root, finished.spec.written, finished.attested
    documents = {**layout_files(finished.image), **attested.blobs}
    files = [FileContent(f"{in_dist.LAYOUT}/{path}", content) for path, content in documents.items()]
    layout = await fs.merge((await fs.add_prefix(finished.blobs, in_dist.LAYOUT), await fs.create(files)))
    published = tuple(str(name) for name in finished.names if not name.local)
    report = PackageReport(root, finished.reports, finished.runtime_files, published, finished.spec.omitted, attested)
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
    readable = [FileContent(path, content) for path, content in attested.files.items()]
    parts.append(await fs.create([FileContent(in_dist.REPORT, report.image_json(dist)), *readable]))
    if readable:
        lines = (*lines, f"  attested  {', '.join(attested.files)}")
    contents = await fs.merge((layout, await fs.create([FileContent(in_dist.REPORT, report.image_json())])))
    return _ImageFiles(await fs.merge(parts), contents, lines)


def _archive_request(finished: FinishedImage, names: Tuple[str, ...]) -> ArchiveRequest:
    sizes = {facts.digest.blob_path: facts.size for report in finished.reports for facts in report.layers}
    return ArchiveRequest(finished.blobs, tuple(sizes.items()), FrozenDict(archive_files(finished.image, names)))


async def package_of(
    finished: FinishedImage,
    directory: str,
    notes: Tuple[str, ...],
    kept_by: str = "",
    shell: Optional[Tuple[str, ...]] = None,
) -> BuiltPackage:
    """The package at a directory below dist/. `notes` are further lines for people, `kept_by` and `shell` are as in
    BuiltScratchImage. Raises ProcessFailed."""
    files = await _image_files(finished)
    built = BuiltScratchImage(
        directory,
        (*files.lines, *notes),
        finished.image.root.digest,
        finished.names,
        finished.unnamed,
        finished.spec.omitted,
        finished.spec.written,
        files.contents,
        finished,
        kept_by,
        shell,
    )
    return BuiltPackage(await fs.add_prefix(files.digest, directory), (built,))
