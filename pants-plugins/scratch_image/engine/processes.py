"""What is asked of the engine about processes: they are run."""

from __future__ import annotations

from pants.engine.environment import EnvironmentName
from pants.engine.process import FallibleProcessResult, InteractiveProcess, Process

from scratch_image.engine import environment
from scratch_image.engine.errors import ScratchImageError
from scratch_image.engine.spelling import BY_NAME

# The delay in milliseconds before a process is started although the remote cache has not answered. By default Pants starts
# it at once, and fetches its inputs for that. The cache has 1.5 s to answer (`remote_cache_rpc_timeout_millis`), and a miss
# ends the wait: the rest of the delay is for fetching the result.
CACHE_DELAY = 5000


class ProcessFailed(ScratchImageError):
    """A process of ours failed; the text is its standard error."""


if BY_NAME:
    from scratch_image.engine import by_name
    from scratch_image.engine.by_name import implicitly

    async def run(process: Process) -> FallibleProcessResult:
        """The result of a process, whatever its exit status."""
        return await by_name.execute_process(process, **implicitly())

    async def run_here(process: Process) -> FallibleProcessResult:
        """The result of a process in the local environment, whichever environment asks."""
        here = await environment.local()
        return await by_name.execute_process(**implicitly({process: Process, here: EnvironmentName}))

    async def run_interactively(process: InteractiveProcess) -> int:
        """The exit status of a process that has the terminal. Only a goal may run one."""
        result = await by_name.run_interactive_process(process)
        return result.exit_code

else:
    from pants.engine.process import InteractiveProcessResult
    from pants.engine.rules import Effect, Get

    async def run(process: Process) -> FallibleProcessResult:
        return await Get(FallibleProcessResult, Process, process)

    async def run_here(process: Process) -> FallibleProcessResult:
        here = await environment.local()
        return await Get(FallibleProcessResult, {process: Process, here: EnvironmentName})

    async def run_interactively(process: InteractiveProcess) -> int:
        result = await Effect(InteractiveProcessResult, InteractiveProcess, process)
        return result.exit_code


async def run_or_raise(process: Process) -> FallibleProcessResult:
    """The result of a process with exit status 0. Raises ProcessFailed."""
    result = await run(process)
    if result.exit_code:
        said = result.stderr.decode(errors="replace").strip()
        raise ProcessFailed(said or f"the process ended with the exit status {result.exit_code}")
    return result
