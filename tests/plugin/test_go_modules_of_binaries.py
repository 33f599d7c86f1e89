"""The modules of a `go_binary` whose program names none, with targets that stand for those of the Go backend."""

from __future__ import annotations

import json
from typing import Any, Dict

import pytest
from pants.core.target_types import FileSourceField
from pants.engine.fs import DigestContents
from pants.engine.target import COMMON_TARGET_FIELDS, MultipleSourcesField, StringField, Target

from tests.support.programs import ALLOC, CODE, NOTE, WRITE, Section, Segment, elf_file, go_build_info, go_names, note
from tests.support.rule_runner import build, image_runner

FUNCTIONS = [b"runtime.main", b"main.main", b"mods.test/a/sub.F", b"mods.test/dotted%2emod.F", b"example.test/m/own.F"]
GO_MOD = """module example.test/m
require (
	mods.test/a v1.0.0
	mods.test/dotted.mod v1.2.0
	mods.test/unused v1.0.0
)
"""
IMAGE = 'scratch_image(name="image", binary=":bin", allow=["SR050"], sbom=["cyclonedx", "spdx"])\n'


class MainField(StringField):
    alias = "main"


class ModuleFiles(MultipleSourcesField):
    default = ("go.mod", "go.sum")


class Binary(Target):
    alias = "go_binary"
    help = "A stand-in."
    core_fields = (*COMMON_TARGET_FIELDS, FileSourceField, MainField)


class Module(Target):
    alias = "go_mod"
    help = "A stand-in."
    core_fields = (*COMMON_TARGET_FIELDS, ModuleFiles)


def program(*functions: bytes) -> bytes:
    """As Pants links it: a version, and no module."""
    sections = (
        Section(".go.buildinfo", go_build_info(b"go1.21.5", b"", sentinels=False), ALLOC | WRITE),
        Section(".gopclntab", go_names([*FUNCTIONS, *functions]), ALLOC),
    )
    return elf_file(segments=(CODE, Segment(NOTE, note(b"Go", 4, b"id"))), sections=sections)


def packaged(files: Dict[str, str], build_file: str, content: bytes) -> Dict[str, Any]:
    """Name of a file beside the layout → what is in it."""
    runner = image_runner(targets=(Binary, Module))
    runner.write_files(files)
    built = build(runner, "app/cmd", build_file, program=content)
    contents = runner.request(DigestContents, [built.digest])
    return {file.path.rpartition("/")[2]: json.loads(file.content) for file in contents if file.path.endswith(".json")}


def golang(document: Dict[str, Any]) -> Dict[str, str]:
    found = (each for each in document["components"] if each.get("purl", "").startswith("pkg:golang/"))
    return {each["name"]: each.get("version", "") for each in found}


LINKED = {"example.test/m": "", "mods.test/a": "v1.0.0", "mods.test/dotted.mod": "v1.2.0", "stdlib": "go1.21.5"}
PLACES = [
    # the files of the module, and its BUILD file; the field `main`; reason
    ({"app/cmd/go.mod": GO_MOD, "app/cmd/go.sum": ""}, "go_mod(name='mod')\n", "", "beside the program"),
    ({"app/go.mod": GO_MOD, "app/BUILD": "go_mod(name='mod')"}, "", "", "above it"),
    ({"go.mod": GO_MOD, "BUILD": "go_mod(name='mod')"}, "", "", "at the root"),
    (
        {"other/go.mod": GO_MOD, "other/BUILD": "go_mod(name='mod')\nfile(name='pkg', source='go.mod')"},
        "",
        "//other:pkg",
        "the main package is elsewhere",
    ),
]


@pytest.mark.parametrize(("files", "module", "main", "reason"), PLACES, ids=[row[-1] for row in PLACES])
def test_the_modules_that_are_linked(files: Dict[str, str], module: str, main: str, reason: str) -> None:
    field = f", main={main!r}" if main else ""
    found = packaged(files, f'{module}go_binary(name="bin", source="hello"{field})\n{IMAGE}', program())
    assert golang(found["linux-amd64.cdx.json"]) == LINKED
    assert [each["aggregate"] for each in found["linux-amd64.cdx.json"]["compositions"]] == ["complete"]
    required = found["image.json"]["manifests"][0]["goModules"]["required"]
    assert [each["import"] for each in required] == ["mods.test/a", "mods.test/dotted.mod"]


UNKNOWN = [
    # the files of the module, the target of the program, further functions; what is listed, what is known, reason
    ({}, "go_binary", (), {"stdlib": "go1.21.5"}, "unknown", "no go_mod"),
    ({"app/go.mod": "", "app/BUILD": "go_mod()"}, "go_binary", (), {"stdlib": "go1.21.5"}, "unknown", "an empty go.mod"),
    ({"app/go.mod": GO_MOD, "app/BUILD": "go_mod()"}, "file", (), {"stdlib": "go1.21.5"}, "unknown", "another target"),
    (
        {"app/go.mod": GO_MOD, "app/BUILD": "go_mod()"},
        "go_binary",
        (b"other.test/x.F",),
        LINKED,
        "incomplete",
        "a package of no module",
    ),
]


@pytest.mark.parametrize(
    ("files", "alias", "functions", "listed", "known", "reason"), UNKNOWN, ids=[row[-1] for row in UNKNOWN]
)
def test_what_is_not_known_is_said(
    files: Dict[str, str], alias: str, functions: Any, listed: Dict[str, str], known: str, reason: str
) -> None:
    found = packaged(files, f'{alias}(name="bin", source="hello")\n{IMAGE}', program(*functions))
    assert golang(found["linux-amd64.cdx.json"]) == listed
    assert [each["aggregate"] for each in found["linux-amd64.cdx.json"]["compositions"]] == [known]
