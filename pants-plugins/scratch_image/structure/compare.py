"""What an image has, compared with what is expected of it: every difference, in one order."""

from __future__ import annotations

import difflib
import hashlib
import io
import json
from collections import Counter
from dataclasses import dataclass
from typing import Iterator, List, Optional, Tuple

from scratch_image.layout.configuration import LISTS, SETS
from scratch_image.layout.report import SEVERITIES
from scratch_image.layout.tree import Node, directories_above
from scratch_image.oci.numbers import counted, digits
from scratch_image.structure.expectations import ConfigExpectation, Expectations, FileExpectation
from scratch_image.structure.package import ImageView

_MAX_NEAR, _MAX_LARGEST, _MAX_ELSE, _MAX_LINES = 3, 5, 100, 40
_NOTHING = "nothing"
_ONLY_NAMED = "only what `files` names"
_NO_END = "  (and no end of line)"


@dataclass(frozen=True)
class Difference:
    """Where an image differs: `what` of `subject`, or the subject itself where `what` is empty. `more` are lines that
    explain the difference; of a text they are the difference itself, and `expected` and `found` are empty."""

    subject: str
    what: str
    expected: str
    found: str
    more: Tuple[str, ...] = ()


def compare(expectations: Expectations, image: ImageView) -> List[Difference]:
    """All differences: files by path, then the configuration by field and key, sizes and findings."""
    found: List[Difference] = []
    for file in expectations.files:
        found.extend(_file(file, image))
    for path in expectations.absent:
        if path in image.files:
            found.append(Difference(f"file {path}", "", _NOTHING, _described(image.files[path])))
    if expectations.nothing_else:
        found.extend(_others(expectations, image))
    found.sort(key=lambda difference: difference.subject)
    for value in sorted(expectations.config, key=lambda value: (value.field, value.key or "")):
        found.extend(_config(value, image))
    found.extend(_sizes(expectations, image))
    found.extend(_findings(expectations.max_severity, image))
    return found


def _file(want: FileExpectation, image: ImageView) -> Iterator[Difference]:
    subject = f"file {want.path}"
    node = image.files.get(want.path)
    if node is None:
        expected = f"a {want.kind}" if want.kind else "something there"
        yield Difference(subject, "", expected, _NOTHING, _near(want.path, image))
        return
    if want.kind and node.kind != want.kind:
        # A node of another kind has nothing else that could be compared.
        yield Difference(subject, "type", want.kind, node.kind, (f"it leads to {node.target}",) if node.target else ())
        return
    if want.mode is not None and node.mode != want.mode:
        yield Difference(subject, "mode", f"{want.mode:04o}", f"{node.mode:04o}")
    if want.owner is not None and node.owner != want.owner:
        yield Difference(subject, "owner", want.owner, node.owner)
    if want.target is not None and node.target != want.target:
        yield Difference(subject, "target", want.target, node.target)
    if want.digest is not None and node.digest != want.digest:
        yield Difference(subject, "digest", want.digest, node.digest)
    if want.text is not None and node.digest != f"sha256:{hashlib.sha256(want.text.encode('utf-8')).hexdigest()}":
        yield Difference(subject, "text", "", "", text_difference(want.text, node))


def text_difference(want: str, node: Node) -> Tuple[str, ...]:
    """The lines of a difference between a text and the content of a file, which is in `head` as far as it is known."""
    if b"\0" in node.head:
        return (f"it is not a text: {counted(node.size, 'byte')} with NUL in them",)
    found = node.head.decode("utf-8", "backslashreplace")
    lines = list(difflib.unified_diff(_text_lines(want), _text_lines(found), n=1, lineterm=""))[2:]
    # The end of the last line may be all that differs.
    shown = [line.rstrip("\n") if line.endswith("\n") or line[0] == "@" else f"{line}{_NO_END}" for line in lines]
    if not shown:
        shown = ["what differs is not UTF-8"]
    more = [f"… and {len(shown) - _MAX_LINES} more lines"] if len(shown) > _MAX_LINES else []
    if node.size > len(node.head):
        more.append(f"only the first {counted(len(node.head), 'byte')} of {digits(node.size)} were compared")
    return (*shown[:_MAX_LINES], *more)


def _text_lines(text: str) -> List[str]:
    """Lines with their ends, which are line feeds and nothing else."""
    return list(io.StringIO(text, newline="\n"))


def _near(path: str, image: ImageView) -> Tuple[str, ...]:
    """Why a path may be missing: there is a link above it, or its last component is elsewhere."""
    for above in directories_above(path):
        node = image.files.get(above)
        if node and node.kind == "symlink":
            return (f"{above} is a symlink to {node.target}; paths are literal, and links are not followed",)
    name = path.rpartition("/")[2]
    same = sorted(other for other in image.files if other.rpartition("/")[2] == name)
    return (f"there is {', '.join(same[:_MAX_NEAR])}",) if same else ()


def _others(expectations: Expectations, image: ImageView) -> Iterator[Difference]:
    """What `files` does not name: neither itself, nor something below it, nor a directory above it with all below. Of a
    directory and what is below it, only the directory is shown."""
    named = {file.path for file in expectations.files}
    whole = {file.path for file in expectations.files if file.with_all_below}
    above = {directory for path in named for directory in directories_above(path)}
    # What should be absent is a difference already.
    known = whole.union(expectations.absent)
    others = [path for path in sorted(image.files) if path not in named and path not in above and path not in known]
    others = [path for path in others if not known.intersection(directories_above(path))]
    tops = set(others)
    shown = [path for path in others if not tops.intersection(directories_above(path))]
    below = Counter(directory for path in others for directory in directories_above(path))
    for path in shown[:_MAX_ELSE]:
        more = f", with {below[path]} below it" if below[path] else ""
        yield Difference(f"file {path}", "", _ONLY_NAMED, f"{_described(image.files[path])}{more}")
    if len(shown) > _MAX_ELSE:
        yield Difference("files", "", _ONLY_NAMED, f"{len(shown) - _MAX_ELSE} more")


def _config(want: ConfigExpectation, image: ImageView) -> Iterator[Difference]:
    found = image.configuration.value(want.field, want.key)
    if found != want.want:
        subject = f"config {want.field}" if want.key is None else f"config {want.field}[{want.key}]"
        is_list = want.field in (*LISTS, *SETS)
        yield Difference(subject, "value", _shown(want.want, is_list), _shown(found, is_list))


def _shown(value: Optional[Tuple[str, ...]], is_list: bool) -> str:
    if value is None:
        return "not set"
    return json.dumps(value if is_list else value[0], ensure_ascii=False)


def _sizes(expectations: Expectations, image: ImageView) -> Iterator[Difference]:
    limits = (
        ("size", expectations.max_size, image.size, "of layers as they are stored"),
        ("unpacked size", expectations.max_unpacked_size, image.unpacked_size, "of layers, unpacked"),
    )
    for subject, limit, size, what in limits:
        if limit is not None and size > limit:
            files = sorted(image.files.items(), key=lambda item: (-item[1].size, item[0]))
            largest = [f"{path} {digits(node.size)}" for path, node in files if node.size][:_MAX_LARGEST]
            more = (f"largest, unpacked: {', '.join(largest)}",) if largest else ()
            found = f"{counted(size, 'byte')} {what} (+{digits(size - limit)})"
            yield Difference(subject, "", f"at most {counted(limit, 'byte')}", found, more)


def _findings(level: Optional[str], image: ImageView) -> Iterator[Difference]:
    if level is None:
        return
    above = SEVERITIES[SEVERITIES.index(level) + 1 :]
    expected = "no finding" if level == "none" else f"none above {level}"
    for finding in sorted(
        image.findings, key=lambda finding: (-SEVERITIES.index(finding.severity), finding.check, finding.text)
    ):
        if finding.severity in above:
            more = (finding.text, f"fix: {finding.fix}")
            yield Difference(f"finding {finding.check}", "", expected, f"a finding of severity {finding.severity}", more)


def _described(node: Node) -> str:
    if node.kind == "symlink":
        return f"a symlink to {node.target}"
    size = f", {counted(node.size, 'byte')}" if node.kind == "file" else ""
    return f"a {node.kind} (mode {node.mode:04o}, {node.owner}{size})"
