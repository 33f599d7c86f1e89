"""The backend's own files, and which of them a module needs to run.

They are read as the package's data, so that the backend may be a directory, a wheel or a zip file.
"""

from __future__ import annotations

import ast
import functools
import importlib.util
import io
import os
import pkgutil
import tokenize
from typing import Dict, Optional, Set, Tuple

PACKAGE = "scratch_image"
_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def own_file(path: str) -> bytes:
    """The content of a file, by its path in the package. Raises FileNotFoundError if there is none."""
    try:
        content = pkgutil.get_data(PACKAGE, path)
    except OSError:
        raise FileNotFoundError(
            f"{PACKAGE}: expected the backend's own file {path} in {_ROOT}, found none; install the wheel again, or "
            "copy the whole directory"
        ) from None
    assert content is not None, f"{PACKAGE} cannot be read"
    return content


@functools.cache
def code_of(path: str) -> bytes:
    """What a process is sent of one of our modules, which is at that path in the package: its statements, without comments,
    docstrings and blank lines. Those would be parsed at each start, and a change of them would run every process again."""
    source = own_file(path).decode("utf-8")
    lines = source.split("\n")
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column].rstrip()
    texts: Set[int] = set()
    docstrings: Set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Constant, ast.JoinedStr)) and node.end_lineno:
            texts.update(range(node.lineno, node.end_lineno))
        elif isinstance(node, _DOCUMENTED) and ast.get_docstring(node) is not None:
            docstring = node.body[0]
            rows = range(docstring.lineno - 1, docstring.end_lineno or docstring.lineno)
            before, after = lines[rows[0]][: docstring.col_offset], lines[rows[-1]][docstring.end_col_offset or 0 :]
            if before.strip() or after.strip():
                continue  # Another statement is on its lines.
            docstrings.update(rows)
            if len(node.body) == 1 and not isinstance(node, ast.Module):
                lines[rows[-1]] = f"{before}pass"
                docstrings.remove(rows[-1])
    # A line inside of a text is a part of it, even if it is blank.
    sent = (line for row, line in enumerate(lines) if row not in docstrings and (line.strip() or row in texts))
    return "".join(f"{line}\n" for line in sent).encode("utf-8")


def files_of(main: str) -> Tuple[str, ...]:
    """The files that importing a module of ours loads, directly and indirectly, as sorted paths in the package.

    The modules are read and not imported: a process has libraries that Pants does not have. Raises ImportError if there is
    no such module.
    """
    found: Dict[str, str] = {}
    waiting = [main]
    while waiting:
        module = waiting.pop()
        path = None if module in found else _path(module)
        if path:
            found[module] = path
            # Importing a.b.c imports a and a.b first.
            waiting.extend((module.rpartition(".")[0], *_imports(module, path)))
    if main not in found:
        raise ImportError(f"{main} is not a module of {PACKAGE}")
    return tuple(sorted(found.values()))


@functools.cache
def _path(module: str) -> Optional[str]:
    """The path of a module in the package; None for any other name."""
    package, _, name = module.partition(".")
    if package != PACKAGE:
        return None
    stem = name.replace(".", "/")
    for path in (f"{stem}.py", f"{stem}/__init__.py") if stem else ("__init__.py",):
        try:
            own_file(path)
            return path
        except OSError:
            continue
    return None


@functools.cache
def _imports(module: str, path: str) -> Tuple[str, ...]:
    """The names that a module imports, at its top or in functions: modules, and members that may be modules."""
    reader = _ImportReader(module if path.endswith("__init__.py") else module.rpartition(".")[0])
    reader.visit(ast.parse(own_file(path)))
    return tuple(reader.names)


class _ImportReader(ast.NodeVisitor):
    """Collects the names that a module of a package imports, but for those that only a type checker imports."""

    def __init__(self, package: str) -> None:
        self._package = package
        self.names: Set[str] = set()

    def visit_Import(self, node: ast.Import) -> None:
        """`import a.b`"""
        self.names.update(alias.name for alias in node.names)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """`from a import b`"""
        base = importlib.util.resolve_name("." * node.level + (node.module or ""), self._package)
        self.names.update((base, *(f"{base}.{alias.name}" for alias in node.names)))

    def visit_If(self, node: ast.If) -> None:
        """`if TYPE_CHECKING:`"""
        checked_only = getattr(node.test, "attr", getattr(node.test, "id", "")) == "TYPE_CHECKING"
        for statement in node.orelse if checked_only else (*node.body, *node.orelse):
            self.visit(statement)
