"""Pins down the direction of imports: what may import what, and that a process is staged exactly what it imports.

A module without a place in ALLOWED fails, so that a new room is placed when it is made.
"""

from __future__ import annotations

import ast
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import scratch_image
from scratch_image.assembler.plan import LayerFacts, LayerPlan
from scratch_image.binary.facts import BinaryFacts
from scratch_image.binary.read import read_facts
from scratch_image.certificates.facts import BundleFacts
from scratch_image.oci.compression import Compression
from scratch_image.oci.tar import FileEntry
from scratch_image.structure.expectations import Expectations
from tests.support.layouts import layout
from tests.support.packages import write_package
from tests.support.programs import elf

PACKAGE = "scratch_image"
ROOT = Path(scratch_image.__file__).parent
CRYPTOGRAPHY = importlib.util.find_spec("cryptography")


def _name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join((PACKAGE, *(part for part in parts if part != "__init__")))


MODULES = {_name(path): path for path in sorted(ROOT.rglob("*.py"))}

# What a module or a room (a directory) may import: rooms and modules of ours, and the packages of others beside the
# standard library. The longest name that fits a module counts.
PURE = {
    "oci": "oci",
    # The facts process runs this room: a change of another one does not run it again.
    "binary": "binary",
    "binary.platform": "binary oci",
    "assembler": "assembler oci",
    "assembler.compressors": "oci deflate zstandard",
    "certificates": "certificates oci",
    "certificates.certificate": "certificates cryptography",
    # Both sides import it, and the rules have no libraries.
    "certificates.facts": "oci",
    "runtime_files": "runtime_files oci",
    "contents": "contents oci",
    "field_reader": "oci",
    "templates": "oci",
    "archive": "archive oci",
    "image_names": "field_reader oci registries templates",
    "registries": "field_reader oci",
    "image_spec": "contents field_reader oci runtime_files templates",
    "image_contents": "contents field_reader image_spec oci runtime_files",
    "checks": "binary certificates.facts checks field_reader image_spec oci runtime_files",
    "validate": "binary oci validate zstandard",
    "structure": "oci structure validate",
    "registry": "oci registry",
    "registry.transport": "registry urllib3",
    # Both sides import it.
    "registry.plan": "oci",
    "structure_spec": "contents field_reader oci structure",
    "output_paths": "oci",
    "report": "assembler binary certificates.facts checks oci",
    "run_module": "",
}
VALUES = (
    "archive assembler binary certificates.facts checks contents field_reader image_contents image_names image_spec oci "
    "output_paths registries registry.plan report runtime_files structure structure_spec"
)
GLUE = f"pants {VALUES} engine field_sets fields requests structure_test_target subsystem target_types"
ALLOWED = {
    **PURE,
    "requests": "pants assembler binary certificates.facts contents image_names oci",
    "engine": "pants assembler binary oci requests",
    "fields": "pants fields",
    "target_types": "pants fields",
    "structure_test_target": "pants fields",
    "field_sets": "pants fields",
    "subsystem": "pants",
    "util_rules": f"{GLUE} util_rules",
    "goals": f"{GLUE} util_rules goals",
    "register": "pants goals util_rules structure_test_target target_types",
}


def imports(source, module):
    """Everything a module imports, at its top or inside functions, by its full name."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = module.split(".")[: -node.level] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            members = (f"{base}.{alias.name}" for alias in node.names)
            found.update(member if member in MODULES else base for member in members)
    return found


def imports_of(module):
    return imports(MODULES[module].read_text(encoding="utf-8"), module)


@pytest.mark.parametrize(
    "source, want",
    [
        ("import pants.engine.rules", {"pants.engine.rules"}),
        ("from pants.engine.rules import Get", {"pants.engine.rules"}),
        ("from scratch_image import engine", {"scratch_image.engine"}),
        ("from scratch_image.oci.digest import Digest", {"scratch_image.oci.digest"}),
        ("from . import elf", {"scratch_image.binary.elf"}),
        ("from ..oci import tar", {"scratch_image.oci.tar"}),
        ("def f():\n    import deflate", {"deflate"}),
    ],
)
def test_the_reader_of_imports(source, want):
    """Were it blind to one form, the tests below would see nothing and pass."""
    assert imports(source, "scratch_image.binary.facts") == want


def test_the_package_is_here_as_a_whole():
    expected = (
        "oci.tar binary.__main__ assembler.__main__ certificates.__main__ engine register util_rules.layer goals.package"
    )
    expected += " checks.judge registry.__main__ runtime_files.catalog structure.__main__ validate.__main__"
    assert {f"{PACKAGE}.{name}" for name in expected.split()} <= set(MODULES)


def fits(name, place):
    return name == place or name.startswith(f"{place}.")


def place_of(module):
    """The longest name in ALLOWED that a module of ours fits, or None."""
    name = module[len(PACKAGE) + 1 :]
    places = [place for place in ALLOWED if fits(name, place)]
    return max(places, key=len) if places else None


@pytest.mark.parametrize("module", [module for module in MODULES if module != PACKAGE])
def test_imports_go_in_one_direction(module):
    place = place_of(module)
    assert place is not None, f"{module} has no place in ALLOWED"
    allowed = ALLOWED[place].split()
    for imported in imports_of(module):
        if fits(imported, PACKAGE):
            name = imported[len(PACKAGE) + 1 :]
            assert any(fits(name, other) for other in allowed), f"{module} imports {imported}"
        else:
            top = imported.partition(".")[0]
            assert top in allowed or is_standard(top), f"{module} imports {imported}"


def is_standard(name):
    """Whether a package is the standard library's; `sys.stdlib_module_names` came with Python 3.10."""
    if name in sys.builtin_module_names:
        return True
    spec = importlib.util.find_spec(name)
    origin = (spec and spec.origin) or ""
    paths = [sysconfig.get_path(kind) for kind in ("stdlib", "platstdlib")]
    inside = any(os.path.realpath(origin).startswith(os.path.realpath(path) + os.sep) for path in paths)
    return origin == "frozen" or (inside and "-packages" not in origin)


@pytest.mark.parametrize("name, standard", [("os", True), ("zlib", True), ("sys", True), ("pytest", False), ("x.y", False)])
def test_the_reader_of_the_standard_library(name, standard):
    assert is_standard(name.partition(".")[0]) is standard


@pytest.mark.parametrize("module", [module for module in MODULES if module != f"{PACKAGE}.engine"])
def test_only_engine_asks_the_engine(module):
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        names = {getattr(node, "id", None), getattr(node, "attr", None), getattr(node, "name", None)}
        assert not names & {"Effect", "Get", "MultiGet"}, f"{module} uses {names & {'Effect', 'Get', 'MultiGet'}}"


def import_without_pants(*modules):
    script = "import importlib, sys; sys.modules['pants'] = None; [importlib.import_module(name) for name in sys.argv[1:]]"
    environment = {"PYTHONPATH": str(ROOT.parent)}
    return subprocess.run([sys.executable, "-c", script, *modules], env=environment, stderr=subprocess.PIPE)


def test_pure_modules_work_where_pants_is_not():
    pure = [module for module in MODULES if place_of(module) in PURE]
    if not CRYPTOGRAPHY:
        pure = [module for module in pure if place_of(module) not in ("certificates", "certificates.certificate")]
    result = import_without_pants(*pure)
    assert result.returncode == 0, result.stderr.decode()
    assert b"pants" in import_without_pants(f"{PACKAGE}.engine").stderr, "pants was not blocked"


def rule_of(name):
    """(files that a rule stages, main module of its process), read without importing the rule."""
    tree = ast.parse((ROOT / "util_rules" / name).read_text(encoding="utf-8"))
    (assigned,) = [
        node.value for node in tree.body if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "_SOURCES"
    ]
    strings = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    (main,) = [string for string in strings if string.startswith(PACKAGE) and string.endswith(".__main__")]
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
    ("archive.py", {"archive", "oci"}),
    ("layer.py", {"assembler", "oci"}),
    ("validator.py", {"binary", "oci", "validate"}),
    ("facts.py", {"binary"}),
    ("certificates.py", {"certificates", "oci"}),
    ("publisher.py", {"oci", "registry"}),
    ("structure.py", {"oci", "structure", "validate"}),
]


def test_every_rule_that_stages_sources_is_in_rooms():
    staging = {
        path.name for path in (ROOT / "util_rules").glob("*.py") if "\n_SOURCES = " in path.read_text(encoding="utf-8")
    }
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
    assert result.stderr == b"the library that reads certificates can not be loaded: of another platform\n"
