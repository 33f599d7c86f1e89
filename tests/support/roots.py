"""Small root file systems for tests: one tree for the model of a root, and on a disk for programs that run in it."""

from __future__ import annotations

import dataclasses
import io
import os
import struct
import zipfile
from pathlib import Path
from typing import Dict, Mapping, NamedTuple, Union

from scratch_image.certificates.count import count
from scratch_image.image.contents import Contents, contents_of
from scratch_image.image.spec import ImageSpec
from scratch_image.oci.tar import DirectoryEntry, Entry, FileEntry, SymlinkEntry
from scratch_image.root.of_image import KnownContents, root_of
from scratch_image.root.root import Root
from scratch_image.runtime_files import layer_plan
from tests.support.facts import spec_of

# Of CN=Probe Root, until 2126; its subject's hash names it in OpenSSL's directories.
PROBE_ROOT = b"""-----BEGIN CERTIFICATE-----
MIIBbzCCARSgAwIBAgIBATAKBggqhkjOPQQDAjAVMRMwEQYDVQQDDApQcm9iZSBS
b290MCAXDTI2MTEyNjA0NTI1MFoYDzIxMjYxMTAyMDQ1MjUwWjAVMRMwEQYDVQQD
DApQcm9iZSBSb290MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEn7po4ARR2cXm
x5JmG8rio4//MuWYU1+4b7lNdkTr+bNd++GAiqxYeBIzi4x788dackeiejKekwe2
98gDh0kE56NTMFEwHQYDVR0OBBYEFDDm0dbFQiTzkUfjUFF7VcrVGG6nMB8GA1Ud
IwQYMBaAFDDm0dbFQiTzkUfjUFF7VcrVGG6nMA8GA1UdEwEB/wQFMAMBAf8wCgYI
KoZIzj0EAwIDSQAwRgIhAMgvCUOrETDagV1P3w8gGclKxkfhGZNY3m+p/81gEkft
AiEAw7jVuJpXxSAKSmgvkMWx5qg8dxdTPX34cFNZ6OecPME=
-----END CERTIFICATE-----
"""
HASHED = "63d66383.0"


class File(NamedTuple):
    content: bytes = b""
    mode: int = 0o644
    owner: tuple[int, int] = (0, 0)


class Directory(NamedTuple):
    mode: int = 0o755
    owner: tuple[int, int] = (0, 0)


class Link(NamedTuple):
    target: str


Tree = Mapping[str, Union[File, Directory, Link]]


def zone(hours: int) -> bytes:
    """A time zone with one offset: both blocks of RFC 8536, version 2, and its footer."""
    header = b"TZif2" + bytes(15) + struct.pack(">6I", 0, 0, 0, 0, 1, 4)
    block = header + struct.pack(">iBB", hours * 3600, 0, 0) + b"ABC\0"
    return block + block + b"\nABC%d\n" % -hours


def zip_of(name: str, content: bytes) -> bytes:
    """A zip file with one member, stored as Go's reader of zones wants it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(name), content)
    return file.getvalue()


def model(tree: Tree, **fields: object) -> Root:
    """The root of an image with this tree and these fields, and nothing else."""
    spec = spec_of(binary_path="/probe", **fields)
    return root_of(spec, contents_for(spec, tree), known_of_tree(tree))


def contents_for(spec: ImageSpec, tree: Tree) -> Contents:
    """The contents of an image whose fields name no target, with this tree beside."""
    below = layer_plan.directories(spec.runtime_files)
    fields = contents_of(spec.files, spec.directories, spec.symlinks, {}, below)
    # A directory of `directories` takes the place of the same one in a tree.
    named = {f"/{directory.path}" for directory in spec.directories}
    entries = tuple(_entry(path, item) for path, item in tree.items() if path not in named)
    return dataclasses.replace(fields, inline=(*fields.inline, *entries))


def known_of_tree(tree: Tree) -> KnownContents:
    """What is known of them: everything."""
    files = {path: item.content for path, item in tree.items() if isinstance(item, File)}
    return KnownContents(files, {path: count(content) for path, content in files.items()})


def _entry(path: str, item: Union[File, Directory, Link]) -> Entry:
    name = path.lstrip("/")
    if isinstance(item, Link):
        return SymlinkEntry(name, item.target)
    if isinstance(item, Directory):
        return DirectoryEntry(name, item.mode, *item.owner)
    return FileEntry(name, f"content{path}", len(item.content), item.mode, *item.owner)


def write(tree: Tree, directory: Path, program: Path) -> None:
    """Writes a tree to a new directory, with a program at /probe, as an unpacker does: parents are 0755 and root's."""
    os.umask(0o022)
    directory.mkdir()
    directory.chmod(0o755)
    os.link(program, directory / "probe")
    modes: Dict[Path, Union[File, Directory]] = {}
    for path, item in tree.items():
        place = directory / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(item, Link):
            place.symlink_to(item.target)
            continue
        if isinstance(item, Directory):
            place.mkdir(exist_ok=True)
        else:
            place.write_bytes(item.content)
        modes[place] = item
    # The deepest first: a directory that is closed stays open to root alone.
    for place, owned in sorted(modes.items(), key=lambda pair: -len(pair[0].parts)):
        os.chown(place, *owned.owner)
        place.chmod(owned.mode)
