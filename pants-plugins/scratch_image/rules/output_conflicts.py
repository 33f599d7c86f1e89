"""Packages that overwrite each other in dist/, found once for the whole repository."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Set, Tuple

from pants.core.goals.package import OutputPathField
from pants.engine.addresses import Address
from pants.engine.rules import rule
from pants.engine.target import AllUnexpandedTargets
from pants.util.frozendict import FrozenDict

from scratch_image.engine.quirks import written_output_path
from scratch_image.image.field_reader import Mistake
from scratch_image.image.output_path import conflicts, output_path
from scratch_image.targets.output import ScratchImageOutputPathField


@dataclass(frozen=True)
class OutputConflicts:
    """For each image of the repository whose path in dist/ equals, is inside or is around another package's: the reasons."""

    by_address: FrozenDict[Address, Tuple[str, ...]]


def directory_in_dist(field: OutputPathField) -> str:
    """The path of a package below dist/. The value is judged as it is written, because current Pants fills in templates and
    normalizes the path; and as Pants makes it, because a template may be nothing. Raises ValueError with the cure."""
    written = written_output_path(field)
    if written is not None:
        output_path(written)
    path = field.value_or_default(file_ending=None)
    if path != written:
        try:
            output_path(path)
        except ValueError as error:
            raise ValueError(f"{written!r} is filled in, and {error}") from None
    return path


def output_path_mistakes(image: Address, field: OutputPathField, conflicts: OutputConflicts) -> List[Mistake]:
    """What is wrong with an image's place in dist/."""
    try:
        directory_in_dist(field)
    except ValueError as error:
        return [Mistake("field `output_path`", str(error))]
    sentences = conflicts.by_address.get(image, ())
    return [Mistake("field `output_path`", f"{sentence}; give one of them another path") for sentence in sentences]


@rule(desc="Compare the images' places in dist/")
async def find_output_conflicts(targets: AllUnexpandedTargets) -> OutputConflicts:
    """Another kind of package counts if its path is set: its default path depends on the kind, and is never inside an
    image's."""
    paths: Dict[Address, str] = {}
    images: Set[Address] = set()
    for target in targets:
        if target.has_field(ScratchImageOutputPathField):
            images.add(target.address)
        elif not target.has_field(OutputPathField) or written_output_path(target[OutputPathField]) is None:
            continue
        try:
            paths[target.address] = directory_in_dist(target[OutputPathField])
        except ValueError:
            continue  # Reported with the target that has the path.
    found = conflicts(paths)
    return OutputConflicts(FrozenDict({address: found[address] for address in sorted(images & set(found))}))
