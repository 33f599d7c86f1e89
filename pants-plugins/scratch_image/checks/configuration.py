"""Whether what the image's configuration names can work in its root: command, user, working directory, volumes, ports."""

from __future__ import annotations

import re
from functools import partial
from typing import Iterator, List

from scratch_image.checks.findings import Finding
from scratch_image.checks.proposals import Proposals
from scratch_image.image.spec import ImageSpec
from scratch_image.layout.tree import DIRECTORY, FILE, SYMLINK
from scratch_image.root import identity
from scratch_image.root.identity import group_entries, passwd_entries
from scratch_image.root.of_image import GROUP, PASSWD
from scratch_image.root.root import EXECUTE, Root
from scratch_image.runtime_files import catalog

# Rootless runtimes and user namespaces map the ids 0 to 65535 by default (subuid(5)).
MAPPED_IDS = 65_536
_SHELLS = ("sh", "bash", "ash", "dash", "zsh")
# The ports that an unprivileged process may not bind, unless ip_unprivileged_port_start says otherwise (ip(7)).
_PRIVILEGED_PORTS = 1024
_ROOT = "root"
_BIND = "cap_net_bind_service"


def entrypoint(spec: ImageSpec, root: Root) -> Iterator[Finding]:
    """SR033."""
    program = spec.run.entrypoint[0]
    path = re.sub("/+", "/", program)
    found = root.lookup(path)
    if program.startswith("/") and root.executable(path):
        return
    if not program.startswith("/"):
        problem = ", which is not an absolute path: the runtime decides which program this is"
    elif found.denied:
        problem = f", and the user {root.identity.uid} cannot search {found.denied}"
    elif found.kind == DIRECTORY:
        problem = ", which is a directory"
    elif found.node and found.node.mode & 0o111:
        problem = f", which the user {root.identity.uid} may not execute (mode {found.node.mode & 0o7777:04o})"
    elif found.node:
        problem = f", which is not executable (mode {found.node.mode & 0o7777:04o})"
    elif path in root.nodes and root.nodes[path].kind == SYMLINK:
        problem = ", a link that leads to no file in the image"
    elif any(node.kind == FILE and node.mode & 0o111 and at != spec.binary_path for at, node in root.nodes.items()):
        problem = ", which is not in the image"
    else:
        problem = f", but the only program in the image is {spec.binary_path}"
    is_shell = program.rpartition("/")[2] in _SHELLS
    fix = (
        "start the program itself, without a shell"
        if is_shell
        else f"start it: entrypoint={[spec.binary_path, *spec.run.entrypoint[1:]]!r}"
    )
    yield Finding.of("SR033", f"`entrypoint` starts {program!r}{problem}", fix)


def placeholders(spec: ImageSpec) -> Iterator[Finding]:
    """OI003."""
    for field, placeholder in spec.literal:
        yield Finding.of("OI003", f"field `{field}` has {placeholder}, which is not filled in, but written as it is")


def user(spec: ImageSpec, root: Root, proposals: Proposals) -> Iterator[Finding]:
    """OI001."""
    user, _, group = (spec.run.user or "").partition(":")
    if root.identity.uid == 0 or (user == _ROOT and not _resolves(root, PASSWD, user)):
        text = "the program runs as root" if user else "the program runs as root, because `user` is empty"
        yield Finding.of("OI001", text, 'name an unprivileged user: user="65532:65532"', "info")
    written = [number for number in map(identity.number, (user, group)) if number is not None]
    if any(number > identity.MAX_USER for number in written):
        text = f"user {spec.run.user}: runtimes take no id above {identity.MAX_USER}, and refuse to start it"
        yield Finding.of("OI001", text, f'use ids below {MAPPED_IDS}: user="65532:65532"', "error")
    elif max((root.identity.uid, root.identity.gid, *written)) >= MAPPED_IDS:
        text = f"user {spec.run.user}: user namespaces map ids below {MAPPED_IDS} only, and rootless runtimes fail"
        yield Finding.of("OI001", text, f"use ids below {MAPPED_IDS}")
    for part, known, path in ((user, catalog.USERS, PASSWD), (group, catalog.GROUPS, GROUP)):
        if part and not part.isdigit() and not _resolves(root, path, part):
            text = f"user {spec.run.user}: nothing in the image says which id {part!r} has, and runtimes refuse to start it"
            answers = partial(_resolves, path=path, name=part)
            # Root needs no entry: its id is the same everywhere.
            change = proposals.entry(catalog.NONROOT, answers) if part in known and part != _ROOT else None
            yield Finding.of("OI001", text, f'name the ids: user="{_ids_of(user, group)}"', "error", change)
    if user and not user.isdigit() and root.identity.uid != 0 and _resolves(root, PASSWD, user):
        text = f"user {spec.run.user}: Kubernetes refuses a name under `runAsNonRoot`: only an id shows that it is not 0"
        yield Finding.of("OI001", text, f'name the ids: user="{root.identity.uid}:{root.identity.gid}"')


def _ids_of(user: str, group: str) -> str:
    """The ids of a user and a group, where all images agree on what the names mean; else an example."""
    ids = [catalog.IDS.get(user, user), *([str(catalog.GROUPS.get(group, group))] if group else [])]
    return ":".join(ids) if all(map(str.isdigit, ids)) else "65532:65532"


def _resolves(root: Root, path: str, name: str) -> bool:
    """Whether a file says which id a name has. A file that nobody has read is taken to say it."""
    content = root.texts.get(root.lookup(path).path)
    if content is None:
        return root.lookup(path).node is not None
    entries = passwd_entries(content) if path == PASSWD else group_entries(content)
    return any(entry.name == name for entry in entries)


def places(spec: ImageSpec, root: Root, proposals: Proposals) -> Iterator[Finding]:
    """SR035: the volumes, and the working directory. Docker gives a new volume what the image has at its path: mode and
    owner; where the image has nothing, the volume is root's."""
    for volume in spec.run.volumes:
        if proposals.keeps(root, partial(Root.writable_directory, path=volume)):
            continue
        text = f"the user {root.identity.uid} cannot write the volume {volume}"
        if volume not in root.claimed:
            text += ": the image has no directory there, so a new volume is root's"
        yield _not_writable(text, proposals, volume)
    workdir = spec.run.workdir
    if workdir is None or workdir in spec.run.volumes:
        return
    if not proposals.keeps(root, partial(_can_enter, path=workdir)):
        text = f"the user {root.identity.uid} cannot enter `workdir` {workdir}, and runtimes do not start the program"
        # What is done for a volume may open it.
        if _can_enter(proposals.root, workdir):
            yield _not_writable(text, proposals, workdir, "error")
        else:
            yield Finding.of("SR035", text, "name a directory that the user may enter", "error")
    elif workdir != "/" and not proposals.keeps(root, partial(Root.writable_directory, path=workdir)):
        yield _not_writable(f"the user {root.identity.uid} cannot write `workdir` {workdir}", proposals, workdir, "info")


def _can_enter(root: Root, path: str) -> bool:
    found = root.lookup(path)
    return found.node is not None and found.kind == DIRECTORY and root.may(found.node, EXECUTE)


def _not_writable(text: str, proposals: Proposals, path: str, severity: str = "") -> Finding:
    """The finding that a directory is not the user's."""
    change = proposals.directory(path)
    return Finding.of("SR035", text, "" if change else proposals.obstacle(path), severity, change)


def ports(spec: ImageSpec, root: Root) -> Iterator[Finding]:
    """SR037 and SR038."""
    numbers = sorted({int(port.partition("/")[0]) for port in spec.run.exposed_ports})
    low = [str(number) for number in numbers if number < _PRIVILEGED_PORTS]
    if low and root.identity.uid != 0 and not any(name.partition("=")[0] == _BIND for name in spec.capabilities):
        text = f"the user {root.identity.uid} can listen on {_ports(low)} only where the runtime allows it"
        yield Finding.of("SR037", text)
    effective = [name for name in spec.capabilities if not name.endswith("=p")]
    if effective:
        names = ", ".join(effective)
        text = f"{names} of `capabilities` is effective: where the container drops it, the program does not start"
        yield Finding.of("SR038", text)


def _ports(numbers: List[str]) -> str:
    return f"port {numbers[0]}" if len(numbers) == 1 else f"the ports {', '.join(numbers)}"
