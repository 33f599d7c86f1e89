"""docs/ci.md and its workflow files, as they stand: from a BUILD file to an image in a registry that asks for a login."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any, Dict, Iterator, List

import pytest
import yaml

from tests.support.registry_server import RegistryServer
from tests.support.repository import Repository, users_repository
from tests.support.tools import require

DOCS = Path("docs")
PAGE = (DOCS / "ci.md").read_text(encoding="utf-8")
FILES: Dict[str, str] = dict(re.findall(r"^`([^`]+)`[^`\n]*(?:\n[^`\n]+)*:\n\n```\w+\n(.*?)^```$", PAGE, re.M | re.S))
(COMMANDS,) = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.M | re.S)
# Steps that set up a machine which is thrown away.
SETTING_UP = ("Install ", "Allow ")
GOALS = ("lint package", "test", "validate-images", "publish")


def document(name: str) -> Dict[Any, Any]:
    loaded = yaml.safe_load((DOCS / "ci" / name).read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def github_steps() -> List[Dict[str, Any]]:
    return [step for step in document("github.yml")["jobs"]["images"]["steps"] if "run" in step]


def github_script() -> str:
    return "\n".join(step["run"] for step in github_steps() if not step["name"].startswith(SETTING_UP))


def gitlab_script() -> str:
    return "\n".join(document("gitlab.yml")["images"]["script"])


SCRIPTS = {"github.yml": github_script, "gitlab.yml": gitlab_script}


def test_the_page_has_its_files() -> None:
    assert set(FILES) == {"pants.toml", "hello/main.c", "hello/BUILD"}
    assert all(f"[ci/{name}](ci/{name})" in PAGE for name in SCRIPTS)


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_goals_are_run_in_order(name: str) -> None:
    assert re.findall(r"^ *pants (.*) ::$", SCRIPTS[name](), re.M) == list(GOALS)
    assert "".join(f"pants {goal} ::\n" for goal in GOALS[:-1]) == COMMANDS


def test_what_machines_need_and_keep_secret() -> None:
    github, gitlab = document("github.yml"), document("gitlab.yml")["images"]
    for variables in (github["env"], gitlab["variables"]):
        assert variables["PANTS_SCRATCH_IMAGE_TEST_REQUIRE_RUN"] == "true"
    steps = {step["name"]: step for step in github_steps()}
    assert "apparmor_restrict_unprivileged_userns=0" in steps["Allow user namespaces, in which tests start images"]["run"]
    publish = steps["Publish"]
    assert publish["if"] == "github.ref == 'refs/heads/main'"
    # A script that contained the secret would show it in a log.
    assert all("secrets." not in step["run"] for step in steps.values())
    assert '[ "$CI_COMMIT_BRANCH" = "$CI_DEFAULT_BRANCH" ]' in gitlab_script()


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    require("gcc")
    copy = users_repository(tmp_path_factory.mktemp("users") / "repository", "pants-plugins/scratch_image")
    for path, text in FILES.items():
        copy.write(path, text)
    yield copy
    copy.close()


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_green_smoke_test_and_an_image_in_the_registry(theirs: Repository, name: str) -> None:
    with RegistryServer(auth="basic") as server:
        user, password = server.login
        registries = {"company": {"address": server.address(), "default": True}}
        env = {
            **theirs.env,
            "PATH": f"{theirs.root}:{theirs.env['PATH']}",
            "PANTS_SCRATCH_IMAGE_REGISTRIES": repr(registries),
            "PANTS_SCRATCH_IMAGE_TEST_REQUIRE_RUN": "true",
            "PANTS_TEST_OUTPUT": "all",
            "VERSION": name,
            "REGISTRY": server.address(),
            "REGISTRY_USER": user,
            "REGISTRY_PASSWORD": password,
            "CI_COMMIT_BRANCH": "main",
            "CI_DEFAULT_BRANCH": "main",
        }
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", SCRIPTS[name]()],
            cwd=theirs.root,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert done.returncode == 0, done.stdout
        assert "✓ hello:smoke" in done.stdout and "rung " in done.stdout
        assert password not in done.stdout
        tags = [request.path for request in server.log if request.method == "PUT" and request.path.endswith(f"/{name}")]
        assert tags == [f"/v2/team/hello/manifests/{name}"]
    report = json.loads((theirs.root / "dist/hello/image/image.json").read_bytes())
    assert len(report["manifests"]) == 1
