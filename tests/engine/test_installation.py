"""Where Pants would find the backend twice, it is told so and does not start."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from scratch_image.engine import installation


def copy(directory: Path) -> str:
    (directory / "scratch_image").mkdir(parents=True)
    (directory / "scratch_image" / "register.py").touch()
    return str(directory)


def test_copies_are_found_in_the_order_of_the_path(tmp_path: Path) -> None:
    (tmp_path / "other" / "scratch_image").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "b")
    path = [str(tmp_path / "other"), copy(tmp_path / "b"), str(tmp_path / "link"), copy(tmp_path / "a"), "/nonexistent"]
    assert installation.copies(path) == [f"{tmp_path}/b/scratch_image", f"{tmp_path}/a/scratch_image"]


def test_one_copy_is_accepted() -> None:
    installation.refuse_a_second_copy()


def test_a_second_copy_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path, copy(tmp_path / "second")])
    with pytest.raises(SystemExit) as refused:
        installation.refuse_a_second_copy()
    assert refused.value.code == 1
    message = capsys.readouterr().err
    assert message.startswith("scratch_image: expected one copy of the backend, found /")
    assert f"and {tmp_path}/second/scratch_image; remove " in message
