"""Programs of Pants' own `go_binary`, which do not name their modules: a bill of materials has those that are linked."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Dict, Iterator

import pytest

from tests.support.go_proxy import write_module
from tests.support.repository import Repository, users_repository
from tests.support.tools import require

GO_ENV = {"GOSUMDB": "off", "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local"}
MAIN = """package main

import (
	"example.test/app/internal/own"
	"mods.test/constant"
	"mods.test/direct/sub"
	"mods.test/dotted.mod"
	"mods.test/replaced"
)

func main() { println(own.F(), sub.F(), dotted.F(), replaced.F(), constant.C) }
"""
GO_MOD = """module example.test/app

go 1.21

require (
	mods.test/constant v0.1.0
	mods.test/direct v1.0.0
	mods.test/dotted.mod v1.3.4
	mods.test/replaced v1.0.0
	mods.test/unused v1.0.0
)

require mods.test/indirect v0.0.0-20240102030405-abcdefabcdef // indirect

replace mods.test/replaced => mods.test/replaced v1.1.0
"""
BUILD = """
go_mod(name="mod")
go_package(name="pkg")
go_binary(name="bin")
scratch_image(name="image", binary=":bin", sbom=["cyclonedx", "spdx"])
scratch_image(name="plain", binary=":bin")
"""
LINKED = {
    "mods.test/direct": "v1.0.0",
    "mods.test/dotted.mod": "v1.3.4",
    "mods.test/indirect": "v0.0.0-20240102030405-abcdefabcdef",
    "mods.test/replaced": "v1.1.0",
}


# `newer` requires `indirect` in a version of its own, which go.mod does not know: Go selects the newer one.
STALE = """module example.test/stale

go 1.21

require (
	mods.test/indirect v0.0.0-20240102030405-abcdefabcdef
	mods.test/newer v1.0.0
)
"""
STALE_MAIN = (
    MAIN.partition("import")[0]
    + """
import (
	"mods.test/indirect"
	"mods.test/newer"
)

func main() { println(indirect.F(), newer.F()) }
"""
)


def write_proxy(proxy: Path) -> str:
    """The modules, and their lines in go.sum."""

    def go_mod(path: str, *require: str) -> str:
        return f"module {path}\n\ngo 1.21\n" + "".join(f"\nrequire {each}\n" for each in require)

    def function(package: str, body: str = "return 1", imports: str = "") -> str:
        # The compiler would inline a function that is as small as this, and still name it.
        return f"package {package}\n{imports}\n//go:noinline\nfunc F() int {{ {body} }}\n"

    indirect = "mods.test/indirect v0.0.0-20240102030405-abcdefabcdef"
    sub = function("sub", "return indirect.F()", 'import "mods.test/indirect"\n')
    modules = (
        ("mods.test/constant", "v0.1.0", {"c.go": "package constant\n\nconst C = 1\n"}),
        (
            "mods.test/direct",
            "v1.0.0",
            {"go.mod": go_mod("mods.test/direct", indirect), "sub/s.go": sub, "d.go": "package direct\n"},
        ),
        ("mods.test/dotted.mod", "v1.3.4", {"f.go": function("dotted")}),
        (*indirect.split(), {"f.go": function("indirect")}),
        ("mods.test/indirect", "v0.2.0", {"f.go": function("indirect", "return 2")}),
        (
            "mods.test/newer",
            "v1.0.0",
            {
                "go.mod": go_mod("mods.test/newer", "mods.test/indirect v0.2.0"),
                "f.go": function("newer", "return indirect.F()", 'import "mods.test/indirect"\n'),
            },
        ),
        ("mods.test/replaced", "v1.1.0", {"f.go": function("replaced")}),
        ("mods.test/unused", "v1.0.0", {"f.go": function("unused")}),
    )
    return "".join(
        write_module(proxy, path, version, {"go.mod": go_mod(path), **files})  # type: ignore[dict-item]
        for path, version, files in modules
    )


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("proxy")


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory, proxy: Path) -> Iterator[Repository]:
    require("go")
    copy = users_repository(tmp_path_factory.mktemp("users") / "repository", "pants-plugins/scratch_image")
    variables = [f"GOPROXY=file://{proxy}", *(f"{name}={value}" for name, value in GO_ENV.items())]
    copy.configure(
        GLOBAL={
            "pants_version": "2.17.1",
            "pythonpath": ["%(buildroot)s/pants-plugins"],
            "backend_packages": {"add": ["scratch_image", "pants.backend.experimental.go"]},
        },
        golang={
            "minimum_expected_version": "1.21",
            "cgo_enabled": False,
            "external_linker_binary_name": "true",
            "subprocess_env_vars": [*variables, "PATH", "PWD=/proc/self/cwd"],
        },
    )
    copy.write("app/BUILD", BUILD)
    copy.write("app/main.go", MAIN)
    copy.write("app/go.mod", GO_MOD)
    sums = write_proxy(proxy)
    copy.write("app/go.sum", sums)
    for name, text in (("BUILD", BUILD), ("main.go", STALE_MAIN), ("go.mod", STALE), ("go.sum", sums)):
        copy.write(f"stale/{name}", text)
    copy.write("app/internal/own/own.go", "package own\n\n//go:noinline\nfunc F() int { return 1 }\n")
    copy.write("app/internal/own/BUILD", "go_package()\n")
    yield copy
    copy.close()


def modules_in(document: Dict[str, object]) -> Dict[str, str]:
    components = document["components"]
    assert isinstance(components, list)
    return {each["name"]: each.get("version", "") for each in components if each.get("purl", "").startswith("pkg:golang/")}


def test_the_modules_that_are_linked(theirs: Repository) -> None:
    theirs.ok("--no-pantsd", "package", "app:image", "app:plain")
    directory = theirs.image("app/image").parent
    document = json.loads((directory / "sbom" / "linux-amd64.cdx.json").read_bytes())
    found = modules_in(document)
    assert found.pop("stdlib").startswith("go1.")
    assert found == {"example.test/app": "", **LINKED}
    assert [each["aggregate"] for each in document["compositions"]] == ["complete"]
    digests = [
        json.loads((theirs.image(f"app/{name}").parent / "image.json").read_bytes())["root"] for name in ("image", "plain")
    ]
    assert digests[0] == digests[1]
    theirs.ok("--no-pantsd", "validate-images", "app:image", "app:plain")


def test_what_go_selects_precedes_what_go_mod_says(theirs: Repository) -> None:
    """The paths of the source files have the version that was compiled."""
    theirs.ok("--no-pantsd", "package", "stale:image")
    directory = theirs.image("stale/image").parent
    document = json.loads((directory / "sbom" / "linux-amd64.cdx.json").read_bytes())
    found = modules_in(document)
    assert {path: found[path] for path in found if path.startswith("mods.test/")} == {
        "mods.test/indirect": "v0.2.0",
        "mods.test/newer": "v1.0.0",
    }
    assert [each["aggregate"] for each in document["compositions"]] == ["complete"]
    theirs.ok("--no-pantsd", "validate-images", "stale:image")


def test_they_are_those_of_go_list(theirs: Repository, proxy: Path, tmp_path: Path) -> None:
    """But for a module of which nothing is in the program: a constant is not linked."""
    env = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "GOPROXY": f"file://{proxy}", **GO_ENV}
    command = ["go", "list", "-mod=mod", "-modcacherw", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", "."]
    listed = set(subprocess.check_output(command, cwd=theirs.root / "app", env=env, text=True).split())
    assert listed == {"example.test/app", "mods.test/constant", *LINKED}
