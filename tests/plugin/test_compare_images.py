"""`compare-images`: images are packaged, compared with what their names hold, and shown; none stops the others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Dict, Iterator, List, Sequence

import pytest
from pants.engine.fs import DigestContents
from pants.testutil.rule_runner import GoalRuleResult, RuleRunner, mock_console

from scratch_image.goals.compare import CompareImages
from scratch_image.rules.built_image import built_image
from tests.support.asked import put
from tests.support.compared import GoProgram
from tests.support.layouts import Files
from tests.support.programs import elf
from tests.support.registry_server import RegistryServer
from tests.support.rule_runner import INHERITED, image_runner, package

BUILD = 'file(name="bin", source="hello")\nscratch_image(name="image", binary=":bin", {})\n'
OTHER = 'file(name="other-bin", source="other")\nscratch_image(name="{}", binary=":other-bin", {})\n'


@pytest.fixture
def runner() -> RuleRunner:
    return image_runner()


@pytest.fixture
def server() -> Iterator[RegistryServer]:
    with RegistryServer() as found:
        yield found


def write(runner: RuleRunner, build: str = BUILD.format(""), program: bytes = b"") -> None:
    runner.write_files({"src/hello": program or GoProgram().content(), "src/other": elf(), "src/BUILD": build})


def compare(runner: RuleRunner, *options: str, registry: str = "", specs: Sequence[str] = ("src:",)) -> GoalRuleResult:
    """Runs the goal."""
    registries = {"own": {"address": registry, "default": True}} if registry else {}
    own = ("--no-scratch-image-workers", f"--scratch-image-registries={registries!r}")
    # The process has the terminal.
    with mock_console(runner.options_bootstrapper):
        return runner.run_goal_rule(CompareImages, global_args=own, args=(*options, *specs), env_inherit=INHERITED)


def packaged(runner: RuleRunner, name: str = "image") -> Files:
    """The layout of an image."""
    contents = runner.request(DigestContents, [built_image(package(runner, "src", name)).contents])
    return {file.path[len("oci/") :]: file.content for file in contents if file.path.startswith("oci/")}


def save(runner: RuleRunner, directory: str, name: str = "image") -> None:
    """Writes what `package` makes of an image as an older dist/."""
    made = runner.request(DigestContents, [built_image(package(runner, "src", name)).contents])
    for file in made:
        path = Path(runner.build_root, directory, f"src/{name}".replace("/", "."), file.path)
        path = Path(runner.build_root, directory, "src", name, file.path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)


def test_a_registry(runner: RuleRunner, server: RegistryServer) -> None:
    """Nothing is there; the same is there; then what is there differs."""
    write(runner)
    first = compare(runner, registry=server.address())
    line, summary = first.stdout.splitlines()
    assert (first.exit_code, first.stderr) == (0, "")
    assert line == f"src:image: not there: {server.address()}/image:latest"
    assert summary.startswith("1 image: 1 not there; `publish` would send ") and summary.endswith(" in 2 blobs")
    assert compare(runner, "--check", registry=server.address()).exit_code == 1
    put(server, packaged(runner), "image", "latest")
    same = compare(runner, "--check", registry=server.address())
    want = "src:image: same\n1 image: 1 the same; `publish` would send 0 bytes in 0 blobs\n"
    assert (same.exit_code, same.stdout) == (0, want)
    write(runner, BUILD.format('image_labels={"k": "v"}, env=["A=b"]'), GoProgram(version="go1.25.0").content())
    differs = compare(runner, "--reasons=2", registry=server.address())
    line, summary = differs.stdout.splitlines()
    assert line == "src:image: differs because program /app: Go 1.24.1 → 1.25.0; env[A]: none → \"b\"; and 1 more"
    assert (differs.exit_code, summary.startswith("1 image: 1 different; `publish` would send ")) == (0, True)
    assert compare(runner, "--check", registry=server.address()).exit_code == 1


def test_json(runner: RuleRunner, server: RegistryServer) -> None:
    write(runner, BUILD.format("") + OTHER.format("new", ""))
    put(server, packaged(runner), "image", "latest")
    found = json.loads(compare(runner, "--json", registry=server.address()).stdout)
    assert {name: image["state"] for name, image in found["images"].items()} == {"src:image": "same", "src:new": "not there"}
    missing = [blob["size"] for blob in found["images"]["src:new"]["compared"][0]["missing"]]
    assert found["summary"]["bytes"] == sum(missing) > 0 and found["summary"]["blobs"] == len(missing)


def test_an_older_dist(runner: RuleRunner) -> None:
    write(runner)
    directory = str(Path(runner.build_root, "old/src/image"))
    save(runner, "old")
    assert Path(directory, "image.json").is_file()
    fields = 'output_path="src/image", '
    write(runner, BUILD.format(fields))
    same = compare(runner, "--against=old")
    assert same.stdout == "src:image: same\n1 image: 1 the same; 0 bytes in 0 blobs not in old\n"
    write(runner, BUILD.format(f'{fields}user="7:7"') + OTHER.format("new", "skip_push=True"))
    result = compare(runner, "--against=old", "--check")
    first, second, last = result.stdout.splitlines()
    assert first.startswith('src:image: differs because user: "65532:65532" → "7:7"')
    assert (second, result.exit_code) == ("src:new: not there: old/src/new", 1)
    assert last.startswith("2 images: 1 different, 1 not there; ") and last.endswith(" not in old")
    for against in ("old/src/image", "old/src/image/image.json", "old/src/image/oci"):
        one = compare(runner, f"--against={against}", specs=["src:image"])
        assert one.stdout.startswith('src:image: differs because user: "65532:65532" → "7:7"') or "image.json" in against
        many = compare(runner, f"--against={against}")
        assert many.exit_code == 2 and "is one image, and there are 2 to compare" in many.stderr and not many.stdout


def test_debug_images_and_names_that_are_not_sent(runner: RuleRunner, server: RegistryServer) -> None:
    build = BUILD.format("") + 'file(name="sh", source="sh")\nscratch_image_debug(name="debug", image=":image", tools={"sh": ":sh"})'
    write(runner, build + "\n" + OTHER.format("kept", "skip_push=True") + OTHER.format("x", 'registries=["h.example"]'))
