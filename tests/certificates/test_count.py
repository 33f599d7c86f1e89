"""Pins down how many certificates programs find in a file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from scratch_image.certificates.count import count
from tests.support.roots import PROBE_ROOT

FIRST, *BODY, LAST = PROBE_ROOT.splitlines(keepends=True)
TABLE = [
    (b"", 0, "nothing"),
    (PROBE_ROOT, 1, "one"),
    (PROBE_ROOT * 3, 3, "three"),
    (b"# Company\n" + PROBE_ROOT + b"and so on\n", 1, "text around it"),
    (PROBE_ROOT.replace(b"\n", b"\r\n"), 1, "DOS line ends"),
    (PROBE_ROOT[:-40], 0, "without its end"),
    (PROBE_ROOT.replace(b"BEGIN CERT", b"BEGIN TRUSTED CERT"), 0, "another block"),
    (FIRST + b"Header: x\n\n" + b"".join(BODY) + LAST, 0, "headers"),
    (FIRST + b"".join(BODY[1:]) + LAST, 0, "a line is missing"),
    (FIRST + LAST, 0, "an empty block"),
    (FIRST + b"AAAA\n" + LAST, 0, "no DER"),
    (FIRST + b"MAA=\n" + LAST, 0, "an empty sequence"),
    (FIRST + b"MIIA\n" + LAST, 0, "a truncated length"),
    (FIRST + b"A\n" + LAST + PROBE_ROOT, 1, "one that is damaged, and one"),
    (FIRST + FIRST + b"".join(BODY) + LAST, 1, "a block that begins twice"),
]


@pytest.mark.parametrize("content, want, reason", TABLE)
def test_count(content: bytes, want: int, reason: str) -> None:
    assert count(content) == want, reason


def test_the_process(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(PROBE_ROOT * 2)
    (tmp_path / "b").write_bytes(b"")
    command = [sys.executable, "-m", "scratch_image.certificates.count"]
    done = subprocess.run([*command, str(tmp_path / "a"), str(tmp_path / "b")], stdout=subprocess.PIPE, check=True)
    assert json.loads(done.stdout) == [2, 0]
    failed = subprocess.run([*command, str(tmp_path / "c")], stderr=subprocess.PIPE, text=True)
    assert failed.returncode == 1 and failed.stderr.startswith("a file could not be read")
