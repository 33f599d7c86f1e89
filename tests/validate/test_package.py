"""What `package` wrote for an image, derived again as one: layout, archive, and the report on both."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Callable, Dict

import pytest

from scratch_image.layout.limits import Limits
from scratch_image.layout.problems import Unreadable
from scratch_image.oci.platform import Platform
from scratch_image.validate.__main__ import main
from scratch_image.validate.package import check_path
from tests.support.layouts import AMD64, as_archive, image, index_of, layout, packed, program_archive, sha256, write
from tests.support.programs import AARCH64, elf

Change = Callable[[Dict[str, Any]], object]


def report_on(files: Dict[str, bytes]) -> Dict[str, Any]:
    """image.json as it is to be, from the layout alone."""
    (root,) = json.loads(files["index.json"])["manifests"]
    documents = {path: json.loads(content) for path, content in files.items() if content[:1] == b"{"}

    def at(descriptor: Dict[str, Any]) -> Dict[str, Any]:
        return documents[f"blobs/{descriptor['digest'].replace(':', '/')}"]

    manifests = []
    for entry in at(root).get("manifests", [root]):
        config = at(at(entry)["config"])
        layers = [
            {"digest": layer["digest"], "size": layer["size"], "diffId": diff_id, "unpackedSize": 10240}
            for layer, diff_id in zip(at(entry)["layers"], config["rootfs"]["diff_ids"])
        ]
        platform = f"{config['os']}/{config['architecture']}"
        manifests.append(
            {"platform": platform, "digest": entry["digest"], "config": at(entry)["config"]["digest"], "layers": layers}
        )
    wanted = {key: root[key] for key in ("mediaType", "digest", "size")}
    return {"schema": 1, "root": wanted, "manifests": manifests, "references": []}


def packaged(directory: Path, files: Dict[str, bytes], change: Change = lambda report: None, archive: bool = True) -> str:
    (directory / "oci").mkdir(parents=True)
    write(files, directory / "oci")
    if archive:
        (directory / "image.tar").write_bytes(as_archive(files, docker=None))
    report = report_on(files)
    (directory / "image.json").write_text(json.dumps(change(report) or report))
    return str(directory)


def two_platforms() -> Dict[str, bytes]:
    arm64 = image([program_archive(elf(AARCH64))], platform=Platform("linux", "arm64"))
    return index_of(image(platform=AMD64), arm64)


@pytest.mark.parametrize("files", [layout(), layout(compression="none"), two_platforms()], ids=["gzip", "none", "index"])
def test_what_is_right_passes(tmp_path: Path, files: Dict[str, bytes]) -> None:
    found = check_path(packaged(tmp_path, files))
    assert [(os.path.basename(path), report.problems, report.not_checked) for path, report in found] == [
        ("oci", (), ()),
        ("image.tar", (), ()),
    ]


def test_without_an_archive(tmp_path: Path) -> None:
    ((path, report),) = check_path(packaged(tmp_path, layout(), archive=False))
    assert path.endswith("oci") and report.ok


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
    path = packaged(tmp_path, layout(), lambda report: change(report) and None)
    if change is WRONG[-1][0]:
        (tmp_path / "image.json").write_text("[]")
    for _, report in check_path(path):
        assert [want in str(problem) for problem in report.problems] == [True], report.problems


def test_an_archive_of_another_image(tmp_path: Path) -> None:
    path = packaged(tmp_path, layout())
    (tmp_path / "image.tar").write_bytes(as_archive(layout(compression="none")))
    (_, first), (_, second) = check_path(path)
    assert first.ok
    assert "image.json root: digest: claimed" in "\n".join(map(str, second.problems))


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
    packaged(tmp_path, layout())
    (tmp_path / "image.json").unlink()
    content(tmp_path / "image.json")
    with pytest.raises(Unreadable, match=r"image\.json"):
        check_path(str(tmp_path), Limits(json=1 << 20))


def test_several_paths(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    """Each is told of by its path, and one that cannot be read does not hide the others."""
    good, bad = packaged(tmp_path / "good", layout()), packaged(tmp_path / "bad", layout(), lambda r: r.update(schema=2))
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
