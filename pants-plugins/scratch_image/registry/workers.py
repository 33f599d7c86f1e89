"""Threads that do not keep the process alive: one may hang in a system call that nothing ends."""

from __future__ import annotations

import functools
import queue
import threading
from typing import Callable, List, Optional, Sequence, TypeVar

Value = TypeVar("Value")


def for_each_in_turn(function: Callable[[Value], None], values: Sequence[Value]) -> None:
    """As `Workers.for_each`, in this thread."""
    for value in values:
        function(value)


class Task:
    """One call. `done` is set when it has ended; `error` is what it raised."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call = call
        self.done = threading.Event()
        self.error: Optional[BaseException] = None

    def run(self) -> None:
        """Call, and note the end."""
        try:
            self._call()
        except BaseException as error:
            self.error = error
        self.done.set()


class Workers:
    """At most `number` threads, started when they are needed."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._tasks: queue.SimpleQueue[Task] = queue.SimpleQueue()
        self._threads: List[threading.Thread] = []
        self._lock = threading.Lock()

    def start(self, call: Callable[[], None]) -> Task:
        """Run a call as soon as a thread is free."""
        task = Task(call)
        self._tasks.put(task)
        with self._lock:
            if len(self._threads) < self._number:
                thread = threading.Thread(target=self._work, daemon=True)
                self._threads.append(thread)
                thread.start()
        return task

    def for_each(self, function: Callable[[Value], None], values: Sequence[Value]) -> None:
        """Call the function for every value. When all calls have ended, raises what the first failed one raised."""
        tasks = [self.start(functools.partial(function, value)) for value in values]
        for task in tasks:
            task.done.wait()
        for task in tasks:
            if task.error:
                raise task.error

    def _work(self) -> None:
        while True:
            self._tasks.get().run()
