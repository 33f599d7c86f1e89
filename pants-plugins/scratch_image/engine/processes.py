"""What is asked of the engine about processes: they are run."""

from __future__ import annotations

from pants.engine.environment import EnvironmentName
from pants.engine.process import FallibleProcessResult, InteractiveProcess, InteractiveProcessResult, Process
from pants.engine.rules import Effect, Get

from scratch_image.engine import environment
from scratch_image.engine.errors import ScratchImageError

# The delay in milliseconds before a process is started although the remote cache has not answered. By default Pants starts
# it at once, and fetches its inputs for that. The cache has 1.5 s to answer (`remote_cache_rpc_timeout_millis`), and a miss
# ends the wait: the rest of the delay is for fetching the result.
CACHE_DELAY = 5000


class ProcessFailed(ScratchImageError):
    """A process of ours failed; the text is its standard error."""


async def run(process: Process) -> FallibleProcessResult:
    """The result of a process, whatever its exit status."""
    return await Get(FallibleProcessResult, Process, process)


async def run_here(process: Process) -> FallibleProcessResult:
    """The result of a process in the local environment, whichever environment asks."""
    here = await environment.local()
    return await Get(FallibleProcessResult, {process: Process, here: EnvironmentName})


async def run_or_raise(process: Process) -> FallibleProcessResult:
    """The result of a process with exit status 0. Raises ProcessFailed."""
    result = await run(process)
    if result.exit_code:
        said = result.stderr.decode(errors="replace").strip()
        raise ProcessFailed(said or f"the process ended with the exit status {result.exit_code}")
    return result


async def run_interactively(process: InteractiveProcess) -> int:
    """The exit status of a process that has the terminal. Only a goal may run one."""
    result = await Effect(InteractiveProcessResult, InteractiveProcess, process)
    return result.exit_code
