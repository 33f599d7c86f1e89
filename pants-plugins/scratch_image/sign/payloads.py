"""What is signed of an image: its root and every manifest below it, and the documents that are attached to them. Pure."""

from __future__ import annotations

from typing import Iterable, Iterator, NamedTuple, Optional, Tuple

from scratch_image.layout.documents import parse
from scratch_image.layout.limits import Limits
from scratch_image.layout.problems import Problems
from scratch_image.oci.digest import Digest
from scratch_image.sign.dsse import PAYLOAD_TYPE
from scratch_image.sign.errors import SigningError
from scratch_image.sign.statement import SBOMS, SIGNATURE, read_statement, statement

# What is to be signed: the type of the predicate, and the statement.
Payload = Tuple[str, bytes]


class Document(NamedTuple):
    """What is attached to an image: the digest of the manifest that attaches it, its type, and its bytes, which are None if
    they cannot be read."""

    digest: Digest
    artifact_type: str
    content: Optional[bytes]


def is_signed(artifact_type: str) -> bool:
    """Whether documents of a type are signed: SBOMs and provenance are."""
    return artifact_type in SBOMS or artifact_type == PAYLOAD_TYPE


def payloads(subject: Digest, documents: Iterable[Document], limits: Limits) -> Iterator[Payload]:
    """What is signed of a manifest or index: that it is ours, and those of the documents that are attached to it which are
    signed. Raises SigningError for one that cannot be."""
    yield SIGNATURE, statement(subject, SIGNATURE, {})
    for document in documents:
        if is_signed(document.artifact_type):
            yield _payload(subject, document, limits)


def _payload(subject: Digest, document: Document, limits: Limits) -> Payload:
    content = document.content
    where = f"the document {document.digest} of the type {document.artifact_type}"
    cure = "package the image again"
    if content is None:
        raise SigningError(f"{where} cannot be read", cure)
    predicate_type = SBOMS.get(document.artifact_type)
    if predicate_type is None:
        try:
            made = read_statement(content, limits)
            # It becomes an annotation, and half of a surrogate pair cannot be written.
            made.predicate_type.encode("utf-8")
        except ValueError as error:
            raise SigningError(f"{where} is not a statement: {error}", cure) from None
        if made.subjects != (subject,):
            raise SigningError(f"{where} is attached to {subject}, and states something of another image", cure)
        return made.predicate_type, content
    problems = Problems(1)
    values = parse(content, "the document", problems, limits)
    if values is None:
        raise SigningError(f"{where} is not valid: {problems.problems[0]}", cure)
    try:
        return predicate_type, statement(subject, predicate_type, values.values)
    except ValueError as error:
        # What Python reads and JSON cannot hold: 1e999, and half of a surrogate pair.
        raise SigningError(f"{where} is not valid: {error}", cure) from None
