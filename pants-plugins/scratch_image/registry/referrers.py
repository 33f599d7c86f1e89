"""The lists of what is attached to images: by the registry's API, or where it has none, by a tag.

distribution-spec 1.1.1, "Listing Referrers", "Pushing Manifests with Subject" and "Unavailable Referrers API". The tag
`sha256-<hex>` holds an index, which every publisher reads, changes and writes. Two of them at the same time may undo each
other's change: ours is looked for afterwards, and written again.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from scratch_image.oci import canonical_json
from scratch_image.oci.digest import Digest
from scratch_image.oci.referrer import MEDIA_TYPE_EMPTY
from scratch_image.oci.spec import MEDIA_TYPE_INDEX
from scratch_image.registry import json_object
from scratch_image.registry.artifact import Artifact, rank
from scratch_image.registry.errors import ASK_OPERATOR, ProtocolError, Transient
from scratch_image.registry.layout import Document
from scratch_image.registry.repository import Repository
from scratch_image.registry.request import Response

# An entry of a list, as it stands there.
Entry = Mapping[str, Any]
# How often a list is written before another publisher is blamed.
_ATTEMPTS = 5


@dataclass(frozen=True)
class _TagList:
    """The index that a tag holds, as JSON has it, and what a change of it must not miss: the `ETag` of the response."""

    index: Dict[str, Any]
    etag: str

    @property
    def entries(self) -> Tuple[Entry, ...]:
        return tuple(entry for entry in self.index["manifests"] if isinstance(entry, dict))


class Referrers:
    """The lists of one registry, shared by all threads. `has_api` is whether it has the API, as far as that is known; what
    an earlier run has learned decides only which of the two is asked first."""

    def __init__(self, has_api: Optional[bool] = None) -> None:
        self.has_api = has_api
        # Lists are written one after the other.
        self._lock = threading.Lock()

    def listed(self, repository: Repository, subject: Digest) -> Tuple[Entry, ...]:
        """What is attached to a manifest. Raises RegistryError."""
        if self.has_api is not False:
            found = repository.referrers(subject)
            self.has_api = found is not None
            if found is not None:
                return found
        return _read(repository, subject).entries

    def add(self, repository: Repository, subject: Digest, artifacts: Sequence[Artifact], stored: Sequence[bool]) -> None:
        """List artifacts, which the repository has; `stored` says of each whether the registry noted its subject. Raises
        RegistryError."""
        if all(stored) and stored:
            self.has_api = True
            return
        if self.has_api and self.lacking(repository.referrers(subject) or (), artifacts) == []:
            return
        # A registry that answers, and does not list what it has just stored, has no API either.
        self.has_api = False
        with self._lock:
            self._write(repository, subject, artifacts)

    def lacking(self, entries: Sequence[Entry], artifacts: Sequence[Artifact]) -> List[Artifact]:
        """The artifacts that a list lacks. A list in a tag must have their types, by which scanners choose."""
        there = {str(entry.get("digest")) for entry in entries if self.has_api or entry.get("artifactType")}
        return [artifact for artifact in artifacts if str(artifact.digest) not in there]

    def _write(self, repository: Repository, subject: Digest, artifacts: Sequence[Artifact]) -> None:
        tag, refused = tag_of(subject), ""
        for tried in range(1, _ATTEMPTS + 1):
            current = _read(repository, subject)
            lacking = self.lacking(current.entries, artifacts)
            if not lacking:
                return
            content = _merged(current, lacking)
            document = Document(Digest.of(content), content, MEDIA_TYPE_INDEX)
            # An ETag that is refused and stays is one that a proxy has changed.
            etag = "" if current.etag == refused else current.etag
            if not repository.put_list(tag, document, etag):
                refused = etag
                text = f"tagging {tag}: another publisher has changed it at the same time"
            elif not self.lacking(_read(repository, subject).entries, artifacts):
                return
            else:
                text = f"tagging {tag}: the registry accepted the tag, but it does not list what was attached"
            if tried < _ATTEMPTS:
                repository.client.retry.pause(tried, Transient(text))
        raise ProtocolError(text, f"check whether somebody else publishes there, and publish again, or {ASK_OPERATOR}")


def may_be(entry: Entry, artifact_type: str) -> bool:
    """Whether an entry may be of a type: lists in tags may lack it, and some registries take the configuration's for it."""
    return entry.get("artifactType") in (artifact_type, MEDIA_TYPE_EMPTY, None, "")


def annotation(entry: Entry, name: str) -> Optional[str]:
    """An annotation of an entry; None if it has none of that name."""
    annotations = entry.get("annotations")
    value = annotations.get(name) if isinstance(annotations, dict) else None
    return value if isinstance(value, str) else None


def tag_of(subject: Digest) -> str:
    """The tag whose index lists what is attached to a manifest."""
    return f"sha256-{subject.hex}"


def _read(repository: Repository, subject: Digest) -> _TagList:
    tag = tag_of(subject)
    response = repository.get(tag)
    if response is None:
        return _TagList({"schemaVersion": 2, "mediaType": MEDIA_TYPE_INDEX, "manifests": []}, "")
    etag = response.header("etag")
    # RFC 9110, section 13.1.1: a weak one never matches.
    return _TagList(_index(response, tag, repository), "" if etag.startswith("W/") else etag)


def _index(response: Response, tag: str, repository: Repository) -> Dict[str, Any]:
    try:
        data = json_object.parse(response.body)
        if isinstance(data.get("manifests"), list):
            # What JSON cannot hold, Python's reader takes: NaN, and half of a surrogate pair.
            canonical_json.encode(data)
            return {"schemaVersion": 2, "mediaType": MEDIA_TYPE_INDEX, **data}
    except ValueError:
        pass
    where = f"{repository.client.endpoint.address}/{repository.name}:{tag}"
    text = f"{where} must list what is attached to an image, because the registry has no referrers API"
    raise ProtocolError(
        f"{text}, but holds something else", "delete that tag, or publish to a registry with the referrers API (OCI 1.1)"
    )


def _merged(current: _TagList, new: Sequence[Artifact]) -> bytes:
    """The index with new entries; those of others stay."""
    replaced = {str(artifact.digest) for artifact in new}
    kept = [entry for entry in current.entries if str(entry.get("digest")) not in replaced]
    entries = sorted((*kept, *(artifact.entry for artifact in new)), key=lambda entry: rank(entry.get("artifactType")))
    return canonical_json.encode({**current.index, "manifests": entries})
