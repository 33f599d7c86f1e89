"""`./pants package` for `scratch_image` and `scratch_image_debug`: from a target to a directory in dist/."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Iterator, List

from pants.core.goals.package import BuiltPackage, PackageFieldSet
from pants.engine.rules import collect_rules, rule
from pants.engine.unions import UnionRule
from pants.option.global_options import GlobalOptions
from pants.util.docutil import bin_name
from pants.util.logging import LogLevel

from scratch_image.engine.errors import ScratchImageError
from scratch_image.rules.build import build_package
from scratch_image.rules.build_debug import build_debug_package
from scratch_image.rules.output_conflicts import OutputConflicts
from scratch_image.rules.presence import ensure_here
from scratch_image.rules.repository import Cycles
from scratch_image.targets.field_sets import ScratchImageDebugFieldSet, ScratchImageFieldSet
from scratch_image.targets.options import ScratchImageSubsystem


@contextmanager
def _hint() -> Iterator[None]:
    """Adds to a ScratchImageError a last line that says where all images are listed: Pants ends the goal at the first."""
    try:
        yield
    except ScratchImageError as error:
        # Only ours: a target whose source is missing would end other linters, and the goal with them.
        error.add_last_line(f"  {bin_name()} lint --only=scratch-image :: lists every image")
        raise


@rule(desc="Package a scratch image", level=LogLevel.DEBUG)
async def package_scratch_image(
    field_set: ScratchImageFieldSet,
    options: ScratchImageSubsystem,
    conflicts: OutputConflicts,
    cycles: Cycles,
    global_options: GlobalOptions,
) -> BuiltPackage:
    """Raises a ScratchImageError."""
    with _hint():
        package = await build_package(field_set, options, conflicts, cycles)
        await ensure_here(field_set.address, package.digest, global_options)
    return package


@rule(desc="Package a debug image", level=LogLevel.DEBUG)
async def package_scratch_image_debug(
    field_set: ScratchImageDebugFieldSet,
    options: ScratchImageSubsystem,
    conflicts: OutputConflicts,
    cycles: Cycles,
    global_options: GlobalOptions,
) -> BuiltPackage:
    """Raises a ScratchImageError."""
    with _hint():
        package = await build_debug_package(field_set, options, conflicts, cycles)
        await ensure_here(field_set.address, package.digest, global_options)
    return package


def rules() -> List[object]:
    """The rules of the goal."""
    ours = (ScratchImageFieldSet, ScratchImageDebugFieldSet)
    return [*collect_rules(), *(UnionRule(PackageFieldSet, field_set) for field_set in ours)]
