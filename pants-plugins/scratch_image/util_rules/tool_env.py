"""What our processes run with: a plain interpreter, our staged sources, and the libraries of the room.

Neither the interpreter's packages nor a virtual environment takes part, and the processes' environment is empty, so that
nothing of the machine but the interpreter's path is in a cache key.
"""

from __future__ import annotations

import pkgutil
from typing import Mapping, Optional, Tuple

from pants.backend.python.util_rules.pex_cli import PexCliProcess
from pants.core.util_rules.system_binaries import BinaryPathRequest, BinaryPathTest
from pants.engine.fs import Digest, FileContent
from pants.engine.process import FallibleProcessResult, Process, ProcessCacheScope
from pants.engine.rules import collect_rules, rule
from pants.util.logging import LogLevel

from scratch_image import engine
from scratch_image.requests import Interpreter, Libraries, LibrariesRequest, Sources, SourcesRequest
from scratch_image.subsystem import ScratchImageSubsystem

_PACKAGE = "scratch_image"
MAIN = "sources/run_module.py"
_NAMES = ("python3", *(f"python3.{minor}" for minor in range(14, 8, -1)))
# Says which wheels an interpreter takes, in the form of pex's `--platform`; fails for one that there are no wheels for.
_WHEEL_PLATFORM = """
import sys, sysconfig
version = sys.version_info
suits = sys.implementation.name == "cpython" and (3, 9) <= version[:2] <= (3, 14)
if not suits or sysconfig.get_config_var("Py_GIL_DISABLED"):
    sys.exit(1)
system = sysconfig.get_platform().replace("-", "_").replace(".", "_")
musl = "musl" in (sysconfig.get_config_var("HOST_GNU_TYPE") or "")
system = system.replace("linux_", "musllinux_1_2_" if musl else "manylinux2014_", 1)
print("%s-cp-%d.%d.%d-cp%d%d" % (system, *version[:3], *version[:2]))
"""


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


@rule(desc="Find the interpreter for image processes", level=LogLevel.DEBUG)
async def find_interpreter(options: ScratchImageSubsystem.EnvironmentAware) -> Interpreter:
    arguments = ("-IS", "-c", _WHEEL_PLATFORM)
    for name in _NAMES:
        found = await engine.find_binary(
            BinaryPathRequest(
                binary_name=name,
                search_path=options.interpreter_search_paths,
                test=BinaryPathTest(args=arguments, fingerprint_stdout=False),
            )
        )
        if found:
            return Interpreter(found.path, found.fingerprint.strip())
    path = await engine.pants_python()
    asked = await engine.run(Process((path, *arguments), description="Ask Pants' own Python for its platform"))
    return Interpreter(path, stdout(asked).decode().strip())


@rule(desc="Unpack the libraries of image processes", level=LogLevel.DEBUG)
async def unpack_libraries(request: LibrariesRequest, interpreter: Interpreter) -> Libraries:
    """A loose PEX is the wheels, unpacked: the tree is taken out of it, and is the same on every machine.

    The wheels are chosen for the interpreter's platform, and pex does not run the interpreter: the pex of Pants 2.17 can
    not drive Python 3.12 and later, nor one of a system that splits pip's needs off.
    """
    lock = own_file(f"{request.room}/requirements.txt")
    process = PexCliProcess(
        description=f"Install the libraries of scratch_image.{request.room}",
        subcommand=(),
        extra_args=(
            *("--output-file", "libraries.pex", "--layout", "loose", "--no-emit-warnings"),
            *("--platform", interpreter.wheel_platform),
            # Wheels only: a source distribution could be built against another libzstd or libdeflate.
            *("--requirement", "requirements.txt", "--no-transitive", "--no-build"),
            *("--resolver-version", "pip-2020-resolver", *await engine.package_index_args()),
        ),
        additional_input_digest=await engine.create([FileContent("requirements.txt", lock)]),
        output_directories=("libraries.pex",),
        level=LogLevel.DEBUG,
    )
    result = await engine.run_pex_cli(process)
    return Libraries(await engine.subtree(result.output_digest, "libraries.pex/.deps"))


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
    )


def own_file(path: str) -> bytes:
    """A file of this package, by its path below it."""
    content = pkgutil.get_data(_PACKAGE, path)
    assert content is not None, f"{path} is not in the package {_PACKAGE}"
    return content


def rules():
    return collect_rules()
