"""One bad image: it stops itself, and what is made of it; `lint` has a verdict on every other."""

from __future__ import annotations

from typing import Dict, List, Tuple

import pytest
from pants.core.goals.lint import LintResult
from pants.core.goals.package import BuiltPackage
from pants.core.target_types import ArchiveFieldSet
from pants.engine.addresses import Address
from pants.engine.internals.scheduler import ExecutionError
from pants.engine.rules import QueryRule
from pants.testutil.rule_runner import RuleRunner

from scratch_image.goals.lint import LintScratchImages
from scratch_image.targets.field_sets import ScratchImageFieldSet
from tests.support.programs import elf
from tests.support.rule_runner import dependencies, image_runner, last_line, package, run_test

BIN = 'file(name="bin", source="hello")\n'


def runner(*options: str) -> RuleRunner:
    rules = [QueryRule(LintResult, [LintScratchImages.Batch]), QueryRule(BuiltPackage, [ArchiveFieldSet])]
    return image_runner(*options, rules=rules)


def write(of: RuleRunner, build_file: str, **files: str) -> None:
    of.write_files({"src/hello": elf(), "src/BUILD": BIN + build_file, **files})


def linted(of: RuleRunner, name: str) -> LintResult:
    """What `lint` says of one image."""
    target = of.get_target(Address("src", target_name=name))
    return of.request(LintResult, [LintScratchImages.Batch("", (ScratchImageFieldSet.create(target),), None)])


def failure(of: RuleRunner, name: str) -> str:
    """The error of `package`."""
    with pytest.raises(ExecutionError) as caught:
        package(of, "src", name)
    (exception,) = caught.value.wrapped_exceptions
    return str(exception)


CYCLES: Dict[str, Tuple[str, Dict[str, str]]] = {
    # what the cycle goes through: (targets, image → what is said of it)
    "binary": (
        'scratch_image(name="a", binary=":b")\nscratch_image(name="b", binary=":a")',
        {
            "a": "field `binary`: the image needs itself: src:a → src:b → src:a;",
            "b": "field `binary`: the image needs itself: src:b → src:a → src:b;",
        },
    ),
    "files": (
        'scratch_image(name="a", binary=":bin", files={"/b/": ":b"})\n'
        'scratch_image(name="b", binary=":bin", files={"/a/": {"from": "//src:a"}})',
        {"a": "field `files`: the image needs itself: src:a → src:b → src:a;"},
    ),
    "both, and three images": (
        'scratch_image(name="a", binary=":b")\nscratch_image(name="b", binary={"linux/amd64": "src:c"})\n'
        'scratch_image(name="c", binary=":bin", files={"/a/": ":a"})',
        {"c": "field `files`: the image needs itself: src:c → src:a → src:b → src:c;"},
    ),
    "an archive": (
        'archive(name="arc", format="tar", packages=[":a"])\nscratch_image(name="a", binary=":bin", files={"/x": ":arc"})',
        {"a": "field `files`: the image needs itself: src:a → src:arc → src:a;"},
    ),
    "a command": (
        'shell_command(name="run", command="true", tools=[], execution_dependencies=[":a"], output_files=["x"])\n'
        'scratch_image(name="a", binary=":run")',
        {"a": "field `binary`: the image needs itself: src:a → src:run → src:a;"},
    ),
    "a test": (
        'scratch_image_test(name="t", image=":a", files={"/app": {}})\n'
        'scratch_image(name="a", binary=":bin", files={"/t": ":t"})',
        {"a": "field `files`: the image needs itself: src:a → src:t → src:a;"},
    ),
    "another image's cycle": (
        'scratch_image(name="a", binary=":b")\nscratch_image(name="b", binary=":a")\nscratch_image(name="c", binary=":a")',
        {"c": "src:a cannot be made:\n  field `binary`: the image needs itself: src:a → src:b → src:a;"},
    ),
    "the variants of a target": (
        'scratch_image(name="a", binary=parametrize(x=":b", y=":bin"))\nscratch_image(name="b", binary=":a@binary=x")',
        {"b": "field `binary`: the image needs itself: src:b → src:a@binary=x → src:b;"},
    ),
    "no image": (
        'archive(name="x", format="tar", packages=[":y"])\narchive(name="y", format="tar", packages=[":x"])\n'
        'scratch_image(name="a", binary=":bin", files={"/x": ":x"})',
        {"a": "field `files`: src:x, a `archive` target, cannot be made: it needs itself, through src:"},
    ),
}


@pytest.mark.parametrize("through", CYCLES)
def test_a_cycle_is_a_sentence(through: str) -> None:
    targets, want = CYCLES[through]
    of = runner()
    write(of, targets)
    for image, said in want.items():
        text = failure(of, image)
        assert said in text and text.endswith(f"\n{last_line()}") and text.count(last_line()) == 1
        assert "@rule" not in text
        found = linted(of, image)
        assert found.exit_code == 1 and said in found.stderr


def test_variants_that_are_in_each_other_are_no_cycle() -> None:
    of = runner()
    write(of, 'scratch_image(name="a", binary=":bin", files=parametrize(x={"/y/": ":a@files=y"}, y={}))')
    assert package(of, "src", "a", {"files": "x"})


def test_the_tests_of_an_image_in_a_cycle_fail() -> None:
    of = runner()
    write(
        of,
        'scratch_image(name="a", binary=":b")\nscratch_image(name="b", binary=":a")\n'
        'scratch_image_test(name="t", image=":a", files={"/app": {}})',
    )
    result = run_test(of, "src", "t")
    assert result.exit_code == 1 and "src:a → src:b → src:a" in result.stderr
    assert set(dependencies(of, "src", "a")) == {Address("src", target_name="b")}


FAILING: Dict[str, Tuple[str, str]] = {
    # why an image cannot be made: (targets, what is said)
    "a `file` without its source": (
        'file(name="x", source="nope")\nscratch_image(name="bad", binary=":x")',
        "src:bad: field `binary`: src:x, a `file` target, cannot be made: The 'source' field in target src:x must",
    ),
    "the same in `files`": (
        'file(name="x", source="nope")\nscratch_image(name="bad", binary=":bin", files={"/x": ":x"})',
        "src:bad: field `files`: src:x, a `file` target, cannot be made: ",
    ),
    "the same in `ca_bundle`": (
        'file(name="x", source="nope")\nscratch_image(name="bad", binary=":bin", ca_bundle=[":x"])',
        "field `ca_bundle`: src:x cannot be made: ",
    ),
    "a command that fails": (
        'shell_command(name="x", command="echo no luck >&2; exit 3", tools=["echo"], output_files=["x"])\n'
        'scratch_image(name="bad", binary=":x")',
        "src:bad: field `binary`: src:x, a `shell_command` target, cannot be made: ",
    ),
    "a package of a command that fails": (
        'shell_command(name="x", command="exit 3", tools=[], output_files=["x"])\n'
        'archive(name="y", format="tar", files=[":x"])\nscratch_image(name="bad", binary=":bin", files={"/x": ":y"})',
        "src:bad: field `files`: src:y, a `archive` target, cannot be made: ",
    ),
    "an image that fails": (
        'scratch_image(name="x", binary=":bin", user="a b")\nscratch_image(name="bad", binary=":bin", files={"/x": ":x"})',
        "src:x cannot be made:\n  field `user`: 'a b'",
    ),
    "an address that does not exist": ('scratch_image(name="bad", binary=":bun")', "did you mean ':bin'?"),
    "a program that cannot run": (
        'file(name="x", source="BUILD")\nscratch_image(name="bad", binary=":x")',
        "SR002  error: :x is a text that begins with",
    ),
}


@pytest.mark.parametrize("why", FAILING)
def test_lint_has_a_verdict_on_every_image(why: str) -> None:
    """And `package` says who fails, and where to see the others."""
    targets, said = FAILING[why]
    of = runner()
    write(of, f'{targets}\nscratch_image(name="good", binary=":bin")')
    bad, good = linted(of, "bad"), linted(of, "good")
    assert bad.exit_code == 1 and said in bad.stderr + bad.stdout
    assert (good.exit_code, good.stderr) == (0, "")
    text = failure(of, "bad")
    assert said in text and text.endswith(f"\n{last_line()}") and text.count(last_line()) == 1


def test_an_archive_of_a_bad_image_fails() -> None:
    """A failed image never becomes a package: the archive would be written without it."""
    of = runner()
    write(
        of,
        'scratch_image(name="bad", binary=":bin", user="a b")\nscratch_image(name="good", binary=":bin")\n'
        'archive(name="arc", format="tar", packages=[":good", ":bad"])',
    )
    assert package(of, "src", "good")
    target = of.get_target(Address("src", target_name="arc"))
    with pytest.raises(ExecutionError, match="src:bad cannot be made"):
        of.request(BuiltPackage, [ArchiveFieldSet.create(target)])


INFOS: List[Tuple[str, str, List[str]]] = [
    # fields, options, lines of `lint`
    ("", "", ["src:image: 1 info (SR048); --scratch-image-lint-infos shows it"]),
    ('user="0:0"', "", ["src:image: 2 infos (SR048, OI001); --scratch-image-lint-infos shows them"]),
    ('allow=["SR048"]', "", []),
    ("", "--scratch-image-severity={'SR048': 'off'}", []),
    ('user="0:0"', "--scratch-image-lint-infos", ["src:image", "  SR048  info", "  OI001  info"]),
    (
        'env={"A": "{env.B}"}',
        "",
        ["src:image", "  OI003  warning", "  1 info (SR048); --scratch-image-lint-infos shows it"],
    ),
    ('allow=["SR040"]', "", ["src:image", '  allow=["SR040"]', "  1 info (SR048); --scratch-image-lint-infos shows it"]),
]


@pytest.mark.parametrize(("fields", "option", "want"), INFOS)
def test_lint_counts_infos_in_one_line(fields: str, option: str, want: List[str]) -> None:
    of = runner(*filter(None, (option,)))
    write(of, f'scratch_image(name="image", binary=":bin", {fields})')
    result = linted(of, "image")
    lines = [line for line in result.stdout.splitlines() if not line.startswith("         ")]
    assert (result.exit_code, len(lines)) == (0, len(want)), result.stdout
    assert all(line.startswith(start) for line, start in zip(lines, want)), lines
