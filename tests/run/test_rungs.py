"""Each rung, on a machine that is made to allow no more; what it gives a program, and what it reports."""

from __future__ import annotations

import os
from pathlib import Path
from typing import List

import pytest

from scratch_image.oci import tar
from scratch_image.oci.spec import RunConfig
from tests.support import running
from tests.support.running import MACHINES, ROOTS, confined, directory, file, link

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="a root's capabilities are dropped here")
TREE = {
    **directory("tmp", 0o1777),
    **directory("own", 0o700, 65532, 65532),
    **directory("group", 0o770, 0, 65532),
    **directory("others", 0o755, 1, 1),
    **file("own/file", b"a", 0o600, 65532, 65532),
    **file("others/secret", b"a", 0o600, 1, 1),
    **file("others/of-group", b"a", 0o060, 1, 65532),
    **file("others/not-own", b"a", 0o077, 65532, 1),
    **file("others/open", b"a", 0o644, 1, 1),
    **directory("hidden", 0o700, 1, 1),
    **file("hidden/file", b"a", 0o666, 1, 1),
}
WRITTEN = (
    "/new /tmp/new /own/new /group/new /others/new /own/file /others/secret /others/of-group /others/not-own /etc/hosts "
    "/dev/new"
)
READ = "/own/file /others/secret /others/of-group /others/not-own /others/open /hidden/file /app /dev/zero"


@pytest.fixture(scope="module")
def image(probe: bytes, tmp_path_factory: pytest.TempPathFactory) -> str:
    place = tmp_path_factory.mktemp("rungs")
    for above in (place, *list(place.parents)[:2]):
        above.chmod(0o755)
    return running.image(place / "image", probe, TREE)


@pytest.mark.parametrize("rung", MACHINES)
def test_the_strongest_rung_is_taken_and_reported(rung: str, image: str) -> None:
    done = running.run(image, "report", prefix=MACHINES[rung])
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith(f"scratch-image: rung {rung}\n")
    assert (len(done.stderr.splitlines()) == 1) == (rung == "exact (root)"), "what differs is reported, or nothing does"
    assert "uid 65532 65532 65532\ngid 65532 65532 65532\n" in done.stdout
    assert ("pid 1 " in done.stdout) == (rung != "chroot")


@pytest.mark.parametrize("rung", MACHINES)
def test_a_program_may_what_the_image_lets_it(rung: str, image: str) -> None:
    exact = running.run(image, "write", *WRITTEN.split()).stdout + running.run(image, "read", *READ.split()).stdout
    assert "write /new: EACCES" in exact and "write /tmp/new: ok" in exact and "read /others/of-group: ok" in exact
    prefix = MACHINES[rung]
    found = running.run(image, "write", *WRITTEN.split(), prefix=prefix).stdout
    assert found + running.run(image, "read", *READ.split(), prefix=prefix).stdout == exact


@pytest.mark.parametrize("rung", [rung for rung in MACHINES if rung.startswith("exact")])
def test_owners_and_modes_are_the_images(rung: str, image: str) -> None:
    paths = [f"/{entry.path}" for entry in TREE]
    found = running.run(image, "stat", *paths, prefix=MACHINES[rung]).stdout
    for entry in TREE:
        kind = 0o40000 if isinstance(entry, tar.DirectoryEntry) else 0o100000
        line = f"stat /{entry.path}: {kind | entry.mode:o} {entry.uid}:{entry.gid} "
        assert line in found or entry.path == "hidden/file"


@pytest.mark.parametrize(
    "prefix, reasons",
    [
        (
            confined("--seccomp", "--drop", f"sys_admin,{ROOTS}"),
            ["exact (root): unshare: Operation not permitted", "a seccomp filter is active"],
        ),
        (confined("--seccomp", "--drop", "sys_admin,sys_chroot"), ["chroot: ", "podman run --rm oci:/"]),
    ],
)
def test_a_machine_that_allows_nothing_is_named(image: str, prefix: List[str], reasons: List[str]) -> None:
    done = running.run(image, prefix=prefix)
    assert (done.returncode, done.stdout) == (125, "")
    for reason in reasons:
        assert reason in done.stderr
    assert "Traceback" not in done.stderr and "ended early" not in done.stderr


def test_root_in_a_chroot_must_be_accepted(probe: bytes, tmp_path: Path) -> None:
    image = running.image(tmp_path / "image", probe, run=RunConfig(entrypoint=("/app",)))
    refused = running.run(image, prefix=MACHINES["chroot"])
    assert (refused.returncode, refused.stdout) == (125, "")
    assert "--allow-weak" in refused.stderr
    accepted = running.run(image, options=["--allow-weak"], prefix=MACHINES["chroot"])
    assert (accepted.returncode, accepted.stdout) == (0, "hello\n")


@pytest.mark.parametrize("option", [["--read-only"], ["--mount", "/etc:/host"]])
def test_what_a_chroot_cannot_do_is_refused(image: str, option: List[str]) -> None:
    done = running.run(image, options=option, prefix=MACHINES["chroot"])
    assert (done.returncode, done.stdout) == (125, "")
    assert "only chroot is left" in done.stderr


def test_children_left_in_a_chroot_are_killed(image: str) -> None:
    """They hold the output: the run would not end if they lived."""
    assert running.run(image, "fork", "left-in-chroot", prefix=MACHINES["chroot"]).stdout == "ready\n"
    names = [
        Path(path, "comm").read_text() for path in map(str, Path("/proc").glob("[0-9]*")) if Path(path, "comm").exists()
    ]
    assert "left-in-chroot\n" not in names


def test_a_directory_of_a_killed_run_is_removed_by_the_next(image: str, tmp_path: Path) -> None:
    from scratch_image.run.leftovers import new_directory

    used, lock = new_directory(str(tmp_path))
    left, unused = new_directory(str(tmp_path))
    Path(left, "root", "closed").mkdir(mode=0)
    os.close(unused)
    other, third = new_directory(str(tmp_path))
    assert sorted(map(str, tmp_path.iterdir())) == sorted((used, other))
    os.close(lock)
    os.close(third)


@pytest.mark.parametrize("rung", ["exact (root)", "exact (full map)", "user"])
def test_links_of_an_image_lead_no_mount_out_of_it(rung: str, probe: bytes, tmp_path: Path) -> None:
    for above in (tmp_path, *list(tmp_path.parents)[:2]):
        above.chmod(0o755)
    image = running.image(tmp_path / "image", probe, link("etc", "/usr/../../../tmp/outside"), directory("tmp", 0o755))
    done = running.run(image, "names", "/tmp/outside", prefix=MACHINES[rung])
    assert done.returncode in (0, 125), done.stderr
    assert not Path("/tmp/outside").exists()
