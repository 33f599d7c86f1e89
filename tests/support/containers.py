"""Images in the hands of tools that are not ours: umoci unpacks one and runc or crun starts it in an empty root, podman and
docker load and run it."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Sequence

from tests.support import probes
from tests.support.tools import missing, require


def one_platform(layout: Path, platform: str, copy: Path) -> Path:
    """The image of one platform of a layout with an index, as skopeo takes it out, in a layout of its own.

    umoci does not look into indexes: of a layout that has one it says that the tag is ambiguous.
    """
    os_name, architecture, *variant = platform.split("/")
    override = ["--override-os", os_name, "--override-arch", architecture]
    override += ["--override-variant", variant[0]] if variant else []
    # Left to itself, skopeo compresses layers that are not.
    as_it_is = ["--quiet", "--preserve-digests"]
    check([require("skopeo"), *override, "copy", *as_it_is, f"oci:{layout}:latest", f"oci:{copy}:latest"])
    return copy


def unpack(layout: Path, directory: Path) -> Path:
    """Unpacks a layout into a runtime bundle below a directory, and gives the bundle.

    umoci reads gzip and plain tar; skopeo makes a gzip copy of an image whose layers are zstd.
    """
    umoci = require("umoci")
    index = json.loads((layout / "index.json").read_bytes())
    manifest = json.loads(_blob(layout, index["manifests"][0]["digest"]))
    if any(layer["mediaType"].endswith("+zstd") for layer in manifest["layers"]):
        plain = directory / "gzip-copy"
        compress = ["--dest-compress", "--dest-compress-format", "gzip"]
        check([require("skopeo"), "copy", "--quiet", *compress, f"oci:{layout}:latest", f"oci:{plain}:latest"])
        layout = plain
    bundle = directory / "bundle"
    check([umoci, "unpack", "--image", f"{layout}:latest", str(bundle)])
    return bundle


def run(bundle: Path, args: Optional[Sequence[str]] = None, emulator: Optional[str] = None) -> str:
    """Starts the image's own command, or other arguments to its program, and gives what it printed.

    `emulator` names a static qemu that is put into the root to run a program of another CPU.
    """
    config: Dict[str, Any] = json.loads((bundle / "config.json").read_bytes())
    process = config["process"]
    process["terminal"] = False
    process.pop("rlimits", None)  # Raising limits is not allowed everywhere, and no program here needs it.
    if args is not None:
        process["args"] = [process["args"][0], *args]
    if emulator:
        shutil.copy(require(emulator), bundle / "rootfs" / "emulator")
        process["args"] = ["/emulator", *process["args"]]
    (bundle / "config.json").write_text(json.dumps(config))
    name = f"scratch-image-test-{uuid.uuid4().hex[:12]}"
    return check([runtime(), "--root", str(bundle.parent / "runtime"), "run", "--bundle", str(bundle), name])


def runtime() -> str:
    """A runtime that works on this machine: runc, else crun. Their command lines are alike."""
    problems = []
    for name in probes.RUNTIMES:
        path = shutil.which(name)
        problem = probes.problem(path) if path else f"{name} is not installed"
        if path and not problem:
            return path
        problems.append(problem if not path else f"{name} cannot work here: {problem}")
    missing("; ".join(problems))


@contextmanager
def podman_storage() -> Iterator[List[str]]:
    """The start of a podman command with storage of its own and a runtime that works on this machine."""
    podman = require("podman")
    # Not below a test's own directory, because the path must be short.
    with tempfile.TemporaryDirectory(prefix="podman-", dir="/tmp") as place:
        yield probes.podman_command(podman, probes.podman_choice(podman)[0], place)


def podman_load(archive: Path) -> Dict[str, Any]:
    """Loads an archive of an image into a store of its own, and gives what podman says of the image then. From an index,
    podman takes the image for the machine it runs on."""
    with podman_storage() as podman:
        loaded = check([*podman, "load", "--quiet", "--input", str(archive)])
        (image,) = json.loads(check([*podman, "image", "inspect", loaded.split()[-1]]))
    return image


@contextmanager
def podman_environment() -> Iterator[Dict[str, str]]:
    """The environment in which `podman run` works as a user types it, with a store of its own, a runtime that works, and
    without a network and limits that not every machine lets it set."""
    podman = require("podman")
    with tempfile.TemporaryDirectory(prefix="podman-", dir="/tmp") as place:
        storage, containers = Path(place, "storage.conf"), Path(place, "containers.conf")
        storage.write_text(f'[storage]\ndriver = "vfs"\ngraphroot = "{place}/root"\nrunroot = "{place}/run"\n')
        containers.write_text(
            '[containers]\nnetns = "none"\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n'
            '[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "none"\nruntime = "chosen"\n'
            f'[engine.runtimes]\nchosen = ["{probes.podman_choice(podman)[0]}"]\n'
        )
        yield {"CONTAINERS_STORAGE_CONF": str(storage), "CONTAINERS_CONF": str(containers)}


@contextmanager
def docker_daemon() -> Iterator[List[str]]:
    """The command `docker` for a daemon with storage of its own, without a network. A path of a socket has at most 107
    characters. The daemon manages networks, mounts and control groups, which not every machine lets it."""
    daemon, client = require("dockerd"), require("docker")
    with tempfile.TemporaryDirectory(prefix="docker", dir="/tmp") as place:
        command = [client, "--host", f"unix://{place}/socket"]
        places = ["--data-root", f"{place}/data", "--exec-root", f"{place}/exec", "--pidfile", f"{place}/pid"]
        options = ["--storage-driver", "vfs", "--iptables=false", "--bridge", "none", "--host", f"unix://{place}/socket"]
        with _daemon([daemon, *places, *options], [*command, "version"], Path(place, "log")):
            tried = ["import", "--change", 'ENTRYPOINT ["/app"]', str(probes.write_root(Path(place, "probe"))), "probe"]
            problem = probes.said([*command, *tried]) or probes.said([*command, "run", "--rm", "--network", "none", "probe"])
            if problem:
                missing(f"docker cannot run a container here: {problem}")
            check([*command, "image", "rm", "probe"])
            yield command


@contextmanager
def containerd_daemon(directory: Path) -> Iterator[List[str]]:
    """The command `ctr` of a containerd that stores below a directory and serves a socket there."""
    daemon, client = require("containerd"), require("ctr")
    socket = directory / "socket"
    (directory / "config.toml").write_text(
        f'version = 2\nroot = "{directory}/root"\nstate = "{directory}/state"\n'
        'disabled_plugins = ["io.containerd.grpc.v1.cri"]\n'
        f'[grpc]\naddress = "{socket}"\n[ttrpc]\naddress = "{socket}.ttrpc"\n'
    )
    command = [client, "--address", str(socket)]
    with _daemon([daemon, "--config", str(directory / "config.toml")], [*command, "version"], directory / "log"):
        yield command


@contextmanager
def _daemon(command: List[str], question: List[str], log: Path) -> Iterator[None]:
    """A daemon that answers a command. If it cannot start here, what it says is the reason."""
    with open(log, "wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        if not answers(question, process):
            missing(f"{Path(command[0]).name} does not start here: {log.read_text()[-500:]}")
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


def answers(command: List[str], daemon: subprocess.Popen[bytes]) -> bool:
    """Whether a daemon that was just started answers a command within 60 seconds."""
    for _ in range(600):
        if subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
            return True
        if daemon.poll() is not None:
            return False
        time.sleep(0.1)
    return False


def check(command: List[str]) -> str:
    """Runs a command that must succeed and gives its output."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}"
    return done.stdout


def _blob(layout: Path, digest: str) -> bytes:
    return (layout / "blobs" / digest.replace(":", "/")).read_bytes()
