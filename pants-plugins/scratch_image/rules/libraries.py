"""The libraries of our processes: wheels of a hash-pinned lock, unpacked by Pants' own `pex`.

Pants' own way to run pex is not used, because it puts the user's PATH, locale and the directory of Pants into the cache key:
no two machines would share its result.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Dict, List, Mapping, Tuple

from pants.backend.python.subsystems.setup import PythonSetup
from pants.core.util_rules.subprocess_environment import SubprocessEnvironmentVars
from pants.engine.environment import EnvironmentName
from pants.engine.fs import Digest, FileContent, FileDigest
from pants.engine.process import Process, ProcessCacheScope
from pants.engine.rules import rule
from pants.option.global_options import GlobalOptions, ca_certs_path_to_file_content
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel
from pants.version import VERSION

from scratch_image.engine import environment, fs, processes
from scratch_image.engine.errors import ScratchImageError
from scratch_image.engine.own_files import own_file
from scratch_image.engine.quirks import EnvironmentsSubsystem, pip_version
from scratch_image.engine.spelling import BY_NAME
from scratch_image.rules.interpreter import Interpreter, interpreter

_ROOT = {"pex_root": ".cache/pex_root"}
# A cache of Pants with one link in it, which leads to the Python of this machine's Pants. Another version of Pants runs on
# another Python and has another pex, so it has a cache of its own.
# Pants takes no digits in the name of a cache: 2.17.1 is c_bh_b.
_VERSION = re.sub("[^a-z]", "_", VERSION.translate(str.maketrans("0123456789", "abcdefghij")))
_LINKED = {f"scratch_image_python_{_VERSION}": ".python"}
_LINK = ".python/python3"
# By a rename, because other runs may be using the present link.
_MAKE_LINK = """
import os, sys
new = "%s.%d" % (sys.argv[1], os.getpid())
os.symlink(sys.executable, new)
os.replace(new, sys.argv[1])
"""
_LOCALE = ("LANG", "LC_ALL", "LC_CTYPE")


class NoPexInterpreter(ScratchImageError):
    """Workers have no interpreter that pex runs on."""


@dataclass(frozen=True)
class LibrariesRequest:
    """The libraries in the `requirements.txt` of a room, for the interpreters of a wheel platform."""

    room: str
    wheel_platform: str


@dataclass(frozen=True)
class Libraries:
    """Unpacked wheels: `digest` holds one directory per wheel."""

    digest: Digest


@dataclass(frozen=True)
class PexInterpreter:
    """What runs pex: `path`, and the caches of Pants that the path leads through."""

    path: str
    append_only_caches: FrozenDict[str, str]


@rule(desc="Find the interpreter for pex", level=LogLevel.DEBUG)
async def find_pex_interpreter(environments: EnvironmentsSubsystem, global_options: GlobalOptions) -> PexInterpreter:
    """On the machine of Pants: its own Python, under a path that is the same on every machine. On workers: the interpreter
    of our processes."""
    if environments.remote_execution_used_globally(global_options):
        python = await interpreter()
        if not python.runs_pex:
            raise NoPexInterpreter(
                f"workers: {python.path} cannot run the pex of Pants 2.17, which needs a CPython 3.9 to 3.11 with distutils "
                "(Debian: python3-distutils); put one first in [scratch-image].interpreter_search_paths, or use a "
                "`remote_environment`, for which pex runs on this machine (docs/environments.md)"
            )
        return PexInterpreter(python.path, FrozenDict())
    await processes.run_or_raise(
        Process(
            (await environment.pants_python(), "-ISc", _MAKE_LINK, _LINK),
            description="Link the Python of Pants",
            level=LogLevel.DEBUG,
            append_only_caches=_LINKED,
            cache_scope=ProcessCacheScope.PER_RESTART_SUCCESSFUL,
        )
    )
    return PexInterpreter(_LINK, FrozenDict(_LINKED))


def _arguments(request: LibrariesRequest, pip_version: str, more: Tuple[str, ...]) -> Tuple[str, ...]:
    return (
        *("--tmpdir", ".tmp", "--pip-version", pip_version),
        *("--output-file", "libraries.pex", "--layout", "loose", "--no-emit-warnings"),
        *("--platform", request.wheel_platform),
        # Wheels only: a source distribution could be built against another libzstd or libdeflate.
        *("--requirement", "requirements.txt", "--no-transitive", "--no-build"),
        *("--resolver-version", "pip-2020-resolver", *more),
    )


def _environment(subprocesses: Mapping[str, str]) -> Dict[str, str]:
    """The variables that the user passes to processes, such as proxies and certificates. The locale changes nothing here."""
    seen = {name: value for name, value in subprocesses.items() if name not in _LOCALE}
    return {**seen, "PEX_IGNORE_RCFILES": "true", "PEX_ROOT": _ROOT["pex_root"]}


@rule(desc="Unpack the libraries of image processes", level=LogLevel.DEBUG)
async def unpack_libraries(
    request: LibrariesRequest,
    python: PexInterpreter,
    python_setup: PythonSetup,
    subprocesses: SubprocessEnvironmentVars,
    global_options: GlobalOptions,
) -> Libraries:
    """A loose PEX holds the unpacked wheels: their tree is taken out of it, and is the same on every machine.

    The wheels are chosen for the platform of the interpreter that will use them. Pex does not run that interpreter: the pex
    of Pants 2.17 supports neither Python 3.12 and later nor a system Python without distutils.
    """
    pex, pex_path = await environment.pex()
    # Pex needs an existing directory for temporary files.
    files: List[FileContent] = [FileContent(".tmp/empty", b"")]
    files.append(FileContent("requirements.txt", own_file(f"{request.room}/requirements.txt")))
    more = await environment.package_index_args()
    if global_options.ca_certs_path:
        files.append(ca_certs_path_to_file_content(global_options.ca_certs_path))
        more = ("--cert", files[-1].path, *more)
    result = await processes.run_or_raise(
        Process(
            (python.path, pex_path, *_arguments(request, pip_version(python_setup), more)),
            description=f"Install the libraries of scratch_image.{request.room}",
            level=LogLevel.DEBUG,
            env=_environment(subprocesses.vars),
            input_digest=await fs.merge((pex, await fs.create(files))),
            append_only_caches={**_ROOT, **python.append_only_caches},
            output_directories=("libraries.pex",),
            remote_cache_speculation_delay_millis=processes.CACHE_DELAY,
        )
    )
    return Libraries(await fs.subtree(result.output_digest, "libraries.pex/.deps"))


if BY_NAME:
    from scratch_image.engine.by_name import implicitly

    async def _libraries(request: LibrariesRequest, here: EnvironmentName) -> Libraries:
        return await unpack_libraries(**implicitly({request: LibrariesRequest, here: EnvironmentName}))

else:
    from pants.engine.rules import Get

    async def _libraries(request: LibrariesRequest, here: EnvironmentName) -> Libraries:
        return await Get(Libraries, {request: LibrariesRequest, here: EnvironmentName})


async def libraries(room: str, of: Interpreter) -> Libraries:
    """The libraries of a room for an interpreter. They are unpacked in the local environment, whichever asks: a container or
    a worker may have neither a package index nor pex."""
    return await _libraries(LibrariesRequest(room, of.wheel_platform), await environment.local())


async def wheel_files(room: str) -> List[Tuple[str, FileDigest]]:
    """The files in the wheels of a room: (path in the wheel, content). The wheel's own directory, whose name holds the
    version, is left out."""
    wheels = await libraries(room, await interpreter())
    return [(entry.path.partition("/")[2], entry.file_digest) for entry in await fs.files(wheels.digest)]
