"""A root after a change of its target: what a fix would do, before anybody pastes it. Pure."""

from __future__ import annotations

import dataclasses
from typing import Iterable, Mapping, Optional

from scratch_image.layout.tree import DIRECTORY, Node
from scratch_image.oci.tar import DirectoryEntry
from scratch_image.root.identity import UnknownName, UnusableId, identity_of
from scratch_image.root.of_image import GROUP, PASSWD, runtime_nodes, runtime_texts
from scratch_image.root.root import Root, with_parents


def with_entries(root: Root, names: Iterable[str], openssl_cert_file: Optional[str], binary_path: str) -> Optional[Root]:
    """The root with more entries of `runtime_files`; None if something is in their way. `openssl_cert_file` is where the
    program's OpenSSL looks for certificates, and `binary_path` where the program is."""
    every = tuple(names)
    new = runtime_nodes(every, False, root.zones, openssl_cert_file, binary_path)
    if any(_is_in_the_way(root, path, node) for path, node in new.items()):
        return None
    nodes = with_parents({**root.nodes, **new})
    texts = runtime_texts(every)
    after = dataclasses.replace(root, nodes=nodes, texts={**root.texts, **texts})
    return _resolved(after) if texts else after


def with_directory(root: Root, entry: DirectoryEntry) -> Optional[Root]:
    """The root with a directory of this mode and owner; None if a file or a link is in its way."""
    path = f"/{entry.path}"
    node = root.nodes.get(path)
    if (node and node.kind != DIRECTORY) or not _is_open(root, path):
        return None
    nodes = with_parents({**root.nodes, path: Node(DIRECTORY, entry.mode, entry.uid, entry.gid)})
    return dataclasses.replace(root, nodes=nodes)


def with_link(root: Root, path: str, target: str) -> Optional[Root]:
    """The root with a link; None if something is in its way."""
    if path in root.nodes or not _is_open(root, path):
        return None
    return dataclasses.replace(root, nodes=with_parents({**root.nodes, path: Node("symlink", 0o777, target=target)}))


def with_env(root: Root, env: Mapping[str, str]) -> Root:
    """The root with more variables."""
    return dataclasses.replace(root, env={**root.env, **env})


def _is_in_the_way(root: Root, path: str, new: Node) -> bool:
    node = root.nodes.get(path)
    if node is None:
        return not _is_open(root, path)
    # A directory that only has files below it gets the mode of the new one; a directory that a field names keeps its own.
    return new.kind != DIRECTORY or node.kind != DIRECTORY or (path in root.claimed and node != new)


def _is_open(root: Root, path: str) -> bool:
    """Whether nothing above a path is a file or a link."""
    above = path.rpartition("/")[0]
    while above:
        node = root.nodes.get(above)
        if node and node.kind != DIRECTORY:
            return False
        above = above.rpartition("/")[0]
    return True


def _resolved(root: Root) -> Root:
    """The root with its user, as the passwd and group of now say."""
    as_root = dataclasses.replace(root, identity=dataclasses.replace(root.identity, uid=0))
    try:
        identity = identity_of(root.user, as_root.text(PASSWD), as_root.text(GROUP))
    except (UnknownName, UnusableId):
        return root
    env = {**root.env, "HOME": identity.home} if root.env.get("HOME") == root.identity.home else root.env
    return dataclasses.replace(root, identity=identity, env=env)
