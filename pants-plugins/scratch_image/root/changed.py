"""A root after a change of its target: what a fix would do, before anybody pastes it. Pure."""

from __future__ import annotations

import dataclasses
from typing import Iterable, Mapping, Optional, Tuple

from scratch_image.image import values
from scratch_image.layout.tree import DIRECTORY, SYMLINK, Node, directories_above
from scratch_image.oci.tar import DirectoryEntry
from scratch_image.root.identity import UnknownName, UnusableId, identity_of
from scratch_image.root.of_image import GROUP, PASSWD, fixed_directories, mounted_at, runtime_nodes, runtime_texts
from scratch_image.root.root import Root, with_parents
from scratch_image.runtime_files import catalog


def with_entries(root: Root, names: Iterable[str], openssl_cert_file: Optional[str], binary_path: str) -> Optional[Root]:
    """The root with more entries of `runtime_files`; None if something is in their way. `openssl_cert_file` is where the
    program's OpenSSL looks for certificates, and `binary_path` where the program is."""
    every = tuple(names)
    change = (every, openssl_cert_file, binary_path)
    return root.after(change, lambda: _with_entries(root, every, openssl_cert_file, binary_path))


def _with_entries(root: Root, every: Tuple[str, ...], openssl_cert_file: Optional[str], binary_path: str) -> Optional[Root]:
    new = runtime_nodes(every, False, root.zones, openssl_cert_file, binary_path)
    new = {path: node for path, node in new.items() if not mounted_at(path)}
    link = openssl_cert_file or ""
    if link in new and new[link].kind == SYMLINK and _is_in_the_way(root, link, new[link]):
        del new[link]  # The layers above hide it.
    fixed = fixed_directories(every)
    if any(_is_in_the_way(root, path, node) for path, node in new.items()):
        return None
    if catalog.ZONEINFO in fixed and any(_is_below(path, catalog.ZONEINFO) for path in root.claimed):
        return None
    nodes = with_parents({**root.nodes, **new})
    texts = runtime_texts(every)
    after = root.with_tree(nodes=nodes, texts={**root.texts, **texts}, fixed=root.fixed | fixed)
    return _resolved(after) if texts else after


def with_directory(root: Root, entry: DirectoryEntry) -> Optional[Root]:
    """The root with a directory of this mode and owner; None if there is an obstacle()."""
    return _with(root, f"/{entry.path}", Node(DIRECTORY, entry.mode, entry.uid, entry.gid))


def with_link(root: Root, path: str, target: str) -> Optional[Root]:
    """The root with a link; None if there is an obstacle()."""
    return _with(root, path, Node(SYMLINK, 0o777, target=target))


def obstacle(root: Root, path: str, node: Node) -> str:
    """Why a field of the target cannot put a directory or a link at a path, as the end of a sentence; empty if it can."""
    try:
        values.directory_place(path) if node.kind == DIRECTORY else values.link_place(path)
    except ValueError:
        return "no field takes such a path"
    above = tuple(directories_above(path))
    if mounted_at(path):
        return f"runtimes mount something of their own at {mounted_at(path)}"
    closed = [place for place in above if place in root.nodes and root.nodes[place].kind != DIRECTORY]
    if closed:
        return f"{closed[0]} is {_kind(root.nodes[closed[0]])}"
    here = root.nodes.get(path)
    if here and (here.kind != DIRECTORY or node.kind != DIRECTORY):
        return f"{path} is {_kind(here)}"
    is_of_zones = catalog.ZONEINFO in root.fixed and _is_below(path, catalog.ZONEINFO)
    return f"{path} is of `runtime_files`" if is_of_zones or (path in root.fixed and here != node) else ""


def with_env(root: Root, env: Mapping[str, str]) -> Root:
    """The root with more variables."""
    if not env:
        return root
    return root.after(("env", *env.items()), lambda: root.with_env({**root.env, **env})) or root


def _with(root: Root, path: str, node: Node) -> Optional[Root]:
    def make() -> Optional[Root]:
        if obstacle(root, path, node):
            return None
        return root.with_tree(nodes=with_parents({**root.nodes, path: node}), claimed=root.claimed | {path})

    return root.after((path, node), make)


def _is_below(path: str, directory: str) -> bool:
    """Whether a path is a directory or in it."""
    return f"{path}/".startswith(f"{directory}/")


def _kind(node: Node) -> str:
    return {DIRECTORY: "a directory", SYMLINK: "a link"}.get(node.kind, "a file")


def _is_in_the_way(root: Root, path: str, new: Node) -> bool:
    node = root.nodes.get(path)
    if node is None:
        return any(root.nodes[place].kind != DIRECTORY for place in directories_above(path) if place in root.nodes)
    # A directory that only has files below it gets the mode of the new one; a directory that a field names keeps its own.
    return new.kind != DIRECTORY or node.kind != DIRECTORY or (path in root.claimed and node != new)


def _resolved(root: Root) -> Root:
    """The root with its user, as the passwd and group of now say."""
    as_root = root.with_tree(identity=dataclasses.replace(root.identity, uid=0))
    try:
        identity = identity_of(root.user, as_root.text(PASSWD), as_root.text(GROUP))
    except (UnknownName, UnusableId):
        return root
    env = {**root.env, "HOME": identity.home} if root.env.get("HOME") == root.identity.home else root.env
    return root.with_tree(identity=identity, env=env)
