"""A typed caller is the same function in both of its spellings, by name and by type; only one of them runs on a Pants."""

from __future__ import annotations

import ast
import sys
from typing import List, Optional, Tuple

import pants.engine.rules
import pytest

from tests.support.modules import MODULES, ROOT
from tests.support.spellings import spellings

SPELLED = {name: found for name, path in MODULES.items() if (found := spellings(path.read_text(encoding="utf-8")))}


@pytest.mark.parametrize(
    "by_name, by_type, same",
    [
        ("async def a(x: int) -> str: return await b(x)", "async def a(x: int) -> str: return await Get(str, int, x)", True),
        ("async def a(x: int) -> str: ...", "async def a(y: int) -> str: ...", False),
        ("async def a(x: int) -> str: ...", "async def a(x: bool) -> str: ...", False),
        ("async def a(x: int) -> str: ...", "async def a(x: int) -> bytes: ...", False),
        ("async def a(x: int = 1) -> str: ...", "async def a(x: int = 2) -> str: ...", False),
        ("async def a() -> str: ...", "def a() -> str: ...", False),
        ("async def a() -> str: ...\nasync def b() -> str: ...", "async def a() -> str: ...", False),
        ("import x\nA = 1", "from y import z\nA = 1", True),
        ("A = 1", "pass", False),
    ],
)
def test_the_reader_of_spellings(by_name: str, by_type: str, same: bool) -> None:
    indented = ["".join(f"    {line}\n" for line in branch.splitlines()) for branch in (by_name, by_type)]
    ((first, second),) = spellings(f"if BY_NAME:\n{indented[0]}else:\n{indented[1]}")
    assert (first == second) is same


def test_all_rooms_with_callers_are_here() -> None:
    assert {"scratch_image.engine.fs", "scratch_image.rules.layer", "scratch_image.rules.facts"} <= set(SPELLED)


@pytest.mark.parametrize("module", SPELLED)
def test_both_spellings_of_a_caller_have_one_signature(module: str) -> None:
    for by_name, by_type in SPELLED[module]:
        assert by_name == by_type


def test_the_stub_has_what_is_called_by_name() -> None:
    """mypy reads the stub instead of the module: what only one of them has would not be checked."""
    stub = ast.parse((ROOT / "engine" / "by_name.pyi").read_text(encoding="utf-8"))
    defined = {node.name for node in stub.body if isinstance(node, (ast.AsyncFunctionDef, ast.FunctionDef, ast.ClassDef))}
    module = ast.parse((ROOT / "engine" / "by_name.py").read_text(encoding="utf-8"))
    imports = (node for node in ast.walk(module) if isinstance(node, ast.ImportFrom) and node.module != "__future__")
    imported = {alias.asname or alias.name for node in imports for alias in node.names}
    assert defined - {"ResolveConfig"} == imported


class _Without:
    """An import hook by which modules are not there."""

    def __init__(self, *modules: str) -> None:
        self.modules = modules

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name in self.modules:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def _chosen(monkeypatch: pytest.MonkeyPatch, without: Tuple[str, ...]) -> Optional[bool]:
    for module in [*without, "scratch_image.engine.by_name", "scratch_image.engine.spelling"]:
        monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.delattr("scratch_image.engine.by_name", raising=False)
    finders: List[object] = [_Without(*without), *sys.meta_path]
    monkeypatch.setattr(sys, "meta_path", finders)
    from scratch_image.engine.spelling import BY_NAME

    return BY_NAME


def test_by_type_where_one_rule_cannot_be_called_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pants.engine.rules, "Get", object, raising=False)
    assert _chosen(monkeypatch, ("pants.core.util_rules.env_vars",)) is False


def test_where_neither_works_the_missing_rule_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(pants.engine.rules, "Get", raising=False)
    with pytest.raises(ImportError) as caught:
        _chosen(monkeypatch, ("pants.core.environments.rules",))
    assert (caught.value.name or "").startswith("pants.")
