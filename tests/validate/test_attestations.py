"""What is attached to an image, derived again: by its report, and without one in the forms in which tools keep it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Callable, Dict, List, Tuple

import pytest

from scratch_image.attest.bom import Declared
from scratch_image.attest.component import declared
from scratch_image.oci import tar
from scratch_image.oci.digest import Digest
from scratch_image.oci.names import CREATED_BY_FILES
from scratch_image.oci.platform import Platform
from scratch_image.validate.depth import FULL, Depth
from scratch_image.validate.package import check_path
from scratch_image.validate.result import ValidationResult
from tests.support.dist import Dist, Layer, dist, program_layer
from tests.support.layouts import AMD64
from tests.support.programs import AARCH64, elf

BOTH = ("cyclonedx", "spdx")
ARM64 = (Platform("linux", "arm64"), [program_layer(elf(AARCH64))])
TWO = ((AMD64, [program_layer()]), ARM64)
HELPER = {tar.FileEntry("bin/helper", "", len(elf()), 0o755): elf(), tar.FileEntry("bin/run.sh", "", 4, 0o755): b"#!/a"}
MANY = {tar.FileEntry(f"srv/www/{number}", "", 1, 0o644): b"x" for number in range(30)}
FILES = ((AMD64, [Layer(HELPER, CREATED_BY_FILES), Layer(MANY, CREATED_BY_FILES), program_layer()]),)
ZLIB = declared("pkg:conan/zlib@1.3.1", "", "", "", "Zlib")


def found_in(path: str, depth: Depth = FULL) -> Dict[str, ValidationResult]:
    found = {}
    for where, outcome in check_path(path, depth=depth):
        assert isinstance(outcome, ValidationResult), outcome
        found[os.path.basename(where)] = outcome
    return found


@pytest.mark.parametrize("depth", [FULL, Depth(quick=True), Depth(recompress=True)], ids=str)
@pytest.mark.parametrize(
    "made",
    [
        dist(sbom=BOTH),
        dist(sbom=["spdx"]),
        dist(*TWO, sbom=BOTH),
        dist(*FILES, sbom=BOTH),
        dist(*FILES, sbom=BOTH, declared=Declared("hello", (ZLIB,), every_file=True)),
        dist(builder="https://ci.example"),
        dist(*TWO, sbom=BOTH, builder="https://ci.example"),
    ],
    ids=["both", "spdx", "index", "files", "every file", "provenance", "everything"],
)
def test_what_is_right_passes(tmp_path: Path, made: Dist, depth: Depth) -> None:
    found = found_in(made.write(tmp_path), depth)
    assert list(found) == ["oci", "image.tar", "sbom"]
    assert [(result.problems, result.not_checked) for result in found.values()] == [((), ())] * 3
    assert depth.quick or found["oci"].blobs == len([path for path in made.layout if "blobs" in path])


def entry(report: Dict[str, Any], at: int = 0) -> Dict[str, Any]:
    found: Dict[str, Any] = report["attestations"][at]
    return found


STATED: List[Tuple[Callable[[Dict[str, Any]], object], str, str]] = [
    # a change of the report, the part with the problem, the problem
    (lambda report: report.pop("sbom"), "oci", "bills of materials are attached, and there is no `sbom`"),
    (lambda report: report["sbom"].update(name="other"), "oci", "attestations[0].document.digest"),
    (lambda report: report["manifests"][0].update(goModules={}), "oci", "expected the members 'main' and 'required'"),
    (
        lambda report: report["manifests"][0].update(goModules=[]),
        "oci",
        "goModules: expected an object, got a list that is empty",
    ),
    (lambda report: report["sbom"].update(everyFile=0), "oci", "everyFile: expected true or false, got 0"),
    (lambda report: report["sbom"]["components"].append({"purl": "pkg:x"}), "oci", "is not a valid package URL"),
    (lambda report: report["sbom"]["components"].append({"url": "x"}), "oci", "has no such member"),
    (lambda report: report["attestations"].pop(), "oci", "bills of materials: claimed 3, derived 6"),
    (lambda report: report.update(attestations=[]), "oci", "no document in `attestations` is a bill of materials"),
    (lambda report: entry(report).update(subject=str(Digest.of(b"x"))), "oci", "the layout has no such image or index"),
    (lambda report: entry(report).update(artifactType="text/plain"), "oci", "the bytes are not those that `package` writes"),
    (lambda report: entry(report).update(platform="linux/386"), "oci", "attestations[0].platform"),
    (lambda report: entry(report).update(digest="sha256:x"), "oci", "digest: expected a digest, got 'sha256:x'"),
    (lambda report: entry(report).update(size=1), "oci", "size: claimed 1"),
    (lambda report: entry(report).update(path="../image.json"), "sbom", "it is not the path of a document"),
    (lambda report: entry(report).update(path="sbom/none.json"), "sbom", "the file cannot be read"),
    (lambda report: entry(report)["document"].update(size=1), "sbom", "size: claimed 1"),
    (lambda report: entry(report)["document"].update(digest=str(Digest.of(b""))), "sbom", "digest: claimed sha256:e3b0"),
]


@pytest.mark.parametrize(("change", "part", "problem"), STATED, ids=[row[2] for row in STATED])
def test_a_report_that_states_something_else(
    tmp_path: Path, change: Callable[[Dict[str, Any]], object], part: str, problem: str
) -> None:
    if "derived 6" in problem:

        def change(report: Dict[str, Any]) -> None:
            del report["attestations"][3:]

    found = found_in(dist(*TWO, sbom=BOTH).with_report(change).write(tmp_path))
    assert problem in "\n".join(map(str, found[part].problems))


def test_a_layout_whose_index_is_empty(tmp_path: Path) -> None:
    made = dist(*TWO, sbom=BOTH)
    index = {**json.loads(made.layout["index.json"]), "manifests": []}
    path = Dist({**made.layout, "index.json": json.dumps(index).encode()}, *list(vars(made).values())[1:]).write(tmp_path)
    assert "0 entries" in str(found_in(path)["oci"].problems[0])


def test_a_text_that_no_document_can_have(tmp_path: Path) -> None:
    path = dist(sbom=BOTH).with_report(lambda report: report["sbom"].update(name="\ud800")).write(tmp_path)
    report = json.loads((tmp_path / "image.json").read_bytes().decode("utf-8", "surrogatepass"))
    (tmp_path / "image.json").write_text(json.dumps(report))
    assert "half of a surrogate pair" in "\n".join(map(str, found_in(path)["oci"].problems))


STATEMENTS: List[Tuple[Callable[[Dict[str, Any]], object], str]] = [
    # a change of the provenance, the problem
    (lambda statement: statement.update(_type="x"), "_type: claimed 'x', derived 'https://in-toto.io/Statement/v1'"),
    (lambda statement: statement.update(predicateType="x"), "predicateType: claimed 'x'"),
    (lambda statement: statement.update(subject=[]), "subject: claimed nothing, derived "),
    (lambda statement: statement["subject"][0]["digest"].update(sha256="0" * 64), f"subject: claimed {'0' * 64}"),
    (lambda statement: statement.update(predicate=1), "predicate: expected an object, got 1"),
    (lambda statement: statement["predicate"]["buildDefinition"].update(buildType="x"), "buildType: claimed 'x'"),
    (
        lambda statement: statement["predicate"]["buildDefinition"]["resolvedDependencies"].pop(),
        "resolvedDependencies: the program of the image",
    ),
    (lambda statement: statement["predicate"]["runDetails"]["builder"].update(id="other"), ""),
]


@pytest.mark.parametrize(("change", "problem"), STATEMENTS, ids=[row[1] or "another builder" for row in STATEMENTS])
def test_provenance_of_something_else(tmp_path: Path, change: Callable[[Dict[str, Any]], object], problem: str) -> None:
    """All digests are right. Who built an image does not follow from it."""
    made = dist(builder="https://ci.example")
    (honest,) = made.report["attestations"]
    found = found_in(with_document(made, honest, change).write(tmp_path))
    texts = [str(each) for each in found["oci"].problems]
    assert problem in texts[0] if problem else not texts
    assert "builder and parameters of provenance" in found["oci"].not_derived


def test_a_document_that_was_changed_on_disk(tmp_path: Path) -> None:
    path = dist(sbom=BOTH).write(tmp_path)
    document = tmp_path / "sbom" / "linux-amd64.cdx.json"
    document.write_bytes(document.read_bytes().replace(b"hello", b"hullo"))
    assert "sbom/linux-amd64.cdx.json: digest: claimed sha256:" in str(found_in(path)["sbom"].problems[0])
    document.unlink()
    document.symlink_to(tmp_path / "image.json")
    assert "cannot be read" in str(found_in(path)["sbom"].problems[0])


def test_another_document_under_right_digests(tmp_path: Path) -> None:
    """A bill of materials that leaves something out: every digest is right, and the content does not follow from the
    image."""
    made = dist(*FILES, sbom=["cyclonedx"])
    (honest,) = made.report["attestations"]
    found = found_in(with_document(made, honest, lambda document: document["components"].pop()).write(tmp_path))
    assert found["sbom"].ok
    assert "attestations[0].document.digest: claimed" in "\n".join(map(str, found["oci"].problems))


def with_document(made: Dist, honest: Dict[str, Any], change: Callable[[Dict[str, Any]], object]) -> Dist:
    """The same with another document, and all that names it."""
    document = json.loads(made.readable[honest["path"]])
    change(document)
    content = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    layout = dict(made.layout)
    manifest = json.loads(layout.pop(Digest.parse(honest["digest"]).blob_path))
    layout.pop(Digest.parse(honest["document"]["digest"]).blob_path)
    manifest["layers"][0].update(digest=str(Digest.of(content)), size=len(content))
    attached = json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode()
    layout.update({Digest.of(blob).blob_path: blob for blob in (content, attached)})
    changed = {
        **honest,
        "document": {"digest": str(Digest.of(content)), "size": len(content)},
        "digest": str(Digest.of(attached)),
        "size": len(attached),
    }
    return Dist(layout, made.archived, {**made.report, "attestations": [changed]}, {honest["path"]: content})
