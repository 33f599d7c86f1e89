"""Completes pyproject.toml for the wheel: a description without dead links, an archive that is the same on every machine.

`./pants package //:wheel` runs this file with the locked libraries of 3rdparty/python/wheel.txt. `pip wheel .` runs it with
the newest setuptools; without `deflate`, setuptools' own archive stays.
"""

from __future__ import annotations

import importlib.util
import re
import struct
import zipfile
from pathlib import Path
from typing import Tuple

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel

ROOT = Path(__file__).parent
# A package index shows the description without the files that it links to, and without pictures.
RELATIVE_LINK = re.compile(r"!?\[([^][]*)\]\((?!https?:)[^()]*\)")


def description() -> str:
    """The README and the changes, in Markdown; a link to a file of the repository, or a picture, becomes its text."""
    pages = [(ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "CHANGELOG.md")]
    return RELATIVE_LINK.sub(r"\1", "\n".join(pages))


def zip_entry(info: zipfile.ZipInfo, content: bytes, offset: int) -> Tuple[bytes, bytes]:
    """What an archive holds of a file: local header with data, and its header in the central directory (APPNOTE.TXT, 4.3).

    The compressor is libdeflate, because the output of zlib differs between its builds. Every file has the mode 0644.
    """
    import deflate

    data = bytes(deflate.deflate_compress(content, 12))
    name = info.filename.encode("ascii")
    year, month, day, hour, minute, second = info.date_time
    stamp = (hour << 11 | minute << 5 | second // 2, (year - 1980) << 9 | month << 5 | day)
    common = struct.pack("<5H3I2H", 20, 0, zipfile.ZIP_DEFLATED, *stamp, info.CRC, len(data), len(content), len(name), 0)
    central = struct.pack("<4sH26s3H2I", b"PK\1\2", 0x0314, common, 0, 0, 0, 0o100644 << 16, offset)
    return b"PK\3\4" + common + name + data, central + name


def rewrite(path: str) -> None:
    """Writes a zip archive anew, with the same names, contents, dates and order."""
    files, directory = b"", b""
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        for info in members:
            file, header = zip_entry(info, archive.read(info), len(files))
            files, directory = files + file, directory + header
    count = len(members)
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, len(directory), len(files), 0)
    Path(path).write_bytes(files + directory + end)


class SameBytesEverywhere(bdist_wheel):
    """Setuptools' wheel, without the modes of the build's files and the output of the interpreter's zlib."""

    def run(self) -> None:
        super().run()
        if importlib.util.find_spec("deflate"):
            rewrite(self.distribution.dist_files[-1][2])


setup(
    cmdclass={"bdist_wheel": SameBytesEverywhere},
    long_description=description(),
    long_description_content_type="text/markdown",
)
