"""One image for several platforms: `binary` as a dict makes an index, whose manifests are what single images would be."""

from __future__ import annotations

import json
from typing import Any, Dict, List

import pytest
from pants.core.goals.package import BuiltPackage
from pants.engine.addresses import Address
from pants.engine.fs import DigestContents
from pants.engine.internals.scheduler import ExecutionError
from pants.testutil.rule_runner import RuleRunner

from tests.support.programs import AARCH64, elf
from tests.support.rule_runner import dependencies, image_runner, package

TARGETS = 'file(name="amd64", source="amd64")\nfile(name="arm64", source="arm64")\n'
BOTH = '{"linux/arm64": ":arm64", "linux/amd64": ":amd64"}'


def build(runner: RuleRunner, fields: str) -> BuiltPackage:
    runner.write_files(
        {
            "src/amd64": elf(),
            "src/arm64": elf(AARCH64),
            "src/BUILD": f'{TARGETS}scratch_image(name="image", {fields})',
        }
    )
    return package(runner, "src", "image")


def files_of(runner: RuleRunner, built: BuiltPackage) -> Dict[str, bytes]:
    return {file.path: file.content for file in runner.request(DigestContents, [built.digest])}


def blob(files: Dict[str, bytes], descriptor: Dict[str, Any]) -> Dict[str, Any]:
    content = files[f"src/image/oci/blobs/{descriptor['digest'].replace(':', '/')}"]
    assert len(content) == descriptor["size"]
    return json.loads(content)


def failure(runner: RuleRunner, fields: str) -> str:
    with pytest.raises(ExecutionError) as caught:
        build(runner, fields)
    (exception,) = caught.value.wrapped_exceptions
    return str(exception)


def test_a_layout_with_one_entry_the_index(runner: RuleRunner) -> None:
    built = build(runner, f'binary={BOTH}, annotations={{"org.example": "x"}}')
    files = files_of(runner, built)
    (entry,) = json.loads(files["src/image/oci/index.json"])["manifests"]
    assert entry["mediaType"] == "application/vnd.oci.image.index.v1+json"
    assert "platform" not in entry
    index = blob(files, entry)
    assert [manifest["platform"]["architecture"] for manifest in index["manifests"]] == ["amd64", "arm64"]
    manifests = [blob(files, descriptor) for descriptor in index["manifests"]]
    configs = [blob(files, manifest["config"]) for manifest in manifests]
    assert [config["architecture"] for config in configs] == ["amd64", "arm64"]
    assert [each["annotations"] for each in (index, *manifests)] == [{"org.example": "x"}] * 3
    report = json.loads(files["src/image/image.json"])
    assert report["root"]["digest"] == entry["digest"]
    assert [manifest["platform"] for manifest in report["manifests"]] == ["linux/amd64", "linux/arm64"]
    lines: List[str] = list(built.artifacts[0].extra_log_lines)
    assert [line.split()[1] for line in lines if "platform" in line] == ["linux/amd64", "linux/arm64"]


def test_the_manifests_are_those_of_single_images(runner: RuleRunner) -> None:
    index = json.loads(files_of(runner, build(runner, f"binary={BOTH}"))["src/image/image.json"])
    for manifest in index["manifests"]:
        name = manifest["platform"].partition("/")[2]
        single = files_of(runner, build(runner, f'binary=":{name}"'))
        assert json.loads(single["src/image/image.json"])["root"]["digest"] == manifest["digest"]


def test_the_layer_of_runtime_files_is_one_blob(runner: RuleRunner) -> None:
    files = files_of(runner, build(runner, f'binary={BOTH}, runtime_files=["tmp"]'))
    amd64, arm64 = json.loads(files["src/image/image.json"])["manifests"]
    assert amd64["layers"][0] == arm64["layers"][0]
    assert amd64["layers"][1] != arm64["layers"][1]
    # Three layers, two manifests and configs, the index.
    assert sum("/blobs/" in path for path in files) == 8


def test_an_index_of_one_platform_is_an_index(runner: RuleRunner) -> None:
    files = files_of(runner, build(runner, 'binary={"linux/amd64/v2": ":amd64"}'))
    (entry,) = json.loads(files["src/image/oci/index.json"])["manifests"]
    (manifest,) = blob(files, entry)["manifests"]
    assert manifest["platform"] == {"os": "linux", "architecture": "amd64", "variant": "v2"}


def test_every_program_is_a_dependency(runner: RuleRunner) -> None:
    build(runner, f"binary={BOTH}")
    assert set(dependencies(runner, "src", "image")) == {
        Address("src", target_name="amd64"),
        Address("src", target_name="arm64"),
    }


BAD = [
    # (fields, the message, why)
    ('binary={"linux/amd64": ":arm64"}', "SR020  error: field `binary` says linux/amd64, but :arm64 is built for",
     "a program of another platform"),
    ("binary={}", "field `binary`: it is empty", "no program"),
    ('binary={"linux/x86_64": ":amd64"}', "field `binary`: 'linux/x86_64': unknown architecture 'x86_64'",
     "a platform by another name"),
    ('binary={"linux/amd64": 5}', "field `binary`, key 'linux/amd64'", "no address"),
    ('binary={"linux/amd64": ":nope"}', "field `binary`", "an address that does not exist"),
    ('binary={"linux/arm64": ":arm64", "linux/arm64/v8": ":arm64"}', "the same platform; name it once", "twice the same"),
    ('binary={"linux/amd64": ":amd64"}, platform="linux/amd64"', "`binary` names the platforms already", "two places"),
    ('binary={"linux/amd64": ":image"}', "names the image itself", "itself"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "said", "reason"), BAD, ids=[row[2] for row in BAD])
def test_bad_input(runner: RuleRunner, fields: str, said: str, reason: str) -> None:
    assert said in failure(runner, fields)


def test_a_part_of_the_platforms() -> None:
    runner = image_runner("--scratch-image-platforms=['linux/arm64', 'linux/s390x']")
    files = files_of(runner, build(runner, f"binary={BOTH}"))
    report = json.loads(files["src/image/image.json"])
    assert [manifest["platform"] for manifest in report["manifests"]] == ["linux/arm64"]
    assert report["omittedPlatforms"] == ["linux/amd64"]


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("['linux/s390x']", "option `[scratch-image].platforms`: it leaves none of linux/amd64, linux/arm64"),
        ("['arm64']", "option `[scratch-image].platforms`: 'arm64' is not a valid platform"),
    ],
)
def test_a_part_that_is_none(option: str, said: str) -> None:
    assert said in failure(image_runner(f"--scratch-image-platforms={option}"), f"binary={BOTH}")


def test_an_image_of_one_program_is_not_concerned() -> None:
    runner = image_runner("--scratch-image-platforms=['linux/s390x']")
    assert build(runner, 'binary=":amd64"')
