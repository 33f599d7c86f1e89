"""pants_names.txt has every name that the backend imports from Pants, with the versions that have it.

Whoever imports another name looks into the sources of these versions, and adds its line.
"""

from __future__ import annotations

import ast
import importlib
from pathlib import Path
from typing import Callable, Dict, List, Set, Tuple

import pytest
from pants.version import VERSION

from scratch_image.engine import installation
from tests.support.modules import MODULES, PACKAGE
from tests.support.spellings import Name, missing, names_of_pants

SUPPORTED = ("2.17.1", "2.29.1", "2.30.2", "2.31.0", "2.32.1", "2.33.0")


def _table() -> Tuple[List[str], Dict[Name, Set[str]]]:
    versions: List[str] = []
    found: Dict[Name, Set[str]] = {}
    for line in (Path(__file__).parent / "pants_names.txt").read_text(encoding="utf-8").splitlines():
        first, *words = line.split()
        if first == "versions":
            versions = words
        elif first != "#":
            name, *ends = words
            start, end = map(versions.index, ends or (versions[0], versions[-1]))
            found[first, name] = set(versions[start : end + 1])
    return versions, found


VERSIONS, TABLE = _table()
SOURCES = {module: path.read_text(encoding="utf-8") for module, path in MODULES.items()}
TREES = {module: ast.parse(source).body for module, source in SOURCES.items()}
USED = {name for source in SOURCES.values() for name in names_of_pants(source)}


@pytest.mark.parametrize(
    "source, by_name, want",
    [
        ("from pants.a import x", True, set()),
        ("from pants.a import x, y", True, {("pants.a", "y")}),
        ("try:\n    from pants.a import y\nexcept ImportError:\n    from pants.a import x", True, set()),
        ("try:\n    from pants.a import y\nexcept ImportError:\n    from pants.a import z", True, {("pants.a", "z")}),
        ("try:\n    from pants.a import y\nexcept ImportError:\n    y = None", True, set()),
        ("try:\n    from pants.a import y\nexcept OSError:\n    pass", True, {("pants.a", "y")}),
        ("if BY_NAME:\n    from pants.a import y\nelse:\n    from pants.a import x", True, {("pants.a", "y")}),
        ("if BY_NAME:\n    from pants.a import y\nelse:\n    from pants.a import x", False, set()),
        ("def f():\n    from pants.a import y", True, {("pants.a", "y")}),
    ],
)
def test_the_reader_of_branches(source: str, by_name: bool, want: Set[Name]) -> None:
    assert missing(ast.parse(source).body, lambda name: name == ("pants.a", "x"), by_name) == want


def test_every_imported_name_stands_in_the_table() -> None:
    assert set(TABLE) == USED


def _lacking(has: Callable[[Name], bool]) -> Dict[str, Set[Name]]:
    """Module → names that it needs and that are not there."""
    trees = dict(TREES)
    rules = trees.pop(f"{PACKAGE}.engine.by_name")
    by_name = not missing(rules, has, True)
    # The entry point turns the error of an import into a sentence.
    trees[f"{PACKAGE}.register"] = [
        statement
        for node in trees[f"{PACKAGE}.register"]
        for statement in (node.body if isinstance(node, ast.Try) else [node])
    ]
    found = {module: missing(tree, has, by_name) for module, tree in trees.items()}
    return {module: names for module, names in found.items() if names}


@pytest.mark.parametrize("version", VERSIONS)
def test_on_every_version_one_branch_can_be_imported(version: str) -> None:
    assert _lacking(lambda name: version in TABLE.get(name, set())) == {}


def test_supported_versions_are_in_the_table() -> None:
    assert set(SUPPORTED) <= set(VERSIONS) and set(installation.TRIED) <= set(SUPPORTED)


def test_a_version_without_a_needed_name_is_found() -> None:
    gone = ("pants.engine.fs", "MergeDigests")
    assert _lacking(lambda name: "2.17.1" in TABLE[name] and name != gone) == {f"{PACKAGE}.engine.fs": {gone}}


def _is_there(name: Name) -> bool:
    try:
        module = importlib.import_module(name[0])
    except ImportError:
        return False
    if hasattr(module, name[1]):
        return True
    try:
        importlib.import_module(".".join(name))
    except ImportError:
        return False
    return True


@pytest.mark.parametrize("name", sorted(TABLE), ids=".".join)
def test_the_table_is_right_for_this_pants(name: Name) -> None:
    if VERSION not in VERSIONS:
        pytest.skip(f"the table has no Pants {VERSION}")
    assert _is_there(name) is (VERSION in TABLE[name])
