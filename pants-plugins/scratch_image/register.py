"""The backend `scratch_image`."""

from pants.backend.python.util_rules import pex

from scratch_image.goals import dependencies, lint, package, validate
from scratch_image.target_types import ScratchImageTarget
from scratch_image.util_rules import archive, artifact, certificates, facts, layer, output_conflicts, tool_env


def target_types():
    return [ScratchImageTarget]


def rules():
    own = (archive, artifact, certificates, dependencies, facts, layer, lint, output_conflicts, package, tool_env, validate)
    return [*(rule for module in own for rule in module.rules()), *pex.rules()]
