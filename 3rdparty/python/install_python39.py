"""Installs the CPython 3.9 that Pants runs on: `python3 install_python39.py DIRECTORY` prints the interpreter's path.

uv does it, with archives that it checks by hash: the uv on PATH, or else the one that `uv.txt` pins, by the pip of the
Python that runs this file. Everything is written below DIRECTORY. `interpreter` is written last, by a rename: a DIRECTORY
without it was cut short and is made again. The kernel drops a lock with its process, so one of several starters installs.

Any Python from 3.6 must be able to run this file.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

LOCK = Path(__file__).resolve().parent / "uv.txt"


def say(message: str) -> None:
    print(f"pants: {message}", file=sys.stderr, flush=True)


def run(*args: str, **env: str) -> None:
    """Runs a command with its output on stderr, because stdout is for the path; a failure ends the program with its name."""
    status = subprocess.call(args, stdout=sys.stderr, env={**os.environ, **env})
    if status:
        raise SystemExit(f"pants: exit status {status}: {' '.join(args)}")


def python_with_pip(directory: Path) -> str:
    """This Python, or a virtual environment of it in DIRECTORY if it has no pip."""
    probe = [sys.executable, "-m", "pip", "--version"]
    if subprocess.call(probe, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0:
        return sys.executable
    try:
        venv.EnvBuilder(symlinks=True, with_pip=True).create(str(directory))
    except subprocess.CalledProcessError:
        raise SystemExit(f"pants: {sys.executable} has neither pip nor ensurepip, and uv is not on PATH") from None
    return str(directory / "bin" / "python")


def locked_uv(directory: Path) -> str:
    """Downloads uv's wheel into DIRECTORY and unpacks its program, which needs no Python."""
    # uv itself asks for a newer Python than its program, which asks for none.
    pinned = ("--require-hashes", "--no-deps", "--only-binary=:all:", "--ignore-requires-python", "--requirement", str(LOCK))
    quiet = ("--quiet", "--disable-pip-version-check", "--no-input", "--dest", str(directory))
    run(python_with_pip(directory / "venv"), "-m", "pip", "download", *pinned, *quiet)
    (wheel,) = directory.glob("uv-*.whl")
    with zipfile.ZipFile(str(wheel)) as archive:
        (program,) = [name for name in archive.namelist() if name.endswith("/scripts/uv")]
        uv = archive.extract(program, str(directory))
    os.chmod(uv, 0o755)
    return uv


def install(directory: Path) -> Path:
    """Returns the installed interpreter."""
    say(f"no CPython 3.9 was found; uv installs one (once, in {directory})")
    shutil.rmtree(str(directory), ignore_errors=True)
    temporary = directory / "uv"
    temporary.mkdir(parents=True)
    uv = shutil.which("uv") or locked_uv(temporary)
    # Without the last, uv also makes a link in ~/.local/bin.
    places = {"UV_PYTHON_INSTALL_DIR": str(directory), "UV_CACHE_DIR": str(temporary), "UV_PYTHON_INSTALL_BIN": "0"}
    run(uv, "python", "install", "3.9", **places)
    shutil.rmtree(str(temporary))
    # uv links cpython-3.9-… to cpython-3.9.n-…, which is the greater name.
    return max(directory.glob("cpython-3.9*/bin/python3.9"))


def main(directory: Path) -> None:
    directory.parent.mkdir(parents=True, exist_ok=True)
    result = directory / "interpreter"
    with open(f"{directory}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not result.is_file():
            interpreter = install(directory)
            temporary = directory / "interpreter.tmp"
            temporary.write_text(str(interpreter))
            temporary.rename(result)
        print(result.read_text())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
