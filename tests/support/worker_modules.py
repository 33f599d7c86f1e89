"""Modules for requests to a worker."""

from __future__ import annotations

from scratch_image.engine.tool import SOURCES, Tool
from tests.support.waiting import is_running

FACTS = Tool("scratch_image.binary.__main__")


LAYER = Tool("scratch_image.assembler.__main__")


# What a process can see of where it runs, but for its own number and its sandbox's.
PROBE = """
import fcntl, json, locale, os, resource, signal, stat, sys
def main(arguments):
    mask = os.umask(0)
    print(json.dumps({
        "arguments": arguments,
        "argv": sys.argv,
        "cwd": os.getcwd(),
        "environment": dict(os.environ),
        "flags": str(sys.flags),
        "path": sys.path,
        "encodings": [sys.stdin.encoding, sys.stdout.encoding, sys.stderr.errors, sys.getfilesystemencoding()],
        "locale": locale.setlocale(locale.LC_ALL),
        "umask": mask,
        "stdin": sys.stdin.read(),
        "kinds": [stat.S_IFMT(os.fstat(number).st_mode) for number in (0, 1, 2)],
        "blocking": [os.get_blocking(number) for number in (0, 1, 2)],
        "handlers": [str(signal.getsignal(number)) for number in range(1, 32) if number != signal.SIGIO],
        "blocked": sorted(map(int, signal.pthread_sigmask(signal.SIG_BLOCK, []))),
        "limits": [resource.getrlimit(each) for each in (resource.RLIMIT_NOFILE, resource.RLIMIT_CORE)],
        "ours": sorted(name for name in sys.modules if name.startswith("scratch_image")),
        "dont_write_bytecode": sys.dont_write_bytecode,
    }, sort_keys=True))
    sys.stderr.write("said\\n")
    return 3
"""


def put(worker, **modules):
    worker.add_tree(SOURCES, modules=modules)


SLEEP = """
import os, sys, time
def main(arguments):
    print(os.getpid(), flush=True)
    if os.fork():
        time.sleep(100)
    print(os.getpid(), flush=True)
    time.sleep(100)
"""


def start_sleeping(worker):
    """A connection whose process, and a process of that one, run until they are ended; and their numbers."""
    put(worker, sleep=SLEEP, probe=PROBE)
    connection = worker.connect()
    connection.sendall(worker.request("sleep"))
    numbers, file = [], connection.makefile("rb")
    while len(numbers) < 2:
        start = file.read(5)
        numbers += map(int, file.read(int.from_bytes(start[:4], "big")).split())
    file.close()
    assert all(map(is_running, numbers))
    return connection, numbers
