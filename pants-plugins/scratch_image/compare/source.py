"""What an operand of `diff` names that is a path: an image that is stored, a report on one, or both."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Iterator, Optional

from scratch_image.layout.archive_store import ArchiveStore
from scratch_image.layout.below import named_below
from scratch_image.layout.documents import JsonObject, parse
from scratch_image.layout.limits import Limits
from scratch_image.layout.problems import Problems, Unreadable
from scratch_image.layout.store import DirectoryStore, Store
from scratch_image.oci.names import ARCHIVE, DOCKER_MANIFEST, INDEX, LAYOUT, MARKER, REPORT, REPORT_SCHEMA

_NOT_AN_IMAGE = "name an OCI image layout, an archive of one, a directory that `package` wrote, or its image.json"


@dataclass(frozen=True)
class Source:
    """`name` is the operand; `store` has the files of a layout, None where there is only a report."""

    name: str
    store: Optional[Store]
    report: Optional[JsonObject]


@contextmanager
def opened(name: str, problems: Problems, limits: Limits) -> Iterator[Source]:
    """What a path names, while it is open. Raises OSError and Unreadable."""
    if "\0" in name:
        raise Unreadable("it is not a valid path")
    if os.path.isdir(name):
        with _directory(name, problems, limits) as source:
            yield source
    elif not os.path.lexists(name):
        raise Unreadable(f"there is no such file or directory; {_NOT_AN_IMAGE}")
    elif not stat.S_ISREG(os.stat(name).st_mode):
        raise Unreadable(f"it is neither a directory nor a file; {_NOT_AN_IMAGE}")
    elif _is_json(name):
        yield Source(name, None, _report(name, limits))
    else:
        with open(name, "rb") as file:
            yield Source(name, _checked(ArchiveStore(file, problems, limits)), None)


@contextmanager
def _directory(name: str, problems: Problems, limits: Limits) -> Iterator[Source]:
    """A layout, or what `package` wrote: the layout, else the archive, else the report alone."""
    layout, archive = os.path.join(name, LAYOUT), os.path.join(name, ARCHIVE)
    report = _report(os.path.join(name, REPORT), limits) if os.path.isfile(os.path.join(name, REPORT)) else None
    if report is None and not os.path.isdir(layout) and not os.path.isfile(archive):
        yield Source(name, _checked(DirectoryStore(name, problems, limits), below=name), None)
    elif os.path.isdir(layout):
        yield Source(name, _checked(DirectoryStore(layout, problems, limits)), report)
    elif os.path.isfile(archive):
        with open(archive, "rb") as file:
            yield Source(name, _checked(ArchiveStore(file, problems, limits)), report)
    else:
        yield Source(name, None, report)


def _checked(store: Store, below: str = "") -> Store:
    """The store of a layout. Raises Unreadable for anything else, with the images below the directory `below`."""
    if INDEX in store.sizes:
        return store
    if DOCKER_MANIFEST in store.sizes:
        raise Unreadable(
            f"it is an archive in the form of `docker save` without {INDEX}; convert it: "
            "skopeo copy docker-archive:FILE oci:DIRECTORY"
        )
    there = f"{MARKER} without {INDEX}" if MARKER in store.sizes else f"neither {MARKER} nor {INDEX}"
    cure = below and MARKER not in store.sizes and named_below(below)
    raise Unreadable(f"it is not an OCI image layout: it has {there}; {cure or _NOT_AN_IMAGE}")


def _is_json(name: str) -> bool:
    with open(name, "rb") as file:
        return file.read(64).lstrip()[:1] == b"{"


def _report(path: str, limits: Limits) -> JsonObject:
    """The report at a path. Raises OSError and Unreadable."""
    name = os.path.basename(path)
    with open(path, "rb") as file:
        content = file.read(limits.json + 1)
    if len(content) > limits.json:
        raise Unreadable(f"{name} is too large; at most {limits.json} bytes are read")
    problems = Problems(1)
    values = parse(content, name, problems, limits)
    if values is None:
        raise Unreadable(str(problems.problems[0]))
    schema = values.member("schema", int)
    if schema != REPORT_SCHEMA or "root" not in values.values:
        found = "has no schema" if schema is None else f"has the schema {schema}; this version reads {REPORT_SCHEMA}"
        raise Unreadable(f"{name} is not the report of an image: it {found}")
    return values
