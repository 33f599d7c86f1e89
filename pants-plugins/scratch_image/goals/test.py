"""`./pants test` for `scratch_image_test`: what an image holds, without running it."""

from __future__ import annotations

from typing import Any, List

from pants.core.goals.test import TestRequest, TestResult, TestSubsystem
from pants.engine.fs import EMPTY_FILE_DIGEST
from pants.engine.rules import collect_rules, rule
from pants.util.logging import LogLevel

from scratch_image.engine.errors import ScratchImageError
from scratch_image.engine.quirks import output_of_test, process_results
from scratch_image.engine.targets import packages
from scratch_image.rules.structure import read_structure_test, run_structure_test
from scratch_image.targets.field_sets import ScratchImageTestFieldSet
from scratch_image.targets.options import ScratchImageTestSubsystem


class ScratchImageTestRequest(TestRequest):
    """The tests of a run."""

    tool_subsystem = ScratchImageTestSubsystem  # type: ignore[assignment]
    field_set_type = ScratchImageTestFieldSet


@rule(desc="Test the structure of a scratch image", level=LogLevel.DEBUG)
async def test_scratch_image(
    request: ScratchImageTestRequest.Batch[ScratchImageTestFieldSet, Any], options: TestSubsystem
) -> TestResult:
    """An image that is not made, whatever the reason, fails its tests and not the run, so that all other tests run."""
    field_set = request.single_element
    try:
        test = await read_structure_test(field_set)
        (package,) = await packages(test.image)
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
    timeout = field_set.timeout.calculate_from_global_options(options)
    result = await run_structure_test(test.expectations, package, timeout, force=options.force)
    return TestResult.from_fallible_process_result(process_results(result), field_set.address, options.output)


def rules() -> List[object]:
    """The rules of the goal."""
    return [*collect_rules(), *ScratchImageTestRequest.rules()]
