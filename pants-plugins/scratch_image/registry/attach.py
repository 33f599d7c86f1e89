"""What is attached to an image: its documents and its signatures, after its manifests and before its tags, so that nobody
sees a tag whose image lacks them. What a registry lists is there, and is not sent again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from scratch_image.layout.limits import ATTACHED, DEFAULT
from scratch_image.layout.referrers import read_attached as read_manifest
from scratch_image.oci.digest import Digest
from scratch_image.registry.artifact import PREDICATE_TYPE, Artifact
from scratch_image.registry.errors import ProtocolError, Refused
from scratch_image.registry.layout import Document
from scratch_image.registry.referrers import Entry, Referrers, annotation, may_be
from scratch_image.registry.repository import Repository

if TYPE_CHECKING:
    # It brings the library `cryptography`, which is here only if something signs.
    from scratch_image.registry.signer import Signer
    from scratch_image.sign.payloads import Payload

BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
# Bundles of others that are read in search of one by the same key, for each statement.
_READ = 100
# Sends the blobs of a document.
PushBlobs = Callable[[List[Document]], None]


class Attachments:
    """What is attached to one image: `artifacts` are those of its layout, by subject, and `signer`, if there is one, signs
    the image and them."""

    def __init__(
        self,
        repository: Repository,
        referrers: Referrers,
        artifacts: Mapping[Digest, Tuple[Artifact, ...]],
        signer: Optional[Signer],
        root: Document,
    ) -> None:
        self._repository = repository
        self._referrers = referrers
        self._signer = signer
        self._documents = tuple({each.digest: each for each in root.walk()}.values())
        self._artifacts = {each.digest: list(artifacts.get(each.digest, ())) for each in self._documents}
        # Of a command's signatures, what is to be signed; with a key they are made here, before anything is sent.
        self._payloads: Dict[Digest, List[Payload]] = {each.digest: [] for each in self._documents}
        self._signatures: Dict[Digest, Payload] = {}
        if signer:
            for document in self._documents:
                self._prepare(document, signer)

    def push(
        self, push_blobs: PushBlobs, note: Callable[[Digest], None], *, read_back: bool = False, ask_all: bool = False
    ) -> None:
        """Send what is not listed, one subject after the other, and note the digest of each. With `read_back`, compare what
        the registry has then; with `ask_all`, what is listed is looked for as well. Raises RegistryError."""
        for document in self._documents:
            artifacts, payloads = self._missing(document, ask_all)
            if self._signer:
                artifacts += [self._signer.artifact(document, payload) for payload in payloads]
            stored = []
            for artifact in artifacts:
                stored.append(self._push(artifact, push_blobs))
                note(artifact.digest)
            if artifacts:
                self._referrers.add(self._repository, document.digest, artifacts, stored)
            for artifact in artifacts if read_back else ():
                if self._repository.manifest(str(artifact.digest)) != artifact.document.content:
                    raise ProtocolError(f"reading {artifact.digest} back: the registry has something else")

    def compare(self, *, ask_all: bool = False) -> List[str]:
        """What `push` would do, in lines. Raises RegistryError."""
        lines = []
        for document in self._documents:
            artifacts, payloads = self._missing(document, ask_all)
            lines += [f"attach {artifact.digest} to {document.digest}: {artifact.kind}" for artifact in artifacts]
            lines += [f"sign   {document.digest}: {predicate_type}" for predicate_type, _ in payloads]
        return lines

    def _missing(self, document: Document, ask_all: bool) -> Tuple[List[Artifact], List[Payload]]:
        """What is not listed of one manifest: artifacts, and what a command has to sign."""
        wanted, payloads = self._artifacts[document.digest], self._payloads[document.digest]
        if not wanted and not payloads:
            return [], []
        listed = self._referrers.listed(self._repository, document.digest)
        unlisted = self._referrers.lacking(listed, wanted)
        lacking = [each for each in unlisted if not self._is_signed_already(each, listed)]
        if ask_all:
            lacking += [each for each in wanted if each not in unlisted and not self._is_complete(each)]
        return lacking, [payload for payload in payloads if not self._is_signed(payload, listed)]

    def _prepare(self, document: Document, signer: Signer) -> None:
        artifacts = self._artifacts[document.digest]
        for payload in signer.payloads(document, artifacts):
            if signer.always_same:
                made = signer.artifact(document, payload)
                self._signatures[made.digest] = payload
                artifacts.append(made)
            else:
                self._payloads[document.digest].append(payload)

    def _push(self, artifact: Artifact, push_blobs: PushBlobs) -> bool:
        push_blobs([artifact.document])
        try:
            return self._repository.put_artifact(artifact.document, artifact.subject)
        except Refused as error:
            if not error.content_unknown:
                raise
            # A blob was there a moment ago.
            push_blobs([artifact.document])
            return self._repository.put_artifact(artifact.document, artifact.subject)

    def _is_signed_already(self, artifact: Artifact, listed: Sequence[Entry]) -> bool:
        payload = self._signatures.get(artifact.digest)
        return payload is not None and self._is_signed(payload, listed)

    def _is_complete(self, artifact: Artifact) -> bool:
        blobs = artifact.document.all_blobs
        is_stored = self._repository.resolve(str(artifact.digest)) == artifact.digest
        return is_stored and all(self._repository.has_blob(blob.digest) for blob in blobs)

    def _is_signed(self, payload: Payload, listed: Sequence[Entry]) -> bool:
        """Whether a bundle that is listed is by the same key, and states the same."""
        read = 0
        for entry in listed:
            if not may_be(entry, BUNDLE) or annotation(entry, PREDICATE_TYPE) not in (None, payload[0]):
                continue
            read += 1
            if read > _READ:
                break
            content = self._bundle(entry)
            if content is not None and self._signer and self._signer.has_signed(content, payload[1]):
                return True
        return False

    def _bundle(self, entry: Entry) -> Optional[bytes]:
        try:
            digest = Digest.parse(str(entry.get("digest")))
        except ValueError:
            return None
        manifest = self._repository.manifest(str(digest))
        attached = read_manifest(manifest, DEFAULT) if manifest is not None else None
        if attached is None or attached.digest != digest or len(attached.layers) != 1 or attached.layers[0].digest is None:
            return None
        return self._repository.small_blob(attached.layers[0].digest, ATTACHED.json)
