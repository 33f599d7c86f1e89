"""The wheel that `./pants package //:wheel` builds: its contents, its bytes, and what a user does with it.

Users install no package index's copy here: their repositories find the wheel in a directory.
"""

from __future__ import annotations

import base64
import csv
import email
import email.message
import hashlib
import os
import re
import shutil
import stat
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path
from typing import Dict, Iterator, List, Mapping

import pytest

from tests.support.interpreters import interpreter
from tests.support.repository import PARTS, WHEEL_PARTS, Repository, processes, users_repository
from tests.support.tools import require

VERSION = re.search(r'VERSION = "(.*)"', Path("pants-plugins/scratch_image/cli.py").read_text())[1]
NAME = f"scratch_image_pants_plugin-{VERSION}-py3-none-any.whl"
INFO = f"scratch_image_pants_plugin-{VERSION}.dist-info"
EPOCH = "315532800"
BUILD_WHEEL = "Run setuptools.build_meta:__legacy__ for //:wheel"
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
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    copy = Repository(tmp_path_factory.mktemp("wheel") / "checkout", parts=(*PARTS, *WHEEL_PARTS))
    yield copy
    copy.close()


@pytest.fixture(scope="module")
def wheel(checkout: Repository) -> Path:
    checkout.ok("package", "//:wheel")
    assert [path.name for path in (checkout.root / "dist").iterdir()] == [NAME]
    return checkout.root / "dist" / NAME


@pytest.fixture(scope="module")
def files(wheel: Path) -> Dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        assert archive.testzip() is None
        return {info.filename: archive.read(info) for info in archive.infolist()}


@pytest.fixture(scope="module")
def metadata(files: Mapping[str, bytes]) -> email.message.Message:
    return email.message_from_bytes(files[f"{INFO}/METADATA"])


# What it holds.


def test_it_holds_every_file_of_the_backend_and_no_other(files: Mapping[str, bytes]) -> None:
    package = Path("pants-plugins/scratch_image")
    paths = (path for path in package.rglob("*") if path.is_file() and path.suffix not in (".pyc", ".in"))
    want = {str(path.relative_to(package.parent)): path.read_bytes() for path in paths}
    assert {path: content for path, content in files.items() if not path.startswith(INFO)} == want
    assert {"scratch_image/py.typed", "scratch_image/runtime_files/data/mime.types"} < set(want)
    own = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE", "top_level.txt"}
    assert {path for path in files if path.startswith(INFO)} == {f"{INFO}/{name}" for name in own}
    assert files[f"{INFO}/licenses/LICENSE"] == Path("LICENSE").read_bytes()


def test_its_size_modes_and_dates(wheel: Path) -> None:
    assert wheel.stat().st_size <= 400_000
    with zipfile.ZipFile(wheel) as archive:
        assert {info.external_attr >> 16 for info in archive.infolist()} == {stat.S_IFREG | 0o644}
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_its_record_has_the_hash_and_size_of_every_file(files: Mapping[str, bytes]) -> None:
    rows = list(csv.reader(files[f"{INFO}/RECORD"].decode().splitlines()))
    want = []
    for path, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
        want.append([path, "", ""] if path == f"{INFO}/RECORD" else [path, f"sha256={digest}", str(len(content))])
    assert rows == want


def test_its_metadata(metadata: email.message.Message) -> None:
    assert metadata["Name"] == "scratch-image-pants-plugin"
    assert metadata["Version"] == VERSION
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata.get_all("License-File") == ["LICENSE"]
    assert metadata["Requires-Python"] == ">=3.9"
    assert {"Intended Audience :: Developers", "Topic :: Software Development :: Build Tools", "Typing :: Typed"} < set(
        metadata.get_all("Classifier")
    )


def test_it_depends_on_nothing_but_an_extras_library(metadata: email.message.Message) -> None:
    """The extras take the versions that the layer process is pinned to; to compress again takes exactly these."""
    lines = Path("pants-plugins/scratch_image/assembler/requirements.in").read_text().splitlines()
    pinned = [line.replace(" ;", ";") for line in lines if line and not line.startswith("#")]
    (zstandard,) = (line.partition("==")[2] for line in pinned if line.startswith("zstandard"))
    assert metadata.get_all("Provides-Extra") == ["validate", "recompress"]
    wanted = [f'{line}{" and" if ";" in line else ";"} extra == "recompress"' for line in pinned]
    assert sorted(metadata.get_all("Requires-Dist")) == sorted([f'zstandard~={zstandard}; extra == "validate"', *wanted])


def test_its_entry_points(files: Mapping[str, bytes]) -> None:
    assert files[f"{INFO}/entry_points.txt"].decode().split("\n\n") == [
        "[console_scripts]\nscratch-image = scratch_image.cli:main",
        "[pantsbuild.plugin]\nrules = scratch_image.register:rules\ntarget_types = scratch_image.register:target_types\n",
    ]


def test_its_description_is_the_readme_and_the_changes_without_dead_links(metadata: email.message.Message) -> None:
    assert metadata["Description-Content-Type"] == "text/markdown"
    text = metadata.get_payload(decode=True).decode("utf-8")
    assert text.startswith("# scratch_image\n")
    assert "\n# Changes\n" in text
    links = re.findall(r"\]\(([^)]*)\)", text)
    assert links and not [link for link in links if not link.startswith("https://")]
    for page in ("README.md", "CHANGELOG.md"):
        lines = [line for line in Path(page).read_text(encoding="utf-8").splitlines() if "](" not in line]
        assert set(lines) <= set(text.splitlines())


def test_twine_accepts_it(wheel: Path) -> None:
    done = subprocess.run([require("twine"), "check", "--strict", wheel], stdout=subprocess.PIPE, text=True)
    assert (done.returncode, "PASSED" in done.stdout) == (0, True), done.stdout


def test_the_newest_changes_are_this_versions() -> None:
    headings = re.findall(r"^## (\S+)", Path("CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    assert next(heading for heading in headings if heading != "Unreleased") == VERSION


# Its bytes.


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_second_build_elsewhere_has_the_same_bytes(wheel: Path, tmp_path: Path) -> None:
    strange = {"LC_ALL": "C", "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7", "SOURCE_DATE_EPOCH": "1700000000"}
    copy = Repository(tmp_path / "an other" / "checkout", strange, parts=(*PARTS, *WHEEL_PARTS))
    log = copy.ok("--no-pantsd", "--no-local-cache", "-ldebug", "package", "//:wheel", umask=0o077)
    assert processes(log, BUILD_WHEEL), "it was taken from the cache: this test tries nothing"
    assert _sha256(copy.root / "dist" / NAME) == _sha256(wheel)


@pytest.mark.parametrize("version", ["3.9", "3.12"])
def test_pip_and_the_locked_libraries_build_the_same_bytes(wheel: Path, tmp_path: Path, version: str) -> None:
    """Without Pants, and with another interpreter and its zlib."""
    python = str(_environment(interpreter(version), tmp_path / "venv"))
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    locked = ["--require-hashes", "--no-deps", "--only-binary=:all:", "--requirement", "3rdparty/python/wheel.txt"]
    subprocess.run([python, "-m", "pip", "install", *quiet, *locked], check=True)
    copy = Repository(tmp_path / "checkout", parts=("pants-plugins", *WHEEL_PARTS))
    made = ["--no-build-isolation", "--use-pep517", "--no-deps", "--no-index", "--wheel-dir", str(tmp_path), str(copy.root)]
    subprocess.run(
        [python, "-m", "pip", "wheel", *quiet, *made],
        env={**copy.env, "SOURCE_DATE_EPOCH": EPOCH, "TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": version[-1]},
        preexec_fn=lambda: os.umask(0o077) and None,
        check=True,
    )
    assert _sha256(tmp_path / NAME) == _sha256(wheel)


def test_nothing_is_built_again(checkout: Repository, wheel: Path) -> None:
    log = checkout.ok("-ldebug", "package", "//:wheel")
    assert f"Wrote dist/{NAME}" in log
    assert not processes(log, BUILD_WHEEL)
    assert not processes(log, "Building build_backend.pex")


def test_a_library_with_another_hash_builds_no_wheel(checkout: Repository, wheel: Path) -> None:
    path = "3rdparty/python/wheel.txt"
    lock = (checkout.root / path).read_text()
    checkout.write(path, re.sub("sha256:[0-9a-f]{8}", "sha256:00000000", lock))
    try:
        done = checkout.run("package", "//:wheel")
    finally:
        checkout.write(path, lock)
    assert done.returncode == 1
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in done.stdout


# A repository that has it as a plugin.


def _user(directory: Path, wheel: Path, options: Mapping[str, object], *parts: str) -> Repository:
    """A user's repository with the wheel in wheels/ and these options in [GLOBAL]."""
    copy = users_repository(directory, *parts)
    copy.configure(
        GLOBAL={"pants_version": "2.17.1", **options},
        **{"python-repos": {"find_links": ["file://%(buildroot)s/wheels"]}},
    )
    (copy.root / "wheels").mkdir()
    shutil.copy(wheel, copy.root / "wheels")
    copy.write("app/BUILD", BUILD)
    return copy


@pytest.fixture(scope="module")
def user(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Iterator[Repository]:
    copy = _user(tmp_path_factory.mktemp("plugin") / "repository", wheel, PLUGIN)
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
    copy = _user(tmp_path / "repository", wheel, {"plugins": [place + _sha256(wheel)]})
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


# Without Pants.


def _environment(python: str, directory: Path) -> Path:
    """Makes a virtual environment; gives its interpreter."""
    subprocess.run([python, "-m", "venv", directory], check=True)
    return directory / "bin" / "python"


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """The command of a fresh environment in which the wheel was installed, offline."""
    python = _environment(sys.executable, tmp_path_factory.mktemp("command") / "venv")
    offline = ["--quiet", "--disable-pip-version-check", "--no-index", "--find-links", str(wheel.parent)]
    subprocess.run([python, "-m", "pip", "install", *offline, "scratch-image-pants-plugin"], check=True)
    return python.parent / "scratch-image"


def _run(command: Path, *arguments: object, **env: str) -> subprocess.CompletedProcess[str]:
    args: List[str] = [str(argument) for argument in (command, *arguments)]
    return subprocess.run(args, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_the_command_validates_an_image(command: Path, user: Repository) -> None:
    assert _run(command, "--version").stdout == f"scratch-image {VERSION}\n"
    image = user.root / "dist/app/image"
    done = _run(command, "validate", image)
    assert done.returncode == 0, done.stdout
    assert f"{image}/oci: ok: 1 manifest" in done.stdout
    assert f"{image}/image.tar: ok: 1 manifest" in done.stdout


def test_the_command_finds_a_damaged_blob(command: Path, user: Repository, tmp_path: Path) -> None:
    image = Path(shutil.copytree(user.root / "dist/app/image", tmp_path / "image"))
    blob = max((image / "oci/blobs/sha256").iterdir(), key=lambda path: path.stat().st_size)
    blob.chmod(0o644)
    blob.write_bytes(blob.read_bytes()[:-1])
    assert _run(command, "validate", image / "oci").returncode == 1


def test_the_command_says_what_zstd_needs(command: Path, user: Repository) -> None:
    done = _run(command, "validate", user.root / "dist/app/zstd/oci")
    assert done.returncode == 0, done.stdout
    assert "not checked" in done.stdout
    assert "install it with: pip install 'scratch-image-pants-plugin[validate]'" in done.stdout
    # This test's own environment has the library.
    done = _run(command, "validate", user.root / "dist/app/zstd/oci", PYTHONPATH=sysconfig.get_path("purelib"))
    assert "not checked" not in done.stdout, done.stdout
