"""What is asked of the engine about the machine: environments, variables, programs, and the Python and pex of Pants."""

from __future__ import annotations

from typing import Iterable, Optional, Tuple

from pants.core.util_rules.system_binaries import BinaryPath, BinaryPathRequest
from pants.engine.env_vars import EnvironmentVars, EnvironmentVarsRequest
from pants.engine.environment import EnvironmentName
from pants.engine.fs import Digest

from scratch_image.engine.spelling import BY_NAME


class Hidden(str):
    """The value of a variable that may be a secret. At the level debug, `publish` logs the processes that it starts with
    their variables: there is no text form of this one."""

    def __repr__(self) -> str:
        return "'***'"


if BY_NAME:
    from scratch_image.engine import by_name
    from scratch_image.engine.by_name import implicitly

    async def local() -> EnvironmentName:
        """The local environment, whichever environment asks."""
        chosen = await by_name.determine_local_environment(**implicitly())
        return chosen.val

    async def variables(names: Iterable[str]) -> EnvironmentVars:
        """Those environment variables that are set; a name may bring its own value, `NAME=value`."""
        return await by_name.environment_vars_subset(EnvironmentVarsRequest(tuple(names)), **implicitly())

    async def find_binary(request: BinaryPathRequest) -> Optional[BinaryPath]:
        """The first program that passes the request's test."""
        found = await by_name.find_binary(request, **implicitly())
        return found.first_path

    async def pants_python() -> str:
        """The path of the Python that Pants itself runs on. In other than local environments, Pants would download one."""
        python = await by_name.get_python_for_scripts(**implicitly())
        return python.path

    async def pex() -> Tuple[Digest, str]:
        """The file that `[pex-cli]` names, and its path in the digest."""
        tool = await by_name.download_pex_pex(**implicitly())
        return tool.digest, tool.exe

    async def package_index_args() -> Tuple[str, ...]:
        """The arguments by which pex uses the package indexes that the repository configures."""
        config = await by_name.determine_resolve_config(by_name.ResolveConfigRequest(None), **implicitly())
        return tuple(config.pex_args())

else:
    from pants.backend.python.util_rules.pex_cli import PexPEX
    from pants.backend.python.util_rules.pex_requirements import ResolvePexConfig, ResolvePexConfigRequest
    from pants.core.util_rules.adhoc_binaries import PythonBuildStandaloneBinary
    from pants.core.util_rules.system_binaries import BinaryPaths
    from pants.engine.environment import ChosenLocalEnvironmentName
    from pants.engine.rules import Get

    async def local() -> EnvironmentName:
        chosen = await Get(ChosenLocalEnvironmentName)
        return chosen.val

    async def variables(names: Iterable[str]) -> EnvironmentVars:
        return await Get(EnvironmentVars, EnvironmentVarsRequest(tuple(names)))

    async def find_binary(request: BinaryPathRequest) -> Optional[BinaryPath]:
        found = await Get(BinaryPaths, BinaryPathRequest, request)
        return found.first_path

    async def pants_python() -> str:
        python = await Get(PythonBuildStandaloneBinary)
        return python.path

    async def pex() -> Tuple[Digest, str]:
        tool = await Get(PexPEX)
        return tool.digest, tool.exe

    async def package_index_args() -> Tuple[str, ...]:
        config = await Get(ResolvePexConfig, ResolvePexConfigRequest(None))
        return tuple(config.pex_args())
