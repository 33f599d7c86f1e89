"""An image with more than a program, unpacked by umoci and run by runc: what tools that are not ours find in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scratch_image.validate.check import check_layout
from tests.support.containers import check, run, unpack
from tests.support.programs import elf
from tests.support.repository import Repository
from tests.support.tools import require

BUILD = """
file(name="bin", source="program")
files(name="tree", sources=["static/**"])
scratch_image(
    name="image",
    binary=":bin",
    binary_path="/opt/bin/program",
    files={
        "/srv/www": {"from": ":tree", "owner": "7:8"},
        "/etc/motd": {"text": "hi\\n", "mode": "0600", "owner": "65532:65532"},
    },
    directories={"/opt": {"mode": "0711"}, "/var/lib/app": {"mode": "0700", "owner": "65532:65532"}},
    symlinks={"/srv/current": "www"},
    runtime_files=["tmp", "nonroot"],
    capabilities=["cap_net_bind_service"],
)
"""


@pytest.fixture(scope="module")
def bundle(bare: Repository, tmp_path_factory: pytest.TempPathFactory) -> Path:
    bare.write("src/contents/program", elf(text="hello from a full root\n"))
    bare.write("src/contents/static/a/b.txt", "b")
    bare.write("src/contents/BUILD", BUILD)
    bare.ok("package", "src/contents:image")
    return unpack(bare.image("src.contents/image"), tmp_path_factory.mktemp("bundle"))


def test_our_own_verifier_finds_nothing(bundle: Path, bare: Repository) -> None:
    report = check_layout(str(bare.image("src.contents/image")))
    assert (report.problems, report.not_checked) == ((), ())


def test_files_directories_and_links(bundle: Path) -> None:
    root = bundle / "rootfs"
    want = {
        "opt": ("711", 0, 0),
        "opt/bin/program": ("755", 0, 0),
        "srv/www": ("755", 7, 8),
        "srv/www/static/a": ("755", 7, 8),
        "srv/www/static/a/b.txt": ("644", 7, 8),
        "etc/motd": ("600", 65532, 65532),
        "etc/passwd": ("644", 0, 0),
        "var/lib/app": ("700", 65532, 65532),
        "tmp": ("1777", 0, 0),
    }
    found = {path: (root / path).lstat() for path in want}
    assert {path: (oct(stat.st_mode & 0o7777)[2:], stat.st_uid, stat.st_gid) for path, stat in found.items()} == want
    assert os.readlink(root / "srv/current") == "www"
    assert (root / "etc/motd").read_text() == "hi\n"


def test_capabilities(bundle: Path) -> None:
    shown = check([require("getcap"), str(bundle / "rootfs/opt/bin/program")])
    assert shown.split()[-1] == "cap_net_bind_service=ep"


def test_the_program_runs(bundle: Path) -> None:
    assert run(bundle) == "hello from a full root\n"
