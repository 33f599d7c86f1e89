"""Pins down what each process is sent, and that it runs with that alone."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from scratch_image.assembler.plan import LayerFacts, LayerPlan
from scratch_image.binary.blame import blame
from scratch_image.binary.blame import from_json as parts_of
from scratch_image.binary.facts import BinaryFacts
from scratch_image.binary.read import read_facts
from scratch_image.certificates.facts import BundleFacts
from scratch_image.compare.sizes import from_json as sizes_of
from scratch_image.engine.tool import FIRST, Tool
from scratch_image.oci.compression import Compression
from scratch_image.oci.tar import FileEntry
from scratch_image.structure.expectations import Expectations
from tests.support.layouts import layout, write
from tests.support.modules import CRYPTOGRAPHY, ROOT
from tests.support.packages import write_package
from tests.support.programs import elf
from tests.support.staged import stage


def tools():
    """Name of a module in rules/ → the tool of its process, read without importing the module."""
    found = {}
    for path in (ROOT / "rules").glob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            name = getattr(node.targets[0], "id", "") if isinstance(node, ast.Assign) else ""
            if isinstance(node, ast.Assign) and name in ("TOOL", "PROBE", "SIGNING_TOOL"):
                found[path.stem if name == "TOOL" else name.lower()] = eval(
                    compile(ast.Expression(node.value), str(path), "eval"), {"Tool": Tool}
                )
    return found


TOOLS = tools()
# Rule → the rooms of what its process is sent, and the room that has the process's libraries.
ROOMS = {
    "blame": ({"binary"}, None),
    "archive": ({"assembler", "oci"}, None),
    "certificates": ({"certificates", "oci"}, "certificates"),
    "comparer": ({"binary", "certificates", "compare", "layout", "oci", "registry"}, "registry"),
    "facts": ({"binary"}, None),
    "known_contents": ({"certificates"}, None),
    "layer": ({"assembler", "oci"}, "assembler"),
    "publisher": ({"layout", "oci", "registry", "sign"}, "registry"),
    "probe": ({"oci", "run"}, None),
    "runner": ({"layout", "oci", "run"}, "assembler"),
    "runs": ({"layout", "oci", "run", "structure"}, "assembler"),
    "signing_tool": ({"layout", "oci", "registry", "sign"}, "registry"),
    "sizes": ({"compare", "layout", "oci"}, "assembler"),
    "structure": ({"layout", "oci", "structure"}, "assembler"),
    "validator": (
        {"assembler", "attest", "binary", "certificates", "checks", "layout", "oci", "runtime_files", "validate"},
        "assembler",
    ),
}


def test_every_process_has_its_rooms():
    """What is in another room does not run it again."""
    sent = {rule: {Path(path).parts[0] for path in tool.files} - {"__init__.py"} for rule, tool in TOOLS.items()}
    assert {rule: (sent[rule], tool.libraries) for rule, tool in TOOLS.items()} == ROOMS


def test_all_processes_share_the_first_file_and_the_worker():
    """A change of either runs every process again, so nothing else is with them."""
    assert {Path(path).parts[0] for path in FIRST.files} == {"__init__.py", "worker"}


@pytest.mark.parametrize("rule", ROOMS)
def test_a_process_is_sent_its_main_module_and_no_glue(rule):
    tool = TOOLS[rule]
    assert f"{tool.main.partition('.')[2].replace('.', '/')}.py" in tool.files
    for room in filter(None, (tool.libraries, tool.more_libraries)):
        assert (ROOT / room / "requirements.txt").is_file()
    assert not any(Path(path).parts[0] in ("engine", "goals", "rules", "targets") for path in tool.files)


def start_staged(rule, directory, *arguments):
    """The process as the rule starts it, with the files that it is sent and nothing else."""
    tool = TOOLS[rule]
    stage(tool, directory)
    command = tool.command(sys.executable, arguments)
    return subprocess.run(command, cwd=directory, env={}, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def run_staged(rule, directory, *arguments):
    result = start_staged(rule, directory, *arguments)
    assert result.returncode == 0, result.stderr.decode()
    return result.stdout


def test_the_staged_facts_process_runs(tmp_path):
    (tmp_path / "binary").write_bytes(b"#!/bin/sh\n")
    assert BinaryFacts.from_json(run_staged("facts", tmp_path, "binary")) == BinaryFacts(script="/bin/sh")


def test_the_staged_facts_process_reads_a_program(tmp_path):
    """Only a program brings all of its code to run."""
    (tmp_path / "binary").write_bytes(elf())
    assert BinaryFacts.from_json(run_staged("facts", tmp_path, "binary")) == read_facts(memoryview(elf()))


def test_the_staged_blame_process_runs(tmp_path):
    (tmp_path / "binary").write_bytes(elf())
    assert parts_of(run_staged("blame", tmp_path, "binary")) == blame(memoryview(elf()))


def test_the_staged_measuring_process_runs(tmp_path):
    write(layout(compression="none"), tmp_path / "image")
    (image,) = sizes_of(run_staged("sizes", tmp_path, "image"))
    assert (image.files, image.unpacked) == ((("/app", len(elf())),), 10240)


def test_the_staged_layer_process_runs(tmp_path):
    """Without compression: the libraries are the only thing that is not here."""
    (tmp_path / "content").write_bytes(b"hello")
    plan = LayerPlan((FileEntry("app", "content", 5, 0o755),), Compression.parse("none"))
    (tmp_path / "plan.json").write_bytes(plan.to_json())
    facts = LayerFacts.from_json(run_staged("layer", tmp_path, "plan.json", "1"))
    assert (tmp_path / facts.digest.blob_path).stat().st_size == facts.size == 10240


def test_the_staged_structure_process_runs(tmp_path):
    write_package(layout(compression="none"), tmp_path / "image")
    for path, status in (("/etc", 0), ("/app", 1)):
        (tmp_path / "expectations.json").write_bytes(Expectations("src:image", absent=(path,)).to_json())
        result = start_staged("structure", tmp_path, "expectations.json", "image")
        assert (result.returncode, result.stderr) == (status, b"")
        assert result.stdout.startswith(b"src:image")


@pytest.mark.parametrize("rule", ["facts", "layer"])
def test_what_runs_for_every_image_starts_without_heavy_modules(rule):
    """dataclasses brings inspect with it, ast, dis and tokenize: a quarter of a process' start (docs/performance.md)."""
    main = TOOLS[rule].main
    script = "import importlib, sys; importlib.import_module(sys.argv[1]); print(*sys.modules)"
    command = [sys.executable, "-Sc", script, main]
    loaded = subprocess.run(command, env={"PYTHONPATH": str(ROOT.parent)}, stdout=subprocess.PIPE, check=True).stdout.split()
    assert main.encode() in loaded
    assert not {b"dataclasses", b"inspect", b"ast", b"asyncio", b"concurrent.futures", b"subprocess"} & set(loaded)


def test_only_the_process_that_signs_has_the_library_that_signs():
    more = {rule: tool.more_libraries for rule, tool in TOOLS.items() if tool.more_libraries}
    assert more == {"comparer": "assembler", "signing_tool": "certificates"}
    script = "import sys; sys.modules['cryptography'] = None; import scratch_image.registry.batch"
    subprocess.run([sys.executable, "-c", script], env={"PYTHONPATH": str(ROOT.parent)}, check=True)


@pytest.mark.skipif(not CRYPTOGRAPHY, reason="the library that reads certificates is not here")
def test_the_staged_certificates_process_runs(tmp_path):
    (tmp_path / "libraries").mkdir()
    (tmp_path / "libraries" / "all").symlink_to(Path(CRYPTOGRAPHY.origin).parent.parent, target_is_directory=True)
    (tmp_path / "user.pem").write_bytes(b"no certificate\n")
    facts = BundleFacts.from_json(run_staged("certificates", tmp_path, "-", "src/roots.pem", "user.pem"))
    (mistake,) = facts.mistakes
    assert mistake.startswith("src/roots.pem: ") and not (tmp_path / "bundle.pem").exists()


def test_the_staged_certificates_process_says_that_its_library_is_missing(tmp_path):
    """A module that cannot be loaded stands in its place, whether or not the library is here."""
    library = tmp_path / "libraries" / "cryptography"
    (library / "cryptography").mkdir(parents=True)
    (library / "cryptography" / "__init__.py").write_text("raise ImportError('of another platform')\n")
    result = start_staged("certificates", tmp_path, "-")
    assert (result.returncode, result.stdout) == (1, b"")
    assert result.stderr == b"the library that reads certificates cannot be loaded: of another platform\n"
