"""The files of an image, written below the working directory, which is the root of the process that writes them: no link can
lead out of it. All parent directories are in each layer, before what is in them (layout/tar_rules.py)."""

from __future__ import annotations

import errno
import os
from typing import Dict, NamedTuple, Optional

from scratch_image.layout.tar_header import DIRECTORY, SYMLINK, Entry
from scratch_image.run.errors import NoSpace, NotRun
from scratch_image.run.image import StoredImage
from scratch_image.run.leftovers import remove_tree
from scratch_image.run.users import User

_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Owner(NamedTuple):
    """Who all files belong to where one user is all there is, and by which rule modes change then: the bits that hold for
    that user become the owner's, so that it is allowed what the image allows."""

    user: User

    def mode(self, mode: int, uid: int, gid: int) -> int:
        """The mode of a file that the image gives to `uid` and `gid`. Setuid and setgid are gone: there is no other user."""
        if self.user.uid in (0, uid):
            bits = mode >> 6 & 7
        elif gid in (self.user.gid, *self.user.groups):
            bits = mode >> 3 & 7
        else:
            bits = mode & 7
        return mode & 0o1077 | bits << 6


def unpack(image: StoredImage, owner: Optional[Owner]) -> None:
    """Writes the files of all layers below the working directory, with their owners and modes, or as those of one `owner`.
    Raises NotRun, and NoSpace."""
    written: Dict[bytes, Entry] = {}
    try:
        for number, layer in enumerate(image.layers):
            for entry, offset in image.members(number):
                _make_way(entry, written)
                path = entry.name.rstrip(b"/")
                written[path] = entry
                if entry.kind == SYMLINK:
                    os.symlink(entry.target, path)
                    if owner is None:
                        os.lchown(path, entry.uid, entry.gid)
                    os.utime(path, (entry.mtime or 0, entry.mtime or 0), follow_symlinks=False)
                elif entry.kind != DIRECTORY:
                    _write(path, entry, layer, offset, owner)
        directories = {path: entry for path, entry in written.items() if entry.kind == DIRECTORY}
        # From the bottom up: a directory may close itself to its owner.
        for path, entry in sorted(directories.items(), reverse=True):
            _finish(path, None, entry, owner)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoSpace("the image does not fit into the place where it is unpacked: no space left") from None
        raise NotRun(f"the image cannot be unpacked: {error}") from None


def _make_way(entry: Entry, written: Dict[bytes, Entry]) -> None:
    """Removes what an entry replaces, and makes a directory. Nothing is there but what was written."""
    path = entry.name.rstrip(b"/")
    there = written.get(path)
    if there and there.kind == DIRECTORY:
        if entry.kind == DIRECTORY:
            return
        remove_tree(path)
        for below in [other for other in written if other.startswith(path + b"/")]:
            del written[below]
    elif there:
        os.unlink(path)
    if entry.kind == DIRECTORY:
        os.mkdir(path, 0o700)


def _write(path: bytes, entry: Entry, layer: int, offset: int, owner: Optional[Owner]) -> None:
    file = os.open(path, _WRITE, 0o600)
    try:
        end = offset + entry.size
        while offset < end:
            sent = os.sendfile(file, layer, offset, end - offset)
            if not sent:
                raise NotRun("the image cannot be unpacked: a layer has changed")
            offset += sent
        _finish(path, file, entry, owner)
    finally:
        os.close(file)


def _finish(path: bytes, file: Optional[int], entry: Entry, owner: Optional[Owner]) -> None:
    where = path if file is None else file
    if owner is None:
        try:
            os.chown(where, entry.uid, entry.gid)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            name = path.decode("utf-8", "replace")
            raise NotRun(f"/{name} belongs to {entry.uid}:{entry.gid}, which is not among the ids that are mapped") from None
        os.chmod(where, entry.mode)
        if entry.capability and file is not None:
            os.setxattr(file, "security.capability", entry.capability)
    else:
        os.chmod(where, owner.mode(entry.mode, entry.uid, entry.gid))
    os.utime(where, (entry.mtime or 0, entry.mtime or 0))
