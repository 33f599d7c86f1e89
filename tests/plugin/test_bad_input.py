"""What a BUILD file may get wrong: each mistake is refused with the target, the field, what was found and a cure."""

from __future__ import annotations

from typing import Dict, Tuple

import pytest
from pants.core.target_types import FileTarget
from pants.engine.addresses import Address
from pants.engine.internals.scheduler import ExecutionError
from pants.testutil.rule_runner import RuleRunner

from tests.support.programs import elf
from tests.support.rule_runner import build, dependencies, image_runner, last_line, package


def failure(runner: RuleRunner, build_file: str, *, program: bytes = elf()) -> str:
    with pytest.raises(ExecutionError) as caught:
        build(runner, "src", build_file, program=program)
    (exception,) = caught.value.wrapped_exceptions
    assert type(exception).__name__ in ("InvalidScratchImage", "UnusableArtifact", "UnfitProgram")
    text, _, last = str(exception).rpartition("\n")
    assert last == last_line()
    return text


FIELDS = [
    # (fields, the field that is named, the message, why it is wrong)
    ('binary_path="app"', "binary_path", "'/app'", "relative"),
    ('binary_path="/a/../b"', "binary_path", "'..'", "leads elsewhere than it reads"),
    ('binary_path="/app/"', "binary_path", "ends in '/'", "names a directory"),
    ('binary_path="/"', "binary_path", "root", "is the root"),
    ('binary_path="/.wh.app"', "binary_path", ".wh.", "deletes a file in the layer format"),
    ('entrypoint="/app serve"', "entrypoint", "['/app', 'serve']", "shell form"),
    ("entrypoint=[]", "entrypoint", "empty", "nothing to run"),
    ('entrypoint=[""]', "entrypoint", "empty", "a program without a name"),
    ("cmd=[1]", "cmd", "'1'", "not a string"),
    ('env={"A=B": "1"}', "env", "'='", "a name cannot hold ="),
    ('env={"A\\0": "1"}', "env", "NUL", "a name cannot hold NUL"),
    ('env={"A": "x\\0"}', "env", "NUL", "a value cannot hold NUL"),
    ('env=["A=1"]', "env", "not a dict", "a list"),
    ('exposed_ports=["http"]', "exposed_ports", "'http'", "a name"),
    ('exposed_ports=["70000"]', "exposed_ports", "65535", "too large"),
    ('exposed_ports=["80/xyz"]', "exposed_ports", "'80/xyz'", "an unknown protocol"),
    ('volumes=["data"]', "volumes", "'/data'", "relative"),
    ('stop_signal="SIGFOO"', "stop_signal", "'SIGFOO'", "unknown"),
    ('created="yesterday"', "created", "RFC 3339", "not a date"),
    ('created="2024-02-30T00:00:00Z"', "created", "RFC 3339", "a day that does not exist"),
    ('compression="lzma"', "compression", "gzip, zstd, none", "unknown"),
    ('compression="zstd:99"', "compression", "1 to 22", "a level that does not exist"),
    ('compression="none:1"', "compression", "no level", "a level of nothing"),
    ('platform="linux"', "platform", "linux/amd64", "no architecture"),
    ('platform="linux/x86_64"', "platform", "'linux/amd64'", "another name"),
    ('platform="windows/amd64"', "platform", "'linux/amd64'", "another system"),
    ('image_labels={"a": 1}', "image_labels", "'1'", "a value that is no string"),
    ('annotations={"a": None}', "annotations", "None", "a value that is no string"),
    ('user="a b"', "user", "'65532:65532'", "a blank in a name"),
    ('workdir="tmp"', "workdir", "'/tmp'", "relative"),
    ('runtime_files=["ca-certs"]', "runtime_files", "did you mean 'ca-certificates'?", "unknown, and near another"),
    ('runtime_files=["xyz"]', "runtime_files", "choose from ca-certificates, tzdata, tmp", "unknown"),
    ('runtime_files="tmp"', "runtime_files", 'runtime_files=["tmp"]', "a string"),
    ('ca_bundle=":bin"', "ca_bundle", 'ca_bundle=[":bin"]', "a string"),
    ('binary_path="/etc/passwd", runtime_files=["nonroot"]', "binary_path", "/etc/passwd", "two sources for one path"),
    ('binary_path="/tmp", runtime_files=["tmp"]', "binary_path", "/tmp", "a file in the place of a directory"),
    ('allow=["SR999"]', "allow", "unknown check 'SR999'", "an unknown id"),
    ('allow=["sr40"]', "allow", "did you mean SR040", "nearly an id"),
    ('allow=["SR001"]', "allow", "cannot be accepted", "such an image never runs"),
    ('allow="SR010"', "allow", "not a list", "a string"),
    ('output_path="."', "output_path", "dist/ itself", "would delete dist/"),
    ('output_path="/x"', "output_path", "absolute", "outside dist/"),
    ('output_path="a/../../x"', "output_path", "'..'", "outside dist/"),
]


@pytest.mark.parametrize(("fields", "field", "said", "reason"), FIELDS, ids=[row[0] for row in FIELDS])
def test_a_wrong_field(runner: RuleRunner, fields: str, field: str, said: str, reason: str) -> None:
    text = failure(runner, f'file(name="bin", source="hello")\nscratch_image(name="image", binary=":bin", {fields})')
    assert text.startswith("src:image cannot be made:\n")
    (line,) = text.splitlines()[1:]
    assert line.startswith(f"  field `{field}`")
    assert said in line


def test_all_mistakes_of_a_target_at_once(runner: RuleRunner) -> None:
    text = failure(
        runner,
        'scratch_image(name="image", binary=":nope", entrypoint="x", created="now", env={"=": 1}, output_path="..")',
    )
    fields = [line.split("`")[1] for line in text.splitlines() if line.startswith("  field ")]
    assert sorted(fields) == ["binary", "created", "entrypoint", "env", "env", "output_path"]


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--scratch-image-compression=lz4", "option `[scratch-image].compression`: unknown compression 'lz4'"),
        ("--scratch-image-created=now", "option `[scratch-image].created`: 'now'"),
        ("--scratch-image-user=a b", "option `[scratch-image].user`: 'a b'"),
        ("--scratch-image-runtime-files=['tzdat']", "option `[scratch-image].runtime_files`: unknown runtime file 'tzdat'"),
        ("--scratch-image-fail-on=never", "option `[scratch-image].fail_on`: expected 'error' or 'warning', got 'never'"),
        ("--scratch-image-severity={'SR1': 'off'}", "option `[scratch-image].severity`, key 'SR1'"),
        ("--scratch-image-severity={'SR040': 'none'}", "unknown severity 'none'"),
    ],
)
def test_a_wrong_option_is_named(option: str, said: str) -> None:
    text = 'file(name="bin", source="hello")\nscratch_image(name="image", binary=":bin")'
    assert said in failure(image_runner(option), text)


def test_a_wrong_source_date_epoch_is_named() -> None:
    runner = image_runner(env={"SOURCE_DATE_EPOCH": "today"})
    text = 'file(name="bin", source="hello")\nscratch_image(name="image", binary=":bin")'
    assert "environment variable SOURCE_DATE_EPOCH: expected a whole number of seconds since 1970, got 'today'" in failure(
        runner, text
    )


ARTIFACTS: Dict[str, Tuple[str, str, str]] = {
    # name: (targets, binary, the message)
    "no such target": ("", ":bim", "does not exist"),
    "not set": ("", "", "not set"),
    "itself": ("", ":image", "itself"),
    "no file": ('shell_source(name="bin", source="hello")', ":bin", "makes no file"),
    "more than one file": ('files(name="bin", sources=["hello", "BUILD"])', ":bin", "src/BUILD, src/hello"),
    "a directory": (
        'shell_command(name="bin", command="mkdir d; cp hello d/", tools=["cp", "mkdir"], output_directories=["d"], '
        'execution_dependencies=[":src"])\nfile(name="src", source="hello")',
        ":bin",
        "makes the directory d; write the path of the program to `output_files`",
    ),
    "a file that its command did not make": (
        'shell_command(name="bin", command="true", tools=[], output_files=["app"])',
        ":bin",
        "makes no file, although its `output_files` has app; have its command write",
    ),
    "two files of a command": (
        'shell_command(name="bin", command="echo 1 > a; echo 2 > b", tools=[], output_files=["a", "b"])',
        ":bin",
        "leave only the program in its `output_files`",
    ),
    "no file of a `files` target": ('files(name="bin", sources=["*.nope"])', ":bin", "makes no file; write the path of a"),
    "an image, which is a directory": (
        'file(name="src", source="hello")\nscratch_image(name="inner", binary=":src")',
        ":inner",
        "src:inner, a `scratch_image` target, is an image, not a program; name the target that",
    ),
}


@pytest.mark.parametrize("case", ARTIFACTS)
def test_an_artifact_that_is_no_program(runner: RuleRunner, case: str) -> None:
    targets, binary, said = ARTIFACTS[case]
    field = f'binary="{binary}"' if binary else ""
    text = failure(runner, f'{targets}\nscratch_image(name="image", {field})')
    assert text.startswith("src:image")
    assert "field `binary`: " in text
    assert said in text


UNFIT = [
    # (program, check, the message, why)
    (b"#!/bin/sh\necho\n", "SR001", ":bin is a script for /bin/sh", "a script"),
    (b"MZ\x90\0" + bytes(100), "SR002", ":bin is a Windows program (PE)", "a Windows program"),
    (b"text", "SR002", ":bin is a text that begins with 'text'", "text"),
    (bytes(257) + b"ustar" + bytes(250), "SR002", ":bin is a tar archive", "an archive is not unpacked"),
    (elf(machine=9999), "SR002", "machine 9999", "no such CPU"),
    (elf(machine=62, big_endian=True), "SR002", "big-endian ELF file for machine 62", "no such x86"),
    (elf()[:15], "SR003", "truncated after 15 bytes", "a truncated header"),
    (elf()[:-1], "SR003", "it is truncated", "the last byte is missing"),
]


@pytest.mark.parametrize(("program", "check", "said", "reason"), UNFIT, ids=[row[3] for row in UNFIT])
def test_a_file_that_is_no_program(runner: RuleRunner, program: bytes, check: str, said: str, reason: str) -> None:
    text = failure(runner, 'file(name="bin", source="hello")\nscratch_image(name="image", binary=":bin")', program=program)
    assert text.startswith("src:image cannot be built:\n")
    assert f"  {check}  error: " in text and said in text and "\n         fix: " in text
    assert "accept:" not in text


def test_an_empty_file_is_no_artifact(runner: RuleRunner) -> None:
    text = failure(runner, 'file(name="bin", source="hello")\nscratch_image(name="image", binary=":bin")', program=b"")
    assert "src:image: field `binary`: " in text and "the empty file src/hello" in text


def test_a_platform_that_is_not_the_program_s(runner: RuleRunner) -> None:
    build_file = 'file(name="bin", source="hello")\nscratch_image(name="image", binary=":bin", platform="linux/arm64")'
    text = failure(runner, build_file)
    assert "SR020  error: field `platform` says linux/arm64, but :bin is built for linux/amd64" in text
    assert 'accept: allow=["SR020"] on src:image' in text


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ("out", "out", "'out' is also where src:other is written"),
        ("out", "out/b", "'out' is around 'out/b', where src:other is written"),
        ("out/b", "out", "'out/b' is inside 'out', where src:other is written"),
        ("src/other/x", "", "'src/other/x' is inside 'src/other', where src:other is written"),
    ],
)
def test_places_in_dist_that_overwrite_each_other(runner: RuleRunner, one: str, other: str, said: str) -> None:
    other_path = f', output_path="{other}"' if other else ""
    text = failure(
        runner,
        'file(name="bin", source="hello")\n'
        f'scratch_image(name="image", binary=":bin", output_path="{one}")\n'
        f'scratch_image(name="other", binary=":bin"{other_path})',
    )
    assert f"field `output_path`: {said}" in text


def test_another_kind_of_package_inside_an_image(runner: RuleRunner) -> None:
    text = failure(
        runner,
        'file(name="bin", source="hello")\nscratch_image(name="image", binary=":bin")\n'
        'archive(name="arc", format="tar", files=[":bin"], output_path="src/image/arc.tar")',
    )
    assert "'src/image' is around 'src/image/arc.tar', where src:arc is written" in text


def test_places_that_only_look_alike_are_fine(runner: RuleRunner) -> None:
    built = build(
        runner,
        "src",
        'file(name="bin", source="hello")\nscratch_image(name="image", binary=":bin", output_path="out")\n'
        'scratch_image(name="other", binary=":bin", output_path="out-b")',
    )
    assert built.artifacts[0].relpath == "out"


def test_a_wrong_target_can_be_loaded_and_its_neighbours_built(runner: RuleRunner) -> None:
    """`./pants list ::` makes every target of the repository: nothing of an image may be refused there."""
    wrong = ", ".join(
        f"{field}={value}"
        for field, value in {
            "binary": 5, "entrypoint": "'x'", "cmd": 5, "env": "['x']", "exposed_ports": 80, "volumes": "{1: [2]}",
            "image_labels": "{1: 2}", "annotations": "[{}]", "platform": "['x']", "output_path": 7, "created": "{}",
            "compression": 1, "user": "[]", "runtime_files": 4, "ca_bundle": "{}", "allow": 3,
            "workdir": 1, "stop_signal": 9, "binary_path": 1,
        }.items()
    )  # fmt: skip
    runner.write_files({"src/wrong": "", "src/hello": elf()})
    build_file = (
        f'file(name="bin", source="hello")\nscratch_image(name="image", binary=":bin")\nscratch_image(name="wrong", {wrong})'
    )
    assert build(runner, "src", build_file)
    assert runner.get_target(Address("src", target_name="wrong")).alias == "scratch_image"
    assert list(dependencies(runner, "src", "wrong")) == []
    with pytest.raises(ExecutionError, match="cannot be made"):
        package(runner, "src", "wrong")


@pytest.mark.parametrize(
    ("binary", "reason"),
    [
        ("::", "a wildcard"),
        ("//", "no name"),
        ("../x:y", "a relative path"),
        (":bin@", "half a parameter"),
        ("no/such:place", "a directory that does not exist"),
        (":a b", "a blank"),
        (":bin*", "a banned character"),
        (":many", "a parametrized target as a whole"),
    ],
)
def test_a_text_that_is_no_address(runner: RuleRunner, binary: str, reason: str) -> None:
    many = 'file(name="many", source=parametrize(a="hello", b="BUILD"))'
    text = failure(runner, f'{many}\nscratch_image(name="image", binary="{binary}")')
    assert text.startswith("src:image cannot be made:\n  field `binary`: ")
    assert binary.rpartition(":")[2].strip("@*") in text


def test_the_dependency_is_inferred(runner: RuleRunner) -> None:
    runner.write_files({"src/hello": elf(), "src/BUILD": f'{FileTarget.alias}(name="bin", source="hello")'})
    runner.write_files({"images/BUILD": 'scratch_image(name="image", binary="//src:bin")'})
    assert list(dependencies(runner, "images", "image")) == [Address("src", target_name="bin")]


def test_an_address_that_does_not_exist_names_the_image_in_dependencies_too(runner: RuleRunner) -> None:
    runner.write_files({"src/BUILD": 'scratch_image(name="image", binary=":nope")'})
    with pytest.raises(ExecutionError, match=r"(?s)src:image.*field `binary`.*:nope"):
        dependencies(runner, "src", "image")
