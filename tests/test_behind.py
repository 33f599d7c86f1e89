"""Pins down what `3rdparty/python/renew-locks --behind` says of locks, from resolutions that are written here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BEHIND = Path("3rdparty/python/behind.py").resolve()
LOCK = """\
urllib3==2.6.3 ; python_full_version < '3.10' \\
    --hash=sha256:1
urllib3==2.8.0 ; python_full_version >= '3.10' \\
    --hash=sha256:2
idna==3.1 \\
    --hash=sha256:3
"""

ROWS = [
    # .in file, what it gives now, what it gives without its pins, what is said, reason
    ("urllib3\n", LOCK, LOCK, "", "all is new"),
    (
        "urllib3\n",
        LOCK.replace("3.1 ", "3.2 "),
        LOCK,
        "a.txt: idna 3.1: 3.2 fits; run renew-locks --upgrade\n",
        "a newer one fits",
    ),
    (
        "urllib3==2.8.0\nidna\n",
        LOCK,
        LOCK.replace("2.8.0", "2.9.0"),
        "a.txt: urllib3 2.6.3, 2.8.0: there is 2.9.0; pinned in the .in file, which says why\n",
        "a pin",
    ),
    (
        "urllib3==2.8.0\n",
        LOCK,
        LOCK.replace("3.1 ", "4.0 "),
        "a.txt: idna 3.1: there is 4.0; held back by what the .in file pins\n",
        "held back",
    ),
    ("urllib3\n", "", "", "", "a package that is not needed any more"),
    ("urllib3\n", LOCK, "urllib3==2.8.0\nidna==3.1\n", "", "one version is enough without the pins"),
]


def run(*args: str, cwd: Path) -> str:
    done = subprocess.run([sys.executable, str(BEHIND), *args], cwd=cwd, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


@pytest.mark.parametrize(("asks", "asked", "newest", "want", "reason"), ROWS, ids=[row[4] for row in ROWS])
def test_what_is_behind(asks: str, asked: str, newest: str, want: str, reason: str, tmp_path: Path) -> None:
    for name, content in (("a.in", asks), ("a.txt", LOCK), ("asked", asked), ("newest", newest)):
        (tmp_path / name).write_text(content)
    assert run("a.in", "asked", "newest", cwd=tmp_path) == want


def test_what_is_pinned(tmp_path: Path) -> None:
    (tmp_path / "other.in").write_text('# about==1\nx[extra]==1 ; python_version < "3.9"\nx==2\n')
    (tmp_path / "a.in").write_text("-r other.in\nY_y==3\nz<64\nw\n")
    assert run("--unpinned", "a.in", cwd=tmp_path).split() == ["y_y", "x"]
