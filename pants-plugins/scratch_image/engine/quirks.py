"""Where versions of Pants differ: names that moved, and behavior that changed (docs/adr/0015-engine.md,
docs/pants-versions.md).

Every such name is imported from here; the rules of Pants that are called by name stand in `by_name.py`.
"""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any, Dict, Optional

from pants.backend.python.subsystems.setup import PythonSetup
from pants.backend.python.util_rules.pex_cli import PexCli
from pants.core.goals.package import OutputPathField
from pants.core.goals.test import TestResult
from pants.engine.addresses import Addresses
from pants.engine.fs import CreateDigest, FileContent
from pants.engine.process import FallibleProcessResult

try:  # Since Pants 2.28.
    from pants.core.environments.subsystems import EnvironmentsSubsystem  # type: ignore[import-not-found, unused-ignore]
    from pants.core.environments.target_types import (  # type: ignore[import-not-found, unused-ignore]
        EnvironmentField,
        EnvironmentTarget,
        LocalEnvironmentTarget,
    )
except ImportError:
    from pants.core.util_rules.environments import (
        EnvironmentField,
        EnvironmentsSubsystem,
        EnvironmentTarget,
        LocalEnvironmentTarget,
    )

try:  # Since Pants 2.29.
    from pants.option.bootstrap_options import CacheContentBehavior  # type: ignore[import-not-found, unused-ignore]
except ImportError:
    from pants.option.global_options import CacheContentBehavior

try:  # Since Pants 2.32.
    from pants.core.goals.publish import CheckSkipRequest, CheckSkipResult  # type: ignore[attr-defined, unused-ignore]
except ImportError:
    CheckSkipRequest = CheckSkipResult = None

__all__ = (
    "PEX_NEEDS_DISTUTILS",
    "Addresses",
    "CacheContentBehavior",
    "CheckSkipRequest",
    "CheckSkipResult",
    "CreateDigest",
    "EnvironmentField",
    "EnvironmentTarget",
    "EnvironmentsSubsystem",
    "LocalEnvironmentTarget",
    "output_of_test",
    "pip_version",
    "process_results",
    "written_output_path",
)

# All collections of Pants 2.17 have the same hash (pantsbuild/pants#18250, fixed in #21725). The engine keeps its requests
# in one dict, so it compares each collection with all earlier ones, and N images cost N². These two collections are requests
# of every image. Their members have hashes, which is not true of every collection.
if hash(CreateDigest([FileContent("a", b"")])) == hash(CreateDigest([FileContent("b", b"")])):
    for _collection in (Addresses, CreateDigest):
        _collection.__hash__ = tuple.__hash__  # type: ignore[assignment]

# The output of a test: texts up to Pants 2.17, bytes from 2.18 on.
_BYTES = any(field.name == "stdout_bytes" for field in dataclasses.fields(TestResult))
# A test has one process up to Pants 2.25, several from 2.26 on.
_SEVERAL = "process_results" in inspect.signature(TestResult.from_fallible_process_result).parameters
# Pex up to 2.1 needs distutils, and runs on no CPython from 3.12 on. Pants has a newer one from 2.20 on.
PEX_NEEDS_DISTUTILS = tuple(map(int, PexCli.default_version.lstrip("v").split(".")))[:2] < (2, 2)
# The default of `output_path`: none up to Pants 2.22, a template from 2.23 on.
_TEMPLATE: Optional[str] = getattr(OutputPathField, "DEFAULT", None)


def output_of_test(stdout: str, stderr: str) -> Dict[str, Any]:
    """The arguments of TestResult for the output of a test."""
    if _BYTES:
        return {"stdout_bytes": stdout.encode(), "stderr_bytes": stderr.encode()}
    return {"stdout": stdout, "stderr": stderr}


def process_results(result: FallibleProcessResult) -> Any:
    """The first argument of TestResult.from_fallible_process_result: a result, or from Pants 2.26 on a tuple of them."""
    return (result,) if _SEVERAL else result


def pip_version(setup: PythonSetup) -> str:
    """The option `[python].pip_version`: an enumeration up to Pants 2.18, a string from 2.19 on."""
    value: Any = setup.pip_version
    return str(getattr(value, "value", value))


def written_output_path(field: OutputPathField) -> object:
    """The value that a BUILD file has for `output_path`, right or wrong; None for the default."""
    return None if field.value == _TEMPLATE else field.value
