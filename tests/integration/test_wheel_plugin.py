"""A user's repository with the wheel as a plugin, installed from a directory and not from a package index."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Iterator, Mapping

import pytest

from tests.support.repository import Repository, users_repository
from tests.support.wheel import NAME, VERSION, copy_wheel

BUILD = """
file(name="bin", source="program")
scratch_image(
    name="image",
    binary=":bin",
    runtime_files=["ca-certificates", "mime-types", "nonroot", "tmp", "tzdata"],
    image_labels={"a": "b"},
    archive=True,
)
scratch_image(name="zstd", binary=":bin", compression="zstd")
scratch_image_test(name="test", image=":image", files={"/app": {"mode": "0755"}})
"""
PATHS = {"pythonpath": ["%(buildroot)s/pants-plugins"], "backend_packages": ["scratch_image"]}
PLUGIN = {"plugins": [f"scratch-image-pants-plugin=={VERSION}"]}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_wheel(tmp_path_factory.mktemp("wheel"))


def _user(directory: Path, wheel: Path, options: Mapping[str, object], *parts: str) -> Repository:
    """A user's repository with the wheel in wheels/ and these options in [GLOBAL]."""
    copy = users_repository(directory, *parts)
    _configure(copy, options)
    (copy.root / "wheels").mkdir()
    shutil.copy(wheel, copy.root / "wheels")
    copy.write("app/BUILD", BUILD)
    return copy


def _configure(copy: Repository, options: Mapping[str, object]) -> None:
    copy.configure(
        GLOBAL={"pants_version": "2.17.1", **options},
        **{"python-repos": {"find_links": ["file://%(buildroot)s/wheels"]}},
    )


@pytest.fixture(scope="module")
def user(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Iterator[Repository]:
    """A daemon has started before there was a plugin."""
    copy = _user(tmp_path_factory.mktemp("plugin") / "repository", wheel, {})
    copy.ok("--version")
    _configure(copy, PLUGIN)
    copy.ok("package", "::")
    yield copy
    copy.close()


def test_every_goal_works(user: Repository) -> None:
    said = user.ok("lint", "test", "validate-images", "::")
    assert "✓ app:test succeeded" in said
    assert "dist/app/image/oci: ok" in said
    assert user.ok("tailor", "--check", "::") == ""
    assert "binary_path" in user.ok("help", "scratch_image")


def test_its_images_are_those_of_a_copied_directory(user: Repository, tmp_path: Path, wheel: Path) -> None:
    copied = _user(tmp_path / "repository", wheel, PATHS, "pants-plugins/scratch_image")
    copied.ok("--no-pantsd", "package", "::")
    assert copied.digests() == user.digests()
    subprocess.run(["diff", "-r", copied.root / "dist", user.root / "dist"], check=True)


def test_a_plugin_by_its_address_and_hash_needs_nothing_else(tmp_path: Path, wheel: Path, user: Repository) -> None:
    place = f"scratch-image-pants-plugin @ file://%(buildroot)s/wheels/{NAME}#sha256="
    copy = _user(tmp_path / "repository", wheel, {"plugins": [place + hashlib.sha256(wheel.read_bytes()).hexdigest()]})
    copy.ok("--no-pantsd", "package", "::")
    assert copy.digests() == user.digests()
    copy.configure(GLOBAL={"pants_version": "2.17.1", "plugins": [place + "0" * 64]})
    assert "DO NOT MATCH THE HASHES" in copy.run("--no-pantsd", "list", "::").stdout


# Mistakes.


def test_a_plugin_beside_a_copied_directory_is_refused(tmp_path: Path, wheel: Path) -> None:
    copy = _user(tmp_path / "repository", wheel, {**PLUGIN, **PATHS}, "pants-plugins/scratch_image")
    try:
        for daemon in ("--no-pantsd", "--pantsd"):
            _check_refusal(copy, copy.run(daemon, "list", "::"))
    finally:
        copy.close()


def _check_refusal(copy: Repository, done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 1
    assert "Traceback" not in done.stdout
    assert re.search(
        r"^scratch_image: expected one copy of the backend, found /\S+/site-packages/scratch_image "
        rf"and {re.escape(str(copy.root))}/pants-plugins/scratch_image; remove `scratch-image-pants-plugin` from "
        r"\[GLOBAL\].plugins, or the copied directory from \[GLOBAL\].pythonpath$",
        done.stdout,
        re.M,
    ), done.stdout


def test_a_wheel_that_was_unpacked_without_a_data_file(tmp_path: Path, wheel: Path) -> None:
    path = "assembler/requirements.txt"
    copy = _user(tmp_path / "repository", wheel, PATHS)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(copy.root / "pants-plugins")
    (copy.root / "pants-plugins" / "scratch_image" / path).unlink()
    done = copy.run("--no-pantsd", "package", "app:image")
    assert done.returncode == 1
    assert "Traceback" not in done.stdout
    assert (
        f"scratch_image: expected the backend's own file {path} in {copy.root}/pants-plugins/scratch_image, found none; "
        "install the wheel again, or copy the whole directory"
    ) in done.stdout
