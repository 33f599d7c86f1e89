"""Provenance: what an image was built from, and who built it: an in-toto Statement v1 with the predicate of SLSA 1.0. Pure.

No times and no id of the invocation: both are optional, and builders whose images are the same have the same subject and the
same `buildDefinition`. Only `builder.id` tells their statements apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Mapping, Sequence, Tuple

from scratch_image.oci import canonical_json
from scratch_image.oci.digest import Digest

MEDIA_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://slsa.dev/provenance/v1"
# docs/build-type-v1.md says what the members mean; another meaning has another number.
BUILD_TYPE = "urn:scratch-image:build-type:v1"


@dataclass(frozen=True)
class Material:
    """What an image is made of: a `name`, the address of a target or the name of a lock, and the SHA-256 of its content in
    hexadecimal digits; of several `files`, that of their list, as bills of materials have it."""

    name: str
    sha256: str
    files: int = 1

    def to_dict(self) -> Dict[str, object]:
        """A ResourceDescriptor of in-toto."""
        values: Dict[str, object] = {"name": self.name, "digest": {"sha256": self.sha256}}
        return {**values, "annotations": {"scratch_image_files": self.files}} if self.files != 1 else values


@dataclass(frozen=True)
class Build:
    """What does not depend on the platform: the address of the `target`, its `fields` as written, the `defaults` that
    options and the environment gave to others, and the `builder`."""

    target: str
    fields: Mapping[str, object]
    defaults: Mapping[str, object]
    builder: str


def statement(name: str, subject: Digest, build: Build, materials: Sequence[Material]) -> bytes:
    """The statement about the image or index with the digest `subject`."""
    sources: Tuple[Material, ...] = tuple(sorted(set(materials), key=lambda each: (each.name, each.sha256)))
    parameters = {"target": build.target, "fields": dict(build.fields), "defaults": dict(build.defaults)}
    return canonical_json.encode(
        {
            "_type": STATEMENT_TYPE,
            "subject": [{"name": name, "digest": {"sha256": subject.hex}}],
            "predicateType": PREDICATE_TYPE,
            "predicate": {
                "buildDefinition": {
                    "buildType": BUILD_TYPE,
                    "externalParameters": parameters,
                    "resolvedDependencies": [each.to_dict() for each in sources],
                },
                "runDetails": {"builder": {"id": build.builder}},
            },
        }
    )
