"""The modules of the backend, and what each of them imports."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path

import scratch_image

PACKAGE = "scratch_image"
ROOT = Path(scratch_image.__file__).parent
CRYPTOGRAPHY = importlib.util.find_spec("cryptography")


def _name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join((PACKAGE, *(part for part in parts if part != "__init__")))


MODULES = {_name(path): path for path in sorted(ROOT.rglob("*.py"))}


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
