"""`scratch-image sign` and `scratch-image verify-signature` with layouts on disk."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from scratch_image import cli
from scratch_image.layout.limits import DEFAULT
from scratch_image.oci.digest import Digest
from scratch_image.oci.referrer import referrer
from scratch_image.oci.spec import Descriptor
from scratch_image.sign import layout as sign_layout_module
from scratch_image.sign.layout import sign_layout
from scratch_image.sign.statement import PROVENANCE, statement
from tests.support.layouts import as_archive, layout, write
from tests.support.packages import write_package
from tests.support.signing import PRIVATE, for_two_platforms, signing_key, write_keys


@pytest.fixture
def keys(tmp_path):
    (tmp_path / "keys").mkdir()
    return write_keys(tmp_path / "keys")


def ran(capsys, *arguments):
    """(exit status, stdout, stderr)"""
    status = cli.main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def content(directory):
    return {str(path.relative_to(directory)): path.read_bytes() for path in Path(directory).rglob("*") if path.is_file()}


def digests(files):
    """The root, then the manifests of an index."""
    (root,) = json.loads(files["index.json"])["manifests"]
    below = json.loads(files[Digest.parse(root["digest"]).blob_path]).get("manifests", [])
    return [entry["digest"] for entry in (root, *below)]


@pytest.mark.parametrize("files", [layout(), for_two_platforms()], ids=["one", "index"])
def test_every_manifest_is_signed_and_index_json_keeps_its_one_entry(files, tmp_path, keys, capsys):
    directory = write(files, tmp_path / "image")
    assert ran(capsys, "verify-signature", directory, "--key", keys["public"])[0] == 1
    status, out, err = ran(capsys, "sign", directory, "--key", keys["private"])
    assert (status, err) == (0, "") and [line.partition(": ")[0] for line in out.splitlines()] == digests(files)
    status, out, _ = ran(capsys, "verify-signature", directory, "--key", keys["public"])
    assert status == 0 and [line.split(" ")[0] for line in out.splitlines()] == digests(files)
    signed = content(directory)
    assert {name: signed[name] for name in files if name != "index.json"} == {
        k: v for k, v in files.items() if k != "index.json"
    }
    (before,), (after,) = (json.loads(each["index.json"])["manifests"] for each in (files, signed))
    assert after["annotations"] == {**before.get("annotations", {}), "kind": "dev.cosignproject.cosign/image"}
    assert {**after, "annotations": None} == {**before, "annotations": None}


def test_again_nothing_changes_and_another_key_adds(tmp_path, keys, capsys):
    directory = write(for_two_platforms(), tmp_path / "image")
    first = ran(capsys, "sign", directory, "--key", keys["private"])
    signed = content(directory)
    times = {path: os.stat(os.path.join(directory, path)).st_mtime_ns for path in signed}
    assert ran(capsys, "sign", directory, "--key", keys["private"]) == first
    assert content(directory) == signed
    assert {path: os.stat(os.path.join(directory, path)).st_mtime_ns for path in signed} == times
    others = write_keys(tmp_path, PRIVATE["Ed25519"], "ed25519")
    assert ran(capsys, "sign", directory, "--key", others["private"])[0] == 0
    both = ("--key", keys["public"], "--key", others["public"], "--threshold", "2")
    assert ran(capsys, "verify-signature", directory, *both)[0] == 0


def test_what_package_wrote(tmp_path, keys, capsys):
    directory = write_package(for_two_platforms(), tmp_path / "image")
    before = (tmp_path / "image/image.json").read_bytes()
    assert ran(capsys, "sign", directory, "--key", keys["private"])[0] == 0
    assert ran(capsys, "verify-signature", directory, "--key", keys["public"])[0] == 0
    assert ran(capsys, "verify-signature", tmp_path / "image/oci", "--key", keys["public"])[0] == 0
    assert (tmp_path / "image/image.json").read_bytes() == before


def test_an_archive_is_verified(tmp_path, keys, capsys):
    directory = write(for_two_platforms(), tmp_path / "image")
    assert ran(capsys, "sign", directory, "--key", keys["private"])[0] == 0
    (tmp_path / "image.tar").write_bytes(as_archive(content(directory)))
    assert ran(capsys, "verify-signature", tmp_path / "image.tar", "--key", keys["public"])[0] == 0
    assert ran(capsys, "sign", tmp_path / "image.tar", "--key", keys["private"])[::2] == (
        2,
        f"{tmp_path / 'image.tar'}: it is a file; expected a directory with an OCI image layout\n",
    )


# Of the image of layout().
A_DIGEST = Digest.parse(digests(layout())[0])


def with_documents(files, directory, *kinds):
    """The layout with documents attached to its root: (media type, content of the document)."""
    (root,) = json.loads(files["index.json"])["manifests"]
    subject = Descriptor(root["mediaType"], Digest.parse(root["digest"]), root["size"])
    for media_type, document in kinds:
        files = {**files, **referrer(subject, media_type, document).documents}
    return write(files, directory)


def test_documents_that_are_attached_are_signed(tmp_path, keys, capsys):
    files = layout()
    digest = Digest.parse(digests(files)[0])
    provenance = statement(digest, PROVENANCE, {"buildDefinition": {}})
    documents = (
        ("application/vnd.cyclonedx+json", b'{"bomFormat":"CycloneDX"}'),
        ("application/spdx+json", b'{"spdxVersion":"SPDX-2.3"}'),
        ("application/vnd.in-toto+json", provenance),
        ("text/plain", b"not signed"),
    )
    directory = with_documents(files, tmp_path / "image", *documents)
    status, out, _ = ran(capsys, "sign", directory, "--key", keys["private"])
    said = [line.split(": ")[1:] for line in out.splitlines()]
    assert status == 0 and {kind for kind, _ in said} == {"signature", "cyclonedx", "spdxjson", "slsaprovenance1"}
    assert all(text.startswith("signed, in sha256:") for _, text in said) and len(said) == 4
    types = [word for name in ("signature", "cyclonedx", "spdxjson", "slsaprovenance1") for word in ("--type", name)]
    status, out, _ = ran(capsys, "verify-signature", directory, "--key", keys["public"], *types)
    assert (status, out.count("signed by a given key")) == (0, 4)


def test_a_type_of_others_is_escaped(tmp_path, keys, capsys):
    document = statement(A_DIGEST, "\x1b[2J\n", {})
    directory = with_documents(layout(), tmp_path / "image", ("application/vnd.in-toto+json", document))
    status, out, _ = ran(capsys, "sign", directory, "--key", keys["private"])
    assert (status, out.count("\n")) == (0, 2) and f"{A_DIGEST}: \\x1b[2J\\n: signed, in sha256:" in out


def test_a_document_that_is_larger_than_a_manifest_may_be(tmp_path, keys, capsys):
    files = [{"fileName": f"/usr/share/files/of/the/image/{number}", "SPDXID": f"f{number}"} for number in range(60_000)]
    document = json.dumps({"files": files}).encode()
    assert len(document) > DEFAULT.json
    directory = with_documents(layout(), tmp_path / "image", ("application/spdx+json", document))
    assert ran(capsys, "sign", directory, "--key", keys["private"])[0] == 0
    assert ran(capsys, "verify-signature", directory, "--key", keys["public"], "--type", "spdxjson")[0] == 0


@pytest.mark.parametrize(
    "media_type, document, text",
    [
        ("application/vnd.cyclonedx+json", b"no JSON", "is not valid: the document: JSON: "),
        ("application/spdx+json", b"[]", "is not valid: the document: document: expected an object"),
        ("application/vnd.cyclonedx+json", b'{"version":1e999}', "is not valid: Out of range float"),
        ("application/spdx+json", b'{"name":"\\ud800"}', "is not valid: 'utf-8' codec can't encode character '\\ud800'"),
        ("application/vnd.in-toto+json", b"{}", "is not a statement: the statement: _type: expected a string"),
        (
            "application/vnd.in-toto+json",
            statement(A_DIGEST, "TYPE", {}).replace(b"TYPE", b"\\ud800"),
            "is not a statement: 'utf-8' codec can't encode",
        ),
        (
            "application/vnd.in-toto+json",
            statement(Digest("b" * 64), PROVENANCE, {}),
            "and states something of another image",
        ),
    ],
)
def test_a_document_that_cannot_be_signed(media_type, document, text, tmp_path, keys, capsys):
    directory = with_documents(layout(), tmp_path / "image", (media_type, document))
    before = content(directory)
    status, out, err = ran(capsys, "sign", directory, "--key", keys["private"])
    assert (status, out) == (1, "") and text in err and err.endswith("\n  fix: package the image again\n")
    assert content(directory) == before


def test_only_the_signature_of_an_sbom_is_none_of_the_image(tmp_path, keys, capsys):
    """cosign takes it for one."""
    directory = with_documents(layout(), tmp_path / "image", ("application/spdx+json", b"{}"))
    (signature, _) = sign_layout(directory, signing_key(), DEFAULT)
    (Path(directory) / signature.descriptor.digest.blob_path).unlink()
    status, out, _ = ran(capsys, "verify-signature", directory, "--key", keys["public"])
    assert status == 1 and "found: a signed statement of the type https://spdx.dev/Document" in out
    assert ran(capsys, "verify-signature", directory, "--key", keys["public"], "--type", "spdxjson")[0] == 0


def test_one_manifest_of_an_index_is_not_signed(tmp_path, keys, capsys):
    directory = write(for_two_platforms(), tmp_path / "image")
    signatures = sign_layout(directory, signing_key(), DEFAULT)
    (Path(directory) / signatures[-1].descriptor.digest.blob_path).unlink()
    status, out, _ = ran(capsys, "verify-signature", directory, "--key", keys["public"])
    assert status == 1
    assert out.splitlines()[-1].endswith(
        "(linux/arm64/v8): signature: not signed by a given key; found: nothing is attached"
    )


def test_a_manifest_that_is_not_what_its_name_says(tmp_path, keys, capsys):
    directory = write(layout(), tmp_path / "image")
    (made,) = sign_layout(directory, signing_key(), DEFAULT)
    path = Path(directory) / made.descriptor.digest.blob_path
    path.write_bytes(path.read_bytes() + b" ")
    status, out, _ = ran(capsys, "verify-signature", directory, "--key", keys["public"])
    assert status == 1 and out.endswith("found: nothing is attached\n")
    assert ran(capsys, "sign", directory, "--key", keys["private"])[0] == 0
    assert path.read_bytes() == made.manifest


def damaged(directory, change):
    files = dict(for_two_platforms())
    change(files)
    return write(files, directory)


def two_images(files):
    index = json.loads(files["index.json"])
    index["manifests"] *= 2
    files["index.json"] = json.dumps(index).encode()


def other_bytes(files):
    path = Digest.parse(digests(files)[1]).blob_path
    files[path] = files[path].replace(b"application", b"applicatiom", 1)


@pytest.mark.parametrize(
    "change, text",
    [
        (lambda files: files.pop("index.json"), "the layout is not valid: index.json: file: there is no such file"),
        (lambda files: files.pop("oci-layout"), "it holds no OCI image layout: expected `oci-layout` in it, or in `oci/`"),
        (lambda files: files.update({"index.json": b"{}"}), "manifests: expected a list, got nothing"),
        (lambda files: files.update({"index.json": b'{"manifests":[]}'}), "index.json names 0 images; expected one"),
        (two_images, "index.json names 2 images: "),
        (other_bytes, "digest: claimed sha256:"),
        (lambda files: files.pop(Digest.parse(digests(files)[2]).blob_path), "there is no file blobs/sha256/"),
    ],
)
def test_a_layout_that_is_not_right(change, text, tmp_path, keys, capsys):
    directory = damaged(tmp_path / "image", change)
    before = content(directory)
    for command in (("sign", directory, "--key", keys["private"]), ("verify-signature", directory, "--key", keys["public"])):
        status, out, err = ran(capsys, *command)
        assert (status, out) == (2, "") and text in err and err.startswith(f"{directory}: ")
    assert content(directory) == before


@pytest.mark.parametrize(
    "arguments, text",
    [
        (("--key", "/nonexistent"), "the public key /nonexistent cannot be read: No such file or directory"),
        (("--key", "PUBLIC", "--threshold", "2"), "--threshold 2: expected 1 to 1, the number of different keys"),
        (("--key", "PUBLIC", "--key", "PUBLIC", "--threshold", "2"), "--threshold 2: expected 1 to 1"),
        (("--key", "PUBLIC", "--threshold", "0"), "--threshold 0: expected 1 to 1"),
        (("--key", "PUBLIC", "--type", "sbom"), "--type sbom: unknown type\n  fix: choose from signature, slsaprovenance1"),
    ],
)
def test_a_command_line_that_is_not_right(arguments, text, tmp_path, keys, capsys):
    directory = write(layout(), tmp_path / "image")
    given = [keys["public"] if argument == "PUBLIC" else argument for argument in arguments]
    status, out, err = ran(capsys, "verify-signature", directory, *given)
    assert (status, out) == (2, "") and text in err


def test_what_is_there_is_not_a_layout(tmp_path, keys, capsys):
    for command, key in (("verify-signature", "public"), ("sign", "private")):
        status, _, err = ran(capsys, command, tmp_path / "nothing", "--key", keys[key])
        assert (status, err) == (2, f"{tmp_path / 'nothing'}: there is no such file or directory\n")
        status, _, err = ran(capsys, command, tmp_path, "--key", keys[key])
        assert (status, err) == (2, f"{tmp_path}: it holds no OCI image layout: expected `oci-layout` in it, or in `oci/`\n")


@pytest.mark.parametrize("stop", range(1, 9))
def test_a_run_that_was_killed(stop, tmp_path, keys, capsys, monkeypatch):
    """Whatever has been written, the layout is whole, and another run completes it and removes what the first one left."""
    directory = write(for_two_platforms(), tmp_path / "image")
    written = []
    replace = os.replace

    def killed(source, target):
        if len(written) == stop - 1:
            raise KeyboardInterrupt
        written.append(target)
        replace(source, target)

    monkeypatch.setattr(sign_layout_module.os, "replace", killed)
    monkeypatch.setattr(sign_layout_module.os, "unlink", lambda path: None)
    with pytest.raises(KeyboardInterrupt):
        sign_layout(directory, signing_key(), DEFAULT)
    monkeypatch.undo()
    there = content(directory)
    for document in (json.loads(there[os.path.relpath(path, directory)]) for path in written):
        for layer in document.get("layers", ()):
            assert Digest.parse(layer["digest"]).blob_path in there
    assert ran(capsys, "sign", directory, "--key", keys["private"])[0] == 0
    assert ran(capsys, "verify-signature", directory, "--key", keys["public"])[0] == 0
    assert not [path for path in content(directory) if "signing" in path]
