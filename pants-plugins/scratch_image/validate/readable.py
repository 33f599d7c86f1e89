"""The documents that are beside a layout for people and scanners: the files that `attestations` of a report names."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from typing import Optional

from scratch_image.layout.documents import JsonObject, parse
from scratch_image.layout.limits import Limits
from scratch_image.layout.problems import Problems, shown
from scratch_image.oci.names import PROVENANCE, REPORT, SBOM
from scratch_image.validate.result import ValidationResult

_PATH = re.compile(rf"(?:{SBOM}|{PROVENANCE})/[a-z0-9.-]+\.json")


def check_readable(directory: str, content: bytes, limits: Limits) -> Optional[ValidationResult]:
    """Compares the files with the digests and sizes in the report, whose bytes are given; None if it names none."""
    values = parse(content, REPORT, Problems(0), limits)
    entries = tuple(filter(None, (values.children("attestations") if values else None) or ()))
    if not entries:
        return None
    problems = Problems(limits.problems)
    sizes = [_check(directory, entry, problems, limits) for entry in entries]
    return ValidationResult(tuple(problems.problems), tuple(problems.not_checked), 0, len(sizes), sum(sizes))


def _check(directory: str, entry: JsonObject, problems: Problems, limits: Limits) -> int:
    """The size of the file of an entry, which is read."""
    document, path = entry.values.get("document"), entry.values.get("path")
    if not isinstance(path, str) or not _PATH.fullmatch(path) or not isinstance(document, dict):
        problems.broken(entry.where, "path", shown(path), "it is not the path of a document beside the layout")
        return 0
    try:
        there = _read(os.path.join(directory, path), limits.attested)
    except OSError as error:
        problems.broken(path, "file", "nothing", f"the file cannot be read: {error.strerror}")
        return 0
    if document.get("size") != len(there):
        problems.mismatch(path, "size", str(document.get("size")), str(len(there)))
    elif document.get("digest") != f"sha256:{hashlib.sha256(there).hexdigest()}":
        derived = f"sha256:{hashlib.sha256(there).hexdigest()}"
        problems.mismatch(path, "digest", str(document.get("digest")), derived)
    return len(there)


def _read(path: str, most: int) -> bytes:
    """A regular file that is no link, and at most one byte more than `most`."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with open(os.open(path, flags), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(0, "it is not a regular file")
        return file.read(most + 1)
