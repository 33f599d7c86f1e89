"""One image into one repository, in the order that keeps the registry right at every moment: layers, configs, manifests by
digest, the index by digest, and tags last. Until the first tag is set nobody sees a change, and a tag is set only when all
before it is there.

distribution-spec 1.1.1, "Push": "the blobs are uploaded first, then the manifest"; a manifest whose blobs the registry does
not have is refused (MANIFEST_BLOB_UNKNOWN).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable, Dict, List, Optional, Sequence, Tuple

from scratch_image.oci.digest import Digest
from scratch_image.registry import layout
from scratch_image.registry.blob_locations import Whereabouts
from scratch_image.registry.client import Session
from scratch_image.registry.errors import Refused, RegistryError
from scratch_image.registry.layout import Blob, Document, Sending
from scratch_image.registry.plan import Push
from scratch_image.registry.repository import Repository
from scratch_image.registry.upload import Upload, Way

# Runs a function for each value, several at a time, and raises what one of them raises.
ForEach = Callable[[Callable[[Blob], None], Sequence[Blob]], None]
# "Error Codes": what the registry says where something that it had before is gone.
_GONE = ("MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN", "MANIFEST_UNKNOWN")


@dataclass
class Reached:
    """How far a push has come; what it says is true at every moment, for it may be interrupted at any."""

    blobs: Dict[Way, List[Blob]] = field(default_factory=lambda: {way: [] for way in Way})
    manifests: List[Digest] = field(default_factory=list)
    tags: List[str] = field(default_factory=list)
    tagging: Optional[str] = None

    def __str__(self) -> str:
        blobs = sum(map(len, self.blobs.values()))
        parts = [f"{_counted(blobs, 'blob')} and {_counted(len(self.manifests), 'manifest')} of it are in the repository"]
        parts.append(f"done: {', '.join(self.tags)}" if self.tags else "no tag was changed")
        if self.tagging:
            parts[-1] = f"{self.tagging} may have been set" + (f"; done: {', '.join(self.tags)}" if self.tags else "")
        return "; ".join(parts)


class ImagePush:
    """One push of a plan. `sending` hears of the bytes of every piece; `for_each` is how blobs are sent side by side."""

    def __init__(self, push: Push, session: Session, whereabouts: Whereabouts, sending: Sending, for_each: ForEach) -> None:
        self.push = push
        self.reached = Reached()
        self._session = session
        self._repository = Repository(session, session.endpoint.repository(push.repository))
        self._whereabouts = whereabouts
        self._sending = sending
        self._for_each = for_each

    def run(self, read_back: bool) -> None:
        """Raises RegistryError; `reached` says how far it came."""
        push = self.push
        document = layout.read(push.layout, push.root)
        standing = self._standing()
        self.reached.tags.extend(tag for tag, digest in standing.items() if digest == push.root)
        to_set = [tag for tag in push.tags if standing[tag] != push.root]
        trusted = push.root in standing.values() or self._repository.find(str(push.root)) == push.root
        if trusted:
            for blob in document.all_blobs:
                self._whereabouts.expect(blob.digest, self._repository.name)
        if push.tags and not to_set:
            return
        if not trusted:
            self._bring(document, True)
        for number, tag in enumerate(to_set):
            self._tag(tag, document, retry=trusted and number == 0)
        if read_back:
            self._read_back(document, to_set)

    def plan(self) -> List[str]:
        """What `run` would do, in lines; asks, and changes nothing."""
        push = self.push
        document = layout.read(push.layout, push.root)
        standing = self._standing()
        lines = []
        if push.root not in standing.values() and self._repository.find(str(push.root)) != push.root:
            for blob in document.all_blobs:
                lines.append(self._plan_of(blob))
            lines += [f"store  {each.digest}" for each in document.walk() if self._repository.find(str(each.digest)) is None]
        for tag, digest in standing.items():
            change = "stays at" if digest == push.root else f"from {digest} to" if digest else "new, to"
            lines.append(f"tag    {tag}: {change} {push.root}")
        return lines

    def _plan_of(self, blob: Blob) -> str:
        name = f"{blob.digest}, {blob.size} bytes"
        if self._repository.has_blob(blob.digest):
            self._whereabouts.saw(blob.digest, self._repository.name)
            return f"keep   {name}"
        source = self._whereabouts.guess(blob.digest, self._repository.name)
        return f"send   {name}" + (f", unless it can be mounted from {source}" if source else "")

    def _standing(self) -> Dict[str, Optional[Digest]]:
        return {tag: self._repository.find(tag) for tag in self.push.tags}

    def _bring(self, document: Document, trusting: bool) -> None:
        """Has the document in the repository, with all below it first. `trusting` is whether a manifest that is there
        already is taken for whole."""
        needed = self._needed(document, trusting)
        layers = {blob.digest: blob for each in needed for blob in each.blobs}
        configs = {blob.digest: blob for each in needed for blob in each.config if blob.digest not in layers}
        self._for_each(self._blob, tuple(layers.values()))
        self._for_each(self._blob, tuple(configs.values()))
        try:
            for each in needed:
                self._repository.put(each)
                self.reached.manifests.append(each.digest)
        except Refused as error:
            if not trusting or not set(error.codes) & set(_GONE):
                raise
            # A manifest was there, and something below it is not: all of it is looked at.
            self._bring(document, False)

    def _needed(self, document: Document, trusting: bool) -> Tuple[Document, ...]:
        """Documents to store, what is below others first. The root itself was looked for already."""
        documents = list(document.walk())
        if trusting:
            there = {each.digest for each in documents[:-1] if self._repository.find(str(each.digest)) == each.digest}
            documents = [each for each in documents if each.digest not in there]
        return tuple(documents)

    def _blob(self, blob: Blob) -> None:
        name = self._repository.name
        # What this run has seen elsewhere is mounted without a question first: a mount does no harm where the blob is.
        asked = not self._whereabouts.has(blob.digest)
        if self._whereabouts.has(blob.digest, name) or (asked and self._repository.has_blob(blob.digest)):
            self._whereabouts.saw(blob.digest, name)
            self.reached.blobs[Way.THERE].append(blob)
            return

        def send(source: Optional[str]) -> None:
            way = Upload(self._repository, blob, self._sending).run(source, asked)
            self.reached.blobs[way].append(blob)

        if not self._whereabouts.place(blob.digest, name, send):
            self.reached.blobs[Way.THERE].append(blob)

    def _tag(self, tag: str, document: Document, retry: bool) -> None:
        self.reached.tagging = tag
        try:
            self._repository.tag(tag, document)
        except Refused as error:
            self.reached.tagging = None
            if not retry or not set(error.codes) & set(_GONE):
                raise
            self._bring(document, False)
            self.reached.tagging = tag
            self._repository.tag(tag, document)
        self.reached.tagging = None
        self.reached.tags.append(tag)

    def _read_back(self, document: Document, tags: Sequence[str]) -> None:
        for reference in (str(document.digest), *tags):
            found = self._repository.read(reference)
            if found != document.content:
                state = "nothing" if found is None else f"{Digest.of(found)}"
                raise RegistryError(
                    f"reading {reference} back: the registry gives {state} instead of {document.digest}",
                    "see whether somebody else publishes there, or ask whoever runs the registry",
                )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
