"""image.tar, loaded by the tools that people load images with; and what is in dist/, derived again by the goal for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Iterator, List

import pytest

from tests.support.containers import check, containerd_daemon, docker_daemon, podman_storage, run, unpack
from tests.support.probes import PODMAN_RUN
from tests.support.registry import registry
from tests.support.repository import Repository
from tests.support.tools import require

# An index, gzip, with two tags; one platform, zstd.
INDEX, ZSTD = "src.go_command/image", "src.c_program/image-amd64"
NAMES = {
    INDEX: ["examples/go_command:1.0", "examples/go_command:latest"],
    ZSTD: ["examples/c_program:amd64"],
}
SAID = {INDEX: "linux/amd64 go1.27.3 hello\n", ZSTD: "c_program on amd64: --greeting hello\n"}


@pytest.fixture(scope="module")
def packaged(repository: Repository) -> Repository:
    repository.ok("package", "src/go_command:image", "src/c_program::")
    return repository


def archive(packaged: Repository, image: str) -> Path:
    return packaged.image(image).parent / "image.tar"


@pytest.mark.parametrize("image", [INDEX, ZSTD])
def test_skopeo_reads_the_layout_in_it(packaged: Repository, image: str, tmp_path: Path) -> None:
    """All platforms, byte for byte what is in `oci/`."""
    skopeo = require("skopeo")
    source = f"oci-archive:{archive(packaged, image)}"
    check([skopeo, "copy", "--quiet", "--all", "--preserve-digests", source, f"oci:{tmp_path}:latest"])
    blobs = [packaged.image(image) / "blobs/sha256", tmp_path / "blobs/sha256"]
    want, found = ({path.name: path.read_bytes() for path in directory.iterdir()} for directory in blobs)
    assert found == want


@pytest.mark.parametrize("image", [INDEX, ZSTD])
def test_skopeo_reads_what_docker_reads(packaged: Repository, image: str, tmp_path: Path) -> None:
    """By each name; manifest.json has the image for amd64, and runc runs it."""
    skopeo = require("skopeo")
    source = f"docker-archive:{archive(packaged, image)}"
    tags = json.loads(check([skopeo, "list-tags", source]))["Tags"]
    assert [tag.replace("docker.io/", "") for tag in tags] == NAMES[image]
    for number, name in enumerate(tags):
        layout = tmp_path / str(number)
        check([skopeo, "copy", "--quiet", f"{source}:{name}", f"oci:{layout}:latest"])
    assert run(unpack(layout, tmp_path)) == SAID[image]


@pytest.fixture
def podman() -> Iterator[List[str]]:
    with podman_storage() as command:
        yield command


@pytest.mark.parametrize("image", [INDEX, ZSTD])
def test_podman_loads_and_runs_it(packaged: Repository, image: str, podman: List[str]) -> None:
    assert f"Loaded image: docker.io/{NAMES[image][0]}" in check([*podman, "load", "--input", str(archive(packaged, image))])
    (loaded,) = json.loads(check([*podman, "images", "--format", "json"]))
    assert loaded["Digest"] == packaged.report(image)["root"]["digest"]
    assert check([*podman, *PODMAN_RUN, NAMES[image][0]]) == SAID[image]


@pytest.fixture
def docker() -> Iterator[List[str]]:
    with docker_daemon() as command:
        yield command


def test_docker_loads_and_runs_it(packaged: Repository, docker: List[str]) -> None:
    """Under all names. Docker 20.10 takes no zstd."""
    said = check([*docker, "load", "--input", str(archive(packaged, INDEX))])
    assert said.splitlines() == [f"Loaded image: {name}" for name in NAMES[INDEX]]
    assert check([*docker, "run", "--rm", "--network", "none", NAMES[INDEX][1]]) == SAID[INDEX]


@pytest.fixture
def containerd(tmp_path: Path) -> Iterator[List[str]]:
    with containerd_daemon(tmp_path) as command:
        yield command


@pytest.mark.parametrize("image", [INDEX, ZSTD])
def test_containerd_imports_it(packaged: Repository, image: str, containerd: List[str]) -> None:
    """containerd takes the names of index.json, which are qualified."""
    check([*containerd, "image", "import", "--snapshotter", "native", str(archive(packaged, image))])
    (line,) = check([*containerd, "image", "ls"]).splitlines()[1:]
    name, _, digest = line.split()[:3]
    assert (name, digest) == (f"docker.io/{NAMES[image][0]}", packaged.report(image)["root"]["digest"])


def test_crane_pushes_it(packaged: Repository) -> None:
    """It reads manifest.json, so it makes a manifest of its own, with the layers as they are. As of 0.22, crane takes layers
    of an archive for gzip, so the one with zstd is not for it."""
    crane = require("crane")
    check([crane, "validate", "--tarball", str(archive(packaged, INDEX))])
    with registry() as address:
        check([crane, "push", "--insecure", str(archive(packaged, INDEX)), f"{address}/pushed:1"])
        check([crane, "validate", "--insecure", "--remote", f"{address}/pushed:1"])
        pushed = json.loads(check([crane, "manifest", "--insecure", f"{address}/pushed:1"]))
    want = packaged.report(INDEX)["manifests"][0]["layers"]
    assert [layer["digest"] for layer in pushed["layers"]] == [layer["digest"] for layer in want]


def test_what_is_in_dist_is_derived_again(packaged: Repository) -> None:
    """Last, as it damages an image."""
    targets = ["src/go_command:image", "src/c_program:image-amd64"]
    said = packaged.ok("validate-images", *targets).splitlines()
    paths = [line.partition(": ok: ")[0] for line in said if ": ok: " in line]
    assert paths == [f"dist/{image}/{part}" for image in (ZSTD, INDEX) for part in ("oci", "image.tar")]
    assert all("; not derived: findings, names, recipes (--recompress)" in line for line in said if ": ok: " in line)
    assert "recipes" not in packaged.ok("validate-images", "--recompress", *targets)
    assert "; not derived: what is in layers" in packaged.ok("validate-images", "--quick", *targets)
    digest = packaged.report(ZSTD)["manifests"][0]["layers"][0]["digest"]
    blob = packaged.image(ZSTD) / "blobs" / digest.replace(":", "/")
    blob.write_bytes(blob.read_bytes()[:-1] + b"?")
    result = packaged.run("validate-images", *targets)
    assert result.returncode == 1
    assert f"dist/{ZSTD}/oci: blobs/{digest.replace(':', '/')}: digest: claimed {digest}, derived sha256:" in result.stdout
    assert f"dist/{INDEX}/image.tar: ok: 2 manifests" in result.stdout
    result = packaged.run("validate-images", "src/go_service:image")
    assert result.returncode == 2
    assert "src/go_service:image: dist/src.go_service/image does not exist; make it with: ./pants package" in result.stdout
    packaged.ok("package", "src/c_program:image-amd64")
    packaged.ok("validate-images", *targets)
    archive(packaged, ZSTD).write_bytes(archive(packaged, ZSTD).read_bytes()[:5000])
    result = packaged.run("validate-images", "--quick", *targets)
    assert result.returncode == 1
    assert f"dist/{ZSTD}/oci: ok: " in result.stdout and f"dist/{ZSTD}/image.tar: image.tar: file: " in result.stdout
    packaged.ok("--scratch-image-write=['report']", "package", *targets)
    said = packaged.ok("validate-images", *targets).splitlines()
    assert {f"dist/{image}/oci: not written" for image in (ZSTD, INDEX)} <= set(said)
    assert sum("/image.tar: ok: " in line for line in said) == 2, "`archive=True` adds them"
