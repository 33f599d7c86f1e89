"""A RuleRunner with the backend `scratch_image`, and the few ways in which tests use it."""

from __future__ import annotations

import os
import shutil
from typing import Dict, Iterable, List, Mapping, NamedTuple, Optional, Tuple, Type

from pants.backend.shell import register as shell
from pants.base.build_root import BuildRoot
from pants.core import target_types as core_target_types
from pants.core.goals import package as package_goal
from pants.core.goals.package import BuiltPackage
from pants.core.goals.test import TestResult
from pants.core.target_types import (
    ArchiveTarget,
    FilesGeneratorTarget,
    FileTarget,
    ResourceTarget,
)
from pants.core.util_rules import archive, source_files, system_binaries
from pants.engine.addresses import Address, Addresses
from pants.engine.internals.parametrize import Parametrize
from pants.engine.rules import QueryRule
from pants.engine.target import Dependencies, DependenciesRequest, Target
from pants.testutil.rule_runner import RuleRunner
from pants.util.docutil import bin_name

from scratch_image import register
from scratch_image.goals.test import ScratchImageTestRequest
from scratch_image.targets.field_sets import ScratchImageFieldSet, ScratchImageTestFieldSet
from tests.support.programs import elf

INHERITED = {
    "HOME",
    "PATH",
    "PANTS_PEX_CLI_KNOWN_VERSIONS",
    "PANTS_PEX_CLI_URL_TEMPLATE",
    "PANTS_PYTHON_BOOTSTRAP_SEARCH_PATH",
    "PYENV_ROOT",
}

# What an engine has beside what all have.
_Key = Tuple[Tuple[object, ...], Tuple[Type[Target], ...]]
# Engines that no test uses, by the rules and targets that they have beside all others; and those in use, in order.
_free: Dict[_Key, List[RuleRunner]] = {}
_taken: List[Tuple[_Key, RuleRunner]] = []


def image_runner(
    *options: str,
    env: Optional[Mapping[str, str]] = None,
    rules: Iterable[object] = (),
    targets: Iterable[Type[Target]] = (),
) -> RuleRunner:
    """A runner in an empty repository of its own, until `give_back`; work is shared with other runners through the user's
    cache. Its engine, which takes longest to make, may be that of an earlier test, with what it remembers of processes."""
    key = tuple(rules), tuple(targets)
    free = _free.get(key)
    runner = free.pop() if free else _new(*key)
    _taken.append((key, runner))
    for entry in os.scandir(runner.build_root):
        if entry.path == runner.pants_workdir or entry.name == "BUILDROOT":
            continue  # They are the runner's own; the latter marks the repository for newer versions of Pants.
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)
    runner.scheduler.invalidate_all_files()
    BuildRoot().path = runner.build_root
    # A worker is for many processes: each runner would start its own. tests/integration/test_workers.py tries them.
    runner.set_options(["--no-scratch-image-workers", *options], env=dict(env or {}), env_inherit=INHERITED)
    return runner


def taken() -> int:
    """How many runners are in use."""
    return len(_taken)


def give_back(since: int) -> None:
    """The runners that were taken when so many were in use are used no more."""
    for key, runner in _taken[since:]:
        _free.setdefault(key, []).append(runner)
    del _taken[since:]


def _new(rules: Iterable[object], targets: Iterable[Type[Target]]) -> RuleRunner:
    return RuleRunner(
        rules=[
            *register.rules(),
            *shell.rules(),
            *archive.rules(),
            *core_target_types.rules(),
            *package_goal.rules(),
            *source_files.rules(),
            *system_binaries.rules(),
            QueryRule(BuiltPackage, [ScratchImageFieldSet]),
            QueryRule(TestResult, [ScratchImageTestRequest.Batch]),
            QueryRule(Addresses, [DependenciesRequest]),
            *rules,
        ],
        target_types=[
            *register.target_types(),
            *shell.target_types(),
            ArchiveTarget,
            FilesGeneratorTarget,
            FileTarget,
            ResourceTarget,
            *targets,
        ],
        objects={"parametrize": Parametrize},
    )


def last_line() -> str:
    """How every error of `package` ends."""
    return f"  {bin_name()} lint --only=scratch-image :: lists every image"


def package(runner: RuleRunner, directory: str, name: str, parameters: Optional[Dict[str, str]] = None) -> BuiltPackage:
    """Packages one image, as the goal does."""
    target = runner.get_target(Address(directory, target_name=name, parameters=parameters or {}))
    return runner.request(BuiltPackage, [ScratchImageFieldSet.create(target)])


def build(runner: RuleRunner, directory: str, build_file: str, *, program: bytes = elf(), mode: int = 0o644) -> BuiltPackage:
    """Writes a BUILD file and beside it a program `hello`, and packages the target `image`."""
    runner.write_files({f"{directory}/hello": program, f"{directory}/BUILD": build_file})
    os.chmod(os.path.join(runner.build_root, directory, "hello"), mode)
    return package(runner, directory, "image")


class Tested(NamedTuple):
    """A TestResult, whose output is bytes from Pants 2.18 on and texts before."""

    exit_code: Optional[int]
    stdout: str
    stderr: str
    addresses: Tuple[Address, ...]
    result_metadata: object


def run_test(runner: RuleRunner, directory: str, name: str) -> Tested:
    """Runs one test, as the goal does."""
    target = runner.get_target(Address(directory, target_name=name))
    batch = ScratchImageTestRequest.Batch("", (ScratchImageTestFieldSet.create(target),), None)
    result = runner.request(TestResult, [batch])
    stdout, stderr = (
        getattr(result, f"{name}_bytes").decode() if hasattr(result, f"{name}_bytes") else getattr(result, name)
        for name in ("stdout", "stderr")
    )
    return Tested(result.exit_code, stdout, stderr, result.addresses, result.result_metadata)


def dependencies(runner: RuleRunner, directory: str, name: str) -> Addresses:
    target = runner.get_target(Address(directory, target_name=name))
    return runner.request(Addresses, [DependenciesRequest(target.get(Dependencies))])
