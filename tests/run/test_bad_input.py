"""What a user can get wrong: a sentence, the exit code 125, no traceback, and nothing left."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path
from typing import List

import pytest

from scratch_image.oci.platform import Platform
from scratch_image.oci.spec import RunConfig
from scratch_image.run import machine
from scratch_image.run.errors import NotRun
from tests.support import running
from tests.support.layouts import layout, other_archive, program_archive, write
from tests.support.programs import AARCH64, LOAD, R, Segment, X, elf_file
from tests.support.running import command, confined, directory, environment, file, link
from tests.support.tools import require


@pytest.fixture(scope="module")
def image(probe: bytes, tmp_path_factory: pytest.TempPathFactory) -> str:
    return running.image(tmp_path_factory.mktemp("bad") / "image", probe)


def refused(path: str, *options: str) -> str:
    done = running.run(path, options=options)
    assert (done.returncode, done.stdout) == (125, ""), done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize(
    "options, text",
    [
        (["--platform=linux/arm64"], "has no image for linux/arm64; it has: linux/amd64"),
        (["--platform=darwin/arm64"], "unknown operating system 'darwin'"),
        (["--user=nobody"], "no user 'nobody' in the image's /etc/passwd; write the number"),
        (["--user=1:wheel"], "no group 'wheel' in the image's /etc/group"),
        (["--user=4294967296"], "no user '4294967296'"),
        (["--mount=/nonexistent:/x"], "/nonexistent cannot be mounted: No such file or directory"),
        (["--mount=/etc"], "is not a valid mount; write HOST:/PATH"),
        (["--mount=/etc:/x:rx"], "is not a valid mount"),
        (["--mount=/etc:/proc/sys"], "nothing can be mounted at /proc/sys"),
        (["--mount=/etc:/"], "nothing can be mounted at /"),
        (["--mount=/etc:/app"], "/app of the image is not a directory"),
        (["--mount=/etc/passwd:/dir"], "/dir of the image is not a file"),
        (["--env=SECRET"], "is not NAME=VALUE"),
        (["--restricted", "--user=0"], "the user is root, which `runAsNonRoot` refuses; choose another, for example"),
        (["--nonsense"], "unrecognized arguments: --nonsense\n"),
        (["--nonsense=1", "-x"], "unrecognized arguments: --nonsense=1 -x\n"),
        (["-p", "8080:8080"], "unrecognized arguments: -p; the network is this machine's, and no port has to be published"),
        (["-p8080:8080"], "unrecognized arguments: -p8080:8080; the network is this machine's"),
        (["--publish=8080:8080"], "the network is this machine's"),
        (["-it"], "unrecognized arguments: -it; the program has a terminal if this command has one"),
        (["--rm"], "unrecognized arguments: --rm; nothing has to be removed"),
        (["-v", "/etc:/x"], "unrecognized arguments: -v; write --mount=HOST:/PATH"),
        (["--volume=/etc:/x"], "write --mount=HOST:/PATH"),
        (["-e", "A=b"], "unrecognized arguments: -e; write --env=NAME=VALUE"),
        (["-u", "1"], "unrecognized arguments: -u; write --user=USER"),
        (["-d"], "it runs in the foreground"),
        (["x", "y"], "follow `--`: PATH -- "),
        (["--target=src:a", "--env=A"], "option `[scratch-image-run].env`: 'A' is not NAME=VALUE"),
        (["--target=src:a", "--mount=a"], "option `[scratch-image-run].mounts`: 'a' is not a valid mount"),
        (["--target=src:a", "--platform=linux/arm64"], "scratch-image: src:a has no image for linux/arm64"),
    ],
)
def test_wrong_options(options: List[str], text: str, probe: bytes, tmp_path: Path) -> None:
    assert text in refused(running.image(tmp_path, probe, directory("dir")), *options)


def test_low_ports_in_the_network_of_the_machine_are_said_to_stay_closed(image: str) -> None:
    closed = "ports below 1024 stay closed: low_ports opens them with the network `none` only"
    assert closed in running.run(image, options=["--low-ports"]).stderr
    assert closed not in running.run(image, options=["--low-ports", "--network=none"]).stderr
    assert closed not in running.run(image).stderr


@pytest.mark.parametrize(
    "layer, text",
    [
        (link("proc", "/tmp"), "/proc of the image is not a directory"),
        (file("dev", b""), "/dev of the image is not a directory"),
        (file("etc", b""), "/etc of the image is not a directory"),
        (link("etc/hosts", "/tmp/x/y"), "/etc/hosts of the image is not a file"),
    ],
)
def test_an_image_that_leaves_no_place_for_mounts(layer: running.Entries, text: str, probe: bytes, tmp_path: Path) -> None:
    assert text in refused(running.image(tmp_path, probe, layer))


def test_what_is_not_an_image(tmp_path: Path, probe: bytes) -> None:
    assert "is neither a directory nor a file; package the image first" in refused(str(tmp_path / "nothing"))
    (tmp_path / "empty").mkdir()
    assert f"{tmp_path}/empty is not an image; package the image first" in refused(str(tmp_path / "empty"))
    for name in "abcdefg":
        running.image(tmp_path / "dist" / name, probe)
    several = refused(str(tmp_path / "dist"))
    assert f"/dist is not an image; name one of the images below it: {tmp_path}/dist/a, {tmp_path}/dist/b, " in several
    assert f"{tmp_path}/dist/e and 2 more" in several
    (tmp_path / "text").write_text("hello")
    assert "cannot be read" in refused(str(tmp_path / "text"))
    os.mkfifo(tmp_path / "fifo")
    assert "is neither a directory nor a file" in refused(str(tmp_path / "fifo"))
    assert "the following arguments are required: PATH" in running.run("--read-only").stderr


def test_podman_takes_what_an_error_names(tmp_path: Path) -> None:
    (tmp_path / "packaged" / "oci").mkdir(parents=True)
    (tmp_path / "image.tar").touch()
    stored = [machine.stored_for_podman(str(tmp_path / name)) for name in ("packaged", "packaged/oci", "image.tar")]
    assert stored == [f"oci:{tmp_path}/packaged/oci", f"oci:{tmp_path}/packaged/oci", f"oci-archive:{tmp_path}/image.tar"]


@pytest.mark.parametrize(
    "layers, change, text",
    [
        ([other_archive(("../evil", {"content": b"x"}))], {}, "the name leads out of its directory"),
        ([other_archive(("/evil", {"content": b"x"}))], {}, "names are relative"),
        ([program_archive()], {"blob": lambda content: content[:-9]}, "ends within a gzip member"),
        (
            [program_archive()],
            {"config": lambda value: value["rootfs"].update(diff_ids=["sha256:" + "0" * 64])},
            "rootfs.diff_ids[0]: claimed",
        ),
        ([program_archive()], {"config": lambda value: value["rootfs"].update(diff_ids=[])}, "0 layers"),
        ([program_archive()], {"config": lambda value: value.update(architecture="arm64")}, "has no image for linux/amd64"),
    ],
)
def test_an_image_that_breaks_the_rules_is_not_unpacked(
    layers: List[bytes], change: object, text: str, tmp_path: Path
) -> None:
    assert text in refused(write(layout(layers, **change), tmp_path))  # type: ignore[arg-type]


def test_an_owner_beyond_the_mapped_ids_is_named(probe: bytes, tmp_path: Path) -> None:
    """As in a container of podman without root, where 65536 ids are mapped."""
    if os.geteuid() != 0:
        pytest.skip("maps are written as root")
    path = running.image(tmp_path, probe, file("far", b"", 0o644, 70000, 0))
    inside = confined("--ids", "65536")
    done = running.run(path, prefix=inside)
    assert (done.returncode, done.stdout) == (125, "")
    assert "/far belongs to 70000:0, which is not among the ids that are mapped" in done.stderr
    assert running.run(path, prefix=confined("--ids", "70001")).stdout == "hello\n"


def test_no_space(probe: bytes, tmp_path: Path) -> None:
    """Where memory is too small, the image goes to a directory; where that is too small as well, there is a sentence."""
    if os.geteuid() != 0:
        pytest.skip("a file system of this test's own is mounted")
    path = running.image(tmp_path / "image", probe, file("big", b"x" * 3_000_000))
    script = (
        "import sys; from scratch_image.run import container, init, linux; from scratch_image.run.__main__ import main;"
        "linux.unshare(linux.NEWNS); linux.mount('', '/', flags=linux.REC | linux.PRIVATE);"
        "linux.mount('small', '/tmp/small-for-test', 'tmpfs', 0, 'size=1m');"
        "init._ROOM = -3_000_000; container.Start.__new__.__defaults__ = (False, None, '/tmp/small-for-test');"
        "sys.exit(main(sys.argv[1:]))"
    )
    os.makedirs("/tmp/small-for-test", exist_ok=True)
    try:
        done = subprocess.run([sys.executable, "-c", script, path], env=environment(), capture_output=True, text=True)
    finally:
        os.rmdir("/tmp/small-for-test")
    assert done.returncode == 125, done.stderr
    assert "no space left" in done.stderr and "Traceback" not in done.stderr


def test_a_platform_of_another_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    other = Platform.parse("linux/s390x" if os.uname().machine != "s390x" else "linux/amd64")
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr(machine, "_BINFMT", "/nonexistent")
    with pytest.raises(NotRun, match=r"this CPU \(\w+\) does not run linux/s390x programs; install qemu-s390x-static"):
        machine.emulator(other)
    assert machine.emulator(machine.platforms(os.uname().machine)[0]) is None


def test_macos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(NotRun) as error:
        machine.check_system()
    assert str(error.value) == (
        "An image runs on Linux only: this is macOS. Use `podman run --rm -i oci:PATH ARGS` (podman machine), "
        "or run Pants in a Linux VM"
    )


def arm64_program(text: bytes, code: int) -> bytes:
    """A program for arm64 that writes a short text and exits with a code: write(1, text, length); exit(code)."""
    words = (0xD2800020, 0x100000E1, 0xD2800002 | len(text) << 5, 0xD2800808, 0xD4000001)
    words += (0xD2800000 | code << 5, 0xD2800BA8, 0xD4000001)
    return elf_file(AARCH64, segments=[Segment(LOAD, struct.pack("<8I", *words) + text, R | X)])


@pytest.mark.parametrize("rung", ["exact (root)", "exact (full map)", "user"])
def test_a_program_of_another_cpu_runs_by_qemu(rung: str, tmp_path: Path) -> None:
    if os.uname().machine == "aarch64":
        pytest.skip("it is this CPU")
    require("qemu-aarch64-static")
    platform = Platform("linux", "arm64")
    path = running.image(tmp_path / "image", arm64_program(b"by qemu\n", 9), platform=platform)
    done = running.run(path, options=["--platform=linux/arm64"], prefix=running.MACHINES[rung])
    assert (done.returncode, done.stdout) == (9, "by qemu\n"), done.stderr
    assert f"rung {rung}" in done.stderr


@pytest.mark.parametrize("delay", [0.05, 0.1, 0.2, 0.3, 0.4])
def test_sigint_at_any_moment(delay: float, image: str) -> None:
    run = subprocess.Popen(command(image, "catch", "2"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
    try:
        run.communicate(timeout=delay)
    except subprocess.TimeoutExpired:
        run.send_signal(2)
        run.communicate(timeout=60)
    # Before Python runs our code, it is Python's; then ours, and the program's.
    assert run.returncode in (-2, 1, 130, 42)


def test_the_reader_of_users_is_dockers() -> None:
    from scratch_image.run.users import User, resolve_user

    passwd = "#c\nbroken\nroot:x:0:0::/root:\nweb:x:7:8::/srv:\n12:x:99:98::/n:\nbad:x:z:1::/:\n"
    group = "root:x:0:\nweb:x:8:\nadm:x:4:web,root\nlog:x:5:web\n"
    table = {
        "": User(0, 0, (0, 4), "/root"),
        "web": User(7, 8, (8, 4, 5), "/srv", True),
        "7": User(7, 8, (8, 4, 5), "/srv"),
        "7:9": User(7, 9, (9,), "/srv"),
        "web:adm": User(7, 4, (4,), "/srv", True),
        "65532:65532": User(65532, 65532, (65532,), "/"),
        "12": User(99, 98, (98,), "/n"),
        "5": User(5, 0, (0,), "/"),
    }
    assert {text: resolve_user(text, passwd, group) for text in table} == table
    for text in ("bad", "web:none", "-1", "1.5", "４"):
        with pytest.raises(NotRun):
            resolve_user(text, passwd, group)


def test_runs_of_a_configuration_without_a_program(probe: bytes, tmp_path: Path) -> None:
    assert "the image names no program" in refused(running.image(tmp_path, probe, run=RunConfig(user="1:1")))
