"""What tools load of a layout on disk is what its signatures are about.

A signature is about a manifest. Registries compare what a manifest names with its digests; `docker load` does not, and reads
another document of an archive than index.json: manifest.json (moby, image/tarexport).
"""

from __future__ import annotations

from typing import Iterable, List, Tuple

from scratch_image.layout.blobs import Blobs
from scratch_image.layout.descriptor import Claim, Rules, read_descriptor
from scratch_image.layout.documents import parse, parse_any
from scratch_image.layout.problems import Problems, Unreadable
from scratch_image.layout.store import Store, read
from scratch_image.oci.names import DOCKER_MANIFEST
from scratch_image.sign.subjects import Subject, raise_problem

# The paths of a configuration, and of the layers, base first.
_Image = Tuple[str, List[str]]


def check_loaded(store: Store, subjects: Iterable[Subject], blobs: Blobs) -> None:
    """Hashes what the manifests of an image name and the layout has. Raises Unreadable for other bytes, and for a
    manifest.json that names another image; OSError."""
    images = []
    for subject in subjects:
        claims = _named(store, subject, blobs)
        for claim in claims:
            if claim.digest and claim.digest.blob_path in store.sizes:
                blobs.check(claim)
        if claims:
            config, *layers = [claim.digest.blob_path if claim.digest else "" for claim in claims]
            images.append((config, layers))
    raise_problem(blobs.problems)
    if DOCKER_MANIFEST in store.sizes:
        _check_saved(store, images, blobs)


def _named(store: Store, subject: Subject, blobs: Blobs) -> List[Claim]:
    """The configuration and the layers of a manifest; nothing of an index."""
    content = b"".join(store.chunks(subject.descriptor.digest.blob_path))
    values = parse(content, "", Problems(0), blobs.limits)
    config = values.child("config") if values else None
    layers = values.children("layers") if values and config else None
    return [read_descriptor(each, Rules()) for each in (config, *(layers or ())) if each]


def _check_saved(store: Store, images: Iterable[_Image], blobs: Blobs) -> None:
    content = read(store, DOCKER_MANIFEST, blobs.problems, blobs.limits)
    value = None if content is None else parse_any(content, DOCKER_MANIFEST, blobs.problems, blobs.limits)
    raise_problem(blobs.problems)
    known = [{"Config": config, "Layers": layers} for config, layers in images]
    for entry in value if isinstance(value, list) else [value]:
        named = {key: entry.get(key) for key in ("Config", "Layers")} if isinstance(entry, dict) else None
        if named not in known:
            raise Unreadable(f"{DOCKER_MANIFEST}, which `docker load` reads, names another image than index.json")
