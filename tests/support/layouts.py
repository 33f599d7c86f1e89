"""OCI image layouts for tests, as this repository writes them, and with one thing wrong: `layout(config=…)` changes the
configuration before anything that names it is written, so that all digests above it are right again."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from typing import Callable, Dict, List, Optional, Sequence, Tuple

from scratch_image.assembler.compressors import MEMBER, compress
from scratch_image.oci import canonical_json, tar
from scratch_image.oci.compression import Compression
from scratch_image.oci.digest import Digest
from scratch_image.oci.image import ImageLayer as Layer
from scratch_image.oci.image import build_image
from scratch_image.oci.layout import layout_files
from scratch_image.oci.platform import Platform
from scratch_image.oci.spec import MEDIA_TYPE_CONFIG, MEDIA_TYPE_INDEX, MEDIA_TYPE_MANIFEST, Descriptor, RunConfig
from tests.support.programs import elf

Files = Dict[str, bytes]
Change = Callable[..., object]
AMD64 = Platform("linux", "amd64")
CREATED = "1970-01-01T00:00:00Z"
RUN = RunConfig(entrypoint=("/app",), env=("A=b",), user="65532:65532", exposed_ports=("80/tcp",), labels={"k": "v"})


def unchanged(value: object) -> None:
    pass


def archive(contents: Dict[tar.Entry, bytes]) -> bytes:
    """The tar archive that recipe tar.1 makes of entries with their contents."""
    by_path = {entry.path: content for entry, content in contents.items()}
    return b"".join(
        map(bytes, tar.blocks(tar.with_parents(contents), lambda entry: io.BytesIO(by_path[entry.path]), MEMBER))
    )


def program_archive(program: bytes = b"") -> bytes:
    content = program or elf()
    return archive({tar.FileEntry("app", "", len(content), 0o755): content})


def other_archive(*members: Tuple[str, Dict[str, object]], format: int = tarfile.PAX_FORMAT) -> bytes:
    """An archive that the standard library makes: (name, attributes of TarInfo and `content`), in that order. The
    program comes first."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=format) as opened:
        for name, attributes in (("app", {"content": elf(), "mode": 0o755}), *members):
            info = tarfile.TarInfo(name)
            content = attributes.get("content", b"")
            assert isinstance(content, bytes)
            info.size = len(content)
            info.mode = 0o644
            for key, value in attributes.items():
                if key != "content":
                    setattr(info, key, value)
            opened.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def packed(content: bytes, compression: str) -> bytes:
    chosen = Compression.parse(compression)
    if chosen.name == "none":
        return content
    pieces = [memoryview(content)[at : at + MEMBER] for at in range(0, len(content), MEMBER)]
    return b"".join(compress(pieces, len(content), chosen, 1))


def descriptor(media_type: str, content: bytes) -> Dict[str, object]:
    return Descriptor(media_type, Digest.of(content), len(content)).to_dict()


def dumped(value: object) -> bytes:
    """Canonical JSON where it can be; what a change has put in may be no JSON that this project writes."""
    return value if isinstance(value, bytes) else json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def image(
    archives: Sequence[bytes] = (),
    compression: str = "gzip",
    platform: Platform = AMD64,
    run: RunConfig = RUN,
    blob: Callable[[bytes], bytes] = bytes,
    config: Change = unchanged,
    manifest: Change = unchanged,
) -> Tuple[Files, Dict[str, object]]:
    """(blobs by path, the manifest's descriptor). `blob` changes a layer after it was packed; the other changes are made
    to a document as a dict, or give other bytes instead of it."""
    files: Files = {}
    layers: List[Layer] = []
    for content in archives or (program_archive(),):
        stored = blob(packed(content, compression))
        digest = Digest.of(stored)
        files[digest.blob_path] = stored
        media_type = Compression.parse(compression).media_type
        layers.append(Layer(Descriptor(media_type, digest, len(stored)), Digest.of(content), "scratch_image binary"))
    built = build_image(platform, run, CREATED, {}, tuple(layers))
    config_bytes = _changed(built.config, config)
    document = json.loads(built.manifest)
    document["config"] = descriptor(MEDIA_TYPE_CONFIG, config_bytes)
    manifest_bytes = _changed(canonical_json.encode(document), manifest)
    for content in (config_bytes, manifest_bytes):
        files[Digest.of(content).blob_path] = content
    return files, {**descriptor(MEDIA_TYPE_MANIFEST, manifest_bytes), "platform": platform.to_dict()}


def layout(
    archives: Sequence[bytes] = (),
    compression: str = "gzip",
    platform: Platform = AMD64,
    run: RunConfig = RUN,
    index: Change = unchanged,
    files: Change = unchanged,
    **changes: Change,
) -> Files:
    """The files of a layout by path; `index` changes index.json, `files` all of them, the rest as `image` says."""
    blobs, entry = image(archives, compression, platform, run, **changes)  # type: ignore[arg-type]
    entry["annotations"] = {"org.opencontainers.image.ref.name": "latest"}
    return with_root(blobs, entry, index, files)


def index_of(*images: Tuple[Files, Dict[str, object]], inner: Change = unchanged) -> Files:
    """A layout with an index of images; `inner` changes that index."""
    blobs: Files = {}
    for part, _ in images:
        blobs.update(part)
    document = {"schemaVersion": 2, "mediaType": MEDIA_TYPE_INDEX, "manifests": [entry for _, entry in images]}
    content = _changed(dumped(document), inner)
    blobs[Digest.of(content).blob_path] = content
    return with_root(blobs, descriptor(MEDIA_TYPE_INDEX, content))


def with_root(blobs: Files, entry: Dict[str, object], index: Change = unchanged, files: Change = unchanged) -> Files:
    document = {"schemaVersion": 2, "mediaType": MEDIA_TYPE_INDEX, "manifests": [entry]}
    marker = canonical_json.encode({"imageLayoutVersion": "1.0.0"})
    found = {**blobs, "index.json": _changed(dumped(document), index), "oci-layout": marker}
    files(found)
    return found


def written_by_the_repository() -> Tuple[Files, Files]:
    """(a layout by the functions that rules use, the same by `layout`): these functions are no other writer."""
    content = program_archive()
    stored = packed(content, "gzip")
    blob = Descriptor(Compression.parse("gzip").media_type, Digest.of(stored), len(stored))
    built = build_image(AMD64, RUN, CREATED, {}, (Layer(blob, Digest.of(content), "scratch_image binary"),))
    return {**layout_files(built), blob.digest.blob_path: stored}, layout()


def write(files: Files, directory) -> str:
    for path, content in files.items():
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    (directory / "blobs" / "sha256").mkdir(parents=True, exist_ok=True)
    return str(directory)


def as_archive(files: Files, docker: Optional[Change] = None) -> bytes:
    """One tar archive of the files; with `docker`, also the manifest.json of `docker save`, which `docker` may change."""
    files = dict(files)
    if docker is not None:
        (entry,) = json.loads(files["index.json"])["manifests"]
        manifest = json.loads(files[Digest.parse(entry["digest"]).blob_path])
        paths = [Digest.parse(layer["digest"]).blob_path for layer in manifest["layers"]]
        config = Digest.parse(manifest["config"]["digest"]).blob_path
        document = [{"Config": config, "Layers": paths, "RepoTags": ["hello:latest"]}]
        files["manifest.json"] = _changed(dumped(document), docker)
    return archive({tar.FileEntry(path, "", len(content), 0o644): content for path, content in files.items()})


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _changed(content: bytes, change: Change) -> bytes:
    """The document after a change that is made in place, or that gives another one or its bytes."""
    value = json.loads(content)
    result = change(value)
    if result is None:
        return dumped(value) if change is not unchanged else content
    assert isinstance(result, (bytes, dict, list))
    return dumped(result)
