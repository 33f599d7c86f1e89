"""An older `dist/`, or the report of one image, that images are compared with."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Dict, Iterator, Optional, Set, Tuple

from scratch_image.compare.asked import ABSENT, DIFFERS, SAME, Answer, Missing, Question
from scratch_image.compare.image import Side, read_side
from scratch_image.compare.source import opened
from scratch_image.layout.limits import Limits
from scratch_image.layout.problems import Problems, Unreadable
from scratch_image.oci.names import REPORT

# Directories that are looked into for an image that moved.
_MOST_DIRECTORIES = 5000


class HeldByDirectory:
    """What is held at the paths of questions. `older` is the directory that they are in."""

    def __init__(self, older: str, questions: Tuple[Question, ...], limits: Limits) -> None:
        self._older = older
        self._asked = {question.path for question in questions}
        self._limits = limits
        self._digests: Set[str] = set()
        self._others: Optional[Dict[str, Side]] = None

    def ask(self, question: Question) -> Answer:
        """What is at the path of a question. Raises OSError and Unreadable."""
        if not os.path.lexists(question.path):
            return Answer(question, ABSENT, text=self._moved(question))
        side = self._side(question.path)
        self._note(side)
        state = SAME if side.root == question.root else DIFFERS
        return Answer(question._replace(held=side.root), state, side.root)

    def missing(self, question: Question) -> Tuple[Missing, ...]:
        """The blobs of an image that none of the images has that were read."""
        return tuple(Missing("", *blob) for blob in question.blobs if blob.digest not in self._digests)

    def _note(self, side: Side) -> None:
        for image in side.images:
            self._digests.update((image.config_digest, *(layer.digest for layer in image.layers)))

    def _side(self, path: str) -> Side:
        problems = Problems(self._limits.problems)
        with opened(path, problems, self._limits) as source:
            return read_side(source, problems, self._limits)

    def _moved(self, question: Question) -> str:
        """A sentence about an image of another name that is the same, or has the same program; empty if there is none."""
        if self._others is None:
            self._others = dict(self._read_others()) if self._older else {}
            for side in self._others.values():
                self._note(side)
        for path, side in self._others.items():
            if side.root == question.root:
                return f"{path} is the same image: it was renamed"
        for path, side in self._others.items():
            if question.program in (layer.digest for image in side.images for layer in image.layers):
                return f"{path} has the same program: if the image was renamed, compare the two with `scratch-image diff`"
        return ""

    def _read_others(self) -> Iterator[Tuple[str, Side]]:
        """The images below the directory that no question asks for, by their paths there."""
        for number, (directory, below, files) in enumerate(os.walk(self._older)):
            below.sort()
            if number >= _MOST_DIRECTORIES:
                return
            if REPORT in files:
                below.clear()
                if directory not in self._asked:
                    with suppress(OSError, Unreadable):
                        yield os.path.relpath(directory, os.path.dirname(self._older)), self._side(directory)
