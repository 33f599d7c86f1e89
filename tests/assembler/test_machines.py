"""The layer process gives the same bytes on every interpreter and CPU: CPython 3.9 to 3.13, an x86-64 without any vector
extension beyond SSE3, and arm64. The latter two are emulated by qemu."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Dict, List

import pytest

from scratch_image.assembler.assemble import write_layer as reference
from scratch_image.assembler.plan import LayerPlan
from scratch_image.oci.compression import Compression
from scratch_image.oci.tar import FileEntry
from tests.support.interpreters import arm64_root, interpreter, set_up, write_layer
from tests.support.tools import require

COMPRESSIONS = ("none", "gzip", "gzip:9", "zstd", "zstd:9")
# Four members of a gzip layer: text with repeats near and far, and noise.
NOISE = hashlib.shake_256(b"machines").digest(1 << 20)
CONTENT = b"".join(
    NOISE[start : start + 4096] * 3 + NOISE[start : start + 1024].hex().encode() for start in range(0, 1 << 20, 4096)
)


def plan(compression: str) -> LayerPlan:
    return LayerPlan((FileEntry("usr/bin/app", "content", len(CONTENT), 0o755),), Compression.parse(compression))


@pytest.fixture(scope="module")
def want(tmp_path_factory: pytest.TempPathFactory) -> Dict[str, bytes]:
    """Compression → the facts of the layer as this interpreter writes it."""
    directory = tmp_path_factory.mktemp("here")
    (directory / "content").write_bytes(CONTENT)
    return {name: reference(plan(name), str(directory), str(directory), 1).to_json() for name in COMPRESSIONS}


def check(directory: Path, command: List[str], want: Dict[str, bytes]) -> None:
    (directory / "content").write_bytes(CONTENT)
    for name in COMPRESSIONS:
        (directory / "plan.json").write_bytes(plan(name).to_json())
        assert write_layer(directory, command) == want[name], name


@pytest.mark.parametrize("version", ["3.9", "3.10", "3.11", "3.12", "3.13"])
def test_every_python(version: str, tmp_path: Path, want: Dict[str, bytes]) -> None:
    python = interpreter(version)
    set_up(tmp_path, python)
    check(tmp_path, [python], want)


def test_an_old_x86_64(tmp_path: Path, want: Dict[str, bytes]) -> None:
    python = interpreter("3.11")
    set_up(tmp_path, python)
    check(tmp_path, [require("qemu-x86_64-static"), "-cpu", "qemu64", python], want)


def test_arm64(tmp_path: Path, want: Dict[str, bytes]) -> None:
    root = arm64_root()
    set_up(tmp_path, interpreter("3.11"), "manylinux2014_aarch64")
    check(tmp_path, [require("qemu-aarch64-static"), "-L", str(root), str(root / "usr/bin/python3.11")], want)
