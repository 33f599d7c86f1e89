"""`./pants test` on structure tests as a user runs them: what runs again after a change, and a failure among others."""

from __future__ import annotations

from typing import Tuple

import pytest

from tests.support.process_log import processes
from tests.support.programs import elf
from tests.support.repository import Repository

NAMES = ("Inspect a program for an image", "Write an image layer", "Test the structure of src/one:image")
BUILD = """\
file(name="bin", source="program")
scratch_image(name="image", binary=":bin", {image})
scratch_image_test(name="test", image=":image", files={{"/app": {{}}}}, {test})
"""


@pytest.fixture(scope="module")
def warm(bare: Repository) -> Repository:
    """A repository whose local store is its own, so that nothing is known beforehand; its test has passed once."""
    bare.env["PANTS_LOCAL_STORE_DIR"] = str(bare.root.parent / "store")
    bare.env["PANTS_LEVEL"] = "debug"  # For every run: another level starts another daemon.
    bare.write("src/one/program", elf())
    assert counts(passed(bare)) == (1, 1, 1)
    return bare


def passed(repository: Repository, image: str = "", test: str = "", *options: str) -> str:
    repository.write("src/one/BUILD", BUILD.format(image=image, test=test))
    return repository.ok("test", *options, "src/one:test")


def counts(log: str) -> Tuple[int, ...]:
    """How often the processes ran that read the program, write its layer and test the image."""
    return tuple(len(processes(log, name)) for name in NAMES)


RUNS = [
    # field of the image, field of the test, options, processes that run, reason
    ("", "", (), (0, 0, 0), "nothing has changed"),
    ("", 'absent=["/bin/sh"]', (), (0, 0, 1), "another expectation"),
    ("", 'tags=["a"]', (), (0, 0, 0), "what is no expectation"),
    ('image_labels={"a": "b"}', "", (), (0, 0, 1), "another image with the same layer"),
    ('output_path="elsewhere"', "", (), (0, 0, 0), "the same image in another place"),
    ("", "", ("--force",), (0, 0, 1), "because it is asked for"),
]


@pytest.mark.parametrize("image, test, options, want, reason", RUNS, ids=[row[4] for row in RUNS])
def test_what_runs_again(
    warm: Repository, image: str, test: str, options: Tuple[str, ...], want: Tuple[int, ...], reason: str
) -> None:
    passed(warm)
    assert counts(passed(warm, image, test, *options)) == want


def test_one_that_fails_stops_no_other_and_writes_nothing(warm: Repository) -> None:
    passed(warm)
    warm.write("src/bad/program", b"#!/bin/sh\n")
    warm.write("src/bad/BUILD", BUILD.format(image="", test=""))
    warm.write("src/wrong/BUILD", BUILD.format(image="", test="config=5"))
    warm.write("src/two/BUILD", 'scratch_image_test(name="test", image="//src/one:image", absent=["/app"])\n')
    done = warm.run("test", "src/one:test", "src/two:test", "src/bad:test", "src/wrong:test")
    assert done.returncode == 1
    assert "src/one:test succeeded" in done.stdout and "src/two:test failed" in done.stdout
    assert "expected nothing, found a file (mode 0755, 0:0, " in done.stdout
    assert "src/bad:image cannot be built" in done.stdout
    assert "src/wrong:test cannot be run" in done.stdout
    assert 'File "' not in done.stdout, "a user's mistake shows a Python traceback"
    assert not (warm.root / "dist").exists()


def test_a_test_depends_on_its_image(warm: Repository) -> None:
    passed(warm)
    assert "src/one:test" in warm.ok("dependents", "--transitive", "src/one/program")
