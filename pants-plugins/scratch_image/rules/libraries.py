"""The libraries of our processes: wheels of a hash-pinned lock, unpacked by Pants' own `pex`.

The process is not Pants' own way to run pex: that puts the user's PATH, locale and the place where Pants is installed into
the key, and no two machines share its result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Mapping, Tuple

from pants.backend.python.subsystems.setup import PythonSetup
from pants.core.util_rules.environments import EnvironmentsSubsystem
from pants.core.util_rules.subprocess_environment import SubprocessEnvironmentVars
from pants.engine.fs import FileContent
from pants.engine.process import Process, ProcessCacheScope
from pants.engine.rules import collect_rules, rule
from pants.option.global_options import GlobalOptions, ca_certs_path_to_file_content
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from scratch_image.engine import requests as engine
from scratch_image.rules import tool_env
from scratch_image.rules.requests import Libraries, LibrariesRequest

_ROOT = {"pex_root": ".cache/pex_root"}
# A cache of Pants with one link in it, which leads to the Python of this machine's Pants.
_LINKED, _LINK = {"scratch_image_python": ".python"}, ".python/python3"
# By a rename, as other runs may be using the link that is there.
_MAKE_LINK = """
import os, sys
new = "%s.%d" % (sys.argv[1], os.getpid())
os.symlink(sys.executable, new)
os.replace(new, sys.argv[1])
"""
_LOCALE = ("LANG", "LC_ALL", "LC_CTYPE")


class NoPexInterpreter(Exception):
    """Workers have no interpreter that pex runs on; the text says which it needs."""


@dataclass(frozen=True)
class PexInterpreter:
    """What runs pex: a path, and the caches of Pants that it is in."""

    path: str
    append_only_caches: FrozenDict[str, str]


@rule(desc="Find the interpreter for pex", level=LogLevel.DEBUG)
async def find_pex_interpreter(environments: EnvironmentsSubsystem, global_options: GlobalOptions) -> PexInterpreter:
    """Where Pants is, its own, under a name that is the same on every machine; on a worker, that of our processes."""
    if environments.remote_execution_used_globally(global_options):
        interpreter = await engine.interpreter()
        if not interpreter.runs_pex:
            raise NoPexInterpreter(
                f"On the workers, {interpreter.path} can not run the pex of Pants 2.17: that takes a CPython 3.9 to 3.11 "
                "with distutils (Debian: python3-distutils). Put one first in [scratch-image].interpreter_search_paths, or "
                "use a `remote_environment`, for which pex runs on this machine (docs/environments.md)."
            )
        return PexInterpreter(interpreter.path, FrozenDict())
    made = await engine.run(
        Process(
            (await engine.pants_python(), "-ISc", _MAKE_LINK, _LINK),
            description="Link the Python of Pants",
            level=LogLevel.DEBUG,
            append_only_caches=_LINKED,
            cache_scope=ProcessCacheScope.PER_RESTART_SUCCESSFUL,
        )
    )
    tool_env.stdout(made)
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
    """What the user lets processes see, as proxies and certificates. The locale changes nothing here."""
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
    """A loose PEX is the wheels, unpacked: the tree is taken out of it, and is the same on every machine.

    The wheels are chosen for the platform of the interpreter that will use them, and pex does not run that: the pex of Pants
    2.17 can not drive Python 3.12 and later, nor one of a system that splits pip's needs off.
    """
    pex, pex_path = await engine.pex_tool()
    # Pex wants its directory for temporary files to be there.
    files: List[FileContent] = [FileContent(".tmp/empty", b"")]
    files.append(FileContent("requirements.txt", tool_env.own_file(f"{request.room}/requirements.txt")))
    more = await engine.package_index_args()
    if global_options.ca_certs_path:
        files.append(ca_certs_path_to_file_content(global_options.ca_certs_path))
        more = ("--cert", files[-1].path, *more)
    result = await engine.run(
        Process(
            (python.path, pex_path, *_arguments(request, python_setup.pip_version.value, more)),
            description=f"Install the libraries of scratch_image.{request.room}",
            level=LogLevel.DEBUG,
            env=_environment(subprocesses.vars),
            input_digest=await engine.merge((pex, await engine.create(files))),
            append_only_caches={**_ROOT, **python.append_only_caches},
            output_directories=("libraries.pex",),
            remote_cache_speculation_delay_millis=tool_env.CACHE_DELAY,
        )
    )
    tool_env.stdout(result)
    return Libraries(await engine.subtree(result.output_digest, "libraries.pex/.deps"))


def rules():
    return collect_rules()
