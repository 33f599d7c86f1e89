"""Puts signatures into a layout in a directory: bundles in `blobs/`, where other tools find them.

The order keeps the layout right at every moment: a blob before the manifest that names it, and index.json last. Each file is
written under another name and renamed. image.json stays what `package` wrote: it says nothing of signatures.
"""

from __future__ import annotations

import json
import os
import tempfile
from typing import List

from scratch_image.layout.limits import ATTACHED, Limits
from scratch_image.layout.problems import Problems
from scratch_image.layout.store import DirectoryStore
from scratch_image.oci import canonical_json
from scratch_image.oci.names import INDEX, SIGNED
from scratch_image.oci.referrer import Referrer
from scratch_image.sign.bundle import attached, bundle
from scratch_image.sign.keys import SigningKey
from scratch_image.sign.payloads import payloads
from scratch_image.sign.stored import StoredImage, layout_of, read_image

_TEMPORARY = ".scratch-image-signing-"


def sign_layout(path: str, key: SigningKey, limits: Limits) -> List[Referrer]:
    """Signs the image in a layout, or in a directory that `package` wrote, and returns all signatures, with those that were
    there. Raises Unreadable, SigningError and OSError; nothing is written then, unless a write fails."""
    directory = layout_of(path)
    image = read_image(DirectoryStore(directory, Problems(0), limits), limits)
    made = _signed(image, key)
    index = os.path.join(directory, INDEX)
    new_index = _marked(_read(index), str(image.subjects[0].descriptor.digest))
    _remove_leftovers(os.path.join(directory, "blobs", "sha256"), directory)
    for name, content in ((name, content) for each in made for name, content in each.documents.items()):
        _put(os.path.join(directory, name), content)
    _put(index, new_index)
    return made


def _signed(image: StoredImage, key: SigningKey) -> List[Referrer]:
    made = []
    for subject in image.subjects:
        documents = image.documents_of(subject.descriptor.digest)
        for predicate_type, payload in payloads(subject.descriptor.digest, documents, ATTACHED):
            made.append(attached(subject.descriptor, bundle(payload, key), predicate_type))
    return made


def _marked(content: bytes, digest: str) -> bytes:
    """index.json, which was read before, with the entry of the image marked for cosign."""
    index = json.loads(content)
    for entry in index["manifests"]:
        if entry["digest"] == digest:
            annotations = entry.get("annotations")
            entry["annotations"] = {**(annotations if isinstance(annotations, dict) else {}), SIGNED[0]: SIGNED[1]}
    return canonical_json.encode(index)


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _put(path: str, content: bytes) -> None:
    """Puts a whole file in the place of another, unless that is the same. Raises OSError."""
    if os.path.isfile(path) and _read(path) == content:
        return
    handle, temporary = tempfile.mkstemp(prefix=_TEMPORARY, dir=os.path.dirname(path))
    try:
        with open(handle, "wb") as file:
            file.write(content)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _remove_leftovers(*directories: str) -> None:
    """Removes what a run that was killed has left."""
    for directory in directories:
        for name in os.listdir(directory):
            if name.startswith(_TEMPORARY):
                os.unlink(os.path.join(directory, name))
