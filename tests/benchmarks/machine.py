"""What the figures of a report depend on: the machine, the sources, the day."""

from __future__ import annotations

import datetime
import os
import platform
import re
import subprocess
from pathlib import Path
from typing import Dict

from benchmarks.measure import usable_cores


def now() -> str:
    """The time in UTC, to the minute."""
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")


def description(repository: Path) -> Dict[str, str]:
    """Name → value of what a reader must know to compare the figures."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": f"{_processor()}, {len(usable_cores())} cores",
        "memory": f"{memory:.1f} GiB",
        "kernel": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "load average at the start": f"{os.getloadavg()[0]:.2f}",
        "sources": _sources(repository),
    }


def _processor() -> str:
    try:
        models = re.findall(r"^model name\s*: (.*)", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        models = []
    return models[0].strip() if models else platform.processor() or platform.machine()


def _sources(repository: Path) -> str:
    commit = _git(repository, "rev-parse", "--short=12", "HEAD").strip()
    changed = _git(repository, "status", "--porcelain", "--", "pants-plugins")
    return f"{commit}; layers with changes that are not committed" if changed else commit


def _git(repository: Path, *args: str) -> str:
    return subprocess.run(("git", "-C", str(repository), *args), stdout=subprocess.PIPE, check=True, text=True).stdout
