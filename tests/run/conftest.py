"""The program that the images of these tests hold."""

from __future__ import annotations

import pytest

from tests.support.running import compiled


@pytest.fixture(scope="session")
def probe(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return compiled(tmp_path_factory.mktemp("probe"))
