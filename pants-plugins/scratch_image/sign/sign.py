"""Signs an image: its root and every manifest below it, and the documents that are attached to them. Pure but for the
signatures, which are deterministic: the same image, key and documents give the same bundles."""

from __future__ import annotations

from typing import Callable, Iterator, Optional, Sequence, Tuple

from scratch_image.layout.documents import parse
from scratch_image.layout.limits import Limits
from scratch_image.layout.problems import Problems
from scratch_image.layout.referrers import Attached
from scratch_image.oci.digest import Digest
from scratch_image.oci.referrer import Referrer
from scratch_image.oci.spec import Descriptor
from scratch_image.sign.bundle import attached, bundle
from scratch_image.sign.dsse import PAYLOAD_TYPE
from scratch_image.sign.errors import SigningError
from scratch_image.sign.keys import SigningKey
from scratch_image.sign.statement import SBOMS, SIGNATURE, read_statement, statement

# The bytes of the document that a manifest attaches; None if they cannot be read.
ContentOf = Callable[[Attached], Optional[bytes]]
# What is to be signed: the type of the predicate, and the statement.
Payload = Tuple[str, bytes]


def payloads(subject: Digest, documents: Sequence[Attached], content_of: ContentOf, limits: Limits) -> Iterator[Payload]:
    """What is signed of a manifest or index: that it is ours, and each SBOM and provenance among the `documents` that are
    attached to it. Raises SigningError for a document that cannot be signed, and what `content_of` raises."""
    yield SIGNATURE, statement(subject, SIGNATURE, {})
    for document in documents:
        if document.artifact_type in SBOMS or document.artifact_type == PAYLOAD_TYPE:
            yield _payload(subject, document, content_of(document), limits)


def signed(subject: Descriptor, payload: Payload, key: SigningKey) -> Referrer:
    """The referrer with the bundle of a payload. Raises SigningError."""
    predicate_type, content = payload
    return attached(subject, bundle(content, key), predicate_type)


def _payload(subject: Digest, document: Attached, content: Optional[bytes], limits: Limits) -> Payload:
    where = f"the document {document.digest} of the type {document.artifact_type}"
    cure = "package the image again"
    if content is None:
        raise SigningError(f"{where} cannot be read", cure)
    predicate_type = SBOMS.get(document.artifact_type)
    if predicate_type is None:
        try:
            made = read_statement(content, limits)
        except ValueError as error:
            raise SigningError(f"{where} is not a statement: {error}", cure) from None
        if made.subjects != (subject,):
            raise SigningError(f"{where} is attached to {subject}, and states something of another image", cure)
        return made.predicate_type, content
    problems = Problems(1)
    values = parse(content, "the document", problems, limits)
    if values is None:
        raise SigningError(f"{where} is not valid: {problems.problems[0]}", cure)
    return predicate_type, statement(subject, predicate_type, values.values)
