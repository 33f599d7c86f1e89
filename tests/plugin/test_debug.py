"""`scratch_image_debug`: what it packages, lints, runs and publishes, and its mistakes."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from typing import Any, Dict, Tuple

import pytest
from pants.core.goals.lint import LintResult
from pants.core.goals.package import BuiltPackage
from pants.core.goals.publish import PublishProcesses
from pants.core.goals.run import RunRequest
from pants.engine.addresses import Address
from pants.engine.fs import DigestContents
from pants.engine.internals.scheduler import ExecutionError
from pants.engine.rules import QueryRule
from pants.testutil.rule_runner import RuleRunner

from scratch_image.goals.lint import LintScratchImageDebugs
from scratch_image.goals.publish import PublishScratchImageDebugFieldSet, PublishScratchImageRequest
from scratch_image.goals.run import RunScratchImageFieldSet
from scratch_image.targets.field_sets import ScratchImageDebugFieldSet
from tests.support.programs import AARCH64, INTERP, LOAD, Segment, elf, elf_file
from tests.support.rule_runner import dependencies, image_runner, package, run_test

TARGETS = """
file(name="bin", source="hello")
file(name="arm", source="arm")
file(name="busybox", source="busybox")
file(name="busybox-arm", source="busybox-arm")
file(name="dynamic", source="dynamic")
shell_command(name="tree", tools=["mkdir", "cp", "ln", "echo", "chmod"],
  command="mkdir -p t/bin t/man && cp busybox t/bin/box && chmod +x t/bin/box && ln -s box t/bin/sh && echo x > t/man/sh.1",
  execution_dependencies=[":busybox"], output_directories=["t"])
scratch_image(name="index", binary={"linux/amd64": ":bin", "linux/arm64": ":arm"})
"""
IMAGE = 'scratch_image(name="image", binary=":bin", env={"B": "1", "Z": "2"}, cmd=["serve"], directories={"/data": {}})\n'
DEBUG = 'scratch_image_debug(name="debug", image=":image", tools={"/busybox/": ":busybox"})\n'
DYNAMIC = elf_file(segments=[Segment(LOAD, b"\xc3" * 16, 5), Segment(INTERP, b"/lib/ld.so\0")], dynamic=[(1, b"libc.so.6")])
DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
RULES = (
    QueryRule(BuiltPackage, [ScratchImageDebugFieldSet]),
    QueryRule(RunRequest, [RunScratchImageFieldSet]),
    QueryRule(LintResult, [LintScratchImageDebugs.Batch]),
    QueryRule(PublishProcesses, [PublishScratchImageRequest]),
)
Document = Dict[str, Any]
# The digests of IMAGE and of DEBUG. Bytes are renewed with a recipe only (docs/adr/0002-recipes.md).
PRODUCTION = "sha256:3466d37e05d4b298ad2ab4972de12541ef888dba69ba14672cf867d587bba074"
GOLDEN = "sha256:0ebc24b4be72630fe1215f454c8bdb6f5ec6ce711b1eef36fd39db60a8fdf0af"


def runner_of(build: str, *options: str) -> RuleRunner:
    runner = image_runner(*options, rules=RULES)
    files = {
        "src/hello": elf(),
        "src/arm": elf(AARCH64),
        "src/busybox": elf(text="busybox\n"),
        "src/busybox-arm": elf(AARCH64, text="busybox\n"),
        "src/dynamic": DYNAMIC,
        "src/BUILD": TARGETS + build,
    }
    runner.write_files(files)
    return runner


def debug_package(runner: RuleRunner, name: str = "debug") -> BuiltPackage:
    target = runner.get_target(Address("src", target_name=name))
    return runner.request(BuiltPackage, [ScratchImageDebugFieldSet.create(target)])


def contents(runner: RuleRunner, built: BuiltPackage) -> Dict[str, bytes]:
    (artifact,) = built.artifacts
    place = f"{artifact.relpath}/"
    return {file.path[len(place) :]: file.content for file in runner.request(DigestContents, [built.digest])}


def document(files: Dict[str, bytes], digest: str) -> Document:
    parsed = json.loads(files[f"oci/blobs/sha256/{digest[7:]}"])
    assert isinstance(parsed, dict)
    return parsed


def image_of(files: Dict[str, bytes], root: str) -> Tuple[Document, Document]:
    """(manifest, configuration)"""
    manifest = document(files, root)
    return manifest, document(files, manifest["config"]["digest"])


def root_of(files: Dict[str, bytes]) -> str:
    (entry,) = json.loads(files["oci/index.json"])["manifests"]
    return str(entry["digest"])


def members(files: Dict[str, bytes], layer: Document) -> Dict[str, int]:
    """Path → mode of the files and links of a layer."""
    blob = gzip.decompress(files[f"oci/blobs/sha256/{layer['digest'][7:]}"])
    with tarfile.open(fileobj=io.BytesIO(blob)) as archive:
        return {member.name: member.mode for member in archive if not member.isdir()}


def failure(build: str, *options: str, name: str = "debug") -> str:
    with pytest.raises(ExecutionError) as caught:
        debug_package(runner_of(build, *options), name)
    (exception,) = caught.value.wrapped_exceptions
    return str(exception)


def test_one_layer_on_top_and_a_longer_path() -> None:
    runner = runner_of(IMAGE + DEBUG)
    production = contents(runner, package(runner, "src", "image"))
    built = debug_package(runner)
    debug = contents(runner, built)
    assert (root_of(production), root_of(debug)) == (PRODUCTION, GOLDEN)
    was, of = image_of(production, root_of(production)), image_of(debug, root_of(debug))
    assert of[0]["layers"][:-1] == was[0]["layers"]
    assert members(debug, of[0]["layers"][-1]) == {"busybox/busybox": 0o755}
    assert [entry["created_by"] for entry in of[1]["history"]][-1] == "scratch_image debug tools"
    changed = {**of[1]["config"], "Env": was[1]["config"]["Env"]}
    assert changed == was[1]["config"]
    assert of[1]["config"]["Env"] == ["B=1", f"PATH={DEFAULT_PATH}:/busybox", "Z=2"]
    # The image is what it is without a debug image.
    alone = runner_of(IMAGE)
    assert root_of(contents(alone, package(alone, "src", "image"))) == root_of(production)


def test_a_tree_and_an_entrypoint() -> None:
    fields = 'tools={"/": ":tree", "/usr/bin/x": ":busybox"}, entrypoint=["/t/bin/sh", "-i"]'
    image = IMAGE.replace('"Z": "2"', '"PATH": "/a:/usr/bin"')
    runner = runner_of(f'{image}scratch_image_debug(name="debug", image=":image", {fields})')
    debug = contents(runner, debug_package(runner))
    manifest, configuration = image_of(debug, root_of(debug))
    top = members(debug, manifest["layers"][-1])
    assert top == {"t/bin/box": 0o755, "t/bin/sh": 0o777, "t/man/sh.1": 0o644, "usr/bin/x": 0o755}
    assert configuration["config"]["Env"] == ["B=1", "PATH=/a:/usr/bin:/t/bin"]
    assert configuration["config"]["Entrypoint"] == ["/t/bin/sh", "-i"]
    assert "Cmd" not in configuration["config"]


def test_an_index_has_tools_for_each_platform() -> None:
    tools = '{"/b/sh": {"linux/amd64": ":busybox", "linux/arm64": ":busybox-arm"}}'
    runner = runner_of(f'scratch_image_debug(name="debug", image=":index", tools={tools})')
    debug = contents(runner, debug_package(runner))
    index = document(debug, root_of(debug))
    tops = []
    for entry in index["manifests"]:
        manifest, configuration = image_of(debug, entry["digest"])
        assert configuration["config"]["Env"] == [f"PATH={DEFAULT_PATH}:/b"]
        tops.append(manifest["layers"][-1]["digest"])
    assert len(set(tops)) == 2
    report = json.loads(debug["image.json"])
    assert [len(entry["layers"]) for entry in report["manifests"]] == [2, 2]
    one = failure('scratch_image_debug(name="debug", image=":index", tools={"/b/": {"linux/amd64": ":busybox"}})')
    assert "key '/b/': src:index is also for linux/arm64" in one


def test_what_is_written_is_that_of_the_image() -> None:
    runner = runner_of(IMAGE.replace("cmd=", "archive=True, cmd=") + DEBUG)
    debug = contents(runner, debug_package(runner))
    report = json.loads(debug["image.json"])
    assert report["written"] == ["layout", "archive", "report"]
    assert report["archive"]["references"] == ["image:latest-debug"]
    assert hashlib.sha256(debug["image.tar"]).hexdigest() == report["archive"]["digest"][7:]
    packed = 'archive(name="packed", packages=[":debug"], format="tar")'
    message = failure(IMAGE + DEBUG + packed, "--scratch-image-write=['report']")
    assert "src:packed (`archive`) would pack the report alone" in message


def test_names_have_the_suffix_and_the_images_digest() -> None:
    registry = '--scratch-image-registries={"r": {"address": "registry.example", "default": True}}'
    image = IMAGE.replace("cmd=", 'image_tags=["1.0", "{digest_short}"], cmd=')
    runner = runner_of(image + DEBUG, registry)
    production = contents(runner, package(runner, "src", "image"))
    built = debug_package(runner)
    short = root_of(production)[7:19]
    debug = contents(runner, built)
    expected = [f"registry.example/image:{tag}-debug" for tag in ("1.0", short)]
    assert json.loads(debug["image.json"])["references"] == expected
    target = runner.get_target(Address("src", target_name="debug"))
    request = PublishScratchImageRequest(PublishScratchImageDebugFieldSet.create(target), (built,))
    (job,) = runner.request(PublishProcesses, [request])
    assert job.process is not None
    assert job.names == tuple(f"{name}@{root_of(debug)}" for name in expected)


@pytest.mark.parametrize(
    ("image", "debug", "keeper"),
    [
        (IMAGE, DEBUG.replace(")", ", skip_push=True)"), "src:debug"),
        (IMAGE.replace("cmd=", "skip_push=True, cmd="), DEBUG, "src:image"),
    ],
)
def test_skip_push(image: str, debug: str, keeper: str) -> None:
    runner = runner_of(image + debug)
    target = runner.get_target(Address("src", target_name="debug"))
    request = PublishScratchImageRequest(PublishScratchImageDebugFieldSet.create(target), (debug_package(runner),))
    (job,) = runner.request(PublishProcesses, [request])
    assert job.process is None and job.description == f"(by `skip_push` on {keeper})"


def request_of_run(build: str, *options: str) -> Tuple[str, ...]:
    runner = runner_of(build, *options)
    target = runner.get_target(Address("src", target_name="debug"))
    request = runner.request(RunRequest, [RunScratchImageFieldSet.create(target)])
    return tuple(arg for arg in request.args if arg.startswith("--entrypoint"))


def test_run_starts_a_shell() -> None:
    assert request_of_run(IMAGE + DEBUG) == ("--entrypoint=/busybox/busybox", "--entrypoint=sh")
    tree = DEBUG.replace(":busybox", ":tree")
    assert request_of_run(IMAGE + tree) == ("--entrypoint=/busybox/t/bin/sh",)
    own = DEBUG.replace("})", '}, entrypoint=["/busybox/busybox", "ash"])')
    assert request_of_run(IMAGE + own) == ()
    none = DEBUG.replace("/busybox/", "/t/strace")
    assert request_of_run(IMAGE + none, "--scratch-image-run-entrypoint=['/t/strace']") == ("--entrypoint=/t/strace",)
    with pytest.raises(ExecutionError, match="field `tools`: there is no shell in it"):
        request_of_run(IMAGE + none)


def lint(build: str, *options: str) -> LintResult:
    runner = runner_of(build, *options)
    field_set = ScratchImageDebugFieldSet.create(runner.get_target(Address("src", target_name="debug")))
    return runner.request(LintResult, [LintScratchImageDebugs.Batch("", (field_set,), None)])


def test_lint() -> None:
    assert lint(IMAGE + DEBUG).exit_code == 0
    dynamic = lint(IMAGE + DEBUG.replace(":busybox", ":dynamic"))
    assert dynamic.exit_code == 1
    assert "SR010  error: /busybox/dynamic in `tools` needs the loader /lib/ld.so and libc.so.6" in dynamic.stderr
    broken = lint(IMAGE.replace(":bin", ":dynamic") + DEBUG)
    assert "src:debug cannot be made, because src:image cannot" in broken.stderr


def test_a_test_of_a_debug_image() -> None:
    test = 'scratch_image_test(name="test", image=":debug", files={"/busybox/busybox": {"mode": "0755"}})'
    result = run_test(runner_of(IMAGE + DEBUG + test), "src", "test")
    assert (result.exit_code, result.stderr) == (0, "")


def test_dependencies_are_inferred() -> None:
    tools = '{"/a/": ":tree", "/b/": {"linux/amd64": ":busybox"}}'
    runner = runner_of(f'{IMAGE}scratch_image_debug(name="debug", image=":image", tools={tools})')
    assert {address.target_name for address in dependencies(runner, "src", "debug")} == {"image", "tree", "busybox"}


MISTAKES = {
    "nothing is set": ("", ["field `image`: it is not set", "field `tools`: it is not set"]),
    "no tools": ('image=":image", tools={}', ["field `tools`: it is empty"]),
    "a list of tools": ('image=":image", tools=[":busybox"]', ["is not a dict; write tools="]),
    "itself": ('image=":debug", tools={"/t/": ":debug"}', ["`image`: names the debug image", "`tools`: names the debug"]),
    "another debug image": (
        'image=":other", tools={"/t/": ":busybox"}',
        ["src:other is a `scratch_image_debug` target; name a `scratch_image`"],
    ),
    "no image": ('image=":busybox", tools={"/t/": ":busybox"}', ["src:busybox is a `file` target; name a `scratch_image`"]),
    "an unknown address": ('image=":imag", tools={"/t/": ":bosybox"}', ["did you mean ':image'", "did you mean ':busybox'"]),
    "a relative path": ('image=":image", tools={"t/": ":busybox"}', ["'t/'"]),
    "a colon": ('image=":image", tools={"/a:b/": ":busybox"}', ["has a ':', which separates the directories in PATH"]),
    "no platform": ('image=":image", tools={"/t/": {"amd64": ":busybox"}}', ["'linux/amd64'"]),
    "an empty dict": ('image=":image", tools={"/t/": {}}', ["it is empty; write an address, or one for each platform"]),
    "a shell form": ('image=":image", tools={"/t/": ":busybox"}, entrypoint="sh -i"', ["the shell form", "['sh', '-i']"]),
    "the program": ('image=":image", tools={"/app": ":busybox"}', ["/app is there already, from field `binary_path`"]),
    "below the program": ('image=":image", tools={"/app/": ":busybox"}', ["is below /app, which is a file"]),
    "nothing to execute": ('image=":image", tools={"/t/": ":texts"}', ["nothing in it can be executed on linux/amd64"]),
    "another CPU": ('image=":image", tools={"/t/": ":busybox-arm"}', ["SR020", "/t/busybox-arm in `tools` is built for"]),
    "mounted over": ('image=":image", tools={"/proc/": ":busybox"}', ["SR036", "/proc/busybox of `tools` is never seen"]),
    "a wrong entrypoint": (
        'image=":image", tools={"/t/": ":busybox"}, entrypoint=["/bin/sh"]',
        ["SR033", "entrypoint=['/t/busybox', 'sh']"],
    ),
    "an unknown check": ('image=":image", tools={"/t/": ":busybox"}, allow=["SR9"]', ["SR9"]),
    "no place": ('image=":image", tools={"/t/": ":busybox"}, output_path="../x"', ["field `output_path`"]),
}


@pytest.mark.parametrize(("fields", "texts"), MISTAKES.values(), ids=list(MISTAKES))
def test_mistakes(fields: str, texts: list[str]) -> None:
    other = DEBUG.replace('"debug"', '"other"') + 'files(name="texts", sources=["*.txt"])\n'
    build = f'{IMAGE}{other}scratch_image_debug(name="debug", {fields})'
    runner = runner_of(build)
    runner.write_files({"src/a.txt": "a"})
    with pytest.raises(ExecutionError) as caught:
        debug_package(runner)
    (exception,) = caught.value.wrapped_exceptions
    message = str(exception)
    assert message.startswith("src:debug cannot be made:\n") and "Traceback" not in message
    for text in texts:
        assert text in message


def test_cycles_are_named() -> None:
    image = IMAGE.replace("cmd=", 'files={"/f/": ":debug"}, cmd=')
    message = failure(image + DEBUG)
    assert "the image needs itself: src:debug → src:image → src:debug" in message
