"""The backend `scratch_image`."""

from pants.backend.python.util_rules import pex

from scratch_image.engine import installation
from scratch_image.goals import dependencies, lint, package, publish, test, validate
from scratch_image.rules import archive, artifact, certificates, facts, layer, libraries, output_conflicts, tool_env
from scratch_image.targets.scratch_image import ScratchImageTarget
from scratch_image.targets.scratch_image_test import ScratchImageTestTarget


def target_types():
    return [ScratchImageTarget, ScratchImageTestTarget]


def rules():
    installation.refuse_a_second_copy()
    found = (archive, artifact, certificates, facts, layer, libraries, output_conflicts, tool_env)
    own = (*found, dependencies, lint, package, publish, test, validate)
    return [*(rule for module in own for rule in module.rules()), *pex.rules()]
