"""The backend `scratch_image`."""

from __future__ import annotations

from typing import List, Type

from scratch_image.engine import installation

try:
    from pants.backend.python.util_rules import pex
    from pants.engine.rules import collect_rules
    from pants.engine.target import Target

    from scratch_image.goals import compare, dependencies, lint, measure, package, publish, run, tailor, test, validate
    from scratch_image.rules import (
        archive,
        artifact,
        attempt,
        blame,
        certificates,
        facts,
        go_modules,
        interpreter,
        layer,
        libraries,
        output_conflicts,
        packers,
        program,
        repository,
        runtime_layer,
        sizes,
        tools,
        tree,
        workers,
    )
    from scratch_image.targets.scratch_image import ScratchImageTarget
    from scratch_image.targets.scratch_image_debug import ScratchImageDebugTarget
    from scratch_image.targets.scratch_image_test import ScratchImageTestTarget
except ImportError as _error:
    installation.refuse_this_pants(_error)


def target_types() -> List[Type[Target]]:
    """The target types of BUILD files."""
    return [ScratchImageTarget, ScratchImageDebugTarget, ScratchImageTestTarget]


def rules() -> List[object]:
    """All rules, and those of Pants that they need and not every repository has."""
    installation.refuse_a_second_copy()
    installation.warn_of_an_untried_pants()
    own = collect_rules(
        *(archive, artifact, attempt, blame, certificates, facts, go_modules, interpreter, layer, libraries),
        *(output_conflicts, packers, program, repository, runtime_layer, sizes, tools, tree, workers),
    )
    goals = (compare, dependencies, lint, measure, package, publish, run, tailor, test, validate)
    return [*own, *(rule for goal in goals for rule in goal.rules()), *pex.rules()]  # type: ignore[no-untyped-call]
