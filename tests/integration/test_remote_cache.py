"""A remote cache: what one machine has made, another takes, all of it, and moves no more than it needs.

The machines are two checkouts on one host. They differ in path, HOME, PATH, locale, stores, caches and the place where the
launcher has installed Pants. The cache is BuildGrid's.
"""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Dict, Iterator

import pytest
import toml

from scratch_image.worker import peer
from tests.support import process_log
from tests.support.buildgrid import BuildGrid
from tests.support.programs import AARCH64, elf
from tests.support.repository import BARE_PARTS, Repository
from tests.support.tools import require_buildgrid

ELF, TIME_ZONE, GZIP = b"\x7fELF", b"TZif", b"\x1f\x8b\x08\x00"
PROGRAM = elf() + bytes(range(256)) * 4096
BUILD = """\
file(name="bin", source="program")
file(name="bin-arm64", source="program-arm64")
file(name="roots", source="roots.pem")
scratch_image(name="image", binary=":bin", runtime_files=["ca-certificates", "tzdata", "tmp"], ca_bundle=[":roots"])
scratch_image(name="index", binary={"linux/amd64": ":bin", "linux/arm64": ":bin-arm64"}, compression="zstd", archive=True)
scratch_image_test(name="test", image=":index", files={"/app": {"mode": "0755"}}, nothing_else=True)
"""
PROGRAMS = 20
MANY = f"""\
for number in range({PROGRAMS}):
    file(name=f"bin-{{number}}", source=f"program-{{number}}")
for number in range(100):
    scratch_image(
        name=f"image-{{number}}",
        binary=f":bin-{{number % {PROGRAMS}}}",
        runtime_files=["tmp"],
        image_labels={{"number": str(number)}},
    )
"""
# Compiled by Pants, from as few packages of the standard library as there are.
GO = {
    "BUILD": 'go_mod(name="mod")\ngo_package()\ngo_binary(name="bin")\nscratch_image(name="image", binary=":bin")\n',
    "go.mod": "module example.test/compiled\n\ngo 1.21\n",
    "main.go": 'package main\n\nfunc main() { println("hello") }\n',
}
IMAGES = ("src/compiled:image", "src/cache::")
# All processes of ours that these need, and how often. The programs are two of the tests' and one of Go's.
ALL = Counter(
    {
        "Inspect a program for an image": 3,
        "Install the libraries of scratch_image.assembler": 1,
        "Install the libraries of scratch_image.certificates": 1,
        "Install the libraries of scratch_image.runtime_files": 1,
        "Join CA certificates": 1,
        "Test the structure of src/cache:index": 1,
        "Write an image archive": 1,
        "Write an image layer": 5,
    }
)


class Machine(Repository):
    """A checkout with the images, and everything else of its own."""

    def __init__(self, root: Path, cache: BuildGrid, env: Dict[str, str]) -> None:
        super().__init__(root / "check out", env, BARE_PARTS)
        self.enable("pants.backend.experimental.go", golang=toml.loads(Path("pants.toml").read_text())["golang"])
        self.env["PANTS_LEVEL"] = "debug"
        self.env["PANTS_STATS_LOG"] = "true"
        for option in ("READ", "WRITE"):
            self.env[f"PANTS_REMOTE_CACHE_{option}"] = "true"
        self.env["PANTS_REMOTE_STORE_ADDRESS"] = cache.address
        # A machine that is busy with other tests may answer late; Pants takes that for a miss after 1.5 s.
        self.env["PANTS_REMOTE_CACHE_RPC_TIMEOUT_MILLIS"] = "20000"
        # Pants gives the user's PATH to Go, and compiles Go's standard library again for another one.
        go = ["PATH=/usr/bin", "PWD=/proc/self/cwd", "GOROOT_FINAL=/usr/local/go"]
        self.env["PANTS_GOLANG_SUBPROCESS_ENV_VARS"] = repr(go)
        self.env["PANTS_LOCAL_STORE_DIR"] = str(root / "store")
        self.env["PANTS_NAMED_CACHES_DIR"] = str(root / "named-caches")
        for name, text in GO.items():
            self.write(f"src/compiled/{name}", text)
        self.write("src/cache/BUILD", BUILD)
        self.write("src/cache/program", PROGRAM)
        self.write("src/cache/program-arm64", elf(AARCH64) + PROGRAM)
        shutil.copy("src/go_client/roots.pem", self.root / "src/cache/roots.pem")

    def made(self, *options: str) -> str:
        """Packages the images, tests one, and gives the log."""
        return self.ok("--no-pantsd", *options, "package", "test", *IMAGES)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BuildGrid]:
    with BuildGrid(require_buildgrid(), tmp_path_factory.mktemp("cache") / "buildgrid") as server:
        yield server


@pytest.fixture(scope="module")
def one(cache: BuildGrid, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """The machine that fills the cache. It has a daemon and, on Linux, workers; the others have none, which is in no key."""
    machine = Machine(tmp_path_factory.mktemp("one"), cache, {})
    log = machine.ok("package", "test", *IMAGES)
    machine.close()
    assert process_log.started(log) == ALL and not process_log.cached(log, "hit")
    # Pants itself unpacks the libraries.
    unpacked = sum(number for name, number in ALL.items() if name.startswith("Install the libraries"))
    assert process_log.in_workers(log) == (sum(ALL.values()) - unpacked if peer.can_tell() else 0)
    return machine


@pytest.fixture
def two(cache: BuildGrid, one: Machine, tmp_path: Path) -> Machine:
    """Another machine, on which nothing has been made. Its launcher's installation is that of the first, behind a link: the
    Python that runs Pants has another path."""
    home = one.env.get("XDG_CACHE_HOME", f"{one.env['HOME']}/.cache")
    (tmp_path / "home").mkdir()
    (tmp_path / "launcher").symlink_to(one.env.get("SCRATCH_IMAGE_LAUNCHER_CACHE", f"{home}/scratch_image"))
    env = {
        "HOME": str(tmp_path / "home"),
        "PATH": f"{tmp_path}:/usr/local/sbin:{one.env['PATH']}",
        "LC_ALL": "C",
        "TZ": "Asia/Tokyo",
        "USER": "somebody",
        "PYTHONHASHSEED": "7",
        "SCRATCH_IMAGE_LAUNCHER_CACHE": str(tmp_path / "launcher"),
    }
    machine = Machine(tmp_path, cache, env)
    machine.env.pop("XDG_CACHE_HOME", None)
    return machine


def test_another_machine_runs_nothing_of_ours_and_moves_what_it_needs(cache: BuildGrid, one: Machine, two: Machine) -> None:
    """With `defer`, nothing is read but what goes to dist/ and what processes have said: no library, no compiled program."""
    before = cache.mark()
    log = two.made("--cache-content-behavior=defer")
    assert process_log.cached(log, "hit") == ALL
    # Not even beside the lookup: that would move a process's inputs.
    assert not process_log.started(log) and not process_log.cached(log, "miss")
    assert two.digests() == one.digests()

    moved = cache.read(before)
    images = ("src.cache/image", "src.cache/index", "src.compiled/image")
    layers = {layer["digest"] for image in images for each in two.report(image)["manifests"] for layer in each["layers"]}
    assert {layer.partition(":")[2] for layer in layers} <= set(moved)
    assert not {_kind(cache, blob) for blob in moved} & {ELF, TIME_ZONE}

    # That it counts: what was not made before runs, and no more.
    two.write("src/cache/program", elf(text="another\n") + PROGRAM)
    log = two.ok("--no-pantsd", "package", "src/cache:image")
    assert process_log.started(log) == {"Inspect a program for an image": 1, "Write an image layer": 1}


def test_a_report_alone_moves_no_blob(cache: BuildGrid, one: Machine, two: Machine) -> None:
    """`write=["report"]` with `defer`: 100 images are named, and nothing but what processes have said is read."""
    for machine in (one, two):
        machine.write("src/many/BUILD", MANY)
        for number in range(PROGRAMS):
            machine.write(f"src/many/program-{number}", elf(text=f"{number}\n") + PROGRAM)
    one.ok("--no-pantsd", "package", "src/many::")
    before = cache.mark()
    options = ("--cache-content-behavior=defer", "--scratch-image-write=['report']")
    log = two.ok("--no-pantsd", *options, "package", "src/many::")
    assert not process_log.started(log) and not process_log.cached(log, "miss")
    images = [path.parent.name for path in (two.root / "dist/src.many").glob("*/image.json")]
    assert len(images) == 100 == len(list((two.root / "dist/src.many").glob("*/*")))
    assert two.digests() == {f"src.many/{name}": one.digests()[f"src.many/{name}"] for name in images}

    moved = cache.read(before)
    layers = {each["layers"][-1]["digest"] for name in images for each in two.report(f"src.many/{name}")["manifests"]}
    assert len(layers) == PROGRAMS and not {layer.partition(":")[2] for layer in layers} & set(moved)
    assert not {_kind(cache, blob) for blob in moved} & {ELF, TIME_ZONE, GZIP}

    # That the reading is seen: the layers are read when they are wanted.
    two.ok("--no-pantsd", options[0], "package", "src/many::")
    assert {layer.partition(":")[2] for layer in layers} <= set(cache.read(before))


def test_by_default_all_results_are_moved(cache: BuildGrid, one: Machine, two: Machine) -> None:
    """Libraries and time zones, too, which nothing here needs once the layers are there."""
    before = cache.mark()
    log = two.ok("--no-pantsd", "package", "src/cache:image")
    assert not process_log.started(log) and not process_log.cached(log, "miss")
    assert two.digests()["src.cache/image"] == one.digests()["src.cache/image"]
    assert {ELF, TIME_ZONE} <= {_kind(cache, blob) for blob in cache.read(before)}


def _kind(cache: BuildGrid, blob: str) -> bytes:
    return cache.blob(blob).read_bytes()[:4]
