"""A copy of this repository that `./pants` is run in, as a user would."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence

import toml

from tests.support.programs import elf
from tests.support.waiting import is_running, wait_until

PARTS = ("pants", "pants.toml", "3rdparty", "pants-plugins", "src")
# The launcher and the backend.
BARE_PARTS = ("pants", "3rdparty", "pants-plugins/scratch_image")
# What else the wheel is built from.
WHEEL_PARTS = ("BUILD", "CHANGELOG.md", "LICENSE", "README.md", "pyproject.toml", "setup.py")
# What is of the test and not of the person whose shell it is run in.
_DROPPED = ("PANTS_", "PEX_", "PYTEST_", "PYTHON")


class Repository:
    """The copy of `parts` at `root`. `env` is added to the environment that commands run in."""

    def __init__(self, root: Path, env: Optional[Mapping[str, str]] = None, parts: Sequence[str] = PARTS) -> None:
        self.root = root
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(_DROPPED)}
        if "SCRATCH_IMAGE_WORKERS" in os.environ:
            self.env["PANTS_SCRATCH_IMAGE_WORKERS"] = os.environ["SCRATCH_IMAGE_WORKERS"]
        self.env.update(env or {})
        root.mkdir(parents=True)
        for part in parts:
            copy = shutil.copytree if os.path.isdir(part) else shutil.copy
            (root / part).parent.mkdir(parents=True, exist_ok=True)
            copy(part, root / part)
        # Built files of an outer run must not be taken for this one's.
        shutil.rmtree(root / "dist", ignore_errors=True)

    def run(self, *args: str, umask: int = 0o022, **env: str) -> subprocess.CompletedProcess[str]:
        """Runs `./pants args`; stdout and stderr together are in `stdout`."""
        return subprocess.run(
            [str(self.root / "pants"), *args],
            cwd=self.root,
            env={**self.env, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=lambda: os.umask(umask) and None,
        )

    def ok(self, *args: str, umask: int = 0o022, **env: str) -> str:
        """Runs `./pants args`, which must succeed, and gives what it printed."""
        done = self.run(*args, umask=umask, **env)
        assert done.returncode == 0, f"./pants {' '.join(args)} failed:\n{done.stdout}"
        return done.stdout

    def write(self, path: str, content: str | bytes) -> Path:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
        return target

    def configure(self, **sections: Mapping[str, Any]) -> None:
        """Writes `pants.toml`: each section with its options."""
        self.write("pants.toml", toml.dumps(sections))

    def enable(self, *others: str, **sections: Mapping[str, Any]) -> None:
        """Writes a configuration for a copy of BARE_PARTS: the backend, other ones, and their options."""
        # Its targets are of a backend that is not enabled; the launcher reads the locks beside it.
        (self.root / "3rdparty" / "python" / "BUILD").unlink(missing_ok=True)
        backends = ["scratch_image", *others]
        plugins = ["%(buildroot)s/pants-plugins"]
        options = {"pants_version": "2.17.1", "pythonpath": plugins, "backend_packages": backends}
        self.configure(GLOBAL=options, **sections)

    def image(self, directory: str) -> Path:
        """The layout of an image in dist/."""
        return self.root / "dist" / directory / "oci"

    def report(self, directory: str) -> Dict[str, Any]:
        return json.loads((self.root / "dist" / directory / "image.json").read_bytes())

    def digests(self) -> Dict[str, str]:
        """Directory in dist/ → digest, of all images there."""
        reports = sorted((self.root / "dist").glob("**/image.json"))
        return {
            str(path.parent.relative_to(self.root / "dist")): json.loads(path.read_bytes())["root"]["digest"]
            for path in reports
        }

    def daemons(self) -> List[int]:
        """The daemon that commands here have started, if it runs."""
        texts = (path.read_text() for path in self.root.glob(".pids/*/pantsd/pid"))
        return [pid for pid in map(int, filter(str.isdigit, texts)) if is_running(pid)]

    def close(self) -> None:
        """Ends the daemon, and returns when it has ended: nothing here is written any more."""
        ended = self.daemons()
        for pid in ended:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not any(map(is_running, ended)), "a daemon does not end")


def bare_repository(root: Path, env: Optional[Mapping[str, str]] = None) -> Repository:
    """A repository without a target, in which nothing but the backend is enabled: Pants starts there in half the time."""
    copy = Repository(root, env, BARE_PARTS)
    copy.enable()
    return copy


def users_repository(root: Path, *parts: str) -> Repository:
    """A repository of a user: the launcher, `parts` of this repository, one program in app/, and no configuration."""
    copy = Repository(root, parts=("pants", "3rdparty", *parts))
    # The launcher reads the locks beside it.
    (copy.root / "3rdparty" / "python" / "BUILD").unlink()
    copy.write("app/program", elf())
    return copy
