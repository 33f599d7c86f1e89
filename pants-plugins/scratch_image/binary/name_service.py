"""What a static program asks of glibc's name service, by the names of the functions that it looks up in its sources.

glibc finds a source's function by its name (nss/getXXbyYY_r.c, sysdeps/posix/getaddrinfo.c), so the name of each lookup
that is linked is a text of the program: `getpwnam_r`, behind which nothing else stands. Since 2.34, files and DNS are in
libc itself, and with them a table of all names (nss/function.def), in which blanks follow: a name is one of the table then,
and two are a lookup.
"""

from __future__ import annotations

import re
from typing import Iterable, NamedTuple, Optional, Set, Tuple

from scratch_image.binary.scan import windows

# The end of the names → the database of nsswitch.conf(5).
_DATABASES = (
    ("getpw", "passwd"),
    ("getgr", "group"),
    ("initgroups", "group"),
    ("gethost", "hosts"),
    ("getcanonname", "hosts"),
    ("getserv", "services"),
    ("getproto", "protocols"),
    ("getnetgrent", "netgroup"),
    ("getnet", "networks"),
    ("getrpc", "rpc"),
    ("getalias", "aliases"),
    ("getsg", "gshadow"),
    ("getsp", "shadow"),
)
_LOOKUP = re.compile(rb"get(?<![A-Za-z_]get)[a-z0-9]{2,16}_r\0")
_GROUPS = re.compile(rb"initgroups_dyn\0")
_TABLE = b"endaliasent\0\0\0"
# What Rust's standard library links for std::env::home_dir, and asks only where HOME is not set: runtimes set it.
_OF_RUST = "getpwuid_r"


class NameService(NamedTuple):
    """`lookups` are the names of the functions, sorted. `built_in`: files and DNS are in the program; before glibc 2.34,
    they are shared libraries as all sources are."""

    lookups: Tuple[str, ...]
    built_in: bool

    @property
    def databases(self) -> Tuple[str, ...]:
        """The databases that can be asked for, sorted."""
        return tuple(sorted({name for lookup in self.lookups for name in filter(None, [database_of(lookup)])}))

    def users(self, rust: bool) -> Optional[str]:
        """The first lookup of users and groups; None without one."""
        lookups = (lookup for lookup in self.lookups if database_of(lookup) in ("passwd", "group"))
        return next((lookup for lookup in lookups if not (rust and lookup == _OF_RUST)), None)


def database_of(lookup: str) -> Optional[str]:
    """The database that a function asks; None for those of none, such as `getdate_r`."""
    return next((database for start, database in _DATABASES if lookup.startswith(start)), None)


def read_name_service(data: memoryview, ranges: Iterable[Tuple[int, int]]) -> NameService:
    """Of a program with glibc's name service; `ranges` is its loaded data."""
    built_in = False
    # Windows overlap, so a name counts by its place.
    found: Set[Tuple[int, bytes]] = set()
    for start, window in windows(data, ranges):
        built_in = built_in or _TABLE in window
        for pattern in (_LOOKUP, _GROUPS):
            found.update((start + match.start(), match[0]) for match in pattern.finditer(window))
    names = [name[:-1].decode("ascii") for _, name in found]
    linked = sorted(name for name in set(names) if names.count(name) > built_in and database_of(name))
    return NameService(tuple(linked), built_in)
