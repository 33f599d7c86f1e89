"""Reads what modules of the backend import from Pants, on whichever version, and both spellings of typed callers."""

from __future__ import annotations

import ast
from typing import Callable, Dict, Iterable, Iterator, List, Set, Tuple

Name = Tuple[str, str]


def names_of_pants(source: str) -> Set[Name]:
    """Module and name of every import from Pants, in all branches."""
    return {name for node in ast.walk(ast.parse(source)) for name in _imported(node)}


def _imported(node: ast.AST) -> Iterator[Name]:
    if isinstance(node, ast.Import):
        assert not any(alias.name.partition(".")[0] == "pants" for alias in node.names), "write `from … import …`"
    if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "pants":
        yield from ((node.module or "", alias.name) for alias in node.names)


def missing(statements: Iterable[ast.AST], has: Callable[[Name], bool], by_name: bool) -> Set[Name]:
    """What cannot be imported where Pants has some names only: of `try … except ImportError`, one branch must work; of
    `if BY_NAME:`, the one that is taken."""
    found: Set[Name] = set()
    for node in statements:
        if isinstance(node, ast.Try) and any(getattr(handler.type, "id", "") == "ImportError" for handler in node.handlers):
            instead = [statement for handler in node.handlers for statement in handler.body]
            found |= missing(node.body, has, by_name) and missing(instead, has, by_name)
        elif is_spelled(node):
            found |= missing(node.body if by_name else node.orelse, has, by_name)  # type: ignore[attr-defined]
        else:
            found |= {name for name in _imported(node) if not has(name)}
            # No expression has a statement in it.
            inner = (child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.expr))
            found |= missing(inner, has, by_name)
    return found


def is_spelled(node: ast.AST) -> bool:
    """Whether a statement is `if BY_NAME:`."""
    return isinstance(node, ast.If) and getattr(node.test, "id", "") == "BY_NAME"


def spellings(source: str) -> List[Tuple[Dict[str, str], Dict[str, str]]]:
    """Of every `if BY_NAME:` at the top of a module, what either branch defines: name → signature."""
    spelled = [node for node in ast.parse(source).body if is_spelled(node)]
    return [(_signatures(node.body), _signatures(node.orelse)) for node in spelled]  # type: ignore[attr-defined]


def _signatures(statements: Iterable[ast.stmt]) -> Dict[str, str]:
    found = {}
    for node in statements:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            returns = node.returns and ast.dump(node.returns)
            found[node.name] = f"{type(node).__name__} {ast.dump(node.args)} -> {returns}"
        elif not isinstance(node, (ast.Import, ast.ImportFrom)):
            found[ast.dump(node)] = ""
    return found
