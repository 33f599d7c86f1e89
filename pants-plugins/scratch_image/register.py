"""The backend `scratch_image`."""

from pants.backend.python.util_rules import pex

from scratch_image.goals import dependencies, lint, package, publish, test, validate
from scratch_image.structure_test_target import ScratchImageTestTarget
from scratch_image.target_types import ScratchImageTarget
from scratch_image.util_rules import archive, artifact, certificates, facts, layer, libraries, output_conflicts, tool_env


def target_types():
    return [ScratchImageTarget, ScratchImageTestTarget]


def rules():
    found = (archive, artifact, certificates, facts, layer, libraries, output_conflicts, tool_env)
    own = (*found, dependencies, lint, package, publish, test, validate)
    return [*(rule for module in own for rule in module.rules()), *pex.rules()]
