"""`test` on `scratch_image_test` targets: an image is packaged and looked into; a mistake in a BUILD file fails the test."""

from __future__ import annotations

import hashlib
from typing import Dict

import pytest
from pants.engine.addresses import Address
from pants.engine.internals.scheduler import ExecutionError
from pants.engine.target import InvalidFieldException
from pants.testutil.rule_runner import RuleRunner

from scratch_image.targets.field_sets import ScratchImageTestFieldSet
from tests.support.programs import AARCH64, elf
from tests.support.rule_runner import Tested, dependencies, image_runner, run_test

IMAGE = 'file(name="bin", source="hello")\nscratch_image(name="image", binary=":bin", cmd=["x"], {})\n'


def run(runner: RuleRunner, fields: str, image: str = "", program: bytes = elf()) -> Tested:
    """Runs a test with these fields, of an image with those."""
    build_file = f'{IMAGE.format(image)}scratch_image_test(name="test", {fields})'
    runner.write_files({"src/hello": program, "src/BUILD": build_file})
    return run_test(runner, "src", "test")


def test_a_test_that_passes(runner: RuleRunner) -> None:
    digest = hashlib.sha256(elf()).hexdigest()
    fields = f"""
        image=":image", nothing_else=True, max_size="10kB", max_unpacked_size="31kB", max_severity="warning",
        files={{
            "/app": {{"type": "file", "mode": "0755", "owner": "0:0", "digest": "sha256:{digest}"}},
            "/etc/motd": {{"text": "hello\\n", "mode": "0640", "owner": "1:2"}},
            "/link": {{"target": "etc/motd"}},
            "/tmp": {{"type": "directory", "mode": "1777"}},
        }},
        absent=["/bin/sh"],
        config={{
            "entrypoint": ["/app"], "cmd": ["x"], "env": {{"A": "b", "B": None}}, "user": "65532:65532", "workdir": None,
            "exposed_ports": ["80"], "volumes": ["/data"], "image_labels": {{"k": "v"}}, "annotations": {{"a": "b"}},
            "created": "1970-01-01T00:00:00Z", "platform": "linux/amd64", "stop_signal": "SIGINT",
        }},
    """
    image = """
        files={"/etc/motd": {"text": "hello\\n", "mode": "0640", "owner": "1:2"}}, symlinks={"/link": "etc/motd"},
        runtime_files=["tmp"], env={"A": "b"}, exposed_ports=["80"], volumes=["/data"], image_labels={"k": "v"},
        annotations={"a": "b"}, stop_signal="SIGINT",
    """
    result = run(runner, fields, image)
    assert (result.stderr, result.exit_code) == ("", 0), result.stdout
    assert result.stdout == "src:image: 22 expectations hold on linux/amd64\n"
    assert result.result_metadata is not None and result.addresses == (Address("src", target_name="test"),)


def test_a_test_that_fails_shows_all_that_differs(runner: RuleRunner) -> None:
    fields = 'image=":image", files={"/app": {"mode": "0555"}}, absent=["/app/x", "/tmp"], config={"user": "0:0"}'
    result = run(runner, fields, 'runtime_files=["tmp"]')
    assert result.exit_code == 1
    assert result.stdout == (
        "src:image linux/amd64   (- expected, + found)\n  file /app\n    mode    expected 0555   found 0755\n"
        "  file /tmp\n    expected nothing, found a directory (mode 1777, 0:0)\n"
        '  config user\n    - "0:0"\n    + "65532:65532"\n'
    )


@pytest.mark.parametrize("compression", ["gzip", "zstd:9", "none"])
def test_every_compression_is_read(runner: RuleRunner, compression: str) -> None:
    result = run(runner, 'image=":image", files={"/app": {}}', f'compression="{compression}"')
    assert (result.exit_code, result.stderr) == (0, ""), result.stdout


def test_a_finding_above_the_level(runner: RuleRunner) -> None:
    """And one that the image accepts is none."""
    fields = 'image=":image", max_severity="none"'
    image = 'directories={"/data": {"mode": "0777"}}'
    result = run(runner, fields, image)
    assert result.exit_code == 1 and "expected no finding, found a finding of severity" in result.stdout
    (check,) = {line.split()[1] for line in result.stdout.splitlines() if line.startswith("  finding ")}
    assert run(image_runner(), fields, f'{image}, allow=["{check}"]').exit_code == 0


BOTH = """
file(name="bin-arm64", source="hello-arm64")
scratch_image(name="both", binary={"linux/amd64": ":bin", "linux/arm64": ":bin-arm64"})
"""


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ('absent=["/etc"]', 0, "src:both: 1 expectation holds on linux/amd64, linux/arm64\n"),
        ('platform="linux/arm64", absent=["/etc"]', 0, "src:both: 1 expectation holds on linux/arm64\n"),
        (
            'platform="linux/s390x", absent=["/etc"]',
            1,
            "src:both linux/s390x   (- expected, + found)\n  platform\n"
            "    expected linux/s390x, found linux/amd64, linux/arm64\n",
        ),
        (
            'config={"platform": "linux/amd64"}',
            1,
            'src:both linux/arm64   (- expected, + found)\n  config platform\n    - "linux/amd64"\n    + "linux/arm64"\n',
        ),
    ],
)
def test_an_index(runner: RuleRunner, fields: str, status: int, said: str) -> None:
    build_file = f'{IMAGE.format("")}{BOTH}scratch_image_test(name="test", image=":both", {fields})'
    runner.write_files({"src/hello": elf(), "src/hello-arm64": elf(AARCH64), "src/BUILD": build_file})
    result = run_test(runner, "src", "test")
    assert (result.stdout, result.exit_code) == (said, status)


def test_a_platform_that_an_option_leaves_out() -> None:
    runner = image_runner("--scratch-image-platforms=['linux/amd64']")
    test = 'scratch_image_test(name="test", image=":both", platform="linux/arm64", absent=["/etc"])'
    runner.write_files({"src/hello": elf(), "src/hello-arm64": elf(AARCH64), "src/BUILD": IMAGE.format("") + BOTH + test})
    result = run_test(runner, "src", "test")
    assert result.exit_code == 1
    assert result.stdout.endswith("    the option [scratch-image].platforms left out linux/arm64\n")


def test_a_place_in_dist_that_a_glob_would_take_for_another(runner: RuleRunner) -> None:
    result = run(runner, 'image=":image", files={"/app": {}}', 'output_path="a*b/[c]/{d}"')
    assert result.exit_code == 0, result.stdout


NOT_PACKAGED = [
    # fields of the image, its program, the message, reason
    ("", b"#!/bin/sh\n", "src:image cannot be built:\n  SR001", "a program that cannot run"),
    ('user="a b"', elf(), "src:image cannot be made:\n  field `user`: ", "a mistake in a field"),
    ("", b"", "src:image: field `binary`: src:bin", "no artifact"),
]


@pytest.mark.parametrize(("image", "program", "said", "reason"), NOT_PACKAGED, ids=[row[3] for row in NOT_PACKAGED])
def test_an_image_that_is_not_made_fails_its_test(
    runner: RuleRunner, image: str, program: bytes, said: str, reason: str
) -> None:
    result = run(runner, 'image=":image", absent=["/etc"]', image, program)
    assert (result.exit_code, result.stdout, result.result_metadata) == (1, "", None)
    assert result.stderr.startswith(said) and "Traceback" not in result.stderr


def test_a_program_that_can_not_be_built_fails_the_test_of_its_image(runner: RuleRunner) -> None:
    build_file = (
        'shell_command(name="bin", command="echo no such luck >&2; exit 3", tools=["echo"], output_files=["x"])\n'
        'scratch_image(name="image", binary=":bin")\nscratch_image_test(name="test", image=":image", absent=["/etc"])'
    )
    runner.write_files({"src/BUILD": build_file})
    result = run_test(runner, "src", "test")
    assert result.exit_code == 1 and "no such luck" in result.stderr


MISTAKES: Dict[str, str] = {
    # fields: the message. The rest of them is in tests/structure/test_spec.py.
    'image=":image"': "so nothing would be tested",
    'image=":nope", absent=["/a"]': "field `image`: ':nope' does not exist; choose from ':bin' or ':image'",
    'image="", absent=["/a"]': "field `image`: it is empty",
    'image=":bin", absent=["/a"]': "field `image`: src:bin is a `file` target; name a `scratch_image`",
    'image=":test", absent=["/a"]': "field `image`: src:test is a `scratch_image_test` target; name a `scratch_image`",
    'image=":a b", absent=["/a"]': "field `image`: ",
    'image="::", absent=["/a"]': "field `image`: ",
    'image=5, absent=["/a"]': "field `image`: 5 is not a string",
    'image=":image", absent=["/a"], timeout=-1': "field `timeout`: -1 is not a valid number of seconds",
    'image=":image", absent=["/a"], skip_tests="no"': "field `skip_tests`: expected True or False, got 'no'",
    'image=":image", files={"/a": {"mode": 755}}': "field `files`, key '/a', key 'mode': 755 is not a valid mode",
    'image=":image", config={"usr": "0:0"}': "did you mean 'user'?",
}


@pytest.mark.parametrize("fields", MISTAKES)
def test_a_mistake_in_a_field(runner: RuleRunner, fields: str) -> None:
    result = run(runner, fields)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("src:test cannot be run:\n  ") and MISTAKES[fields] in result.stderr


def test_all_mistakes_of_a_target_at_once(runner: RuleRunner) -> None:
    result = run(
        runner, 'image=":nope", files=[], absent=5, config={"user": 1}, max_size="x", max_severity="y", platform="z"'
    )
    named = [line.split("`")[1] for line in result.stderr.splitlines() if line.startswith("  field ")]
    assert sorted(named) == ["absent", "config", "files", "image", "max_severity", "max_size", "platform"]


def test_a_wrong_target_can_be_loaded(runner: RuleRunner) -> None:
    """`./pants list ::` makes every target of the repository: nothing of a test may be refused there."""
    wrong = ", ".join(
        f"{field}={value}"
        for field, value in {
            "image": 5, "platform": "[]", "files": "[1]", "absent": "{1: {}}", "nothing_else": "'x'", "config": "7",
            "max_size": "{}", "max_unpacked_size": "[[]]", "max_severity": "1", "timeout": "'soon'", "skip_tests": "[]",
        }.items()
    )  # fmt: skip
    try:
        result = run(runner, wrong)
    except InvalidFieldException as error:
        pytest.fail(str(error))
    assert result.exit_code == 1 and result.stderr.count("\n  field ") == 11
    assert list(dependencies(runner, "src", "test")) == []


def test_the_dependency_is_inferred(runner: RuleRunner) -> None:
    run(runner, 'image=":image", absent=["/a"]')
    assert list(dependencies(runner, "src", "test")) == [Address("src", target_name="image")]


def test_an_address_that_does_not_exist_names_the_test_in_dependencies_too(runner: RuleRunner) -> None:
    runner.write_files({"src/BUILD": 'scratch_image_test(name="test", image=":nope")'})
    with pytest.raises(ExecutionError, match=r"(?s)src:test cannot be run.*field `image`.*:nope"):
        dependencies(runner, "src", "test")


@pytest.mark.parametrize(("skip", "skipped"), [("True", True), ("False", False), ("None", False), ("'yes'", False)])
def test_a_test_is_skipped_for_true_only(runner: RuleRunner, skip: str, skipped: bool) -> None:
    """What is no flag does not skip a test in silence."""
    runner.write_files({"src/BUILD": f'scratch_image_test(name="test", image=":image", skip_tests={skip})'})
    target = runner.get_target(Address("src", target_name="test"))
    assert ScratchImageTestFieldSet.is_applicable(target) is not skipped
