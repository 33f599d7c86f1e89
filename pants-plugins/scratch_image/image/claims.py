"""All paths of an image, from all its fields: what cannot be together, and what is likely a mistake. Pure, linear."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Iterable, Iterator, List, Mapping, Optional, Tuple

from scratch_image.image.field_reader import Mistake
from scratch_image.oci.linux import MAX_LINKS
from scratch_image.oci.tar import DirectoryEntry, Entry, SymlinkEntry


@dataclass(frozen=True)
class PathClaim:
    """An `entry` of the image, and its `source`: the field that it is from."""

    source: str
    entry: Entry


def conflicts(claims: Iterable[PathClaim]) -> Tuple[Mistake, ...]:
    """What is claimed twice, what is in a file or behind a link, and links that leave the image or lead to themselves.

    Of two claims that cannot be together, the later one is the mistake: an image's first entries do not depend on the rest.
    """
    by_path: Dict[str, PathClaim] = {}
    mistakes: List[Mistake] = []
    for claim in claims:
        first = by_path.setdefault(claim.entry.path, claim)
        if first is not claim and not (isinstance(first.entry, DirectoryEntry) and first.entry == claim.entry):
            text = f"/{claim.entry.path} is there already, from {first.source}; choose another path"
            mistakes.append(Mistake(claim.source, text))
    mistakes.extend(_below(by_path))
    links = {path: claim.entry for path, claim in by_path.items() if isinstance(claim.entry, SymlinkEntry)}
    for path, link in links.items():
        text = _link_mistake(link, links)
        if text:
            mistakes.append(Mistake(by_path[path].source, text))
    return tuple(mistakes)


def same_but_for_case(claims: Iterable[PathClaim]) -> Tuple[Tuple[str, str], ...]:
    """Pairs of paths that are one path to a file system which ignores case."""
    seen: Dict[str, str] = {}
    pairs = []
    for claim in claims:
        path = claim.entry.path
        first = seen.setdefault(path.casefold(), path)
        if first != path:
            pairs.append((f"/{first}", f"/{path}"))
    return tuple(dict.fromkeys(pairs))


def _above(path: str, by_path: Dict[str, PathClaim]) -> Optional[PathClaim]:
    """The claim of a file or a link above a path, if there is one."""
    while "/" in path:
        path = path.rpartition("/")[0]
        claim = by_path.get(path)
        if claim and not isinstance(claim.entry, DirectoryEntry):
            return claim
    return None


def _below(by_path: Dict[str, PathClaim]) -> Iterator[Mistake]:
    """What is below a file or a link: one mistake for all that is below it and from one field."""
    order = {path: number for number, path in enumerate(by_path)}
    groups: Dict[Tuple[str, str, bool], List[PathClaim]] = {}
    for path, claim in by_path.items():
        above = _above(path, by_path)
        if above:
            is_later = order[path] > order[above.entry.path]
            groups.setdefault((above.entry.path, claim.source, is_later), []).append(claim)
    for (place, source, is_later), below in groups.items():
        above = by_path[place]
        kind = "a link" if isinstance(above.entry, SymlinkEntry) else "a file"
        first = f"/{below[0].entry.path}"
        more = f" and {len(below) - 1} more" if len(below) > 1 else ""
        if is_later:
            verb = "are" if more else "is"
            text = f"{first}{more} {verb} below /{place}, which is {kind} ({above.source}); choose another path"
            yield Mistake(source, text)
        else:
            text = f"/{place} is {kind}, and {first}{more} would be below it ({source}); choose another path"
            yield Mistake(above.source, text)


def _link_mistake(link: SymlinkEntry, links: Dict[str, SymlinkEntry]) -> str:
    if _climbs_out(link):
        return f"the link /{link.path} leads to {link.target!r}, out of the image; write a path in it"
    if end_of(link, links) is None:
        return f"the link /{link.path} leads to itself, or through more than {MAX_LINKS} links; write the path at its end"
    return ""


def _climbs_out(link: SymlinkEntry) -> bool:
    """Whether a link's target goes above the root, other links left aside."""
    depth = 0 if link.target.startswith("/") else link.path.count("/")
    for part in link.target.split("/"):
        depth += -1 if part == ".." else 0 if part in ("", ".") else 1
        if depth < 0:
            return True
    return False


def end_of(link: SymlinkEntry, links: Mapping[str, SymlinkEntry]) -> Optional[str]:
    """The path that the kernel resolves a link to, without a leading slash, whether something is there or not. It follows
    every link on the way; None if there are more than it follows (path_resolution(7))."""
    place: List[str] = link.path.split("/")
    left: List[str] = []
    followed = 0
    following: Optional[SymlinkEntry] = link
    while following or left:
        if following:
            followed += 1
            if followed > MAX_LINKS:
                return None
            place = [] if following.target.startswith("/") else place[:-1]
            left.extend(reversed(following.target.split("/")))
        following = None
        part = left.pop()
        if part == "..":
            place = place[:-1]
        elif part not in ("", "."):
            place.append(part)
            following = links.get("/".join(place))
    return "/".join(place)
