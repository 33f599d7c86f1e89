"""The interpreter of our processes: any CPython from 3.9 on, wherever it is, gives the same image."""

from __future__ import annotations

import os
from typing import List, Tuple

import pytest
from pants.engine.fs import DigestContents
from pants.engine.internals.scheduler import ExecutionError
from pants.testutil.rule_runner import RuleRunner

from tests.support.interpreters import interpreter
from tests.support.rule_runner import build, image_runner, last_line

BUILD = 'file(name="bin", source="hello")\nscratch_image(name="image", binary=":bin", compression="{}")'


def runner_with(directories: List[str]) -> RuleRunner:
    return image_runner(f"--scratch-image-interpreter-search-paths={directories!r}")


def indexes(runner: RuleRunner) -> Tuple[bytes, ...]:
    """What `index.json` holds, which names the digest of all the rest, for each compression that needs a library."""
    found = []
    for compression in ("gzip", "zstd"):
        built = build(runner, "src", BUILD.format(compression))
        files = {file.path: file.content for file in runner.request(DigestContents, [built.digest])}
        found.append(files["src/image/oci/index.json"])
    return tuple(found)


@pytest.fixture(scope="module")
def want() -> Tuple[bytes, ...]:
    return indexes(image_runner())


@pytest.mark.parametrize("version", ["3.9", "3.10", "3.11", "3.12", "3.13"])
def test_any_python_makes_the_same_image(version: str, want: Tuple[bytes, ...]) -> None:
    assert indexes(runner_with([os.path.dirname(interpreter(version))])) == want


def test_without_any_the_python_of_pants_is_taken(want: Tuple[bytes, ...]) -> None:
    assert indexes(runner_with(["/nonexistent"])) == want


def test_one_that_is_too_old_or_no_python_is_passed_over(tmp_path, want: Tuple[bytes, ...]) -> None:
    pretender = tmp_path / "python3"
    pretender.write_text("#!/bin/sh\nexit 1\n")
    pretender.chmod(0o755)
    assert indexes(runner_with([str(tmp_path)])) == want


def test_a_process_that_fails_says_why_and_names_no_stack(tmp_path) -> None:
    """An interpreter that answers the search, and then cannot run anything."""
    pretender = tmp_path / "python3"
    answer = "echo manylinux2014_x86_64-cp-3.11.0-cp311; exit"
    pretender.write_text(f'#!/bin/sh\nif [ "$2" = -c ]; then {answer}; fi\necho "out of luck" >&2; exit 3\n')
    pretender.chmod(0o755)
    with pytest.raises(ExecutionError) as caught:
        build(runner_with([str(tmp_path)]), "src", BUILD.format("gzip"))
    (exception,) = caught.value.wrapped_exceptions
    assert str(exception) == f"out of luck\n{last_line()}"
