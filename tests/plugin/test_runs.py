"""`test` on targets with `commands` and `service`, and the request of `run`, on the engine."""

from __future__ import annotations

import pytest
from pants.core.goals.run import RunRequest
from pants.engine.addresses import Address
from pants.engine.rules import QueryRule
from pants.testutil.rule_runner import RuleRunner

from scratch_image.engine.tool import MAIN
from scratch_image.goals.run import RunScratchImageFieldSet
from tests.support.rule_runner import Tested, image_runner, run_test
from tests.support.running import compiled

IMAGE = 'file(name="bin", source="hello")\nscratch_image(name="image", binary=":bin", runtime_files=["tmp"])\n'


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return compiled(tmp_path_factory.mktemp("probe"))


def run(runner: RuleRunner, program: bytes, fields: str) -> Tested:
    runner.write_files(
        {"src/hello": program, "src/BUILD": f'{IMAGE}scratch_image_test(name="test", image=":image", {fields})'}
    )
    return run_test(runner, "src", "test")


def test_programs_are_run(program: bytes) -> None:
    runner = image_runner()
    fields = 'commands=[{"stdout": "hello\\n"}], restricted=True, read_only=True'
    result = run(runner, program, fields)
    assert (result.exit_code, result.stderr) == (0, ""), result.stdout
    assert result.stdout.startswith("src:image: 1 program runs as expected, linux/amd64 on rung ")
    both = run(runner, program, f'{fields}, files={{"/app": {{}}}}')
    assert both.stdout.startswith("src:image: 1 expectation holds on linux/amd64\nsrc:image: 1 program runs")


def test_what_fails_is_shown(program: bytes) -> None:
    service = '{"args": ["serve", "8080"], "port": 8080, "path": "/healthz", "stop_within": 1}'
    fields = f'commands=[{{"args": ["exit", "3"]}}], service={service}, absent=["/app"]'
    result = run(image_runner(), program, fields)
    assert result.exit_code == 1
    for text in ("expected nothing, found a file", "exit code", "+ 3", "as process 1"):
        assert text in result.stdout


def test_a_mistake_in_a_build_file(program: bytes) -> None:
    result = run(image_runner(), program, 'commands=[{"arg": []}], service={"path": "/"}')
    assert result.exit_code == 1
    assert "item 1: 'arg' is not a valid key" in result.stderr and "field `service`: it has no 'port'" in result.stderr


def test_the_request_of_run(program: bytes) -> None:
    options = (
        "--scratch-image-run-env=['A=b', 'C=d e']",
        "--scratch-image-run-mounts=['data:/data:ro']",
        "--scratch-image-run-read-only",
        "--scratch-image-run-user=7:8",
    )
    runner = image_runner(*options, rules=[QueryRule(RunRequest, [RunScratchImageFieldSet])])
    runner.write_files({"src/hello": program, "src/BUILD": IMAGE})
    target = runner.get_target(Address("src", target_name="image"))
    request = runner.request(RunRequest, [RunScratchImageFieldSet.create(target)])
    at = request.args.index("scratch_image.run.__main__")
    assert f"{{chroot}}/{MAIN}" in request.args[:at]
    assert request.args[at + 1 :] == (
        "--env=A=b", "--env=C=d e", "--mount=data:/data:ro", "--user=7:8", "--network=host", "--read-only",
        "--target=src:image", "--sandbox", "{chroot}", "{chroot}/image", "--",
    )  # fmt: skip
    assert dict(request.extra_env) == {}
