"""A second reader: cosign 3 verifies what we sign, on disk and in registries, and refuses what is wrong; we verify what it
signs. Its build takes longer than all other tools together, so the tests run where it is on PATH (docs/signing.md)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from scratch_image import cli
from scratch_image.layout.limits import DEFAULT
from scratch_image.oci.digest import Digest
from scratch_image.oci.referrer import referrer
from scratch_image.oci.spec import Descriptor
from scratch_image.registry.plan import PushPlan
from scratch_image.sign.layout import sign_layout
from scratch_image.sign.statement import PROVENANCE, statement
from tests.support.layouts import layout, write
from tests.support.pushes import push_of, run
from tests.support.real_registries import docker_registry
from tests.support.registry_server import RegistryServer
from tests.support.signing import OTHER, PRIVATE, for_two_platforms, resigned, signing_key, write_keys

VERIFY = ("verify", "--insecure-ignore-tlog")
TYPES = ("slsaprovenance1", "cyclonedx", "spdxjson")


def runner(name, tmp_path):
    """Runs a cosign: (exit status, what it says)."""
    path = shutil.which(name) or pytest.skip(f"{name} is not on PATH")

    def start(*arguments):
        # Whatever it would ask for on the network is not there.
        nowhere = {"HTTPS_PROXY": "http://127.0.0.1:1", "NO_PROXY": "127.0.0.1"}
        environment = {"HOME": str(tmp_path), "COSIGN_PASSWORD": "of the tests", "PATH": os.environ["PATH"], **nowhere}
        command = [path, *map(str, arguments)]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
        return done.returncode, done.stdout.decode()

    return start


@pytest.fixture
def cosign(tmp_path):
    return runner("cosign", tmp_path)


def root_of(files):
    (root,) = json.loads(files["index.json"])["manifests"]
    return Descriptor(root["mediaType"], Digest.parse(root["digest"]), root["size"])


def with_documents(files):
    subject = root_of(files)
    documents = (
        ("application/vnd.cyclonedx+json", b'{"bomFormat":"CycloneDX","specVersion":"1.6"}'),
        ("application/spdx+json", b'{"SPDXID":"SPDXRef-DOCUMENT","spdxVersion":"SPDX-2.3"}'),
        ("application/vnd.in-toto+json", statement(subject.digest, PROVENANCE, {"buildDefinition": {}, "runDetails": {}})),
    )
    for media_type, content in documents:
        files = {**files, **referrer(subject, media_type, content).documents}
    return files


@pytest.mark.parametrize("kind", PRIVATE)
@pytest.mark.parametrize("files", [layout(), for_two_platforms()], ids=["one", "index"])
def test_a_layout(kind, files, cosign, tmp_path):
    keys = write_keys(tmp_path, PRIVATE[kind])
    directory = write(files, tmp_path / "image")
    assert cosign(*VERIFY, "--key", keys["public"], "--local-image", directory)[0] != 0
    sign_layout(directory, signing_key(PRIVATE[kind]), DEFAULT)
    status, said = cosign(*VERIFY, "--key", keys["public"], "--local-image", directory)
    assert status == 0 and "The cosign claims were validated" in said
    others = write_keys(tmp_path, OTHER, "other")
    assert cosign(*VERIFY, "--key", others["public"], "--local-image", directory)[0] != 0


@pytest.mark.parametrize(
    "change", [{"subject": [{"digest": {"sha256": "a" * 64}}]}, None], ids=["another subject", "a changed payload"]
)
def test_what_we_refuse_it_refuses(change, cosign, tmp_path, capsys):
    keys = write_keys(tmp_path)
    directory = write(layout(), tmp_path / "image")
    (made,) = sign_layout(directory, signing_key(), DEFAULT)
    bundle = json.loads(made.content)
    bundle["dsseEnvelope"]["payload"] = bundle["dsseEnvelope"]["payload"][:-8] + "fX0KCgo="
    content = resigned(made.content, signing_key(), **change) if change else json.dumps(bundle).encode()
    for name in made.documents:
        (Path(directory) / name).unlink()
    other = referrer(root_of(layout()), made.descriptor.artifact_type, content, made.descriptor.annotations)
    write(other.documents, tmp_path / "image")
    assert cosign(*VERIFY, "--key", keys["public"], "--local-image", directory)[0] != 0
    assert cli.main(["verify-signature", directory, "--key", keys["public"]]) == 1


@pytest.mark.parametrize("version", ["cosign", "cosign2"])
@pytest.mark.parametrize("registry", ["docker", "API", "tag"])
@pytest.mark.parametrize("files", [layout(), for_two_platforms()], ids=["one", "index"])
def test_a_registry(version, registry, files, tmp_path):
    """`cosign2` is 2.6.5, which wants a root of trust for bundles; an empty one is enough for keys."""
    cosign, keys = runner(version, tmp_path), write_keys(tmp_path)
    (tmp_path / "trust.json").write_text('{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}')
    trust = ("--trusted-root", tmp_path / "trust.json") if version == "cosign2" else ()
    with RegistryServer() as server, docker_registry(tmp_path / "docker") as docker:
        server.referrers_api = registry == "API"
        push = push_of(server, tmp_path, with_documents(files))
        address = docker if registry == "docker" else server.address()
        push = push.__class__(**{**vars(push), "registry": address})
        assert run(PushPlan((push,), signing_key=keys["private"])).error == ""
        name = f"{address}/team/a:1"
        status, said = cosign(*VERIFY, *trust, "--key", keys["public"], name)
        assert status == 0, said
        for kind in TYPES:
            attestation = ("verify-attestation", "--insecure-ignore-tlog", "--type", kind)
            assert cosign(*attestation, *trust, "--key", keys["public"], name)[0] == 0
        others = write_keys(tmp_path, OTHER, "other")
        assert cosign(*VERIFY, *trust, "--key", others["public"], name)[0] != 0
        assert cosign(*VERIFY, *trust, "--key", keys["public"], f"{address}/team/a:2")[0] != 0


def test_we_verify_what_it_signs_and_sign_it_not_again(cosign, tmp_path, capsys):
    keys = tmp_path / "keys"
    keys.mkdir()
    assert cosign("generate-key-pair", "--output-key-prefix", keys / "cosign")[0] == 0
    private, public = str(keys / "cosign.key"), str(keys / "cosign.pub")
    with docker_registry(tmp_path / "docker") as address, RegistryServer() as server:
        push = push_of(server, tmp_path, layout())
        push = push.__class__(**{**vars(push), "registry": address})
        assert run(PushPlan((push,))).error == ""
        name = f"{address}/team/a@{push.root}"
        sign = ("sign", "--use-signing-config=false", "--tlog-upload=false", "--yes", "--key", private)
        status, said = cosign(*sign, name)
        assert status == 0, said
        assert cli.main(["verify-signature", name, "--key", public]) == 0
        ran = run(PushPlan((push,), signing_key=private), {"COSIGN_PASSWORD": "of the tests"})
        assert ran.error == "" and "unchanged" in ran.said
        other = write_keys(tmp_path)
        assert run(PushPlan((push,), signing_key=other["private"])).error == ""
        for key in (public, other["public"]):
            assert cosign(*VERIFY, "--key", key, name)[0] == 0
            assert cli.main(["verify-signature", name, "--key", key]) == 0


def test_the_command_of_the_docs_signs_with_it(cosign, tmp_path):
    """With a file in the place of the KMS."""
    page = (Path(__file__).parent.parent.parent / "docs/signing.md").read_text(encoding="utf-8")
    script = page.split("```sh\n")[1].split("```")[0]
    assert cosign("generate-key-pair", "--output-key-prefix", tmp_path / "cosign")[0] == 0
    (tmp_path / "sign.sh").write_text(script.replace("awskms:///alias/images", str(tmp_path / "cosign.key")))
    members = {"signing_command": ("sh", "sign.sh"), "signing_public_key": str(tmp_path / "cosign.pub")}
    variables = {"COSIGN_PASSWORD": "of the tests", "HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    with RegistryServer() as server:
        push = push_of(server, tmp_path, layout())
        ran = run(PushPlan((push,), signing_directory=str(tmp_path), **members), variables)
        assert ran.error == ""
        assert cosign(*VERIFY, "--key", tmp_path / "cosign.pub", f"{server.address()}/team/a:1")[0] == 0
        again = run(PushPlan((push,), signing_directory=str(tmp_path), **members), variables)
        assert again.error == "" and "unchanged" in again.said
