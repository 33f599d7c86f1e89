"""Plans of archives, and what is written of them."""

from __future__ import annotations

import io
import tarfile

from scratch_image.oci import tar
from scratch_image.oci.tar import DirectoryEntry, FileEntry, SymlinkEntry


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


# VFS_CAP_REVISION_2: effective, cap_net_bind_service and cap_bpf (linux/capability.h).
CAPABILITY = bytes.fromhex("0100000200040000000000008000000000000000")
