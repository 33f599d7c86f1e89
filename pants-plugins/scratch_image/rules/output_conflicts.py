"""Whose places in dist/ overwrite each other, found once for the whole repository."""

from __future__ import annotations

from pants.core.goals.package import OutputPathField
from pants.engine.rules import collect_rules, rule
from pants.engine.target import AllUnexpandedTargets
from pants.util.frozendict import FrozenDict

from scratch_image.image.output_path import conflicts, output_path
from scratch_image.rules.requests import OutputConflicts
from scratch_image.targets.output import (
    ScratchImageOutputPathField,
)


@rule(desc="Compare the images' places in dist/")
async def find_output_conflicts(targets: AllUnexpandedTargets) -> OutputConflicts:
    paths = {}
    images = set()
    for target in targets:
        if target.has_field(ScratchImageOutputPathField):
            images.add(target.address)
            path = target[ScratchImageOutputPathField].value_or_default(file_ending=None)
        elif target.has_field(OutputPathField):
            # Another kind of package: its default place depends on the kind, and is never inside an image's.
            path = target[OutputPathField].value
        else:
            continue
        try:
            paths[target.address] = output_path(path)
        except ValueError:
            continue  # Reported with the target that it is in.
    found = conflicts(paths)
    return OutputConflicts(FrozenDict({address: found[address] for address in sorted(images & set(found))}))


def rules():
    return collect_rules()
