"""Pins down the archives of layers: other readers, order, links, padding."""

from __future__ import annotations

import io
import itertools
import os
import random
import subprocess
import tarfile

import pytest

from scratch_image.oci import tar
from scratch_image.oci.tar import DirectoryEntry, FileEntry, SymlinkEntry
from tests.support.tars import LINK, MIXED, archive, content_of, file, members
from tests.support.tools import require


def test_python_reads_what_was_written():
    found = [(m.name, m.type, m.mode, m.uid, m.gid, m.size, content) for m, content in members(archive(MIXED))]
    assert found == [
        ("app", tarfile.REGTYPE, 0o755, 0, 0, 8, b"program\n"),
        ("etc", tarfile.DIRTYPE, 0o755, 0, 0, 0, None),
        ("etc/motd", tarfile.REGTYPE, 0o644, 0, 7, 513, b"x" * 513),
        ("home", tarfile.DIRTYPE, 0o755, 0, 0, 0, None),
        ("home/nonroot", tarfile.DIRTYPE, 0o700, 65532, 65532, 0, None),
        ("home/nonroot/.profile", tarfile.REGTYPE, 0o600, 65532, 65532, 0, b""),
        ("tmp", tarfile.DIRTYPE, 0o1777, 0, 0, 0, None),
    ]


def test_nothing_of_the_machine_is_in_it():
    for member, _ in members(archive(MIXED)):
        assert (member.mtime, member.uname, member.gname, member.linkname) == (0, "", "", "")
        assert (member.devmajor, member.devminor, member.pax_headers) == (0, 0, {})


def test_gnu_tar_reads_what_was_written(tmp_path):
    program = require("tar")
    if "GNU tar" not in subprocess.run([program, "--version"], stdout=subprocess.PIPE, text=True).stdout:
        pytest.skip("another tar lists archives in another form")
    (tmp_path / "layer.tar").write_bytes(archive((*MIXED, file(f"{'d' * 100}/é", b"pax"))))
    command = [program, "--numeric-owner", "--full-time", "--quoting-style=literal", "-tvf", "layer.tar"]
    environment = {"TZ": "UTC", "LC_ALL": "C.UTF-8"}
    listed = subprocess.run(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, check=True).stdout.decode()
    assert [line.split() for line in listed.splitlines()] == [
        [mode, owner, size, "1970-01-01", "00:00:00", name]
        for mode, owner, size, name in (
            ("-rwxr-xr-x", "0/0", "8", "app"),
            ("drwxr-xr-x", "0/0", "0", f"{'d' * 100}/"),
            ("-rw-r--r--", "0/0", "3", f"{'d' * 100}/é"),
            ("drwxr-xr-x", "0/0", "0", "etc/"),
            ("-rw-r--r--", "0/7", "513", "etc/motd"),
            ("drwxr-xr-x", "0/0", "0", "home/"),
            ("drwx------", "65532/65532", "0", "home/nonroot/"),
            ("-rw-------", "65532/65532", "0", "home/nonroot/.profile"),
            ("drwxrwxrwt", "0/0", "0", "tmp/"),
        )
    ]


def test_a_link_among_other_entries():
    """It has no content, its directories are written, and it stands where its path does."""
    found = members(archive((*MIXED, LINK, SymlinkEntry("a", "app"))))
    names = [member.name for member, _ in found]
    assert names == ["a", "app", "etc", "etc/motd", "home", "home/nonroot", "home/nonroot/.profile", "tmp"] + [
        "usr", "usr/lib", "usr/lib/ssl", "usr/lib/ssl/cert.pem",
    ]  # fmt: skip
    link = found[-1][0]
    assert (link.type, link.linkname, link.size, link.mode) == (tarfile.SYMTYPE, LINK.target, 0, 0o777)
    assert (link.mtime, link.uname, link.gname, link.pax_headers) == (0, "", "", {})


def test_a_link_and_another_entry_for_a_path():
    with pytest.raises(ValueError) as error:
        tar.with_parents([SymlinkEntry("a", "b"), file("a")])
    assert "'a'" in str(error.value)


TARGETS = [
    # target, keys of its PAX header, reason
    ("/", set(), "the root"),
    ("../lib", set(), "relative"),
    ("t" * 100, set(), "100 bytes fill the field"),
    ("t" * 101, {"linkpath"}, "one more"),
    ("/" + "d/" * 200 + "t", {"linkpath"}, "a target is never cut at a slash"),
    ("t" * 4095, {"linkpath"}, "the longest that Linux takes"),
    ("/Grüße/鯨", {"linkpath"}, "not ASCII"),
    ("é" * 100, {"linkpath"}, "not ASCII, and long"),
]


@pytest.mark.parametrize("target, keys, reason", TARGETS)
def test_where_links_lead(target, keys, reason):
    for path, more in (("link", set()), ("l" * 101, {"path"})):
        content = archive([SymlinkEntry(path, target)])
        ((member, _),) = members(content)
        assert (member.name, member.linkname, member.type) == (path, target, tarfile.SYMTYPE)
        assert set(member.pax_headers) == keys | more
        assert len(content) == tar.archive_size([SymlinkEntry(path, target)])


def test_gnu_tar_makes_the_links(tmp_path):
    program = require("tar")
    links = [LINK, SymlinkEntry("long", "t/" * 100 + "t"), SymlinkEntry("non-ascii", "/Grüße"), SymlinkEntry("d/up", "../x")]
    (tmp_path / "layer.tar").write_bytes(archive(links))
    environment = {"LC_ALL": "C.UTF-8"}
    subprocess.run([program, "--no-same-owner", "-xf", "layer.tar"], cwd=tmp_path, env=environment, check=True)
    assert [os.readlink(os.fsencode(tmp_path / link.path)) for link in links] == [link.target.encode() for link in links]


ORDERS = [
    # paths of the files, all names in the archive, reason
    (["b", "a"], ["a", "b"], "sorted"),
    (["a/b/c"], ["a/", "a/b/", "a/b/c"], "every directory above, before what is in it"),
    (["a/x", "a/y"], ["a/", "a/x", "a/y"], "a directory once"),
    (["a-b", "a/b"], ["a/", "a/b", "a-b"], "'-' is less than '/', but components are compared, so a/ stays together"),
    (["B", "a", "Z"], ["B", "Z", "a"], "by bytes, not by a language's alphabet"),
    (["\U00010000", "\uffff"], ["\uffff", "\U00010000"], "by the bytes of UTF-8, not of UTF-16"),
]


@pytest.mark.parametrize("paths, names, reason", ORDERS)
def test_order_and_parents(paths, names, reason):
    for permutation in itertools.permutations(paths):
        found = members(archive([file(path) for path in permutation]))
        assert [member.name + "/" * member.isdir() for member, _ in found] == names


def test_the_order_of_the_plan_decides_nothing():
    assert {archive(entries) for entries in itertools.permutations(MIXED)} == {archive(MIXED)}


def test_two_entries_for_a_path():
    with pytest.raises(ValueError) as error:
        tar.with_parents([file("etc/a"), DirectoryEntry("etc"), file("etc/a", b"other")])
    assert "'etc/a'" in str(error.value)


@pytest.mark.parametrize("size", [0, 1, 511, 512, 513, 8191, 8192, 8193, 8704, 8705, 10240])
def test_padding_and_end(size):
    content = archive([file("a", b"x" * size)])
    data = 512 + -(-size // 512) * 512
    assert len(content) % 10240 == 0 and 0 <= len(content) - data - 1024 < 10240
    assert content[512 : 512 + size] == b"x" * size
    assert not any(content[512 + size :])
    assert len(content) == tar.archive_size([file("a", b"x" * size)])


@pytest.mark.parametrize("entries", [MIXED, (), (file("ü" * 300, b"x" * 99999),)])
def test_archive_size_is_the_archives(entries):
    assert tar.archive_size(tar.with_parents(entries)) == len(archive(entries))


@pytest.mark.parametrize("size", [1, 7, 512, 10239, 10240, 1 << 20])
def test_pieces_have_the_size_that_was_asked_for(size):
    pieces = list(map(bytes, tar.blocks(tar.with_parents(MIXED), content_of, size)))
    assert all(len(piece) == size for piece in pieces[:-1])
    assert 0 < len(pieces[-1]) <= size
    assert b"".join(pieces) == archive(MIXED)


class ShortReads(io.RawIOBase):
    """Gives as little as read(2) is allowed to give: at least one byte before the end."""

    def __init__(self, content, seed):
        self._rest, self._source = content, random.Random(seed)

    def readable(self):
        return True

    def readinto(self, buffer):
        count = min(len(buffer), len(self._rest), self._source.randint(1, 700))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        return count


@pytest.mark.parametrize("seed", range(4))
def test_how_a_file_is_read_decides_nothing(seed):
    entries = (*MIXED, file("large", random.Random(0).getrandbits(8 * 70_000).to_bytes(70_000, "big")))
    short = archive(entries, lambda entry: ShortReads(bytes.fromhex(entry.content), seed), size=1 << 16)
    assert short == archive(entries)


@pytest.mark.parametrize("actual, reason", [(0, "empty"), (999, "too short"), (1001, "too long"), (5000, "far too long")])
def test_a_file_of_another_size_than_planned(actual, reason):
    with pytest.raises(tar.ContentChanged) as error:
        archive([FileEntry("app", "unused", 1000, 0o755)], lambda entry: io.BytesIO(bytes(actual)))
    assert "'app'" in str(error.value)
