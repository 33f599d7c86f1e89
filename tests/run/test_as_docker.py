"""What a program sees, compared with runc and the configuration that Docker gives it: equal, line by line."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import List

import pytest

from scratch_image.oci.spec import RunConfig
from tests.support import running
from tests.support.running import directory, file, link

PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PASSWD = file("etc/passwd", b"root:x:0:0:root:/root:/sh\nweb:x:1000:1000::/home/web:/sh\n")
GROUP = file("etc/group", b"root:x:0:\nweb:x:1000:\nlog:x:30:web,other\nadm:x:4:web\n")
USERS = {**PASSWD, **GROUP}
TREE = {
    **directory("tmp", 0o1777),
    **directory("var/lib", 0o2750, 65532, 30),
    **file("var/lib/secret", b"x" * 5000, 0o640, 1000, 30),
    **file("usr/bin/su", b"x", 0o4755),
    **file("usr/bin/wall", b"x", 0o2711, 0, 5),
    **link("usr/bin/sh", "/usr/bin/su"),
    **directory("closed", 0),
    **file("closed/below", b"", 0),
}
PATHS = [
    "/",
    "/app",
    "/tmp",
    "/var",
    "/var/lib",
    "/var/lib/secret",
    "/usr/bin/su",
    "/usr/bin/wall",
    "/usr/bin/sh",
    "/closed",
    "/closed/below",
    "/dev",
    "/dev/pts",
    "/dev/shm",
    "/dev/mqueue",
    "/proc/kcore",
    "/proc/keys",
    "/proc/timer_list",
    "/proc/sys",
    "/sys/firmware",
    "/etc/passwd",
    "/dev/ptmx",
    "/dev/core",
]


def config(**fields: object) -> RunConfig:
    return RunConfig(**{"entrypoint": ("/app",), **fields})  # type: ignore[arg-type]


# Name → (layers, configuration, user as Docker resolves it, HOME).
CASES = {
    "nonroot": ([], config(user="65532:65532"), (65532, 65532, [65532]), "/"),
    "root": ([], config(), (0, 0, [0]), "/"),
    "root of passwd": ([USERS], config(user="0"), (0, 0, [0]), "/root"),
    "named": ([USERS], config(user="web"), (1000, 1000, [1000, 30, 4]), "/home/web"),
    "named, with a group": ([USERS], config(user="web:log"), (1000, 30, [30]), "/home/web"),
    "number in passwd": ([USERS], config(user="1000"), (1000, 1000, [1000, 30, 4]), "/home/web"),
    "number, with a named group": ([USERS], config(user="77:adm"), (77, 4, [4]), "/"),
    "number without group": ([], config(user="77"), (77, 0, [0]), "/"),
    "tree": ([TREE], config(user="65532:65532"), (65532, 65532, [65532]), "/"),
    "tree of root": ([TREE], config(), (0, 0, [0]), "/"),
    "replaced": (
        [TREE, {**file("tmp", b"now a file"), **link("var/lib", "/closed")}, directory("usr/bin/sh", 0o700, 1, 1)],
        config(user="1:1"),
        (1, 1, [1]),
        "/",
    ),
    "environment": ([], config(user="1:1", env=("A=b c", "EMPTY=", "HOME=/srv", "PATH=/bin")), (1, 1, [1]), None),
    "working directory": ([directory("srv", 0o755, 9, 9)], config(user="9:9", workdir="/srv"), (9, 9, [9]), "/"),
    "new working directory": ([], config(user="9:9", workdir="/new/one"), (9, 9, [9]), "/"),
    "file capability": (
        [file("cap", b"", capability=bytes.fromhex("0100000200040000000000000000000000000000"))],
        config(user="9:9"),
        (9, 9, [9]),
        "/",
    ),
}


@pytest.mark.skipif(os.geteuid() != 0, reason="runc needs root")
@pytest.mark.parametrize("name", CASES)
def test_a_program_sees_what_it_sees_in_docker(name: str, probe: bytes, tmp_path: Path) -> None:
    layers, run, user, home = CASES[name]
    path = running.image(tmp_path / "image", probe, *layers, run=run)
    runc = running.Runc(path, tmp_path / "runc")
    base = {"PATH": PATH[5:], "HOSTNAME": running.host_name(path), **dict(text.split("=", 1) for text in run.env)}
    env = [f"{key}={value}" for key, value in base.items()] + ([f"HOME={home}"] if home else [])
    for args in (["report", "a b", ""], ["stat", *PATHS], ["list", "/dev", "/"], ["cat", "/proc/self/mountinfo"]):
        theirs = runc.run(["/app", *args], env, user, cwd=run.workdir or "/")
        ours = running.run(path, *args)
        assert ours.returncode == 0, ours.stderr
        assert "rung exact" in ours.stderr
        assert compared(ours.stdout) == compared(theirs)


# Docker mounts these files, and runc is not told to.
OF_DOCKER = re.compile(r" (/etc/(resolv\.conf|hosts|hostname)) |stat //etc:")

DEVICE = re.compile(r"/dev/(null|zero|full|random|urandom|tty)")

# What is made for a container, at its own time.
MADE = re.compile(r"stat /?/((proc|sys|dev|new)(/.*)?)?:")
TIME = re.compile(r" mtime=\d+")


def compared(output: str) -> List[str]:
    """The lines, of mounts without what every mount has of its own: ids, source, and which file system the root is on."""
    lines = []
    for line in output.splitlines():
        if OF_DOCKER.search(line):
            continue
        if line.startswith("/proc/self/mountinfo| "):
            fields = line.split()
            point, flags, kind = fields[5], fields[6], fields[fields.index("-") + 1]
            # In the place of a control group of devices (docs/running.md).
            if DEVICE.fullmatch(point):
                continue
            if point == "/dev":
                flags = flags.replace(",nodev", "")
            if point == "/":
                kind, flags = "root", flags.split(",")[0]
            source = fields[4] if point.startswith("/proc/") and fields[4] != "/" else ""
            line = f"mount {point} {','.join(sorted(flags.split(',')))} {kind} {source}"
        lines.append(TIME.sub("", line) if MADE.match(line) else line)
    return sorted(lines)
