"""One image into one repository, in the order that keeps the registry right at every moment: layers, configs, manifests by
digest, the index by digest, tags last. Nobody sees a change before the first tag is set, when all that it leads to is there.

distribution-spec 1.1.1, "Push": "the blobs are uploaded first, then the manifest".
"""

from __future__ import annotations

from typing import Callable, Dict, List, Optional, Sequence

from scratch_image.oci.digest import Digest
from scratch_image.registry import layout
from scratch_image.registry.blob_locations import BlobLocations
from scratch_image.registry.client import Client
from scratch_image.registry.errors import ASK_OPERATOR, ProtocolError, Refused
from scratch_image.registry.layout import Blob, Document, Sending
from scratch_image.registry.repository import Repository
from scratch_image.registry.result import Outcome, PushResult
from scratch_image.registry.upload import Upload

# Calls a function for each value, perhaps several at a time, and raises what one of the calls raises.
ForEach = Callable[[Callable[[Blob], None], Sequence[Blob]], None]


class ImagePush:
    """One push of a plan, which notes in `result` what it does. `sending` takes the number of bytes of every piece, and
    `for_each` is how the blobs of the image are sent."""

    def __init__(
        self, result: PushResult, client: Client, locations: BlobLocations, sending: Sending, for_each: ForEach
    ) -> None:
        self._push = result.push
        self._result = result
        self._state = result.state
        self._repository = Repository(client, client.endpoint.repository(result.push.repository))
        self._locations = locations
        self._sending = sending
        self._for_each = for_each

    def run(self, *, read_back: bool) -> None:
        """Push the image; with `read_back`, compare what the registry has afterwards. Raises RegistryError."""
        push = self._push
        document = layout.read(push.layout, push.root)
        tags = self._tags()
        self._state.tags.extend(tag for tag, digest in tags.items() if digest == push.root)
        to_set = [tag for tag in push.tags if tags[tag] != push.root]
        present = self._is_present(tags)
        if present:
            for blob in document.all_blobs:
                self._locations.add_candidate(blob.digest, self._repository.name)
        if not push.tags or to_set:
            if not present:
                self._push_missing(document)
            for tag in to_set:
                self._push_tag(tag, document, repair=present and tag == to_set[0])
            if read_back:
                self._read_back(document, to_set)
        self._state.complete = True

    def compare(self) -> None:
        """Note what `run` would do, in lines; the registry is only asked. Raises RegistryError."""
        push, lines = self._push, self._result.lines
        document = layout.read(push.layout, push.root)
        tags = self._tags()
        if not self._is_present(tags):
            lines += map(self._compare_blob, document.all_blobs)
            missing = [each for each in document.walk() if self._repository.resolve(str(each.digest)) is None]
            lines += [f"store  {each.digest}" for each in missing]
        for tag, digest in tags.items():
            change = "stays at" if digest == push.root else f"from {digest} to" if digest else "new, to"
            lines.append(f"tag    {tag}: {change} {push.root}")

    def _compare_blob(self, blob: Blob) -> str:
        text = f"{blob.digest}, {blob.size} bytes"
        if self._repository.has_blob(blob.digest):
            self._locations.add(blob.digest, self._repository.name)
            return f"keep   {text}"
        source = self._locations.candidate(blob.digest, self._repository.name)
        return f"send   {text}" + (f", unless it can be mounted from {source}" if source else "")

    def _tags(self) -> Dict[str, Optional[Digest]]:
        """The digests to which the tags of the push point now."""
        return {tag: self._repository.resolve(tag) for tag in self._push.tags}

    def _is_present(self, tags: Dict[str, Optional[Digest]]) -> bool:
        root = self._push.root
        return root in tags.values() or self._repository.resolve(str(root)) == root

    def _push_missing(self, document: Document) -> None:
        """Push what the repository lacks of a document that it does not have. A manifest that it has counts as complete."""
        *below, root = document.walk()
        missing = [each for each in below if self._repository.resolve(str(each.digest)) != each.digest]
        missing.append(root)
        self._push_blobs(missing)
        try:
            self._put_manifests(missing)
        except Refused as error:
            if not error.content_unknown:
                raise
            # A manifest is there, and something below it is not.
            self._push_all(document)

    def _push_all(self, document: Document) -> None:
        """Push a document with all below it, whatever the repository seems to have."""
        documents = list(document.walk())
        self._push_blobs(documents)
        self._put_manifests(documents)

    def _push_blobs(self, documents: List[Document]) -> None:
        layers = {blob.digest: blob for each in documents for blob in each.blobs}
        configs = {blob.digest: blob for each in documents for blob in each.config if blob.digest not in layers}
        for blobs in (layers, configs):
            self._for_each(self._push_blob, tuple(blobs.values()))

    def _put_manifests(self, documents: List[Document]) -> None:
        for document in documents:
            self._repository.put_manifest(document)
            self._state.manifests.append(document.digest)

    def _push_blob(self, blob: Blob) -> None:
        locations, name = self._locations, self._repository.name
        # A blob that this run has seen elsewhere is mounted without a question: that does no harm if it is here.
        ask = not locations.is_known(blob.digest)
        if ask and self._repository.has_blob(blob.digest):
            locations.add(blob.digest, name)

        def push(source: Optional[str]) -> None:
            outcome = Upload(self._repository, blob, self._sending).run(source, known_absent=ask)
            self._state.blobs[outcome].append(blob)

        if not locations.push_once(blob.digest, name, push):
            self._state.blobs[Outcome.PRESENT].append(blob)

    def _push_tag(self, tag: str, document: Document, *, repair: bool) -> None:
        """Set a tag; with `repair`, push the document again if the registry misses a part of it."""
        self._state.tagging = tag
        try:
            self._repository.put_tag(tag, document)
        except Refused as error:
            self._state.tagging = None
            if not (repair and error.content_unknown):
                raise
            self._push_all(document)
            self._push_tag(tag, document, repair=False)
            return
        self._state.tagging = None
        self._state.tags.append(tag)

    def _read_back(self, document: Document, tags: Sequence[str]) -> None:
        for reference in (str(document.digest), *tags):
            content = self._repository.manifest(reference)
            if content != document.content:
                actual = "nothing" if content is None else Digest.of(content)
                raise ProtocolError(
                    f"reading {reference} back: the registry has {actual} instead of {document.digest}",
                    f"check whether somebody else publishes there, or {ASK_OPERATOR}",
                )
