"""`[scratch-image].write`: what `package` writes, and that nothing else depends on it."""

from __future__ import annotations

import json
from typing import Any, Dict, Set

import pytest
from pants.backend.shell.target_types import ShellCommandTestTarget
from pants.core.goals.package import BuiltPackage
from pants.core.target_types import ArchiveFieldSet, GenericTarget
from pants.engine.addresses import Address
from pants.engine.fs import DigestContents
from pants.engine.internals.scheduler import ExecutionError
from pants.engine.rules import QueryRule
from pants.testutil.rule_runner import RuleRunner

from tests.support.programs import elf
from tests.support.rule_runner import image_runner, last_line, package, run_test

BUILD = """
file(name="bin", source="hello")
scratch_image(name="image", binary=":bin")
scratch_image(name="tar", binary=":bin", archive=True)
scratch_image_test(name="test", image=":image", files={"/app": {}}, nothing_else=True)
"""
PACKED = """
archive(name="zip", packages=["src:image"], format="tar")
"""
REPORT = "--scratch-image-write=['report']"


def runner_of(*options: str, **files: str) -> RuleRunner:
    runner = image_runner(*options, rules=[QueryRule(BuiltPackage, [ArchiveFieldSet])], targets=[GenericTarget])
    runner.write_files({"src/hello": elf(), "src/BUILD": BUILD, **{f"{name}/BUILD": text for name, text in files.items()}})
    return runner


def files_of(runner: RuleRunner, built: BuiltPackage) -> Dict[str, bytes]:
    return {file.path: file.content for file in runner.request(DigestContents, [built.digest])}


def report_of(files: Dict[str, bytes], name: str = "image") -> Dict[str, Any]:
    report: Dict[str, Any] = json.loads(files[f"src/{name}/image.json"])
    return report


WRITES = [
    # option, image, the files beside blobs, `written`
    ("['layout']", "image", {"image.json", "oci/index.json", "oci/oci-layout"}, ["layout", "report"]),
    ("['report']", "image", {"image.json"}, ["report"]),
    ("['report']", "tar", {"image.json", "image.tar"}, ["archive", "report"]),
    ("['archive']", "image", {"image.json", "image.tar"}, ["archive", "report"]),
    (
        "['archive', 'layout']",
        "image",
        {"image.json", "image.tar", "oci/index.json", "oci/oci-layout"},
        ["layout", "archive", "report"],
    ),
]


@pytest.mark.parametrize("option, image, want, written", WRITES)
def test_what_is_in_the_package(option: str, image: str, want: Set[str], written: Any) -> None:
    runner = runner_of(f"--scratch-image-write={option}")
    files = files_of(runner, package(runner, "src", image))
    assert {path[len(f"src/{image}/") :] for path in files if "/blobs/" not in path} == want
    assert any("/blobs/" in path for path in files) == ("layout" in written)
    assert report_of(files, image)["written"] == written


def test_it_changes_no_digest_and_no_input_of_tests() -> None:
    whole, bare = runner_of(), runner_of(REPORT)
    packages = [package(runner, "src", "image") for runner in (whole, bare)]
    reports = [report_of(files_of(runner, built)) for runner, built in zip((whole, bare), packages)]
    assert [report.pop("written") for report in reports] == [["layout", "report"], ["report"]]
    assert reports[0] == reports[1]
    contents = [artifact.contents for built in packages for artifact in built.artifacts]  # type: ignore[attr-defined]
    assert contents[0] == contents[1], "what tests and publish take, and so their keys"
    assert run_test(bare, "src", "test").exit_code == 0


def test_the_log_says_that_the_layout_is_missing() -> None:
    for options, want in (((), False), ((REPORT,), True)):
        (artifact,) = package(runner_of(*options), "src", "image").artifacts
        assert ("  written   without the layout ([scratch-image].write)" in artifact.extra_log_lines) is want


PACKERS = [
    # BUILD file in `pack/`, how the target is shown
    ('archive(name="zip", packages=["src:image"], format="tar")', "pack:zip (`archive`)"),
    ('archive(name="zip", packages=["//src:image"], format="tar")', "pack:zip (`archive`)"),
    (
        'shell_command(name="x", command="true", execution_dependencies=["src:image"], output_files=["a"])',
        "pack:x (`shell_command`)",
    ),
    (
        # Its name is another one in other versions of Pants.
        f'{ShellCommandTestTarget.alias}(name="x", command="true", execution_dependencies=["src:image"])',
        f"pack:x (`{ShellCommandTestTarget.alias}`)",
    ),
]


@pytest.mark.parametrize("text, shown", PACKERS)
def test_a_target_that_packs_the_image_is_refused(text: str, shown: str) -> None:
    runner = runner_of(REPORT, pack=text)
    with pytest.raises(ExecutionError) as caught:
        package(runner, "src", "image")
    (error,) = caught.value.wrapped_exceptions
    assert str(error) == (
        "src:image cannot be made:\n  option `[scratch-image].write`: it leaves out the layout, and "
        f'{shown} would pack the report alone; add "layout" for this run, or leave the image out of that target\n'
        f"{last_line()}"
    )
    package(runner_of(pack=text), "src", "image")


def test_an_archive_of_an_image_without_its_layout_fails() -> None:
    target = Address("pack", target_name="zip")
    runner = runner_of(REPORT, pack=PACKED)
    with pytest.raises(ExecutionError, match=r"pack:zip \(`archive`\) would pack the report alone"):
        runner.request(BuiltPackage, [ArchiveFieldSet.create(runner.get_target(target))])
    runner = runner_of(pack=PACKED)
    assert files_of(runner, runner.request(BuiltPackage, [ArchiveFieldSet.create(runner.get_target(target))]))


NO_PACKERS = [
    'archive(name="zip", packages=["src:tar"], format="tar")',
    'archive(name="zip", packages=[":image"], format="tar")',
    'archive(name="zip", files=["src:image"], format="tar")',
    'target(name="all", dependencies=["src:image"])',
    'scratch_image_test(name="test", image="src:image", files={"/app": {}})',
]


@pytest.mark.parametrize("text", NO_PACKERS)
def test_other_targets_that_name_it_do_not_matter(text: str) -> None:
    package(runner_of(REPORT, pack=text), "src", "image")


def test_an_image_in_files_of_another_image_is_refused() -> None:
    text = 'scratch_image(name="outer", binary="src:bin", files={"/inner/": "src:image"})'
    package(runner_of(outer=text), "outer", "outer")
    with pytest.raises(ExecutionError, match="leaves out the layout of src:image, which would be a report alone"):
        package(runner_of(REPORT, outer=text), "outer", "outer")
