"""Where each library finds time zones: those that the program asks for by name, and the local one, which TZ names."""

from __future__ import annotations

import re
from typing import Iterable, Iterator, Optional

from scratch_image.layout.tree import DIRECTORY
from scratch_image.root.answer import MISSING, SATISFIED, UNUSABLE, Answer
from scratch_image.root.root import EXECUTE, Root

ZONEINFO, TZDIR, TZ, GOROOT = "ZONEINFO", "TZDIR", "TZ", "GOROOT"
# time/zoneinfo_unix.go, Go 1.21 to 1.27; /etc/zoneinfo since 1.21.
GO = ("/usr/share/zoneinfo", "/usr/share/lib/zoneinfo", "/usr/lib/locale/TZ", "/etc/zoneinfo")
# src/time/__tz.c.
MUSL = ("/usr/share/zoneinfo", "/share/zoneinfo", "/etc/zoneinfo")
# chrono 0.4, src/offset/local/tz_info/timezone.rs.
CHRONO = ("/usr/share/zoneinfo", "/share/zoneinfo", "/etc/zoneinfo", "/usr/share/lib/zoneinfo")
GLIBC = "/usr/share/zoneinfo"
# Names whose time is UTC, with the data or without.
UTC = (
    "",
    "UTC",
    "UTC0",
    "GMT",
    "GMT0",
    "Etc/UTC",
    "Etc/GMT",
    "Etc/UCT",
    "Etc/Universal",
    "Etc/Zulu",
    "UCT",
    "Universal",
    "Zulu",
)
# The names of zones have three parts at most: America/Argentina/Ushuaia.
_DEPTH = 3
_GOROOT_ZIP = "/lib/time/zoneinfo.zip"
# POSIX.1, chapter 8, TZ: a name and an offset. musl needs a digit or a sign behind the name; or UTC and GMT alone.
_RULE = re.compile(r"(<[A-Za-z0-9+-]{3,}>|[A-Za-z]{3,})[+-]?\d{1,2}.*")
# chrono knows no rules for daylight saving time but those that TZ has (src/offset/local/tz_info/rule.rs).
_OFFSET, _DAY = r"[+-]?\d{1,3}(:\d{1,2}){0,2}", r",(M\d{1,2}\.\d\.\d|J\d{1,3}|\d{1,3})(/[+-]?\d{1,3}(:\d{1,2}){0,2})?"
_NAME = r"(<[A-Za-z0-9+-]{3,7}>|[A-Za-z]{3,7})"
_CHRONO_RULE = re.compile(f"{_NAME}{_OFFSET}({_NAME}({_OFFSET})?{_DAY}{_DAY})?")
_MUSL_RULE = re.compile(r"(UTC|GMT)|(<[^>]*>|[A-Za-z]+)[+\-0-9].*")


def go_location(root: Root, embedded: bool, goroot: bool = False) -> Answer:
    """Go's time.LoadLocation, for any name: ZONEINFO, a directory or a zip file; the system's places; the data in the
    program, if it is `embedded`; the file of GOROOT. `goroot` is whether the program holds the path of its own (no
    -trimpath)."""
    named = root.variable(ZONEINFO)
    if embedded:
        return Answer(SATISFIED, "the program")
    places = [*([named] if named else []), *GO, *_goroot(root, goroot)]
    for place in places:
        if place.endswith(".zip"):
            if root.readable(place):
                return Answer(SATISFIED, place)
        elif _has_zones(root, place):
            return Answer(SATISFIED, place)
    return _failed(root, places)


def go_local(root: Root, embedded: bool, goroot: bool = False) -> Answer:
    """Go's time.Local by TZ (initLocal): a file, or a name in the system's places, the embedded data, or GOROOT; never in
    ZONEINFO. It knows no rules such as CET-1CEST."""
    name = root.variable(TZ)
    name = name[1:] if name.startswith(":") else name
    if name in UTC:
        return Answer(SATISFIED, "the program")
    if name.startswith("/"):
        return _file(root, (name,))
    found = _file(root, (f"{place}/{name}" for place in GO))
    if not found and embedded:
        return Answer(SATISFIED, "the program")
    zips = [place for place in _goroot(root, goroot) if root.readable(place)]
    return found if found or not zips else Answer(SATISFIED, zips[0])


def glibc_local(root: Root) -> Answer:
    """glibc's tzset (time/tzset.c, tzfile.c): a file, or a name in TZDIR, else in its own place; else a rule."""
    value = root.variable(TZ)
    name = value[1:] if value.startswith(":") else value
    if name in UTC:
        return Answer(SATISFIED, "the program")
    place = root.variable(TZDIR) or GLIBC
    found = _file(root, (name if name.startswith("/") else f"{place}/{name}",))
    return found or _rule(_RULE, name) or found


def musl_local(root: Root) -> Answer:
    """musl's tzset (src/time/__tz.c): a rule; else a path, absolute or beginning with a dot; else a name in its places."""
    value = root.variable(TZ)
    if value.lstrip(":") in UTC or _MUSL_RULE.fullmatch(value):
        return Answer(SATISFIED, "the program")
    name = value[1:] if value.startswith(":") else value
    if name.startswith(("/", ".")):
        return _file(root, (name,))
    if "." in name:
        return Answer(MISSING, MUSL[0])
    return _file(root, (f"{place}/{name}" for place in MUSL))


def chrono_local(root: Root) -> Answer:
    """chrono's Local (0.4): a name in its places, else a rule."""
    value = root.variable(TZ)
    if value.lstrip(":") in UTC:
        return Answer(SATISFIED, "the program")
    if value == "localtime":
        return _file(root, ("/etc/localtime",))
    name = value[1:] if value.startswith(":") else value
    found = _file(root, (name,) if name.startswith("/") else (f"{place}/{name}" for place in CHRONO))
    if found or value.startswith(":"):
        return found
    return _rule(_CHRONO_RULE, name) or found


def any_local(root: Root) -> Answer:
    """A library that nothing names: satisfied if any of the others would be."""
    answers = [glibc_local(root), musl_local(root), chrono_local(root)]
    return next(filter(None, answers), answers[0])


def system_directory(root: Root, places: Iterable[str] = CHRONO) -> Answer:
    """Zones by name in a program that is not Go: TZDIR, which some read, and the usual places."""
    named = root.variable(TZDIR)
    every = (*((named,) if named else ()), *places)
    for place in every:
        if _has_zones(root, place):
            return Answer(SATISFIED, place)
    return _failed(root, every)


def _has_zones(root: Root, place: str, depth: int = _DEPTH) -> bool:
    """Whether the user can read a file below a directory, by its name: listing it is not asked for."""
    found = root.lookup(place)
    if depth == 0 or found.node is None or found.kind != DIRECTORY or not root.may(found.node, EXECUTE):
        return False
    below = [f"{found.path.rstrip('/')}/{name}" for name in root.names_in(found.path)]
    return any(map(root.readable, below)) or any(_has_zones(root, path, depth - 1) for path in below)


def _goroot(root: Root, own: bool) -> Iterator[str]:
    """GOROOT's file: of the variable, or of the path in the program, which nobody has read."""
    if root.variable(GOROOT):
        yield f"{root.variable(GOROOT)}{_GOROOT_ZIP}"
    elif own:
        yield from (path for path in root.nodes if path.endswith(_GOROOT_ZIP))


def _rule(pattern: re.Pattern[str], value: str) -> Optional[Answer]:
    return Answer(SATISFIED, "TZ itself") if pattern.fullmatch(value) else None


def _file(root: Root, paths: Iterable[str]) -> Answer:
    """The first of these files that can be read."""
    every = tuple(paths)
    for path in every:
        if root.readable(path):
            return Answer(SATISFIED, path)
    return _failed(root, every)


def _failed(root: Root, places: Iterable[str]) -> Answer:
    every = tuple(places)
    for place in every:
        found = root.lookup(place)
        if found.denied:
            return Answer(UNUSABLE, place, "the user cannot read it")
        if found.kind == DIRECTORY and root.readable_directory(place):
            return Answer(UNUSABLE, place, "it is an empty directory")
        if found.node:
            return Answer(UNUSABLE, place, "the user cannot read it")
    return Answer(MISSING, every[0] if every else "")
