"""Provenance in a report's `attestations`: what in it follows from the image. Who built the image does not."""

from __future__ import annotations

from typing import List, Sequence, Set

from scratch_image.attest import provenance
from scratch_image.layout.blobs import Blobs
from scratch_image.layout.documents import JsonObject, parse
from scratch_image.layout.problems import shown
from scratch_image.layout.tree import FILE
from scratch_image.oci.digest import Digest
from scratch_image.oci.names import CREATED_BY_PROGRAM
from scratch_image.validate.image import CheckedImage


def check_statement(
    entry: JsonObject, content: bytes, subject: Digest, images: Sequence[CheckedImage], blobs: Blobs
) -> None:
    """Compares a statement with its subject, a manifest or the index, and with the programs in it."""
    where = f"{entry.where} document"
    statement = parse(content, where, blobs.problems, blobs.limits)
    if statement is None:
        return
    for name, want in (("_type", provenance.STATEMENT_TYPE), ("predicateType", str(entry.values.get("predicateType")))):
        if statement.values.get(name) != want:
            statement.mismatch(name, shown(statement.values.get(name)), shown(want))
    digests = _digests(statement, "subject")
    if digests != {subject.hex}:
        statement.mismatch("subject", ", ".join(sorted(digests)) or "nothing", subject.hex)
    predicate = statement.child("predicate", required=True)
    definition = predicate.child("buildDefinition", required=True) if predicate else None
    if definition is None:
        return
    if definition.values.get("buildType") != provenance.BUILD_TYPE:
        definition.mismatch("buildType", shown(definition.values.get("buildType")), shown(provenance.BUILD_TYPE))
    materials = _digests(definition, "resolvedDependencies")
    built = [image for image in images if image.manifest == subject] or images
    for program in (each for image in built for each in _programs(image)):
        if program not in materials:
            definition.broken("resolvedDependencies", program, f"the program of the image, {program}, is not there")


def _digests(values: JsonObject, name: str) -> Set[str]:
    """The SHA-256 of each ResourceDescriptor of a list."""
    found: Set[str] = set()
    for entry in values.children(name, required=True) or ():
        digest = entry.child("digest", required=True) if entry else None
        sha256 = digest.member("sha256", str, required=True) if digest else None
        found.update([sha256] if sha256 else ())
    return found


def _programs(image: CheckedImage) -> List[str]:
    layer = image.layer_of(CREATED_BY_PROGRAM)
    nodes = layer.nodes.values() if layer else ()
    return [node.digest[len("sha256:") :] for node in nodes if node.kind == FILE and node.digest]
