"""The wheel that `./pants package //:wheel` builds: its contents and its bytes."""

from __future__ import annotations

import base64
import csv
import email
import email.message
import hashlib
import os
import re
import stat
import subprocess
import zipfile
from pathlib import Path
from typing import Dict, Iterator, Mapping

import pytest

from tests.support.interpreters import environment, interpreter
from tests.support.process_log import processes
from tests.support.repository import PARTS, WHEEL_PARTS, Repository
from tests.support.tools import require
from tests.support.wheel import NAME, VERSION, copy_wheel

INFO = f"scratch_image_pants_plugin-{VERSION}.dist-info"
EPOCH = "315532800"
BUILD_WHEEL = "Run setuptools.build_meta:__legacy__ for //:wheel"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Iterator[Repository]:
    """A checkout in which the wheel was built."""
    copy = Repository(tmp_path_factory.mktemp("wheel") / "checkout", parts=(*PARTS, *WHEEL_PARTS))
    copy.env["PANTS_LEVEL"] = "debug"  # For every run: another level starts another daemon.
    copy.ok("package", "//:wheel")
    assert [path.name for path in (copy.root / "dist").iterdir()] == [NAME]
    yield copy
    copy.close()


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
    assert wheel.stat().st_size <= 750_000
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
    assert metadata.get_all("Provides-Extra") == ["validate", "recompress", "sign"]
    wanted = [f'{line}{" and" if ";" in line else ";"} extra == "recompress"' for line in pinned]
    # Signing works with any version that signs deterministically, and the process that publishes has the exact ones.
    wanted += ['cryptography>=43; extra == "sign"', 'urllib3~=2.6; extra == "sign"']
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
    python = str(environment(interpreter(version), tmp_path / "venv"))
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
    log = checkout.ok("package", "//:wheel")
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
