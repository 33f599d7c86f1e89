"""Images that hold tests/run/probe.c, started by `scratch-image run`, and by runc as Docker would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from scratch_image.oci import tar
from scratch_image.oci.spec import RunConfig
from scratch_image.run.plan import DOCKER_CAPABILITIES
from tests.support.capability_names import NAMES
from tests.support.containers import check, unpack
from tests.support.layouts import archive, layout, write
from tests.support.tools import require

PROBE = Path("tests/run/probe.c")
NONROOT = RunConfig(entrypoint=("/app",), user="65532:65532")
Entries = Mapping[tar.Entry, bytes]


def compiled(directory: Path, *, compiler: str = "gcc", source: Path = PROBE) -> bytes:
    """The probe as a static program."""
    program = directory / "probe"
    check([require(compiler), "-static", "-O1", "-w", "-o", str(program), str(source)])
    return program.read_bytes()


def file(path: str, content: bytes = b"", mode: int = 0o644, uid: int = 0, gid: int = 0, **more: Any) -> Entries:
    """A file for an image."""
    return {tar.FileEntry(path, "", len(content), mode, uid, gid, **more): content}


def directory(path: str, mode: int = 0o755, uid: int = 0, gid: int = 0) -> Entries:
    """A directory for an image."""
    return {tar.DirectoryEntry(path, mode, uid, gid): b""}


def link(path: str, target: str) -> Entries:
    """A symbolic link for an image."""
    return {tar.SymlinkEntry(path, target): b""}


def image(place: Path, program: bytes, *more: Entries, run: RunConfig = NONROOT, mode: int = 0o755, **options: Any) -> str:
    """Writes the layout of an image whose program is /app; gives its path."""
    layers = [archive(dict(entries)) for entries in more]
    layers.append(archive(dict(file("app", program, mode, **options.pop("app", {})))))
    return write(layout(layers, run=run, **options), place)


def command(path: str, *args: str, options: Sequence[str] = ()) -> List[str]:
    """The command line of `scratch-image run`."""
    return [sys.executable, "-m", "scratch_image.cli", "run", *options, path, *(("--", *args) if args else ())]


def environment(**more: str) -> Dict[str, str]:
    """What `scratch-image run` is started with."""
    return {"PYTHONPATH": os.pathsep.join(sys.path), "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **more}


def confined(*options: str) -> List[str]:
    """What to put in front of a command to start it as tests/support/confined.py says."""
    return [sys.executable, "-m", "tests.support.confined", *options]


# What Docker does not leave to root.
DOCKER_DROPS = (
    "dac_read_search,linux_immutable,net_broadcast,net_admin,ipc_lock,ipc_owner,sys_module,sys_rawio,sys_ptrace,sys_pacct,"
    "sys_admin,sys_boot,sys_nice,sys_resource,sys_time,sys_tty_config,lease,audit_control"
)
# What would let root read and write what is others'.
ROOTS = "dac_override,dac_read_search,fowner,chown,sys_chroot"
# Rung → what makes this machine one that allows no better one.
MACHINES: Dict[str, List[str]] = {
    "exact (root)": [],
    "exact (full map)": confined("--drop", "sys_admin"),
    "user": confined("--drop", f"sys_admin,setuid,setgid,{ROOTS}"),
    "chroot": confined("--seccomp", "--drop", DOCKER_DROPS),
}


def run(
    path: str, *args: str, options: Sequence[str] = (), given: bytes = b"", prefix: Sequence[str] = (), **more: str
) -> subprocess.CompletedProcess[str]:
    """Runs an image to its end."""
    done = subprocess.run(
        [*prefix, *command(path, *args, options=options)],
        input=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(**more),
        timeout=60,
    )
    out, err = (text.decode("utf-8", "backslashreplace") for text in (done.stdout, done.stderr))
    return subprocess.CompletedProcess(done.args, done.returncode, out, err)


def host_name(path: str) -> str:
    """The host name that a container of a layout's only image has."""
    index = json.loads(Path(path, "index.json").read_bytes())
    return str(index["manifests"][0]["digest"].partition(":")[2][:12])


class Runc:
    """A layout, unpacked by umoci, with the configuration that Docker gives to runc (moby, oci/defaults.go)."""

    def __init__(self, path: str, place: Path) -> None:
        self._path, self._place = path, place
        place.mkdir()
        self._bundle = unpack(Path(path), place)

    def run(
        self,
        args: Sequence[str],
        env: Sequence[str],
        user: Tuple[int, int, Sequence[int]],
        cwd: str = "/",
        read_only: bool = False,
        own_network: bool = False,
        change: Optional[Any] = None,
    ) -> str:
        """The output of the program; `user` is uid, gid and supplementary groups."""
        file = self._bundle / "config.json"
        config = docker_config(args, env, user, cwd, host_name(self._path), read_only, own_network)
        if change:
            change(config)
        file.write_text(json.dumps(config))
        name = f"scratch-image-test-{uuid.uuid4().hex[:12]}"
        return check([require("runc"), "--root", str(self._place / "runc"), "run", "--bundle", str(self._bundle), name])


def docker_config(
    args: Sequence[str],
    env: Sequence[str],
    user: Tuple[int, int, Sequence[int]],
    cwd: str,
    host: str,
    read_only: bool,
    own_network: bool,
) -> Dict[str, Any]:
    """A runtime configuration as Docker writes it, without control groups and seccomp."""
    uid, gid, groups = user
    granted = [f"CAP_{name}" for number, name in enumerate(NAMES) if DOCKER_CAPABILITIES >> number & 1]
    capabilities = {"bounding": granted, "inheritable": [], "ambient": []}
    capabilities.update(dict.fromkeys(("effective", "permitted"), granted if uid == 0 else []))
    safe = ["nosuid", "noexec", "nodev"]
    mounts = (
        ("/proc", "proc", "proc", safe),
        ("/dev", "tmpfs", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
        ("/dev/pts", "devpts", "devpts", ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
        ("/sys", "sysfs", "sysfs", [*safe, "ro"]),
        ("/dev/mqueue", "mqueue", "mqueue", safe),
        ("/dev/shm", "tmpfs", "shm", [*safe, "mode=1777", "size=65536k"]),
    )
    kinds = ["mount", "ipc", "pid", "uts", *(["network"] if own_network else [])]
    masked = [
        "asound",
        "acpi",
        "interrupts",
        "kcore",
        "keys",
        "latency_stats",
        "timer_list",
        "timer_stats",
        "sched_debug",
        "scsi",
    ]
    return {
        "ociVersion": "1.0.2",
        "hostname": host,
        "root": {"path": "rootfs", "readonly": read_only},
        "process": {
            "terminal": False,
            "args": list(args),
            "env": list(env),
            "cwd": cwd,
            "user": {"uid": uid, "gid": gid, "additionalGids": list(groups)},
            "capabilities": capabilities,
        },
        "mounts": [dict(zip(("destination", "type", "source", "options"), each)) for each in mounts],
        "linux": {
            "namespaces": [{"type": kind} for kind in kinds],
            "maskedPaths": [*(f"/proc/{name}" for name in masked), "/sys/firmware", "/sys/devices/virtual/powercap"],
            "readonlyPaths": [f"/proc/{name}" for name in ("bus", "fs", "irq", "sys", "sysrq-trigger")],
        },
    }
