"""What tests that run an image find of a Go program that needs something of its root: with it they hold, without it they say
what the program says. The program is the probe of tests/root."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import List, NamedTuple, Tuple

import pytest

from scratch_image.oci.spec import RunConfig
from scratch_image.run.rungs import choose
from scratch_image.structure import run_main
from scratch_image.structure.spec import read_expectations
from tests.support import root_programs, running
from tests.support.root_programs import GO_NEW
from tests.support.roots import PROBE_ROOT, zone
from tests.support.running import directory, file

PASSWD = file("etc/passwd", b"nonroot:x:65532:65532::/home/nonroot:/sbin/nologin\n")
ROOTS, BERLIN = file("etc/ssl/certs/ca-certificates.crt", PROBE_ROOT), file("usr/share/zoneinfo/Europe/Berlin", zone(2))


class Defect(NamedTuple):
    """A command of the program; what makes it work, layers and `volumes`, and the layers of a defective image; and what the
    test shows of that one."""

    args: Tuple[str, ...]
    cure: List[running.Entries]
    instead: List[running.Entries]
    shown: str
    env: Tuple[str, ...] = ()
    stdout: str = "yes\n"
    read_only: bool = False
    volumes: Tuple[str, ...] = ()


DEFECTS = {
    "no CA certificates": Defect(("certificates",), [ROOTS], [], "no: the pool is empty"),
    "no time zones": Defect(("zone", "Europe/Berlin"), [BERLIN], [], "no: unknown time zone Europe/Berlin"),
    "no time zones for TZ": Defect(("local",), [BERLIN], [], "+0000", ("TZ=Europe/Berlin",), "+0200\n"),
    "no /tmp": Defect(("temporary",), [directory("tmp", 0o1777)], [], "no such file or directory"),
    "/tmp that is not writable": Defect(
        ("temporary",), [directory("tmp", 0o1777)], [directory("tmp", 0o755)], "permission denied"
    ),
    "read-only root": Defect(
        ("temporary",),
        [directory("data", 0o1777)],
        [directory("data", 0o1777)],
        "read-only file system",
        ("TMPDIR=/data",),
        read_only=True,
        # A volume stays writable where the root is not.
        volumes=("/data",),
    ),
    "no passwd for os/user.Current": Defect(("user",), [PASSWD], [], "no: user: Current requires cgo or $USER"),
    "no such user": Defect(("lookup", "nonroot"), [PASSWD], [], "no: open /etc/passwd: no such file or directory"),
    "a cache of another owner": Defect(
        ("cache",),
        [directory("home/nonroot", 0o700, 65532, 65532)],
        [directory("home/nonroot", 0o755)],
        "permission denied",
        ("HOME=/home/nonroot",),
    ),
}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        pytest.skip("the program is for Linux on x86-64")
    place = os.environ.get("SCRATCH_IMAGE_CORPUS") or str(tmp_path_factory.mktemp("programs"))
    return root_programs.make(Path(place))[GO_NEW].read_bytes()


@pytest.mark.parametrize("is_defective", [False, True], ids=["cured", "defective"])
@pytest.mark.parametrize("name", DEFECTS)
def test_it_is_found_and_its_cure_works(name: str, is_defective: bool, program: bytes, tmp_path: Path) -> None:
    defect = DEFECTS[name]
    layers, volumes = (defect.instead, ()) if is_defective else (defect.cure, defect.volumes)
    run = RunConfig(entrypoint=("/app",), user="65532:65532", env=defect.env, volumes=volumes)
    command = {"args": list(defect.args), "stdout": defect.stdout}
    _, runs, _ = read_expectations({"image": ":image", "commands": [command], "read_only": defect.read_only})
    path = running.image(tmp_path / "image", program, *layers, run=run)
    text, holds = run_main.tested(runs, path, str(choose(own_network=True)), os.uname().machine)
    assert holds != is_defective, text
    assert not is_defective or defect.shown in text
