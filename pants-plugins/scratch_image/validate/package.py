"""All that `package` wrote for one image: the layout, the archive, and the report, which says what of them was written."""

from __future__ import annotations

import os
from typing import Callable, List, Optional, Tuple, Union

from scratch_image.layout.below import images_below, is_image
from scratch_image.layout.limits import DEFAULT, Limits
from scratch_image.layout.problems import Problems, Unreadable, reason
from scratch_image.layout.store import DirectoryStore, read
from scratch_image.oci.names import ARCHIVE, LAYOUT, REPORT, SBOM, WRITABLE, WRITTEN_ARCHIVE, WRITTEN_LAYOUT, WRITTEN_REPORT
from scratch_image.validate.check import check, check_archive, check_layout
from scratch_image.validate.depth import FULL, Depth
from scratch_image.validate.image_json import read_report
from scratch_image.validate.readable import check_readable
from scratch_image.validate.result import NOT_WRITTEN, ValidationResult

Outcome = Union[ValidationResult, Unreadable]
Check = Callable[[str, Limits, Optional[bytes], Depth], ValidationResult]
# What `written` in a report may name → its place beside the report, and how it is checked.
_PARTS: Tuple[Tuple[str, str, Check], ...] = (
    (WRITTEN_LAYOUT, LAYOUT, check_layout),
    (WRITTEN_ARCHIVE, ARCHIVE, check_archive),
)


def check_path(path: str, limits: Limits = DEFAULT, depth: Depth = FULL) -> Tuple[Tuple[str, Outcome], ...]:
    """(path, what was found, or why nothing could be) of the layout or archive at a path, or of all that is in a directory
    that `package` wrote, or of every image below another directory, such as `dist/`."""
    if is_image(path):
        return _check_image(path, limits, depth)
    try:
        below = images_below(path)
    except (OSError, Unreadable) as error:
        return ((path, error if isinstance(error, Unreadable) else Unreadable(f"{path}: {reason(error, path)}")),)
    if not below:
        return ((path, Unreadable(f"{path}: it is not an image, and there is none below it")),)
    return tuple(outcome for image in below for outcome in _check_image(image, limits, depth))


def _check_image(path: str, limits: Limits, depth: Depth) -> Tuple[Tuple[str, Outcome], ...]:
    places = [(name, os.path.join(path, place), run) for name, place, run in _PARTS]
    has_report = os.path.lexists(os.path.join(path, REPORT))
    if not has_report and not any(os.path.lexists(place) for _, place, _ in places):
        return ((path, _outcome(check, path, limits, depth)),)
    where = os.path.join(path, REPORT)
    try:
        content = _content(path, limits)
    except Unreadable as error:
        # What is beside it is checked all the same.
        there = [(place, _outcome(run, place, limits, None, depth)) for _, place, run in places if os.path.lexists(place)]
        return (*there, (where, error))
    written, problems = _written(content, limits)
    found: List[Tuple[str, Outcome]] = []
    readable = check_readable(path, content, limits)
    for name, place, run in places:
        if written is None:
            if name == WRITTEN_LAYOUT or os.path.lexists(place):
                found.append((place, _required(run, place, limits, content, depth)))
        elif name in written:
            found.append((place, _required(run, place, limits, content, depth)))
        elif os.path.lexists(place):
            rule = f"{REPORT} says that it was not written"
            found.append((place, _problem(limits, os.path.basename(place), "written", rule)))
        elif name == WRITTEN_LAYOUT or WRITTEN_LAYOUT not in written:
            found.append((place, NOT_WRITTEN))
    is_alone = all(isinstance(outcome, ValidationResult) and not outcome.written for _, outcome in found)
    if readable:
        found.append((os.path.join(path, SBOM), readable))
    if problems.problems or is_alone:
        result = ValidationResult(tuple(problems.problems), (), 0, 0, 0, problems.not_shown, is_alone=is_alone)
        found.append((where, result))
    return tuple(found)


def _content(directory: str, limits: Limits) -> bytes:
    """The content of the report. Raises Unreadable."""
    problems = Problems(1)
    try:
        content = read(DirectoryStore(directory, Problems(0), limits), REPORT, problems, limits)
    except (OSError, Unreadable) as error:
        raise Unreadable(f"{directory}: {reason(error, directory)}") from error
    if content is None:
        cure = "" if os.path.lexists(os.path.join(directory, REPORT)) else "; the image is not written, or only in part"
        raise Unreadable(f"{directory}: {problems.problems[0]}{cure}")
    return content


def _written(content: bytes, limits: Limits) -> Tuple[Optional[Tuple[str, ...]], Problems]:
    """What was written, or None where the report does not say so; and what is wrong in that."""
    inside = Problems(limits.problems)
    values = read_report(content, inside, limits)
    if values is None or "written" not in values.values:
        # Each part reads the report again, and then reports what is wrong in it.
        return None, Problems(limits.problems)
    problems = Problems(limits.problems)
    values.problems = problems
    names = values.string_list("written")
    for number, name in enumerate(names):
        if name not in WRITABLE:
            values.expected(f"written[{number}]", f"one of {', '.join(WRITABLE)}", name)
    in_order = tuple(name for name in WRITABLE if name in names)
    if not problems.problems and (names != in_order or WRITTEN_REPORT not in names):
        values.mismatch(
            "written", ", ".join(names) or "nothing", f"{WRITTEN_REPORT} and others, each once and in their order"
        )
    if WRITTEN_LAYOUT not in names and WRITTEN_ARCHIVE not in names:
        problems.absorb(inside)
    return names, problems


def _outcome(run: Callable[..., ValidationResult], *arguments: object) -> Outcome:
    try:
        return run(*arguments)
    except Unreadable as error:
        return error


def _required(run: Check, place: str, limits: Limits, content: bytes, depth: Depth) -> ValidationResult:
    """What was written has to be there: that it cannot be read is a problem of it."""
    try:
        return run(place, limits, content, depth)
    except Unreadable as error:
        return _problem(limits, os.path.basename(place), "file", str(error))


def _problem(limits: Limits, where: str, what: str, rule: str) -> ValidationResult:
    problems = Problems(limits.problems)
    problems.broken(where, what, "nothing", rule)
    return ValidationResult(tuple(problems.problems), (), 0, 0, 0)
