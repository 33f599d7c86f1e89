"""The process that compares images with what registries or an older directory hold: `python -m scratch_image.compare.images
PLAN`.

In: the path of a ComparePlan; packaged images at the paths that it names, below the working directory; credentials, proxies
and authorities from the environment, as for publishing. Out: the answers, in the file that the plan names; what a person
should read meanwhile, on stderr. Exit status 0; 1 if there are no answers; 130 after an interrupt. What is downloaded goes
to the working directory.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from scratch_image.compare.asked import ABSENT, DIFFERS, SAME, UNKNOWN, Answer, ComparePlan, Question, answers_to_json
from scratch_image.compare.compare import Comparison, compare
from scratch_image.compare.held import HeldByRegistries
from scratch_image.compare.image import Side, read_side
from scratch_image.compare.older import HeldByDirectory
from scratch_image.compare.show import to_dict
from scratch_image.compare.source import Source, opened
from scratch_image.layout.limits import DEFAULT, Limits
from scratch_image.layout.problems import Problems, Unreadable, reason
from scratch_image.registry import json_object, location_cache
from scratch_image.registry.deadline import Deadline
from scratch_image.registry.environment import Environment
from scratch_image.registry.errors import RegistryError
from scratch_image.registry.output import Output
from scratch_image.registry.pull import Access
from scratch_image.registry.remote_store import RemoteStore
from scratch_image.registry.transport import Timeouts
from scratch_image.registry.workers import Workers

_INTERRUPTED = 130
CURE = "try again, or raise --compare-images-timeout"
"""What is said where the deadline has passed."""
# Registries limit how much a client may ask at a time.
_ASKED, _COMPARED = 8, 4
_FOREIGN = ("nondistributable", "foreign")
# From the answers to a question, of which the first stands for all, to better ones.
Step = Callable[[List[Answer]], List[Answer]]


def main(args: List[str]) -> int:
    """Answers the plan in the file `args[0]`; returns the exit status."""
    environment = Environment.of_process()
    err = Output(sys.stderr, environment.secrets)
    try:
        with open(args[0], "rb") as file:
            plan = ComparePlan.from_json(file.read())
        answers = Answers(plan, environment, err.line).run()
        json_object.replace(plan.answers, answers_to_json(answers))
    except RegistryError as error:
        err.line(str(error))
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    return 0


class Answers:
    """One run of a plan. `notice` takes what a person should read."""

    def __init__(
        self,
        plan: ComparePlan,
        environment: Environment,
        notice: Callable[[str], None],
        deadline: Optional[Deadline] = None,
        timeouts: Timeouts = Timeouts(),
        limits: Limits = DEFAULT,
    ) -> None:
        self._plan = plan
        self._limits = limits
        self._blank = environment.secrets.blank
        access = Access(environment, notice, deadline or Deadline(plan.deadline, cure=CURE), timeouts)
        known = location_cache.read(plan.known) if plan.known else {}
        self._registries = HeldByRegistries(plan.registries, access, known)
        self._older = HeldByDirectory(plan.older, plan.questions, limits)

    def run(self) -> Tuple[Answer, ...]:
        """The answers, in the order of the questions. Questions without a directory ask for what is held, and for the blobs
        that the place lacks; the others, which say what is held, ask why that differs."""
        found = [[Answer(question, "")] for question in self._plan.questions]
        found = self._each(self._ask, found, _ASKED)
        # By then it is known what all repositories have.
        found = self._each(self._with_missing, found, _ASKED)
        return tuple(answer for answers in self._each(self._compare, found, _COMPARED) for answer in answers)

    def _each(self, step: Step, values: Sequence[List[Answer]], threads: int) -> List[List[Answer]]:
        """The results of a step for all questions, side by side. One that fails is an answer in words."""
        found: Dict[int, List[Answer]] = {}

        def call(number: int) -> None:
            try:
                found[number] = step(values[number])
            except Exception as error:
                # Whatever is in a foreign image, the other images are compared.
                found[number] = [values[number][0]._replace(state=UNKNOWN, text=_why(error))]

        Workers(threads).for_each(call, range(len(values)))
        return [self._without_secrets(found[number]) for number in range(len(values))]

    def _ask(self, answers: List[Answer]) -> List[Answer]:
        (question,) = (answer.question for answer in answers)
        if question.directory:
            return answers
        return self._registries.ask(question) if question.registry else [self._older.ask(question)]

    def _with_missing(self, answers: List[Answer]) -> List[Answer]:
        question = answers[0].question
        if question.directory or not {answer.state for answer in answers} <= {DIFFERS, ABSENT}:
            return answers
        held = self._registries if question.registry else self._older
        return [answers[0]._replace(missing=held.missing(question)), *answers[1:]]

    def _compare(self, answers: List[Answer]) -> List[Answer]:
        question = answers[0].question
        if not question.directory:
            return answers
        comparison = self._compared(question)
        state = SAME if comparison.equal else DIFFERS
        platforms: Any = to_dict(comparison)["platforms"]
        return [Answer(question, state, question.held, platforms=tuple(platforms))]

    def _compared(self, question: Question) -> Comparison:
        """Raises OSError, RegistryError and Unreadable."""
        with ExitStack() as stack:
            if question.registry:
                repository = self._registries.repository(question.registry, question.repository)
                directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="held-", dir="."))
                store = RemoteStore(repository, question.held, directory, self._limits)
                before = read_side(Source("", store, None), Problems(self._limits.problems), self._limits)
            else:
                before = self._side_at(question.path, stack)
            try:
                return compare(before, self._side_at(question.directory, stack))
            except RegistryError as error:
                raise _of_foreign_layer(error, before) or error from None

    def _side_at(self, path: str, stack: ExitStack) -> Side:
        problems = Problems(self._limits.problems)
        return read_side(stack.enter_context(opened(path, problems, self._limits)), problems, self._limits)

    def _without_secrets(self, answers: List[Answer]) -> List[Answer]:
        """A registry may put into its documents what it was sent."""
        return [
            answer._replace(text=self._blank(answer.text), platforms=tuple(map(self._blanked, answer.platforms)))
            for answer in answers
        ]

    def _blanked(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._blanked(member) for key, member in value.items()}
        if isinstance(value, list):
            return list(map(self._blanked, value))
        return self._blank(value) if isinstance(value, str) else value


def _of_foreign_layer(error: RegistryError, side: Side) -> Optional[Unreadable]:
    """What an error is about, if it is about a layer that registries need not have (image-spec 1.1, layer.md,
    "Non-Distributable Layers")."""
    for layer in (layer for image in side.images for layer in image.layers):
        if layer.digest in error.text and any(kind in layer.media_type for kind in _FOREIGN):
            return Unreadable(f"the layer {layer.digest} is a foreign one ({layer.media_type}), and not in the registry")
    return None


def _why(error: Exception) -> str:
    if isinstance(error, RegistryError):
        return str(error)
    if isinstance(error, (OSError, Unreadable)):
        return reason(error, "")
    return f"a mistake of the comparison, {type(error).__name__}: please report the image"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
