"""One repository of a registry: its manifests and tags, and whether it has a blob.

distribution-spec 1.1.1: "Pulling manifests", "Checking if content exists in the registry", "Pushing Manifests".
"""

from __future__ import annotations

from typing import Mapping, Optional

from scratch_image.oci.digest import Digest
from scratch_image.oci.spec import MEDIA_TYPE_INDEX, MEDIA_TYPE_MANIFEST
from scratch_image.registry.client import Session
from scratch_image.registry.endpoint import Origin
from scratch_image.registry.errors import Refused, RegistryError
from scratch_image.registry.layout import Document
from scratch_image.registry.transport import Answer, Body

# What a tag may point at today; without the list a registry could answer with the digest of a converted manifest.
_ACCEPT = ", ".join(
    (
        MEDIA_TYPE_INDEX,
        MEDIA_TYPE_MANIFEST,
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
        "*/*;q=0.1",
    )
)
# What registries answer to a change of a tag that may not change: ECR 400, Harbor 412, Quay and GitLab 403, others 409.
_UNCHANGEABLE = (400, 403, 409, 412)

_NOTHING: Mapping[str, str] = {}


class Repository:
    """`name` as the registry knows it."""

    def __init__(self, session: Session, name: str) -> None:
        self.session = session
        self.name = name

    def url(self, path: str) -> str:
        return self.session.endpoint.url(f"{self.name}/{path}")

    def ask(self, what: str, method: str, path: str, headers: Mapping[str, str] = _NOTHING) -> Answer:
        return self.session.ask(what, method, self.url(path), self.name, headers)

    def refused(self, what: str, answer: Answer) -> Refused:
        return self.session.refused(what, answer, self.name)

    def find(self, reference: str) -> Optional[Digest]:
        """The digest that a tag, or a digest, has here; None where it is not here."""
        what = f"looking for {reference}"
        answer = self.ask(what, "HEAD", f"manifests/{reference}", {"Accept": _ACCEPT})
        if answer.status == 404:
            return None
        if answer.status != 200:
            # An answer to HEAD has no body, and so does not say why.
            said = self.ask(what, "GET", f"manifests/{reference}", {"Accept": _ACCEPT})
            raise self.refused(what, said if said.status == answer.status else answer)
        try:
            return Digest.parse(answer.header("docker-content-digest"))
        except ValueError:
            # The header is optional, and its algorithm free.
            content = self.read(reference)
            return None if content is None else Digest.of(content)

    def read(self, reference: str) -> Optional[bytes]:
        """The bytes of a manifest, None where there is none."""
        what = f"reading {reference}"
        answer = self.ask(what, "GET", f"manifests/{reference}", {"Accept": _ACCEPT})
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise self.refused(what, answer)
        return answer.body

    def has_blob(self, digest: Digest) -> bool:
        """Storage elsewhere may not allow to ask: a blob that is not surely here is not here."""
        what = f"looking for blob {digest}"
        answer = self.ask(what, "HEAD", f"blobs/{digest}")
        elsewhere = Origin.of(answer.url) != self.session.endpoint.origin
        if answer.status not in (200, 404) and not elsewhere:
            raise self.refused(what, answer)
        return answer.status == 200

    def put(self, document: Document) -> None:
        """Stores a manifest or an index by its digest."""
        what = f"storing manifest {document.digest}"
        answer = self._put(what, str(document.digest), document)
        self._check(what, answer, document.digest)
        if not answer.header("docker-content-digest") and self.find(str(document.digest)) != document.digest:
            raise RegistryError(f"{what}: the registry took it, and does not have it", "ask whoever runs the registry")

    def tag(self, tag: str, document: Document) -> None:
        """Points a tag at a document that is here. A tag that may not change is right where it points there already."""
        what = f"tagging {tag}"
        answer = self._put(what, tag, document)
        if answer.status in _UNCHANGEABLE:
            found = self.find(tag)
            if found == document.digest:
                return
            if found is not None:
                error = self.refused(what, answer)
                text = f"{error.text}; the tag is {found}, and the image is {document.digest}"
                cure = f"where tags may not change, publish under another one than {tag!r}"
                raise Refused(text, cure, error.status, error.codes)
        self._check(what, answer, document.digest)

    def _put(self, what: str, reference: str, document: Document) -> Answer:
        # distribution-spec: the type "MUST" be the document's own; some registries refuse it with parameters.
        headers = {"Content-Type": document.media_type}
        url = self.url(f"manifests/{reference}")
        return self.session.ask(what, "PUT", url, self.name, headers, Body.of(document.content))

    def _check(self, what: str, answer: Answer, digest: Digest) -> None:
        if answer.status not in (200, 201, 202):
            raise self.refused(what, answer)
        check_digest(what, answer, digest)


def check_digest(what: str, answer: Answer, digest: Digest) -> None:
    """distribution-spec: where `Docker-Content-Digest` is given, it "MUST" be that of what was sent."""
    claimed = answer.header("docker-content-digest")
    if claimed.startswith("sha256:") and claimed != str(digest):
        raise RegistryError(
            f"{what}: the registry says that it stored {claimed} instead of {digest}", "ask whoever runs the registry"
        )
