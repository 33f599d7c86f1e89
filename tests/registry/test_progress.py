"""Pins down what is shown while blobs are sent."""

from __future__ import annotations

import io

import pytest

from scratch_image.registry.progress import Progress

# What is shown.


@pytest.mark.parametrize(
    "terminal, want",
    [
        (True, "\r0 of 2 images done; 5.0 MB sent, 2.5 MB/s: src:a and 1 more\r" + " " * 59 + "\rsrc:a: done\n"),
        (False, "src:a: done\n"),
    ],
)
def test_progress(terminal, want):
    now = [0.0]
    stream = io.StringIO()
    progress = Progress(stream, 2, terminal, lambda: now[0])
    progress.begin("src:a")
    progress.begin("src:b")
    progress.tick()
    progress.add("src:a", 5_000_000)
    now[0] = 2.0
    progress.tick()
    progress.end("src:a", "src:a: done")
    assert stream.getvalue().replace("\r", "|") == want.replace("\r", "|")


def test_progress_without_a_terminal_is_a_line_now_and_then():
    now = [0.0]
    stream = io.StringIO()
    progress = Progress(stream, 1, False, lambda: now[0])
    progress.begin("src:a")
    for second in range(25):
        now[0] = float(second)
        progress.add("src:a", 1_000_000)
        progress.tick()
    assert stream.getvalue().splitlines() == [
        "0 of 1 images done; 11.0 MB sent, 1.1 MB/s: src:a",
        "0 of 1 images done; 21.0 MB sent, 1.0 MB/s: src:a",
    ]
