"""`output_path` is judged as it is written on every version of Pants. Newer ones fill in `${…}` and normalize it first."""

from __future__ import annotations

import os

import pytest
from pants.core.goals.package import OutputPathField
from pants.engine.internals.scheduler import ExecutionError

from tests.support.programs import elf
from tests.support.rule_runner import image_runner, package

FILLS_IN = hasattr(OutputPathField, "DEFAULT")


def built(path: str, directory: str = "src/hello") -> str:
    """Where the image is written."""
    runner = image_runner()
    build_file = f'file(name="bin", source="hello")\nscratch_image(name="image", binary=":bin", output_path="{path}")'
    runner.write_files({os.path.join(directory, "hello"): elf(), os.path.join(directory, "BUILD"): build_file})
    (artifact,) = package(runner, directory, "image").artifacts
    assert artifact.relpath is not None
    return artifact.relpath


GOOD = [
    # as written, where Pants fills in templates, where it does not, reason
    ("images/a", "images/a", "images/a", "no template"),
    ("${spec_path_normalized}/x", "src.hello/x", "${spec_path_normalized}/x", "the directory"),
    ("i/${target_name_normalized}", "i/image", "i/${target_name_normalized}", "the name"),
    ("i/x${file_suffix}", "i/x", "i/x${file_suffix}", "an image is a directory: no suffix"),
    ("i/${unknown}", "i/${unknown}", "i/${unknown}", "what no Pants fills in"),
    ("i/$x{", "i/$x{", "i/$x{", "signs that mean nothing"),
]


@pytest.mark.parametrize(("path", "filled", "plain", "reason"), GOOD)
def test_good(path: str, filled: str, plain: str, reason: str) -> None:
    assert built(path) == (filled if FILLS_IN else plain), reason


BAD = [
    # as written, the message, reason
    ("a/../b", "'a/../b' leads out of dist/, or out of a directory in it, with '..'; write 'b'", "normalized, it is b"),
    ("${spec_path_normalized}/../b", "with '..'; write 'b'", "the same behind a template"),
    ("../${spec_path_normalized}", "with '..'", "outside dist/"),
    ("a//b", "'a//b' is not normalized; write 'a/b'", "normalized, it is a/b"),
    ("./a", "'./a' is not normalized; write 'a'", "normalized, it is a"),
    ("a/", "'a/' is not normalized; write 'a'", "normalized, it is a"),
    ("/a", "'/a' is absolute; write a path below dist/: 'a'", "outside dist/"),
    ("", "'' is dist/ itself", "dist/ would be replaced"),
    (".", "'.' is dist/ itself", "dist/ would be replaced"),
]


@pytest.mark.parametrize(("path", "said", "reason"), BAD)
def test_bad(path: str, said: str, reason: str) -> None:
    with pytest.raises(ExecutionError) as caught:
        built(path)
    (exception,) = caught.value.wrapped_exceptions
    (line,) = str(exception).splitlines()[1:-1]
    assert line.startswith("  field `output_path`: ") and said in line, reason


@pytest.mark.parametrize(
    ("path", "directory"),
    [("${file_suffix}", "src/hello"), ("${spec_path_normalized}", ""), ("${file_suffix}${file_suffix}", "a")],
)
@pytest.mark.skipif(not FILLS_IN, reason="this Pants fills in nothing")
def test_a_template_that_is_nothing(path: str, directory: str) -> None:
    """All of dist/ would be replaced."""
    with pytest.raises(ExecutionError, match=r"is filled in, and '\.' is dist/ itself"):
        built(path, directory)
