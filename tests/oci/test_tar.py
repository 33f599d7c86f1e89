"""Pins down the tar archive: what readers find in it, where PAX headers are, and that only the entries decide its bytes."""

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
from tests.support.tools import require


def file(path, content=b"", **other):
    """A FileEntry, and its content under the entry's `content`: the tests keep contents by that name."""
    return FileEntry(path, content.hex(), len(content), **{"mode": 0o644, **other})


def content_of(entry):
    return io.BytesIO(bytes.fromhex(entry.content))


def archive(entries, open_content=content_of, size=4096):
    return b"".join(map(bytes, tar.blocks(tar.with_parents(entries), open_content, size)))


def members(content):
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as opened:
        return [(member, opened.extractfile(member).read() if member.isfile() else None) for member in opened]


MIXED = (
    DirectoryEntry("tmp", 0o1777),
    file("app", b"program\n", mode=0o755),
    DirectoryEntry("home/nonroot", 0o700, 65532, 65532),
    file("home/nonroot/.profile", mode=0o600, uid=65532, gid=65532),
    file("etc/motd", b"x" * 513, gid=7),
)
LINK = SymlinkEntry("usr/lib/ssl/cert.pem", "/etc/ssl/certs/ca-certificates.crt")


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


def test_a_header_byte_by_byte():
    header = archive([file("app", b"12345678", mode=0o755, uid=65532, gid=8)])[:512]
    fields = (
        b"app" + bytes(97),
        b"0000755\0",  # mode
        b"0177774\0",  # uid
        b"0000010\0",  # gid
        b"00000000010\0",  # size
        b"00000000000\0",  # mtime
        b"007744\0 ",  # 4068, the sum of all the header's bytes with eight spaces here
        b"0" + bytes(100),  # a regular file, no link
        b"ustar\x0000",  # magic number and version
        bytes(32 + 32),  # no user's and no group's name
        b"0000000\0" * 2,  # device
        bytes(155 + 12),  # prefix, and what ustar leaves
    )
    assert header == b"".join(fields)


def test_a_links_header_byte_by_byte():
    header = archive([SymlinkEntry("app", "/bin/x", 65532, 8)])[:512]
    fields = (
        b"app" + bytes(97),
        b"0000777\0",  # mode
        b"0177774\0",  # uid
        b"0000010\0",  # gid
        b"00000000000\0",  # size
        b"00000000000\0",  # mtime
        b"010770\0 ",  # 4600, the sum of all the header's bytes with eight spaces here
        b"2/bin/x" + bytes(94),  # a symbolic link, and where it leads
        b"ustar\x0000",  # magic number and version
        bytes(32 + 32),  # no user's and no group's name
        b"0000000\0" * 2,  # device
        bytes(155 + 12),  # prefix, and what ustar leaves
    )
    assert header == b"".join(fields)


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


# VFS_CAP_REVISION_2: effective, cap_net_bind_service and cap_bpf (linux/capability.h).
CAPABILITY = bytes.fromhex("0100000200040000000000008000000000000000")


def test_a_capabilitys_header_byte_by_byte():
    """`SCHILY.xattr.` is how star, GNU tar, containerd and containers/storage name extended attributes."""
    content = archive([file("app", b"x", mode=0o755, capability=CAPABILITY)])
    record = b"57 SCHILY.xattr.security.capability=" + CAPABILITY + b"\n"
    assert len(record) == 57
    header = (
        b"././@PaxHeader" + bytes(86),
        b"0000000\0" * 3,  # mode, uid, gid
        b"00000000071\0",  # size: 57
        b"00000000000\0",  # mtime
    )
    assert content[:148] == b"".join(header)
    assert content[156:157] == b"x"
    assert content[512:1024] == record + bytes(512 - len(record))
    assert content[1024:] == archive([file("app", b"x", mode=0o755)])[: len(content) - 1024]


CAPABILITIES = [
    # entry, keys of its PAX header, reason
    (file("app", b"x", capability=CAPABILITY), set(), "a plain file"),
    (file("é" * 60, b"x", capability=CAPABILITY), {"path"}, "a name that needs PAX, too"),
    (file("app", b"x", uid=2**31, gid=2**31, capability=CAPABILITY), {"uid", "gid"}, "and ids"),
    (file("app", capability=CAPABILITY), set(), "an empty file"),
    (file("app", b"x", capability=b"\n 9 a=b\n"), set(), "what looks like another record"),
    (file("app", b"x", capability=bytes(range(256))), set(), "every byte"),
]


@pytest.mark.parametrize("entry, keys, reason", CAPABILITIES)
def test_capabilities(entry, keys, reason):
    content = archive([entry])
    ((member, data),) = members(content)
    found = member.pax_headers["SCHILY.xattr.security.capability"]
    assert found.encode("utf-8", "surrogateescape") == entry.capability, reason
    assert set(member.pax_headers) == {"SCHILY.xattr.security.capability"} | keys
    assert (member.name, data) == (entry.path, content_of(entry).read())
    assert len(content) == tar.archive_size([entry])


def test_a_capability_is_of_one_file_alone():
    found = members(archive([file("a", b"x", capability=CAPABILITY), file("b", b"y"), DirectoryEntry("c")]))
    assert [set(member.pax_headers) for member, _ in found] == [{"SCHILY.xattr.security.capability"}, set(), set()]


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


HUNDRED = "n" * 100
PAX = [
    # entry, (length of the prefix, of the name) in the ustar header, keys of its PAX header, reason
    (file(HUNDRED), (0, 100), set(), "100 bytes fill the name"),
    (DirectoryEntry(HUNDRED[:99]), (0, 100), set(), "the slash at a directory's end counts"),
    (file(f"{'p' * 155}/{HUNDRED}"), (155, 100), set(), "the longest name that ustar can hold"),
    (file(f"p/{HUNDRED}"), (1, 100), set(), "the shortest prefix"),
    (file(f"{'p/' * 77}p/{HUNDRED}"), (155, 100), set(), "many slashes to cut at"),
    (file(f"{'p' * 60}/{'q' * 60}/r"), (60, 62), set(), "cut at the leftmost slash that will do"),
    (DirectoryEntry(f"p/{HUNDRED[:99]}"), (1, 100), set(), "a directory cut in two"),
    (file(HUNDRED + "n"), (0, 100), {"path"}, "101 bytes without a slash"),
    (file(f"{'p' * 156}/{HUNDRED}"), (0, 100), {"path"}, "a prefix of 156 bytes"),
    (file(f"p/{HUNDRED}n"), (0, 100), {"path"}, "101 bytes after the last slash"),
    (DirectoryEntry(HUNDRED), (0, 100), {"path"}, "with its slash 101 bytes, and the slash is no place to cut"),
    (DirectoryEntry(f"p/{HUNDRED}"), (0, 100), {"path"}, "the same below another directory"),
    (file("grüße"), (0, 5), {"path"}, "not ASCII"),
    (file("a", uid=2097151, gid=2097151), (0, 1), set(), "the largest ids of seven octal digits"),
    (file("a", uid=2097152), (0, 1), {"uid"}, "one more"),
    (file("a", gid=2**32 - 2), (0, 1), {"gid"}, "the largest id there is"),
    (DirectoryEntry("ü", 0o755, 2**31, 2**31), (0, 2), {"path", "uid", "gid"}, "everything at once"),
]


@pytest.mark.parametrize("entry, split, keys, reason", PAX)
def test_pax_only_where_ustar_can_not_say_it(entry, split, keys, reason):
    content = b"".join(map(bytes, tar.blocks([entry], content_of, 512)))
    ((member, _),) = members(content)
    assert (member.name, member.uid, member.gid) == (entry.path, entry.uid, entry.gid)
    assert set(member.pax_headers) == keys
    header = content[member.offset_data - 512 : member.offset_data]
    assert tuple(len(part.rstrip(b"\0")) for part in (header[345:500], header[:100])) == split


@pytest.mark.parametrize("size, blocks, keys", [(2**33 - 1, 1, set()), (2**33, 3, {"size"}), (10**12, 3, {"size"})])
def test_a_file_of_8_gib_has_its_size_in_pax(size, blocks, keys):
    """Only the blocks of the headers are asked for: the content need not exist."""
    entry = FileEntry("big", "unused", size, 0o644)
    headers = bytes(next(tar.blocks([entry], content_of, blocks * 512)))
    with tarfile.open(fileobj=io.BytesIO(headers), mode="r:") as opened:
        member = opened.firstmember
    assert (member.name, member.size, set(member.pax_headers)) == ("big", size, keys)
    # To the headers and the content come less than a block of padding, two blocks of end, and less than a record.
    assert tar.archive_size([entry]) % 10240 == 0
    assert 1024 <= tar.archive_size([entry]) - size - len(headers) < 512 + 1024 + 10240


def test_pax_records_of_every_length():
    """A record begins with its own length in digits: where that gains a digit, it gains it twice or not at all."""
    names = ["é" + "x" * length for length in (*range(80, 100), *range(970, 1000), *range(9970, 9995))]
    assert [member.name for member, _ in members(archive(map(file, names)))] == sorted(names)


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
