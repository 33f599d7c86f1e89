"""Workers as a user meets them: the same images and keys with and without, and nothing left of a run that was ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Dict, Iterator, List, Tuple

import pytest

from scratch_image.worker import peer
from tests.support import process_log
from tests.support.programs import elf
from tests.support.repository import BARE_PARTS, Repository
from tests.support.waiting import PATIENCE, is_running, wait_until

pytestmark = pytest.mark.skipif(not peer.can_tell(), reason="the kernel does not say here whose a connection is")
IMAGE = 'file(name="bin", source="program")\nscratch_image(name="image", binary=":bin")\n'
ALL_KINDS = """\
file(name="bin", source="program")
file(name="roots", source="roots.pem")
scratch_image(name="image", binary=":bin", runtime_files=["tmp"], ca_bundle=[":roots"], archive=True, compression="zstd")
scratch_image_test(name="test", image=":image", files={"/app": {}})
"""
# Another kind of worker, as a JVM tool's: its command line, and so its server, differs.
OTHER_KIND = """\
from pants.engine.fs import FileContent
from pants.engine.goal import Goal, GoalSubsystem
from pants.engine.internals.session import RunId
from pants.engine.rules import collect_rules, goal_rule
from scratch_image.engine import fs, processes
from scratch_image.engine.tool import Tool
from scratch_image.rules import tools
TOOL = Tool("scratch_image.binary.__main__")
class OtherSubsystem(GoalSubsystem):
    name = "other"
    help = "Another kind of worker."
class Other(Goal):
    subsystem_cls = OtherSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY
@goal_rule
async def other(run: RunId) -> Other:
    for number in range(4):
        text = await fs.create([FileContent("binary", f"{run} {number}".encode())])
        process = await tools.process(TOOL, ("binary",), description="Other", input_digest=text)
        object.__setattr__(process, "argv", tuple("y" if arg == "x" else arg for arg in process.argv))
        await processes.run_or_raise(process)
    return Other(0)
def rules():
    return collect_rules()
"""
_SERVER = "com.martiansoftware.nailgun.NGServer"


class Machine(Repository):
    """A repository with a store, a daemon and sandboxes of its own, and with no other backend than ours."""

    def __init__(self, root: Path, store: Path) -> None:
        super().__init__(root / "checkout", parts=BARE_PARTS)
        self.enable()
        self.sandboxes = root / "sandboxes"
        self.sandboxes.mkdir()
        self.env.update(
            PANTS_LEVEL="debug",
            PANTS_LOCAL_STORE_DIR=str(store),
            PANTS_LOCAL_EXECUTION_ROOT_DIR=str(self.sandboxes),
            PANTS_PROCESS_EXECUTION_LOCAL_PARALLELISM="2",
            # What runs without workers elsewhere in .ci/run has them here.
            PANTS_SCRATCH_IMAGE_WORKERS="true",
        )

    def add(self, name: str, program: bytes, build: str = IMAGE) -> str:
        """A new image; gives its address."""
        self.write(f"src/{name}/program", program)
        self.write(f"src/{name}/BUILD", build)
        return f"src/{name}:image"

    def servers(self) -> List[int]:
        """The workers that run in a sandbox of this machine."""
        return [pid for pid, arguments in self._running().items() if _SERVER in arguments]

    def requests(self) -> List[int]:
        """The processes of requests. A fork has the command line of its server."""
        return [pid for pid in self.servers() if _parent(pid) in self.servers()]

    def left(self) -> List[str]:
        """What runs in a sandbox, and the sandboxes."""
        return [*map(str, self._running()), *(path.name for path in self.sandboxes.glob("pants-sandbox-*"))]

    def writes_a_layer(self) -> bool:
        return any(path.stat().st_size for path in self.sandboxes.glob("*/blobs/sha256/.writing"))

    def daemon(self) -> int:
        (pid,) = self.daemons()
        return pid

    def start(self, *args: str) -> subprocess.Popen[bytes]:
        """Runs `./pants args` beside the test."""
        command = [str(self.root / "pants"), *args]
        return subprocess.Popen(command, cwd=self.root, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def _running(self) -> Dict[int, str]:
        found = {}
        for directory in Path("/proc").glob("[0-9]*"):
            try:
                if os.readlink(directory / "cwd").startswith(str(self.sandboxes)) and is_running(int(directory.name)):
                    found[int(directory.name)] = (directory / "cmdline").read_text()
            except OSError:
                continue
        return found


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    root = tmp_path_factory.mktemp("machine")
    one = Machine(root, root / "store")
    log = one.ok("package", one.add("first", elf(text="first\n")))
    assert process_log.in_workers(log) == 2 == sum(process_log.started(log).values()) - _installations(log)
    yield one
    one.close()


def _installations(log: str) -> int:
    return sum(number for name, number in process_log.started(log).items() if name.startswith("Install "))


def test_images_of_all_kinds_share_two_workers(machine: Machine) -> None:
    """As many as processes run at once. The first test: another option may bring another pool of workers."""
    for number in range(12):
        machine.add(f"many/{number}", elf(text=f"{number}\n"))
    machine.ok("package", "src/many::")
    assert 1 <= len(machine.servers()) <= 2


WITH, WITHOUT = "--scratch-image-workers", "--no-scratch-image-workers"
WITHOUT_NAILGUN = "--no-process-execution-local-enable-nailgun"


@pytest.mark.parametrize("fills, takes", [(WITH, WITHOUT), (WITHOUT, WITH), (WITH, WITHOUT_NAILGUN), (WITH, "--no-pantsd")])
def test_a_store_filled_by_one_serves_the_other(machine: Machine, tmp_path: Path, fills: str, takes: str) -> None:
    """All kinds of processes; and made without a cache, the images are the same."""
    name = f"all{len(os.listdir(machine.root / 'src'))}"
    machine.add(name, elf(text=f"{fills} {takes}\n"), ALL_KINDS)
    machine.write(f"src/{name}/roots.pem", Path("src/go_client/roots.pem").read_bytes())
    targets = ("package", "test", f"src/{name}:image", f"src/{name}:test")
    log = machine.ok(fills, *targets)
    started = sum(process_log.started(log).values()) - _installations(log)
    assert started >= 5 and process_log.in_workers(log) == (started if fills == WITH else 0)
    made = machine.digests()

    log = machine.ok(takes, *targets)
    assert not process_log.started(log)

    log = machine.ok(takes, "--no-local-cache", *targets)
    assert sum(process_log.started(log).values()) >= started
    # Libraries are not installed in workers.
    assert (process_log.in_workers(log) > 0) == (takes == WITH)
    assert machine.digests() == made


@pytest.mark.parametrize("option", ["--keep-sandboxes=on_failure", "--no-pantsd", WITHOUT])
def test_when_there_are_none(machine: Machine, tmp_path: Path, option: str) -> None:
    options = [option]
    if "sandboxes" in option:
        # Those of interpreters that do not suit are kept as well.
        options.append(f"--local-execution-root-dir={tmp_path}")
    log = machine.ok(*options, "package", machine.add("none", elf(text=f"{option}\n")))
    assert sum(process_log.started(log).values()) == 2 and not process_log.in_workers(log)


def test_a_forced_test_starts_no_worker_of_its_own(machine: Machine) -> None:
    """Such a process has a key of its own run, and so would its worker."""
    machine.add(
        "forced", elf(text="forced\n"), f'{IMAGE}scratch_image_test(name="test", image=":image", files={{"/app": {{}}}})\n'
    )
    machine.ok("test", "src/forced:test")
    before = sorted(machine.servers())
    log = machine.ok("test", "--force", "src/forced:test")
    assert sum(process_log.started(log).values()) == 1 and not process_log.in_workers(log)
    assert sorted(machine.servers()) == before


def large_image(machine: Machine, name: str) -> str:
    """An image whose layer is written for some seconds."""
    return machine.add(
        name, elf(text=f"{name}\n") + os.urandom(1 << 20) * 256, IMAGE.replace('":bin"', '":bin", compression="gzip:9"')
    )


def assert_nothing_is_left(machine: Machine) -> None:
    """Neither processes nor sandboxes, once the daemon has ended."""
    machine.close()
    deadline = time.monotonic() + PATIENCE
    while machine.left() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert machine.left() == []


def test_an_interrupted_run_leaves_nothing_of_a_layer(machine: Machine) -> None:
    image = large_image(machine, "interrupted")
    run = machine.start("package", image)
    wait_until(machine.writes_a_layer, "no layer is written")
    run.send_signal(signal.SIGINT)
    run.communicate()
    assert run.returncode != 0
    wait_until(lambda: not machine.requests(), "the process of an interrupted run goes on")
    wait_until(lambda: not machine.writes_a_layer(), "what an interrupted run has written is left")
    assert not (machine.root / "dist/src.interrupted").exists()
    assert "The nailgun server" not in machine.ok("package", machine.add("after", elf(text="after\n")))


def test_nothing_of_a_killed_daemon_is_left_and_the_next_run_works(machine: Machine) -> None:
    image = large_image(machine, "killed")
    run = machine.start("package", image)
    wait_until(machine.writes_a_layer, "no layer is written")
    servers = machine.servers()
    os.kill(machine.daemon(), signal.SIGKILL)
    wait_until(lambda: not any(map(is_running, servers)), "a worker of a killed daemon goes on")
    # A client may start another daemon, which begins again.
    run.kill()
    run.communicate()
    machine.ok("package", machine.add("killed", elf(text="small\n")))
    log = machine.ok("package", machine.add("again", elf(text="again\n")))
    assert process_log.in_workers(log) == 2
    assert_nothing_is_left(machine)


def test_two_at_once(machine: Machine, tmp_path: Path) -> None:
    """In one repository, whose runs share a daemon, and in another one that shares the store."""
    other = Machine(tmp_path, Path(machine.env["PANTS_LOCAL_STORE_DIR"]))
    runs: List[Tuple[Machine, str]] = []
    for each in (machine, machine, other):
        name = f"at-once-{len(runs)}"
        for number in range(4):
            each.add(f"{name}/{number}", elf(text=f"{name} {number}\n"))
        runs.append((each, name))
    try:
        # Two that start a daemon at once are in each other's way.
        for each in (machine, other):
            each.ok("--version")
        started = [each.start("package", f"src/{name}::") for each, name in runs]
        ended = [(run.communicate()[0].decode(), run.returncode) for run in started]
        assert [status for _, status in ended] == [0, 0, 0], ended
        for each, name in runs:
            made = {path: digest for path, digest in each.digests().items() if name in path}
            assert len(made) == 4
            each.ok("--no-pantsd", "--no-local-cache", "package", f"src/{name}::")
            assert {path: each.digests()[path] for path in made} == made
    finally:
        other.close()
    assert_nothing_is_left(other)


def test_another_kind_of_worker_keeps_its_place(machine: Machine) -> None:
    """Pants keeps four here, for all kinds: ours are one, of at most two, so two of a JVM tool's stay."""
    assert_nothing_is_left(machine)
    machine.write("pants-plugins/other_kind/__init__.py", "")
    machine.write("pants-plugins/other_kind/register.py", OTHER_KIND)
    backends = '--backend-packages=+["other_kind"]'
    machine.ok(backends, "other")
    for turn in range(3):
        for number in range(4):
            machine.add(f"turn/{number}", elf(text=f"{turn} {number}\n"))
        log = machine.ok(backends, "package", "src/turn::")
        assert process_log.in_workers(log) == 8
        if turn == 0:
            before = sorted(machine.servers())
            assert len(before) == 3, "two of ours, and one of the other kind, which runs one after the other"
        assert process_log.in_workers(machine.ok(backends, "other")) == 4
        assert sorted(machine.servers()) == before


def test_the_report_of_an_image_does_not_say_how_it_was_made(machine: Machine) -> None:
    image = machine.add("report", elf(text="report\n"))
    texts = []
    for option in (WITH, WITHOUT):
        machine.ok(option, "--no-local-cache", "package", image)
        texts.append(json.dumps(machine.report("src.report/image"), sort_keys=True))
    assert texts[0] == texts[1]
