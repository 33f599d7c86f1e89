"""The command of the wheel, in an environment without Pants."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import List

import pytest

from tests.support.interpreters import environment
from tests.support.layouts import as_archive, layout, unchanged, write
from tests.support.signing import write_keys
from tests.support.wheel import VERSION, copy_wheel


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of a fresh environment in which the wheel was installed, offline."""
    wheel = copy_wheel(tmp_path_factory.mktemp("wheel"))
    python = environment(sys.executable, tmp_path_factory.mktemp("command") / "venv")
    offline = ["--quiet", "--disable-pip-version-check", "--no-index", "--find-links", str(wheel.parent)]
    subprocess.run([python, "-m", "pip", "install", *offline, "scratch-image-pants-plugin"], check=True)
    return python.parent / "scratch-image"


def _run(command: Path, *arguments: object, **env: str) -> subprocess.CompletedProcess[str]:
    args: List[str] = [str(argument) for argument in (command, *arguments)]
    return subprocess.run(args, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_it_validates_a_layout_and_an_archive(command: Path, tmp_path: Path) -> None:
    assert _run(command, "--version").stdout == f"scratch-image {VERSION}\n"
    paths = [write(layout(), tmp_path / "oci"), tmp_path / "image.tar"]
    (tmp_path / "image.tar").write_bytes(as_archive(layout(), docker=unchanged))
    for path in paths:
        done = _run(command, "validate", path)
        assert done.returncode == 0, done.stdout
        assert f"{path}: ok: 1 manifest" in done.stdout


def test_it_finds_a_damaged_blob(command: Path, tmp_path: Path) -> None:
    path = write(layout(), tmp_path / "oci")
    blob = max((tmp_path / "oci/blobs/sha256").iterdir(), key=lambda path: path.stat().st_size)
    blob.write_bytes(blob.read_bytes()[:-1])
    done = _run(command, "validate", path)
    assert (done.returncode, blob.name in done.stdout) == (1, True), done.stdout


def test_it_says_what_zstd_needs(command: Path, tmp_path: Path) -> None:
    path = write(layout(compression="zstd"), tmp_path / "oci")
    done = _run(command, "validate", path)
    assert done.returncode == 0, done.stdout
    assert "not checked" in done.stdout
    assert "install it with: pip install 'scratch-image-pants-plugin[validate]'" in done.stdout
    # This test's own environment has the library.
    done = _run(command, "validate", path, PYTHONPATH=sysconfig.get_path("purelib"))
    assert "not checked" not in done.stdout, done.stdout


def test_it_says_what_signing_needs(command: Path, tmp_path: Path) -> None:
    path, key = write(layout(), tmp_path / "oci"), tmp_path / "key"
    for arguments, status in (("sign", path, "--key", key), 1), (("verify-signature", path, "--key", key), 2):
        done = _run(command, *arguments)
        assert (done.returncode, "Traceback" in done.stdout) == (status, False), done.stdout
        assert "fix: pip install 'scratch-image-pants-plugin[sign]'" in done.stdout
    keys = write_keys(tmp_path)
    with_library = {"PYTHONPATH": sysconfig.get_path("purelib")}
    assert _run(command, "sign", path, "--key", keys["private"], **with_library).returncode == 0
    done = _run(command, "verify-signature", path, "--key", keys["public"], **with_library)
    assert (done.returncode, "signature: signed by a given key" in done.stdout) == (0, True), done.stdout
