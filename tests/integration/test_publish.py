"""`./pants publish` to a registry on the loopback interface, and what other tools then find there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Iterator

import pytest

from scratch_image import cli
from tests.support.containers import check, podman_storage
from tests.support.probes import PODMAN_RUN
from tests.support.programs import elf
from tests.support.registry import registry
from tests.support.repository import Repository
from tests.support.signing import write_keys
from tests.support.tools import require

IMAGES = ("src/go_command:image", "src/c_program:image-amd64")
SAID = {
    "examples/go_command:1.0": "linux/amd64 go1.27.3 hello\n",
    "examples/c_program:amd64": "c_program on amd64: --greeting hello\n",
}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with registry() as found:
        yield found


@pytest.fixture(scope="module")
def published(repository: Repository, address: str) -> Repository:
    option = {"local": {"address": address, "default": True, "extra_image_tags": ["extra"]}}
    repository.env["PANTS_SCRATCH_IMAGE_REGISTRIES"] = repr(option)
    said = repository.ok("--scratch-image-publish-report=dist/published.json", "publish", *IMAGES)
    assert "✓" in said and "failed" not in said
    return repository


def test_the_report_has_every_name_with_its_digest(published: Repository, address: str) -> None:
    report = json.loads((published.root / "dist/published.json").read_bytes())
    published.ok("package", *IMAGES)
    index, c_program = published.digests()["src.go_command/image"], published.digests()["src.c_program/image-amd64"]
    assert report == {
        f"{address}/examples/go_command:1.0": index,
        f"{address}/examples/go_command:latest": index,
        f"{address}/examples/go_command:extra": index,
        f"{address}/examples/c_program:amd64": c_program,
        f"{address}/examples/c_program:extra": c_program,
    }


@pytest.mark.parametrize(
    ("name", "directory"),
    [("examples/go_command:1.0", "src.go_command/image"), ("examples/c_program:amd64", "src.c_program/image-amd64")],
)
def test_what_comes_back_is_what_was_packaged(
    published: Repository, address: str, name: str, directory: str, tmp_path: Path
) -> None:
    published.ok("package", *IMAGES)
    source = f"docker://{address}/{name}"
    copy = [require("skopeo"), "copy", "--quiet", "--all", "--preserve-digests", "--src-tls-verify=false"]
    check([*copy, source, f"oci:{tmp_path}:latest"])
    places = [published.image(directory) / "blobs/sha256", tmp_path / "blobs/sha256"]
    want, found = ({path.name: path.read_bytes() for path in place.iterdir()} for place in places)
    assert found == want
    if "c_program" not in name:  # crane 0.22 takes every layer for gzip when it validates.
        check([require("crane"), "validate", "--insecure", "--remote", f"{address}/{name}"])


@pytest.mark.parametrize("name", sorted(SAID))
def test_podman_pulls_and_runs_it(published: Repository, address: str, name: str) -> None:
    with podman_storage() as podman:
        check([*podman, "pull", "--quiet", "--tls-verify=false", f"{address}/{name}"])
        assert check([*podman, *PODMAN_RUN, f"{address}/{name}"]) == SAID[name]


def test_nothing_is_sent_twice(published: Repository, address: str) -> None:
    said = published.ok("publish", *IMAGES)
    assert said.count(", unchanged") == len(IMAGES), said


def test_a_dry_run_says_what_would_change(published: Repository, address: str) -> None:
    option = {"local": {"address": address, "default": True}}
    options = (f"--scratch-image-registries={option!r}", "--scratch-image-publish-dry-run", "--scratch-image-user=7:7")
    before = published.report("src.go_command/image")["root"]["digest"]
    said = published.ok(*options, "publish", "src/go_command:image")
    assert f"src/go_command:image → {address}/examples/go_command" in said
    assert before in said
    digest = check([require("crane"), "digest", "--insecure", f"{address}/examples/go_command:1.0"]).strip()
    assert digest == before


def test_a_registry_that_is_not_there(published: Repository) -> None:
    """The message names the image, the registry and what was seen; other images are not held up by a traceback."""
    option = {"gone": {"address": "127.0.0.1:9", "default": True}}
    options = (f"--scratch-image-registries={option!r}", "--scratch-image-publish-timeout=3")
    done = published.run(*options, "publish", "src/c_program:image-amd64")
    assert done.returncode == 1
    assert "src/c_program:image-amd64 could not be published to 127.0.0.1:9/examples/c_program" in done.stdout
    assert "Traceback" not in done.stdout


def test_two_images_of_a_run_do_not_get_one_name(published: Repository, address: str) -> None:
    """What was sent first stays, and the second is told."""
    names = "repository='twice', image_tags=['1']"
    published.write("src/twice/a", elf(text="a\n"))
    published.write("src/twice/b", elf(text="b\n"))
    published.write(
        "src/twice/BUILD",
        "".join(f"file(name='{n}', source='{n}')\nscratch_image(name='image-{n}', binary=':{n}', {names})\n" for n in "ab"),
    )
    done = published.run("publish", "src/twice::")
    assert done.returncode == 1
    assert f"{address}/twice:1 was published in this run already, as sha256:" in done.stdout
    assert "fix: give one of them another `repository` or other `image_tags`" in done.stdout
    published.ok("publish", "src/twice:image-b")


def test_a_signed_image_is_verified_and_not_sent_again(
    published: Repository, address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = write_keys(tmp_path, passphrase=b"of the tests")
    published.write("keys/key.pem", Path(keys["private"]).read_bytes())
    (published.root / "keys/key.pem").chmod(0o600)
    published.env["COSIGN_PASSWORD"] = "of the tests"
    # The last test: another level starts another daemon.
    options = ("-ldebug", "--scratch-image-signing-key=keys/key.pem")
    said = published.ok(*options, "publish", *IMAGES)
    assert "attached" in said and "of the tests" not in said
    for name in ("go_command:1.0", "c_program:amd64"):
        assert cli.main(["verify-signature", f"{address}/examples/{name}", "--key", keys["public"]]) == 0
        assert "signature: signed by a given key" in capsys.readouterr().out
    assert published.ok(*options, "publish", *IMAGES).count(", unchanged") == len(IMAGES)
    published.env["COSIGN_PASSWORD"] = "another one"
    done = published.run(*options, "publish", *IMAGES)
    assert done.returncode == 1 and "another one" not in done.stdout and "Traceback" not in done.stdout
    assert "key.pem is encrypted, and the pass phrase in COSIGN_PASSWORD does not open it" in done.stdout
    del published.env["COSIGN_PASSWORD"]
