"""Pins down what the publishing process prints and writes, and its exit status."""

from __future__ import annotations

import base64
import dataclasses
import importlib.util
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from scratch_image.engine.tool import Tool
from scratch_image.registry import __main__ as registry_main
from scratch_image.registry.plan import Push, PushPlan
from tests.support.layouts import layout
from tests.support.pushes import LOGIN, docker_config, push_of, stored
from tests.support.registry_faults import Stall
from tests.support.registry_server import RegistryServer
from tests.support.staged import stage

TOOL = Tool("scratch_image.registry.__main__", libraries="registry")
IMAGE = layout()


def start(directory, plan, **environment):
    """The process as a rule starts it: isolated, with staged sources and libraries."""
    library = directory / "libraries" / "all"
    if not library.exists():
        stage(TOOL, directory)
        library.mkdir(parents=True)
        found = Path(importlib.util.find_spec("urllib3").origin).parent
        (library / "urllib3").symlink_to(found, target_is_directory=True)
    (directory / "plan.json").write_bytes(plan.to_json())
    command = TOOL.command(sys.executable, ["plan.json"])
    return subprocess.Popen(
        command, cwd=directory, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    )


def ended(process):
    """(exit status, stdout, stderr)"""
    out, error = process.communicate(timeout=120)
    assert "Traceback" not in error, error
    return process.returncode, out, error


@pytest.fixture()
def server():
    with RegistryServer() as server:
        yield server


def relative(push, directory):
    return dataclasses.replace(push, layout=os.path.relpath(push.layout, directory))


def test_what_was_published_is_printed_and_written(server, tmp_path):
    push = relative(push_of(server, tmp_path, IMAGE, tags=("1", "latest")), tmp_path)
    (tmp_path / "report.json").write_text('{"other/a:1": "sha256:old"}')
    plan = PushPlan((push,), known="memory/known.json", report="report.json", read_back=True, deadline=30)
    status, out, error = ended(start(tmp_path, plan))
    where = f"{server.address()}/team/a"
    assert (status, out) == (0, f"{where}:1@{push.root}\n{where}:latest@{push.root}\n")
    assert error.startswith(f"src/team/a:image → {where}: {push.root}, ")
    assert json.loads((tmp_path / "report.json").read_bytes()) == {
        "other/a:1": "sha256:old",
        f"{where}:1": str(push.root),
        f"{where}:latest": str(push.root),
    }
    (blobs,) = json.loads((tmp_path / "memory" / "known.json").read_bytes())["registries"].values()
    assert set(map(tuple, blobs.values())) == {("team/a",)} and len(blobs) == 2


def test_a_dry_run_is_printed_and_writes_nothing(server, tmp_path):
    push = relative(push_of(server, tmp_path, IMAGE), tmp_path)
    plan = PushPlan((push,), dry_run=True, known="known.json", report="report.json", deadline=30)
    status, out, _ = ended(start(tmp_path, plan))
    assert status == 0 and out.startswith(f"src/team/a:image → {server.address()}/team/a\n  send   sha256:")
    assert out.endswith(f"\n  tag    1: new, to {push.root}\n")
    assert not (tmp_path / "known.json").exists() and not (tmp_path / "report.json").exists()


def test_failures_are_told_and_the_rest_is_published(server, tmp_path):
    push = relative(push_of(server, tmp_path, IMAGE), tmp_path)
    bad = dataclasses.replace(push, layout="nowhere", name="src:bad")
    status, out, error = ended(start(tmp_path, PushPlan((bad, push), deadline=30)))
    assert status == 1 and out == f"{server.address()}/team/a:1@{push.root}\n"
    where = f"{server.address()}/team/a"
    assert f"src:bad could not be published to {where}\n  the layout nowhere cannot be read: No such file" in error
    assert "\n  fix: package the image again\n  0 of its blobs and 0 of its manifests were found or sent" in error


def test_a_registry_that_is_not_there(tmp_path):
    path, root = stored(tmp_path, "image", IMAGE)
    push = Push(path, root, "127.0.0.1:1", "a", ("1",), "src:a")
    status, out, error = ended(start(tmp_path, PushPlan((push,), deadline=3)))
    assert (status, out) == (1, "")
    assert "the deadline of 3 s leaves no time to wait " in error
    assert ": http://127.0.0.1:1 cannot be connected to (Connection refused)\n  fix: check the address and its port" in error
    assert "publish_timeout" not in error


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt(number, server, tmp_path):
    """What was published is printed, the rest is reported, and no tag of the rest is set."""
    done = relative(push_of(server, tmp_path, IMAGE), tmp_path)
    hangs = relative(push_of(server, tmp_path, layout(compression="none"), "team/b"), tmp_path)
    server.choose_fault = lambda request: Stall() if "team/b" in request.path and request.method == "PUT" else None
    process = start(tmp_path, PushPlan((done, hangs), deadline=60, report="report.json"))
    while not (server.tags.get("team/a") and [each for each in server.log if "team/b" in each.path and each.body]):
        assert process.poll() is None
        time.sleep(0.01)
    time.sleep(0.2)
    begin = time.monotonic()
    process.send_signal(number)
    status, out, error = ended(process)
    assert time.monotonic() - begin < 20, "it has waited for the registry"
    assert (status, out) == (130, f"{server.address()}/team/a:1@{done.root}\n")
    assert f"src/team/b:image could not be published to {server.address()}/team/b\n  interrupted\n  " in error
    assert "no tag was changed" in error and not server.tags.get("team/b")
    assert list(json.loads((tmp_path / "report.json").read_bytes())) == [f"{server.address()}/team/a:1"]


def test_no_secret_is_printed_or_written(tmp_path):
    """Not in what is printed, in files, or in arguments, and not where the registry refuses us either."""
    for number, login in enumerate((LOGIN, ("robot", "wrong-but-secret"))):
        directory = tmp_path / str(number)
        with RegistryServer("token") as server:
            push = relative(push_of(server, directory, IMAGE), directory)
            environment = docker_config(tmp_path / f"docker{number}", server.address(), login)
            plan = PushPlan((push,), known="known.json", report="report.json", deadline=30)
            process = start(directory, plan, **environment)
            arguments = Path(f"/proc/{process.pid}/cmdline")
            shown = arguments.read_text() if arguments.exists() else ""
            status, out, error = ended(process)
            assert status == number
            written = [path.read_text(errors="replace") for path in directory.glob("*.json")]
            for secret in (login[1], *server.tokens):
                assert not [text for text in (shown, out, error, *written) if secret in text]


def test_a_library_that_is_missing_is_told(tmp_path):
    ended(start(tmp_path, PushPlan(())))
    (tmp_path / "libraries" / "all" / "urllib3").unlink()
    status, out, error = ended(start(tmp_path, PushPlan(())))
    assert (status, out) == (1, "")
    assert error == "the library for HTTP cannot be loaded: No module named 'urllib3'\n"


def test_a_mistake_of_this_program_shows_no_secret(tmp_path, monkeypatch, capsys):
    """The texts of exceptions, and of those behind them, may quote anything."""

    def fail(plan, environment, out, err):
        environment.secrets.add("hunter2-password")
        try:
            raise KeyError("Basic " + base64.b64encode(b"robot:hunter2-password").decode())
        except KeyError as error:
            raise ValueError("Invalid header value b'hunter2-password'") from error

    monkeypatch.setattr(registry_main, "_run", fail)
    (tmp_path / "plan.json").write_bytes(PushPlan(()).to_json())
    assert registry_main.main([str(tmp_path / "plan.json")]) == 1
    out, error = capsys.readouterr()
    assert "Traceback" in error and "Invalid header value b'***'" in error and "KeyError: 'Basic ***" in error
    assert out == "" and "hunter2" not in error and "cm9ib3Q6" not in error


def test_a_thread_that_fails_shows_no_secret(tmp_path, monkeypatch, capsys):
    def fail(plan, environment, out, err):
        environment.secrets.add("hunter2-password")

        def crash():
            raise ValueError("hunter2-password")

        thread = threading.Thread(target=crash)
        thread.start()
        thread.join()
        return 0

    monkeypatch.setattr(registry_main, "_run", fail)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    (tmp_path / "plan.json").write_bytes(PushPlan(()).to_json())
    assert registry_main.main([str(tmp_path / "plan.json")]) == 0
    assert capsys.readouterr().err.endswith("ValueError: ***\n\n")


@pytest.mark.parametrize("locale", ["C", "POSIX", "en_US.ISO-8859-1", "C.UTF-8"])
def test_a_locale_ends_nothing(locale, server, tmp_path):
    push = relative(push_of(server, tmp_path, IMAGE), tmp_path)
    process = start(tmp_path, PushPlan((push,), dry_run=True, deadline=30), LC_ALL=locale, PYTHONIOENCODING="ascii")
    status, out, _ = ended(process)
    assert status == 0 and out.endswith(f"tag    1: new, to {push.root}\n")


def test_a_login_that_everybody_can_read_is_told_once_a_run(tmp_path):
    with RegistryServer("basic") as server:
        push = relative(push_of(server, tmp_path, IMAGE), tmp_path)
        environment = docker_config(tmp_path / "docker", server.address())
        path = tmp_path / "docker" / "config.json"
        path.chmod(0o644)
        said = f"{path} holds a login, and every user of this machine can read it; run: chmod 600 {path}\n"
        for run, told in (("7", 1), ("7", 0), ("8", 1)):
            plan = PushPlan((push,), run_state="state.json", run=run, deadline=30)
            status, _, error = ended(start(tmp_path, plan, **environment))
            assert status == 0 and error.count(said) == told
