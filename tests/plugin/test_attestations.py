"""`sbom` on `scratch_image` targets: documents beside the image and attached to it, and an image that does not change."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any, Dict, List, Set

import pytest
from pants.core.goals.package import BuiltPackage
from pants.engine.addresses import Address
from pants.engine.fs import DigestContents
from pants.engine.internals.scheduler import ExecutionError
from pants.engine.rules import QueryRule
from pants.testutil.rule_runner import RuleRunner

from scratch_image.layout.problems import Unreadable
from scratch_image.targets.field_sets import ScratchImageDebugFieldSet
from scratch_image.validate.package import check_path
from tests.support.programs import AARCH64, ALLOC, CODE, Section, elf, elf_file, go_build_info
from tests.support.programs import WRITE as WRITTEN
from tests.support.rule_runner import build, image_runner, package

LINES = b"path\texample.com/tool\nmod\texample.com/tool\t(devel)\t\n"
GO = Section(".go.buildinfo", go_build_info(b"go1.26.8", LINES), ALLOC | WRITTEN)
FILE = 'file(name="bin", source="hello")\n'


def files_of(runner: RuleRunner, built: BuiltPackage) -> Dict[str, bytes]:
    (artifact,) = built.artifacts
    return {
        file.path[len(str(artifact.relpath)) + 1 :]: file.content for file in runner.request(DigestContents, [built.digest])
    }


def written(files: Dict[str, bytes], directory: Path) -> str:
    for path, content in files.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_bytes(content)
    return str(directory)


def assert_valid(path: str) -> None:
    for where, outcome in check_path(path):
        assert not isinstance(outcome, Unreadable), outcome
        assert (outcome.problems, outcome.not_checked) == ((), ()), where


def test_documents_beside_an_image(runner: RuleRunner, tmp_path: Path) -> None:
    fields = 'binary=":bin", runtime_files=["tzdata", "ca-certificates", "nonroot"], files={"/x": {"text": "y"}}'
    plain = files_of(runner, build(runner, "src/a", f'{FILE}scratch_image(name="image", {fields})'))
    files = files_of(
        runner, build(runner, "src/a", f'{FILE}scratch_image(name="image", {fields}, sbom=["spdx", "cyclonedx"])')
    )
    assert {path for path in files if "blobs" not in path} - set(plain) == {
        "sbom/linux-amd64.cdx.json",
        "sbom/linux-amd64.spdx.json",
    }
    assert set(plain) <= set(files)
    assert files["oci/index.json"] == plain["oci/index.json"]
    report: Dict[str, Any] = json.loads(files["image.json"])
    assert [entry["path"] for entry in report["attestations"]] == ["sbom/linux-amd64.cdx.json", "sbom/linux-amd64.spdx.json"]
    assert_valid(written(files, tmp_path))


def test_an_index_has_documents_for_each_image_and_for_itself(runner: RuleRunner, tmp_path: Path) -> None:
    runner.write_files({"src/b/arm": elf(AARCH64)})
    programs = '{"linux/amd64": ":bin", "linux/arm64": ":arm"}'
    build_file = f'{FILE}file(name="arm", source="arm")\nscratch_image(name="image", binary={programs}, sbom=["cyclonedx"])'
    files = files_of(runner, build(runner, "src/b", build_file))
    report: Dict[str, Any] = json.loads(files["image.json"])
    assert [(entry["path"], entry["subject"], entry.get("platform")) for entry in report["attestations"]] == [
        ("sbom/linux-amd64.cdx.json", report["manifests"][0]["digest"], "linux/amd64"),
        ("sbom/linux-arm64.cdx.json", report["manifests"][1]["digest"], "linux/arm64"),
        ("sbom/index.cdx.json", report["root"]["digest"], None),
    ]
    assert_valid(written(files, tmp_path))


def test_components_files_and_executables(runner: RuleRunner, tmp_path: Path) -> None:
    """A second program in `files` has components of its own; what a target declares is the program's."""
    runner.write_files(
        {"src/c/tool": elf_file(segments=(CODE,), sections=(GO,)), **{f"src/c/www/{number}": "x" for number in range(25)}}
    )
    os.chmod(os.path.join(runner.build_root, "src/c/tool"), 0o755)
    build_file = f"""{FILE}file(name="tool", source="tool")
files(name="www", sources=["www/*"])
scratch_image(
    name="image",
    binary=":bin",
    files={{"/bin/tool": {{"from": ":tool", "mode": "0755"}}, "/srv": ":www"}},
    allow=["SR010", "SR040"],
    sbom=["cyclonedx", "spdx"],
    sbom_components=[{{"purl": "pkg:conan/zlib@1.3.1", "license": "Zlib"}}],
)
scratch_image(
    name="every",
    binary=":bin",
    files={{"/srv": ":www"}},
    sbom=["cyclonedx"],
    sbom_files=True,
)"""
    files = files_of(runner, build(runner, "src/c", build_file))
    document = json.loads(files["sbom/linux-amd64.cdx.json"])
    refs = {component["name"]: component["bom-ref"] for component in document["components"]}
    needs = {entry["ref"]: set(entry["dependsOn"]) for entry in document["dependencies"]}
    assert needs[refs["/app"]] == {refs["zlib"]}
    assert needs[refs["/bin/tool"]] == {refs["stdlib"], refs["example.com/tool"]}
    assert "/srv/www/" in refs and "/srv/www/1" not in refs
    assert_valid(written(files, tmp_path / "one"))
    every = files_of(runner, package(runner, "src/c", "every"))
    names = {component["name"] for component in json.loads(every["sbom/linux-amd64.cdx.json"])["components"]}
    assert {f"/srv/www/{number}" for number in range(25)} <= names
    assert_valid(written(every, tmp_path / "every"))


WRITE = [
    # option `write`, field `archive`, what is beside the report
    (["report"], False, {"sbom"}),
    (["layout"], True, {"oci", "image.tar", "sbom"}),
]


@pytest.mark.parametrize(("write", "archive", "want"), WRITE)
def test_documents_are_written_whatever_else_is(write: List[str], archive: bool, want: Set[str], tmp_path: Path) -> None:
    """`image.tar` has no attestation, and its bytes do not change."""
    runner = image_runner(f"--scratch-image-write={write}")
    image = f'{FILE}scratch_image(name="image", binary=":bin", archive={archive}'
    plain = files_of(runner, build(runner, "src/d", f"{image})"))
    files = files_of(runner, build(runner, "src/d", f'{image}, sbom=["spdx"])'))
    assert {path.partition("/")[0] for path in files} == {"image.json", *want}
    assert files.get("image.tar") == plain.get("image.tar")
    assert_valid(written(files, tmp_path))


def test_the_options_are_the_defaults(tmp_path: Path) -> None:
    runner = image_runner("--scratch-image-sbom=['spdx']")
    files = files_of(runner, build(runner, "src/e", f'{FILE}scratch_image(name="image", binary=":bin")'))
    assert "sbom/linux-amd64.spdx.json" in files
    none = files_of(runner, build(runner, "src/e", f'{FILE}scratch_image(name="image", binary=":bin", sbom=[])'))
    assert not any(path.startswith("sbom") for path in none)


def test_documents_start_no_process(runner: RuleRunner) -> None:
    """Another declaration is another document, of what is known already."""
    image = f'{FILE}scratch_image(name="image", binary=":bin", sbom=["spdx"]'
    build(runner, "src/f", f"{image})")
    before = runner.scheduler.get_metrics()
    build(runner, "src/f", f'{image}, sbom_components=[{{"name": "zlib"}}])')
    after = runner.scheduler.get_metrics()
    assert {name: after[name] for name in after if "process" in name} == {
        name: before.get(name, 0) for name in after if "process" in name
    }


BUILDER = "https://ci.example/builders/release"


def test_provenance(tmp_path: Path) -> None:
    runner = image_runner(f"--scratch-image-builder-id={BUILDER}", "--scratch-image-env-vars=['SHA=abc']")
    runner.write_files({"src/g/arm": elf(AARCH64), "src/g/motd": "hello"})
    build_file = f"""{FILE}file(name="arm", source="arm")
file(name="motd", source="motd")
scratch_image(
    name="image",
    binary={{"linux/amd64": ":bin", "linux/arm64": ":arm"}},
    files={{"/etc/motd": ":motd"}},
    image_labels={{"rev": "{{env.SHA}}"}},
    image_tags=["1"],
    provenance=True,
)"""
    files = files_of(runner, build(runner, "src/g", build_file))
    assert_valid(written(files, tmp_path))
    report = json.loads(files["image.json"])
    statements = {path: json.loads(files[path]) for path in files if path.startswith("provenance/")}
    assert set(statements) == {f"provenance/{name}.intoto.json" for name in ("linux-amd64", "linux-arm64", "index")}
    index = statements["provenance/index.intoto.json"]
    assert index["subject"] == [{"name": "image", "digest": {"sha256": report["root"]["digest"][7:]}}]
    definition = index["predicate"]["buildDefinition"]
    assert definition["externalParameters"] == {
        "target": "src/g:image",
        "fields": {
            "binary": {"linux/amd64": ":bin", "linux/arm64": ":arm"},
            "files": {"/etc/motd": ":motd"},
            "image_labels": {"rev": "abc"},
        },
        "defaults": {"compression": "gzip:3", "created": "1970-01-01T00:00:00Z", "user": "65532:65532"},
    }
    materials = {each["name"]: each["digest"]["sha256"] for each in definition["resolvedDependencies"]}
    contents = {"src/g:bin": elf(), "src/g:arm": elf(AARCH64), "src/g:motd": b"hello"}
    lock = materials.pop("scratch_image/assembler/requirements.txt")
    assert len(lock) == 64
    assert materials == {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    assert index["predicate"]["runDetails"] == {"builder": {"id": BUILDER}}
    one = statements["provenance/linux-amd64.intoto.json"]["predicate"]["buildDefinition"]
    assert "src/g:arm" not in {each["name"] for each in one["resolvedDependencies"]}


def test_a_debug_image_has_no_documents_of_the_image_that_it_is_of(tmp_path: Path) -> None:
    runner = image_runner(rules=[QueryRule(BuiltPackage, [ScratchImageDebugFieldSet])])
    runner.write_files({"src/i/box": elf()})
    image = f'{FILE}file(name="box", source="box")\nscratch_image(name="image", binary=":bin", sbom=["spdx"])\n'
    build(runner, "src/i", f'{image}scratch_image_debug(name="debug", image=":image", tools={{"/bin/": ":box"}})')
    target = runner.get_target(Address("src/i", target_name="debug"))
    files = files_of(runner, runner.request(BuiltPackage, [ScratchImageDebugFieldSet.create(target)]))
    assert not any(path.startswith("sbom") for path in files)
    assert {"attestations", "sbom"}.isdisjoint(json.loads(files["image.json"]))
    assert_valid(written(files, tmp_path))


def test_provenance_needs_a_builder(runner: RuleRunner) -> None:
    with pytest.raises(ExecutionError) as error:
        build(runner, "src/h", f'{FILE}scratch_image(name="image", binary=":bin", provenance=True)')
    assert "option `[scratch-image].builder_id`: it is not set" in str(error.value)
