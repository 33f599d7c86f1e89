"""Why two images differ: the reasons, in the order in which a person asks for them."""

from __future__ import annotations

from typing import Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple

# The kinds of reasons. What explains the most comes first: another platform or builder explains most of what follows.
KINDS = (
    "platform",
    "builder",
    # The program.
    "go",
    "module",
    "vcs",
    "trimpath",
    "cgo",
    "setting",
    "ldflags",
    "build path",
    "stripped",
    "linkage",
    "crate",
    "compiler",
    "code",
    "section",
    # What is beside it.
    "file",
    "certificates",
    "time zones",
    "configuration",
    "annotation",
    # What changes bytes and nothing else.
    "layers",
    "history",
    "recipe",
    "compression",
    "time",
    "tar",
    "index",
)
_RANKS = {kind: rank for rank, kind in enumerate(KINDS)}


class Reason(NamedTuple):
    """`kind` is one of KINDS; `subject` is what differs, such as a path or the name of a module; `before` and `after` are
    None where there is nothing. `text` is the sentence for people, without the subject's platform."""

    kind: str
    subject: str
    before: Optional[str]
    after: Optional[str]
    text: str

    def to_dict(self) -> Dict[str, Optional[str]]:
        """The members in JSON."""
        return dict(self._asdict())


def changed(kind: str, subject: str, before: Optional[str], after: Optional[str], text: str = "") -> Reason:
    """A reason whose text is, by default, `subject: before → after`, with `none` for what is not there."""
    default = f"{subject}: {'none' if before is None else before} → {'none' if after is None else after}"
    return Reason(kind, subject, before, after, text or default)


def between(kind: str, subject: str, values: Sequence[Optional[str]], text: str = "") -> Reason:
    """The same of two values."""
    before, after = values
    return changed(kind, subject, before, after, text)


def ranked(reasons: Iterable[Reason]) -> Tuple[Reason, ...]:
    """The reasons by rank, each once; those of one kind stay in their order."""
    found: List[Reason] = sorted(dict.fromkeys(reasons), key=lambda reason: _RANKS[reason.kind])
    return tuple(found)
