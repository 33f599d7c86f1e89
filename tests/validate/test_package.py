"""What `package` wrote for an image, derived again as one: layout, archive, and the report on both."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any, Callable, Dict, List, Tuple

import pytest

from scratch_image.layout.limits import DEFAULT, Limits
from scratch_image.layout.problems import Unreadable
from scratch_image.oci.platform import Platform
from scratch_image.validate.__main__ import main
from scratch_image.validate.depth import FULL, Depth
from scratch_image.validate.package import check_path
from scratch_image.validate.result import ValidationResult
from tests.support.dist import Dist, dist, dumped, program_layer
from tests.support.layouts import AMD64, packed, program_archive, sha256
from tests.support.programs import AARCH64, elf

Change = Callable[[Dict[str, Any]], object]
ARM64 = (Platform("linux", "arm64"), [program_layer(elf(AARCH64))])
TWO = ((AMD64, [program_layer()]), ARM64)


def packaged(directory: Path, change: Change = lambda report: None, **fields: Any) -> str:
    return dist(**fields).with_report(change).write(directory)


def results(path: str, depth: Depth = FULL, limits: Limits = DEFAULT) -> Dict[str, ValidationResult]:
    """Name of the part → what was found in it; all can be read."""
    found = {}
    for where, outcome in check_path(path, limits, depth):
        assert isinstance(outcome, ValidationResult), outcome
        found[os.path.basename(where)] = outcome
    return found


@pytest.mark.parametrize("depth", [FULL, Depth(quick=True), Depth(recompress=True)], ids=str)
@pytest.mark.parametrize(
    "made",
    [dist(), dist(compression="none"), dist(compression="gzip:9"), dist(compression="zstd"), dist(*TWO), dist(names=())],
    ids=["gzip", "none", "gzip:9", "zstd", "index", "no name"],
)
def test_what_is_right_passes(tmp_path: Path, made: Dist, depth: Depth) -> None:
    found = results(made.write(tmp_path), depth)
    assert list(found) == ["oci", "image.tar"]
    assert [(result.problems, result.not_checked) for result in found.values()] == [((), ())] * 2


NOT_DERIVED = [
    (FULL, ("findings", "names", "recipes (--recompress)")),
    (Depth(recompress=True), ("findings", "names")),
    (Depth(quick=True), ("what is in layers",)),
]


@pytest.mark.parametrize(("depth", "want"), NOT_DERIVED)
def test_what_is_not_derived_is_named(tmp_path: Path, depth: Depth, want: Tuple[str, ...]) -> None:
    found = results(packaged(tmp_path), depth)
    assert [result.not_derived for result in found.values()] == [want, want]
    assert found["oci"].lines()[-1].endswith(f"bytes; not derived: {', '.join(want)}")


FILES = {"ca-certificates": {"version": "1"}, "tzdata": {"version": "2026.6"}}
OF_REPORTS = [
    # a change of the only manifest, what is named too
    (lambda entry: entry.update(runtimeFiles=FILES), ("version of ca-certificates", "certifi's certificates", "time zones")),
    (lambda entry: entry.update(runtimeFiles={"tzdata": FILES["tzdata"]}), ("time zones",)),
    (lambda entry: entry.update(caBundle=[]), ("subjects of certificates",)),
]


@pytest.mark.parametrize(("change", "want"), OF_REPORTS)
def test_what_a_report_has_that_is_not_derived(tmp_path: Path, change: Change, want: Tuple[str, ...]) -> None:
    path = packaged(tmp_path, lambda report: change(report["manifests"][0]))
    assert results(path)["oci"].not_derived == ("findings", "names", "recipes (--recompress)", *want)


def test_a_report_of_a_later_version(tmp_path: Path) -> None:
    """Its members are not known here, and only its version is said."""

    def later(report: Dict[str, Any]) -> None:
        report.update(schema=2, later=[])
        report["manifests"][0].update(
            findings=[{"check": "SR999", "severity": "fatal", "text": "t", "fix": "f", "later": 1}]
        )

    for result in results(packaged(tmp_path, later)).values():
        assert [str(problem) for problem in result.problems] == ["image.json: schema: claimed 2, derived 1"]


def test_platforms_that_were_left_out(tmp_path: Path) -> None:
    path = packaged(tmp_path, lambda report: report.update(omittedPlatforms=["linux/arm64", "linux/arm/v7"]))
    assert [(result.ok, result.not_derived[-1]) for result in results(path).values()] == [(True, "omittedPlatforms")] * 2


WRITTEN = [
    # what was written, the parts in the output, those of them that are "not written"
    (("layout", "report"), ["oci"], []),
    (("archive", "report"), ["oci", "image.tar"], ["oci"]),
    (("report",), ["oci", "image.tar", "image.json"], ["oci", "image.tar"]),
]


@pytest.mark.parametrize(("written", "parts", "missing"), WRITTEN)
def test_what_was_not_written_is_said(
    tmp_path: Path, written: Tuple[str, ...], parts: List[str], missing: List[str]
) -> None:
    found = results(packaged(tmp_path, written=written))
    assert list(found) == parts and all(result.ok for result in found.values())
    assert [name for name, result in found.items() if result.lines() == ["not written"]] == missing


def test_a_report_alone_is_read(tmp_path: Path) -> None:
    path = packaged(tmp_path, lambda report: report.update(schema=7), written=("report",))
    (problem,) = results(path)["image.json"].problems
    assert str(problem) == "image.json: schema: claimed 7, derived 1"


ABSENT = [
    # what is removed or added, the part, the message
    (lambda path: shutil.rmtree(path / "oci"), "oci", "file: "),
    (lambda path: (path / "image.tar").unlink(), "image.tar", "file: "),
    (lambda path: (path / "image.tar").write_bytes(b""), "image.tar", "file: "),
    (lambda path: shutil.rmtree(path / "oci" / "blobs"), "oci", "there is no file blobs/"),
]


@pytest.mark.parametrize("depth", [FULL, Depth(quick=True)], ids=str)
@pytest.mark.parametrize(("change", "part", "want"), ABSENT)
def test_what_is_missing_is_a_problem_of_its_part(
    tmp_path: Path, change: Callable[[Path], object], part: str, want: str, depth: Depth
) -> None:
    """And the other part is checked all the same."""
    path = packaged(tmp_path)
    change(tmp_path)
    found = results(path, depth)
    assert [name for name, result in found.items() if not result.ok] == [part]
    assert want in str(found[part].problems[0])
    assert main([path]) == 1


def test_what_was_not_to_be_written(tmp_path: Path) -> None:
    path = packaged(tmp_path, lambda report: report.update(written=["archive", "report"]))
    found = results(path)
    (tmp_path / "oci2").mkdir()
    assert [name for name, result in found.items() if not result.ok] == []
    (tmp_path / "oci").mkdir()
    assert "image.json says that it was not written" in str(results(path)["oci"].problems[0])


def test_a_report_of_the_first_version(tmp_path: Path) -> None:
    """It does not say what was written: what is there is checked, and the layout has to be there."""

    def first(report: Dict[str, Any]) -> None:
        del report["written"], report["archive"]

    made = dist()
    made.write(tmp_path)
    (tmp_path / "image.json").write_bytes(dumped(made.with_report(first).report))
    assert [result.ok for result in results(str(tmp_path)).values()] == [True, True]
    (tmp_path / "image.tar").unlink()
    assert list(results(str(tmp_path))) == ["oci"]
    shutil.rmtree(tmp_path / "oci")
    assert [result.ok for result in results(str(tmp_path)).values()] == [False]


def layer(report: Dict[str, Any]) -> Dict[str, Any]:
    return report["manifests"][0]["layers"][0]


STORED = packed(program_archive(), "gzip")
WRONG = [
    # change, the message
    (lambda r: r.update(schema=2), "image.json: schema: claimed 2, derived 1"),
    (lambda r: r["root"].update(size=1), "image.json root: size: claimed 1, derived "),
    (lambda r: r["root"].update(digest="sha256:" + "0" * 64), "image.json root: digest: claimed 'sha256:0000"),
    (lambda r: r["root"].update(mediaType="x"), "image.json root: mediaType: claimed 'x', derived 'application/vnd.oci."),
    (lambda r: r["root"].pop("digest"), "image.json root: digest: expected a string, got nothing"),
    (lambda r: r.pop("root") and None, "image.json: root: expected an object, got nothing"),
    (lambda r: r.update(root=[]), "image.json: root: expected an object, got a list that is empty"),
    (lambda r: r.update(manifests=[]), "image.json: number of manifests: claimed 0, derived 1"),
    (lambda r: r.update(manifests=[7]), "image.json: manifests[0]: expected an object, got 7"),
    (lambda r: r["manifests"][0].update(platform="linux/arm64"), "platform: claimed 'linux/arm64', derived 'linux/amd64'"),
    (lambda r: r["manifests"][0].update(digest=""), "image.json manifests[0]: digest: claimed '', derived 'sha256:"),
    (lambda r: r["manifests"][0].update(config="x"), "image.json manifests[0]: config: claimed 'x', derived 'sha256:"),
    (lambda r: r["manifests"][0].update(layers=[]), "image.json manifests[0]: number of layers: claimed 0, derived 1"),
    (lambda r: layer(r).update(size=-1), f"layers[0]: size: claimed -1, derived {len(STORED)}"),
    (lambda r: layer(r).update(digest="x"), f"layers[0]: digest: claimed 'x', derived 'sha256:{sha256(STORED)}'"),
    (lambda r: layer(r).update(diffId="x"), f"layers[0]: diffId: claimed 'x', derived 'sha256:{sha256(program_archive())}'"),
    (lambda r: layer(r).update(unpackedSize=10241), "layers[0]: unpackedSize: claimed 10241, derived 10240"),
    (lambda r: layer(r).update(unpackedSize="1"), "unpackedSize: expected a whole number, got '1'"),
    (lambda r: [], "image.json: document: expected an object, got a list that is empty"),
]


@pytest.mark.parametrize(("change", "want"), WRONG)
def test_a_report_that_says_something_else(tmp_path: Path, change: Change, want: str) -> None:
    """`[]` counts as no change above, so it is written here."""
    path = packaged(tmp_path, change)
    if change is WRONG[-1][0]:
        (tmp_path / "image.json").write_text("[]")
    for report in results(path).values():
        assert [want in str(problem) for problem in report.problems] == [True], report.problems


def test_an_archive_of_another_image(tmp_path: Path) -> None:
    path = packaged(tmp_path)
    (tmp_path / "image.tar").write_bytes(dist(compression="none").image_tar())
    found = results(path)
    assert found["oci"].ok
    said = "\n".join(map(str, found["image.tar"].problems))
    assert "image.json root: digest: claimed" in said and "image.json archive: size: claimed" in said


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (lambda path: path.write_bytes(b"{" * 5_000_000), "too large"),
        (lambda path: path.mkdir(), "a directory"),
        (lambda path: path.symlink_to("/etc/passwd"), "a link"),
        (lambda path: os.mkfifo(path), "a fifo, which nobody writes"),
    ],
)
def test_a_report_that_can_not_be_read(tmp_path: Path, content: Callable[[Path], object], reason: str) -> None:
    packaged(tmp_path)
    (tmp_path / "image.json").unlink()
    content(tmp_path / "image.json")
    *parts, (where, error) = check_path(str(tmp_path), Limits(json=1 << 20))
    assert isinstance(error, Unreadable) and "image.json" in str(error) and where.endswith("image.json")
    assert [(os.path.basename(path), result.ok) for path, result in parts if isinstance(result, ValidationResult)] == [
        *(("oci", True), ("image.tar", True)),
    ]


def test_a_package_without_its_report_is_not_whole(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    """What is there is right, but nothing says that it is all."""
    path = packaged(tmp_path)
    (tmp_path / "image.json").unlink()
    assert main(["--quick", path]) == main([path]) == 2
    assert "there is no such file; the image is not written, or only in part" in capfd.readouterr().err


# Bytes that are left of 10 240, and the exit status without the report: zeros at the end may be fewer.
TRUNCATED = [
    *((0, 2), (100, 2), (512, 2), (700, 2), (4000, 2), (5000, 1), (7000, 1), (-1024, 0), (-512, 0), (-1, 1)),
]


@pytest.mark.parametrize("args", [(), ("--quick",), ("--recompress",)])
@pytest.mark.parametrize(("size", "status"), TRUNCATED)
def test_a_truncated_archive_does_not_hide_the_layout(
    tmp_path: Path, size: int, status: int, args: Tuple[str, ...], capfd: pytest.CaptureFixture
) -> None:
    path = packaged(tmp_path)
    whole = (tmp_path / "image.tar").read_bytes()
    (tmp_path / "image.tar").write_bytes(whole[:size])
    assert main([path, *args]) == 1
    lines = capfd.readouterr().out.splitlines()
    assert lines[0].startswith(f"{path}/oci: ok: 1 manifest, ")
    assert len(lines) > 2 and all(line.startswith(f"{path}/image.tar: ") for line in lines[1:])
    assert main([f"{path}/image.tar", *args]) == status
    told = capfd.readouterr()
    assert f"{path}/image.tar: " in told.out + told.err


def test_several_paths(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    """Each is told of by its path, and one that cannot be read does not hide the others."""
    good, bad = packaged(tmp_path / "good"), packaged(tmp_path / "bad", lambda r: r.update(schema=2))
    missing = str(tmp_path / "missing")
    assert main([good, bad]) == 1
    assert main([missing, good]) == 2
    told = capfd.readouterr()
    lines = told.out.splitlines()
    assert [line.partition(": ")[0].replace(str(tmp_path), "") for line in lines] == [
        *("/good/oci", "/good/image.tar"),
        *("/bad/oci", "/bad/oci", "/bad/image.tar", "/bad/image.tar"),
        *("/good/oci", "/good/image.tar"),
    ]
    assert "missing" in told.err
    assert main([good, bad, "--json"]) == 1
    assert [path.replace(str(tmp_path), "") for path in json.loads(capfd.readouterr().out)] == [
        *("/bad/image.tar", "/bad/oci", "/good/image.tar", "/good/oci"),
    ]
