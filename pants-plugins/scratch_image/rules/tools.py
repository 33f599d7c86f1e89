"""How a process of ours runs: a plain interpreter, the tool's own files, and the tool's libraries.

Neither the interpreter's packages nor a virtual environment takes part, and the environment of a process is empty: of the
machine, only the interpreter's path is in a cache key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Mapping, Optional, Tuple

from pants.engine.fs import Digest, FileContent
from pants.engine.process import Process, ProcessCacheScope
from pants.engine.rules import rule
from pants.util.logging import LogLevel

from scratch_image.engine import fs, processes
from scratch_image.engine.own_files import PACKAGE, code_of
from scratch_image.engine.spelling import BY_NAME
from scratch_image.engine.tool import FIRST, LIBRARIES, SOURCES, WORKER, Tool
from scratch_image.rules.interpreter import interpreter
from scratch_image.rules.libraries import libraries
from scratch_image.rules.workers import workers

# Unchecked hashes instead of times: the files are written again in every sandbox.
_COMPILE = """
import compileall, py_compile, sys
sys.exit(not compileall.compile_dir(".", quiet=2, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH))
"""


@dataclass(frozen=True)
class ToolFiles:
    """The files of a tool."""

    digest: Digest


@rule
async def stage(tool: Tool) -> ToolFiles:
    """Once for all processes of a tool, of which there may be thousands."""
    return ToolFiles(await fs.create(FileContent(f"{PACKAGE}/{path}", code_of(path)) for path in tool.files))


if BY_NAME:

    async def staged(tool: Tool) -> ToolFiles:
        """The files that a process of the tool is sent."""
        return await stage(tool)

else:
    from pants.engine.rules import Get

    async def staged(tool: Tool) -> ToolFiles:
        return await Get(ToolFiles, Tool, tool)


async def process(
    tool: Tool,
    arguments: Tuple[str, ...],
    *,
    description: str,
    input_digest: Digest,
    output_files: Tuple[str, ...] = (),
    output_directories: Tuple[str, ...] = (),
    concurrency_available: int = 0,
    timeout_seconds: Optional[int] = None,
    cache_scope: ProcessCacheScope = ProcessCacheScope.SUCCESSFUL,
    runs_programs: bool = False,
) -> Process:
    """The process that calls `main(arguments)` of the tool's module. Sandboxes link the trees that all of a tool's processes
    share, and do not copy them. Whether it runs in a worker is in no key; one that `runs_programs`
    does not, because it forks and kills. Raises NoInterpreter, NoPexInterpreter and
    ProcessFailed."""
    python = await interpreter()
    # Any other scope puts something of the run into the key: each such process would start a worker of its own.
    is_cached = cache_scope == ProcessCacheScope.SUCCESSFUL
    trees = {WORKER: (await staged(FIRST)).digest, SOURCES: (await staged(tool)).digest}
    found = [(await libraries(room, python)).digest for room in filter(None, (tool.libraries, tool.more_libraries))]
    if found:
        trees[LIBRARIES] = found[0] if len(found) == 1 else await fs.merge(found)
    return Process(
        tool.command(python.path, arguments),
        description=description,
        level=LogLevel.DEBUG,
        input_digest=input_digest,
        immutable_input_digests=trees,
        output_files=output_files,
        output_directories=output_directories,
        concurrency_available=concurrency_available,
        timeout_seconds=timeout_seconds,
        cache_scope=cache_scope,
        use_nailgun=(WORKER,) if is_cached and not runs_programs and (await workers()).are_used else (),
        remote_cache_speculation_delay_millis=processes.CACHE_DELAY,
    )


async def compiled(trees: Mapping[str, Digest]) -> Dict[str, Digest]:
    """The trees of a process with byte code, which makes the start of one that imports much faster. Only for processes that
    are not cached: byte code differs between machines, and would be in their keys."""
    python = await interpreter()
    moved = [await fs.add_prefix(digest, name) for name, digest in trees.items()]
    result = await processes.run_or_raise(
        Process(
            (python.path, "-ISBc", _COMPILE),
            description="Compile what publishes images",
            level=LogLevel.DEBUG,
            input_digest=await fs.merge(moved),
            output_directories=tuple(trees),
        )
    )
    return {name: await fs.subtree(result.output_digest, name) for name in trees}
