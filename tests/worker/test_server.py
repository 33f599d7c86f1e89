"""A worker as Pants uses it: its answers are those of a process of its own, and it refuses what is no request of Pants."""

from __future__ import annotations

import json
import os
import time

import pytest

from scratch_image.assembler.plan import LayerPlan
from scratch_image.engine.tool import SOURCES
from scratch_image.oci.compression import Compression
from scratch_image.oci.tar import FileEntry
from scratch_image.worker import peer
from tests.support import soak
from tests.support.pants_side import as_another_user, frame, is_closed, read_answer
from tests.support.programs import elf
from tests.support.waiting import wait_until
from tests.support.worker_modules import FACTS, LAYER, PROBE, put

pytestmark = pytest.mark.skipif(not peer.can_tell(), reason="the kernel does not say here whose a connection is")


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can play another user")


def test_the_facts_of_a_program(worker):
    worker.add_tree(SOURCES, FACTS)
    (worker.directory / "binary").write_bytes(elf())
    answer = worker.ask("binary.__main__", "binary")
    assert answer == worker.alone("binary.__main__", "binary")
    assert answer.code == 0 and b'"machine": 62' in answer.stdout


def test_a_layer(worker):
    worker.add_tree(SOURCES, LAYER)
    (worker.directory / "content").write_bytes(b"hello")
    plan = LayerPlan((FileEntry("app", "content", 5, 0o755),), Compression.parse("none"))
    (worker.directory / "plan.json").write_bytes(plan.to_json())
    blobs = worker.directory / "blobs"
    answers = []
    for run in (worker.ask, worker.alone):
        answers.append((run("assembler.__main__", "plan.json", "1"), [path.read_bytes() for path in blobs.glob("*/*")]))
        blobs.rename(worker.directory / f"blobs-{run.__name__}")
    assert answers[0] == answers[1] and answers[0][0].code == 0


def test_a_process_sees_the_same_as_one_of_its_own(worker):
    put(worker, probe=PROBE)
    one, other = (json.loads(run("probe", "a b", "é").stdout) for run in (worker.ask, worker.alone))
    # The worker's own modules are not the request's; those of its tree are all there.
    assert set(other.pop("ours")) == set(one.pop("ours")) == {"scratch_image", "scratch_image.probe"}
    assert one == other
    assert worker.ask("probe").stderr == b"said\n"


ENDS = [
    # body of main(), exit code, on stderr
    ("return 0", 0, b""),
    ("return 3", 3, b""),
    ("raise ValueError('broken')", 1, b"ValueError: broken\n"),
    ("sys.exit('a sentence')", 1, b"a sentence\n"),
    ("sys.exit(7)", 7, b""),
    ("os.kill(os.getpid(), 11)", -11, b""),
    ("os.kill(os.getpid(), 9)", -9, b""),
    ("os.kill(os.getpid(), 15)", -15, b""),
    ("os._exit(139)", 139, b""),
    ("os.close(1); os.close(2); time.sleep(0.05); os._exit(0)", 0, b""),
]


@pytest.mark.parametrize("body, code, stderr", ENDS, ids=[row[0] for row in ENDS])
def test_how_a_process_ends(worker, body, code, stderr):
    put(worker, ends=f"import os, sys, time\ndef main(arguments):\n    sys.stdout.write('before ')\n    {body}\n")
    answer, alone = worker.ask("ends"), worker.alone("ends")
    assert (answer.code, answer.stdout) == (alone.code, alone.stdout)
    assert answer.code == code and answer.stderr.endswith(stderr) and alone.stderr.endswith(stderr)
    assert worker.ask("ends").code == code, "the next one is answered"


MUCH = """
import sys
def main(arguments):
    for _ in range(50):
        sys.stderr.write("x" * 1000000)
    return 0
"""


def test_much_output_needs_little_memory(worker):
    put(worker, much=MUCH)
    worker.ask("much")
    before = soak.private_memory(worker.process.pid)
    answer = worker.ask("much")
    assert len(answer.stderr) == 50_000_000 and not answer.stdout and answer.code == 0
    assert soak.private_memory(worker.process.pid) < before + 4000


def test_trees_do_not_see_each_other(worker):
    """The same module in another tree, and one that the other tree lacks."""
    put(worker, one="VALUE = 1\ndef main(arguments):\n    VALUE_SEEN.append(1)\n    return len(VALUE_SEEN)\nVALUE_SEEN = []")
    assert [worker.ask("one").code for _ in range(3)] == [1, 1, 1], "a request sees what another one did"
    first = os.readlink(worker.directory / SOURCES)
    put(worker, one="from scratch_image import two\ndef main(arguments):\n    return two.VALUE", two="VALUE = 42")
    assert worker.ask("one").code == 42
    (worker.directory / SOURCES).unlink()
    (worker.directory / SOURCES).symlink_to(first)
    assert worker.ask("one").code == 1
    assert b"No module named 'scratch_image.two'" in worker.ask("two").stderr


def test_sources_that_are_no_link_are_of_one_request(worker):
    for code in (1, 2):
        package = worker.directory / SOURCES / "scratch_image"
        package.mkdir(parents=True, exist_ok=True)
        (package / "one.py").write_text(f"def main(arguments):\n    return {code}")
        assert worker.ask("one").code == code


def test_a_module_that_needs_libraries(worker):
    put(worker, one="import library\ndef main(arguments):\n    return library.VALUE")
    assert b"No module named 'library'" in worker.ask("one").stderr
    for value in (5, 6):
        library = worker.directory / "libraries" / "wheel"
        library.mkdir(parents=True, exist_ok=True)
        (library / "library.py").write_text(f"VALUE = {value}")
        assert worker.ask("one").code == worker.alone("one").code == value


PREPARED = """
SEEN = []
def prepare():
    import library
    SEEN.append(library.VALUE)
    raise ValueError("what fails here is not the worker's end")
def main(arguments):
    import library
    print(library.VALUE, *SEEN)
"""


def test_what_all_requests_share_is_prepared_once(worker, tmp_path):
    """With the libraries of one tree alone: compiled ones cannot be loaded twice."""
    put(worker, one=PREPARED)
    link = worker.directory / "libraries"
    for value in (5, 6):
        library = tmp_path / f"libraries-{value}" / "wheel"
        library.mkdir(parents=True)
        (library / "library.py").write_text(f"VALUE = {value}")
    for value, want in ((5, b"5 5\n"), (6, b"6\n"), (5, b"5 5\n"), (6, b"6\n")):
        link.symlink_to(tmp_path / f"libraries-{value}")
        assert worker.ask("one").stdout == want
        link.unlink()
    assert b"No module named 'library'" in worker.ask("one").stderr


REFUSED = [
    # what the request has in the place of the usual, on stderr
    ({"module": "../os"}, "it runs modules of scratch_image only"),
    ({"command": "com.example.Main"}, "it runs modules of scratch_image only"),
    ({"directory": "/"}, "it runs in its own directory only"),
    ({"directory": "/nonexistent"}, "it runs in its own directory only"),
]


@pytest.mark.parametrize("given, reason", REFUSED)
def test_requests_that_are_not_those_of_pants(worker, given, reason):
    put(worker, probe=PROBE)
    module = given.get("module", "probe")
    request = worker.request("probe", (), given.get("directory", ""), given.get("command", "scratch_image"))
    if module != "probe":
        request = request.replace(frame("A", "scratch_image.probe"), frame("A", "os"))
    answer = worker.send(request)
    assert (answer.code, answer.stderr.decode()) == (1, f"the worker of scratch_image refused a request: {reason}\n")
    assert worker.ask("probe").code == 3


@pytest.mark.parametrize("content", [b"GET / HTTP/1.1\r\n\r\n", frame("E", "no value"), b"\xff" * 100])
def test_what_is_no_request_ends_its_connection_and_no_other(worker, content):
    put(worker, probe=PROBE)
    with worker.connect() as connection:
        connection.sendall(content)
        assert is_closed(connection)
    assert worker.ask("probe").code == 3


def test_idle_and_half_sent_connections_hold_nobody_up(worker):
    """More of this user's than the worker keeps: the oldest are dropped, and the newest is answered."""
    put(worker, probe=PROBE)
    idle = [worker.connect() for _ in range(100)]
    for connection in idle[::2]:
        connection.sendall(worker.request("probe")[:20])
    assert worker.ask("probe").code == 3
    assert is_closed(idle[0])
    idle[-1].sendall(worker.request("probe"))
    assert read_answer(idle[-1]).code == 3
    for connection in idle:
        connection.close()
    wait_until(lambda: len(worker.descriptors()) <= 8, "connections that the clients closed are open")


@needs_root
def test_another_user_is_not_heard(worker):
    put(worker, probe=PROBE)
    heard = worker.directory / "heard"
    put(worker, probe=f"def main(arguments):\n    open({str(heard)!r}, 'w')\n    return 3")
    request = worker.request("probe")

    def ask(client):
        client.sendall(request)
        assert is_closed(client)

    def ask_and_leave(client):
        client.sendall(request)
        client.close()

    for act in (ask, ask_and_leave, lambda client: client.sendall(request[:10]), lambda client: None):
        with as_another_user(worker.port, act), as_another_user(worker.port, act):
            time.sleep(0.05)
            assert not heard.exists()
            assert worker.ask("probe").code == 3
            heard.unlink()
