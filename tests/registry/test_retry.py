"""Pins down how often and when a request is repeated."""

from __future__ import annotations

import pytest

from scratch_image.registry.deadline import Clock, Deadline
from scratch_image.registry.errors import DeadlinePassed, Interrupted, Transient
from scratch_image.registry.retry import Retry

# Waiting.


def retry(seconds=100.0):
    waits = []
    clock = Clock(lambda: 1000.0 + sum(waits), lambda: 1_800_000_000.0, lambda: 1.0, waits.append)
    return Retry(Deadline(seconds, clock)), waits


RETRY_AFTER = [
    ("7", 7.0, "seconds"),
    ("0", 0.0, "at once"),
    ("Fri, 15 Jan 2027 08:00:30 GMT", 30.0, "a date"),
    ("Fri, 15 Jan 2027 07:59:00 GMT", 0.0, "a date that has passed"),
    ("Friday, 15-Jan-27 08:00:30 GMT", 30.0, "the form of RFC 850"),
    ("", None, "nothing"),
    ("soon", None, "a word"),
    ("-1", None, "less than nothing"),
    ("1.5", None, "no whole number"),
    ("9" * 30, None, "longer than any number of seconds"),
    ("Fri, 99 Jan 2027 08:00:30 GMT", None, "no date"),
]


@pytest.mark.parametrize("header, want, reason", RETRY_AFTER, ids=[row[2] for row in RETRY_AFTER])
def test_retry_after(header, want, reason):
    assert retry()[0].after(header) == want


def failing(times, wait=None):
    left = [wait] * times

    def call():
        if left:
            raise Transient("busy", left.pop())
        return "done"

    return call


def test_waits_grow():
    retries, waits = retry()
    assert retries.call(failing(5)) == "done" and waits == [0.5, 1.0, 2.0, 4.0, 8.0]


def test_attempts_are_counted():
    retries, waits = retry()
    with pytest.raises(Transient):
        retries.call(failing(3), attempts=3)
    assert len(waits) == 2


def test_the_registry_says_how_long():
    retries, waits = retry()
    assert retries.call(failing(2, 20.0)) == "done" and waits == [20.0, 20.0]


def test_a_wait_beyond_the_deadline_is_not_begun():
    retries, waits = retry()
    with pytest.raises(DeadlinePassed, match="leaves no time to wait 200 s: busy; the registry asked to wait 200 s"):
        retries.call(failing(1, 200.0))
    assert waits == []


def test_a_demanded_wait_holds_for_all():
    retries, waits = retry()
    with pytest.raises(Transient):
        retries.call(failing(1, 20.0), attempts=1)
    retries._not_before = retries.deadline.clock.monotonic() + 20
    assert retries.call(failing(0)) == "done" and waits == [20.0]


def test_an_interrupt_ends_a_wait():
    deadline = Deadline(100)
    deadline.interrupt()
    for act in (deadline.check, lambda: deadline.sleep(50)):
        with pytest.raises(Interrupted):
            act()
