"""The rules of Pants that are called by name, from Pants 2.29 on. Without any of them, this module cannot be imported.
Their signatures are in by_name.pyi."""

# ruff: noqa: F401

from __future__ import annotations

from pants.backend.python.util_rules.pex_cli import download_pex_pex
from pants.core.environments.rules import determine_local_environment
from pants.core.goals.package import environment_aware_package
from pants.core.util_rules.adhoc_binaries import get_python_for_scripts
from pants.core.util_rules.env_vars import environment_vars_subset
from pants.core.util_rules.system_binaries import find_binary
from pants.engine.internals.graph import (
    find_valid_field_sets,
    hydrate_sources,
    resolve_targets,
    resolve_unexpanded_targets,
    resolve_unparsed_address_inputs,
)
from pants.engine.intrinsics import (
    add_prefix,
    create_digest,
    digest_subset_to_digest,
    execute_process,
    get_digest_contents,
    get_digest_entries,
    merge_digests,
    path_globs_to_digest,
    remove_prefix,
    run_interactive_process,
)
from pants.engine.rules import concurrently, implicitly

try:  # Since Pants 2.32.
    from pants.backend.python.util_rules.pex_requirements import ResolveConfigRequest, determine_resolve_config
except ImportError:
    from pants.backend.python.util_rules.pex_requirements import ResolvePexConfigRequest as ResolveConfigRequest
    from pants.backend.python.util_rules.pex_requirements import determine_resolve_pex_config as determine_resolve_config
