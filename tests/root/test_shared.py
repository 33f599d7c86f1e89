"""Pins down what images share of their roots: nothing that differs between them."""

from __future__ import annotations

from typing import Any, Dict, Tuple

import pytest

from scratch_image.oci.tar import DirectoryEntry
from scratch_image.root import changed, of_image
from scratch_image.root.root import Root
from tests.support.roots import model

BINARY = "/probe"
FIELDS: Tuple[Dict[str, Any], ...] = (
    {},
    {"env": {"A": "b"}},
    {"env": {"HOME": "/h"}},
    {"user": "0:0"},
    {"user": "nonroot", "runtime_files": ["nonroot"]},
    {"runtime_files": ["tmp"]},
    {"workdir": "/tmp"},
    {"volumes": ["/tmp"]},
    {"files": {"/tmp/a": {"text": "a"}}},
    {"directories": {"/tmp": {"mode": "0777"}}},
    {"symlinks": {"/tmp": "/s"}},
)


def seen(root: Root) -> Tuple[object, ...]:
    paths = ("/tmp", "/tmp/a", "/etc/passwd", "/s", ".")
    found = tuple((root.lookup(path), root.writable_directory(path), root.text(path)) for path in paths)
    return (found, dict(root.env), root.identity, root.workdir, root.names_in("/tmp"), dict(root.nodes))


@pytest.mark.parametrize("first", FIELDS, ids=str)
def test_one_root_is_not_another(first: Dict[str, Any]) -> None:
    """Whatever was asked of one image, and was changed for it, another has its own answers."""
    alone = {}
    for fields in FIELDS:
        of_image._shared_root.cache_clear()
        of_image._shared_tree.cache_clear()
        alone[str(fields)] = seen(model({}, **fields))
    root = model({}, **first)
    changed.with_entries(root, ("tmp", "nonroot"), None, BINARY)
    changed.with_directory(root, DirectoryEntry("tmp", 0o1777))
    changed.with_link(root, "/s", "/tmp")
    changed.with_env(root, {"TMPDIR": "/s", "HOME": ""})
    for fields in FIELDS:
        assert seen(model({}, **fields)) == alone[str(fields)]


def test_the_same_fields_have_one_root() -> None:
    assert model({}, env={"A": "b"}) is model({}, env={"A": "b"})
    assert model({}, env={"A": "b"}) is not model({}, env={"A": "c"})


def test_a_change_is_made_once() -> None:
    root = model({})
    after = changed.with_entries(root, ("tmp",), None, BINARY)
    assert after is not None and after.writable_directory("/tmp") and not root.writable_directory("/tmp")
    assert changed.with_entries(root, ("tmp",), None, BINARY) is after
    assert changed.with_env(root, {}) is root
    # HOME is the runtime's where the configuration's is empty.
    assert changed.with_env(root, {"HOME": ""}).env["HOME"] == root.identity.home
