"""`compare-images`: images are packaged, compared with what their names hold, and shown; none stops the others."""

from __future__ import annotations

from typing import Iterator

import pytest
from pants.testutil.rule_runner import GoalRuleResult, RuleRunner, mock_console

from scratch_image.goals.compare import CompareImages
from tests.support.programs import elf
from tests.support.registry_server import RegistryServer
from tests.support.rule_runner import INHERITED, image_runner

IMAGE = 'file(name="bin", source="hello")\nscratch_image(name="image", binary=":bin", image_labels={"k": "v"})\n'


@pytest.fixture
def runner() -> RuleRunner:
    return image_runner()


@pytest.fixture
def server() -> Iterator[RegistryServer]:
    with RegistryServer() as found:
        yield found


def compare(runner: RuleRunner, *options: str, registry: str = "", build: str = IMAGE) -> GoalRuleResult:
    """Runs the goal on the images of a directory."""
    runner.write_files({"src/hello": elf(), "src/BUILD": build})
    registries = {"own": {"address": registry, "default": True}} if registry else {}
    own = ("--no-scratch-image-workers", f"--scratch-image-registries={registries!r}")
    # The process has the terminal.
    with mock_console(runner.options_bootstrapper):
        return runner.run_goal_rule(CompareImages, global_args=own, args=(*options, "src:"), env_inherit=INHERITED)


def test_nothing_is_there(runner: RuleRunner, server: RegistryServer) -> None:
    result = compare(runner, registry=server.address())
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == ""
