"""Another version of Pants makes the same images as the pinned one (`tests/other-pants`, docs/pants-versions.md)."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import shutil
from pathlib import Path
from typing import Dict, Iterator, Tuple

import pytest
import toml

from tests.golden.build_files import PLACE, made_digests, pinned_digests, write_matrix
from tests.support.programs import AARCH64, elf
from tests.support.registry_server import RegistryServer
from tests.support.repository import Repository, users_repository
from tests.support.wheel import VERSION, copy_wheel

OTHER = os.environ.get("SCRATCH_IMAGE_PANTS", "")
pytestmark = pytest.mark.skipif(not OTHER, reason="SCRATCH_IMAGE_PANTS does not name another Pants (tests/other-pants)")

PROGRAMS = """
file(name="bin", source="program")
file(name="arm64", source="program-arm64")
file(name="config", source="config.txt")
shell_command(name="made", command="cat program > made", tools=["cat"], execution_dependencies=[":bin"],
              output_files=["made"])
"""
IMAGES = """
scratch_image(name="plain", binary=":bin", image_labels={"a": "b"})
scratch_image(name="zstd", binary=":made", compression="zstd", archive=True, image_tags=["1"], image_labels={"pants": "any"})
scratch_image(name="both", binary={"linux/amd64": ":bin", "linux/arm64": ":arm64"}, archive=True)
scratch_image(name="files", binary=":bin", files={"/etc/config": ":config"}, symlinks={"/link": "/etc/config"},
              runtime_files=["ca-certificates", "nonroot", "tmp"])
scratch_image(name="place", binary=":bin", output_path="images/place")
scratch_image_test(name="test", image=":files", files={"/app": {"mode": "0755"}, "/link": {"target": "/etc/config"}})
"""
# Neither of these is packaged by the tests that take everything.
SKIPPED = 'scratch_image(name="skipped", binary=":bin", skip_push=True)\n'
BAD = 'scratch_image(name="image", binary="app:bin", user="a b")\n'
DOTS = 'scratch_image(name="image", binary="app:bin", output_path="a/../b")\n'


def _repository(root: Path, executable: str = "") -> Repository:
    """A repository of a user with images of every kind, whose `./pants` is the pinned one or that executable."""
    copy = users_repository(root, "pants-plugins/scratch_image")
    version = _use(copy, executable) if executable else "2.17.1"
    copy.configure(
        GLOBAL={
            "pants_version": version,
            "pythonpath": ["%(buildroot)s/pants-plugins"],
            "backend_packages": ["pants.backend.shell", "scratch_image"],
        },
        source={"root_patterns": ["/"]},
    )
    copy.write("app/program-arm64", elf(AARCH64))
    copy.write("app/config.txt", "a = 1\n")
    copy.write("app/BUILD", PROGRAMS + IMAGES)
    copy.write("skipped/program", elf())
    copy.write("skipped/BUILD", 'file(name="bin", source="program")\n' + SKIPPED)
    return copy


def _use(copy: Repository, executable: str) -> str:
    """Makes the executable the repository's `./pants`; gives its version."""
    copy.write("pants", f'#!/bin/sh\nexec {shlex.quote(executable)} "$@"\n')
    copy.write("pants.toml", "")
    return copy.ok("--no-pantsd", "--version").split()[-1]


@pytest.fixture(scope="module")
def pinned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    copy = _repository(tmp_path_factory.mktemp("pinned") / "repository")
    yield copy
    copy.close()


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    copy = _repository(tmp_path_factory.mktemp("other") / "repository", OTHER)
    yield copy
    copy.close()


def _dist(repository: Repository) -> Dict[str, str]:
    """Path in dist/ → SHA-256 of the file."""
    dist = repository.root / "dist"
    files = sorted(path for path in dist.rglob("*") if path.is_file())
    return {str(path.relative_to(dist)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_bytes(pinned: Repository, other: Repository) -> None:
    assert "Traceback" not in other.ok("package", "app::")
    pinned.ok("package", "app::")
    want = _dist(pinned)
    assert len([path for path in want if path.endswith("image.json")]) == 5
    assert _dist(other) == want


def test_the_golden_matrix(other: Repository) -> None:
    write_matrix(other)
    other.ok("package", f"{PLACE}:")
    assert made_digests(other) == pinned_digests()


def test_the_examples(repository: Repository) -> None:
    """A program that the other Pants' own Go backend compiled may be another one; its image is compared where it is not."""
    options = toml.loads((repository.root / "pants.toml").read_text())
    repository.ok("package", "src::")
    want = _dist(repository)
    options["GLOBAL"]["pants_version"] = _use(repository, OTHER)
    repository.configure(**options)
    repository.ok("package", "src::")
    found = _dist(repository)
    if found["src.go_service/bin"] != want["src.go_service/bin"]:
        found, want = ({path: hash for path, hash in dist.items() if "go_service" not in path} for dist in (found, want))
    assert len([path for path in want if path.endswith("image.json")]) >= 6
    assert found == want


def test_the_wheel_as_a_plugin(other: Repository, tmp_path: Path) -> None:
    copy = users_repository(tmp_path / "repository")
    version = _use(copy, OTHER)
    copy_wheel(copy.root / "wheels")
    copy.configure(
        GLOBAL={
            "pants_version": version,
            "plugins": [f"scratch-image-pants-plugin=={VERSION}"],
            "backend_packages": ["pants.backend.shell"],
        },
        **{"python-repos": {"find_links": ["file://%(buildroot)s/wheels"]}},
    )
    shutil.copytree(other.root / "app", copy.root / "app", dirs_exist_ok=True)
    copy.ok("--no-pantsd", "package", "lint", "app::")
    other.ok("package", "app::")
    app = {path: hash for path, hash in _dist(other).items() if path.startswith(("app/", "images/"))}
    assert _dist(copy) == app


GOALS = [
    (("lint", "app::"), "scratch-image succeeded"),
    (("test", "app::"), "✓ app:test succeeded"),
    (("package", "validate-images", "app::"), "dist/app/both/oci: ok: 2 manifests"),
    (("list", "app::"), "app:plain"),
    (("help", "scratch_image"), "image_labels"),
    (("help", "scratch-image"), "publish_dry_run"),
    (("help", "validate-images"), "validate-images"),
    (("peek", "app:plain"), '"target_type": "scratch_image"'),
    (("dependencies", "app:zstd"), "app:made"),
    (("dependents", "app:made"), "app:zstd"),
]


@pytest.mark.parametrize(("arguments", "part"), GOALS, ids=[" ".join(arguments) for arguments, _ in GOALS])
def test_a_goal(other: Repository, arguments: Tuple[str, ...], part: str) -> None:
    said = other.ok(*arguments)
    assert part in said and "Traceback" not in said


@pytest.mark.parametrize(
    ("build_file", "part"),
    [(BAD, "field `user`: 'a b'"), (DOTS, "field `output_path`: ")],
    ids=["a mistake in a field", "an output path that leaves its directory"],
)
def test_a_mistake_is_told_as_by_the_pinned_pants(other: Repository, pinned: Repository, build_file: str, part: str) -> None:
    messages = set()
    for repository in (other, pinned):
        repository.write("bad/BUILD", build_file)
        done = repository.run("package", "bad:image")
        assert done.returncode == 1 and part in done.stdout and "Traceback" not in done.stdout, done.stdout
        messages.add("\n".join(line for line in done.stdout.splitlines() if line.startswith("  ")))
    assert len(messages) == 1


def test_publish(other: Repository) -> None:
    """The second time, everything is there already; what `skip_push` leaves out is not sent."""
    with RegistryServer() as server:
        registries = {"here": {"address": server.address(), "default": True}}
        options = {"PANTS_SCRATCH_IMAGE_REGISTRIES": repr(registries)}
        options["PANTS_PUBLISH_OUTPUT"] = "published.json"
        assert "✓" in other.ok("publish", "app:both", "app:zstd", **options)
        said = other.ok("publish", "app:both", "skipped:skipped", **options)
    assert ", unchanged" in said
    report = json.loads((other.root / "published.json").read_bytes())
    kept, sent = sorted(report, key=lambda entry: entry["published"])
    assert (kept["published"], sent["published"]) == (False, True)
    # Pants asks before it packages since 2.32.
    version = toml.loads((other.root / "pants.toml").read_text())["GLOBAL"]["pants_version"]
    is_packaged = tuple(map(int, version.split(".")[:2])) < (2, 32)
    assert ("@sha256:" in kept["names"][0], "Packaged skipped" in said) == (is_packaged, is_packaged)
