"""A worker for BuildGrid, which brings none: `python tests/remote_worker HOST:PORT STORE [--lost-at TEXT]`.

It speaks the Remote Workers API (google/devtools/remoteworkers/v1test2/bots.proto) through BuildGrid's generated stubs: a
bot opens a session, is given a lease with an action in it, says that it is ACTIVE, renews that while it works, and hands
the result back with COMPLETED. It is several bots at a time, ends when the server is gone, and is run by BuildGrid's Python.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from pathlib import Path
from typing import List, Optional

import grpc
from action import Lost, Worker
from buildgrid._protos.build.bazel.remote.execution.v2.remote_execution_pb2 import Action
from buildgrid._protos.google.devtools.remoteworkers.v1test2 import bots_pb2, bots_pb2_grpc, worker_pb2
from buildgrid._protos.google.rpc import code_pb2

# The server takes a bot for lost that says nothing for six seconds (tests/support/buildgrid.py).
_RENEWED_EVERY = 1.5
_WAIT = 60
_JOBS = 4


class Bot:
    """One session: one action at a time."""

    def __init__(self, channel: grpc.Channel, name: str, worker: Worker) -> None:
        self._stub = bots_pb2_grpc.BotsStub(channel)
        self._worker = worker
        self._session = bots_pb2.BotSession(bot_id=name, status=bots_pb2.OK)
        self._session.worker.CopyFrom(worker_pb2.Worker(devices=[worker_pb2.Device(handle=name)]))

    def run(self) -> None:
        """Works until the server is gone, which it raises as a grpc.RpcError."""
        request = bots_pb2.CreateBotSessionRequest(bot_session=self._session)
        self._session = self._stub.CreateBotSession(request, timeout=_WAIT)
        while True:
            lease = self._lease(bots_pb2.PENDING)
            if lease:
                lease.state = bots_pb2.ACTIVE
                self._update()
                self._complete()
            else:
                self._update()

    def _complete(self) -> None:
        active = self._lease(bots_pb2.ACTIVE)
        if not active:
            return
        action = Action()
        assert active.payload.Unpack(action), "BuildGrid sends the action itself"
        done = threading.Event()
        work = threading.Thread(target=self._work, args=(action, active, done), daemon=True)
        work.start()
        while not done.wait(_RENEWED_EVERY):
            answer = self._stub.UpdateBotSession(self._request(self._session), timeout=_WAIT)
            if not any(lease.state == bots_pb2.ACTIVE for lease in answer.leases):
                break  # Nobody waits for it any more. What is done with it then does not count.
        work.join()
        active.state = bots_pb2.COMPLETED
        self._update()

    def _work(self, action: Action, lease: bots_pb2.Lease, done: threading.Event) -> None:
        try:
            lease.result.Pack(self._worker.run(action))
        except Lost:
            os._exit(9)  # As a machine whose power is gone.
        except Exception as error:
            print(f"worker: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
            lease.status.code, lease.status.message = code_pb2.FAILED_PRECONDITION, str(error)
        finally:
            done.set()

    def _lease(self, state: int) -> Optional[bots_pb2.Lease]:
        return next((lease for lease in self._session.leases if lease.state == state), None)

    def _update(self) -> None:
        self._session = self._stub.UpdateBotSession(self._request(self._session), timeout=_WAIT)

    @staticmethod
    def _request(session: bots_pb2.BotSession) -> bots_pb2.UpdateBotSessionRequest:
        return bots_pb2.UpdateBotSessionRequest(name=session.name, bot_session=session)


def _run(bot: Bot) -> None:
    try:
        bot.run()
    except grpc.RpcError as error:
        print(f"worker: {error.code()}: {error.details()}", file=sys.stderr, flush=True)
    os._exit(0)


def main(args: List[str]) -> None:
    parser = argparse.ArgumentParser(prog="tests/remote_worker")
    parser.add_argument("address", metavar="HOST:PORT")
    parser.add_argument("store", type=Path, metavar="STORE", help="a directory for blobs; its name is the worker's")
    parser.add_argument("--lost-at", metavar="TEXT", help="end silently at an action with this text in its arguments")
    options = parser.parse_args(args)
    worker = Worker(options.address, options.store, options.lost_at)
    for number in range(_JOBS):
        bot = Bot(grpc.insecure_channel(options.address), f"{options.store.name}-{number}", worker)
        threading.Thread(target=_run, args=(bot,), daemon=True).start()
    while True:
        time.sleep(_WAIT)


if __name__ == "__main__":
    main(sys.argv[1:])
