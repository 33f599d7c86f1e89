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
def warm(bare: Repository) -> Repository:
    (bare.root / "src" / "c_program").mkdir(parents=True)
    bare.ok("--version")
    return bare


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


# What is in the cache runs as the user.

LOCKS = ("bootstrap.py", "python_client.py", "pants.txt", "go-native.txt")


@pytest.fixture()
def cache(warm: Repository, tmp_path: Path) -> Path:
    """A cache folder with an installation that only says that it was started."""
    locks = warm.root / "3rdparty/python"
    lines = subprocess.run(["cksum", *LOCKS], cwd=locks, stdout=subprocess.PIPE, text=True, check=True).stdout
    stamp = 0
    for line in lines.splitlines():
        stamp = (stamp * 31 + int(line.split()[0])) % (1 << 64)
    directory = tmp_path / "a cache"
    installation = directory / f"pants-{stamp:x}"
    (installation / "bin").mkdir(parents=True)
    for path in (directory, installation, installation / "bin"):
        path.chmod(0o755)
    (installation / "ready.sh").write_text("pinned_version=2.17.1\nnative_client=''\necho sourced\n")
    (installation / "ready.sh").chmod(0o644)
    (installation / "bin/python").write_text("#!/bin/sh\necho started\n")
    (installation / "bin/python").chmod(0o755)
    return directory


def started(warm: Repository, cache: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return launch(
        warm.root / "pants",
        "--version",
        cwd=warm.root,
        env={**warm.env, "SCRATCH_IMAGE_LAUNCHER_CACHE": str(cache), **env},
    )


PLACES = ["", "pants-*", "pants-*/ready.sh", "pants-*/bin"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("mode", "said"),
    [
        (0o777, "can be written by every user"),
        (0o757, "can be written by every user"),
        (0o1777, "can be written by every user"),
        (0o775, ""),
        (0o700, ""),
        (0o2775, ""),
    ],
)
def test_a_cache_that_every_user_may_write(warm: Repository, cache: Path, place: str, mode: int, said: str) -> None:
    """The user's primary group may: in many systems it has one member."""
    (path,) = cache.glob(place) if place else (cache,)
    path.chmod(mode)
    done = started(warm, cache)
    if said:
        assert (done.returncode, done.stdout) == (1, "")
        assert f"pants: {path} {said}, and what it holds would run as you;\n  run: chmod o-w '{path}'" in done.stderr
        done = started(warm, cache, SCRATCH_IMAGE_TRUST_CACHE="1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "sourced\nstarted\n", "")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("uid", "gid", "mode", "said"),
    [
        (1234, 0, 0o700, "belongs to another user (uid 1234)"),
        (0, 1234, 0o775, "can be written by others than you and your primary group (gid 1234)"),
        (0, 1234, 0o755, ""),
        (1234, 1234, 0o777, "belongs to another user (uid 1234)"),
    ],
)
def test_a_cache_of_others(warm: Repository, cache: Path, place: str, uid: int, gid: int, mode: int, said: str) -> None:
    (path,) = cache.glob(place) if place else (cache,)
    path.chmod(mode)
    os.chown(path, uid, gid)
    done = started(warm, cache)
    if said:
        assert (done.returncode, done.stdout) == (1, "")
        assert f"pants: {path} {said}, and what it holds would run as you;" in done.stderr.replace("\n ", "")
        assert "or set SCRATCH_IMAGE_TRUST_CACHE=1 if that is intended." in done.stderr
        done = started(warm, cache, SCRATCH_IMAGE_TRUST_CACHE="1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "sourced\nstarted\n", "")


def test_a_cache_through_a_link_is_judged_by_where_it_is(warm: Repository, cache: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(cache)
    assert started(warm, tmp_path / "link").stdout == "sourced\nstarted\n"
    cache.chmod(0o777)
    assert "can be written by every user" in started(warm, tmp_path / "link").stderr


@pytest.mark.parametrize("place", ["", "python39", "python39/interpreter"])
def test_nothing_is_installed_where_others_may_write(warm: Repository, tmp_path: Path, place: str) -> None:
    """What they put there would be found by the installer."""
    cache = tmp_path / "new"
    (cache / "python39").mkdir(parents=True)
    (cache / "python39/interpreter").write_text("/bin/false")
    for path in (cache, cache / "python39", cache / "python39/interpreter"):
        path.chmod(0o755)
    (cache / place).chmod(0o777)
    done = started(warm, cache)
    assert done.returncode == 1 and f"pants: {cache / place}" in done.stderr
    assert [path.name for path in cache.iterdir()] == ["python39"]


def test_what_is_installed_is_nobody_elses(warm: Repository, tmp_path: Path) -> None:
    """Also for a user whose own files are everybody's. The installation itself ends early here."""
    cache = tmp_path / "new"
    script = f'umask 000; exec "{warm.root}/pants" --version'
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\nif [ "$1" = -c ]; then exit 0; fi\nmkdir -p "$2"; umask >"$2/umask"; exit 7\n')
    python.chmod(0o755)
    env = {**warm.env, "SCRATCH_IMAGE_LAUNCHER_CACHE": str(cache), "PANTS_PYTHON": str(python)}
    done = subprocess.run(["bash", "-c", script], cwd=warm.root, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    (umask,) = cache.glob("pants-*/umask")
    assert (done.returncode, umask.read_text().strip()[-2:]) == (7, "22")
    assert not cache.stat().st_mode & 0o022
