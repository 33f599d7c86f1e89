"""Requests as Pants sends them, whole and in pieces, and what is not one."""

from __future__ import annotations

import struct

import pytest

from scratch_image.worker import frames
from scratch_image.worker.frames import BrokenRequest, Request, RequestReader
from tests.support.pants_side import frame

WHOLE = b"".join(
    (
        frame("A", "scratch_image.binary.__main__"),
        frame("A", "a b"),
        frame("A", ""),
        frame("A", b"caf\xc3\xa9 \xff"),
        frame("E", "PATH="),
        frame("E", "A=b=c"),
        frame("H"),
        frame("D", "/tmp/pants-sandbox-1"),
        frame("C", "scratch_image"),
    )
)
WANT = Request(
    "scratch_image",
    ("scratch_image.binary.__main__", "a b", "", "café \udcff"),
    (("PATH", ""), ("A", "b=c")),
    "/tmp/pants-sandbox-1",
)


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 64, len(WHOLE)])
def test_a_request_in_pieces(piece):
    reader = RequestReader()
    answers = [reader.feed(WHOLE[start : start + piece]) for start in range(0, len(WHOLE), piece)]
    assert answers[-1] == WANT and not any(answers[:-1])


def test_what_follows_a_request_is_ignored():
    assert RequestReader().feed(WHOLE + frame("0", "stdin") + b"\0") == WANT


@pytest.mark.parametrize(
    "content, reason",
    [
        (frame("E", "PATH"), "'PATH' is not a variable with its value"),
        (frame("0", "stdin"), "a frame of the kind b'0' in a request"),
        (frame("1", "output"), "a frame of the kind b'1' in a request"),
        (b"GET / HTTP/1.1\r\n", "a frame of 1195725856 bytes"),
        (struct.pack(">Ic", 0xFFFFFFFF, b"A"), "a frame of 4294967295 bytes"),
        (frame("A", bytes(1 << 20)) * 17, "a request has at most 16777216 bytes"),
    ],
)
def test_what_is_no_request(content, reason):
    with pytest.raises(BrokenRequest) as caught:
        RequestReader().feed(content)
    assert str(caught.value) == reason


def test_answers():
    assert frames.output(frames.STDERR, b"abc") == b"\0\0\0\x032abc"
    assert frames.exit_code(0) == b"\0\0\0\x01X0"
    assert frames.exit_code(-11) == b"\0\0\0\x03X-11"
