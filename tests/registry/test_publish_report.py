"""Pins down the report of what was published."""

from __future__ import annotations

import io
import json

import pytest

from scratch_image.oci.digest import Digest
from scratch_image.registry import json_object, report
from scratch_image.registry.errors import RegistryError
from scratch_image.registry.plan import Push, PushPlan
from scratch_image.registry.progress import Progress

A, B = Digest("a" * 64), Digest("b" * 64)


def reporting(directory, run, reference="r/a:1", digest=A, state=True):
    name, _, tag = reference.partition(":")
    registry, _, repository = name.partition("/")
    push = Push("oci", digest, registry, repository, (tag,), "src:image")
    path = str(directory / "state" / "run.json") if state else None
    return PushPlan((push,), report=str(directory / "report.json"), run_state=path, run=run)


@pytest.mark.parametrize("before", [None, b"{", b"[]", b'{"b:1": "sha256:b"}'])
def test_the_report_is_merged(before, tmp_path):
    path = tmp_path / "report.json"
    if before:
        path.write_bytes(before)
    report.write(reporting(tmp_path, "", state=False), {"a:1": "sha256:a"})
    more = {"b:1": "sha256:b"} if before and b"b:1" in before else {}
    assert json.loads(path.read_bytes()) == {"a:1": "sha256:a", **more}


def test_a_report_is_of_one_run(tmp_path):
    """Processes of one run add to it; another run does not have what it did not publish."""
    report.write(reporting(tmp_path, "7"), {"a:1": "sha256:a"})
    report.write(reporting(tmp_path, "7"), {"b:1": "sha256:b"})
    assert json.loads((tmp_path / "report.json").read_bytes()) == {"a:1": "sha256:a", "b:1": "sha256:b"}
    report.write(reporting(tmp_path, "8"), {"c:1": "sha256:c"})
    assert json.loads((tmp_path / "report.json").read_bytes()) == {"c:1": "sha256:c"}


def test_two_images_do_not_get_one_name_in_a_run(tmp_path):
    report.write(reporting(tmp_path, "7"), {"r/a:1": str(A)})
    assert report.conflicts(reporting(tmp_path, "7")) == []
    assert report.conflicts(reporting(tmp_path, "7", "r/a:2", B)) == []
    assert report.conflicts(reporting(tmp_path, "8", "r/a:1", B)) == []
    (text,) = report.conflicts(reporting(tmp_path, "7", "r/a:1", B))
    assert text.startswith(f"src:image: r/a:1 was published in this run already, as {A}, by another target\n  fix: give one")


def test_what_was_told_is_not_told_again_in_a_run(tmp_path):
    """Each image is a process of its own."""
    plan = reporting(tmp_path, "7")
    assert report.noticed(plan) == ()
    stream = io.StringIO()
    progress = Progress(stream, 1, False, noticed=report.noticed(plan))
    progress.notice("soon")
    report.write(plan, {}, progress.noticed)
    # Nothing was published, so there is no report yet.
    assert report.noticed(plan) == ("soon",) and not (tmp_path / "report.json").exists()
    progress = Progress(stream, 1, False, noticed=report.noticed(plan))
    progress.notice("soon")
    progress.notice("now")
    assert stream.getvalue() == "soon\nnow\n"
    report.write(plan, {"a:1": "sha256:a"}, progress.noticed)
    assert report.noticed(plan) == ("now", "soon")
    assert json.loads((tmp_path / "report.json").read_bytes()) == {"a:1": "sha256:a"}
    assert report.noticed(reporting(tmp_path, "8")) == () == report.noticed(reporting(tmp_path, "7", state=False))


@pytest.mark.parametrize("noticed", ["soon", [7], {"a": 1}, None])
def test_what_was_told_may_be_damaged(noticed, tmp_path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "run.json").write_text(json.dumps({"run": "7", "noticed": noticed}))
    assert report.noticed(reporting(tmp_path, "7")) == ()


def test_a_file_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    path = tmp_path / "file" / "report.json"
    with pytest.raises(RegistryError, match=f"{path} cannot be written: .*\n  fix: make {tmp_path}/file writable"):
        json_object.replace(str(path), b"{}")
