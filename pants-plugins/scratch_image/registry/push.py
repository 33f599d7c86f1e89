"""One image into one repository, in the order that keeps the registry right at every moment: layers, configs, manifests by
digest, the index by digest, what is attached to them, tags last. Nobody sees a change before the first tag is set, when all
that it leads to is there.

distribution-spec 1.1.1, "Push": "the blobs are uploaded first, then the manifest".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Dict, List, Optional, Sequence

from scratch_image.oci.digest import Digest
from scratch_image.oci.numbers import counted
from scratch_image.registry import layout
from scratch_image.registry.artifact import read_attached
from scratch_image.registry.attach import Attachments
from scratch_image.registry.blob_locations import BlobLocations
from scratch_image.registry.client import Client
from scratch_image.registry.errors import ASK_OPERATOR, ProtocolError, Refused, Transient
from scratch_image.registry.layout import Blob, Document, Sending
from scratch_image.registry.referrers import Referrers
from scratch_image.registry.repository import Repository
from scratch_image.registry.result import Outcome, PushResult
from scratch_image.registry.upload import Upload

if TYPE_CHECKING:
    from scratch_image.registry.signer import Signer

# How often a tag is looked for before it counts as not set.
_TAG_CHECKS = 4
# Calls a function for each value, perhaps several at a time, and raises what one of the calls raises.
ForEach = Callable[[Callable[[Blob], None], Sequence[Blob]], None]


class ImagePush:
    """One push of a plan, which notes in `result` what it does. `sending` takes the number of bytes of every piece, and
    `for_each` is how the blobs of the image are sent. `signer`, if there is one, signs the image."""

    def __init__(
        self,
        result: PushResult,
        client: Client,
        locations: BlobLocations,
        sending: Sending,
        for_each: ForEach,
        referrers: Referrers,
        signer: Optional[Signer] = None,
    ) -> None:
        self._push = result.push
        self._result = result
        self._state = result.state
        self._repository = Repository(client, client.endpoint.repository(result.push.repository))
        self._locations = locations
        self._sending = sending
        self._for_each = for_each
        self._referrers = referrers
        self._signer = signer

    def run(self, *, read_back: bool, check_all: bool = False) -> None:
        """Push the image; with `read_back`, compare what the registry has afterwards. With `check_all`, ask for every
        manifest and blob, also of an image that seems to be there, before a tag is set. Raises RegistryError."""
        push = self._push
        document = layout.read(push.layout, push.root)
        attachments = self._attachments(document)
        tags = self._tags()
        to_set = [tag for tag in push.tags if tags[tag] != push.root]
        present = self._is_present(tags)
        if present:
            for blob in document.all_blobs:
                self._locations.add_candidate(blob.digest, self._repository.name)
        else:
            self._push_missing(document)
        if check_all:
            self._make_complete(document)
        attachments.push(self._push_blobs, self._state.attached.append, read_back=read_back, ask_all=check_all)
        self._state.tags.extend(tag for tag in push.tags if tag not in to_set)
        for tag in to_set:
            self._push_tag(tag, document, repair=present and tag == to_set[0])
            if not read_back:
                self._check_tag(tag, document)
            self._state.tagging = None
            self._state.tags.append(tag)
        if read_back and (to_set or not push.tags):
            self._read_back(document, to_set)
        elif not present and not push.tags:
            self._check_root(document)
        self._state.complete = True

    def compare(self, *, check_all: bool = False) -> None:
        """Note what `run` would do, in lines; the registry is only asked. Raises RegistryError."""
        push, lines = self._push, self._result.lines
        document = layout.read(push.layout, push.root)
        attachments = self._attachments(document)
        tags = self._tags()
        if check_all or not self._is_present(tags):
            lines += map(self._compare_blob, document.all_blobs)
            missing = [each for each in document.walk() if self._repository.resolve(str(each.digest)) is None]
            lines += [f"store  {each.digest}" for each in missing]
        lines += attachments.compare(ask_all=check_all)
        for tag, digest in tags.items():
            change = "stays at" if digest == push.root else f"from {digest} to" if digest else "new, to"
            lines.append(f"tag    {tag}: {change} {push.root}")

    def _attachments(self, document: Document) -> Attachments:
        artifacts = read_attached(self._push.layout, document)
        return Attachments(self._repository, self._referrers, artifacts, self._signer, document)

    def _compare_blob(self, blob: Blob) -> str:
        text = f"{blob.digest}, {counted(blob.size, 'byte')}"
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

    def _make_complete(self, document: Document) -> None:
        """Push all of a document if the repository lacks a part of it; a part that it lacks afterwards is an error."""
        if self._missing(document):
            self._push_all(document)
            missing = self._missing(document)
            if missing:
                raise ProtocolError(f"the registry accepted {missing[0]}, but does not have it")

    def _missing(self, document: Document) -> List[str]:
        """What the repository lacks of a document: one HEAD for every manifest and every blob."""
        absent: List[Digest] = []

        def look(blob: Blob) -> None:
            if not self._repository.has_blob(blob.digest):
                absent.append(blob.digest)

        self._for_each(look, document.all_blobs)
        manifests = [each.digest for each in document.walk()]
        lost = [digest for digest in manifests if self._repository.resolve(str(digest)) != digest]
        return [*(f"blob {digest}" for digest in sorted(absent, key=str)), *(f"manifest {digest}" for digest in lost)]

    def _check_root(self, document: Document) -> None:
        if self._repository.resolve(str(document.digest)) != document.digest:
            raise ProtocolError(f"storing manifest {document.digest}: the registry accepted it, but does not have it")

    def _push_all(self, document: Document) -> None:
        """Push a document with all below it, whatever the repository seems to have."""
        for blob in document.all_blobs:
            self._locations.forget(blob.digest, self._repository.name)
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

    def _check_tag(self, tag: str, document: Document) -> None:
        """A registry may accept a tag and store nothing. One that is made of several machines may need a moment."""
        found: Optional[Digest] = None
        for tried in range(1, _TAG_CHECKS + 1):
            found = self._repository.resolve(tag)
            if found == document.digest:
                return
            text = f"tagging {tag}: the registry accepted the tag, but has it at {found or 'no image'}"
            if tried < _TAG_CHECKS:
                self._repository.client.retry.pause(tried, Transient(text))
        self._state.tagging = tag if found else None
        raise ProtocolError(text, f"check whether somebody else publishes there, or {ASK_OPERATOR}")

    def _read_back(self, document: Document, tags: Sequence[str]) -> None:
        expected = {str(each.digest): each for each in document.walk()}
        expected.update((tag, document) for tag in tags)
        lost = [reference for reference, each in expected.items() if self._has(reference, each) is None]
        if lost:
            # HEAD found what GET does not: the registry has lost it, and gets it again.
            self._push_all(document)
            for tag in tags:
                self._repository.put_tag(tag, document)
            for reference, each in expected.items():
                if self._has(reference, each) is None:
                    raise _differs(reference, "nothing", each)

    def _has(self, reference: str, document: Document) -> Optional[bytes]:
        """The document that a reference names, read back; None if it is not there. Raises ProtocolError for another one."""
        content = self._repository.manifest(reference)
        if content is not None and content != document.content:
            raise _differs(reference, str(Digest.of(content)), document)
        return content


def _differs(reference: str, actual: str, document: Document) -> ProtocolError:
    return ProtocolError(
        f"reading {reference} back: the registry has {actual} instead of {document.digest}",
        f"check whether somebody else publishes there, or {ASK_OPERATOR}",
    )
