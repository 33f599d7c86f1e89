"""What ends with a worker and what it leaves: clients that go, its daemon, descriptors."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys

import pytest

from scratch_image.worker import peer
from tests.support import pants_side, soak
from tests.support.pants_side import is_closed, read_answer
from tests.support.waiting import is_running, wait_until
from tests.support.worker_modules import PROBE, put, start_sleeping

pytestmark = pytest.mark.skipif(not peer.can_tell(), reason="the kernel does not say here whose a connection is")


def test_a_client_that_goes_ends_its_process(worker):
    """Pants does that when a process's time is over, and sends the next request to the same worker."""
    connection, numbers = start_sleeping(worker)
    connection.close()
    assert worker.ask("probe").code == 3
    wait_until(lambda: not any(map(is_running, numbers)), "the process of a client that is gone runs on")
    assert not worker.children()


def test_requests_that_come_meanwhile_wait(worker):
    connection, _ = start_sleeping(worker)
    others = [worker.connect() for _ in range(3)]
    for other in others:
        other.sendall(worker.request("probe"))
    connection.close()
    assert [read_answer(other).code for other in others] == [3, 3, 3]
    for other in others:
        other.close()


def test_what_runs_ends_with_the_worker(worker):
    """Pants ends a worker by signal 9 when a run is interrupted, and may leave its sandbox."""
    connection, numbers = start_sleeping(worker)
    worker.process.kill()
    wait_until(lambda: not any(map(is_running, numbers)), "the child of a worker runs on")
    wait_until(lambda: not worker.directory.exists(), "the sandbox is left")
    connection.close()


# Starts a worker, prints its number and its port, and goes on until it is ended.
DAEMON = """
import subprocess, sys, time
worker = subprocess.Popen(sys.argv[2:], cwd=sys.argv[1], env={}, stdout=subprocess.PIPE)
print(worker.pid, worker.stdout.readline().decode().rstrip(".\\n").rpartition(" ")[2], flush=True)
time.sleep(1000)
"""


@pytest.mark.parametrize("is_told", [False, True])
@pytest.mark.parametrize("busy", [False, True])
def test_a_worker_ends_with_its_daemon_and_leaves_nothing(worker, busy, is_told):
    """kill -9 of the daemon, or the signal that it passes on when it ends."""
    command = [sys.executable, "-c", DAEMON, str(worker.directory), *worker.process.args]
    daemon = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert daemon.stdout
    worker_pid, port = map(int, daemon.stdout.readline().split())
    tree = os.path.realpath(worker.directory / "worker")
    numbers = [worker_pid]
    if busy:
        worker.port = port
        connection, more = start_sleeping(worker)
        numbers += more
    if is_told:
        os.kill(worker_pid, signal.SIGTERM)
    else:
        daemon.kill()
        daemon.wait()
    wait_until(lambda: not any(map(is_running, numbers)), "something of a killed daemon runs on")
    assert not worker.directory.exists()
    assert os.path.isdir(tree), "what a link leads to is not the worker's own"
    daemon.kill()
    daemon.wait()
    daemon.stdout.close()
    if busy:
        connection.close()


def test_a_worker_closes_what_it_inherits(tmp_path):
    """The descriptors of the daemon's store would keep it open."""
    opened = os.open("/dev/null", os.O_RDONLY)
    os.set_inheritable(opened, True)
    high = os.dup2(opened, 200, inheritable=True)
    try:
        with pants_side.worker(tmp_path) as one:
            links = [os.readlink(f"/proc/{one.process.pid}/fd/{number}") for number in one.descriptors() if int(number) > 2]
            assert not [link for link in links if not link.startswith(("socket:", "pipe:"))]
            assert len(links) == 3  # The listener, and a pipe by which the end of a child wakes it.
    finally:
        os.close(opened)
        os.close(high)


def test_a_process_has_no_descriptor_of_the_worker(worker):
    put(
        worker,
        opened="import os\ndef main(arguments):\n    print(*sorted(map(int, os.listdir('/proc/self/fd'))))\n    return 0",
    )
    others = [worker.connect() for _ in range(3)]
    numbers = list(map(int, worker.ask("opened").stdout.split()))
    # One that ends it with the worker, and one by which it lists the others.
    assert numbers[:3] == [0, 1, 2] and len(numbers) == 5
    for other in others:
        other.close()


def test_many_requests_leave_nothing(worker):
    """tests/support/soak.py does this 10,000 times."""
    assert soak.run(worker, 300, seed=1).problems == []


def test_a_worker_is_silent_after_its_first_line(worker):
    put(worker, probe=PROBE)
    worker.ask("probe")
    with socket.create_connection(("127.0.0.1", worker.port)) as connection:
        connection.sendall(b"\0\0\0\0?")
        assert is_closed(connection)
    os.kill(worker.process.pid, signal.SIGKILL)
    worker.process.wait()
    assert worker.process.stdout.read() == b""
