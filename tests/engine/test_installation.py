"""The backend says why it does not start: Pants would find it twice, or Pants lacks a name."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import types
from pathlib import Path
from typing import List

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


def refused(error: ImportError, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        installation.refuse_this_pants(error)
    assert ended.value.code == 1
    return capsys.readouterr().err


def test_a_pants_without_a_needed_name_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(installation, "VERSION", "2.99.0")
    monkeypatch.setitem(sys.modules, "pants.standin", types.ModuleType("pants.standin"))
    with pytest.raises(ImportError) as caught:
        exec("from pants.standin import Needed")
    assert refused(caught.value, capsys) == (
        "scratch_image: Pants 2.99.0 lacks a name that the backend needs: cannot import name 'Needed' from 'pants.standin'; "
        "set [GLOBAL].pants_version to 2.17.1 or 2.33.0, or install a newer version of the backend\n"
    )


def test_a_pants_without_a_needed_module_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ImportError) as caught:
        importlib.import_module("pants.engine.no_such_module")
    said = refused(caught.value, capsys)
    assert said.endswith("\n") and "needs: No module named 'pants.engine.no_such_module'; set [GLOBAL]" in said


@pytest.mark.parametrize("error", [ImportError("cannot import name 'x'"), ImportError("no", name="scratch_image.nowhere")])
def test_an_error_of_another_import_is_kept(error: ImportError) -> None:
    with pytest.raises(ImportError) as caught:
        installation.refuse_this_pants(error)
    assert caught.value is error


def warnings(version: str, monkeypatch: pytest.MonkeyPatch) -> List[str]:
    """What is logged on a version of Pants. Its RuleRunner takes records away from pytest's `caplog`."""
    said: List[str] = []
    monkeypatch.setattr(installation, "VERSION", version)
    monkeypatch.setattr(installation.logger, "warning", said.append)
    installation.warn_of_an_untried_pants()
    return said


@pytest.mark.parametrize("version", ["2.17.1", "2.17.2", "2.33.0", "2.33.1rc0"])
def test_nothing_is_said_of_a_version_that_was_tried(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert warnings(version, monkeypatch) == []


@pytest.mark.parametrize("version", ["2.16.1", "2.28.0", "2.31.0", "2.34.0.dev3", "3.17.1"])
def test_another_version_is_warned_of(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (said,) = warnings(version, monkeypatch)
    assert said.startswith(f"scratch_image was tried on Pants 2.17.1 and 2.33.0, not on {version}; ")


def test_the_entry_point_refuses_such_a_pants() -> None:
    """As Pants loads it: without the rules of one of its goals."""
    script = "import sys; sys.modules['pants.core.goals.publish'] = None; import scratch_image.register"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1 and "pants.core.goals.publish" in done.stderr, done.stderr
