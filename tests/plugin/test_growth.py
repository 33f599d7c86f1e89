"""`max_growth` of a test against the file of recorded sizes, which `measure-images --write` renews."""

from __future__ import annotations

from pathlib import Path
from typing import Tuple

from pants.testutil.rule_runner import GoalRuleResult, RuleRunner

from scratch_image.goals.measure import MeasureImages
from tests.support.compared import GoProgram
from tests.support.rule_runner import INHERITED, Tested, run_test

FIELDS = 'name="bin", source="hello")\nscratch_image(name="image", binary=":bin", compression="none"'
SMALL, LARGE = GoProgram().content(), GoProgram(data=b"x" * 50_000).content()


def write(runner: RuleRunner, growth: str, program: bytes) -> None:
    build_file = f'file({FIELDS})\nscratch_image_test(name="test", image=":image", max_growth={growth})\n'
    runner.write_files({"src/hello": program, "src/BUILD": build_file})


def record(runner: RuleRunner, *options: str) -> GoalRuleResult:
    arguments: Tuple[str, ...] = ("--write", *options, "src:image")
    return runner.run_goal_rule(
        MeasureImages, global_args=["--no-scratch-image-workers"], args=arguments, env_inherit=INHERITED
    )


def outcome_of(runner: RuleRunner, growth: str, program: bytes) -> Tested:
    write(runner, growth, program)
    return run_test(runner, "src", "test")


def test_an_image_that_grew_too_much(runner: RuleRunner) -> None:
    write(runner, '"2%"', SMALL)
    assert record(runner).stderr == "Wrote image-sizes.txt\n"
    text = Path(runner.build_root, "image-sizes.txt").read_text()
    assert "src:image\tlinux/amd64\tstored\t10240\n" in text and "sha256" not in text
    assert outcome_of(runner, '"2%"', SMALL).exit_code == 0
    result = outcome_of(runner, '"2%"', LARGE)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()[-6:]
    assert lines[0] == "src:image linux/amd64" and lines[1] == "  growth"
    assert lines[2].startswith(
        "    expected at most 10 444 bytes of layers as they are stored, found 61 440 (recorded 10 240, "
    )
    assert any(line.startswith("    /app: .rodata: 0 → 50 000 (+50 000)") for line in lines)
    assert lines[-1].endswith("pants measure-images --write src:image")
    assert outcome_of(runner, '"60kB"', LARGE).exit_code == 0


def test_an_image_that_is_not_recorded(runner: RuleRunner, caplog) -> None:
    assert outcome_of(runner, "0", SMALL).exit_code == 0
    assert "src:image is not recorded in image-sizes.txt for linux/amd64; record it: " in caplog.text


def test_a_file_that_cannot_be_read(runner: RuleRunner, caplog) -> None:
    runner.write_files({"image-sizes.txt": "<<<<<<< HEAD\n"})
    result = outcome_of(runner, '"1%"', SMALL)
    assert result.exit_code == 1 and "image-sizes.txt, line 1: a conflict of a merge is left" in result.stderr
    again = record(runner)
    assert again.exit_code == 0 and "the file is written anew" in caplog.text
    assert outcome_of(runner, '"1%"', SMALL).exit_code == 0


def test_a_directory_in_place_of_the_file(runner: RuleRunner) -> None:
    write(runner, '"1%"', SMALL)
    runner.write_files({"image-sizes.txt/x": ""})
    result = record(runner)
    assert (result.exit_code, result.stderr.partition(";")[0]) == (
        1,
        "option `[scratch-image].sizes_file`: 'image-sizes.txt' is a directory",
    )


def test_a_file_that_is_not_text(runner: RuleRunner) -> None:
    runner.write_files({"image-sizes.txt": b"\xff"})
    result = outcome_of(runner, '"1%"', SMALL)
    assert result.exit_code == 1 and "image-sizes.txt is not UTF-8; renew it with the goal `measure-images" in result.stderr


def test_a_wrong_value(runner: RuleRunner) -> None:
    result = outcome_of(runner, '"much"', SMALL)
    assert result.exit_code == 1
    assert "field `max_growth`: 'much' is not a valid growth; write a share or a size: '2%', '100kB'" in result.stderr
