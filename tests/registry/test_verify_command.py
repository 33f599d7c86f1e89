"""`scratch-image verify-signature` with the name of an image in a registry."""

from __future__ import annotations

import json

import pytest

from scratch_image import cli
from scratch_image.oci.digest import Digest
from scratch_image.registry.plan import PushPlan
from tests.support.layouts import layout
from tests.support.pushes import docker_config, push_of, run
from tests.support.registry_server import RegistryServer
from tests.support.signing import OTHER, for_two_platforms, write_keys


def published(server, directory, files, environment=None, **members):
    push = push_of(server, directory, files)
    assert run(PushPlan((push,), **members), environment).error == ""
    del server.log[:]
    return push


@pytest.mark.parametrize("has_api", [True, False])
@pytest.mark.parametrize("files", [layout(), for_two_platforms()], ids=["one", "index"])
def test_the_command_verifies_an_image_in_a_registry(has_api, files, tmp_path, capsys):
    keys, others = write_keys(tmp_path), write_keys(tmp_path, OTHER, "other")
    with RegistryServer() as server:
        server.referrers_api = has_api
        push = published(server, tmp_path, files, signing_key=keys["private"])
        for name in (f"{server.address()}/team/a:1", f"{server.address()}/team/a@{push.root}"):
            assert cli.main(["verify-signature", name, "--key", keys["public"]]) == 0
            out = capsys.readouterr().out
            assert out.startswith(f"{push.root} (") and out.count("signed by a given key") == (1 if files == layout() else 3)
        assert "GET blob" in server.steps()
        assert cli.main(["verify-signature", f"{server.address()}/team/a:1", "--key", others["public"]]) == 1
        assert "found: a bundle that does not count: another key signed it" in capsys.readouterr().out
        assert cli.main(["verify-signature", f"{server.address()}/team/a:2", "--key", keys["public"]]) == 2
        assert capsys.readouterr().err.startswith(f"{server.address()}/team/a has no image 2\n  fix: ")
        assert cli.main(["verify-signature", "Team/A", "--key", keys["public"]]) == 2
        assert capsys.readouterr().err.startswith("Team/A: it is neither a path here nor the name of an image: ")


@pytest.mark.parametrize("name", ["dist/src.helo/image", "hello", "hello:1", "team/hello@sha256:" + "0" * 64])
def test_a_path_with_a_mistake_asks_no_registry(name, tmp_path, capsys):
    keys = write_keys(tmp_path)
    assert cli.main(["verify-signature", name, "--key", keys["public"]]) == 2
    text = "there is no such file or directory; the name of an image in a registry begins with the registry"
    assert capsys.readouterr().err == f"{name}: {text}: docker.io/library/hello:1\n"


def test_a_bundle_is_one_blob(tmp_path, capsys):
    """A manifest with many layers would cost as many downloads."""
    keys = write_keys(tmp_path)
    with RegistryServer() as server:
        server.referrers_api = True
        push = published(server, tmp_path, layout(), signing_key=keys["private"])
        (digest,) = server.listed("team/a", str(push.root))
        media_type, content = server.manifests["team/a"].pop(digest)
        manifest = json.loads(content)
        manifest["layers"] *= 2
        other = json.dumps(manifest).encode()
        server.manifests["team/a"][str(Digest.of(other))] = (media_type, other)
        assert cli.main(["verify-signature", f"{server.address()}/team/a:1", "--key", keys["public"]]) == 1
        assert "nothing is attached" in capsys.readouterr().out and "GET blob" not in server.steps()


def test_the_logins_of_docker_are_used_and_not_shown(tmp_path, capsys, monkeypatch):
    keys = write_keys(tmp_path)
    with RegistryServer("token") as server:
        environment = docker_config(tmp_path / "docker", server.address())
        published(server, tmp_path, layout(), environment, signing_key=keys["private"])
        command = ["verify-signature", f"{server.address()}/team/a:1", "--key", keys["public"]]
        monkeypatch.setenv("DOCKER_CONFIG", environment["DOCKER_CONFIG"])
        monkeypatch.delenv("REGISTRY_AUTH_FILE", raising=False)
        monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
        assert cli.main(command) == 0
        server.login = ("robot", "another-password")
        assert cli.main(command) == 2
        captured = capsys.readouterr()
        assert "hunter2" not in captured.out + captured.err and "fix: log in to the registry" in captured.err


@pytest.mark.parametrize("name", ["./missing", "/nonexistent/image"])
def test_a_path_is_not_the_name_of_an_image(name, tmp_path, capsys):
    keys = write_keys(tmp_path)
    assert cli.main(["verify-signature", name, "--key", keys["public"]]) == 2
    assert capsys.readouterr().err == f"{name}: there is no such file or directory\n"
