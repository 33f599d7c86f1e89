"""Pins down the lines, the summary and the JSON of images that were compared."""

from __future__ import annotations

import json
from typing import Any, Dict, List, Tuple

import pytest

from scratch_image.compare.asked import Answer, Missing, Question, answers_from_json, answers_to_json
from scratch_image.compare.verdicts import summary, to_dict, verdicts

PLACE: Dict[str, Any] = {"registry": "ghcr.io", "repository": "team/a", "tags": ("1", "latest")}
A = Question("src/a:image", "sha256:" + "a" * 64, **PLACE)


def block(*reasons: Tuple[str, str], platforms: Tuple[str, ...] = ("linux/amd64",), unread: Tuple[str, ...] = ()) -> Any:
    members = [{"kind": kind, "subject": "", "before": None, "after": None, "text": text} for kind, text in reasons]
    return {"platforms": list(platforms), "reasons": members, "notCompared": list(unread), "storedBytes": {}}


AMD64 = block(("module", "module x v1 → v2"), ("configuration", "user: 0 → 1"))
ARM64 = block(("go", "Go 1.24 → 1.25"), ("configuration", "user: 0 → 1"), platforms=("linux/arm64",))


@pytest.mark.parametrize(
    ("answer", "most", "want"),
    [
        (Answer(A, "same"), 3, ["src/a:image: same"]),
        (Answer(A, "not there"), 3, ["src/a:image: not there: ghcr.io/team/a:1, :latest"]),
        (Answer(A, "not there", text="it moved"), 3, ["src/a:image: not there: ghcr.io/team/a:1, :latest; it moved"]),
        (Answer(A, "skipped", text="`skip_push`"), 3, ["src/a:image: not published: `skip_push`"]),
        (Answer(A, "unknown", text="no login\n  fix: log in"), 3, ["src/a:image: cannot tell: no login", "  fix: log in"]),
        (
            Answer(A, "differs", platforms=(AMD64,)),
            3,
            ["src/a:image: differs because module x v1 → v2; user: 0 → 1"],
        ),
        (Answer(A, "differs", platforms=(AMD64,)), 1, ["src/a:image: differs because module x v1 → v2; and 1 more"]),
        (
            # What is not the reason of all platforms has its own, and all are ranked together.
            Answer(A, "differs", platforms=(AMD64, ARM64)),
            0,
            ["src/a:image: differs because linux/arm64: Go 1.24 → 1.25; linux/amd64: module x v1 → v2; user: 0 → 1"],
        ),
        (
            Answer(A, "differs", platforms=(block(unread=("a layer is not there",)),)),
            3,
            ["src/a:image: differs; not compared: a layer is not there"],
        ),
        (
            # A name in a foreign image starts no line, moves no cursor and turns no text.
            Answer(A, "differs", platforms=(block(("file", "file /a\nsrc/b:image: same\x1b[2J\u202e\u3164: new")),)),
            3,
            ["src/a:image: differs because file /a\\nsrc/b:image: same\\x1b[2J\\u202e\\u3164: new"],
        ),
    ],
)
def test_lines(answer: Answer, most: int, want: List[str]) -> None:
    (verdict,) = verdicts([answer])
    assert verdict.lines(most) == want


def test_names_that_hold_different_images_have_a_line_each() -> None:
    one, other = A._replace(tags=("1",)), A._replace(tags=("latest", "x"))
    (verdict,) = verdicts([Answer(one, "same"), Answer(other, "differs", platforms=(AMD64,))])
    assert verdict.state == "differs"
    assert verdict.lines(1) == [
        "src/a:image (ghcr.io/team/a:1): same",
        "src/a:image (ghcr.io/team/a:latest, :x): differs because module x v1 → v2; and 1 more",
    ]


def test_names_that_hold_the_same_are_one_line() -> None:
    other = A._replace(registry="docker.io")
    (verdict,) = verdicts([Answer(A, "same"), Answer(other, "same")])
    assert verdict.lines(3) == ["src/a:image: same"]
    (verdict,) = verdicts([Answer(A, "not there"), Answer(other, "unknown", text="no\n  fix: x")])
    assert verdict.lines(3) == [
        "src/a:image (ghcr.io/team/a:1, :latest): not there",
        "src/a:image (docker.io/team/a:1, :latest): cannot tell: no",
        "  fix: x",
    ]


@pytest.mark.parametrize(
    ("states", "want"),
    [
        (("same",), "same"),
        (("same", "not there"), "not there"),
        (("not there", "differs"), "differs"),
        (("differs", "unknown", "same"), "unknown"),
        (("skipped",), "skipped"),
    ],
)
def test_the_state_of_an_image_is_that_of_its_worst_name(states: Tuple[str, ...], want: str) -> None:
    (verdict,) = verdicts([Answer(A, state) for state in states])
    assert verdict.state == want


def test_the_summary_counts_a_blob_once_per_registry() -> None:
    blob, other = Missing("ghcr.io", "sha256:1", 1_500_000), Missing("docker.io", "sha256:1", 1_500_000)
    b = A._replace(image="src/b:image")
    found = verdicts([Answer(A, "differs", missing=(blob, other)), Answer(b, "not there", missing=(blob,))])
    sent = "`publish` would send 3 000 000 bytes (3.0 MB) in 2 blobs"
    assert summary(found, "") == f"2 images: 1 different, 1 not there; {sent}"
    assert to_dict(found)["summary"] == {
        "same": 0,
        "differs": 1,
        "not there": 1,
        "unknown": 0,
        "skipped": 0,
        "blobs": 2,
        "bytes": 3_000_000,
    }
    one = verdicts([Answer(A, "same")])
    assert summary(one, "") == "1 image: 1 the same; `publish` would send 0 bytes in 0 blobs"
    assert summary(one, "old/dist") == "1 image: 1 the same; 0 bytes in 0 blobs not in old/dist"
    unknown = verdicts([Answer(A, "unknown", text="no route")])
    assert summary(unknown, "") == "1 image: 1 not known; `publish` would send at least 0 bytes in 0 blobs"
    assert summary(unknown, "old/dist") == "1 image: 1 not known; at least 0 bytes in 0 blobs not in old/dist"


def test_json() -> None:
    answer = Answer(A, "differs", "sha256:h", platforms=(AMD64,), missing=(Missing("ghcr.io", "sha256:1", 7),))
    (entry,) = json.loads(json.dumps(to_dict(verdicts([answer]))))["images"].values()
    (place,) = entry["compared"]
    assert (entry["state"], entry["digest"]) == ("differs", A.root)
    assert place["names"] == ["ghcr.io/team/a:1", "ghcr.io/team/a:latest"] and place["digest"] == "sha256:h"
    assert place["platforms"] == [AMD64] and place["missing"] == [{"digest": "sha256:1", "size": 7}]


def test_answers_keep_names_that_are_not_unicode() -> None:
    answer = Answer(A, "differs", platforms=(block(("file", "file /\udcff: new")),))
    assert answers_from_json(answers_to_json((answer,))) == (answer,)
