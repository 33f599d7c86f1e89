"""The components of programs that `go build` makes, against what `go version -m` lists."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Dict, List, Sequence, Set

import pytest

from scratch_image.attest.programs import COMPLETE, parts_of
from scratch_image.attest.purl import purl
from scratch_image.binary.read import read_facts
from tests.support.go_proxy import write_module
from tests.support.tools import require

MANY = 250
ENV = {"GOSUMDB": "off", "GOTOOLCHAIN": "local", "CGO_ENABLED": "0", "GOFLAGS": "-mod=mod -modcacherw", "GO111MODULE": "on"}
CALL = "package main\n\nimport (\n{imports}\n)\n\nfunc main() {{ println({calls}) }}\n"


def go_mod(path: str) -> str:
    return f"module {path}\n\ngo 1.21\n"


def function(package: str) -> str:
    return f"package {package}\n\nfunc F() int {{ return 1 }}\n"


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Modules with a program each, and the proxy that has what they require."""
    root = tmp_path_factory.mktemp("go")
    versions = {"mods.test/a": "v1.0.0", "mods.test/b/v2": "v2.1.0", "mods.test/c": "v0.0.0-20240102030405-abcdefabcdef"}
    versions["mods.test/d"] = "v3.0.0+incompatible"
    versions.update((f"mods.test/m{number}", f"v1.{number}.0") for number in range(MANY))
    for path, version in versions.items():
        name = path.split("/")[1]
        write_module(root / "proxy", path, version, {"go.mod": go_mod(path), "f.go": function(name)})
    fork = {"go.mod": go_mod("fork.test/a"), "f.go": function("a")}
    write_module(root / "proxy", "fork.test/a", "v1.0.1", fork)

    def program(name: str, imports: Sequence[str], *directives: str) -> None:
        required = [f"require {path} {versions[path]}" for path in imports]
        (root / name).mkdir()
        (root / name / "go.mod").write_text("\n".join((go_mod(f"example.test/{name}"), *required, *directives, "")))
        lines = "\n".join(f'\t{path.split("/")[1]} "{path}"' for path in imports)
        calls = ", ".join(f"{path.split('/')[1]}.F()" for path in imports)
        (root / name / "main.go").write_text(CALL.format(imports=lines, calls=calls))

    program("plain", ["mods.test/a", "mods.test/b/v2", "mods.test/c", "mods.test/d"])
    program("none", [])
    program("fork", ["mods.test/a"], "replace mods.test/a => fork.test/a v1.0.1")
    program("local", ["mods.test/a", "mods.test/c"], "replace mods.test/a => ./a")
    (root / "local" / "a").mkdir()
    (root / "local" / "a" / "go.mod").write_text(go_mod("mods.test/a"))
    (root / "local" / "a" / "f.go").write_text(function("a"))
    program("many", [f"mods.test/m{number}" for number in range(MANY)])
    return root


PROGRAMS = [
    # directory, arguments of `go build`, further variables
    ("plain", [], {}),
    ("plain", ["-ldflags=-s -w"], {}),
    ("plain", ["-trimpath"], {}),
    ("plain", ["-ldflags=-s -w -buildid="], {"GOARCH": "arm64"}),
    ("plain", ["-tags=x"], {"GOAMD64": "v3"}),
    ("plain", ["main.go"], {}),
    ("none", [], {}),
    ("none", ["-trimpath", "-ldflags=-s"], {}),
    ("none", ["main.go"], {}),
    ("fork", [], {}),
    ("fork", ["-ldflags=-s -w"], {}),
    ("local", [], {}),
    ("local", ["-trimpath"], {}),
    ("many", [], {}),
    ("many", ["-ldflags=-s -w"], {}),
]


@pytest.mark.parametrize(("name", "arguments", "variables"), PROGRAMS)
def test_all_modules_of_go_version(
    sources: Path, tmp_path: Path, name: str, arguments: List[str], variables: Dict[str, str]
) -> None:
    go, built = require("go"), tmp_path / "program"
    env = {**os.environ, **ENV, "GOPROXY": f"file://{sources / 'proxy'}", "GOMODCACHE": str(sources / "cache"), **variables}
    subprocess.run([go, "build", "-buildvcs=false", "-o", built, *arguments], cwd=sources / name, env=env, check=True)
    listed = subprocess.run([go, "version", "-m", built], stdout=subprocess.PIPE, check=True, text=True).stdout
    parts = parts_of(read_facts(memoryview(built.read_bytes())).program)
    found = {each.purl for each in parts.components}
    assert found == wanted(listed)
    assert parts.known == COMPLETE


def wanted(listed: str) -> Set[str]:
    """The package URLs of what `go version -m` lists; a module that a directory replaces has its own path."""
    first, *lines = listed.splitlines()
    found = {purl("golang", "stdlib", first.rpartition("go")[2].split()[0])}
    last = ""
    for line in lines:
        kind, path, *rest = (*line.split("\t")[1:], "", "")
        version = "" if not rest or rest[0] == "(devel)" else rest[0]
        if kind in ("mod", "dep"):
            last = purl("golang", path, version)
            found.add(last)
        elif kind == "=>":
            found.discard(last)
            original = last.partition("@")[0]
            found.add(original if path.startswith(".") else purl("golang", path, version))
        elif kind == "path" and path == "command-line-arguments":
            found.add(purl("golang", path))
    return found
