"""What images turned out to be, beside what is held under their names: as lines for people, and as JSON."""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Sequence, Tuple

from scratch_image.compare.asked import ABSENT, DIFFERS, SAME, SKIPPED, UNKNOWN, Answer
from scratch_image.compare.reason import KINDS
from scratch_image.oci.invisible import escaped
from scratch_image.oci.numbers import counted, size

_WORDS = {SAME: "the same", DIFFERS: "different", ABSENT: "not there", UNKNOWN: "not known", SKIPPED: "not published"}


class Verdict(NamedTuple):
    """The answers about one image, at least one."""

    image: str
    answers: Tuple[Answer, ...]

    @property
    def state(self) -> str:
        """One for the image: what is worse counts."""
        states = {answer.state for answer in self.answers}
        return next(state for state in (UNKNOWN, DIFFERS, ABSENT, SAME, SKIPPED) if state in states)

    def lines(self, most: int) -> List[str]:
        """A line, or one for each answer if those differ, with at most so many reasons, 0 for all; more lines only for what
        cannot be told."""
        if len(self.answers) == 1 or {answer.state for answer in self.answers} == {SAME}:
            return self._lines("", self.answers[0], most)
        return [line for answer in self.answers for line in self._lines(f" ({_names(answer)})", answer, most)]

    def _lines(self, where: str, answer: Answer, most: int) -> List[str]:
        first, *more = _sentence(answer, most, where == "").split("\n")
        lines = [f"{self.image}{where}: {first}", *(f"  {line.removeprefix('  ')}" for line in more)]
        return list(map(escaped, lines))

    def to_dict(self) -> Dict[str, object]:
        """As JSON has it."""
        places = [
            {
                "names": list(answer.question.names),
                "state": answer.state,
                **({"digest": answer.held} if answer.held else {}),
                **({"text": answer.text} if answer.text else {}),
                **({"platforms": list(answer.platforms)} if answer.platforms else {}),
                "missing": [{"digest": blob.digest, "size": blob.size} for blob in answer.missing],
            }
            for answer in self.answers
        ]
        root = next((answer.question.root for answer in self.answers if answer.question.root), None)
        return {"state": self.state, "digest": root, "compared": places}


def verdicts(answers: Sequence[Answer]) -> List[Verdict]:
    """The answers by image, in their order."""
    by_image: Dict[str, List[Answer]] = {}
    for answer in answers:
        by_image.setdefault(answer.question.image, []).append(answer)
    return [Verdict(image, tuple(found)) for image, found in by_image.items()]


def summary(found: Sequence[Verdict], against: str) -> str:
    """The number of images of each state, and the bytes that a `publish` would send."""
    states = [verdict.state for verdict in found]
    counts = ", ".join(f"{states.count(state)} {word}" for state, word in _WORDS.items() if state in states)
    count, sent = _sent(found)
    blobs = f"{counted(sent, 'byte')}{f' ({size(sent)})' if sent >= 1000 else ''} in {counted(count, 'blob')}"
    # Of some that are not known, it is not known either what is there.
    sent_at_least = "at least " if UNKNOWN in states else ""
    last = f"{sent_at_least}{blobs} not in {against}" if against else f"`publish` would send {sent_at_least}{blobs}"
    return escaped(f"{counted(len(found), 'image')}: {counts}; {last}")


def to_dict(found: Sequence[Verdict]) -> Dict[str, object]:
    """What `--json` prints: the images by address, and a summary."""
    count, sent = _sent(found)
    states = [verdict.state for verdict in found]
    return {
        "images": {verdict.image: verdict.to_dict() for verdict in found},
        "summary": {**{state: states.count(state) for state in _WORDS}, "blobs": count, "bytes": sent},
    }


def _sent(found: Sequence[Verdict]) -> Tuple[int, int]:
    """The number of blobs that would be sent, and their bytes. A registry is sent each blob once."""
    blobs = {(each.registry, each.digest): each.size for one in found for answer in one.answers for each in answer.missing}
    return len(blobs), sum(blobs.values())


def _names(answer: Answer) -> str:
    """The first name, and the tags of the others."""
    first, *others = answer.question.names
    return ", ".join((first, *(f":{name.rpartition(':')[2]}" for name in others)))


def _sentence(answer: Answer, most: int, with_names: bool) -> str:
    if answer.state == SAME:
        return "same"
    if answer.state == DIFFERS:
        return "; ".join(("differs" + _because(answer, most), *_unread(answer)[:1]))
    if answer.state == ABSENT:
        where = f": {_names(answer)}" if with_names else ""
        return f"not there{where}{f'; {answer.text}' if answer.text else ''}"
    return f"{'cannot tell' if answer.state == UNKNOWN else 'not published'}: {answer.text}"


def _because(answer: Answer, most: int) -> str:
    """The most important reasons of all platforms; one that is not that of all has its platforms."""
    ranks: Dict[str, int] = {}
    owners: Dict[str, List[str]] = {}
    for block in answer.platforms:
        for reason in block["reasons"]:
            text = escaped(reason["text"])
            ranks.setdefault(text, KINDS.index(reason["kind"]))
            owners.setdefault(text, []).append(", ".join(block["platforms"]))
    every = sorted(ranks, key=lambda text: ranks[text])
    platforms = max(answer.question.platforms, len(answer.platforms))
    shown = [_owned(text, owners[text], platforms) for text in (every[:most] if most else every)]
    left = len(every) - len(shown)
    return f" because {'; '.join([*shown, *([f'and {left} more'] if left else [])])}" if shown else ""


def _unread(answer: Answer) -> List[str]:
    """Sentences on what was not compared."""
    texts = (escaped(text) for block in answer.platforms for text in block["notCompared"])
    return [f"not compared: {text}" for text in dict.fromkeys(texts)]


def _owned(text: str, owners: Sequence[str], platforms: int) -> str:
    named = [owner for owner in owners if owner]
    return f"{', '.join(named)}: {text}" if named and len(owners) < platforms else text
