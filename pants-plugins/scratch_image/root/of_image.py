"""The root of an image, from its specification: what its layers put there, and what runtimes add at the start. Pure."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Dict, FrozenSet, Iterable, Mapping, NamedTuple, Optional, Tuple

from scratch_image.image.contents import Contents
from scratch_image.image.spec import ImageSpec
from scratch_image.image.values import EXECUTABLE_MODE
from scratch_image.layout.tree import DIRECTORY, FILE, SYMLINK, Node, directories_above
from scratch_image.oci.defaults import DEFAULT_PATH
from scratch_image.oci.tar import DirectoryEntry, Entry, FileEntry, SymlinkEntry
from scratch_image.root.identity import Identity, UnknownName, UnusableId, identity_of
from scratch_image.root.root import Root, with_parents
from scratch_image.runtime_files import catalog, layer_plan

# What every runtime mounts (runtime-spec 1.2, config-linux.md, "Default Filesystems"; moby's DefaultLinuxSpec), and the
# files that Docker, podman and Kubernetes write for the network. A mount hides what the image has at its path.
MOUNTS: Mapping[str, Node] = {
    "/proc": Node(DIRECTORY, 0o555),
    "/sys": Node(DIRECTORY, 0o555),
    "/dev": Node(DIRECTORY, 0o755),
    "/dev/shm": Node(DIRECTORY, 0o1777),
    "/dev/mqueue": Node(DIRECTORY, 0o1777),
    "/etc/hosts": Node(FILE, 0o644, size=1),
    "/etc/hostname": Node(FILE, 0o644, size=1),
    "/etc/resolv.conf": Node(FILE, 0o644, size=1),
}
_ROOT = Identity(0, 0, frozenset((0,)))
_NOBODY = Identity(65534, 65534, frozenset((65534,)))
PASSWD, GROUP = "/etc/passwd", "/etc/group"
# How many roots are kept for the images to come: those of a repository have few kinds.
_SHARED = 128


@dataclass(frozen=True)
class KnownContents:
    """What is known of files in an image by their absolute paths: `texts` are contents, `certificates` numbers of
    certificates. `zones` are the names of the time zones in `runtime_files`; without names, one stands for all."""

    texts: Mapping[str, bytes] = field(default_factory=dict)
    certificates: Mapping[str, int] = field(default_factory=dict)
    zones: Tuple[str, ...] = ("UTC",)


def root_of(spec: ImageSpec, contents: Contents, known: KnownContents, openssl_cert_file: Optional[str] = None) -> Root:
    """The root of one platform's image, as a runtime starts it. A user that nothing resolves is taken for nobody: no
    runtime starts that image. `openssl_cert_file` is where the program's OpenSSL looks for certificates.

    Images without contents of their own share what is known of their root if these fields are the same."""
    run, names, path = spec.run, spec.runtime_files, spec.binary_path
    fields = _Fields(run.workdir or "/", run.volumes, run.user or "")
    base = _Base(names, bool(spec.ca_bundle), known.zones, openssl_cert_file, path)
    if known.texts or known.certificates or any(True for _ in contents.entries):
        return _with_env(_root(base, fields, contents, known), run.env)
    return _shared_root(base, fields, run.env)


class _Fields(NamedTuple):
    """What a runtime is told, of RunConfig."""

    workdir: str
    volumes: Tuple[str, ...]
    user: str


class _Base(NamedTuple):
    """What decides the nodes of an image without contents of its own: the arguments of runtime_nodes()."""

    names: Tuple[str, ...]
    has_bundle: bool
    zones: Tuple[str, ...]
    openssl_cert_file: Optional[str]
    binary_path: str


@functools.lru_cache(maxsize=_SHARED)
def _shared_root(base: _Base, fields: _Fields, env: Tuple[str, ...]) -> Root:
    return _with_env(_shared_tree(base, fields), env)


@functools.lru_cache(maxsize=_SHARED)
def _shared_tree(base: _Base, fields: _Fields) -> Root:
    return _root(base, fields, Contents({}, (), {}), KnownContents(zones=base.zones))


@functools.lru_cache(maxsize=_SHARED)
def _base_nodes(base: _Base) -> Mapping[str, Node]:
    """The nodes of the runtime files, the program and the mounts, with all directories above."""
    nodes = runtime_nodes(*base)
    nodes[base.binary_path] = Node(FILE, EXECUTABLE_MODE, size=1)
    return with_parents({**_visible(nodes), **MOUNTS})


def _root(base: _Base, fields: _Fields, contents: Contents, known: KnownContents) -> Root:
    nodes = _base_nodes(base)
    own = {f"/{entry.path}": _node(entry) for entry in contents.entries}
    # Runtimes make what is missing: 0755 and root's.
    missing = (path for path in (fields.workdir, *fields.volumes) if path not in own and path not in nodes)
    own.update((path, Node(DIRECTORY, 0o755)) for path in missing)
    own.pop("/", None)
    if own:
        nodes = with_parents({**nodes, **_visible(own)})
    # A user's own file takes the place of none of ours: two claims of a path are a mistake.
    texts = {
        **runtime_texts(base.names),
        **{f"/{path.split('/', 1)[1]}": text.encode() for path, text in contents.texts.items()},
        **known.texts,
    }
    claimed = frozenset((base.binary_path, *(f"/{entry.path}" for entry in contents.entries)))
    certificates = {**known.certificates, base.binary_path: 0}
    fixed = fixed_directories(base.names)
    root = Root(nodes, _ROOT, {}, fields.workdir, fields.user, texts, certificates, claimed, fixed, base.zones)
    try:
        identity = identity_of(fields.user, root.text(PASSWD), root.text(GROUP))
    except (UnknownName, UnusableId):
        identity = _NOBODY
    return root.with_tree(identity=identity)


def _with_env(root: Root, env: Tuple[str, ...]) -> Root:
    return root.with_env({"PATH": DEFAULT_PATH, **dict(variable.split("=", 1) for variable in env)})


def _visible(nodes: Mapping[str, Node]) -> Dict[str, Node]:
    """Those that no mount hides."""
    return {path: node for path, node in nodes.items() if not mounted_at(path)}


def mounted_at(path: str) -> str:
    """Where a runtime mounts what hides a path of the image; empty if it stays visible."""
    return next((place for place in (path, *directories_above(path)) if place in MOUNTS), "")


def runtime_nodes(
    names: Tuple[str, ...], has_bundle: bool, zones: Iterable[str], openssl_cert_file: Optional[str], binary_path: str
) -> Dict[str, Node]:
    """What entries of `runtime_files` put into an image: absolute path → node."""
    nodes = {f"/{entry.path}": _node(entry) for entry in layer_plan.claimed(names, has_bundle)}
    if catalog.TZDATA in names:
        nodes[catalog.ZONEINFO] = Node(DIRECTORY, 0o755)
        nodes.update((f"{catalog.ZONEINFO}/{zone}", Node(FILE, 0o644, size=1)) for zone in zones)
    link = layer_plan.openssl_link(openssl_cert_file, names, has_bundle, binary_path)
    if link:
        nodes[link] = Node(SYMLINK, 0o777, target=catalog.CA_PATH)
    return nodes


def fixed_directories(names: Iterable[str]) -> FrozenSet[str]:
    """The directories that entries of `runtime_files` put into an image with modes and owners that have to stay."""
    every = tuple(names)
    zones = (catalog.ZONEINFO,) if catalog.TZDATA in every else ()
    return frozenset((*zones, *(f"/{entry.path}" for entry in layer_plan.directories(every))))


def runtime_texts(names: Tuple[str, ...]) -> Dict[str, bytes]:
    """The contents of what entries of `runtime_files` add, as far as a resolver reads them."""
    if catalog.NONROOT not in names:
        return {}
    passwd = (f"{name}:x:{uid}:{uid}:{name}:{home}:" for name, (uid, home) in catalog.USERS.items())
    group = (f"{name}:x:{gid}:" for name, gid in catalog.GROUPS.items())
    return {PASSWD: "\n".join(passwd).encode(), GROUP: "\n".join(group).encode()}


def _node(entry: Entry) -> Node:
    if isinstance(entry, DirectoryEntry):
        return Node(DIRECTORY, entry.mode, entry.uid, entry.gid)
    if isinstance(entry, SymlinkEntry):
        return Node(SYMLINK, entry.mode, entry.uid, entry.gid, target=entry.target)
    assert isinstance(entry, FileEntry)
    return Node(FILE, entry.mode, entry.uid, entry.gid, size=entry.size)
