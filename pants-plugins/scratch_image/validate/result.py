"""What a validation has found, and how much it looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Tuple

from scratch_image.layout.problems import Problem
from scratch_image.oci.numbers import counted, digits


@dataclass(frozen=True)
class ValidationResult:
    """`not_checked` are sentences. `blobs` were hashed, `size` bytes of them as they are stored. `not_shown` counts the
    problems beyond the limit. `not_derived` names what a report states and does not follow from the image. `written` is
    False for what `package` was not to write; `is_alone` is of a report without any image."""

    problems: Tuple[Problem, ...]
    not_checked: Tuple[str, ...]
    manifests: int
    blobs: int
    size: int
    not_shown: int = 0
    not_derived: Tuple[str, ...] = ()
    written: bool = True
    is_alone: bool = False

    @property
    def ok(self) -> bool:
        """Whether there is no problem."""
        return not self.problems

    def to_dict(self) -> Dict[str, object]:
        """What `--json` exports."""
        return {
            "problems": [problem.to_dict() for problem in self.problems],
            "notShown": self.not_shown,
            "notChecked": list(self.not_checked),
            "notDerived": ["everything"] if self.is_alone else list(self.not_derived),
            "written": self.written,
            "manifests": self.manifests,
            "blobs": self.blobs,
            "bytes": self.size,
        }

    def lines(self) -> List[str]:
        """For people: the problems, what was not checked, and a summary."""
        if not self.written:
            return ["not written"]
        lines = [*map(str, self.problems), *(f"not checked: {text}" for text in self.not_checked)]
        more = len(self.not_checked)
        if self.ok and self.is_alone:
            return ["ok: the report is in its form; no image was written, so nothing that it states was derived"]
        if self.ok:
            last = f"ok: {counted(self.manifests, 'manifest')}, {counted(self.blobs, 'blob')}, {digits(self.size)} bytes"
        else:
            last = counted(len(self.problems) + self.not_shown, "problem")
            last += f", {self.not_shown} of them not shown" if self.not_shown else ""
        last += f"; {counted(more, 'thing')} not checked" if more else ""
        last += f"; not derived: {', '.join(self.not_derived)}" if self.not_derived else ""
        return [*lines, last]


NOT_WRITTEN = ValidationResult((), (), 0, 0, 0, written=False)
