"""What is asked of the engine about the machine: environments, variables, programs, and the Python and pex of Pants."""

from __future__ import annotations

from typing import Iterable, Optional, Tuple

from pants.backend.python.util_rules.pex_cli import PexPEX
from pants.core.util_rules.adhoc_binaries import PythonBuildStandaloneBinary
from pants.core.util_rules.system_binaries import BinaryPath, BinaryPathRequest, BinaryPaths
from pants.engine.env_vars import EnvironmentVars, EnvironmentVarsRequest
from pants.engine.environment import ChosenLocalEnvironmentName, EnvironmentName
from pants.engine.fs import Digest
from pants.engine.rules import Get

from scratch_image.engine.quirks import ResolvePexConfig, ResolvePexConfigRequest


async def local() -> EnvironmentName:
    """The local environment, whichever environment asks."""
    chosen = await Get(ChosenLocalEnvironmentName)
    return chosen.val


async def variables(names: Iterable[str]) -> EnvironmentVars:
    """Those environment variables that are set; a name may bring its own value, `NAME=value`."""
    return await Get(EnvironmentVars, EnvironmentVarsRequest(tuple(names)))


async def find_binary(request: BinaryPathRequest) -> Optional[BinaryPath]:
    """The first program that passes the request's test."""
    found = await Get(BinaryPaths, BinaryPathRequest, request)
    return found.first_path


async def pants_python() -> str:
    """The path of the Python that Pants itself runs on. In an environment that is not local, Pants would download one."""
    python = await Get(PythonBuildStandaloneBinary)
    return python.path


async def pex() -> Tuple[Digest, str]:
    """The file that `[pex-cli]` names, and its path in the digest."""
    tool = await Get(PexPEX)
    return tool.digest, tool.exe


async def package_index_args() -> Tuple[str, ...]:
    """The arguments by which pex uses the package indexes that the repository configures."""
    config = await Get(ResolvePexConfig, ResolvePexConfigRequest(None))
    return tuple(config.pex_args())
