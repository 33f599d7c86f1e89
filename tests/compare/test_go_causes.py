"""Pins down that the reason is named first where `go build` made both programs, with one thing changed."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Dict, Iterator, List

import pytest

from scratch_image.compare.__main__ import compare_operands
from tests.support.compared import Made
from tests.support.go_proxy import write_module
from tests.support.tools import require

MODULE = "mods.test/a"
MAIN = 'package main\n\nimport "mods.test/a"\n\nvar version = "none"\n\nfunc main() { println(version, a.F()) }\n'
FLAGS = "-ldflags=-X main.version=1.0"
CORPUS = os.environ.get("SCRATCH_IMAGE_CORPUS", "")


class Sources:
    """A checkout of a program, and the proxy that has two versions of its module."""

    def __init__(self, root: Path) -> None:
        self._root, self._made = root, 0
        for version, result in (("v1.0.0", "1"), ("v1.1.0", "len(name)")):
            code = f'package a\n\nvar name = "{version}"\n\nfunc F() int {{ return {result} }}\n'
            write_module(root / "proxy", MODULE, version, {"go.mod": f"module {MODULE}\n\ngo 1.21\n", "a.go": code})
        self.directory = root / "one"
        self.directory.mkdir()
        (self.directory / "main.go").write_text(MAIN)
        self.require("v1.0.0")
        self.build()  # It writes go.sum, which belongs to the checkout.
        for command in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "first")):
            self.git(*command)

    def git(self, *arguments: str) -> None:
        who = ("-c", "user.name=test", "-c", "user.email=test@example.test")
        subprocess.run([require("git"), *who, *arguments], cwd=self.directory, check=True)

    def require(self, version: str) -> None:
        text = f"module example.test/app\n\ngo 1.21\n\nrequire {MODULE} {version}\n"
        (self.directory / "go.mod").write_text(text)

    def build(self, *arguments: str, go: str = "", vcs: bool = False, directory: str = "one", **variables: str) -> Made:
        """An image with the program; without its commit, unless `vcs`."""
        self._made += 1
        built = self._root / f"program{self._made}"
        own = {"GOPROXY": f"file://{self._root / 'proxy'}", "GOMODCACHE": str(self._root / "cache"), "GOSUMDB": "off"}
        own.update({"GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod -modcacherw", "CGO_ENABLED": "0", "GOENV": "off"})
        command = [go or require("go"), "build", f"-buildvcs={str(vcs).lower()}", "-o", str(built), *arguments]
        environment = {key: value for key, value in os.environ.items() if key != "GOROOT"}
        subprocess.run(command, cwd=self._root / directory, env={**environment, **own, **variables}, check=True)
        return replace(Made(), program=built.read_bytes())

    def copy(self, name: str) -> str:
        shutil.copytree(self.directory, self._root / name)
        return name


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sources]:
    require("go"), require("git")
    yield Sources(tmp_path_factory.mktemp("go"))


@pytest.fixture(scope="module")
def plain(sources: Sources) -> Made:
    return sources.build(FLAGS)


def reasons(before: Made, after: Made, place: Path) -> List[Dict[str, str]]:
    found = compare_operands(before.write(place / "before"), after.write(place / "after"))
    return [reason.to_dict() for each in found.compared for reason in each.reasons]  # type: ignore[misc]


CHANGES = [
    # arguments, variables, kind and text of the first reason
    ((FLAGS, "-trimpath"), {}, "trimpath", "built with -trimpath"),
    ((FLAGS,), {"CGO_ENABLED": "1"}, "cgo", "CGO on: CGO_ENABLED=0 → 1"),
    (("-ldflags=-X main.version=1.1",), {}, "ldflags", "-ldflags -X main.version: 1.0 → 1.1"),
    ((FLAGS, "-tags=x"), {}, "setting", "-tags: none → x"),
    (("-ldflags=-s -w -X main.version=1.0",), {}, "stripped", "stripped: "),
    ((FLAGS,), {"GOAMD64": "v3"}, "setting", "GOAMD64: v1 → v3"),
]


@pytest.mark.parametrize("arguments, variables, kind, text", CHANGES)
def test_a_setting(arguments, variables, kind: str, text: str, sources: Sources, plain: Made, tmp_path: Path) -> None:
    if "GOAMD64" in variables and plain.program[18:20] != b"\x3e\0":
        pytest.skip("the machine is not an amd64")
    first = reasons(plain, sources.build(*arguments, **variables), tmp_path)[0]
    assert (first["kind"], first["text"][: len(text) + 14]) == (kind, f"program /app: {text}")


def test_equal_builds_are_equal(sources: Sources, plain: Made, tmp_path: Path) -> None:
    assert reasons(plain, sources.build(FLAGS), tmp_path) == []


def test_another_directory(sources: Sources, plain: Made, tmp_path: Path) -> None:
    first = reasons(plain, sources.build(FLAGS, directory=sources.copy("two")), tmp_path)[0]
    assert first["kind"] == "build path" and first["text"].endswith("/two") and "/one → " in first["text"]


def test_a_module_and_a_modified_checkout(sources: Sources, plain: Made, tmp_path: Path) -> None:
    stamped = sources.build(FLAGS, vcs=True)
    try:
        sources.require("v1.1.0")
        newer, modified = sources.build(FLAGS), sources.build(FLAGS, vcs=True)
    finally:
        sources.git("checkout", "-q", ".")
    assert reasons(plain, newer, tmp_path / "a")[0]["text"] == "program /app: module mods.test/a v1.0.0 → v1.1.0"
    both = reasons(stamped, modified, tmp_path / "b")
    assert [each["text"].partition(": ")[2].partition(": vcs")[0] for each in both[:2]] == [
        "module mods.test/a v1.0.0 → v1.1.0",
        "built from a modified checkout",
    ]
    (sources.directory / "NOTES").write_text("not committed")
    try:
        texts = [each["text"] for each in reasons(stamped, sources.build(FLAGS, vcs=True), tmp_path / "c")]
    finally:
        (sources.directory / "NOTES").unlink()
    assert texts[0] == "program /app: built from a modified checkout: vcs.modified=false → true"


def test_another_version_of_go(sources: Sources, plain: Made, tmp_path: Path) -> None:
    ours = subprocess.run([require("go"), "env", "GOVERSION"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    for go in sorted(Path(CORPUS).glob(".tools-*/go/bin/go")) if CORPUS else ():
        version = (go.parents[1] / "VERSION").read_text().split()[0]
        if version != ours:
            after = sources.build(FLAGS, go=str(go), GOROOT=str(go.parents[1]))
            first = reasons(plain, after, tmp_path)[0]
            assert first["text"] == f"program /app: Go {ours[2:]} → {version[2:]}"
            return
    pytest.skip("there is one version of Go only; tests/corpus/build installs another")
