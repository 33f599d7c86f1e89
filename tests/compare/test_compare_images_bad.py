"""What cannot be told of images is a sentence each, and the other images are compared all the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, Iterator, List

import pytest

from scratch_image.compare.asked import Answer, Question
from scratch_image.compare.held import HeldByRegistries
from scratch_image.oci.digest import Digest
from scratch_image.oci.spec import MEDIA_TYPE_INDEX, MEDIA_TYPE_MANIFEST
from scratch_image.registry import dialing
from tests.support.asked import IMAGE, NET, answers, at, published, put, question
from tests.support.layouts import Files, descriptor, layout, with_root, write
from tests.support.pushes import LOGIN, docker_config
from tests.support.registry_faults import ResetBefore, Status
from tests.support.registry_server import Fault, RegistryServer


@pytest.fixture
def server() -> Iterator[RegistryServer]:
    with RegistryServer() as found:
        yield found


FOREIGN, GONE = "sha256:" + "1" * 64, "sha256:" + "2" * 64


def both_passes(question: Question, directory: Path, **plan: Any) -> Answer:
    """The answer about an image that differs."""
    (first,) = answers(question, **plan)
    if first.state != "differs":
        return first
    (second,) = answers(first.question._replace(directory=NET.write(directory / "packaged")), **plan)
    return second


def artifact(document: Dict[str, Any]) -> None:
    document["config"]["mediaType"] = "application/vnd.cncf.helm.config.v1+json"


def foreign(document: Dict[str, Any]) -> None:
    layer = document["layers"][0]
    layer["mediaType"] = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"
    layer["digest"], layer["urls"] = FOREIGN, ["https://elsewhere.example/layer"]


def list_of_layers(document: Dict[str, Any]) -> None:
    document["layers"] = {"a": 1}


def many_layers(document: Dict[str, Any]) -> None:
    document["layers"] *= 128 // len(document["layers"]) + 1
    del document["layers"][128:]


def without_layers(files: Files) -> Files:
    return {path: content for path, content in files.items() if content[:2] != b"\x1f\x8b"}


def damaged(files: Files) -> Files:
    return {path: content[:-1] + b"x" if content[:2] == b"\x1f\x8b" else content for path, content in files.items()}


def other_index(*entries: Dict[str, object]) -> Files:
    content = json.dumps({"schemaVersion": 2, "mediaType": MEDIA_TYPE_INDEX, "manifests": list(entries)}).encode()
    return with_root({Digest.of(content).blob_path: content}, descriptor(MEDIA_TYPE_INDEX, content))


HELD = [
    # what a name holds, the state, what is said
    (layout(manifest=artifact), "unknown", "it holds manifests, but no image: their configurations are of another kind"),
    (layout(manifest=foreign), "unknown", f"the layer {FOREIGN} is a foreign one (application/vnd.oci.image.layer"),
    (layout(manifest=list_of_layers), "unknown", "layers: expected a list, got an object of 1"),
    (layout(manifest=many_layers), "unknown", "layers: 128 layers; container engines take at most 127"),
    (layout(manifest=lambda document: b"{"), "unknown", "JSON: the document is not valid JSON"),
    (without_layers(layout()), "unknown", "reading blob sha256:"),
    (damaged(layout()), "unknown", "the registry sent other bytes"),
    (other_index(), "unknown", "it holds no image: its index names no manifest"),
    (
        other_index({"mediaType": MEDIA_TYPE_MANIFEST, "digest": GONE, "size": 7}),
        "unknown",
        "the registry has no manifest sha256:2222",
    ),
    (layout(blob=lambda content: b"not gzip"), "differs", "layer: the first bytes are not those of tar, gzip or zstd"),
    (layout(config=lambda document: b"[]"), "unknown", "document: expected an object, got a list that is empty"),
]


@pytest.mark.parametrize(("files", "state", "want"), HELD)
def test_what_a_name_holds(
    files: Files, state: str, want: str, server: RegistryServer, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    put(server, files)
    answer = both_passes(question(NET.layout(), **at(server)), tmp_path)
    said = " ".join((answer.text, *(text for block in answer.platforms for text in block["notCompared"])))
    assert (answer.state, want in said) == (state, True), said
    assert "\n" not in said.replace("\n  fix: ", "") and "Traceback" not in said


def test_one_bad_image_does_not_stop_the_others(server: RegistryServer, tmp_path: Path) -> None:
    files = IMAGE.layout()
    published(server, tmp_path, files)
    server.choose_fault = lambda request: Status(403, "DENIED") if "/team/b/" in request.path else None
    asked = [question(files, f"src:{name}", **at(server, f"team/{name}")) for name in ("b", "a", "c")]
    bad, same, none = answers(*asked)
    assert [bad.state, same.state, none.state] == ["unknown", "same", "not there"]
    assert "DENIED" in bad.text and "Traceback" not in bad.text


FAULTS = [
    # what the registry does, what is said
    (Status(401, "UNAUTHORIZED"), "401"),
    (Status(403, "DENIED"), "403 DENIED"),
    (Status(500), "500"),
    (Status(429, headers={"Retry-After": "10000"}), "leaves no time to wait 1e+04 s"),
    (ResetBefore(), "fix: try again"),
    (Status(302, headers={"Location": "http://169.254.169.254/latest"}), "directs looking for 1 to http://169.254.169.254"),
]


@pytest.mark.parametrize(("fault", "want"), FAULTS)
def test_a_registry_that_does_not_answer(fault: Fault, want: str, server: RegistryServer) -> None:
    server.choose_fault = lambda request: fault if "/manifests/" in request.path else None
    (answer,) = answers(question(IMAGE.layout(), **at(server)))
    assert (answer.state, want in answer.text) == ("unknown", True), answer.text


def test_nobody_asks_again_where_nobody_answers(monkeypatch: Any) -> None:
    tried: List[str] = []
    real = dialing.connect
    monkeypatch.setattr(dialing, "connect", lambda origin, *rest: tried.append(origin) or real(origin, *rest))
    place = {"registry": "127.0.0.1:9", "repository": "team/a", "tags": ("1",)}
    found = answers(*(question(IMAGE.layout(), f"src:{number}", **place) for number in range(200)))
    assert {answer.state for answer in found} == {"unknown"} and len(found) == 200
    assert all("127.0.0.1:9 cannot be connected to" in answer.text for answer in found)
    assert 0 < len(tried) <= 8 * 6


def test_a_registry_that_is_out_of_order_is_not_asked_for_ever(server: RegistryServer) -> None:
    """Each question is asked six times; a registry that fails now and then is asked all of them."""
    server.choose_fault = lambda request: Status(503) if "/manifests/" in request.path else None
    asked = [question(IMAGE.layout(), f"src:{number}", **at(server, f"team/i{number}")) for number in range(200)]
    found = answers(*asked)
    assert {answer.state for answer in found} == {"unknown"} and all("503" in answer.text for answer in found)
    assert len(server.log) < 16 * 7
    few = ("/team/i7/", "/team/i57/", "/team/i157/")
    server.choose_fault = lambda request: Status(503) if request.path.startswith(few, 3) else None
    failed = [answer.question.image for answer in answers(*asked) if answer.state == "unknown"]
    assert failed == ["src:7", "src:57", "src:157"]


@pytest.mark.parametrize("auth", ["basic", "token"])
def test_a_login_for_reading_is_enough_and_shown_nowhere(auth: str, tmp_path: Path, monkeypatch: Any) -> None:
    """A registry puts the login that it was sent into what it answers, and into an image."""
    monkeypatch.chdir(tmp_path)
    secret = LOGIN[1]
    with RegistryServer(auth) as server:
        login = docker_config(tmp_path / "docker", server.address())
        told: List[str] = []
        put(server, layout(manifest=lambda document: document.update(annotations={"a": f"is {secret}"})))
        answer = both_passes(question(NET.layout(), **at(server)), tmp_path, environment=login, told=told)
        assert answer.state == "differs"
        everything = repr(answer) + repr(told)
        (denied,) = answers(question(NET.layout(), **at(server)), told=told)
    assert secret not in everything and "***" in everything
    assert denied.state == "unknown" and "401" in denied.text and "no login" in denied.text
    scopes = [scope for request in server.log for scope in request.query.get("scope", [])]
    assert all(scope.endswith(":pull") for scope in scopes)


def test_nothing_is_asked_after_the_time_limit(server: RegistryServer) -> None:
    (answer,) = answers(question(IMAGE.layout(), **at(server)), deadline=0.0)
    assert answer.state == "unknown" and "raise --compare-images-timeout" in answer.text
    assert server.log == []


OLDER = [
    # file → content in the directory of the older image, what is said
    ({"image.json": b"{}"}, "image.json is not the report of an image: it has no schema"),
    ({"image.json": b'{"schema": 9, "root": {}}'}, "it has the schema 9; this version reads 1"),
    ({"image.json": b"[" * 100_000}, "image.json"),
    (
        {"image.json": b'{"schema": 1, "root": {"digest": "sha256:1"}, "manifests": []}'},
        "the report cannot be read: it names no",
    ),
    ({"index.json": b"{"}, "index.json: JSON: the document is not valid JSON"),
    ({"image.json/x": b""}, "it is not an OCI image layout"),
    ({}, "it is not an OCI image layout"),
]


@pytest.mark.parametrize(("files", "want"), OLDER)
def test_an_older_image_that_cannot_be_read(files: Dict[str, bytes], want: str, tmp_path: Path) -> None:
    directory = tmp_path / "old" / "image"
    directory.mkdir(parents=True)
    for name, content in files.items():
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_bytes(content)
    (answer,) = answers(question(IMAGE.layout(), path=str(directory), shown="old/image"), older=str(tmp_path / "old"))
    assert (answer.state, want in answer.text) == ("unknown", True), answer.text


def test_an_older_image_that_is_damaged(tmp_path: Path) -> None:
    """Its documents are right, so it is compared until the damage is read."""
    write(damaged(IMAGE.layout()), tmp_path / "old")
    (first,) = answers(question(NET.layout(), path=str(tmp_path / "old"), shown="old"))
    (second,) = answers(first.question._replace(directory=NET.write(tmp_path / "new")))
    assert (first.state, second.state) == ("differs", "unknown") and "digest" in second.text


def test_a_mistake_of_ours_is_one_answer(server: RegistryServer, monkeypatch: Any) -> None:
    def fail(*_: object) -> None:
        raise RecursionError("secret")

    monkeypatch.setattr(HeldByRegistries, "ask", fail)
    (answer,) = answers(question(IMAGE.layout(), **at(server)))
    assert answer.text == "a mistake of the comparison, RecursionError: please report the image"
