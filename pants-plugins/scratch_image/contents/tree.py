"""All paths of an image, from all their sources: what can not be together, and what is likely a mistake. Pure, linear."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import Dict, Iterable, Iterator, List, Optional, Tuple

from scratch_image.oci.tar import DirectoryEntry, Entry, SymlinkEntry

# path_resolution(7), MAXSYMLINKS.
_MAX_LINKS = 40


@dataclass(frozen=True)
class Claim:
    """An entry of the image, and the field that it is from."""

    source: str
    entry: Entry


@dataclass(frozen=True)
class Conflict:
    """`source` is the field to mend; `text` says what is wrong with it, and the cure."""

    source: str
    text: str


def conflicts(claims: Iterable[Claim]) -> Tuple[Conflict, ...]:
    """What is claimed twice, what is in a file or behind a link, and links that leave the image or lead to themselves."""
    by_path: Dict[str, Claim] = {}
    found: List[Conflict] = []
    for claim in claims:
        first = by_path.setdefault(claim.entry.path, claim)
        if first is not claim and not _same_directory(first.entry, claim.entry):
            text = f"/{claim.entry.path} is there already, from {first.source}; choose another path"
            found.append(Conflict(claim.source, text))
    for claim in by_path.values():
        above = _above(claim.entry.path, by_path)
        if above:
            kind = "a link" if isinstance(above.entry, SymlinkEntry) else "a file"
            text = f"/{claim.entry.path} is below /{above.entry.path}, which is {kind} ({above.source}); choose another path"
            found.append(Conflict(claim.source, text))
    links = {path: claim for path, claim in by_path.items() if isinstance(claim.entry, SymlinkEntry)}
    found.extend(Conflict(claim.source, text) for claim in links.values() for text in _link_mistakes(claim.entry, links))
    return tuple(found)


def same_but_for_case(claims: Iterable[Claim]) -> Tuple[Tuple[str, str], ...]:
    """Pairs of paths that a file system which ignores case takes for one."""
    seen: Dict[str, str] = {}
    pairs = []
    for claim in claims:
        path = claim.entry.path
        first = seen.setdefault(path.casefold(), path)
        if first != path:
            pairs.append((f"/{first}", f"/{path}"))
    return tuple(dict.fromkeys(pairs))


def _same_directory(one: Entry, other: Entry) -> bool:
    return isinstance(one, DirectoryEntry) and one == other


def _above(path: str, by_path: Dict[str, Claim]) -> Optional[Claim]:
    """The claim of a directory above a path that is none."""
    while "/" in path:
        path = path.rpartition("/")[0]
        claim = by_path.get(path)
        if claim and not isinstance(claim.entry, DirectoryEntry):
            return claim
    return None


def _link_mistakes(link: Entry, links: Dict[str, Claim]) -> Iterator[str]:
    assert isinstance(link, SymlinkEntry)
    at = link
    for _ in range(_MAX_LINKS):
        path = _leads_to(at)
        if path is None:
            yield f"the link /{at.path} leads to {at.target!r}, out of the image; write a path in it"
            return
        following = links.get(path)
        if following is None:
            return
        assert isinstance(following.entry, SymlinkEntry)
        at = following.entry
    yield f"the link /{link.path} leads to itself; write where it is to end"


def _leads_to(link: SymlinkEntry) -> Optional[str]:
    """The path that a link names, without its first slash; None where it climbs above the root."""
    depth = 0 if link.target.startswith("/") else link.path.count("/")
    for part in link.target.split("/"):
        depth += -1 if part == ".." else 0 if part in ("", ".") else 1
        if depth < 0:
            return None
    return posixpath.normpath(posixpath.join("/", posixpath.dirname(link.path), link.target)).lstrip("/")
