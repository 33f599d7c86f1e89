"""The files of two images, compared: what is new, gone, or differs in content, mode, owner, target, kind or capabilities.

Certificates and time zones are told by what they are, not by their files.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Callable, Container, Dict, Iterator, List, Mapping, Optional, Tuple

from scratch_image.certificates.pem import Block, decode, split
from scratch_image.compare.reason import Reason, between, changed
from scratch_image.compare.tree import Item
from scratch_image.layout.tree import DIRECTORY, FILE, SYMLINK, Node
from scratch_image.oci.numbers import counted, digits
from scratch_image.oci.text import printable

Items = Mapping[str, Item]
# The content of a file of a side, as far as it can be read.
Content = Callable[[Item], Optional[bytes]]
_ZONEINFO = re.compile(r"(?:.*/)?zoneinfo/")
_ZONES = "tzdata.zi"
_RELEASE = re.compile(rb"# version ([0-9]{4}[a-z]+)")
# Where programs look for CA certificates (root/certificates.py), and what those files are called elsewhere.
_CERTIFICATES = re.compile(
    r"(?:.*/)?(?:ca-certificates\.crt|ca-bundle\.(?:crt|pem|trust\.crt)|cacert\.pem|cert\.pem|ca-bundle)"
)
_MOST = 20


def file_reasons(
    before: Items,
    after: Items,
    contents: Tuple[Content, Content],
    versions: Tuple[Mapping[str, str], Mapping[str, str]],
    stated: Container[str] = (),
) -> List[Reason]:
    """Why the files differ; programs are not looked into. `versions` are those of runtime files, where a report has them;
    `stated` are subjects of which more is said elsewhere."""
    paths = [path for path in sorted({*before, *after}) if _differs(before.get(path), after.get(path))]
    found: List[Reason] = []
    zones = [path for path in paths if _ZONEINFO.match(path)]
    certificates = [path for path in paths if _CERTIFICATES.fullmatch(path) and _is_content(before, after, path)]
    known = {*zones, *certificates}
    others = [path for path in paths if path not in known and not _is_implied(path, before, after, paths)]
    by_path = ([*_of_path(path, before.get(path), after.get(path))] for path in others)
    shown = [left for left in ([each for each in some if each.subject not in stated] for some in by_path) if left]
    for some in shown[:_MOST]:
        found += some
    if len(shown) > _MOST:
        found.append(changed("file", "more files", None, None, f"… and {len(shown) - _MOST} more files"))
    for path in certificates:
        found.append(_certificates(path, before.get(path), after.get(path), contents, versions))
    if zones:
        found.append(_zones(zones, before, after, versions))
    return found


def content_differs(before: Optional[Item], after: Optional[Item]) -> bool:
    """Whether both are files, of different content."""
    return bool(before and after and before.node.kind == after.node.kind == FILE and before.node.digest != after.node.digest)


def _differs(before: Optional[Item], after: Optional[Item]) -> bool:
    if before is None or after is None:
        return True
    return before.node != after.node or before.capability != after.capability


def _is_content(before: Items, after: Items, path: str) -> bool:
    """Whether certificates are what differs at a path: they are new, gone, or others."""
    one, other = before.get(path), after.get(path)
    if one is None or other is None:
        there = one or other
        return there is not None and there.node.kind == FILE
    return content_differs(one, other)


def _is_implied(path: str, before: Items, after: Items, paths: List[str]) -> bool:
    """Whether it is a directory that is new or gone with something in it, or the root, which is there without an entry."""
    if path in before and path in after:
        return False
    if not path:
        return True
    item = before.get(path) or after.get(path)
    # The paths are sorted: what is in it follows at once.
    below = bisect_left(paths, f"{path}/")
    return bool(item and item.node.kind == DIRECTORY and below < len(paths) and paths[below].startswith(f"{path}/"))


def _of_path(path: str, before: Optional[Item], after: Optional[Item]) -> Iterator[Reason]:
    name = f"/{path}"
    if before is None or after is None:
        verb, item = ("new", after) if before is None else ("gone", before)
        if item is not None:
            text = f"file {name}: {verb}, {_described(item.node)}"
            values = [None if each is None else _described(each.node) for each in (before, after)]
            yield between("file", name, values, text)
        return
    one, other = before.node, after.node
    if one.kind != other.kind or (not one.kind and one.target != other.target):
        yield changed(
            "file",
            f"{name} kind",
            _described(one),
            _described(other),
            f"file {name}: {_described(one)} → {_described(other)}",
        )
        return
    if one.kind == SYMLINK and one.target != other.target:
        yield changed(
            "file", f"{name} target", one.target, other.target, f"link {name}: target {one.target} → {other.target}"
        )
    if one.digest != other.digest:
        text = f"file {name}: content, {digits(one.size)} → {counted(other.size, 'byte')}"
        if one.size == other.size:
            text = f"file {name}: content, of the same size, {counted(other.size, 'byte')}"
        yield changed("file", f"{name} content", one.digest, other.digest, text)
    if one.mode != other.mode:
        yield _property(name, "mode", f"{one.mode:04o}", f"{other.mode:04o}", one.kind)
    if one.owner != other.owner:
        yield _property(name, "owner", one.owner, other.owner, one.kind)
    if before.capability != after.capability:
        sets = [item.capability.hex() or "none" for item in (before, after)]
        yield _property(name, "capabilities", sets[0], sets[1], one.kind)


def _property(name: str, what: str, before: str, after: str, kind: str) -> Reason:
    noun = "link" if kind == SYMLINK else kind or "file"
    return changed("file", f"{name} {what}", before, after, f"{noun} {name}: {what} {before} → {after}")


def _described(node: Node) -> str:
    if node.kind == SYMLINK:
        return f"a link to {node.target}"
    if node.kind == FILE:
        return f"a file of {counted(node.size, 'byte')}"
    unknown = node.target or "neither a file, a directory nor a symbolic link"
    return "a directory" if node.kind == DIRECTORY else unknown


def _certificates(
    path: str,
    before: Optional[Item],
    after: Optional[Item],
    contents: Tuple[Content, Content],
    versions: Tuple[Mapping[str, str], Mapping[str, str]],
) -> Reason:
    name = f"/{path}"
    stated = [each.get("ca-certificates", "") for each in versions]
    both = [content(item) if item else b"" for content, item in zip(contents, (before, after))]
    one, other = (None if content is None else _in(content) for content in both)
    parts = [f"certifi {stated[0]} → {stated[1]}"] if all(stated) and stated[0] != stated[1] else []
    if one is not None and other is not None:
        gone, new = len(one.keys() - other.keys()), len(other.keys() - one.keys())
        parts.append(
            f"{new} new, {gone} gone, of {len(one)} before" if gone or new else "the same ones, written in another way"
        )
    if before is None or after is None:
        there = other if before is None else one
        parts = [f"{'new' if before is None else 'gone'}, {counted(len(there or ()), 'certificate')}"]
    text = f"CA certificates in {name}: {'; '.join(parts) or 'the content differs'}"
    return changed("certificates", name, stated[0] or None, stated[1] or None, text)


def _in(content: bytes) -> Dict[bytes, None]:
    """The certificates in a file, as DER."""
    found = [decode(block) for block in split(content) if isinstance(block, Block)]
    return dict.fromkeys(each for each in found if isinstance(each, bytes))


def _zones(paths: List[str], before: Items, after: Items, versions: Tuple[Mapping[str, str], Mapping[str, str]]) -> Reason:
    releases = [_release(side, stated) for side, stated in zip((before, after), versions)]
    differ = sum(1 for path in paths if _kind(before, after, path) != DIRECTORY)
    text = f"time zones {releases[0] or 'of an unknown version'} → {releases[1] or 'of an unknown version'}"
    if not any(_ZONEINFO.match(path) for path in before):
        text = f"time zones: new, {releases[1] or 'of an unknown version'}"
    elif not any(_ZONEINFO.match(path) for path in after):
        text = f"time zones: gone, {releases[0] or 'of an unknown version'}"
    elif releases[0] == releases[1]:
        first = printable(paths[0])
        text = f"time zones: {counted(differ, 'file')} differ{'s' if differ == 1 else ''}, such as /{first}"
    return changed("time zones", "time zones", releases[0] or None, releases[1] or None, text)


def _kind(before: Items, after: Items, path: str) -> str:
    item = before.get(path) or after.get(path)
    return item.node.kind if item else ""


def _release(side: Items, versions: Mapping[str, str]) -> str:
    """The version of a side's time zones, such as 2025b; empty if nothing says it."""
    for path, item in side.items():
        match = _RELEASE.match(item.node.head) if _ZONEINFO.match(path) and path.endswith(f"/{_ZONES}") else None
        if match:
            return match[1].decode("ascii")
    return versions.get("tzdata", "")
