"""What `tailor` proposes, by a stand-in for the target type of the Go backend, which is not loaded."""

from __future__ import annotations

from typing import Dict, Set, Tuple

import pytest
from pants.core.goals.tailor import PutativeTargets
from pants.engine.rules import QueryRule
from pants.engine.target import COMMON_TARGET_FIELDS, StringField, Target

from scratch_image.goals.tailor import PutativeScratchImages
from tests.support.rule_runner import image_runner


class MainField(StringField):
    alias = "main"


class GoBinary(Target):
    alias = "go_binary"
    core_fields = (*COMMON_TARGET_FIELDS, MainField)


ON = ("--scratch-image-tailor",)
BIN = 'go_binary(name="bin")\n'


def _proposed(files: Dict[str, str], *dirs: str, options: Tuple[str, ...] = ON) -> Set[Tuple[str, str]]:
    """The proposals: (address, address of the program)."""
    runner = image_runner(*options, rules=[QueryRule(PutativeTargets, [PutativeScratchImages])], targets=[GoBinary])
    runner.write_files({f"{directory}/BUILD": text for directory, text in files.items()})
    found = runner.request(PutativeTargets, [PutativeScratchImages(dirs or tuple(files))])
    assert {target.type_alias for target in found} <= {"scratch_image"}
    return {(target.address.spec, target.kwargs["binary"]) for target in found}


def test_one_image_beside_every_program_without_one() -> None:
    files = {"a": BIN, "b/c": BIN, "d": 'file(name="bin", source="x")'}
    assert _proposed(files) == {("a:image", ":bin"), ("b/c:image", ":bin")}


def test_nothing_by_default() -> None:
    assert _proposed({"a": BIN}, options=()) == set()


def test_only_in_the_directories_that_were_asked_for() -> None:
    assert _proposed({"a": BIN, "b": BIN}, "b") == {("b:image", ":bin")}


@pytest.mark.parametrize(
    "binary",
    ['":bin"', '"//a:bin"', '"a:bin"', '{"linux/amd64": ":bin"}', '{"linux/arm64": ":x", "linux/amd64": "//a:bin"}'],
)
def test_a_program_that_an_image_has_needs_none(binary: str) -> None:
    assert _proposed({"a": f'{BIN}scratch_image(name="i", binary={binary})'}) == set()


def test_an_image_in_another_directory_counts() -> None:
    files = {"a": BIN, "b": 'scratch_image(name="i", binary="a:bin")', "c": 'scratch_image(name="i", binary="//a:bin")'}
    assert _proposed(files) == set()


def test_the_name_of_the_directory_is_a_program_too() -> None:
    assert _proposed({"a": 'go_binary()\nscratch_image(name="i", binary="a")'}) == set()
    assert _proposed({"a": "go_binary()"}) == {("a:image", ":a")}


@pytest.mark.parametrize("binary", ['":other"', '"no/such:bin"', '"a b::"', '""', "5", '[":bin"]', "{5: 5}", "None"])
def test_a_wrong_field_is_left_to_package(binary: str) -> None:
    assert _proposed({"a": f'{BIN}scratch_image(name="i", binary={binary})'}) == {("a:image", ":bin")}


def test_a_free_name() -> None:
    assert _proposed({"a": BIN + 'file(name="image", source="x")'}) == {("a:bin-image", ":bin")}
    assert _proposed({"a/image": "file(source='x')\n" + BIN}) == {("a/image:bin-image", ":bin")}
    assert _proposed({"a": 'go_binary(name="x")\ngo_binary(name="y")'}) == {("a:image", ":x"), ("a:y-image", ":y")}


def test_parametrized_programs() -> None:
    both = 'go_binary(name="bin", main=parametrize("x", "y"))\n'
    assert _proposed({"a": both}) == set()
    image = 'scratch_image(name="image", binary=parametrize(x=":bin", y=":other"))'
    assert _proposed({"a": BIN + image}) == set()
