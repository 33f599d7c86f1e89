"""`./pants test` for `scratch_image_test`: what an image holds, without running it."""

from __future__ import annotations

from typing import Any

from pants.core.goals.test import TestRequest, TestResult, TestSubsystem
from pants.engine.fs import EMPTY_FILE_DIGEST
from pants.engine.process import ProcessExecutionFailure
from pants.engine.rules import collect_rules, rule
from pants.util.logging import LogLevel

from scratch_image.engine import requests as engine
from scratch_image.goals.package import UnfitProgram
from scratch_image.rules.artifact import UnusableArtifact
from scratch_image.rules.inspection import InvalidScratchImage
from scratch_image.rules.requests import Interpreter
from scratch_image.rules.structure import ScratchImageTestFieldSet, read_structure_test, run_structure_test
from scratch_image.rules.tool_env import ProcessFailed
from scratch_image.targets.options import ScratchImageTestSubsystem

# Why an image is not made: its fields, its program, a process of ours, or one that makes the program. They fail the tests of
# the image, and not the run, so that all other tests are run.
_NOT_PACKAGED = (InvalidScratchImage, UnusableArtifact, UnfitProgram, ProcessFailed, ProcessExecutionFailure)


class ScratchImageTestRequest(TestRequest):
    tool_subsystem = ScratchImageTestSubsystem
    field_set_type = ScratchImageTestFieldSet


@rule(desc="Test the structure of a scratch image", level=LogLevel.DEBUG)
async def test_scratch_image(
    request: ScratchImageTestRequest.Batch[ScratchImageTestFieldSet, Any], options: TestSubsystem, interpreter: Interpreter
) -> TestResult:
    field_set = request.single_element
    try:
        test = await read_structure_test(field_set)
        (package,) = await engine.packages(test.image)
    except _NOT_PACKAGED as error:
        return TestResult(
            exit_code=1,
            stdout="",
            stdout_digest=EMPTY_FILE_DIGEST,
            stderr=f"{error}\n",
            stderr_digest=EMPTY_FILE_DIGEST,
            addresses=(field_set.address,),
            output_setting=options.output,
            result_metadata=None,
        )
    timeout = field_set.timeout.calculate_from_global_options(options)
    result = await run_structure_test(test.expectations, package, interpreter, timeout, force=options.force)
    return TestResult.from_fallible_process_result(result, field_set.address, options.output)


def rules():
    return [*collect_rules(), *ScratchImageTestRequest.rules()]
