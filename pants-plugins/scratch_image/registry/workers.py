"""Threads that run functions, and do not keep the process alive: one may hang in a call of the system that nothing ends."""

from __future__ import annotations

import queue
import threading
from typing import Callable, List, Optional, Sequence, TypeVar

from scratch_image.registry.deadline import Stop

Value = TypeVar("Value")
_LOOK = 0.2


def one_after_another(function: Callable[[Value], None], values: Sequence[Value]) -> None:
    """As `Workers.for_each`, in this thread."""
    for value in values:
        function(value)


class Task:
    """One call; `error` is what it raised, once `done` is set."""

    def __init__(self, call: Callable[[], None]) -> None:
        self.call = call
        self.done = threading.Event()
        self.error: Optional[BaseException] = None

    def run(self) -> None:
        try:
            self.call()
        except BaseException as error:
            self.error = error
        self.done.set()


class Workers:
    """At most `number` calls run at a time. Threads are started as they are needed."""

    def __init__(self, number: int, stop: Stop) -> None:
        self._number = number
        self._stop = stop
        self._tasks: queue.SimpleQueue[Task] = queue.SimpleQueue()
        self._threads: List[threading.Thread] = []
        self._lock = threading.Lock()

    def start(self, call: Callable[[], None]) -> Task:
        task = Task(call)
        self._tasks.put(task)
        with self._lock:
            if len(self._threads) < self._number:
                thread = threading.Thread(target=self._work, daemon=True)
                self._threads.append(thread)
                thread.start()
        return task

    def for_each(self, function: Callable[[Value], None], values: Sequence[Value]) -> None:
        """Calls it for every value, and raises what the first failing one raised, when all have ended."""

        def call(value: Value) -> Callable[[], None]:
            return lambda: function(value)

        failed: Optional[BaseException] = None
        for task in [self.start(call(value)) for value in values]:
            while not task.done.wait(_LOOK):
                pass
            failed = failed or task.error
        if failed:
            raise failed

    def _work(self) -> None:
        while True:
            self._tasks.get().run()
