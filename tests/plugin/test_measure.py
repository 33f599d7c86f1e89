"""`measure-images`: images are packaged, measured, and shown; one that cannot be made is a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Tuple

import pytest
from pants.testutil.rule_runner import GoalRuleResult, RuleRunner

from scratch_image.goals.measure import MeasureImages
from tests.support.compared import GoProgram
from tests.support.programs import elf
from tests.support.rule_runner import INHERITED

IMAGE = 'file(name="bin", source="hello")\nscratch_image(name="image", binary=":bin", files={"/etc/motd": {"text": "x"}})\n'


def measure(runner: RuleRunner, *options: str, build_file: str = IMAGE, program: bytes = b"") -> GoalRuleResult:
    """Runs the goal on an image."""
    runner.write_files({"src/hello": program or GoProgram().content(), "src/BUILD": build_file})
    arguments: Tuple[str, ...] = (*options, "src:")
    return runner.run_goal_rule(
        MeasureImages, global_args=["--no-scratch-image-workers"], args=arguments, env_inherit=INHERITED
    )


def test_an_image(runner: RuleRunner) -> None:
    result = measure(runner)
    assert (result.exit_code, result.stderr) == (0, "")
    first, second, *rest = result.stdout.splitlines()
    assert first == "src:image linux/amd64" and second.endswith("in 2 layers")
    assert any(line.endswith("  golang.org/x/net v0.30.0") for line in rest)
    assert not any("golang.org/x/net/html" in line for line in rest)
    assert "golang.org/x/net/html" not in measure(runner, "--depth=0").stdout
    assert "/app" in result.stdout and "/etc/motd" in result.stdout


def test_json(runner: RuleRunner) -> None:
    result = measure(runner, "--json", program=elf())
    (entry,) = json.loads(result.stdout)["src:image"]
    assert entry["files"][0] == {"path": "/app", "size": len(elf())}
    assert sum(part["size"] for part in entry["parts"]) == len(elf())


def test_an_image_that_cannot_be_made(runner: RuleRunner) -> None:
    result = measure(runner, program=b"#!/bin/sh\n")
    assert result.exit_code == 1 and result.stdout == ""
    assert "src:image" in result.stderr and "Traceback" not in result.stderr


def test_no_image(runner: RuleRunner) -> None:
    result = measure(runner, build_file='file(name="bin", source="hello")\n')
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "None of these targets is a `scratch_image`.\n"


@pytest.mark.parametrize("path", ["dist/images.html", "./dist/images.html"])
def test_a_page(path: str, runner: RuleRunner) -> None:
    result = measure(
        runner, f"--html={path}", build_file=IMAGE.replace(")\n", ', sbom=["spdx"])\n').replace(', sbom=["spdx"]', "", 1)
    )
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "Wrote dist/images.html\n")
    page = Path(runner.build_root, "dist/images.html").read_text()
    assert '<h1 id="i1">src:image</h1>' in page and "golang.org/x/net" in page and "sha256:" in page
    assert "Bill of materials: " in page and "<td>golang.org/x/net</td><td>v0.30.0</td>" in page


def test_a_picture(runner: RuleRunner) -> None:
    result = measure(runner, "--svg=docs/image.svg")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "Wrote docs/image.svg\n")
    assert "<title>Sizes in src:image linux/amd64</title>" in Path(runner.build_root, "docs/image.svg").read_text()
    result = measure(runner, "--svg=x.svg", build_file=IMAGE + 'scratch_image(name="other", binary=":bin")\n')
    assert result.exit_code == 1 and "a picture is of one image, and these are 2" in result.stderr


@pytest.mark.parametrize("option", ["html", "svg"])
@pytest.mark.parametrize(
    "path, why",
    [
        ("/tmp/x.html", "is absolute"),
        ("../x.html", "because of '..'"),
        ("a//b", "is not normalized"),
        ("", "names no file"),
        ("src", "is a directory"),
        ("src/hello/x", "src/hello is a file, and no directory"),
    ],
)
def test_a_path_where_no_page_can_be(option: str, path: str, why: str, runner: RuleRunner) -> None:
    result = measure(runner, f"--{option}={path}")
    assert (
        result.exit_code == 1 and f"option `--measure-images-{option}`: {path!r} " in result.stderr and why in result.stderr
    )
    assert "Wrote" not in result.stderr
