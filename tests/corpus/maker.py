"""Makes the samples of `recipes.py`: `python -m tests.corpus.maker DIRECTORY [NAME…]`, usually through `build`.

The directory gets one file per sample. A second run takes what it can from there, and from hidden directories beside.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Dict, List, Sequence

from tests.corpus.recipes import SAMPLES, Sample
from tests.corpus.steps import LOCKS, Steps, stamp
from tests.corpus.tools import PIP, Tools
from tests.support import root_programs

SOURCES = Path(__file__).parent / "sources"


class Failed(Exception):
    """A sample could not be made; the text says which and why."""


class Maker:
    """Makes samples in a directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._tools = Tools(directory, ("go.txt", "zig.txt"))
        self._steps = Steps(directory, PIP, directory / ".wheels")
        self._env = self._tools.environment()
        self.seconds: Dict[str, float] = {}

    def make(self, samples: Sequence[Sample]) -> None:
        """Makes what is not there: first what is made of sources, then what is made of samples, in the table's order."""
        missing = [sample for sample in samples if not self._is_made(sample)]
        if any(sample.toolchain in ("go", "zig") for sample in missing):
            self._tools.install()
        first = [sample for sample in missing if not _of_others(sample)]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            failures = list(filter(None, pool.map(self._try, first)))
        failures += filter(None, [self._try(sample) for sample in missing if sample not in first])
        if failures:
            raise Failed("\n".join(failures))

    def _is_made(self, sample: Sample) -> bool:
        mark = self._mark(sample)
        return (self._directory / sample.name).exists() and mark.exists() and mark.read_text() == _made_from(sample)

    def _mark(self, sample: Sample) -> Path:
        """The file that says what a sample in the directory was made from."""
        return self._directory / ".made" / sample.name

    def _try(self, sample: Sample) -> str:
        """What failed; empty if nothing has."""
        try:
            self._make(sample)
        except (OSError, ValueError, Failed, subprocess.CalledProcessError) as error:
            return f"{sample.name}: {error}"
        return ""

    def _make(self, sample: Sample) -> None:
        started = time.monotonic()
        partial = self._directory / f".partial-{sample.name}"
        names = {"out": str(partial), "corpus": str(self._directory)}
        words = [_filled(word, names) for word in shlex.split(sample.recipe)]
        env = dict(self._env)
        while "=" in words[0]:
            name, _, value = words.pop(0).partition("=")
            env[name] = value
        if words[0].startswith("@"):
            self._steps.run(words[0][1:], partial, words[1:])
        else:
            done = subprocess.run(words, cwd=SOURCES, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if done.returncode or not partial.exists():
                raise Failed(f"{shlex.join(words)}\n{done.stdout}")
        partial.chmod(0o755)
        partial.rename(self._directory / sample.name)
        self._mark(sample).parent.mkdir(exist_ok=True)
        self._mark(sample).write_text(_made_from(sample))
        self.seconds[sample.name] = time.monotonic() - started


def _made_from(sample: Sample) -> str:
    """A stamp of the recipe, all sources and locks; of all recipes, where a sample is made of others."""
    recipes = [other.recipe for other in SAMPLES] if _of_others(sample) else [sample.recipe]
    files = [*sorted(SOURCES.iterdir()), *sorted(SOURCES.parent.glob("steps.py")), *sorted(LOCKS.glob("*.txt"))]
    return stamp(*(recipe.encode() for recipe in recipes), *(file.read_bytes() for file in files))


def _of_others(sample: Sample) -> bool:
    alone = ("@copy", "@crates", "@elf", "@pex", "@wheel", "@write")
    return "{corpus}" in sample.recipe or (sample.toolchain.startswith("@") and sample.toolchain not in alone)


def _filled(word: str, names: Dict[str, str]) -> str:
    for name, value in names.items():
        word = word.replace(f"{{{name}}}", value)
    return word


def main(args: List[str]) -> int:
    directory = Path(args[0]).resolve()
    directory.mkdir(parents=True, exist_ok=True)
    samples = [sample for sample in SAMPLES if not args[1:] or sample.name in args[1:]]
    maker = Maker(directory)
    started = time.monotonic()
    try:
        maker.make(samples)
        if not args[1:]:
            root_programs.make(directory)
    except (Failed, root_programs.Failed) as failure:
        print(failure, file=sys.stderr)
        return 1
    slowest = sorted(maker.seconds.items(), key=lambda item: -item[1])[:5]
    print(f"{len(samples)} samples in {directory}: {len(maker.seconds)} made in {time.monotonic() - started:.0f} s")
    print("slowest: " + ", ".join(f"{name} {seconds:.0f} s" for name, seconds in slowest))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
