"""What `package` wrote is valid before and after it is signed, with all that is attached to it; nothing else may change."""

from __future__ import annotations

import json

import pytest

from scratch_image import cli
from scratch_image.oci.platform import Platform
from tests.support.dist import dist, program_layer
from tests.support.layouts import AMD64
from tests.support.programs import AARCH64, elf
from tests.support.signing import PRIVATE, write_keys

ARM64 = Platform("linux", "arm64", "v8")
TYPES = ("signature", "cyclonedx", "spdxjson", "slsaprovenance1")
PLATFORMS = {"one": (), "index": ((AMD64, (program_layer(),)), (ARM64, (program_layer(elf(AARCH64)),)))}


@pytest.fixture(params=PLATFORMS)
def package(request, tmp_path):
    made = dist(*PLATFORMS[request.param], sbom=("cyclonedx", "spdx"), builder="https://ci.example/builder")
    return made.write(tmp_path / "image")


def test_all_that_is_attached_is_signed_and_valid(package, tmp_path, capsys):
    keys = write_keys(tmp_path)
    for key in (keys, write_keys(tmp_path, PRIVATE["Ed25519"], "ed25519")):
        assert cli.main(["validate", package]) == 0
        assert cli.main(["sign", package, "--key", key["private"]]) == 0
        assert cli.main(["validate", package]) == cli.main(["validate", "--quick", package]) == 0
        capsys.readouterr()
        types = [word for name in TYPES for word in ("--type", name)]
        assert cli.main(["verify-signature", package, "--key", key["public"], *types]) == 0
        said = capsys.readouterr().out
        assert said.count("signed by a given key") == said.count("\n") in (4, 12)


@pytest.mark.parametrize("value", ["dev.cosignproject.cosign/imageIndex", "x", ""])
def test_another_annotation_is_none_of_signing(value, package, tmp_path, capsys):
    assert cli.main(["sign", package, "--key", write_keys(tmp_path)["private"]]) == 0
    path = tmp_path / "image/oci/index.json"
    index = json.loads(path.read_bytes())
    index["manifests"][0]["annotations"]["kind"] = value
    path.write_bytes(json.dumps(index, sort_keys=True, separators=(",", ":")).encode())
    assert cli.main(["validate", package]) == 1
    assert "index.json: bytes: the bytes are not those that `package` writes" in capsys.readouterr().out
