"""The checks of a thousand images, without Pants and without reading a program: what a changed check or field costs."""

from __future__ import annotations

import json
import statistics
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Tuple

from benchmarks import markdown, marks
from benchmarks.errors import CommandFailed
from benchmarks.interpreter import Interpreter
from benchmarks.marks import Mark

COUNT = 1000
# In milliseconds for all: a hundredth of what Pants takes to check as many images, an option changed, in `scale`.
_LIMIT = 60
# Runs in an interpreter of its own, and prints kind → milliseconds of CPU time. All images differ in name and program.
_SCRIPT = """
import dataclasses, json, sys, time
sys.path[:0] = sys.argv[1:3]
from scratch_image.binary import evidence
from scratch_image.binary.needs import Need, Needs
from scratch_image.checks.findings import one_fix
from scratch_image.checks.judge import judge
from scratch_image.image.contents import contents_of
from tests.support.facts import facts_of, spec_of

def go(*names):
    found = tuple(Need(name, evidence.LINKED, name) for name in names)
    return facts_of(go=True, needs=Needs("names", found, language="Go"))

service = go(evidence.CA, evidence.LOCAL_TIME, evidence.TMP)
every = go(evidence.CA, evidence.TZ, evidence.TMP, evidence.CURRENT_USER, evidence.CACHE, evidence.LOCAL_TIME)
enough = ["ca-certificates", "tmp"]
text = {"/etc/app.toml": {"text": "a"}}
kinds = {
    "a program that needs nothing": ({}, go()),
    "a service that has what it needs": ({"runtime_files": enough, "exposed_ports": ["8080"]}, service),
    "the same with a variable of its own": ({"runtime_files": enough, "env": {"NAME": "{}"}}, service),
    "the same with a file of its own": ({"runtime_files": enough, "files": text}, service),
    "a service that lacks two": ({"exposed_ports": ["8080"]}, service),
    "a program that lacks everything": ({"volumes": ["/data"]}, every),
}
times = {}
for kind, (fields, facts) in kinds.items():
    images = []
    for number in range(int(sys.argv[3])):
        env = {key: value.format(number) for key, value in fields.get("env", {}).items()}
        spec = spec_of(**{**fields, "binary": f"src/{number}:bin", **({"env": env} if env else {})})
        images.append((spec, contents_of(spec.files, spec.directories, spec.symlinks, {})))
    started = time.process_time()
    for spec, contents in images:
        one_fix(judge(spec, facts, "go_binary", contents).findings, spec)
    times[kind] = (time.process_time() - started) * 1000
print(json.dumps(times))
"""


@dataclass(frozen=True)
class Checked:
    """Kind of image → milliseconds for COUNT of it, one per round."""

    times: Dict[str, Tuple[float, ...]]


def measure(repository: Path, rounds: int, python: Interpreter) -> Checked:
    """Raises CommandFailed."""
    found: Dict[str, List[float]] = {}
    argv = (python.path, "-ISB", "-c", _SCRIPT, str(repository / "pants-plugins"), str(repository), str(COUNT))
    for _ in range(rounds):
        done = subprocess.run(argv, capture_output=True, text=True)
        if done.returncode:
            raise CommandFailed(done.stderr.strip()[-400:])
        for kind, milliseconds in json.loads(done.stdout).items():
            found.setdefault(kind, []).append(milliseconds)
    return Checked({kind: tuple(times) for kind, times in found.items()})


def marks_of(checked: Checked) -> List[Mark]:
    """The kind that a monorepo has most of."""
    usual = statistics.median(checked.times["a service that has what it needs"])
    return [marks.at_most(f"checks of {COUNT} services that have what they need", usual, _LIMIT, " ms")]


def table(checked: Checked) -> str:
    rows = [
        (kind, f"{statistics.median(times):.0f}", f"{min(times):.0f} – {max(times):.0f}")
        for kind, times in checked.times.items()
    ]
    return markdown.table((f"{COUNT} images of", "CPU ms", "least – greatest"), rows)
