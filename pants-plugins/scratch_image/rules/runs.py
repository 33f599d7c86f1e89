"""A test that runs an image: the probe of the machine, once in a session, and the process that runs the programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from pants.core.goals.package import BuiltPackage
from pants.engine.process import FallibleProcessResult, ProcessCacheScope

from scratch_image.engine import fs, processes
from scratch_image.engine.tool import Tool
from scratch_image.rules import tools
from scratch_image.rules.structure import EXPECTATIONS, IMAGE, test_files
from scratch_image.structure.runs import RunExpectations

PROBE = Tool("scratch_image.run.probe")
# The library that compresses layers with zstd also unpacks them.
TOOL = Tool("scratch_image.structure.run_main", libraries="assembler")


@dataclass(frozen=True)
class Machine:
    """How much of a container a machine allows: `rung` and `cpu` as the probe prints them, or `refusal`, why nothing."""

    rung: str = ""
    cpu: str = ""
    refusal: str = ""


async def probe() -> Machine:
    """Asks the environment, once in a session. Raises NoInterpreter, NoPexInterpreter and ProcessFailed."""
    process = await tools.process(
        PROBE,
        (),
        description="Find out how images can run here",
        input_digest=await fs.merge(()),
        cache_scope=ProcessCacheScope.PER_SESSION,
        runs_programs=True,
    )
    result = await processes.run(process)
    said = result.stdout.decode(errors="replace").strip()
    if result.exit_code:
        return Machine(refusal=said or result.stderr.decode(errors="replace").strip())
    rung, cpu = said.splitlines()
    return Machine(rung, cpu)


async def run_programs(
    expectations: RunExpectations, package: BuiltPackage, machine: Machine, timeout: Optional[int], *, force: bool
) -> FallibleProcessResult:
    """Runs the programs of a packaged image. The rung and the CPU are in the cache key, so that what passes on a weaker
    machine does not answer for a stronger one. `timeout` is in seconds."""
    process = await tools.process(
        TOOL,
        (EXPECTATIONS, IMAGE, machine.rung, machine.cpu),
        description=f"Run the program of {expectations.image}",
        input_digest=await test_files(expectations.to_json(), package),
        timeout_seconds=timeout,
        cache_scope=ProcessCacheScope.PER_SESSION if force else ProcessCacheScope.SUCCESSFUL,
        runs_programs=True,
    )
    return await processes.run(process)
