"""`./pants compare-images` beside a registry on the loopback interface, and in a repository under git."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Iterator, List

import pytest

from tests.support.programs import elf
from tests.support.registry import registry
from tests.support.repository import Repository
from tests.support.tools import require

NAMES = ("a", "b", "c")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with registry() as found:
        yield found


@pytest.fixture(scope="module")
def published(repository: Repository, address: str) -> Repository:
    """Three small images beside the examples, in a repository under git; two of them are published."""
    repository.env["PANTS_SCRATCH_IMAGE_REGISTRIES"] = repr({"local": {"address": address, "default": True}})
    for name in NAMES:
        repository.write(f"src/compared/{name}/bin", elf(text=f"{name}\n"))
        repository.write(
            f"src/compared/{name}/BUILD",
            f"file(name='bin', source='bin')\nscratch_image(name='image', binary=':bin', repository='team/{name}')\n",
        )
    (repository.root / ".gitignore").write_text("dist/\n.pants.d/\n.pids/\n.pants.workdir.file_lock*\n")
    git(repository, "init", "--quiet", "--initial-branch=main")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message=Images")
    repository.ok("publish", "src/compared/a::", "src/compared/b::")
    return repository


def git(repository: Repository, *arguments: str) -> None:
    identity = ("-c", "user.name=Tests", "-c", "user.email=tests@example.com", "-c", "commit.gpgsign=false")
    subprocess.run([require("git"), *identity, *arguments], cwd=repository.root, check=True, stdout=subprocess.DEVNULL)


def lines(said: str) -> List[str]:
    """What is said of images, without the log of Pants."""
    return [line for line in said.splitlines() if line.startswith(("src/", "  ")) or (" image" in line and ": " in line)]


def test_what_a_registry_holds(published: Repository, address: str) -> None:
    first, second, third, summary = lines(published.ok("compare-images", "src/compared::"))
    assert (first, second) == ("src/compared/a:image: same", "src/compared/b:image: same")
    assert third == f"src/compared/c:image: not there: {address}/team/c:latest"
    assert summary.startswith("3 images: 2 the same, 1 not there; `publish` would send ")


def test_a_pull_request(published: Repository, address: str) -> None:
    """A change of a program and one of a comment: two images are selected, and one of them differs."""
    try:
        git(published, "checkout", "--quiet", "-b", "change")
        published.write("src/compared/b/bin", elf(text="changed\n"))
        build = published.root / "src/compared/a/BUILD"
        build.write_text(f"# A comment.\n{build.read_text()}")
        git(published, "commit", "--quiet", "--all", "--message=Change")
        changed = ("--changed-since=main", "--changed-dependents=transitive")
        first, second, summary = lines(published.ok(*changed, "compare-images"))
        assert first == "src/compared/a:image: same"
        assert second.startswith("src/compared/b:image: differs because program /app: ")
        assert summary.startswith("2 images: 1 the same, 1 different; `publish` would send ")
        assert published.run(*changed, "compare-images", "--check").returncode == 1
        # What it says is what `publish` sends: after it, nothing is left.
        published.ok("publish", "src/compared/b::")
        same = lines(published.ok(*changed, "compare-images", "--check"))
        assert same[-1] == "2 images: 2 the same; `publish` would send 0 bytes in 0 blobs"
    finally:
        git(published, "checkout", "--quiet", "--force", "main")
    nothing = published.ok("--changed-since=main", "--changed-dependents=transitive", "compare-images")
    assert "None of these targets is a `scratch_image`" in nothing


def test_an_older_dist(published: Repository, tmp_path: Path) -> None:
    published.ok("package", "src/compared::")
    old = published.root / "released"
    shutil.copytree(published.root / "dist", old)
    for layout in old.glob("*/image/oci"):
        shutil.rmtree(layout)
    published.write("src/compared/c/bin", elf(text="changed\n"))
    try:
        done = published.run("compare-images", "--against=released", "--check", "--json", "src/compared::")
        found = json.loads(done.stdout[done.stdout.index("{\n") : done.stdout.rindex("}") + 1])
        assert {name[len("src/compared/") :]: image["state"] for name, image in found["images"].items()} == {
            "a:image": "same",
            "b:image": "same",
            "c:image": "differs",
        }
        assert done.returncode == 1 and found["summary"]["bytes"] > 0
    finally:
        published.write("src/compared/c/bin", elf(text="c\n"))
        shutil.rmtree(old)


def test_a_registry_that_is_not_there(published: Repository) -> None:
    option = {"gone": {"address": "127.0.0.1:9", "default": True}}
    done = published.run(
        f"--scratch-image-registries={option!r}", "compare-images", "--timeout=3", "src/compared/a::", "src/compared/b::"
    )
    assert done.returncode == 2 and "Traceback" not in done.stdout
    for name in "ab":
        assert f"src/compared/{name}:image: cannot tell: " in done.stdout
