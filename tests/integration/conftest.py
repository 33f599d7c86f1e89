"""One copy of the repository per test module; its daemon ends with the module."""

from __future__ import annotations

from typing import Iterator

import pytest

from tests.support.repository import Repository


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    copy = Repository(tmp_path_factory.mktemp("user") / "checkout")
    yield copy
    copy.close()
