"""Pins down headers of archives byte by byte, and the records that are in PAX."""

from __future__ import annotations

import io
import tarfile

import pytest

from scratch_image.oci import tar
from scratch_image.oci.tar import DirectoryEntry, FileEntry, SymlinkEntry
from tests.support.tars import CAPABILITY, archive, content_of, file, members


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
