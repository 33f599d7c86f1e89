"""Each test has a runner in an empty repository; the engines are used again."""

from __future__ import annotations

from typing import Iterator

import pytest
from pants.testutil.rule_runner import RuleRunner

from tests.support.rule_runner import give_back, image_runner, taken


@pytest.fixture(autouse=True)
def engines() -> Iterator[None]:
    before = taken()
    yield
    give_back(before)


@pytest.fixture
def runner() -> RuleRunner:
    return image_runner()
