"""Remote execution, and what is left of an image when its parts fail: the image, or an error, and never another image.

The server is BuildGrid, which schedules; the worker is tests/remote_worker. Every fault has a program of its own, so that
what it needs was not made before.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Callable, Dict, Iterator, List, Optional, Tuple

import pytest

from tests.support import process_log
from tests.support.buildgrid import BuildGrid
from tests.support.programs import AARCH64, elf
from tests.support.real_registries import free_port
from tests.support.repository import BARE_PARTS, Repository
from tests.support.tools import require_buildgrid, require_module

PROGRAM = bytes(range(256)) * 4096
BUILD = """\
file(name="bin", source="program")
file(name="bin-arm64", source="program-arm64")
file(name="roots", source="roots.pem")
scratch_image(name="image", binary=":bin", runtime_files=["ca-certificates", "tmp"], ca_bundle=[":roots"])
scratch_image(name="index", binary={"linux/amd64": ":bin", "linux/arm64": ":bin-arm64"}, compression="zstd", archive=True)
scratch_image_test(name="test", image=":index", files={"/app": {"mode": "0755"}}, nothing_else=True)
"""
ONE_IMAGE = 'file(name="bin", source="program")\nscratch_image(name="image", binary=":bin")\n'
# Fault → outcome: the image that is made without it, or an error that leaves nothing in dist/.
EXECUTION = {"worker-lost": "image", "worker-gone": "error", "server-gone": "error"}
CACHE = {
    "cache-down": "image",
    "blob-lost": "image",
    "blob-unreadable": "image",
    "blob-changed": "image",
    "blob-lost-deferred": "error",
    "blob-unreadable-deferred": "error",
    "blob-changed-deferred": "image",
    "cache-dies": "image",
}
LAYER = "scratch_image.assembler.__main__"


class Run:
    """A run of Pants that goes on."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self._log = log

    def ended(self) -> Tuple[int, str]:
        """Its exit status and what it printed, when it has ended."""
        return self._process.wait(), self._log.read_text(errors="replace")

    def until(self, condition: Callable[[], bool]) -> None:
        """Waits for a condition, for as long as the run goes on."""
        while not condition() and self._process.poll() is None:
            time.sleep(0.02)


class Client(Repository):
    """A checkout with the images of all tests here. Each run has a local store of its own, in which nothing is known."""

    def __init__(self, root: Path) -> None:
        super().__init__(root / "checkout", parts=BARE_PARTS)
        self.enable()
        self._runs = 0
        self.env.update({"PANTS_LEVEL": "debug", "PANTS_STATS_LOG": "true", "PANTS_NAMED_CACHES_DIR": str(root / "caches")})
        self.write("src/remote/BUILD", BUILD)
        self.write("src/remote/program", elf() + PROGRAM)
        self.write("src/remote/program-arm64", elf(AARCH64) + PROGRAM)
        self.write("src/remote/roots.pem", Path("src/go_client/roots.pem").read_bytes())
        for fault in (*EXECUTION, *CACHE):
            self.write(f"src/{fault}/BUILD", ONE_IMAGE)
            # A layer of more than 512 KiB is a file of its own in Pants' store.
            self.write(f"src/{fault}/program", elf() + random.Random(fault).randbytes(1 << 20))

    def start(self, *args: str, store: Optional[Path] = None) -> Run:
        self._runs += 1
        log = self.root.parent / f"log-{self._runs}"
        place = store or self.root.parent / f"store-{self._runs}"
        with log.open("wb") as file:
            command = [str(self.root / "pants"), "--no-pantsd", f"--local-store-dir={place}", *args]
            return Run(subprocess.Popen(command, cwd=self.root, env=self.env, stdout=file, stderr=file), log)


def cached_by(address: str) -> List[str]:
    return ["--remote-cache-read", "--remote-cache-write", f"--remote-store-address={address}"]


def executed_by(address: str) -> List[str]:
    return ["--remote-execution", f"--remote-store-address={address}", f"--remote-execution-address={address}"]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Client:
    return Client(tmp_path_factory.mktemp("client"))


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BuildGrid]:
    with BuildGrid(require_buildgrid(), tmp_path_factory.mktemp("cache") / "buildgrid") as server:
        yield server


@pytest.fixture(scope="module")
def local(client: Client, cache: BuildGrid) -> Dict[str, str]:
    """The digests of all images, made on this machine; their layers and facts are in the cache then."""
    run = client.start(
        *cached_by(cache.address), "package", "src/remote::", *(f"src/{fault}::" for fault in (*EXECUTION, *CACHE))
    )
    status, log = run.ended()
    assert status == 0, log
    return client.digests()


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BuildGrid]:
    require_module("distutils.command.install", "python3-distutils")  # For pex, which runs on the worker here.
    with BuildGrid(require_buildgrid(), tmp_path_factory.mktemp("server") / "buildgrid") as server:
        yield server


@pytest.fixture(scope="module")
def remote(client: Client, local: Dict[str, str], idle: BuildGrid) -> str:
    """The log of a run that has made all kinds of images on a worker. Its results, libraries among them, are the server's
    from then on; those of the faults' programs are not."""
    worker = idle.start_worker()
    status, log = client.start(*executed_by(idle.address), "package", "test", "src/remote::").ended()
    worker.kill()
    assert status == 0, log
    return log


@pytest.fixture
def server(idle: BuildGrid, remote: str) -> BuildGrid:
    """A server without a worker that has what every image needs."""
    return idle


def test_every_process_of_an_image_runs_remotely(client: Client, local: Dict[str, str], remote: str) -> None:
    log = remote
    assert not process_log.all_started(log)
    asked = process_log.counter(log, "remote_execution_requests")
    assert asked == process_log.counter(log, "remote_execution_success") == process_log.counter(log, "local_cache_requests")
    assert asked > 10
    assert client.digests() == local


def outcome(client: Client, fault: str, run: Run, want: str) -> str:
    """`image`, the one that was made locally, down to its bytes; or `error`, with a sentence, and nothing in dist/."""
    status, log = run.ended()
    assert "Traceback" not in log
    place = client.root / "dist" / f"src.{fault}"
    if status:
        assert not place.exists()
        assert re.search(r"^(IntrinsicError|LostByCache): \S", log, re.MULTILINE)
        return "error"
    assert client.digests()[f"src.{fault}/image"] == want
    validate = [sys.executable, "-m", "scratch_image.validate", str(place / "image")]
    done = subprocess.run(validate, cwd=client.root / "pants-plugins", stdout=subprocess.PIPE, text=True)
    assert done.returncode == 0, done.stdout
    return "image"


@pytest.mark.parametrize("fault", EXECUTION)
def test_a_fault_of_the_execution(client: Client, local: Dict[str, str], server: BuildGrid, fault: str) -> None:
    """The one in which the server dies comes last: it is not started again."""
    before = server.mark()
    worker = server.start_worker(lost_at=None if fault == "server-gone" else LAYER)
    shutil.rmtree(client.root / "dist" / f"src.{fault}")
    # What fails for good is to fail soon: by default, Pants waits an hour for a process.
    deadline = [] if EXECUTION[fault] == "image" else ["--remote-execution-overall-deadline-secs=40"]
    run = client.start(*executed_by(server.address), *deadline, "package", f"src/{fault}:image")
    if fault == "server-gone":
        run.until(lambda: server.asked(before, "Execute") >= 3)
        server.stop()
    else:
        run.until(lambda: worker.poll() is not None)
        assert worker.poll() is not None, "it was to be lost while it wrote the layer"
    if fault == "worker-lost":
        worker = server.start_worker()
    assert outcome(client, fault, run, local[f"src.{fault}/image"]) == EXECUTION[fault]
    worker.kill()


@pytest.mark.parametrize("fault", CACHE)
def test_a_fault_of_the_cache(client: Client, local: Dict[str, str], cache: BuildGrid, fault: str) -> None:
    """The one in which it dies comes last: it is not started again."""
    address = f"grpc://127.0.0.1:{free_port()}" if fault == "cache-down" else cache.address
    options = [*cached_by(address), *(["--cache-content-behavior=defer"] if fault.endswith("deferred") else [])]
    package = ["package", f"src/{fault}:image"]
    (layer,) = client.report(f"src.{fault}/image")["manifests"][0]["layers"]
    sha256 = layer["digest"].partition(":")[2]
    store = None
    if fault == "blob-lost-deferred":
        # This machine has had it, and has lost it as well: what it knows of the process is that there was a result.
        store = client.root.parent / "losing-store"
        assert outcome(client, fault, client.start(*options, *package, store=store), local[f"src.{fault}/image"]) == "image"
        (kept,) = store.glob(f"immutable/files/*/{sha256}")
        kept.unlink()
    if fault.startswith("blob"):
        cache.blob(sha256).unlink()
    if fault.startswith("blob-unreadable"):
        cache.blob(sha256).mkdir()  # It is there for whoever asks whether it is.
    if fault == "blob-changed":
        cache.blob(sha256).write_bytes(bytes(layer["size"]))
    shutil.rmtree(client.root / "dist" / f"src.{fault}")
    before = cache.mark()
    run = client.start(*options, *package, store=store)
    if fault == "cache-dies":
        run.until(lambda: cache.asked(before, "GetActionResult") >= 2)
        cache.stop()
    assert outcome(client, fault, run, local[f"src.{fault}/image"]) == CACHE[fault]
    if fault == "blob-lost-deferred":
        # The cure that is told.
        again = client.start(*cached_by(address), "--cache-content-behavior=fetch", *package, store=store)
        assert outcome(client, fault, again, local[f"src.{fault}/image"]) == "image"
