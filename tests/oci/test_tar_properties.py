"""Whatever is in a layer, other readers find exactly that in its archive: Python's tarfile, GNU tar, bsdtar, umoci, and the
validator, which shares no code with the writer."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import subprocess
import tarfile
import tempfile
import unicodedata
from pathlib import Path
from typing import Dict, Iterable, List, Tuple

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scratch_image.oci import tar
from scratch_image.oci.invisible import invisible
from scratch_image.oci.tar import DirectoryEntry, Entry, FileEntry, SymlinkEntry
from scratch_image.validate.check import check_layout
from tests.support.containers import unpack
from tests.support.entries import archive, content, layers, paths
from tests.support.layouts import layout, program_archive, write
from tests.support.tools import require
from tests.support.trees import Node, capabilities, directory, file, found, link

KINDS = {tarfile.REGTYPE: stat.S_IFREG, tarfile.DIRTYPE: stat.S_IFDIR, tarfile.SYMTYPE: stat.S_IFLNK}


def node(entry: Entry) -> Node:
    """What the entry is, unpacked."""
    if isinstance(entry, SymlinkEntry):
        return link(entry.target, entry.uid, entry.gid)
    if isinstance(entry, DirectoryEntry):
        return directory(stat.filemode(stat.S_IFDIR | entry.mode), entry.uid, entry.gid)
    return file(content(entry.size, entry.content), stat.filemode(stat.S_IFREG | entry.mode), entry.uid, entry.gid)


def wanted(entries: Iterable[Entry]) -> Dict[str, Node]:
    """With the directories that were not asked for: they are 0755 and root's."""
    entries = tuple(entries)
    nodes = {str(above): directory() for entry in entries for above in Path(entry.path).parents if above.name}
    return {**nodes, **{entry.path: node(entry) for entry in entries}}


def wanted_capabilities(entries: Iterable[Entry]) -> Dict[str, bytes]:
    return {entry.path: entry.capability for entry in entries if isinstance(entry, FileEntry) and entry.capability}


def as_tarfile_reads_it(written: bytes) -> Tuple[List[Tuple[str, Node]], Dict[str, bytes]]:
    nodes, values = [], {}
    with tarfile.open(fileobj=io.BytesIO(written), mode="r:") as opened:
        for member in opened:
            assert (member.mtime, member.uname, member.gname, member.devmajor, member.devminor) == (0, "", "", 0, 0)
            inside = member.linkname
            if member.isfile():
                inside = hashlib.sha256(opened.extractfile(member).read()).hexdigest()
            mode = stat.filemode(KINDS[member.type] | member.mode)
            nodes.append((member.name, (mode, member.uid, member.gid, inside)))
            value = member.pax_headers.get("SCHILY.xattr.security.capability")
            if value is not None:
                values[member.name] = value.encode("utf-8", "surrogateescape")
    return nodes, values


@settings(max_examples=400)
@given(layers())
def test_python_reads_it(entries: Tuple[Entry, ...]) -> None:
    nodes, values = as_tarfile_reads_it(archive(entries))
    assert dict(nodes) == wanted(entries) and len(nodes) == len(wanted(entries))
    assert values == wanted_capabilities(entries)
    names = [name.encode("utf-8").split(b"/") for name, _ in nodes]
    assert names == sorted(names)


@settings(max_examples=60)
@given(layers(), st.randoms(use_true_random=False), st.sampled_from((1, 7, 511, 512, 513, 10240, 1 << 20)))
def test_only_the_entries_decide_the_bytes(entries: Tuple[Entry, ...], source, size: int) -> None:
    """Not their order, nor how the archive is cut."""
    written = archive(entries)
    assert tar.archive_size(tar.with_parents(entries)) == len(written)
    other = archive(source.sample(entries, len(entries)), size)
    assert hashlib.sha256(other).digest() == hashlib.sha256(written).digest()


def _is_seen(entry: Entry) -> bool:
    """Whether `package` takes the name and the target: all of both can be seen."""
    return not invisible(entry.path) and not invisible(getattr(entry, "target", ""))


@settings(max_examples=80)
@given(layers())
def test_the_validator_has_nothing_to_say(entries: Tuple[Entry, ...]) -> None:
    # The program's layer is above: what it has at /app must not be in these entries.
    entries = tuple(entry for entry in entries if entry.path.split("/")[0] != "app" and _is_seen(entry))
    entries = entries or (DirectoryEntry("tmp"),)
    with tempfile.TemporaryDirectory() as place:
        report = check_layout(write(layout([archive(entries), program_archive()], "none"), Path(place)))
    assert (report.problems, report.not_checked) == ((), ())


def unpacked(command: List[str], written: bytes) -> Tuple[Dict[str, Node], Dict[str, bytes]]:
    """What a program makes of an archive that it reads from stdin, in its working directory."""
    if os.geteuid() != 0:
        pytest.skip("unpacking with owners needs root")
    with tempfile.TemporaryDirectory() as place:
        done = subprocess.run(command, input=written, cwd=place, env={"LC_ALL": "C.UTF-8"}, capture_output=True)
        assert (done.returncode, done.stderr) == (0, b"")
        return found(Path(place)), capabilities(Path(place))


# -P: bsdtar else takes a backslash or "c:" at the start of a name for a root, and drops it.
TARS = {
    "tar": ["--extract", "--same-permissions", "--same-owner", "--numeric-owner", "--xattrs", "--xattrs-include=*"],
    "bsdtar": ["-x", "-p", "-P", "-f", "-", "--same-owner", "--numeric-owner"],
}


def is_composed(entries: Iterable[Entry]) -> bool:
    """Whether bsdtar gives the names back: it composes what can be composed (Unicode's form NFC)."""
    texts = (f"{entry.path} {getattr(entry, 'target', '')}" for entry in entries)
    return all(unicodedata.normalize("NFC", text) == text for text in texts)


@pytest.mark.parametrize("program", TARS)
@settings(max_examples=60)
@given(layers())
def test_other_programs_unpack_it(program: str, entries: Tuple[Entry, ...]) -> None:
    assume(program != "bsdtar" or is_composed(entries))
    nodes, values = unpacked([require(program), *TARS[program]], archive(entries))
    assert nodes == wanted(entries)
    assert values == wanted_capabilities(entries)


@settings(max_examples=40)
@given(layers())
def test_umoci_unpacks_it(entries: Tuple[Entry, ...]) -> None:
    with tempfile.TemporaryDirectory() as place:
        image = write(layout([archive(entries)], "gzip"), Path(place) / "image")
        root = unpack(Path(image), Path(place)) / "rootfs"
        assert found(root) == wanted(entries)
        assert capabilities(root) == wanted_capabilities(entries)


@settings(max_examples=100)
@given(paths)
def test_a_path_by_itself(path: str) -> None:
    """A shorter example than a whole layer where a name is at fault."""
    ((name, _),) = as_tarfile_reads_it(archive([FileEntry(path, path, 0, 0o644)]))[0][path.count("/") :]
    assert name == path
