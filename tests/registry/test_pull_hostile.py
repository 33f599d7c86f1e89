"""A registry that sends other bytes than it was asked for, or an image that would cost too much."""

from __future__ import annotations

import json

import pytest

from scratch_image.layout.limits import Limits
from scratch_image.layout.problems import Unreadable
from scratch_image.oci.digest import Digest
from scratch_image.registry.errors import RegistryError
from tests.support.layouts import layout
from tests.support.pulls import everything, opened, published
from tests.support.registry_faults import Changed
from tests.support.registry_server import RegistryServer
from tests.support.signing import for_two_platforms


def other_bytes(server, request, response):
    if response.status in (200, 206):
        response.body = bytes(len(response.body))


def longer(server, request, response):
    response.body += b"x"


def another_part(server, request, response):
    response.headers["Content-Range"] = "bytes 5-9/10"
    response.status = 206


@pytest.mark.parametrize(
    "step, change, text",
    [
        ("GET blob", other_bytes, "reading blob sha256:.*: the registry sent other bytes"),
        ("GET blob", longer, "the registry sent more than its [0-9]+ bytes"),
        ("GET blob", another_part, "the registry sent another part than the one that was asked for"),
        ("GET manifest", other_bytes, "reading sha256:.*: the registry sent sha256:"),
        ("GET manifest", longer, "reading sha256:.*: the registry sent sha256:"),
    ],
)
def test_other_bytes_than_those_that_were_named(step, change, text, tmp_path):
    with RegistryServer() as server:
        published(server, tmp_path, for_two_platforms())
        server.fail_step(step, Changed(change))
        with opened(server) as store, pytest.raises(RegistryError, match=text):
            everything(store)


def test_a_digest_names_its_own_bytes(tmp_path):
    with RegistryServer() as server:
        push, _ = published(server, tmp_path, layout())
        server.fail_step("GET manifest", Changed(longer))
        with (
            pytest.raises(RegistryError, match=f"reading {push.root}: the registry sent sha256:"),
            opened(server, tag=str(push.root)),
        ):
            pass


def test_a_damage_on_the_way_is_repaired_once(tmp_path):
    with RegistryServer() as server:
        published(server, tmp_path, layout())
        server.fail(3, Changed(other_bytes))
        with opened(server) as store:
            assert everything(store) == {path: content for path, content in layout().items() if path.startswith("blobs/")}


@pytest.mark.parametrize(
    "change, text",
    [
        (lambda manifest: manifest["layers"][0].update(size=1 << 50), "names more, or larger, blobs than are read"),
        (
            lambda manifest: manifest.update(layers=[*manifest["layers"], *many()]),
            "names more, or larger, blobs than are read",
        ),
    ],
)
def test_an_image_that_would_cost_too_much(change, text, tmp_path):
    with RegistryServer() as server:
        published(server, tmp_path, layout())
        media_type, content = server.manifests["team/a"][server.tags["team/a"]["1"]]
        manifest = json.loads(content)
        change(manifest)
        content = json.dumps(manifest).encode()
        server.manifests["team/a"] = {str(Digest.of(content)): (media_type, content)}
        server.tags["team/a"]["1"] = str(Digest.of(content))
        with pytest.raises(Unreadable, match=text), opened(server):
            pass


def test_a_manifest_of_another_size_than_the_index_says(tmp_path):
    with RegistryServer() as server:
        published(server, tmp_path, for_two_platforms())
        media_type, content = server.manifests["team/a"][server.tags["team/a"]["1"]]
        index = json.loads(content)
        index["manifests"][1]["size"] += 1
        content = json.dumps(index).encode()
        server.manifests["team/a"][str(Digest.of(content))] = (media_type, content)
        server.tags["team/a"]["1"] = str(Digest.of(content))
        with (
            opened(server) as store,
            pytest.raises(RegistryError, match=r"has [0-9]+ bytes, and its descriptor says [0-9]+"),
        ):
            everything(store)


def many():
    return [{"mediaType": "x", "digest": f"sha256:{number:064x}", "size": 1} for number in range(Limits().files + 1)]
