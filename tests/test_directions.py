"""Pins down the direction of imports: what may import what; and two rules that Pants has for the modules of a backend.

A module without a place in ALLOWED fails, so that a new room is placed when it is made.
"""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
import sysconfig

import pytest

from tests.support.modules import CRYPTOGRAPHY, MODULES, PACKAGE, ROOT, imports, imports_of

# What a room, or a module of one, may import: rooms and modules of ours, and the packages of others beside the standard
# library. The longest name that fits a module counts.
PURE = {
    "oci": "oci",
    "layout": "layout oci zstandard",
    # The facts process runs this room: a change of another one does not run it again.
    "binary": "binary",
    "binary.platform": "binary oci",
    "assembler": "assembler oci",
    "assembler.compressors": "oci deflate zstandard",
    "certificates": "certificates oci",
    "certificates.certificate": "certificates cryptography",
    # Both sides import it, and the rules have no libraries.
    "certificates.facts": "oci",
    "certificates.count": "",
    "runtime_files": "runtime_files oci",
    "attest": "attest binary.facts binary.go oci runtime_files.catalog",
    "attest.fields": "attest image oci",
    "image": "image oci runtime_files",
    "root": "image layout.tree oci root runtime_files",
    "checks": "binary certificates.facts checks image layout.tree oci root runtime_files",
    "report": "assembler attest.attachments attest.modules binary certificates.facts oci report",
    "validate": (
        "assembler.compressors attest binary certificates.der certificates.pem checks.table layout oci runtime_files "
        "validate zstandard"
    ),
    "structure": "layout oci structure",
    "structure.commands": "layout.tree oci.numbers run structure",
    "structure.run_main": "oci run structure",
    "structure.growth": "image structure",
    "structure.run_spec": "image oci structure.runs",
    "structure.spec": "image layout oci structure",
    "structure.size": "",
    "compare": "binary certificates.pem compare layout oci",
    "compare.remote": "compare layout oci registry",
    # Both sides import it.
    "compare.asked": "oci registry.plan",
    "compare.held": "compare oci registry",
    "compare.images": "compare layout oci registry",
    "run": "layout oci run",
    # What `cryptography` does is in `sign.keys` and `sign.secretbox`.
    "sign": "layout oci sign",
    "sign.keys": "cryptography sign",
    "sign.secretbox": "cryptography",
    "registry": "oci registry",
    "registry.artifact": "layout oci registry",
    "registry.attach": "layout oci registry sign.payloads",
    "registry.layout": "layout oci registry",
    "registry.signer": "layout oci registry sign",
    "registry.transport": "oci.numbers registry urllib3",
    # Both sides import it.
    "registry.plan": "oci",
    "registry.pull": "layout oci registry",
    "registry.remote_store": "layout oci registry",
    "registry.verify_command": "layout oci registry sign",
    "worker": "worker",
    "cli": "compare oci.output registry.verify_command run sign validate",
}
ALLOWED = {
    **PURE,
    # What is asked of Pants, and what it may be told; they know nothing of images.
    "engine": "engine pants",
    "targets": "engine.quirks pants targets",
    "rules": (
        "assembler.archive_plan assembler.plan attest binary.blame binary.evidence binary.facts "
        "certificates.count certificates.facts checks compare.asked compare.bill compare.budget compare.output compare.page "
        "compare.show_sizes compare.shown compare.sizes compare.verdicts "
        "engine image oci pants registry.plan report root rules runtime_files structure targets worker.peer"
    ),
    "goals": "engine pants rules targets",
    "register": "engine.installation goals pants rules targets",
}
# Of the graph whose nodes are the rooms and the loose files of the package: what one can keep in mind.
MOST_NODES, MOST_LEVELS, MOST_EDGES = 24, 8, 81


@pytest.mark.parametrize(
    "source, want",
    [
        ("import pants.engine.rules", {"pants.engine.rules"}),
        ("from pants.engine.rules import Get", {"pants.engine.rules"}),
        ("from scratch_image.engine import fs", {"scratch_image.engine.fs"}),
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
        "oci.tar binary.__main__ assembler.__main__ certificates.__main__ engine.fs register rules.layer goals.package"
    )
    expected += " checks.judge registry.__main__ run.container runtime_files.catalog structure.__main__ validate.__main__"
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


def names_imported(source):
    nodes = (node for node in ast.walk(ast.parse(source)) if isinstance(node, (ast.Import, ast.ImportFrom)))
    return {alias.name for node in nodes for alias in node.names}


def room_of(module):
    """The room or loose file that a module of ours is in; empty for the package itself."""
    return module[len(PACKAGE) + 1 :].partition(".")[0]


def graph():
    """Room or loose file → those that it imports."""
    edges = {room_of(module): set() for module in MODULES if module != PACKAGE}
    for module in MODULES:
        others = {room_of(imported) for imported in imports_of(module) if fits(imported, PACKAGE)} - {room_of(module), ""}
        edges.setdefault(room_of(module), set()).update(others)
    return {node: others for node, others in edges.items() if node}


def levels(edges):
    """The number of nodes in the longest chain. Raises ValueError for a cycle."""
    height = {}
    while len(height) < len(edges):
        ready = [node for node in edges if node not in height and edges[node] <= set(height)]
        if not ready:
            raise ValueError(f"there is a cycle among {', '.join(sorted(set(edges) - set(height)))}")
        height.update({node: 1 + max((height[other] for other in edges[node]), default=0) for node in ready})
    return max(height.values())


def test_the_counter_of_levels():
    assert levels({"a": {"b", "c"}, "b": {"c"}, "c": set(), "d": set()}) == 3
    with pytest.raises(ValueError, match="a, b"):
        levels({"a": {"b"}, "b": {"a"}, "c": set()})


def test_the_rooms_are_few_and_their_graph_is_simple():
    edges = graph()
    assert len(edges) <= MOST_NODES
    assert sum(map(len, edges.values())) <= MOST_EDGES
    assert levels(edges) <= MOST_LEVELS


REQUESTS = {"Effect", "Get", "MultiGet"}


def is_caller(node):
    """Whether a node is a coroutine that does nothing but ask the engine: assignments, and what it returns."""
    if not isinstance(node, ast.AsyncFunctionDef) or node.decorator_list:
        return False
    *before, last = [statement for statement in node.body if not isinstance(statement, ast.Expr)]
    return isinstance(last, ast.Return) and all(isinstance(statement, ast.Assign) for statement in before)


def top_level(source):
    """The statements at the top of a module, with those of both spellings of its callers in their place."""
    for node in ast.parse(source).body:
        is_spelled = isinstance(node, ast.If) and getattr(node.test, "id", "") == "BY_NAME"
        yield from (*node.body, *node.orelse) if is_spelled else (node,)


def asking(source):
    """The names of the engine's requests that are used outside of typed callers at the top of a module."""
    nodes = [node for top in top_level(source) if not is_caller(top) for node in ast.walk(top)]
    return {getattr(node, "id", getattr(node, "attr", None)) for node in nodes} & REQUESTS


@pytest.mark.parametrize(
    "source, want",
    [
        ("from pants.engine.rules import Get", set()),
        ('async def a(x):\n    """Says."""\n    return await Get(A, X, x)', set()),
        ("async def a(x):\n    y = await b()\n    return await MultiGet(Get(A, X, x) for x in y)", set()),
        ("if BY_NAME:\n    pass\nelse:\n    async def a(x):\n        return await Get(A, X, x)", set()),
        ("if SOMETHING:\n    async def a(x):\n        return await Get(A, X, x)", {"Get"}),
        ("async def a(x):\n    if x:\n        return await Get(A, X, x)\n    return 1", {"Get"}),
        ("@rule\nasync def a(x):\n    return await rules.Get(A, X, x)", {"Get"}),
        ("class C:\n    async def a(x):\n        return await Effect(A, X, x)", {"Effect"}),
    ],
)
def test_the_reader_of_requests(source, want):
    assert asking(source) == want


@pytest.mark.parametrize("module", [module for module in MODULES if not fits(module, f"{PACKAGE}.engine")])
def test_only_engine_and_typed_callers_of_rules_ask_the_engine(module):
    source = MODULES[module].read_text(encoding="utf-8")
    if not fits(module, f"{PACKAGE}.rules"):
        assert not REQUESTS & names_imported(source)
    assert not asking(source)


def import_without_pants(*modules):
    script = "import importlib, sys; sys.modules['pants'] = None; [importlib.import_module(name) for name in sys.argv[1:]]"
    environment = {"PYTHONPATH": str(ROOT.parent)}
    return subprocess.run([sys.executable, "-c", script, *modules], env=environment, stderr=subprocess.PIPE)


def test_pure_modules_work_where_pants_is_not():
    pure = [module for module in MODULES if place_of(module) in PURE]
    if not CRYPTOGRAPHY:
        without = ("certificates", "certificates.certificate", "sign", "sign.keys", "sign.secretbox")
        pure = [module for module in pure if place_of(module) not in without]
    result = import_without_pants(*pure)
    assert result.returncode == 0, result.stderr.decode()
    assert b"pants" in import_without_pants(f"{PACKAGE}.engine.fs").stderr, "pants was not blocked"


def called_too_early(source):
    """Coroutines of a module that a function above them calls. The reader of rules of Pants 2.17 knows only those that are
    there when it reads, and says nothing: the engine fails when the call is reached."""
    functions = [node for node in top_level(source) if isinstance(node, ast.AsyncFunctionDef)]
    later, found = {function.name for function in functions}, set()
    for function in functions:
        later.discard(function.name)
        names = {
            node.func.id for node in ast.walk(function) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        found |= names & later
    return found


@pytest.mark.parametrize(
    "source, want",
    [
        ("async def a(): pass\nasync def b(): await a()", set()),
        ("async def b(): await a()\nasync def a(): pass", {"a"}),
        ("async def b():\n    for x in y:\n        return c(await a())\nasync def a(): pass", {"a"}),
        ("async def b(): f()\ndef f(): pass", set()),
    ],
)
def test_the_reader_of_calls(source, want):
    assert called_too_early(source) == want


@pytest.mark.parametrize("module", [module for module in MODULES if fits(module, f"{PACKAGE}.rules") or ".goals." in module])
def test_a_coroutine_stands_above_those_that_call_it(module):
    assert not called_too_early(MODULES[module].read_text(encoding="utf-8"))
