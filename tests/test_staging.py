"""Pins down that a process is staged exactly what it imports, and runs with that alone."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scratch_image.assembler.plan import LayerFacts, LayerPlan
from scratch_image.binary.facts import BinaryFacts
from scratch_image.binary.read import read_facts
from scratch_image.certificates.facts import BundleFacts
from scratch_image.oci.compression import Compression
from scratch_image.oci.tar import FileEntry
from scratch_image.structure.expectations import Expectations
from tests.support.layouts import layout
from tests.support.modules import CRYPTOGRAPHY, MODULES, PACKAGE, ROOT, imports_of
from tests.support.packages import write_package
from tests.support.programs import elf


def rule_of(name):
    """(files that a rule stages, main module of its process), read without importing the rule."""
    tree = ast.parse((ROOT / "rules" / name).read_text(encoding="utf-8"))
    (assigned,) = [
        node.value for node in tree.body if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "_SOURCES"
    ]
    strings = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    (main,) = [string for string in strings if string.startswith(PACKAGE) and re.search(r"\.\w*main\w*$", string)]
    return eval(compile(ast.Expression(assigned), name, "eval")), main


def closure(main):
    """The files below the package that importing a module loads, directly and indirectly."""
    found, waiting = set(), [main]
    while waiting:
        module = waiting.pop()
        # Importing a.b.c runs the packages a and a.b as well.
        above = [module.rsplit(".", up)[0] for up in range(1, module.count(".") + 1)]
        new = {name for name in (module, *above) if name in MODULES} - found
        found |= new
        waiting.extend(imported for name in new for imported in imports_of(name))
    return sorted(str(MODULES[name].relative_to(ROOT)) for name in found)


ROOMS = [
    ("archive.py", {"assembler", "oci"}),
    ("layer.py", {"assembler", "oci"}),
    ("validator.py", {"binary", "layout", "oci", "validate"}),
    ("facts.py", {"binary"}),
    ("certificates.py", {"certificates", "oci"}),
    ("publisher.py", {"oci", "registry"}),
    ("structure.py", {"layout", "oci", "report", "structure"}),
]


def test_every_rule_that_stages_sources_is_in_rooms():
    staging = {path.name for path in (ROOT / "rules").glob("*.py") if "\n_SOURCES = " in path.read_text(encoding="utf-8")}
    assert staging == {rule for rule, _ in ROOMS}


@pytest.mark.parametrize("rule, rooms", ROOMS)
def test_a_process_is_staged_exactly_what_it_imports(rule, rooms):
    """A missing file breaks the process; one too many runs it again for a change that means nothing to it."""
    sources, main = rule_of(rule)
    assert sorted(sources) == closure(main)
    assert {Path(source).parts[0] for source in sources} == {"__init__.py", *rooms}


def start_staged(rule, directory, *arguments):
    """The process as the rule starts it, with the files that the rule stages and nothing else."""
    sources, main = rule_of(rule)
    for name in sources:
        target = directory / "sources" / PACKAGE / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(str(ROOT / name), str(target))
    shutil.copy(str(ROOT / "run_module.py"), str(directory / "sources"))
    command = [sys.executable, "-ISB", "sources/run_module.py", main, *arguments]
    return subprocess.run(command, cwd=directory, env={}, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def run_staged(rule, directory, *arguments):
    result = start_staged(rule, directory, *arguments)
    assert result.returncode == 0, result.stderr.decode()
    return result.stdout


def test_the_staged_facts_process_runs(tmp_path):
    (tmp_path / "binary").write_bytes(b"#!/bin/sh\n")
    assert BinaryFacts.from_json(run_staged("facts.py", tmp_path, "binary")) == BinaryFacts(script="/bin/sh")


def test_the_staged_facts_process_reads_a_program(tmp_path):
    """Only a program brings all of its code to run."""
    (tmp_path / "binary").write_bytes(elf())
    assert BinaryFacts.from_json(run_staged("facts.py", tmp_path, "binary")) == read_facts(memoryview(elf()))


def test_the_staged_layer_process_runs(tmp_path):
    """Without compression: the libraries are the only thing that is not here."""
    (tmp_path / "content").write_bytes(b"hello")
    plan = LayerPlan((FileEntry("app", "content", 5, 0o755),), Compression.parse("none"))
    (tmp_path / "plan.json").write_bytes(plan.to_json())
    facts = LayerFacts.from_json(run_staged("layer.py", tmp_path, "plan.json", "1"))
    assert (tmp_path / facts.digest.blob_path).stat().st_size == facts.size == 10240


def test_the_staged_structure_process_runs(tmp_path):
    write_package(layout(compression="none"), tmp_path / "image")
    for path, status in (("/etc", 0), ("/app", 1)):
        (tmp_path / "expectations.json").write_bytes(Expectations("src:image", absent=(path,)).to_json())
        result = start_staged("structure.py", tmp_path, "expectations.json", "image")
        assert (result.returncode, result.stderr) == (status, b"")
        assert result.stdout.startswith(b"src:image")


@pytest.mark.parametrize("rule", ["facts.py", "layer.py"])
def test_what_runs_for_every_image_starts_without_heavy_modules(rule):
    """dataclasses brings inspect with it, ast, dis and tokenize: a quarter of a process' start (docs/performance.md)."""
    _, main = rule_of(rule)
    script = "import importlib, sys; importlib.import_module(sys.argv[1]); print(*sys.modules)"
    command = [sys.executable, "-Sc", script, main]
    loaded = subprocess.run(command, env={"PYTHONPATH": str(ROOT.parent)}, stdout=subprocess.PIPE, check=True).stdout.split()
    assert main.encode() in loaded
    assert not {b"dataclasses", b"inspect", b"ast", b"asyncio", b"concurrent.futures", b"subprocess"} & set(loaded)


@pytest.mark.skipif(not CRYPTOGRAPHY, reason="the library that reads certificates is not here")
def test_the_staged_certificates_process_runs(tmp_path):
    (tmp_path / "libraries").mkdir()
    (tmp_path / "libraries" / "all").symlink_to(Path(CRYPTOGRAPHY.origin).parent.parent, target_is_directory=True)
    (tmp_path / "user.pem").write_bytes(b"no certificate\n")
    facts = BundleFacts.from_json(run_staged("certificates.py", tmp_path, "-", "src/roots.pem", "user.pem"))
    (mistake,) = facts.mistakes
    assert mistake.startswith("src/roots.pem: ") and not (tmp_path / "bundle.pem").exists()


def test_the_staged_certificates_process_says_that_its_library_is_missing(tmp_path):
    """A module that can not be loaded stands in its place, whether or not the library is here."""
    library = tmp_path / "libraries" / "cryptography"
    (library / "cryptography").mkdir(parents=True)
    (library / "cryptography" / "__init__.py").write_text("raise ImportError('of another platform')\n")
    result = start_staged("certificates.py", tmp_path, "-")
    assert (result.returncode, result.stdout) == (1, b"")
    assert result.stderr == b"the library that reads certificates cannot be loaded: of another platform\n"
