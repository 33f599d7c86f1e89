"""What a program finds when it starts: the files of its image and of the runtime, its environment, and what its user
may do.

Permission is the kernel's (path_resolution(7), and generic_permission() in fs/namei.c): the owner's bits count for the
owner alone, then the group's for its members, then the others'. User 0 has CAP_DAC_OVERRIDE in every runtime's default
set, and passes all checks; only a file without any execute bit stays unexecutable.
"""

from __future__ import annotations

import dataclasses
import posixpath
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, FrozenSet, Hashable, List, Mapping, NamedTuple, Optional, Tuple

from scratch_image.layout.tree import DIRECTORY, FILE, SYMLINK, Node
from scratch_image.oci.linux import MAX_LINKS
from scratch_image.root.identity import Identity

READ, WRITE, EXECUTE = 4, 2, 1
_ROOT_DIRECTORY = Node(DIRECTORY, 0o755)


@dataclass(frozen=True)
class Found:
    """Where a path leads: `path` without links, and the `node` there, None if nothing is. `denied` is the directory
    that the user cannot search, empty if there is none: then `path` is as far as the kernel goes."""

    path: str
    node: Optional[Node] = None
    denied: str = ""

    @property
    def kind(self) -> str:
        """The kind of the node; empty without one."""
        return self.node.kind if self.node else ""


class _Memory(NamedTuple):
    """What was looked up in a tree by a user: several resolvers ask for each path, and all images that share the root."""

    looked_up: Dict[str, Found]
    names: Dict[str, Tuple[str, ...]]


def _nothing() -> _Memory:
    return _Memory({}, {})


@dataclass(frozen=True, eq=False)
class Root:
    """`nodes` maps absolute paths to nodes, with every directory above; `env` is what the runtime sets. `texts` are the
    known contents of files, `certificates` the known numbers of certificates in files, both by path without links.
    `user` is the configuration's, which `identity` resolves. `claimed` are the paths that fields of the target name,
    `fixed` the directories of `runtime_files`, which no other field may change, and `zones` the names of the time zones that
    `runtime_files` has to add."""

    nodes: Mapping[str, Node]
    identity: Identity
    env: Mapping[str, str] = field(default_factory=dict)
    workdir: str = "/"
    user: str = ""
    texts: Mapping[str, bytes] = field(default_factory=dict)
    certificates: Mapping[str, int] = field(default_factory=dict)
    claimed: FrozenSet[str] = frozenset()
    fixed: FrozenSet[str] = frozenset()
    zones: Tuple[str, ...] = ()
    _memory: _Memory = field(default_factory=_nothing, repr=False)
    _changed: Dict[Hashable, Optional[Root]] = field(default_factory=dict, init=False, repr=False)

    def with_env(self, env: Mapping[str, str]) -> Root:
        """The root with these variables, and HOME as runtimes set it where they do not."""
        return dataclasses.replace(self, env={**env, "HOME": env.get("HOME") or self.identity.home})

    def with_tree(self, **fields: Any) -> Root:
        """The root with other fields, which decide what a path leads to or what the user may do."""
        return dataclasses.replace(self, _memory=_nothing(), **fields)

    def variable(self, name: str) -> str:
        """The value of an environment variable; empty if it is not set, as most programs treat it."""
        return self.env.get(name, "")

    def home(self) -> str:
        """HOME: the configuration's, else what runtimes set (runc's libcontainer/init_linux.go)."""
        return self.env.get("HOME") or self.identity.home

    def lookup(self, path: str) -> Found:
        """Follows a path as the kernel does for this user; a relative one begins at the working directory."""
        found = self._memory.looked_up.get(path)
        if found is None:
            found = self._memory.looked_up[path] = self._lookup(path)
        return found

    def _lookup(self, path: str) -> Found:
        if not path:
            return Found("")  # ENOENT (path_resolution(7), "Empty pathname").
        waiting = _parts(path if path.startswith("/") else f"{self.workdir}/{path}")
        nodes, place, links = self.nodes, "", 0
        while waiting:
            if not self.may(nodes.get(place, _ROOT_DIRECTORY), EXECUTE):
                return Found(place or "/", None, place or "/")
            part = waiting.pop()
            if part == "..":
                place = place.rpartition("/")[0]
                continue
            here = f"{place}/{part}"
            node = nodes.get(here)
            if node is None:
                return Found("/".join((here, *reversed(waiting))))
            if node.kind == SYMLINK:
                links += 1
                if links > MAX_LINKS:
                    return Found(here)
                place = "" if node.target.startswith("/") else place
                waiting.extend(_parts(node.target))
            elif waiting and node.kind != DIRECTORY:
                return Found(here)
            else:
                place = here
        end = nodes.get(place, None if place else _ROOT_DIRECTORY)
        if path.endswith("/") and end and end.kind != DIRECTORY:
            return Found(place)
        return Found(place or "/", end)

    def may(self, node: Node, bits: int) -> bool:
        """Whether the user has these permission bits of a node."""
        if self.identity.uid == 0:
            return bits != EXECUTE or node.kind == DIRECTORY or bool(node.mode & 0o111)
        if node.uid == self.identity.uid:
            return (node.mode >> 6) & bits == bits
        shift = 3 if node.gid in self.identity.groups else 0
        return (node.mode >> shift) & bits == bits

    def readable(self, path: str) -> bool:
        """Whether the user can read the file at a path."""
        found = self.lookup(path)
        return found.node is not None and found.kind == FILE and self.may(found.node, READ)

    def executable(self, path: str) -> bool:
        """Whether the user can start the file at a path."""
        found = self.lookup(path)
        return found.node is not None and found.kind == FILE and self.may(found.node, EXECUTE)

    def readable_directory(self, path: str) -> bool:
        """Whether the user can list a directory and open what is in it."""
        found = self.lookup(path)
        return found.node is not None and found.kind == DIRECTORY and self.may(found.node, READ | EXECUTE)

    def writable_directory(self, path: str) -> bool:
        """Whether the user can make files in a directory."""
        found = self.lookup(path)
        return found.node is not None and found.kind == DIRECTORY and self.may(found.node, WRITE | EXECUTE)

    def can_make_directory(self, path: str) -> bool:
        """Whether `mkdir -p` of a path leaves a directory that the user can write."""
        here = posixpath.normpath(posixpath.join(self.workdir, path))
        while here != "/" and self.lookup(here).node is None:
            if self.lookup(here).denied:
                return False
            here = posixpath.dirname(here)
        return self.writable_directory(here)

    def names_in(self, directory: str) -> Tuple[str, ...]:
        """The names in a directory, sorted; `directory` is a path without links."""
        if not self._memory.names:
            names: Dict[str, List[str]] = {}
            for path in self.nodes:
                above, _, name = path.rpartition("/")
                names.setdefault(above, []).append(name)
            self._memory.names.update((above, tuple(sorted(below))) for above, below in names.items())
        return self._memory.names.get(directory.rstrip("/"), ())

    def after(self, change: Hashable, make: Callable[[], Optional[Root]]) -> Optional[Root]:
        """The root that `make` returns for a change, made once."""
        if change not in self._changed:
            self._changed[change] = make()
        return self._changed[change]

    def text(self, path: str) -> Optional[bytes]:
        """The content of the file at a path, if it is known and the user can read it."""
        return self.texts.get(self.lookup(path).path) if self.readable(path) else None

    def holds_certificates(self, path: str) -> bool:
        """Whether a file that the user can read has a certificate in it. A file that nobody has read is taken to have
        one."""
        return self.readable(path) and self.certificates.get(self.lookup(path).path, 1) > 0


def _parts(path: str) -> List[str]:
    """The components of a path, the last one first."""
    return [part for part in path.split("/")[::-1] if part and part != "."]


def with_parents(nodes: Mapping[str, Node]) -> Dict[str, Node]:
    """The nodes, with the directories above them that are missing: 0755 and root's, as unpackers make them."""
    complete = dict(nodes)
    for path in list(nodes):
        above = path.rpartition("/")[0]
        while above and above not in complete:
            complete[above] = Node(DIRECTORY, 0o755)
            above = above.rpartition("/")[0]
    return complete
