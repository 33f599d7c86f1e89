"""Where a key is: in a file, or in a variable of the environment (`env:NAME`)."""

from __future__ import annotations

import os
import re
import stat
from typing import Callable, Mapping, Optional

from scratch_image.sign.errors import SigningError
from scratch_image.sign.keys import PASSPHRASE, SigningKey, read_signing_key

ENV = "env:"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FRAME = re.compile(r"-----(?:BEGIN|END) [A-Z0-9 ]*-----")
# Bytes; a key has some hundred.
_MOST = 64 << 10
Notice = Callable[[str], None]
Secret = Callable[[str], None]


def variable(source: str) -> Optional[str]:
    """The name of the variable that a source names; None for a file. Raises SigningError for what is not a name."""
    if not source.startswith(ENV):
        return None
    name = source[len(ENV) :]
    if not _NAME.fullmatch(name):
        # Not shown: somebody may have put the key itself there.
        raise SigningError(
            "a signing key is given as `env:` without the name of a variable", "write env:NAME: 'env:SIGNING_KEY'"
        )
    return name


def signing_key(source: str, variables: Mapping[str, str], notice: Notice, secret: Secret) -> SigningKey:
    """The private key that a source names. `secret` is told what must not be shown, and `notice` takes a warning if others
    can read the file. Raises SigningError."""
    name = variable(source)
    passphrase = variables.get(PASSPHRASE)
    if passphrase:
        secret(passphrase)
    if name is None:
        where, content = f"the signing key {source}", read_file(source, "the signing key", notice)
    else:
        where = f"the signing key in the variable {name}"
        text = variables.get(name)
        if not text:
            raise SigningError(f"{where} is missing: the variable is not set, or empty", f"set {name} to the key in PEM")
        content = text.encode("utf-8", "surrogateescape")
    # Without the frames: a key may be in one line, with blanks in the place of the ends of lines.
    for line in _FRAME.sub("\n", content.decode("latin-1")).splitlines():
        secret(line.strip())
    encoded = None if passphrase is None else passphrase.encode("utf-8", "surrogateescape")
    return read_signing_key(content, where, encoded)


def read_file(path: str, what: str, notice: Optional[Notice] = None) -> bytes:
    """The bytes of a file with a key; `notice` takes a warning if others can read it. Raises SigningError."""
    try:
        with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise SigningError(f"{what} {path} is not a file", "give the path of a file in PEM")
            content = file.read(_MOST + 1)
    except OSError as error:
        cure = "give the path of an existing file in PEM, or `env:NAME`" if notice else "give the path of a file in PEM"
        raise SigningError(f"{what} {path} cannot be read: {error.strerror}", cure) from None
    if len(content) > _MOST:
        raise SigningError(f"{what} {path} is not a key: it has more than {_MOST} bytes", "give the path of a file in PEM")
    readers = status.st_mode & (stat.S_IRGRP | stat.S_IROTH)
    if notice and readers and b"PRIVATE KEY" in content:
        who = "every user of this machine" if readers & stat.S_IROTH else "its group"
        notice(f"{what} {path} can be read by {who} (mode {stat.S_IMODE(status.st_mode):04o}); run: chmod 600 {path}")
    return content
