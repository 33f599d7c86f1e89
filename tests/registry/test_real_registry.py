"""Pins down that registries which are not ours take what is published, and that other tools read the same bytes there."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from contextlib import ExitStack
from typing import Mapping, NamedTuple

import pytest

from scratch_image import cli
from scratch_image.layout.blobs import Blobs
from scratch_image.layout.limits import DEFAULT
from scratch_image.layout.problems import Problems
from scratch_image.layout.walk import ManifestNode, Walk
from scratch_image.oci.digest import Digest
from scratch_image.oci.platform import Platform
from scratch_image.oci.reference import ImageReference
from scratch_image.registry import download, pull, upload
from scratch_image.registry.deadline import Clock, Deadline
from scratch_image.registry.plan import Push, PushPlan, RegistrySettings
from tests.support import tls
from tests.support.layouts import image, index_of, layout, program_archive
from tests.support.programs import AARCH64, elf
from tests.support.pushes import docker_config, environment_of, run, stored
from tests.support.real_registries import LOGIN, crane_registry, docker_registry
from tests.support.signing import write_keys
from tests.support.tools import require

ARM64 = image((program_archive(elf(AARCH64)),), platform=Platform("linux", "arm64", "v8"))
IMAGES = {
    "one": layout(),
    "zstd": layout(compression="zstd"),
    "index": index_of(image(), ARM64),
    "large": layout((program_archive(bytes(range(256)) * 40_000),), compression="none"),
}
KINDS = ["none", "htpasswd", "token", "tls", "crane"]


class Registry(NamedTuple):
    kind: str
    address: str
    settings: RegistrySettings
    environment: Mapping[str, str]
    files: tls.Files


@pytest.fixture(scope="module", params=KINDS)
def registry(request, tmp_path_factory):
    directory = tmp_path_factory.mktemp(request.param)
    files = tls.write(directory / "tls")
    with ExitStack() as stack:
        if request.param == "crane":
            address = stack.enter_context(crane_registry())
        elif request.param == "tls":
            address = stack.enter_context(docker_registry(directory, "htpasswd", files))
        else:
            address = stack.enter_context(docker_registry(directory, request.param))
        settings = RegistrySettings(address)
        if request.param == "tls":
            settings = RegistrySettings(address, None, files.authority, files.client, files.client_key)
        yield Registry(request.param, address, settings, docker_config(directory / "docker", address), files)


def published(registry, tmp_path, name, tags=("1", "latest"), **options):
    path, root = stored(tmp_path, name, IMAGES[name])
    push = Push(path, root, registry.address, f"team/{name}", tags, f"src/{name}:image")
    ran = run(
        PushPlan((push,), (registry.settings,), read_back=True, **{"deadline": 60, **options}),
        registry.environment,
        really_wait=True,
    )
    assert ran.error == "" and LOGIN[1] not in ran.everything
    return push, ran


def read_by_skopeo(registry, tmp_path, name):
    """The blobs of an image as skopeo copies them, by name."""
    command = [require("skopeo"), "copy", "--quiet", "--all", "--preserve-digests"]
    if registry.kind == "tls":
        directory = tmp_path / "certificates"
        directory.mkdir()
        for source, target in (
            (registry.files.authority, "ca.crt"),
            (registry.files.client, "c.cert"),
            (registry.files.client_key, "c.key"),
        ):
            shutil.copy(source, str(directory / target))
        command += ["--src-cert-dir", str(directory)]
    else:
        command += ["--src-tls-verify=false"]
    if registry.kind in ("htpasswd", "token", "tls"):
        command += ["--src-creds", ":".join(LOGIN)]
    # A policy of its own: not every system has one.
    policy = tmp_path / "policy.json"
    policy.write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
    command[1:1] = ["--policy", str(policy)]
    subprocess.run(
        [*command, f"docker://{registry.address}/team/{name}:1", f"dir:{tmp_path / 'copy'}"], check=True, timeout=60
    )
    return {path.name: path.read_bytes() for path in (tmp_path / "copy").iterdir() if path.name != "version"}


@pytest.mark.parametrize("name", IMAGES)
def test_skopeo_reads_the_same_bytes(name, registry, tmp_path):
    push, _ = published(registry, tmp_path, name)
    found = read_by_skopeo(registry, tmp_path, name)
    wanted = {path.rpartition("/")[2]: content for path, content in IMAGES[name].items() if path.startswith("blobs/")}
    assert found.pop("manifest.json") == wanted.pop(push.root.hex)
    found = {path.replace(".manifest.json", ""): content for path, content in found.items()}
    assert found == wanted


def test_again_and_with_another_tag(registry, tmp_path):
    first, _ = published(registry, tmp_path / "a", "one")
    _, ran = published(registry, tmp_path / "b", "one")
    assert f"{first.root}, unchanged" in ran.said
    push, ran = published(registry, tmp_path / "c", "one", tags=("3",))
    assert ran.results[0].published == (f"{push.registry}/team/one:3",)


def test_crane_finds_nothing_wrong(registry, tmp_path):
    if registry.kind in ("tls", "token"):
        pytest.skip("crane has no option for a client's certificate, and takes no token server on the loopback")
    published(registry, tmp_path, "index")
    (tmp_path / "docker").mkdir()
    auth = base64.b64encode(":".join(LOGIN).encode()).decode()
    (tmp_path / "docker" / "config.json").write_text(json.dumps({"auths": {registry.address: {"auth": auth}}}))
    command = [require("crane"), "validate", "--remote", f"{registry.address}/team/index:1"]
    subprocess.run(command, check=True, env={"DOCKER_CONFIG": str(tmp_path / "docker")}, timeout=60)


def test_a_signed_image_is_verified_by_its_name(registry, tmp_path, monkeypatch, capsys):
    keys = write_keys(tmp_path)
    path, root = stored(tmp_path, "index", IMAGES["index"])
    push = Push(path, root, registry.address, "team/signed", ("1",), "src/signed")
    plan = PushPlan((push,), (registry.settings,), deadline=60, read_back=True, signing_key=keys["private"])
    for want in (" attached", ", unchanged"):
        ran = run(plan, registry.environment, really_wait=True)
        assert ran.error == "" and want in ran.said
    if registry.kind == "tls":
        # The command has no option for a client's certificate.
        return
    for name in ("REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", registry.environment["DOCKER_CONFIG"])
    for name in (f"{registry.address}/team/signed:1", f"{registry.address}/team/signed@{root}"):
        assert cli.main(["verify-signature", name, "--key", keys["public"]]) == 0
        assert capsys.readouterr().out.count("signature: signed by a given key") == 3


def test_an_image_is_read_back_although_the_connection_breaks(registry, tmp_path, monkeypatch):
    published(registry, tmp_path, "large", tags=("1",))
    taken = []
    take = download.Download._take

    def breaking(self, piece):
        take(self, piece)
        taken.append(len(piece))
        if len(taken) in (5, 9):
            raise ConnectionResetError("of the test")

    monkeypatch.setattr(download.Download, "_take", breaking)
    deadline = Deadline(60, Clock(sleep=lambda seconds: None))
    access = pull.Access(environment_of(registry.environment), lambda line: None, deadline)
    name = ImageReference(registry.address, "team/large", "1")
    with pull.opened(name, access, DEFAULT, settings=registry.settings) as store:
        found = {}
        for node in Walk(Blobs(store, Problems(1), DEFAULT)).from_index_json():
            for claim in (node.claim, *(node.manifest.layers if isinstance(node, ManifestNode) else ())):
                if claim:
                    found[claim.digest.blob_path] = b"".join(store.chunks(claim.digest.blob_path))
    assert found.items() <= IMAGES["large"].items() and len(found) == 2
    # What had arrived was not sent again; crane's registry does not send parts.
    assert registry.kind == "crane" or sum(taken) == max(map(len, found.values()))


def test_a_blob_is_mounted(registry, tmp_path):
    path, root = stored(tmp_path, "one", IMAGES["one"])
    pushes = tuple(Push(path, root, registry.address, f"mounted/{name}", ("1",), name) for name in "abc")
    ran = run(PushPlan(pushes, (registry.settings,), deadline=60), registry.environment, really_wait=True)
    assert not [result.error for result in ran.results if result.error]
    # crane's registry has no mounts: it answers with a session, and gets the bytes.
    assert registry.kind == "crane" or " mounted" in ran.said


def test_a_broken_upload_goes_on(registry, tmp_path, monkeypatch):
    """The first request with bytes breaks in its middle, whatever the registry keeps of it."""
    broken = []
    send_bytes = upload.Upload._send_bytes

    def breaking(self, request, start, end):
        if broken or end - start < 1_000_000:
            return send_bytes(self, request, start, end)
        pieces = self._blob.pieces
        broken.append(request.method)

        class Breaks:
            def pieces(self, start, end, sending):
                yield from pieces(start, end - 5_000_000, sending)
                raise ConnectionResetError("of the test")

        whole, self._blob = self._blob, Breaks()
        try:
            Breaks.digest, Breaks.size = whole.digest, whole.size
            return send_bytes(self, request, start, end)
        finally:
            self._blob = whole

    monkeypatch.setattr(upload.Upload, "_send_bytes", breaking)
    files = layout((program_archive(b"of its own" * 1_000_000),), compression="none")
    path, root = stored(tmp_path, "broken", files)
    push = Push(path, root, registry.address, "team/broken", ("1",), "broken")
    ran = run(PushPlan((push,), (registry.settings,), deadline=60, read_back=True), registry.environment, really_wait=True)
    assert ran.error == "" and broken == ["PUT"]


def test_a_dry_run(registry, tmp_path):
    path, root = stored(tmp_path, "one", IMAGES["one"])
    push = Push(path, root, registry.address, "team/never", ("1",), "never")
    (result,) = run(PushPlan((push,), (registry.settings,), dry_run=True, deadline=60), registry.environment).results
    assert result.error is None and result.lines[-1] == f"tag    1: new, to {root}"
    assert Digest.parse(result.lines[-2].split()[1]) == root
