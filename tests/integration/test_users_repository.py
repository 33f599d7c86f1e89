"""What the README promises to a repository that copies the backend's directory and enables nothing else."""

from __future__ import annotations

from typing import Iterator

import pytest

from tests.support.repository import Repository, users_repository

BUILD = """
file(name="bin", source="program")
scratch_image(name="image", binary=":bin", image_labels={"a": "b"})
scratch_image_test(name="test", image=":image", files={"/app": {"mode": "0755"}})
"""


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    copy = users_repository(tmp_path_factory.mktemp("users") / "repository", "pants-plugins/scratch_image")
    copy.configure(
        GLOBAL={
            "pants_version": "2.17.1",
            "pythonpath": ["%(buildroot)s/pants-plugins"],
            "backend_packages": {"add": ["scratch_image"]},
        }
    )
    copy.write("app/BUILD", BUILD)
    yield copy
    copy.close()


def test_every_goal_works_on_everything(theirs: Repository) -> None:
    said = theirs.ok("--no-pantsd", "lint", "package", "test", "validate-images", "::")
    assert "✓ app:test succeeded" in said
    assert (theirs.image("app/image") / "index.json").is_file()
