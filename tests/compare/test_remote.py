"""Pins down that an image in a registry is compared as one at a path, and what is downloaded for that."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from scratch_image.compare.__main__ import main
from scratch_image.oci.digest import Digest
from scratch_image.registry.plan import PushPlan
from tests.support.compared import Made
from tests.support.layouts import RUN, write
from tests.support.pushes import push_of, run
from tests.support.registry_server import RegistryServer

IMAGE = Made()


def layers_of(files):
    (root,) = json.loads(files["index.json"])["manifests"]
    manifest = json.loads(files[Digest.parse(root["digest"]).blob_path])
    return [layer["digest"] for layer in manifest["layers"]]


def test_an_image_in_a_registry(tmp_path: Path, capsys) -> None:
    """Of an image that differs in a label, no layer is downloaded."""
    files = IMAGE.layout()
    with RegistryServer() as server:
        assert run(PushPlan((push_of(server, tmp_path / "pushed", files),))).error == ""
        name = f"{server.address()}/team/a:1"
        assert main(["--insecure", name, write(files, tmp_path / "same")]) == 0
        other = replace(IMAGE, run=replace(RUN, labels={"k": "w"})).write(tmp_path / "other")
        assert main(["--insecure", name, other]) == 1
        assert 'image_labels[k]: "v" → "w"' in capsys.readouterr().out
        asked = " ".join(request.path for request in server.log if request.method == "GET")
        assert not any(digest in asked for digest in layers_of(files))
        changed = IMAGE.file("etc/motd", b"2").write(tmp_path / "changed")
        assert main(["--insecure", changed, name]) == 1
        assert "file /etc/motd: content, 1 → 6 bytes" in capsys.readouterr().out


@pytest.mark.parametrize("reference", ["team/none:1", "team/a:none", "team/a@sha256:" + "0" * 64])
def test_an_image_that_is_not_there(reference: str, tmp_path: Path, capsys) -> None:
    with RegistryServer() as server:
        assert run(PushPlan((push_of(server, tmp_path / "pushed", IMAGE.layout()),))).error == ""
        status = main(["--insecure", IMAGE.write(tmp_path / "a"), f"{server.address()}/{reference}"])
    out, err = capsys.readouterr()
    assert (status, out) == (2, "") and err.startswith(f"{server.address()}/{reference}: ") and "Traceback" not in err


@pytest.mark.parametrize("name", ["nonexistent", "", "http://x/y", "user:secret@example.com/a:1", "a b/c:1"])
def test_a_name_that_is_none(name: str, tmp_path: Path, capsys) -> None:
    status = main([IMAGE.write(tmp_path / "a"), name])
    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    assert "neither a path here" in err or "there is no such file or directory; the name of an image" in err
    assert "secret" not in err and "resolved" not in err
