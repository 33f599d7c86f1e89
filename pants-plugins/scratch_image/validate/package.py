"""All that `package` wrote for one image: the layout, the archive if there is one, and the report on both."""

from __future__ import annotations

import os
from typing import Tuple

from scratch_image.layout.limits import DEFAULT, Limits
from scratch_image.layout.problems import Problems, Unreadable
from scratch_image.layout.store import DirectoryStore, read
from scratch_image.oci.names import ARCHIVE, LAYOUT, REPORT
from scratch_image.validate.check import check, check_archive, check_layout
from scratch_image.validate.result import ValidationResult


def check_path(path: str, limits: Limits = DEFAULT) -> Tuple[Tuple[str, ValidationResult], ...]:
    """(path, result) of the layout or archive at a path, or of both in a directory that `package` wrote. Raises Unreadable,
    and nothing else."""
    if not os.path.lexists(os.path.join(path, REPORT)):
        return ((path, check(path, limits)),)
    report = _report(path, limits)
    layout, archive = os.path.join(path, LAYOUT), os.path.join(path, ARCHIVE)
    found = [(layout, check_layout(layout, limits, report))]
    if os.path.lexists(archive):
        found.append((archive, check_archive(archive, limits, report)))
    return tuple(found)


def _report(directory: str, limits: Limits) -> bytes:
    problems = Problems(1)
    try:
        content = read(DirectoryStore(directory, Problems(0), limits), REPORT, problems, limits)
    except OSError as error:
        raise Unreadable(f"{directory}: {error}") from error
    if content is None:
        raise Unreadable(f"{directory}: {problems.problems[0]}")
    return content
