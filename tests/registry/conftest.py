"""A registry, for one test."""

from __future__ import annotations

import pytest

from tests.support.registry_server import RegistryServer


@pytest.fixture()
def server():
    with RegistryServer() as server:
        yield server
