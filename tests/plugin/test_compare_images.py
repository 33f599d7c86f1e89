"""`compare-images`: images are packaged, compared with what their names hold, and shown; none stops the others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Dict, Iterator, Sequence

import pytest
from pants.engine.fs import DigestContents
from pants.testutil.rule_runner import GoalRuleResult, RuleRunner, mock_console

from scratch_image.goals.compare import CompareImages
from scratch_image.rules.built_image import built_image
from tests.support.asked import put
from tests.support.compared import GoProgram
from tests.support.layouts import Files
from tests.support.programs import AARCH64, elf
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
    write(runner, BUILD.format('image_labels={"k": "v"}, env={"A": "b"}'), GoProgram(version="go1.25.0").content())
    differs = compare(runner, "--reasons=2", registry=server.address())
    line, summary = differs.stdout.splitlines()
    assert line == 'src:image: differs because program /app: Go 1.24.1 → 1.25.0; env[A]: new, "b"; and 1 more'
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
    renamed = BUILD.format('output_path="src/renamed"')
    write(runner, renamed)
    moved = compare(runner, "--against=old/").stdout.splitlines()[0]
    assert moved == "src:image: not there: old/src/renamed; old/src/image is the same image: it was renamed"
    write(runner, BUILD.format(f'{fields}user="7:7"') + OTHER.format("new", "skip_push=True"))
    assert last.startswith("2 images: 1 different, 1 not there; ") and last.endswith(" not in old")
    for against in ("old/src/image", "old/src/image/image.json", "old/src/image/oci"):
        one = compare(runner, f"--against={against}", specs=["src:image"])
        assert one.stdout.startswith('src:image: differs because user: "65532:65532" → "7:7"') or "image.json" in against
        many = compare(runner, f"--against={against}")
        assert many.exit_code == 2 and "is one image, and there are 2 to compare" in many.stderr and not many.stdout


TOOLS = 'file(name="busybox", source="other")\n'
DEBUG = 'scratch_image_debug(name="debug", image=":{}", tools={{"/busybox/": ":busybox"}})\n'


def test_debug_images_have_their_own_names(runner: RuleRunner, server: RegistryServer) -> None:
    write(runner, BUILD.format('skip_push=True, registries=["h.example"]') + TOOLS + DEBUG.format("image"))
    kept = "not published: `skip_push` on src:image"
    lines = compare(runner, "--check", registry=server.address()).stdout.splitlines()
    assert lines[:2] == [f"src:debug: {kept}", f"src:image: {kept}"] and lines[2].startswith("2 images: 2 not published; ")
    write(runner, BUILD.format('image_tags=["1"]') + TOOLS + DEBUG.format("image"))
    debug, image, _ = compare(runner, registry=server.address()).stdout.splitlines()
    assert debug == f"src:debug: not there: {server.address()}/image:1-debug"
    assert image == f"src:image: not there: {server.address()}/image:1"


def test_names_are_those_of_publish(runner: RuleRunner, server: RegistryServer) -> None:
    """Registries with prefixes, own repositories and more tags; a tag without a value is left out beside another one."""
    address = server.address()
    registries: Dict[str, Dict[str, object]] = {
        "own": {"address": f"{address}/mirror", "repository": "x/{target_repository}", "extra_image_tags": ["m"]},
        "kept": {"address": "kept.example", "skip_push": True},
    }
    options = (f"--scratch-image-registries={registries!r}", "--scratch-image-env-vars=['VERSION']")
    fields = 'registries=["@own", "@kept"], image_tags=["v{env.VERSION}", "{digest_short}"], repository="{directory}/a"'
    write(runner, BUILD.format(fields))
    line, _ = compare(runner, *options).stdout.splitlines()
    short = line.partition(f"src:image: not there: {address}/mirror/x/src/a:")[2]
    assert len(short.partition(", ")[0]) == 12 and short.endswith(", :m")
    write(runner, BUILD.format('registries=["@kept"]'))
    assert compare(runner, *options).stdout.startswith("src:image: not published: `skip_push` on registry @kept\n")


BAD = [
    # fields of the image, what is said
    ("", "it has no registry; set `default = true` on one in [scratch-image].registries, or name some in the field"),
    ('registries=["h.example"], image_tags=[]', "it has no name: field `image_tags` is empty; write a tag"),
    ('registries=["h.example"], image_tags=["{env.V}"]', "no name   {name}:{env.V}: the environment variable V is not set"),
    ('registries=["h.example/"]', "it cannot be packaged"),
    ('registries=["127.0.0.1:9"]', "127.0.0.1:9 cannot be connected to"),
    ('user="a b"', "it cannot be packaged"),
    ('binary=":nowhere"', "it cannot be packaged"),
]


@pytest.mark.parametrize(("fields", "want"), BAD)
def test_one_bad_image_does_not_stop_the_others(fields: str, want: str, runner: RuleRunner, server: RegistryServer) -> None:
    good = f'image_tags=["1"], registries=["{server.address()}"]'
    bad = OTHER.format("bad", fields) if "binary" not in fields else f'scratch_image(name="bad", {fields})\n'
    write(runner, BUILD.format(good) + bad)
    result = compare(runner, "--scratch-image-env-vars=['V']", "--timeout=2")
    assert (result.exit_code, result.stderr) == (2, "")
    assert f"src:image: not there: {server.address()}/image:1\n" in result.stdout
    assert result.stdout.startswith("src:bad: cannot tell: ") and want in result.stdout and "Traceback" not in result.stdout
    assert "\n2 images: 1 not there, 1 not known; " in result.stdout


def test_two_images_with_one_name(runner: RuleRunner, server: RegistryServer) -> None:
    fields = f'registries=["{server.address()}"], repository="same"'
    write(runner, BUILD.format(fields) + OTHER.format("other", fields))
    result = compare(runner)
    name = f"{server.address()}/same:latest"
    assert f"src:image: cannot tell: {name} is also the name of src:other, which is another image\n  fix: " in result.stdout
    assert f"src:other: cannot tell: {name} is also the name of src:image, which is another image\n" in result.stdout
    assert result.exit_code == 2 and server.log == []


AGAINST = [
    # the option, what is said
    ("none", "none does not exist; name a directory or a file that is there, relative to the root of the repository"),
    ("", "'' is not a path; name an older `dist/`, or an image"),
    ("a\0b", "is not a path"),
]


@pytest.mark.parametrize(("against", "want"), AGAINST)
def test_nothing_to_compare_with(against: str, want: str, runner: RuleRunner) -> None:
    write(runner)
    result = compare(runner, f"--against={against}")
    assert (result.exit_code, result.stdout) == (2, "") and want in result.stderr


def test_no_image(runner: RuleRunner) -> None:
    write(runner, 'file(name="bin", source="hello")\n')
    result = compare(runner)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "None of these targets is a `scratch_image` or `scratch_image_debug`.\n"
    assert json.loads(compare(runner, "--json").stdout)["images"] == {}


def test_several_platforms(runner: RuleRunner, server: RegistryServer) -> None:
    build = 'file(name="bin", source="hello")\nfile(name="arm", source="arm")\n'
    build += 'scratch_image(name="image", binary={"linux/amd64": ":bin", "linux/arm64": ":arm"})\n'
    runner.write_files({"src/arm": GoProgram(machine=AARCH64).content()})
    write(runner, build)
    put(server, packaged(runner), "image", "latest")
    runner.write_files({"src/arm": GoProgram(version="go1.25.0", machine=AARCH64).content()})
    line, _ = compare(runner, registry=server.address()).stdout.splitlines()
    assert line.startswith("src:image: differs because linux/arm64: program /app: Go 1.24.1 → 1.25.0")
    part = compare(runner, "--scratch-image-platforms=['linux/arm64']", registry=server.address())
    assert "cannot tell: it was built without linux/amd64; empty the option" in part.stdout and part.exit_code == 2
