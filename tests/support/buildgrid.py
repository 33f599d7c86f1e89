"""BuildGrid, a server of the Remote Execution API that is not ours: storage, action cache and scheduler, on the loopback."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
from pathlib import Path
from typing import Dict, List, Optional

_WORKER = Path(__file__).resolve().parent.parent / "remote_worker"
# Times are those that its protocols allow, and short: a worker that says nothing for `bot-session-keepalive-timeout` seconds
# is lost, and its work is given to another.
_CONFIG = """\
server:
  - !channel
    address: {address}
    insecure-mode: true
description: of a test
connections:
  - !sql-connection &sql
    connection-string: sqlite:///{directory}/jobs.db
    automigrate: yes
storages:
  - !disk-storage &storage
    path: {directory}/storage
caches:
  - !lru-action-cache &cache
    storage: *storage
    max-cached-refs: 100000
    cache-failed-actions: false
    allow-updates: true
schedulers:
  - !sql-scheduler &scheduler
    sql: *sql
    storage: *storage
    action-cache: *cache
    poll-interval: 0.05
    bot-session-keepalive-timeout: 6
    max-job-attempts: 3
instances:
  - name: ''
    services:
      - !cas
        storage: *storage
      - !bytestream
        storage: *storage
      - !action-cache
        cache: *cache
      - !execution
        scheduler: *scheduler
        operation-stream-keepalive-timeout: 5
      - !bots
        scheduler: *scheduler
thread-pool-size: 200
"""
_READ = re.compile(r'Read request completed\. digest="([0-9a-f]{64})/([0-9]+)"')
_ASKED = re.compile(r'Received request\..* method="(\w+)"')


class BuildGrid:
    """A server below a directory, at one address for all its life; `start` and `stop` may take turns. A server that was
    stopped has its blobs again, and an empty action cache."""

    def __init__(self, installation: Path, directory: Path) -> None:
        """`installation` is a directory that .ci/buildgrid has made."""
        self._programs = installation / "bin"
        self._directory = directory
        self._process: Optional[subprocess.Popen[bytes]] = None
        self._workers: List[subprocess.Popen[bytes]] = []
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self._port: int = listener.getsockname()[1]
        self.host = f"127.0.0.1:{self._port}"
        self.address = f"grpc://{self.host}"
        directory.mkdir(parents=True)
        config = _CONFIG.format(address=self.host, directory=directory)
        (directory / "config.yml").write_text(config)

    def __enter__(self) -> BuildGrid:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.kill()
            worker.wait()
        self.stop()

    def start(self) -> None:
        """Returns when it answers."""
        command = [str(self._programs / "bgd"), "server", "start", "-vv", str(self._directory / "config.yml")]
        # The user's environment may hold settings of gRPC; HOME and PATH are what a server is started with.
        env = {name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ}
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        for _ in range(1500):
            try:
                socket.create_connection(("127.0.0.1", self._port), 1).close()
                return
            except OSError:
                assert self._process.poll() is None, self._log.read_text()
                time.sleep(0.02)
        raise AssertionError(f"BuildGrid does not answer:\n{self._log.read_text()}")

    def stop(self) -> None:
        """At once, as a machine that fails."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def start_worker(self, lost_at: Optional[str] = None) -> subprocess.Popen[bytes]:
        """A worker of ours, until this server's end. With `lost_at` it ends silently when it is given an action with
        that text in its arguments."""
        store = self._directory / f"worker-{len(self._workers)}"
        store.mkdir()
        command = [str(self._programs / "python"), "-B", str(_WORKER), self.host, str(store)]
        # Left to itself, gRPC takes part in every fork of a process that has used it.
        env = {**os.environ, "GRPC_ENABLE_FORK_SUPPORT": "0"}
        if lost_at:
            command += ["--lost-at", lost_at]
        with open(self._directory / "worker.log", "ab") as log:
            worker = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._workers.append(worker)
        return worker

    def blob(self, sha256: str) -> Path:
        """The file of a blob in its storage."""
        return self._directory / "storage/cas/objects" / sha256[:2] / sha256[2:]

    def mark(self) -> int:
        """A point in time, for `read` and `asked`."""
        return self._log.stat().st_size

    def read(self, since: int) -> Dict[str, int]:
        """SHA-256 → size of the blobs that were read by clients since a mark."""
        return {sha256: int(size) for sha256, size in _READ.findall(self._since(since))}

    def asked(self, since: int, method: str) -> int:
        """How often a method of its services was called since a mark."""
        return _ASKED.findall(self._since(since)).count(method)

    @property
    def _log(self) -> Path:
        return self._directory / "log"

    def _since(self, mark: int) -> str:
        return self._log.read_bytes()[mark:].decode(errors="replace")
