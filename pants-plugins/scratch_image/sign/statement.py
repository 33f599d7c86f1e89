"""in-toto statements: what is said of which image (github.com/in-toto/attestation, spec/v1/statement.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Mapping, Tuple

from scratch_image.layout.documents import JsonObject, parse
from scratch_image.layout.limits import Limits
from scratch_image.layout.problems import Problems
from scratch_image.oci import canonical_json
from scratch_image.oci.digest import Digest

STATEMENT = "https://in-toto.io/Statement/v1"
# The older form, which cosign writes as well; its members are the same.
_STATEMENTS = (STATEMENT, "https://in-toto.io/Statement/v0.1")
SIGNATURE = "https://sigstore.dev/cosign/sign/v1"
PROVENANCE = "https://slsa.dev/provenance/v1"
# The names of predicate types in `cosign verify-attestation --type`.
NAMES: Mapping[str, str] = {
    "signature": SIGNATURE,
    "slsaprovenance1": PROVENANCE,
    "cyclonedx": "https://cyclonedx.org/bom",
    "spdxjson": "https://spdx.dev/Document",
}
# Documents that are signed: media type of the document → predicate type.
SBOMS: Mapping[str, str] = {
    "application/vnd.cyclonedx+json": NAMES["cyclonedx"],
    "application/spdx+json": NAMES["spdxjson"],
}


def type_name(predicate_type: str) -> str:
    """What a predicate type is called in messages: its name in NAMES, or itself."""
    return next((name for name, uri in NAMES.items() if uri == predicate_type), predicate_type)


@dataclass(frozen=True)
class Statement:
    """What a payload states: the type of its predicate, the digests of its subjects, and its predicate."""

    predicate_type: str
    subjects: Tuple[Digest, ...]
    predicate: Mapping[str, object]

    @property
    def comparable(self) -> bytes:
        """What two builders state alike. Of a provenance it is `buildDefinition`: `runDetails` names the builder, and
        builders with other ids sign other statements (slsa.dev/spec/v1.0/provenance)."""
        said: Mapping[str, object] = self.predicate
        if self.predicate_type == PROVENANCE:
            said = {"buildDefinition": self.predicate.get("buildDefinition")}
        subjects = sorted(map(str, self.subjects))
        value: Dict[str, object] = {"type": self.predicate_type, "subjects": subjects, "predicate": said}
        return canonical_json.encode(value)


def statement(subject: Digest, predicate_type: str, predicate: Mapping[str, object]) -> bytes:
    """The payload that states a predicate of one image."""
    return canonical_json.encode(
        {
            "_type": STATEMENT,
            "subject": [{"digest": {"sha256": subject.hex}}],
            "predicateType": predicate_type,
            "predicate": dict(predicate),
        }
    )


def read_statement(payload: bytes, limits: Limits) -> Statement:
    """The statement in a payload. Raises ValueError, with what is wrong."""
    problems = Problems(1)
    values = parse(payload, "the statement", problems, limits)
    if values is not None:
        made = _read(values)
        if made and not problems.problems:
            return made
    raise ValueError(str(problems.problems[0]))


def _read(values: JsonObject) -> Statement:
    kind = values.member("_type", str, required=True)
    if kind is not None and kind not in _STATEMENTS:
        values.expected("_type", f"{STATEMENT!r}", kind)
    predicate_type = values.member("predicateType", str, required=True) or ""
    subjects = []
    for subject in filter(None, values.children("subject", required=True) or ()):
        digests = subject.child("digest", required=True)
        text = digests.member("sha256", str) if digests else None
        try:
            subjects.append(Digest(text or ""))
        except ValueError:
            # A subject by another algorithm is none of ours.
            continue
    predicate = values.child("predicate")
    return Statement(predicate_type, tuple(subjects), predicate.values if predicate else {})
