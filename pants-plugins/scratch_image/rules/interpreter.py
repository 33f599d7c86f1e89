"""The interpreter that runs our processes: a plain CPython of the environment."""

from __future__ import annotations

from dataclasses import dataclass

from pants.core.util_rules.system_binaries import BinaryPathRequest, BinaryPathTest
from pants.engine.process import Process
from pants.engine.rules import rule
from pants.option.global_options import GlobalOptions
from pants.util.logging import LogLevel

from scratch_image.engine import environment as machine
from scratch_image.engine import processes
from scratch_image.engine.errors import ScratchImageError
from scratch_image.engine.quirks import PEX_NEEDS_DISTUTILS, EnvironmentsSubsystem, EnvironmentTarget, LocalEnvironmentTarget
from scratch_image.engine.spelling import BY_NAME
from scratch_image.targets.options import ScratchImageSubsystem

_NAMES = ("python3", *(f"python3.{minor}" for minor in range(14, 8, -1)))
# Prints which wheels an interpreter takes, in the form of pex's `--platform`, and whether the pex of Pants 2.17 runs on it;
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


class NoInterpreter(ScratchImageError):
    """The environment has no interpreter for our processes."""


@dataclass(frozen=True)
class Interpreter:
    """A CPython: its absolute path; the platform of its wheels in the form of pex's `--platform`; whether the pex of this
    Pants can run on it."""

    path: str
    wheel_platform: str
    runs_pex: bool


def _read(path: str, about: str) -> Interpreter:
    wheel_platform, _, pex = about.strip().partition(" ")
    return Interpreter(path, wheel_platform, pex == "pex" or not PEX_NEEDS_DISTUTILS)


@rule(desc="Find the interpreter for image processes", level=LogLevel.DEBUG)
async def find_interpreter(
    options: ScratchImageSubsystem.EnvironmentAware,
    environment: EnvironmentTarget,
    environments: EnvironmentsSubsystem,
    global_options: GlobalOptions,
) -> Interpreter:
    """The first in the searched directories; without any, the Python of Pants, which only the local environment has."""
    arguments = ("-IS", "-c", _ABOUT)
    for name in _NAMES:
        test = BinaryPathTest(args=arguments, fingerprint_stdout=False)
        request = BinaryPathRequest(binary_name=name, search_path=options.interpreter_search_paths, test=test)
        found = await machine.find_binary(request)
        if found:
            return _read(found.path, found.fingerprint)
    is_local = environment.val is None or isinstance(environment.val, LocalEnvironmentTarget)
    if not is_local or environments.remote_execution_used_globally(global_options):
        where = f"environment `{environment.name}`" if environment.name else "environment of the workers"
        raise NoInterpreter(
            f"{where}: no CPython 3.9 to 3.14 in {', '.join(options.interpreter_search_paths)}; install one there, or name "
            "its directory in `scratch_image_interpreter_search_paths` of the environment target or in "
            "[scratch-image].interpreter_search_paths"
        )
    path = await machine.pants_python()
    asked = await processes.run_or_raise(Process((path, *arguments), description="Ask Pants' own Python for its platform"))
    return _read(path, asked.stdout.decode())


if BY_NAME:
    from scratch_image.engine.by_name import implicitly

    async def interpreter() -> Interpreter:
        """The interpreter of the environment that asks. Raises NoInterpreter."""
        return await find_interpreter(**implicitly())

else:
    from pants.engine.rules import Get

    async def interpreter() -> Interpreter:
        return await Get(Interpreter)
