"""The programs that tests/root runs: each says whether one thing that its library looks for is found.

They are made once: the directory keeps them with a stamp of their sources, as the corpus keeps its samples.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Dict, Tuple

from tests.corpus.steps import LOCKS, stamp
from tests.corpus.tools import Tools

SOURCES = Path(__file__).parent.parent / "root" / "sources"
GO_OLD, GO_NEW, GLIBC, MUSL, OPENSSL, RUST, ZIG = "go-1.21", "go-new", "glibc", "musl", "openssl", "rust", "zig"
_GO = "go build -trimpath -buildvcs=false -o {out} probe.go"
_CARGO = (
    "RUSTFLAGS=-Ctarget-feature=+crt-static cargo build --quiet --locked --release --target x86_64-unknown-linux-gnu "
    "--manifest-path {caches}/rust/Cargo.toml --target-dir {caches}/cargo"
)
# Name → (locks of the compilers, command beside the sources, what it makes if not {out}).
RECIPES: Dict[str, Tuple[Tuple[str, ...], str, str]] = {
    GO_OLD: (("go-native.txt",), _GO, ""),
    GO_NEW: (("go.txt", "zig.txt"), _GO, ""),
    GLIBC: ((), "gcc -static -s -O1 -o {out} probe.c", ""),
    MUSL: ((), "musl-gcc -static -s -O1 -o {out} probe.c", ""),
    OPENSSL: ((), "gcc -static -s -o {out} openssl.c -lssl -lcrypto", ""),
    RUST: ((), _CARGO, "{caches}/cargo/x86_64-unknown-linux-gnu/release/probe"),
    ZIG: (
        ("go.txt", "zig.txt"),
        "zig build-exe probe.zig -target x86_64-linux-musl -O ReleaseSmall --cache-dir {caches}/zig -femit-bin={out}",
        "",
    ),
}


class Failed(Exception):
    """A program could not be made; the text says which and why."""


def make(directory: Path) -> Dict[str, Path]:
    """Name → program, below a directory. Rust's is left out where there is no cargo: no wheel has one."""
    home = directory / ".root-programs"
    home.mkdir(parents=True, exist_ok=True)
    return {name: _made(name, directory, home) for name in RECIPES if name != RUST or shutil.which("cargo")}


def _made(name: str, directory: Path, home: Path) -> Path:
    locks, command, made = RECIPES[name]
    program = home / f"{name}-{_stamp(locks, command)}"
    if program.exists():
        return program
    partial = home / f".partial-{name}"
    names = {"out": str(partial), "caches": str(directory / ".caches")}
    words = [word.format(**names) for word in shlex.split(command)]
    env = dict(os.environ)
    if locks:
        tools = Tools(directory, locks)
        tools.install()
        env = tools.environment()
    if name == RUST:
        _write_crate(directory / ".caches" / "rust")
    while "=" in words[0]:
        key, _, value = words.pop(0).partition("=")
        env[key] = value
    done = subprocess.run(words, cwd=SOURCES, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise Failed(f"{name}: {shlex.join(words)}\n{done.stdout}")
    if made:
        shutil.copyfile(made.format(**names), partial)
    partial.chmod(0o755)
    partial.rename(program)
    return program


def _write_crate(place: Path) -> None:
    """Copies the crate of `RUST`. The committed lock has versions and checksums, and not where crates come from: that is
    cargo's own setting, taken from a lock that cargo writes."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(SOURCES / "rust", place)
    lock = place / "Cargo.lock"
    pinned = lock.read_text()
    lock.unlink()
    subprocess.run(["cargo", "generate-lockfile", "--quiet"], cwd=place, check=True)
    source = next(line for line in lock.read_text().splitlines() if line.startswith("source = "))
    lock.write_text(pinned.replace("\nchecksum = ", f"\n{source}\nchecksum = "))


def _stamp(locks: Tuple[str, ...], command: str) -> str:
    sources = sorted(path for path in SOURCES.rglob("*") if path.is_file())
    return stamp(
        command.encode(), *((LOCKS / lock).read_bytes() for lock in locks), *(path.read_bytes() for path in sources)
    )
