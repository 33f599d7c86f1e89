"""The process that compares packaged images with what registries or an older directory hold, in two passes: the first one
asks for digests, and gets no image; the second one gets those that differ."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Sequence, Tuple

from pants.base.build_root import BuildRoot
from pants.engine.fs import Digest, FileContent
from pants.engine.process import InteractiveProcess
from pants.option.global_options import GlobalOptions

from scratch_image.compare.asked import ABSENT, DIFFERS, UNKNOWN, Answer, ComparePlan, Question, answers_from_json
from scratch_image.compare.verdicts import Verdict, summary, to_dict, verdicts
from scratch_image.engine import environment, fs, processes
from scratch_image.engine.errors import ScratchImageError
from scratch_image.engine.tool import PLAN, Tool
from scratch_image.rules import publisher, tools
from scratch_image.rules.compared_images import Asked, Older
from scratch_image.rules.presence import ensure_here
from scratch_image.targets.options import ScratchImageSubsystem

# It reads layers that are compressed with zstd as well.
TOOL = Tool("scratch_image.compare.images", libraries="registry", more_libraries="assembler")


class NoAnswers(ScratchImageError):
    """The process that compares images has ended with another exit status than 0; it has said why."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the images were not compared: the process ended with the exit status {status}")


@dataclass(frozen=True)
class Reach:
    """How the process reaches registries; `older` is what it compares with instead. `timeout` is in seconds."""

    options: ScratchImageSubsystem
    global_options: GlobalOptions
    root: BuildRoot
    timeout: float
    older: Older


async def _command(plan: ComparePlan, images: Digest, reach: Reach) -> InteractiveProcess:
    variables = await environment.variables(publisher.reaching(reach.options))
    plan_file = await fs.create([FileContent(PLAN, plan.to_json())])
    inputs = await fs.merge((images, plan_file))
    process = await tools.process(TOOL, (PLAN,), description="Compare images", input_digest=inputs)
    return InteractiveProcess(
        process.argv,
        env={name: environment.Hidden(value) for name, value in variables.items()},
        input_digest=process.input_digest,
        immutable_input_digests=await tools.compiled(process.immutable_input_digests),
    )


async def _answers(questions: Sequence[Question], images: Digest, reach: Reach) -> Tuple[Answer, ...]:
    """Raises NoAnswers, NoInterpreter, NoPexInterpreter and ProcessFailed."""
    if not questions:
        return ()
    with tempfile.TemporaryDirectory(prefix="scratch-image-") as directory:
        path = os.path.join(directory, "answers.json")
        settings, known = publisher.settings(reach.options, reach.root), publisher.known_blobs(reach.root)
        plan = ComparePlan(tuple(questions), path, settings, reach.older.directory, known, reach.timeout)
        status = await processes.run_interactively(await _command(plan, images, reach))
        if status:
            raise NoAnswers(status)
        return answers_from_json(Path(path).read_bytes())


async def _images(differing: Sequence[Answer], asked: Asked, reach: Reach) -> Tuple[Digest, Dict[str, str]]:
    """The packaged images that are read, each at a directory of its own; and why some cannot be fetched, by address."""
    parts: List[Digest] = []
    lost: Dict[str, str] = {}
    for address in dict.fromkeys(answer.question.image for answer in differing):
        packaged = asked.images[address]
        try:
            if not packaged.image.is_packable:  # `package` looks after what it writes.
                await ensure_here(packaged.address, packaged.image.contents, reach.global_options)
            parts.append(await fs.add_prefix(packaged.image.contents, packaged.directory))
        except ScratchImageError as error:
            lost[address] = str(error)
    return await fs.merge(parts), lost


@dataclass(frozen=True)
class ComparedImages:
    """What became of the images, in their order; `against` is what they were compared with in place of registries, as
    written."""

    verdicts: Tuple[Verdict, ...]
    against: str

    def lines(self, reasons: int) -> Tuple[str, ...]:
        """For people: at most so many reasons per image, 0 for all; the last line is a summary."""
        found = [line for verdict in self.verdicts for line in verdict.lines(reasons)]
        return (*found, summary(self.verdicts, self.against))

    def to_dict(self) -> Dict[str, object]:
        """As JSON has it."""
        return to_dict(self.verdicts)

    def exit_code(self, *, check: bool) -> int:
        """2 if anything cannot be told; with `check`, 1 if an image is not what its names hold."""
        states = {verdict.state for verdict in self.verdicts}
        return 2 if UNKNOWN in states else 1 if check and states & {DIFFERS, ABSENT} else 0


async def compared(asked: Asked, reach: Reach) -> ComparedImages:
    """Compares images. Raises NoAnswers, NoInterpreter, NoPexInterpreter and ProcessFailed."""
    questions = [entry for entry in asked.entries if isinstance(entry, Question)]
    found = list(await _answers(questions, await fs.merge(()), reach))
    differing = [answer for answer in found if answer.state == DIFFERS]
    images, lost = await _images(differing, asked, reach)
    there = [answer for answer in differing if answer.question.image not in lost]
    again = [answer.question._replace(directory=asked.images[answer.question.image].directory) for answer in there]
    why = iter(await _answers(again, images, reach))
    for number, answer in enumerate(found):
        if answer.state != DIFFERS:
            continue
        if answer.question.image in lost:
            found[number] = answer._replace(state=UNKNOWN, text=lost[answer.question.image])
        else:
            found[number] = next(why)._replace(question=answer.question, held=answer.held, missing=answer.missing)
    known = [entry for entry in asked.entries if isinstance(entry, Answer)]
    named = (entry.image if isinstance(entry, Question) else entry.question.image for entry in asked.entries)
    order = {image: number for number, image in enumerate(dict.fromkeys(named))}
    every = sorted((*known, *found), key=lambda answer: order[answer.question.image])
    return ComparedImages(tuple(verdicts(every)), reach.older.shown)
