"""One repository of a registry: its manifests and tags, and whether it has a blob.

distribution-spec 1.1.1: "Pulling manifests", "Checking if content exists in the registry", "Pushing Manifests".
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Callable, List, Mapping, Optional, Tuple
from urllib.parse import urljoin

from scratch_image.oci.digest import Digest
from scratch_image.oci.spec import MEDIA_TYPE_INDEX, MEDIA_TYPE_MANIFEST
from scratch_image.registry import json_object, responses
from scratch_image.registry.client import Client
from scratch_image.registry.errors import ASK_OPERATOR, ProtocolError, Refused, RegistryError
from scratch_image.registry.layout import Document
from scratch_image.registry.request import Body, Request, Response

# What a tag may point at today; without the list a registry could answer with the digest of a converted manifest.
_DOCKER = "application/vnd.docker.distribution.manifest"
_ACCEPT = f"{MEDIA_TYPE_INDEX}, {MEDIA_TYPE_MANIFEST}, {_DOCKER}.list.v2+json, {_DOCKER}.v2+json, */*;q=0.1"
# The responses to a change of an immutable tag: ECR 400, Harbor 412, Quay and GitLab 403, others 409.
_IMMUTABLE = (400, 403, 409, 412)
# The responses of a server that answers GET only.
_NO_HEAD = (405, 501)
# The responses to a document whose kind the registry does not take, and their codes.
_NOT_TAKEN = (400, 405, 406, 415, 422)
_NOT_TAKEN_CODES = frozenset(("MANIFEST_INVALID", "UNSUPPORTED", "UNKNOWN"))
# The responses of a registry without the API for referrers: 404 by the specification, others by experience.
_NO_REFERRERS = (400, 403, 404, 405, 406, 501)
# What is read of a list of referrers, which anybody who may push makes longer: pages, and bytes of all of them.
_PAGES, _LIST = 1_000, 64 << 20
_NEXT = re.compile(r'<([^<>]*)>\s*;\s*rel="?next"?')


_NOTHING: Mapping[str, str] = {}
_WITHOUT = "or publish without `sbom`, `provenance` and a signing key"
_NO_SUBJECTS = f"use a registry that takes manifests with a `subject` (OCI 1.1), {_WITHOUT}"
_LISTS_CHANGE = "exempt tags like {} from the rule that tags are immutable, " + _WITHOUT


class _TooLarge(RegistryError):
    """A blob has more bytes than are read."""


class Repository:
    """The repository that the registry calls `name`; `actions` are those that a login must allow."""

    def __init__(self, client: Client, name: str, actions: str = "pull,push") -> None:
        self.client = client
        self.name = name
        self._actions = actions

    def request(self, action: str, method: str, url: str) -> Request:
        """A request for the repository's actions. `url` may be relative to the repository's."""
        url = urljoin(self.client.endpoint.url(f"{self.name}/"), url)
        return Request(action, method, url, repository=self.name, scopes=(f"repository:{self.name}:{self._actions}",))

    def resolve(self, reference: str) -> Optional[Digest]:
        """The digest of the manifest that a tag or a digest names; None if it is not here. Raises RegistryError."""
        response = self._get_manifest("HEAD", f"looking for {reference}", reference)
        if response is None:
            return None
        try:
            return Digest.parse(response.header("docker-content-digest"))
        except ValueError:
            # The header is optional, and its algorithm free.
            content = response.body if response.request.method == "GET" else self.manifest(reference)
            return None if content is None else Digest.of(content)

    def get(self, reference: str) -> Optional[Response]:
        """The response with a manifest; None if it is not here. Raises RegistryError."""
        return self._get_manifest("GET", f"reading {reference}", reference)

    def manifest(self, reference: str) -> Optional[bytes]:
        """The bytes of a manifest; None if it is not here. Raises RegistryError."""
        response = self.get(reference)
        return None if response is None else response.body

    def referrers(self, subject: Digest) -> Optional[Tuple[Mapping[str, Any], ...]]:
        """What is attached to a manifest, as descriptors in JSON; None where the registry has no API for that. Raises
        RegistryError. distribution-spec 1.1.1, "Listing Referrers"."""
        request = self.request(f"listing what is attached to {subject}", "GET", f"referrers/{subject}")
        request = replace(request, headers={"Accept": MEDIA_TYPE_INDEX})
        entries: List[Mapping[str, Any]] = []
        size = 0
        for _ in range(_PAGES):
            response = self.client.send(request)
            size += len(response.body)
            page = _page(response)
            if page is None and (response.status in _NO_REFERRERS or response.status == 200) and not entries:
                return None
            if page is None:
                raise self.client.refused(response)
            entries += page
            following = _NEXT.search(response.header("link"))
            if not following:
                return tuple(entries)
            if size > _LIST:
                break
            url = self.client.endpoint.follow(response.request.url, following[1], request.action)
            if not self.client.endpoint.owns(url):
                raise ProtocolError(f"{request.action}: the next page is at another place than the registry")
            request = replace(request, url=url)
        text = f"{request.action}: the list has more than {_PAGES} pages or {_LIST >> 20} MiB"
        raise ProtocolError(text, f"remove from the registry what nobody needs, or {ASK_OPERATOR}")

    def small_blob(self, digest: Digest, limit: int) -> Optional[bytes]:
        """The bytes of a blob of at most `limit` bytes; None if it is not here, has more, or is another one. Raises
        RegistryError."""
        taken = bytearray()

        def start(status: int, headers: Mapping[str, str]) -> Callable[[bytes], None]:
            taken.clear()
            return take

        def take(piece: bytes) -> None:
            taken.extend(piece)
            if len(taken) > limit:
                raise _TooLarge("the blob is too large")

        request = self.request(f"reading blob {digest}", "GET", f"blobs/{digest}")
        try:
            response = self.client.send(replace(request, sink=start))
        except _TooLarge:
            return None
        if response.status == 404:
            return None
        if response.status != 200:
            raise self.client.refused(response)
        return bytes(taken) if Digest.of(bytes(taken)) == digest else None

    def has_blob(self, digest: Digest) -> bool:
        """Whether the repository has a blob; False if storage elsewhere does not say so. Raises RegistryError."""
        request = self.request(f"looking for blob {digest}", "HEAD", f"blobs/{digest}")
        response = self.client.send(request)
        if response.status in _NO_HEAD:
            # One byte is enough, and a server that sends all of them is not listened to.
            headers = {"Range": "bytes=0-0"}
            response = self.client.send(replace(request, method="GET", headers=headers, ignores_body=True))
        if response.status not in (200, 206, 404) and self.client.endpoint.owns(response.request.url):
            raise self.client.refused(response)
        return response.status in (200, 206)

    def put_manifest(self, document: Document) -> None:
        """Store a manifest or an index by its digest. Raises RegistryError."""
        response = self._put(f"storing manifest {document.digest}", str(document.digest), document)
        self._check(response, document)
        if not response.header("docker-content-digest") and self.resolve(str(document.digest)) != document.digest:
            raise ProtocolError(f"{response.request.action}: the registry accepted it, but does not have it")

    def put_artifact(self, document: Document, subject: Digest) -> bool:
        """Store a manifest that is attached to another one, by its digest; returns whether the registry lists it by itself:
        it answers `OCI-Subject` then. Raises RegistryError."""
        response = self._put(f"storing what is attached to {subject}", str(document.digest), document)
        if response.status not in (200, 201, 202):
            error = self.client.refused(response)
            if _is_not_taken(response, error):
                text = f"{error.text}; the registry has the image, but does not take what is attached to it"
                raise Refused(text, _NO_SUBJECTS)
            raise error
        self.check_digest(response, document.digest)
        if not response.header("docker-content-digest") and self.resolve(str(document.digest)) != document.digest:
            raise ProtocolError(f"{response.request.action}: the registry accepted it, but does not have it")
        return response.header("oci-subject") == str(subject)

    def put_list(self, tag: str, document: Document, etag: str) -> bool:
        """Point a tag at a list of referrers, if it is what had the `etag`; returns whether it was. Raises RegistryError."""
        response = self._put(f"tagging {tag}", tag, document, {"If-Match": etag} if etag else {})
        if response.status == 412 and etag:
            return False
        if response.status in _IMMUTABLE and self.resolve(tag) is not None:
            error = self.client.refused(response)
            text = f"{error.text}; the registry has no referrers API, so this tag lists what is attached to an image"
            raise Refused(text, _LISTS_CHANGE.format(tag))
        self._check(response, document)
        return True

    def put_tag(self, tag: str, document: Document) -> None:
        """Point a tag at a document of this repository, which an immutable tag may do already. Raises RegistryError."""
        response = self._put(f"tagging {tag}", tag, document)
        if response.status in _IMMUTABLE:
            current = self.resolve(tag)
            if current == document.digest:
                return
            if current is not None:
                error = self.client.refused(response)
                text = f"{error.text}; the tag is {current}, and the image is {document.digest}"
                codes = error.codes if isinstance(error, Refused) else ()
                raise Refused(text, f"if tags are immutable, publish under another one than {tag!r}", codes)
        self._check(response, document)

    def _get_manifest(self, method: str, action: str, reference: str) -> Optional[Response]:
        request = self.request(action, method, f"manifests/{reference}")
        request = replace(request, headers={"Accept": _ACCEPT})
        response = self.client.send(request)
        if method == "HEAD" and response.status not in (200, 404):
            # The response to HEAD has no body, and thus no reason.
            explained = self.client.send(replace(request, method="GET"))
            response = explained if explained.status == response.status or response.status in _NO_HEAD else response
        if response.status == 404:
            return None
        if response.status != 200:
            raise self.client.refused(response)
        return response

    def _put(self, action: str, reference: str, document: Document, more: Mapping[str, str] = _NOTHING) -> Response:
        # distribution-spec: the type "MUST" be the document's own; some registries refuse it with parameters.
        headers = {"Content-Type": document.media_type, **more}
        request = self.request(action, "PUT", f"manifests/{reference}")
        return self.client.send(replace(request, headers=headers, body=Body.of(document.content)))

    def _check(self, response: Response, document: Document) -> None:
        if response.status in (200, 201, 202):
            self.check_digest(response, document.digest)
            return
        error = self.client.refused(response)
        if document.media_type == MEDIA_TYPE_INDEX and _is_not_taken(response, error):
            # The manifests of an index are stored before it.
            text = f"{error.text}; it took the manifests of this image index, but it does not take the index"
            cure = "use a registry that accepts OCI image indexes, or publish a single platform: [scratch-image].platforms"
            raise Refused(text, cure)
        raise error

    def check_digest(self, response: Response, digest: Digest) -> None:
        """Raise ProtocolError if the registry stored something else than was sent. distribution-spec:
        `Docker-Content-Digest` "MUST" be the digest of that."""
        claimed = response.header("docker-content-digest")
        if claimed.startswith("sha256:") and claimed != str(digest):
            shown = responses.line(claimed, self.client.endpoint.secrets)
            raise ProtocolError(f"{response.request.action}: the registry says that it stored {shown} instead of {digest}")


def _page(response: Response) -> Optional[List[Mapping[str, Any]]]:
    """The entries of a page of a list of referrers; None if the response has none."""
    try:
        manifests = json_object.parse(response.body)["manifests"] if response.status == 200 else None
    except (ValueError, KeyError):
        return None
    return [entry for entry in manifests if isinstance(entry, dict)] if isinstance(manifests, list) else None


def _is_not_taken(response: Response, error: RegistryError) -> bool:
    codes = error.codes if isinstance(error, Refused) else ()
    return response.status in _NOT_TAKEN and _NOT_TAKEN_CODES.issuperset(codes)
