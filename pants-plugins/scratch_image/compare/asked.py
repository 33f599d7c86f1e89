"""The contract of the process that compares images with what registries and older directories hold: Questions and Answers,
as JSON, which both sides import. Neither holds a credential."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any, Mapping, NamedTuple, Optional, Tuple

from scratch_image.oci import canonical_json
from scratch_image.registry.plan import RegistrySettings

SAME, DIFFERS, ABSENT, UNKNOWN, SKIPPED = STATES = ("same", "differs", "not there", "unknown", "skipped")
"""What an image turns out to be, beside what is held under its name; SKIPPED is one that is published under no name."""


class Blob(NamedTuple):
    """A blob of an image: `size` is in bytes."""

    digest: str
    size: int


class Question(NamedTuple):
    """What is asked of one image and one place. The image has an address, the digest of its manifest or index, blobs, in
    `program` the digest of the layer of its program, empty for a debug image, and a number of platforms.

    The place is a repository with `tags` in a `registry`, or a `path`, which people know as `shown`. `held` is the digest
    that is there, as soon as it is known, and `directory` is where the packaged image is, to be compared; empty to ask only.
    """

    image: str
    root: str
    blobs: Tuple[Blob, ...] = ()
    program: str = ""
    platforms: int = 1
    registry: str = ""
    repository: str = ""
    tags: Tuple[str, ...] = ()
    path: str = ""
    shown: str = ""
    held: str = ""
    directory: str = ""

    @property
    def names(self) -> Tuple[str, ...]:
        """The names under which the image is looked for."""
        return tuple(f"{self.registry}/{self.repository}:{tag}" for tag in self.tags) or (self.shown,)


class Missing(NamedTuple):
    """A blob that the registry, or an older directory where that is empty, does not have."""

    registry: str
    digest: str
    size: int


class Answer(NamedTuple):
    """What is at the place of a question: `state` is one of STATES, `held` the digest there. `text` is a sentence: why that
    cannot be told, or more on what is not there. `platforms` is the comparison, as `diff --json` has it. `missing` are the
    blobs that `publish` would send."""

    question: Question
    state: str
    held: str = ""
    text: str = ""
    platforms: Tuple[Mapping[str, Any], ...] = ()
    missing: Tuple[Missing, ...] = ()


@dataclass(frozen=True)
class ComparePlan:
    """The questions of one process, which writes its answers to the file `answers`. `older` is the directory that paths are
    in, for images that moved. `known` is the path of the file with the locations of blobs, and `deadline` is in seconds."""

    questions: Tuple[Question, ...]
    answers: str
    registries: Tuple[RegistrySettings, ...] = ()
    older: str = ""
    known: Optional[str] = None
    deadline: float = 600.0

    def to_json(self) -> bytes:
        """The plan in canonical JSON."""
        members = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        members["questions"] = [_members(question) for question in self.questions]
        members["registries"] = list(map(dataclasses.asdict, self.registries))
        return canonical_json.encode(members)

    @classmethod
    def from_json(cls, content: bytes) -> ComparePlan:
        """The plan that `to_json` wrote."""
        members = json.loads(content)
        members["questions"] = tuple(map(_question, members["questions"]))
        members["registries"] = tuple(RegistrySettings(**each) for each in members["registries"])
        return cls(**members)


def answers_to_json(answers: Tuple[Answer, ...]) -> bytes:
    """The answers as JSON in ASCII: the names in foreign images need not be Unicode."""
    members = [
        {
            **answer._asdict(),
            "question": _members(answer.question),
            "platforms": list(answer.platforms),
            "missing": [each._asdict() for each in answer.missing],
        }
        for answer in answers
    ]
    return json.dumps(members).encode("ascii")


def answers_from_json(content: bytes) -> Tuple[Answer, ...]:
    """The answers that `answers_to_json` wrote."""
    return tuple(
        Answer(
            **{
                **each,
                "question": _question(each["question"]),
                "platforms": tuple(each["platforms"]),
                "missing": tuple(Missing(**blob) for blob in each["missing"]),
            }
        )
        for each in json.loads(content)
    )


def _members(question: Question) -> Mapping[str, Any]:
    return {**question._asdict(), "blobs": [blob._asdict() for blob in question.blobs], "tags": list(question.tags)}


def _question(members: Mapping[str, Any]) -> Question:
    blobs = tuple(Blob(**blob) for blob in members["blobs"])
    return Question(**{**members, "blobs": blobs, "tags": tuple(members["tags"])})
