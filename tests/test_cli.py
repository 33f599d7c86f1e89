"""The command `scratch-image` hands its arguments to a command's own `main`, and gives its exit status back."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import List

import pytest

from scratch_image import cli
from tests.support.layouts import layout, write


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> List[List[str]]:
    seen: List[List[str]] = []

    def command(arguments: List[str]) -> int:
        seen.append(arguments)
        return 7

    monkeypatch.setitem(cli.COMMANDS, "validate", ("verifies", command))
    return seen


@pytest.mark.parametrize("arguments", [[], ["--help"], ["--json", "a", "--", "-b"], ["validate", "--version"]])
def test_arguments_and_exit_status_are_the_commands(calls: List[List[str]], arguments: List[str]) -> None:
    assert cli.main(["validate", *arguments]) == 7
    assert calls == [arguments]


def test_arguments_are_taken_from_the_command_line(calls: List[List[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["scratch-image", "validate", "dist"])
    assert cli.main() == 7
    assert calls == [["dist"]]


@pytest.mark.parametrize(
    "arguments, status, text",
    [
        (["--version"], 0, f"scratch-image {cli.VERSION}\n"),
        (["--help"], 0, "validate"),
        ([], 2, "the following arguments are required: COMMAND"),
        (["verify", "x"], 2, "invalid choice: 'verify' (choose from 'diff', 'run', 'show', 'sign', 'validate'"),
        (["--json", "validate"], 2, "the following arguments are required: COMMAND"),
    ],
)
def test_its_own_command_line(capsys: pytest.CaptureFixture[str], arguments: List[str], status: int, text: str) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(arguments)
    assert end.value.code == status
    assert text in "".join(capsys.readouterr())


def test_the_real_command_is_reached(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(layout(), tmp_path)
    assert cli.main(["validate", path]) == 0
    assert f"{path}: ok: 1 manifest" in capsys.readouterr().out
    assert cli.main(["validate", "/nonexistent"]) == 2
    assert "/nonexistent" in capsys.readouterr().err


def without_reader() -> object:
    reader, writer = os.pipe()
    os.close(reader)
    return os.fdopen(writer, "w")


def full_disk() -> object:
    return os.fdopen(os.open("/dev/full", os.O_WRONLY), "w")


OUTPUTS = [
    # standard output, arguments, exit status, what stderr says
    (full_disk, ["validate"], 2, "the output cannot be written: No space left on device"),
    (full_disk, ["show"], 2, "the output cannot be written: No space left on device"),
    (full_disk, ["diff", "SAME"], 2, "the output cannot be written: No space left on device"),
    (full_disk, ["diff", "OTHER"], 2, "the output cannot be written: No space left on device"),
    (without_reader, ["diff", "SAME"], 2, ""),
    (without_reader, ["diff", "--json", "OTHER"], 2, ""),
    (without_reader, ["show"], 2, ""),
    (lambda: None, ["diff", "SAME"], 0, ""),
    (lambda: None, ["diff", "OTHER"], 1, ""),
    (lambda: None, ["show"], 0, ""),
]


@pytest.mark.parametrize("output, arguments, status, text", OUTPUTS)
def test_an_output_that_cannot_be_written(output, arguments, status, text, tmp_path, monkeypatch, capsys) -> None:
    """The status is not that of a comparison, and nothing is left for the end of the interpreter to write."""
    same = write(layout(), tmp_path / "a")
    other = write(layout(config=lambda document: document["config"].update({"User": "1"})), tmp_path / "b")
    monkeypatch.setattr(sys, "stdout", output())
    assert cli.main([*({"SAME": same, "OTHER": other}.get(each, each) for each in arguments), same]) == status
    assert "".join(capsys.readouterr().err.splitlines()) == (f"scratch-image: {text}" if text else "")
    sys.stdout.flush()
    sys.stdout.close()


def test_help_without_a_reader_and_an_interrupt(calls: List[List[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(arguments: List[str]) -> int:
        raise KeyboardInterrupt

    monkeypatch.setitem(cli.COMMANDS, "validate", ("verifies", interrupted))
    assert cli.main(["validate"]) == 130
    monkeypatch.setattr(sys, "stdout", without_reader())
    assert cli.main(["--help"]) == 2
    sys.stdout.close()
