"""A repository of many services that nobody wrote: each has a program of its own, and an image of it.

    services/team-03/service-0042/BUILD, program-amd64 [, program-arm64]

One in ten is for two platforms. All images have the same runtime files, and labels of their own. The last of two commits
changed the program of one service, `CHANGED`. The same arguments give the same files.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import List, Tuple

from benchmarks.programs import static_program

SERVICES = "services"
# Services per team.
_TEAM = 20
_TWO_PLATFORMS_EVERY = 10
# What the launcher and Pants need of the repository under test. BUILD files are not: they need backends of their own.
_BOOTSTRAP = ("bootstrap.py", "install_python39.py", "python_client.py", "pants.txt", "go-native.txt", "uv.txt")
_LAUNCHER = ("pants", *(f"3rdparty/python/{name}" for name in _BOOTSTRAP))
_BACKEND = "pants-plugins/scratch_image"
_SETTINGS = """[GLOBAL]
pythonpath = ["%(buildroot)s/pants-plugins"]
backend_packages = ["BACKEND"]
"""
_IMAGE = """scratch_image(
    name="image",
    binary={binary},
    image_labels={{"org.opencontainers.image.title": "{name}", "org.opencontainers.image.version": "1"}},
    runtime_files=["ca-certificates", "nonroot", "tmp"],
)
"""
_NOTHING = """nothing(
    name="image",
    dependencies={addresses},
    image_labels={{"org.opencontainers.image.title": "{name}", "org.opencontainers.image.version": "1"}},
)
"""
_IGNORED = "/dist/\n/.pants.d/\n/.pids\n/.pants.workdir.file_lock*\n__pycache__/\n"


@dataclass(frozen=True)
class Service:
    """One of a monorepo's, by its number; `seed` tells its programs from those of another monorepo's."""

    number: int
    seed: str
    above: str = SERVICES

    @property
    def name(self) -> str:
        return f"service-{self.number:04}"

    @property
    def directory(self) -> str:
        return f"{self.above}/team-{self.number // _TEAM:02}/{self.name}"

    @property
    def dist(self) -> str:
        """Where in dist/ its packages are."""
        return self.directory.replace("/", ".")

    @property
    def machines(self) -> Tuple[str, ...]:
        return ("amd64", "arm64") if self.number % _TWO_PLATFORMS_EVERY == _TWO_PLATFORMS_EVERY - 1 else ("amd64",)

    def program_path(self, machine: str = "amd64") -> str:
        return f"{self.directory}/program-{machine}"

    def program(self, machine: str = "amd64", version: str = "1") -> bytes:
        return static_program(f"{self.seed} {self.name} {version}", machine)

    def build_file(self, of_nothing: bool) -> str:
        """The BUILD file: `file` targets, and an image of them, or a package that costs nothing."""
        files = [f'file(name="{machine}", source="program-{machine}")\n\n' for machine in self.machines]
        addresses = [f":{machine}" for machine in self.machines]
        by_platform = {f"linux/{machine}": f":{machine}" for machine in self.machines}
        binary = repr(by_platform if len(by_platform) > 1 else addresses[0]).replace("'", '"')
        text = _NOTHING if of_nothing else _IMAGE
        return "".join(files) + text.format(binary=binary, addresses=addresses, name=self.name).replace("'", '"')


FIRST = Service(0, "first", "first")
"""A service beside the others, for what Pants does once: it finds an interpreter, and installs libraries."""
CHANGED = 0
"""The number of the service that the last commit changed."""


def services(number: int, seed: str) -> Tuple[Service, ...]:
    return tuple(Service(each, seed) for each in range(number))


def programs_of(number: int) -> int:
    """How many programs so many services have: one for each platform of an image."""
    return sum(len(service.machines) for service in services(number, ""))


def create(repository: Path, root: Path, number: int, seed: str = "", of_nothing: bool = False) -> None:
    """Makes a git repository in the new directory `root`, with the backend that `repository` has committed, one service
    (`first/`) and `number` others. With `of_nothing` its packages are those of the backend `do_nothing`."""
    root.mkdir(parents=True)
    _unpack(repository, root, _LAUNCHER if of_nothing else (*_LAUNCHER, _BACKEND, f":(exclude){_BACKEND}/BUILD"))
    if of_nothing:
        backend = root / "pants-plugins" / "do_nothing"
        backend.mkdir(parents=True)
        (backend / "__init__.py").touch()
        (backend / "register.py").write_bytes(Path(__file__).with_name("do_nothing.py").read_bytes())
    name = "do_nothing" if of_nothing else "scratch_image"
    (root / "pants.toml").write_text(_SETTINGS.replace("BACKEND", name))
    (root / ".gitignore").write_text(_IGNORED)
    _write_service(root, FIRST, of_nothing)
    for service in services(number, seed):
        _write_service(root, service, of_nothing)
    _commit(root, "Services")
    changed = Service(CHANGED, seed)
    _write(root, changed.program_path(), changed.program(version="2"))
    _commit(root, f"{changed.name}: version 2")


def main(args: List[str], repository: Path) -> int:
    """The command `tests/benchmarks/run monorepo`. Exit status 1 where the directory exists."""
    parser = argparse.ArgumentParser(prog="tests/benchmarks/run monorepo", description="Makes a monorepo to look at.")
    parser.add_argument("--services", type=int, default=100, help="how many (default 100)")
    parser.add_argument("--nothing", action="store_true", help="packages that cost nothing, in the place of images")
    parser.add_argument("directory", type=Path, help="a directory that does not exist")
    options = parser.parse_args(args)
    try:
        create(repository, options.directory.resolve(), options.services, of_nothing=options.nothing)
    except FileExistsError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    return 0


def _write_service(root: Path, service: Service, of_nothing: bool) -> None:
    _write(root, f"{service.directory}/BUILD", service.build_file(of_nothing).encode())
    for machine in service.machines:
        _write(root, service.program_path(machine), service.program(machine))


def _write(root: Path, path: str, content: bytes) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(content)


def _unpack(repository: Path, root: Path, paths: Tuple[str, ...]) -> None:
    command = ("git", "-C", str(repository), "archive", "HEAD", "--", *paths)
    with tarfile.open(fileobj=io.BytesIO(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)) as files:
        files.extractall(root)


def _commit(root: Path, message: str) -> None:
    """A commit that is the same for everybody: neither the user's name nor settings nor the clock take part."""
    if not (root / ".git").exists():
        subprocess.run(("git", "init", "--quiet", "--initial-branch=main", str(root)), check=True)
    git = ("git", "-C", str(root), "-c", "user.name=benchmarks", "-c", "user.email=benchmarks@example.com")
    dates = {f"GIT_{who}_DATE": "1970-01-01T00:00:00Z" for who in ("AUTHOR", "COMMITTER")}
    subprocess.run((*git, "add", "--all"), check=True)
    subprocess.run(
        (*git, "-c", "commit.gpgsign=false", "commit", "--quiet", "-m", message), check=True, env={**os.environ, **dates}
    )
