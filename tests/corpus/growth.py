"""How much of the growth between two versions of a program is attributed:
`PYTHONPATH=pants-plugins python -m tests.corpus.growth DIRECTORY [NAME…]`.

Builds two versions of each program with the Go that is on PATH, as `go install` does, with `-trimpath` and without cgo, once
with `-ldflags='-s -w'` and once with symbols and debug information, and writes a table in Markdown. Programs stay in
the directory. A change counts as attributed if it is that of a package of Go, whose module is known. The rest is counted
without sign, so that two errors do not cancel each other: sections, what the linker makes, functions of no package, padding.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Dict, List, NamedTuple, Tuple

from scratch_image.binary.blame import blame, is_attributed


class Pair(NamedTuple):
    """A program, its module and the rest of its package's path, and two versions."""

    name: str
    module: str
    package: str
    versions: Tuple[str, str]


PAIRS = (
    Pair("age", "filippo.io/age", "/cmd/age", ("v1.2.1", "v1.3.2")),
    Pair("shfmt", "mvdan.cc/sh/v3", "/cmd/shfmt", ("v3.11.0", "v3.14.1")),
    Pair("gofumpt", "mvdan.cc/gofumpt", "", ("v0.9.2", "v0.12.0")),
    Pair("goimports", "golang.org/x/tools", "/cmd/goimports", ("v0.45.0", "v0.52.0")),
    Pair("actionlint", "github.com/rhysd/actionlint", "/cmd/actionlint", ("v1.7.7", "v1.7.12")),
    Pair("yq", "github.com/mikefarah/yq/v4", "", ("v4.47.2", "v4.54.3")),
    Pair("crane", "github.com/google/go-containerregistry", "/cmd/crane", ("v0.21.4", "v0.22.1")),
    Pair("govulncheck", "golang.org/x/vuln", "/cmd/govulncheck", ("v1.2.0", "v1.9.0")),
    Pair("revive", "github.com/mgechev/revive", "", ("v1.12.0", "v1.17.0")),
    Pair("staticcheck", "honnef.co/go/tools", "/cmd/staticcheck", ("v0.6.1", "v0.8.2")),
    Pair("air", "github.com/air-verse/air", "", ("v1.65.3", "v1.67.4")),
    Pair("task", "github.com/go-task/task/v3", "/cmd/task", ("v3.49.1", "v3.54.0")),
    Pair("nats-server", "github.com/nats-io/nats-server/v2", "", ("v2.14.5", "v2.15.2")),
    Pair("dlv", "github.com/go-delve/delve", "/cmd/dlv", ("v1.26.0", "v1.27.2")),
    Pair("opa", "github.com/open-policy-agent/opa", "", ("v1.21.1", "v1.22.3")),
    Pair("caddy", "github.com/caddyserver/caddy/v2", "/cmd/caddy", ("v2.10.2", "v2.11.9")),
)
STRIPPED, WHOLE = "stripped", "whole"
_FLAGS = {STRIPPED: "-s -w", WHOLE: ""}
_ENVIRONMENT = {"CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false", "GOTOOLCHAIN": "local"}


def built(pair: Pair, version: str, kind: str, directory: Path) -> Path:
    """A program, which stays in the directory. Raises CalledProcessError."""
    place = directory / f"{pair.name}@{version}" / kind
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent) as folder:
            command = ("go", "install", "-trimpath", f"-ldflags={_FLAGS[kind]}", f"{pair.module}{pair.package}@{version}")
            subprocess.run(command, check=True, cwd=folder, env={**os.environ, **_ENVIRONMENT, "GOBIN": folder})
            (program,) = (path for path in Path(folder).iterdir() if path.is_file())
            shutil.move(str(program), str(place))
    return place


class Growth(NamedTuple):
    """Bytes: by which a file grew, and by which what is not attributed changed, without sign; and what changed most."""

    size: int
    rest: int
    most: Tuple[Tuple[str, int], ...]

    @property
    def attributed(self) -> float:
        """In percent of the growth."""
        return 100 * (1 - self.rest / abs(self.size)) if self.size else 100.0


def growth(before: Path, after: Path) -> Growth:
    """The growth between two files."""
    parts, others = _parts(before), _parts(after)
    rest = 0
    modules: Dict[str, int] = {}
    for key in {*parts, *others}:
        change = others.get(key, 0) - parts.get(key, 0)
        is_known, module = key[0], key[1]
        rest += 0 if is_known else abs(change)
        modules[module] = modules.get(module, 0) + (change if is_known else 0)
    most = sorted(modules.items(), key=lambda item: (-abs(item[1]), item[0]))[:3]
    return Growth(after.stat().st_size - before.stat().st_size, rest, tuple(most))


def _parts(path: Path) -> Dict[Tuple[bool, str, str], int]:
    """(whether it is attributed, module, name) → bytes."""
    found: Dict[Tuple[bool, str, str], int] = {}
    for part in blame(memoryview(path.read_bytes())):
        key = (is_attributed(part), part.unit, part.name)
        found[key] = found.get(key, 0) + part.size
    return found


def main(args: List[str]) -> int:
    """Writes the table; returns the exit status."""
    directory, names = Path(args[0]), args[1:]
    print("| program | versions | stripped | attributed | with symbols | attributed | what changed most, stripped |")
    print("| --- | --- | ---: | ---: | ---: | ---: | --- |")
    for pair in PAIRS:
        if names and pair.name not in names:
            continue
        found = {}
        for kind in _FLAGS:
            one, other = (built(pair, version, kind, directory) for version in pair.versions)
            found[kind] = growth(one, other)
        cells = [pair.name, " → ".join(pair.versions)]
        for kind in _FLAGS:
            cells += [_signed(found[kind].size), f"{found[kind].attributed:.1f} %"]
        cells.append(", ".join(f"{name} {_signed(size)}" for name, size in found[STRIPPED].most))
        print(f"| {' | '.join(cells)} |", flush=True)
    return 0


def _signed(number: int) -> str:
    return f"{number:+,}".replace(",", " ")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
