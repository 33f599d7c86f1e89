"""The command `scratch-image show`: sizes as text, as a page, and as a picture."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from scratch_image.compare.picture import main
from scratch_image.oci.digest import Digest
from scratch_image.oci.referrer import referrer
from scratch_image.oci.spec import MEDIA_TYPE_CONFIG, MEDIA_TYPE_INDEX, MEDIA_TYPE_MANIFEST, Descriptor
from tests.support.compared import GoProgram, Made
from tests.support.layouts import descriptor, dumped, image, with_root, write
from tests.support.pages import wrong
from tests.support.programs import elf

BILL = {"bomFormat": "CycloneDX", "components": [{"type": "library", "name": "libfoo<b>", "version": "1.2"}]}


def test_the_command(tmp_path: Path, capsys) -> None:
    path = Made().write(tmp_path / "a")
    assert main([path, "--html", str(tmp_path / "p.html"), "--svg", str(tmp_path / "p.svg")]) == 0
    html = (tmp_path / "p.html").read_text()
    assert "golang.org/x/net v0.30.0" in html and "golang.org/x/net" in (tmp_path / "p.svg").read_text()
    assert wrong(html) == [] and capsys.readouterr().out == ""
    assert main([path, path, "--depth", "2"]) == 0
    assert capsys.readouterr().out.count(f"{path} linux/amd64") == 2


def test_names_on_the_terminal(tmp_path: Path, capsys) -> None:
    path = Made().file("etc/\x1b[2J\u202e\u3164\u0085").write(tmp_path / "a\u202e\x1b")
    assert main([path]) == 0
    assert all(line.isprintable() for line in capsys.readouterr().out.splitlines())
    assert main([f"{path}\x1b"]) == 2
    assert capsys.readouterr().err.strip().isprintable()


def attach(path: Path, content: bytes, media_type: str = "application/vnd.cyclonedx+json") -> None:
    """Attaches a document to the image in a layout, as `package` does."""
    (entry,) = json.loads((path / "index.json").read_text())["manifests"]
    subject = Descriptor(MEDIA_TYPE_MANIFEST, Digest.parse(entry["digest"]), entry["size"])
    for name, blob in referrer(subject, media_type, content).documents.items():
        (path / name).write_bytes(blob)


def test_a_bill_that_is_attached(tmp_path: Path) -> None:
    path = Path(Made().write(tmp_path / "a"))
    attach(path, json.dumps(BILL).encode())
    assert main([str(path), "--html", str(tmp_path / "p.html")]) == 0
    html = (tmp_path / "p.html").read_text()
    assert wrong(html) == [] and "Bill of materials: 1 component" in html and "libfoo&lt;b&gt;" in html


def test_a_bill_of_buildkit(tmp_path: Path) -> None:
    """A statement, in a manifest that is in the index (moby/buildkit, docs/attestations/attestation-storage.md)."""
    blobs, entry = image()
    bill = {"spdxVersion": "SPDX-2.3", "packages": [{"name": "musl", "versionInfo": "1.2.5"}]}
    statement = dumped({"_type": "https://in-toto.io/Statement/v0.1", "predicate": bill})
    manifest = {"schemaVersion": 2, "mediaType": MEDIA_TYPE_MANIFEST, "config": descriptor(MEDIA_TYPE_CONFIG, b"{}")}
    content = dumped({**manifest, "layers": [descriptor("application/vnd.in-toto+json", statement)]})
    about = {"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": entry["digest"]}
    attestation = {**descriptor(MEDIA_TYPE_MANIFEST, content), "annotations": about}
    index = dumped({"schemaVersion": 2, "mediaType": MEDIA_TYPE_INDEX, "manifests": [entry, attestation]})
    blobs.update({Digest.of(blob).blob_path: blob for blob in (statement, content, index, b"{}")})
    path = write(with_root(blobs, descriptor(MEDIA_TYPE_INDEX, index)), tmp_path / "a")
    assert main([path, "--html", str(tmp_path / "p.html")]) == 0
    assert "<td>musl</td><td>1.2.5</td>" in (tmp_path / "p.html").read_text()


def test_two_images_of_one_platform(tmp_path: Path, capsys) -> None:
    """Each has its own program, in text and on the page."""
    one, other = (Made(program=program).layout() for program in (GoProgram().content(), elf()))
    entries = [json.loads(files["index.json"])["manifests"][0] for files in (one, other)]
    index = dumped({"schemaVersion": 2, "mediaType": MEDIA_TYPE_INDEX, "manifests": entries})
    files = with_root({**one, **other, Digest.of(index).blob_path: index}, descriptor(MEDIA_TYPE_INDEX, index))
    path = write(files, tmp_path / "a")
    assert main([path]) == 0
    first, _, second = capsys.readouterr().out.partition(f"{path} linux/amd64 (2 of 2)")
    assert "linux/amd64 (1 of 2)" in first and "golang.org/x/net" in first
    assert "in /app" in second and "golang.org/x/net" not in second
    assert main([path, "--html", str(tmp_path / "p.html")]) == 0
    assert wrong((tmp_path / "p.html").read_text()) == []


@pytest.mark.parametrize(
    "change, there",
    [
        (lambda entry: None, True),
        (lambda entry: entry.update(path="../elsewhere.json"), False),
        (lambda entry: entry.update(path="/etc/passwd"), False),
        (lambda entry: entry.update(document={"digest": "sha256:0"}), False),
        (lambda entry: entry.update(path=5), False),
    ],
)
def test_a_bill_beside_the_layout(change, there: bool, tmp_path: Path) -> None:
    """`image.json` names it, and names no other file."""
    path = Path(replace(Made(), recipe="tar.1+gzip.1").write(tmp_path / "a"))
    content = json.dumps(BILL).encode()
    for name in (path / "sbom", tmp_path / "a"):
        name.mkdir(exist_ok=True)
    (path / "sbom/linux-amd64.cdx.json").write_bytes(content)
    (tmp_path / "elsewhere.json").write_bytes(content)
    entry = {"path": "sbom/linux-amd64.cdx.json", "document": {"digest": str(Digest.of(content))}}
    change(entry)
    report = json.loads((path / "image.json").read_text())
    (path / "image.json").write_text(json.dumps({**report, "attestations": [entry]}))
    assert main([str(path), "--html", str(tmp_path / "p.html")]) == 0
    assert ("libfoo" in (tmp_path / "p.html").read_text()) == there


def test_what_cannot_be_shown(tmp_path: Path, capsys) -> None:
    path = Made().write(tmp_path / "a")
    files = Made().layout()
    files.pop("index.json")
    bad = write(files, tmp_path / "bad")
    for arguments, name in (
        ([bad], bad),
        (["/nonexistent"], "/nonexistent"),
        ([path, "--html", "/nonexistent/x"], "/nonexistent/x"),
        ([path, "--html", str(tmp_path)], str(tmp_path)),
        ([path, "--html", f"{tmp_path}/x", "--svg", f"{tmp_path}/x"], f"{tmp_path}/x"),
        ([path, "--svg", f"{path}/index.json"], f"{path}/index.json"),
        ([path, "--html", ""], "--html"),
    ):
        assert main(arguments) == 2, arguments
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1) and err.startswith(f"{name}: "), arguments
