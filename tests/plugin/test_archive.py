"""`archive`, `repository` and `image_tags` of a target: image.tar beside the layout, under the image's names."""

from __future__ import annotations

import json
import re
import tarfile
from pathlib import Path
from typing import Any, Dict, Tuple

import pytest
from pants.core.goals.package import BuiltPackage
from pants.engine.addresses import Address
from pants.engine.fs import Snapshot
from pants.engine.internals.scheduler import ExecutionError
from pants.testutil.rule_runner import RuleRunner

from scratch_image.rules.built_image import BuiltScratchImage
from scratch_image.rules.publisher import UnpublishableImage, grouped
from scratch_image.validate.check import check_archive, check_layout
from tests.support.programs import AARCH64, elf
from tests.support.rule_runner import build, image_runner, package


def build_file(fields: str) -> str:
    return f'file(name="bin", source="hello")\nscratch_image(name="image", binary=":bin", {fields})\n'


def written(runner: RuleRunner, built: BuiltPackage, directory: str = "src/image") -> Path:
    runner.scheduler.write_digest(built.digest)
    return Path(runner.build_root) / directory


def names(runner: RuleRunner, built: BuiltPackage) -> Tuple[str, ...]:
    return runner.request(Snapshot, [built.digest]).files


def log(built: BuiltPackage) -> str:
    return "\n".join(built.artifacts[0].extra_log_lines)


def manifest_json(path: Path) -> Dict[str, Any]:
    with tarfile.open(path) as archive:
        member = archive.extractfile("manifest.json")
        assert member
        (saved,) = json.loads(member.read())
        return saved


def test_an_archive_only_if_asked() -> None:
    runner = image_runner()
    assert "src/image/image.tar" not in names(runner, build(runner, "src", build_file("")))
    assert "src/image/image.tar" in names(runner, build(runner, "src", build_file("archive=True")))


def test_the_option_is_the_default() -> None:
    runner = image_runner("--scratch-image-archive")
    assert "src/image/image.tar" in names(runner, build(runner, "src", build_file("")))
    assert "src/image/image.tar" not in names(runner, build(runner, "src", build_file("archive=False")))


def test_the_archive_and_the_layout_hold_the_same_image() -> None:
    runner = image_runner("--scratch-image-env-vars=['VERSION=1.2']")
    fields = (
        'archive=True, repository="Team/{directory}", image_tags=["{env.VERSION}", "{digest_short}"], runtime_files=["tmp"]'
    )
    built = build(runner, "src", build_file(fields))
    path = written(runner, built)
    for report in (check_layout(str(path / "oci")), check_archive(str(path / "image.tar"))):
        assert (report.problems, report.not_checked, report.manifests) == ((), (), 1)
    told = json.loads((path / "image.json").read_bytes())
    short = told["root"]["digest"].partition(":")[2][:12]
    assert told["references"] == ["team/src:1.2", f"team/src:{short}"] == manifest_json(path / "image.tar")["RepoTags"]
    assert f"  archive   image.tar: team/src:1.2, team/src:{short}" in log(built)


def test_a_name_changes_the_archive_and_no_layer() -> None:
    runner = image_runner()
    first = written(runner, build(runner, "src", build_file('archive=True, image_tags=["1"]')))
    before = {path.name: path.read_bytes() for path in first.rglob("*") if path.is_file()}
    second = written(runner, build(runner, "src", build_file('archive=True, image_tags=["2"]')))
    after = {path.name: path.read_bytes() for path in second.rglob("*") if path.is_file()}
    assert {name for name in before if before[name] != after[name]} == {"image.tar", "image.json"}


def test_an_index() -> None:
    runner = image_runner()
    runner.write_files(
        {
            "src/amd64": elf(),
            "src/arm64": elf(AARCH64),
            "src/BUILD": (
                'file(name="amd64", source="amd64")\nfile(name="arm64", source="arm64")\n'
                'scratch_image(name="image", binary={"linux/arm64": ":arm64", "linux/amd64": ":amd64"}, archive=True)'
            ),
        }
    )
    path = written(runner, package(runner, "src", "image"))
    report = check_archive(str(path / "image.tar"))
    assert (report.problems, report.not_checked, report.manifests) == ((), (), 2)
    told = json.loads((path / "image.json").read_bytes())
    amd64 = next(each for each in told["manifests"] if each["platform"] == "linux/amd64")
    assert manifest_json(path / "image.tar")["Config"] == f"blobs/{amd64['config'].replace(':', '/')}"


def test_a_variable_that_is_not_set_leaves_its_tag_out() -> None:
    """Only the release job may have it; everybody packages."""
    runner = image_runner("--scratch-image-env-vars=['VERSION']")
    built = build(runner, "src", build_file('archive=True, image_tags=["{env.VERSION}", "latest"]'))
    assert manifest_json(written(runner, built) / "image.tar")["RepoTags"] == ["image:latest"]
    assert "no name   {name}:{env.VERSION}: the environment variable VERSION is not set" in log(built)


def test_every_mistake_with_its_field() -> None:
    runner = image_runner("--scratch-image-default-repository={nam}")
    fields = 'archive="yes", image_tags=["1.0+x", "{env.VERSION}"]'
    with pytest.raises(ExecutionError) as caught:
        build(runner, "src", build_file(fields))
    (exception,) = caught.value.wrapped_exceptions
    said = str(exception)
    assert "field `archive`: expected True or False, got 'yes'; write True" in said
    assert "option `[scratch-image].default_repository`: unknown placeholder {nam}; did you mean {name}?" in said
    assert "field `image_tags`: '1.0+x' is not a valid tag" in said
    assert "field `image_tags`: the environment variable VERSION is not declared" in said


NAMES = 'file(name="bin", source="hello")\nscratch_image(name="c++", binary=":bin", {})'
BLAMED = "the target's name 'c++' cannot be in the name of a repository; rename the target, or write repository='c'"


def test_a_target_s_name_fails_only_where_a_name_is_needed() -> None:
    runner = image_runner()
    runner.write_files({"src/hello": elf(), "src/BUILD": NAMES.format("")})
    image = package(runner, "src", "c++").artifacts[0]
    assert isinstance(image, BuiltScratchImage) and image.names == ()
    with pytest.raises(UnpublishableImage, match=re.escape(BLAMED)):
        grouped(Address("src", target_name="c++"), image, False)


@pytest.mark.parametrize(
    ("fields", "option", "where"),
    [
        ("archive=True", "--no-scratch-image-archive", "field `archive`"),
        ("", "--scratch-image-archive", "option `[scratch-image].archive`"),
    ],
)
def test_an_archive_needs_a_name(fields: str, option: str, where: str) -> None:
    runner = image_runner(option)
    runner.write_files({"src/hello": elf(), "src/BUILD": NAMES.format(fields)})
    with pytest.raises(ExecutionError, match=re.escape(f"{where}: `image.tar` needs a name: {BLAMED}")):
        package(runner, "src", "c++")
    runner.write_files({"src/BUILD": NAMES.format(f'{fields}, repository="c"' if fields else 'repository="c"')})
    assert package(runner, "src", "c++")
