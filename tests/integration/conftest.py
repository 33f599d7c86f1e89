"""One copy of the repository per test module, or one with the backend alone; its daemon ends with the module."""

from __future__ import annotations

from typing import Iterator

import pytest

from tests.support.repository import Repository, bare_repository


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    copy = Repository(tmp_path_factory.mktemp("user") / "checkout")
    yield copy
    copy.close()


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    """For tests that need nothing of this repository but the backend."""
    copy = bare_repository(tmp_path_factory.mktemp("bare") / "checkout")
    yield copy
    copy.close()
