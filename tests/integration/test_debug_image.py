"""A debug image as a user has it: a shell by `run`, validated, read by other tools, and published as one layer more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, Iterator

import pytest

from tests.support.containers import check, unpack
from tests.support.programs import elf
from tests.support.registry_server import RegistryServer
from tests.support.repository import Repository
from tests.support.running import compiled
from tests.support.tools import require

BUILD = """\
file(name="bin", source="program")
file(name="toolbox", source="toolbox")
shell_command(name="links", tools=["mkdir", "cp", "ln"], execution_dependencies=[":toolbox"], output_directories=["tools"],
  command="mkdir tools && cp toolbox tools/toolbox && ln -s toolbox tools/sh && ln -s toolbox tools/ls")
scratch_image(name="image", binary=":bin", image_tags=["1.0"], files={"/etc/motd": {"text": "hello of production\\n"}})
scratch_image_debug(name="debug", image=":image", tools={"/busybox/busybox": ":toolbox"})
scratch_image_debug(name="linked", image=":image", tools={"/": ":links"}, entrypoint=["/tools/sh"], skip_push=True)
scratch_image_test(name="test", image=":linked",
  commands=[{"args": ["-c", "toolbox cat /etc/motd"], "stdout": "hello of production\\n"}])
"""
TOOLBOX = Path("tests/run/toolbox.c")


@pytest.fixture(scope="module")
def server() -> Iterator[RegistryServer]:
    with RegistryServer() as found:
        yield found


@pytest.fixture(scope="module")
def ready(bare: Repository, server: RegistryServer, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    for name, content in {
        "program": elf(),
        "toolbox": compiled(tmp_path_factory.mktemp("toolbox"), source=TOOLBOX),
    }.items():
        bare.write(f"src/debug/{name}", content).chmod(0o755)
    bare.write("src/debug/BUILD", BUILD)
    option = {"local": {"address": server.address(), "default": True}}
    bare.env["PANTS_SCRATCH_IMAGE_REGISTRIES"] = repr(option)
    bare.enable("pants.backend.shell")
    return bare


def test_run_gives_a_shell(ready: Repository) -> None:
    shown = ready.ok("run", "src/debug:debug", "--", "-c", "busybox cat /etc/motd")
    assert "hello of production\n" in shown
    done = ready.run("run", "src/debug:debug", "--", "-c", "/busybox/busybox sh -c exit")
    assert done.returncode == 0, done.stdout
    assert "PATH=" in ready.ok("run", "src/debug:linked", "--", "-c", "toolbox env")
    # The program of production is there, and starts.
    assert "hello\n" in ready.ok("run", "src/debug:debug", "--", "-c", "/app")
    assert ready.run("run", "src/debug:debug", "--", "-c", "busybox nothing").returncode == 127


def documents(place: Path) -> Dict[str, Any]:
    """The manifest of a layout, as skopeo reads it."""
    return dict(json.loads(check([require("skopeo"), "inspect", "--raw", f"oci:{place}"])))


def test_other_tools_read_it(ready: Repository, tmp_path: Path) -> None:
    ready.ok("package", "src/debug:")
    production, debug = ready.image("src.debug/image"), ready.image("src.debug/debug")
    was, now = documents(production), documents(debug)
    assert now["layers"][:-1] == was["layers"] and len(now["layers"]) == len(was["layers"]) + 1
    assert "src.debug/debug" in ready.ok("validate-images", "src/debug:")
    root = unpack(debug, tmp_path / "bundle") / "rootfs"
    assert (root / "busybox/busybox").read_bytes() == (ready.root / "src/debug/toolbox").read_bytes()
    assert (root / "etc/motd").read_text() == "hello of production\n"


def test_a_test_runs_a_tool(ready: Repository) -> None:
    assert "✓ src/debug:test" in ready.ok("test", "src/debug:test")


def test_publish_sends_one_layer_and_two_documents(ready: Repository, server: RegistryServer) -> None:
    ready.ok("publish", "src/debug:image")
    before = len(server.log)
    said = ready.ok("publish", "src/debug:debug")
    assert "image:1.0-debug" in said
    done = [request for request in server.log[before:] if request.method == "PUT" and request.status == 201]
    blobs = {request.query["digest"][0] for request in done if "/blobs/" in request.path}
    manifest = documents(ready.image("src.debug/debug"))
    assert blobs == {manifest["config"]["digest"], manifest["layers"][-1]["digest"]}
    stored = [request for request in done if "/manifests/" in request.path]
    assert {request.path.rpartition("/")[2] for request in stored} == {"1.0-debug", ready.digests()["src.debug/debug"]}
    assert all(json.loads(request.body) == manifest for request in stored)
