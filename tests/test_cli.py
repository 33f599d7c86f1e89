"""The command `scratch-image` hands its arguments to a command's own `main`, and gives its exit status back."""

from __future__ import annotations

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
