"""What our rules ask the engine by can be told apart by its hash, so that many images cost no more each than few."""

import pytest
from pants.engine.addresses import Address, Addresses
from pants.engine.fs import CreateDigest, FileContent

import scratch_image.engine.quirks  # noqa: F401

COUNT = 100


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda number: Addresses([Address("src", target_name=f"{number}")]), id="addresses"),
        pytest.param(lambda number: CreateDigest([FileContent("plan.json", b"%d" % number)]), id="created digests"),
    ],
)
def test_collections_have_hashes_of_their_own(make):
    assert len({hash(make(number)) for number in range(COUNT)}) == COUNT
    assert hash(make(1)) == hash(make(1)) and make(1) == make(1)
