"""A worker, for one test."""

from __future__ import annotations

import pytest

from tests.support import pants_side


@pytest.fixture
def worker(tmp_path):
    with pants_side.worker(tmp_path) as one:
        yield one
