"""Whether a program of the system can work on this machine: each is tried once, by the smallest run of what it is used for.

A program that is installed may still be unable to: a runtime needs control groups of a certain kind, a compiler its static
libraries, a client a policy. What the program says then is the reason why tests are skipped.
"""

from __future__ import annotations

import functools
import hashlib
import io
import json
import os
import platform
import shutil
import subprocess
import tarfile
from contextlib import contextmanager
from pathlib import Path
from typing import Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

from tests.support.programs import AARCH64, LOAD, R, Segment, X, elf, elf_file

# In the order in which they are tried.
RUNTIMES = ("runc", "crun")
# The start of a command that podman runs a container with, on machines that let it set neither a network nor limits.
PODMAN_RUN = ("run", "--rm", "--network", "none", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024")
# mov x0, #0; mov x8, #93 (exit); svc #0
_ARM64_EXIT = bytes.fromhex("000080d2 a80b80d2 010000d4")
_SECONDS = 60
_SHOWN = 500


@functools.cache
def problem(path: str) -> str:
    """What the program at a path says when it is tried; empty if it works."""
    probe = _PROBES.get(os.path.basename(path), _prints_its_version)
    with _place() as place:
        return probe(path, Path(place))


@contextmanager
def _place() -> Iterator[str]:
    """A directory. To podman, the path of a layout is a name, which may not have each `_` that tempfile writes."""
    place = f"/tmp/probe-{os.urandom(8).hex()}"
    os.mkdir(place, 0o700)
    try:
        yield place
    finally:
        shutil.rmtree(place)


@functools.cache
def podman_problem(podman: str, runtime: str) -> str:
    """What podman says when it starts a container with a runtime; empty if it works."""
    with _place() as place:
        image = write_image(Path(place, "image"))
        return said([*podman_command(podman, runtime, place), *PODMAN_RUN, f"oci:{image}"])


def podman_command(podman: str, runtime: str, place: str) -> List[str]:
    """The start of a podman command with storage of its own below a directory. Its path must be short: podman refuses a
    `--runroot` of more than 50 characters."""
    storage = ["--root", f"{place}/root", "--runroot", f"{place}/run", "--tmpdir", f"{place}/tmp", "--storage-driver", "vfs"]
    return [podman, *storage, "--events-backend", "none", "--cgroup-manager", "cgroupfs", "--runtime", runtime]


def said(command: Sequence[str], env: Optional[Mapping[str, str]] = None) -> str:
    """The end of what a command prints if it fails; empty if it succeeds."""
    try:
        done = subprocess.run(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=env,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    output = done.stdout.decode(errors="replace").strip()
    return "" if done.returncode == 0 else output[-_SHOWN:] or f"exit status {done.returncode}"


def program() -> bytes:
    """A static program for this machine that does nothing and succeeds."""
    if platform.machine() in ("aarch64", "arm64"):
        return elf_file(AARCH64, segments=(Segment(LOAD, _ARM64_EXIT, R | X),))
    return elf(text="")


def write_image(directory: Path) -> Path:
    """Writes an OCI layout with an image of that program, made by hand; gives the directory."""
    (directory / "blobs/sha256").mkdir(parents=True)

    def blob(kind: str, content: bytes) -> Dict[str, object]:
        digest = hashlib.sha256(content).hexdigest()
        (directory / "blobs/sha256" / digest).write_bytes(content)
        return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": f"sha256:{digest}", "size": len(content)}

    layer = blob("layer.v1.tar", _archive())
    architecture = "arm64" if platform.machine() in ("aarch64", "arm64") else "amd64"
    config: Dict[str, object] = {"os": "linux", "architecture": architecture, "config": {"Entrypoint": ["/app"]}}
    config["rootfs"] = {"type": "layers", "diff_ids": [layer["digest"]]}
    manifest: Dict[str, object] = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json"}
    manifest.update(config=blob("config.v1+json", json.dumps(config).encode()), layers=[layer])
    index = {"schemaVersion": 2, "manifests": [blob("manifest.v1+json", json.dumps(manifest).encode())]}
    (directory / "index.json").write_text(json.dumps(index))
    (directory / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return directory


def write_root(directory: Path) -> Path:
    """Writes a root file system with that program at `app`; gives the archive of it."""
    directory.mkdir()
    (directory / "root.tar").write_bytes(_archive())
    return directory / "root.tar"


def _archive() -> bytes:
    buffer, content = io.BytesIO(), program()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        member = tarfile.TarInfo("app")
        member.size, member.mode = len(content), 0o755
        archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def _first(*steps: Callable[[], str]) -> str:
    """What the first step that fails says."""
    return next(filter(None, (step() for step in steps)), "")


def _prints_its_version(path: str, place: Path) -> str:
    return said([path, "--version"])


def _opens_a_page(path: str, place: Path) -> str:
    """A browser without a window, also as root and in a container."""
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={place}/profile")
    return said(
        [path, *flags, "--dump-dom", "about:blank"], {"HOME": str(place), "PATH": os.environ.get("PATH", os.defpath)}
    )


def _runs_a_bundle(path: str, place: Path) -> str:
    """A runtime starts the program in an empty root."""
    (place / "rootfs").mkdir()
    (place / "rootfs/app").write_bytes(program())
    (place / "rootfs/app").chmod(0o755)

    def run() -> str:
        config = json.loads((place / "config.json").read_bytes())
        config["process"].update(terminal=False, args=["/app"])
        config["process"].pop("rlimits", None)
        (place / "config.json").write_text(json.dumps(config))
        return said([path, "--root", str(place / "state"), "run", "--bundle", str(place), f"probe-{os.getpid()}"])

    return _first(lambda: said([path, "spec", "--bundle", str(place)]), run)


def _runs_an_image(path: str, place: Path) -> str:
    """podman, with a runtime that works here."""
    return podman_choice(path)[1]


def podman_choice(podman: str) -> Tuple[str, str]:
    """The first runtime with which podman works, and an empty text; or what it says with each of them."""
    problems = {}
    for name in RUNTIMES:
        runtime = shutil.which(name)
        if runtime:
            problems[name] = podman_problem(podman, runtime)
            if not problems[name]:
                return runtime, ""
    return "", "; ".join(f"with {name}: {text}" for name, text in problems.items()) or "there is neither runc nor crun"


def _copies_an_image(path: str, place: Path) -> str:
    return said([path, "copy", "--quiet", f"oci:{write_image(place / 'image')}", f"oci:{place / 'copy'}"])


def _unpacks_an_image(path: str, place: Path) -> str:
    image = f"{place / 'image'}:new"
    steps: Tuple[List[str], ...] = (
        [path, "init", "--layout", str(place / "image")],
        [path, "new", "--image", image],
        [path, "unpack", "--image", image, str(place / "bundle")],
    )
    return _first(*(functools.partial(said, step) for step in steps))


def _links_statically(path: str, place: Path) -> str:
    (place / "main.c").write_text("int main(void) { return 0; }\n")
    compile_it = [path, "-static", "-o", str(place / "main"), str(place / "main.c")]
    return _first(lambda: said(compile_it), lambda: said([str(place / "main")]))


def _with(*arguments: str) -> Callable[[str, Path], str]:
    return lambda path, place: said([path, *arguments])


_PROBES: Dict[str, Callable[[str, Path], str]] = {
    "runc": _runs_a_bundle,
    "crun": _runs_a_bundle,
    "chromium": _opens_a_page,
    "podman": _runs_an_image,
    "skopeo": _copies_an_image,
    "umoci": _unpacks_an_image,
    "gcc": _links_statically,
    "musl-gcc": _links_statically,
    "bgd": _with("--help"),
    "crane": _with("version"),
    "go": _with("version"),
    "openssl": _with("version"),
    "getcap": lambda path, place: said([path, str(place)]),
}
