"""What our processes run with: a plain interpreter, our staged sources, and the libraries of the room.

Neither the interpreter's packages nor a virtual environment takes part, and the processes' environment is empty, so that
nothing of the machine but the interpreter's path is in a cache key.
"""

from __future__ import annotations

import os
import pkgutil
from typing import Mapping, Optional, Tuple

from pants.core.util_rules.environments import EnvironmentsSubsystem, EnvironmentTarget, LocalEnvironmentTarget
from pants.core.util_rules.system_binaries import BinaryPathRequest, BinaryPathTest
from pants.engine.fs import Digest, FileContent
from pants.engine.process import FallibleProcessResult, Process, ProcessCacheScope
from pants.engine.rules import collect_rules, rule
from pants.option.global_options import GlobalOptions
from pants.util.logging import LogLevel

from scratch_image.engine import requests as engine
from scratch_image.rules.requests import Interpreter, Libraries, Sources, SourcesRequest
from scratch_image.targets.options import ScratchImageSubsystem

_PACKAGE = "scratch_image"
_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MAIN = "sources/run_module.py"
_NAMES = ("python3", *(f"python3.{minor}" for minor in range(14, 8, -1)))
# Says which wheels an interpreter takes, in the form of pex's `--platform`, and whether the pex of Pants 2.17 runs on it;
# fails for one that there are no wheels for.
_ABOUT = """
import importlib.util, sys, sysconfig
version = sys.version_info
suits = sys.implementation.name == "cpython" and (3, 9) <= version[:2] <= (3, 14)
if not suits or sysconfig.get_config_var("Py_GIL_DISABLED"):
    sys.exit(1)
system = sysconfig.get_platform().replace("-", "_").replace(".", "_")
musl = "musl" in (sysconfig.get_config_var("HOST_GNU_TYPE") or "")
system = system.replace("linux_", "musllinux_1_2_" if musl else "manylinux2014_", 1)
try:
    runs_pex = version < (3, 12) and bool(importlib.util.find_spec("distutils.command.install"))
except ImportError:
    runs_pex = False
print("%s-cp-%d.%d.%d-cp%d%d" % (system, *version[:3], *version[:2]), "pex" if runs_pex else "-")
"""
# How long a process waits for the remote cache before it is started beside the lookup, in milliseconds. Left to itself,
# Pants starts it at once, and fetches its inputs for that. An answer of the cache has 1.5 s
# (`remote_cache_rpc_timeout_millis`), and a miss ends the wait: what is waited for is that the result is fetched.
CACHE_DELAY = 5000


# With hashes that nobody checks: a time would be checked against that of a file which was written anew.
_COMPILE = """
import compileall, py_compile, sys
sys.exit(not compileall.compile_dir(".", quiet=2, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH))
"""


class ProcessFailed(Exception):
    """One of our processes could not do its work; the text is what it said."""


def stdout(result: FallibleProcessResult) -> bytes:
    """What a process of ours answered. Raises ProcessFailed."""
    if result.exit_code:
        said = result.stderr.decode(errors="replace").strip() or f"it ended with the exit status {result.exit_code}"
        raise ProcessFailed(said)
    return result.stdout


class NoInterpreter(Exception):
    """The environment has no interpreter for our processes; the text says which, and where it was looked for."""


def _read(path: str, about: str) -> Interpreter:
    wheel_platform, _, pex = about.strip().partition(" ")
    return Interpreter(path, wheel_platform, pex == "pex")


@rule(desc="Find the interpreter for image processes", level=LogLevel.DEBUG)
async def find_interpreter(
    options: ScratchImageSubsystem.EnvironmentAware,
    environment: EnvironmentTarget,
    environments: EnvironmentsSubsystem,
    global_options: GlobalOptions,
) -> Interpreter:
    arguments = ("-IS", "-c", _ABOUT)
    for name in _NAMES:
        found = await engine.find_binary(
            BinaryPathRequest(
                binary_name=name,
                search_path=options.interpreter_search_paths,
                test=BinaryPathTest(args=arguments, fingerprint_stdout=False),
            )
        )
        if found:
            return _read(found.path, found.fingerprint)
    is_local = environment.val is None or isinstance(environment.val, LocalEnvironmentTarget)
    if not is_local or environments.remote_execution_used_globally(global_options):
        where = f"environment `{environment.name}`" if environment.name else "environment of the workers"
        raise NoInterpreter(
            f"There is no CPython 3.9 to 3.14 in the {where}: {', '.join(options.interpreter_search_paths)} have none. "
            "Install one there, or say where it is: `scratch_image_interpreter_search_paths` of the environment target, or "
            "[scratch-image].interpreter_search_paths."
        )
    path = await engine.pants_python()
    asked = await engine.run(Process((path, *arguments), description="Ask Pants' own Python for its platform"))
    return _read(path, stdout(asked).decode())


@rule
async def stage(request: SourcesRequest) -> Sources:
    """Once for all processes of a kind, of which there are thousands."""
    staged = [FileContent("run_module.py", own_file("run_module.py"))]
    staged.extend(FileContent(f"{_PACKAGE}/{module}", own_file(module)) for module in request.modules)
    return Sources(await engine.create(staged))


async def compiled(interpreter: Interpreter, sources: Sources, libraries: Libraries) -> Tuple[Sources, Libraries]:
    """The same with byte code, for the start of a process that imports much. Only for processes that are not cached: byte
    code is not the same on every machine, and would be in their keys."""
    both = (await engine.add_prefix(sources.digest, "sources"), await engine.add_prefix(libraries.digest, "libraries"))
    process = Process(
        (interpreter.path, "-ISBc", _COMPILE),
        description="Compile what publishes images",
        level=LogLevel.DEBUG,
        input_digest=await engine.merge(both),
        output_directories=("sources", "libraries"),
    )
    result = await engine.run(process)
    stdout(result)
    made = result.output_digest
    return Sources(await engine.subtree(made, "sources")), Libraries(await engine.subtree(made, "libraries"))


def process(
    interpreter: Interpreter,
    module: str,
    arguments: Tuple[str, ...],
    *,
    description: str,
    sources: Sources,
    input_digest: Digest,
    libraries: Optional[Libraries] = None,
    output_directories: Tuple[str, ...] = (),
    output_files: Tuple[str, ...] = (),
    concurrency_available: int = 0,
    timeout_seconds: Optional[int] = None,
    cache_scope: ProcessCacheScope = ProcessCacheScope.SUCCESSFUL,
) -> Process:
    """A process that calls `main(arguments)` of a staged module. Trees that many processes share are linked, not copied."""
    immutable: Mapping[str, Digest] = {"sources": sources.digest}
    if libraries:
        immutable = {**immutable, "libraries": libraries.digest}
    return Process(
        (interpreter.path, "-ISB", MAIN, module, *arguments),
        description=description,
        level=LogLevel.DEBUG,
        input_digest=input_digest,
        immutable_input_digests=immutable,
        output_directories=output_directories,
        output_files=output_files,
        concurrency_available=concurrency_available,
        timeout_seconds=timeout_seconds,
        cache_scope=cache_scope,
        remote_cache_speculation_delay_millis=CACHE_DELAY,
    )


def own_file(path: str) -> bytes:
    """A file of this package, by its path below it. Raises FileNotFoundError, with a sentence, if there is none."""
    try:
        content = pkgutil.get_data(_PACKAGE, path)
    except OSError:
        raise FileNotFoundError(
            f"{_PACKAGE}: expected the backend's own file {path} in {_ROOT}, found none; "
            "install the wheel again, or copy the whole directory"
        ) from None
    assert content is not None, f"{path} is not in the package {_PACKAGE}"
    return content


def rules():
    return collect_rules()
