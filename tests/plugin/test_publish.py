"""What `publish` would run for an image: by its names, its registries and the options. Nothing is sent here."""

from __future__ import annotations

import json
from typing import List, Tuple

import pytest
from pants.core.goals.package import BuiltPackage
from pants.core.goals.publish import PublishPackages, PublishProcesses
from pants.engine.addresses import Address
from pants.engine.fs import DigestContents
from pants.engine.internals.scheduler import ExecutionError
from pants.engine.rules import QueryRule
from pants.testutil.rule_runner import RuleRunner

from scratch_image.engine.quirks import CheckSkipRequest, CheckSkipResult
from scratch_image.goals import publish
from scratch_image.goals.publish import PublishScratchImageFieldSet, PublishScratchImageRequest
from scratch_image.registry.plan import PushPlan
from scratch_image.targets.field_sets import ScratchImageFieldSet
from tests.support.programs import AARCH64, elf
from tests.support.rule_runner import image_runner, package

REGISTRIES = {
    "company": {"address": "registry.example", "default": True},
    "mirror": {"address": "mirror.example:5000/all", "extra_image_tags": ["m"], "repository": "x/{target_repository}"},
    "private": {"address": "private.example", "skip_push": True},
    "short": {
        "address": "long.example",
        "use_local_alias": True,
        "ca_file": "certs/ca.pem",
        "insecure": False,
        "allow_private": True,
    },
}
BUILD = 'file(name="bin", source="hello")\nscratch_image(name="image", binary=":bin", {})\n'


def runner_of(*options: str, **env: str) -> RuleRunner:
    registries = f"--scratch-image-registries={REGISTRIES!r}"
    more = [QueryRule(PublishProcesses, [PublishScratchImageRequest])]
    return image_runner(registries, *options, env=env, rules=more)


def jobs(runner: RuleRunner, fields: str = "", build: str = BUILD) -> Tuple[PublishPackages, ...]:
    runner.write_files({"src/hello": elf(), "src/arm64": elf(AARCH64), "src/BUILD": build.format(fields)})
    target = runner.get_target(Address("src", target_name="image"))
    package = runner.request(BuiltPackage, [ScratchImageFieldSet.create(target)])
    request = PublishScratchImageRequest(PublishScratchImageFieldSet.create(target), (package,))
    return tuple(runner.request(PublishProcesses, [request]))


def plan(runner: RuleRunner, job: PublishPackages) -> PushPlan:
    assert job.process is not None
    found = runner.request(DigestContents, [job.process.process.input_digest])
    (content,) = (file.content for file in found if file.path == "plan.json")
    assert {"image/index.json", "image/oci-layout"} <= {file.path for file in found}
    assert not any(file.path.endswith(("image.tar", "image.json")) for file in found)
    return PushPlan.from_json(content)


def short(job: PublishPackages) -> List[str]:
    """Its names without the digest, which all of them have."""
    digests = {name.partition("@")[2] for name in job.names}
    assert len(digests) == 1 and digests.pop().startswith("sha256:")
    return [name.partition("@")[0] for name in job.names]


def failure(runner: RuleRunner, fields: str) -> str:
    with pytest.raises(ExecutionError) as caught:
        jobs(runner, fields)
    (exception,) = caught.value.wrapped_exceptions
    return str(exception)


def test_the_default_registry() -> None:
    runner = runner_of()
    (job,) = jobs(runner)
    assert (short(job), job.description) == (["registry.example/image:latest"], "registry.example")
    (push,) = plan(runner, job).pushes
    assert (push.registry, push.repository, push.tags, push.name) == (
        *("registry.example", "image", ("latest",), "src:image"),
    )
    assert job.names[0].endswith(str(push.root))
    assert json.loads(json.dumps(dict(job.get_output_data())))["digest"] == str(push.root)


def test_a_dry_run_is_called_one() -> None:
    runner = runner_of("--scratch-image-publish-dry-run")
    (job,) = jobs(runner)
    assert job.description == "registry.example in a dry run: nothing was sent"
    assert dict(job.get_output_data())["dry_run"] == "true"
    assert plan(runner, job).dry_run


def test_a_wrong_value_of_a_variable_stops_publishing_alone() -> None:
    runner = runner_of("--scratch-image-env-vars=['VERSION']", VERSION="1.0+x")
    said = failure(runner, 'image_tags=["{env.VERSION}"]')
    assert said.startswith("src:image cannot be published:\n") and "'1.0+x' is not a valid tag" in said


def test_several_registries_and_tags_are_one_process() -> None:
    runner = runner_of()
    fields = 'registries=["@company", "@mirror"], repository="team/{directory}", image_tags=["1", "{digest_short}"]'
    (job,) = jobs(runner, fields)
    pushes = plan(runner, job).pushes
    digest = pushes[0].root.hex[:12]
    assert [(push.registry, push.repository, push.tags) for push in pushes] == [
        ("registry.example", "team/src", ("1", digest)),
        ("mirror.example:5000", "all/x/team/src", ("1", digest, "m")),
    ]
    assert len(job.names) == 5
    assert job.description == "registry.example, mirror.example:5000/all"


def test_what_is_not_pushed_is_named_with_the_reason() -> None:
    runner = runner_of()
    local, kept, sent = jobs(runner, 'registries=["@company", "@private", "@short"]')
    assert (short(local), local.process) == (["short/image:latest"], None)
    assert local.description == "(by `use_local_alias` on registry @short)"
    assert (short(kept), kept.process) == (["private.example/image:latest"], None)
    assert kept.description == "(by `skip_push` on registry @private)"
    assert short(sent) == ["registry.example/image:latest", "long.example/image:latest"]


@pytest.mark.skipif(CheckSkipRequest is None, reason="Pants asks before it packages from 2.32 on")
def test_what_skip_push_leaves_out_is_not_packaged() -> None:
    runner = image_runner(rules=[QueryRule(CheckSkipResult, [publish.SkipScratchImageRequest])])
    runner.write_files({"src/BUILD": BUILD.format("skip_push=True") + 'scratch_image(name="sent", binary=":nowhere")'})

    def request(name: str) -> object:
        target = runner.get_target(Address("src", target_name=name))
        return PublishScratchImageFieldSet.create(target).check_skip_request(ScratchImageFieldSet.create(target))

    assert request("sent") is None
    result = runner.request(CheckSkipResult, [request("image")])
    assert result.skip_package and result.skip_publish
    (job,) = result.skipped_packages
    assert (job.names, job.process, job.description) == (("src:image",), None, "(by `skip_push` on src:image)")
    assert dict(job.data)["publisher"] == "scratch_image"


def test_skip_push() -> None:
    (job,) = jobs(runner_of(), "skip_push=True")
    assert (job.process, job.description) == (None, "(by `skip_push` on src:image)")


def test_the_options_reach_the_process() -> None:
    runner = runner_of(
        "--scratch-image-publish-dry-run",
        "--scratch-image-publish-read-back",
        "--scratch-image-publish-check=all",
        "--scratch-image-publish-report=dist/published.json",
        "--scratch-image-publish-timeout=7",
        "--scratch-image-publish-env-vars=['EXTRA']",
        EXTRA="e",
        DOCKER_CONFIG="/docker",
        https_proxy="http://proxy.example",
        SECRET="s",
    )
    (job,) = jobs(runner)
    found = plan(runner, job)
    assert (found.dry_run, found.read_back, found.check_all, found.deadline) == (True, True, True, 7.0)
    assert found.report == f"{runner.build_root}/dist/published.json"
    assert found.run and found.run_state and found.run_state.startswith(f"{runner.build_root}/.pants.d/")
    settings = {registry.address: registry for registry in found.registries}
    assert settings["long.example"].ca_file == f"{runner.build_root}/certs/ca.pem"
    assert (settings["long.example"].insecure, settings["registry.example"].insecure) == (False, None)
    assert (settings["long.example"].allow_private, settings["registry.example"].allow_private) == (True, False)
    assert settings["mirror.example:5000"].address == "mirror.example:5000"
    assert job.process is not None
    env = dict(job.process.process.env)
    assert (env["EXTRA"], env["DOCKER_CONFIG"], env["https_proxy"]) == ("e", "/docker", "http://proxy.example")
    assert "SECRET" not in env and "PYTHONPATH" not in env


_BODY = "MC4CAQAwBQYDK2VwBCIEICXQ3S37fGBibVknxC3AmzhotEpREAhjDTACsM0I3dIR"
KEY = f"-----BEGIN PRIVATE KEY-----\n{_BODY}\n-----END PRIVATE KEY-----\n"


def test_what_signs_reaches_the_process_and_nothing_shows_a_key() -> None:
    secrets = {"KEY": KEY, "COSIGN_PASSWORD": "of the tests"}
    (job,) = jobs(runner_of("--scratch-image-signing-key=env:KEY", **secrets))
    assert job.process is not None
    env = dict(job.process.process.env)
    assert (env["KEY"], env["COSIGN_PASSWORD"]) == (KEY, "of the tests")
    # As Pants logs it.
    assert "PRIVATE KEY" not in f"{job.process}" and "of the tests" not in repr(job)
    runner = runner_of("--scratch-image-signing-key=keys/cosign.key", **secrets)
    (job,) = jobs(runner)
    assert plan(runner, job).signing_key == f"{runner.build_root}/keys/cosign.key"
    assert job.process is not None and "KEY" not in dict(job.process.process.env)
    options = ("--scratch-image-signing-command=['sign.sh', '-v']", "--scratch-image-signing-public-key=keys/kms.pub")
    runner = runner_of(*options, **secrets)
    (job,) = jobs(runner)
    found = plan(runner, job)
    assert (found.signing_key, found.signing_command) == (None, ("sign.sh", "-v"))
    assert found.signing_public_key == f"{runner.build_root}/keys/kms.pub" and found.signing_directory == runner.build_root
    assert job.process is not None and "COSIGN_PASSWORD" not in dict(job.process.process.env)


def test_only_what_signs_gets_the_library_that_signs() -> None:
    for options, want in ((), False), (("--scratch-image-signing-key=key.pem",), True):
        runner = runner_of(*options)
        (job,) = jobs(runner)
        assert job.process is not None
        (libraries,) = (
            digest for name, digest in job.process.process.immutable_input_digests.items() if name == "libraries"
        )
        files = runner.request(DigestContents, [libraries])
        assert any("/cryptography/" in file.path for file in files) is want
        assert any("/urllib3/" in file.path for file in files)


BAD = [
    # options, fields, the message
    ((), "registries=[]", "it has no registry; set `default = true` on one in [scratch-image].registries, or name some"),
    ((), "image_tags=[]", "it has no name: field `image_tags` is empty; write a tag"),
    (
        ("--scratch-image-env-vars=['VERSION']",),
        'image_tags=["{{env.VERSION}}"]',
        "{name}:{env.VERSION}: the environment variable VERSION is not set; set it in the environment of Pants",
    ),
    (
        ("--scratch-image-signing-key=k", "--scratch-image-signing-command=['c']"),
        "",
        "[scratch-image].signing_key and [scratch-image].signing_command are both set; set one of them",
    ),
    (("--scratch-image-signing-command=['c']",), "", "signing_command needs [scratch-image].signing_public_key; set it to"),
    (("--scratch-image-signing-public-key=k",), "", "signing_public_key is set without [scratch-image].signing_command"),
    (("--scratch-image-signing-key=env:",), "", "signing_key is `env:` without the name of a variable; write 'env:SIGNING"),
    (
        ("--scratch-image-signing-key=-----BEGIN PRIVATE KEY-----",),
        "",
        "signing_key holds a key; write the path of its file",
    ),
]


@pytest.mark.parametrize(("options", "fields", "want"), BAD)
def test_images_that_can_not_be_published(options: Tuple[str, ...], fields: str, want: str) -> None:
    said = failure(runner_of(*options), fields.replace("{{", "{").replace("}}", "}"))
    assert said.startswith("src:image cannot be published:\n") and want in said


@pytest.mark.parametrize("keep", ["always", "on_failure"])
def test_a_key_in_a_variable_is_not_kept_in_a_sandbox(keep: str) -> None:
    options = (f"--keep-sandboxes={keep}", "--scratch-image-signing-key=env:KEY")
    said = failure(runner_of(*options, KEY=KEY), "")
    want = "the option `keep_sandboxes` would write the value of KEY, with which images are signed, to a file"
    assert f"  {want}; publish with --keep-sandboxes=never" in said and "MC4C" not in said
    # A file is read by the process itself.
    (job,) = jobs(runner_of(f"--keep-sandboxes={keep}", "--scratch-image-signing-key=key.pem"))
    assert job.process is not None


def test_a_part_of_an_index_is_not_published() -> None:
    build = BUILD.replace('binary=":bin"', 'binary={{"linux/amd64": ":bin", "linux/arm64": ":arm"}}')
    build += 'file(name="arm", source="arm64")\n'
    runner = runner_of("--scratch-image-platforms=['linux/arm64']")
    with pytest.raises(ExecutionError) as caught:
        jobs(runner, "", build)
    (exception,) = caught.value.wrapped_exceptions
    assert "it was built without linux/amd64; empty the option `[scratch-image].platforms`" in str(exception)


def test_mistakes_in_registries_are_told_when_an_image_is_made() -> None:
    runner = image_runner("--scratch-image-registries={'a': {'adress': 'x'}}")
    runner.write_files({"src/hello": elf(), "src/BUILD": BUILD.format('registries=["@b"]')})
    with pytest.raises(ExecutionError) as caught:
        package(runner, "src", "image")
    (exception,) = caught.value.wrapped_exceptions
    said = str(exception)
    assert "option `[scratch-image].registries`, 'a': unknown key 'adress'; did you mean 'address'?" in said
    assert "field `registries`: no registry has the alias 'b'" in said
