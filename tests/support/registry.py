"""A registry on the loopback interface, by crane: it keeps what is pushed in memory and ends with the test."""

from __future__ import annotations

import contextlib
import re
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Iterator

from tests.support.tools import require

_SECONDS = 60


@contextlib.contextmanager
def registry() -> Iterator[str]:
    """`127.0.0.1:<port>`, the port being one that is free."""
    command = [require("crane"), "registry", "serve", "--address", "127.0.0.1:0"]
    # A file, because nothing reads the log after its first line: a full pipe would block the server.
    with tempfile.NamedTemporaryFile() as log, subprocess.Popen(command, stdout=log, stderr=log) as server:
        try:
            yield f"127.0.0.1:{_port(server, Path(log.name))}"
        finally:
            server.kill()


def _port(server: subprocess.Popen[bytes], log: Path) -> int:
    """The port that the server says it listens on."""
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end and server.poll() is None:
        found = re.search(r"serving on port ([0-9]+)\n", log.read_text())
        if found:
            return int(found[1])
        time.sleep(0.02)
    raise AssertionError(f"the registry did not start: {log.read_text()}")
