"""`./pants test` for `scratch_image_test`: what an image holds, and what its program does."""

from __future__ import annotations

import dataclasses
import logging
from typing import Any, List

from pants.core.goals.package import BuiltPackage
from pants.core.goals.test import TestRequest, TestResult, TestSubsystem
from pants.engine.fs import EMPTY_FILE_DIGEST
from pants.engine.process import FallibleProcessResult
from pants.engine.rules import collect_rules, rule
from pants.util.logging import LogLevel

from scratch_image.engine.errors import ScratchImageError
from scratch_image.engine.quirks import output_of_test, process_results
from scratch_image.engine.targets import packages
from scratch_image.rules.runs import probe, run_programs
from scratch_image.rules.sizes_file import Verdict, check_growth
from scratch_image.rules.structure import StructureTest, read_structure_test, run_structure_test
from scratch_image.targets.field_sets import ScratchImageTestFieldSet
from scratch_image.targets.options import ScratchImageSubsystem, ScratchImageTestSubsystem

logger = logging.getLogger(__name__)


class ScratchImageTestRequest(TestRequest):
    """The tests of a run."""

    tool_subsystem = ScratchImageTestSubsystem  # type: ignore[assignment]
    field_set_type = ScratchImageTestFieldSet


class NotRunHere(ScratchImageError):
    """This machine runs no image, and the option `require_run` asks for it."""


async def _results(
    test: StructureTest,
    package: BuiltPackage,
    field_set: ScratchImageTestFieldSet,
    options: TestSubsystem,
    own: ScratchImageTestSubsystem,
) -> List[FallibleProcessResult]:
    """The results of the processes of a test: the one that reads the image, and the one that runs it. Raises NotRunHere."""
    timeout, force = field_set.timeout.calculate_from_global_options(options), options.force
    results = []
    if test.expectations.count or not test.runs.count:
        results.append(await run_structure_test(test.expectations, package, timeout, force=force))
    if test.runs.count:
        machine = await probe()
        if not machine.refusal:
            results.append(await run_programs(test.runs, package, machine, timeout, force=force))
        elif own.require_run:
            raise NotRunHere(f"{field_set.address} was not run: {machine.refusal}")
        else:
            logger.warning(f"{field_set.address}: `commands` and `service` were not run: {machine.refusal}")
            if not results:
                results.append(await run_structure_test(test.expectations, package, timeout, force=force))
    return results


@rule(desc="Test a scratch image", level=LogLevel.DEBUG)
async def test_scratch_image(
    request: ScratchImageTestRequest.Batch[ScratchImageTestFieldSet, Any],
    options: TestSubsystem,
    own: ScratchImageTestSubsystem,
    images: ScratchImageSubsystem,
) -> TestResult:
    """An image that is not made, whatever the reason, fails its tests and not the run, so that all other tests run."""
    field_set = request.single_element
    try:
        test = await read_structure_test(field_set)
        (package,) = await packages(test.image)
        results = await _results(test, package, field_set, options, own)
        verdict = Verdict()
        if test.growth:
            platform = test.expectations.platform
            verdict = await check_growth(test.growth, test.address, platform, package, images.sizes_file)
    except ScratchImageError as error:
        return TestResult(
            exit_code=1,
            **output_of_test("", f"{error}\n"),
            stdout_digest=EMPTY_FILE_DIGEST,
            stderr_digest=EMPTY_FILE_DIGEST,
            addresses=(field_set.address,),
            output_setting=options.output,
            result_metadata=None,
        )
    if verdict.warning:
        logger.warning(f"{field_set.address}: {verdict.warning}")
    result = _with_growth(_joined(results), verdict.failure)
    return TestResult.from_fallible_process_result(process_results(result), field_set.address, options.output)


def _with_growth(result: FallibleProcessResult, failure: str) -> FallibleProcessResult:
    """The result, which also fails if the image grew too much."""
    if not failure:
        return result
    return dataclasses.replace(result, stdout=result.stdout + f"{failure}\n".encode(), exit_code=result.exit_code or 1)


def _joined(results: List[FallibleProcessResult]) -> FallibleProcessResult:
    """One result with the output of all, and the worst exit status."""
    return dataclasses.replace(
        results[0],
        stdout=b"".join(result.stdout for result in results),
        stderr=b"".join(result.stderr for result in results),
        exit_code=max((result.exit_code for result in results), key=abs),
    )


def rules() -> List[object]:
    """The rules of the goal."""
    return [*collect_rules(), *ScratchImageTestRequest.rules()]
