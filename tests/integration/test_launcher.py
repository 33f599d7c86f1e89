"""The launcher `./pants`: where it looks, what it passes on, and what it says if it cannot start."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Dict

import pytest

from tests.support.repository import Repository


def launch(launcher: Path, *args: str, cwd: Path, env: Dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(launcher), *args], cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.fixture(scope="module")
def warm(repository: Repository) -> Repository:
    repository.ok("--version")
    return repository


@pytest.mark.parametrize("place", ["", "src", "src/c_program", "/"])
def test_it_works_from_anywhere_and_prints_nothing_of_its_own(warm: Repository, place: str) -> None:
    done = launch(warm.root / "pants", "--version", cwd=warm.root / place, env=warm.env)
    assert (done.returncode, done.stdout, done.stderr) == (0, "2.17.1\n", "")


def test_it_works_through_a_symbolic_link(warm: Repository, tmp_path: Path) -> None:
    (tmp_path / "pants").symlink_to(warm.root / "pants")
    done = launch(tmp_path / "pants", "--version", cwd=tmp_path, env=warm.env)
    assert (done.returncode, done.stdout, done.stderr) == (0, "2.17.1\n", "")


def test_arguments_and_exit_codes_pass_untouched(warm: Repository) -> None:
    done = launch(warm.root / "pants", "list", "src/no such:place *", cwd=warm.root, env=warm.env)
    assert done.returncode == 1
    assert "src/no such" in done.stdout + done.stderr


def test_a_wrong_pants_python_is_named(warm: Repository, tmp_path: Path) -> None:
    env = {**warm.env, "PANTS_PYTHON": "/bin/sh", "SCRATCH_IMAGE_LAUNCHER_CACHE": str(tmp_path)}
    done = launch(warm.root / "pants", "--version", cwd=warm.root, env=env)
    assert done.returncode == 1
    assert "PANTS_PYTHON=/bin/sh is not a CPython 3.9" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_no_cache_folder_is_said(warm: Repository) -> None:
    env = {name: value for name, value in warm.env.items() if name in ("PATH", "PYENV_ROOT")}
    done = launch(warm.root / "pants", "--version", cwd=warm.root, env=env)
    assert done.returncode != 0
    assert "set HOME" in done.stderr


def test_a_setting_of_the_user_wins(warm: Repository) -> None:
    env = {**warm.env, "PANTS_PEX_CLI_URL_TEMPLATE": "file:///mine"}
    done = launch(warm.root / "pants", "help", "pex-cli", cwd=warm.root, env=env)
    assert "file:///mine" in done.stdout


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("PANTS_VERSION", "2.31.0", "is not the version that this repository pins, 2.17.1; unset PANTS_VERSION."),
        ("PANTS_BUILDROOT_OVERRIDE", "/", "is not this repository, {root}; unset PANTS_BUILDROOT_OVERRIDE."),
        (
            "PANTS_CONFIG_FILES",
            "/their/pants.ci.toml",
            "names a file that does not exist; correct the path, or unset PANTS_CONFIG_FILES.",
        ),
    ],
)
def test_a_setting_for_another_repository_is_refused(warm: Repository, name: str, value: str, reason: str) -> None:
    done = launch(warm.root / "pants", "--version", cwd=warm.root, env={**warm.env, name: value})
    root = os.path.realpath(warm.root)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"pants: {name}={value} {reason.format(root=root)}\n"


def test_a_setting_for_this_repository_is_not(warm: Repository, tmp_path: Path) -> None:
    """SCIE is in the environment of what the `pants` of other repositories runs."""
    (tmp_path / "link").symlink_to(warm.root)
    settings = {
        "PANTS_VERSION": "2.17.1",
        "PANTS_BUILDROOT_OVERRIDE": str(tmp_path / "link"),
        "PANTS_CONFIG_FILES": "pants.toml",
        "PANTS_SHA": "0123456",
        "SCIE": "/usr/bin/pants",
    }
    for env in (settings, {"PANTS_CONFIG_FILES": "['pants.toml']"}, {"PANTS_CONFIG_FILES": ""}):
        done = launch(warm.root / "pants", "--no-pantsd", "--version", cwd=warm.root, env={**warm.env, **env})
        assert (done.returncode, done.stdout, done.stderr) == (0, "2.17.1\n", "")
