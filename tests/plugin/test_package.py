"""`package` on `scratch_image` targets: fields in, files in dist/ out; what is shared, and what is refused."""

from __future__ import annotations

import json
from typing import Any, Dict, Tuple

import pytest
from pants.core.goals.package import BuiltPackage
from pants.engine.fs import DigestContents
from pants.testutil.rule_runner import RuleRunner

from tests.support.programs import AARCH64, I386, X86_64, elf
from tests.support.rule_runner import build, image_runner, package

EPOCH = "1970-01-01T00:00:00Z"


def files_of(runner: RuleRunner, built: BuiltPackage) -> Dict[str, bytes]:
    return {file.path: file.content for file in runner.request(DigestContents, [built.digest])}


def image_of(files: Dict[str, bytes], directory: str) -> Tuple[Dict[str, Any], Dict[str, Any]]:
    """(manifest, config) of the layout below a directory, found as a container tool finds them: from index.json on."""

    def blob(descriptor: Dict[str, Any]) -> Dict[str, Any]:
        algorithm, _, hexadecimal = descriptor["digest"].partition(":")
        content = files[f"{directory}/oci/blobs/{algorithm}/{hexadecimal}"]
        assert len(content) == descriptor["size"]
        return json.loads(content)

    (entry,) = json.loads(files[f"{directory}/oci/index.json"])["manifests"]
    manifest = blob(entry)
    return manifest, blob(manifest["config"])


def test_a_directory_with_a_layout_and_a_report_and_nothing_else(runner: RuleRunner) -> None:
    built = build(runner, "src/hello", 'file(name="bin", source="hello")\nscratch_image(name="image", binary=":bin")')
    files = files_of(runner, built)
    (artifact,) = built.artifacts
    assert artifact.relpath == "src.hello/image"
    blobs = [path for path in files if "/blobs/sha256/" in path]
    assert len(blobs) == 3
    assert set(files) - set(blobs) == {
        "src.hello/image/image.json",
        "src.hello/image/oci/index.json",
        "src.hello/image/oci/oci-layout",
    }


def test_defaults(runner: RuleRunner) -> None:
    built = build(runner, "src/hello", 'file(name="bin", source="hello")\nscratch_image(name="image", binary=":bin")')
    manifest, config = image_of(files_of(runner, built), "src.hello/image")
    (layer,) = manifest["layers"]
    assert layer["mediaType"] == "application/vnd.oci.image.layer.v1.tar+gzip"
    assert set(manifest) == {"schemaVersion", "mediaType", "config", "layers"}
    assert config == {
        "architecture": "amd64",
        "os": "linux",
        "created": EPOCH,
        "config": {"Entrypoint": ["/app"], "User": "65532:65532"},
        "history": [{"created": EPOCH, "created_by": "scratch_image binary"}],
        "rootfs": {"type": "layers", "diff_ids": config["rootfs"]["diff_ids"]},
    }


def test_every_field_reaches_the_image(runner: RuleRunner) -> None:
    fields = """
        binary=":bin", binary_path="/usr/bin/hello", platform="linux/amd64/v2", entrypoint=["/usr/bin/hello", "serve"],
        cmd=["--port=80"], env={"B": "2", "A": "1"}, workdir="/data/", user="0:0", exposed_ports=["80", "53/udp", 443],
        volumes=["/data"], stop_signal="SIGINT", image_labels={"b": "2", "a": ""}, annotations={"org.example": "x"},
        created="2024-05-01T00:00:00Z", compression="none", output_path="images/hello",
    """
    built = build(runner, "src/hello", f'file(name="bin", source="hello")\nscratch_image(name="image", {fields})')
    (artifact,) = built.artifacts
    assert artifact.relpath == "images/hello"
    manifest, config = image_of(files_of(runner, built), "images/hello")
    assert manifest["layers"][0]["mediaType"] == "application/vnd.oci.image.layer.v1.tar"
    assert manifest["annotations"] == {"org.example": "x"}
    assert (config["architecture"], config["variant"], config["created"]) == ("amd64", "v2", "2024-05-01T00:00:00Z")
    assert config["config"] == {
        "Entrypoint": ["/usr/bin/hello", "serve"],
        "Cmd": ["--port=80"],
        "Env": ["A=1", "B=2"],
        "WorkingDir": "/data",
        "User": "0:0",
        "ExposedPorts": {"80/tcp": {}, "53/udp": {}, "443/tcp": {}},
        "Volumes": {"/data": {}},
        "StopSignal": "SIGINT",
        "Labels": {"a": "", "b": "2"},
    }


def test_the_report_agrees_with_the_layout(runner: RuleRunner) -> None:
    built = build(runner, "src/hello", 'file(name="bin", source="hello")\nscratch_image(name="image", binary=":bin")')
    files = files_of(runner, built)
    report = json.loads(files["src.hello/image/image.json"])
    (entry,) = json.loads(files["src.hello/image/oci/index.json"])["manifests"]
    (reported,) = report["manifests"]
    (layer,) = reported["layers"]
    manifest, config = image_of(files, "src.hello/image")
    assert report["schema"] == 1
    assert report["root"] == {key: entry[key] for key in ("mediaType", "digest", "size")}
    assert reported["digest"] == entry["digest"]
    assert reported["config"] == manifest["config"]["digest"]
    assert reported["platform"] == "linux/amd64"
    assert (layer["digest"], layer["size"]) == (manifest["layers"][0]["digest"], manifest["layers"][0]["size"])
    assert [layer["diffId"]] == config["rootfs"]["diff_ids"]
    assert (layer["recipe"], layer["unpackedSize"] % 10_240) == ("tar.1+gzip.1", 0)


@pytest.mark.parametrize(
    ("program", "architecture"),
    [
        (elf(X86_64), "amd64"),
        (elf(AARCH64), "arm64"),
        (elf(I386, word_size=32), "386"),
        (elf(40, word_size=32), "arm"),
        (elf(22, big_endian=True), "s390x"),
        (elf(21), "ppc64le"),
        (elf(243), "riscv64"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_platform_is_the_program_s(runner: RuleRunner, program: bytes, architecture: str) -> None:
    built = build(
        runner, "src", 'file(name="bin", source="hello")\nscratch_image(name="image", binary=":bin")', program=program
    )
    files = files_of(runner, built)
    (entry,) = json.loads(files["src/image/oci/index.json"])["manifests"]
    assert entry["platform"] == {"os": "linux", "architecture": architecture}
    assert image_of(files, "src/image")[1]["architecture"] == architecture


@pytest.mark.parametrize(
    ("options", "env", "field", "want"),
    [
        ((), {}, "", EPOCH),
        (("--scratch-image-created=2020-01-01T00:00:00Z",), {}, "", "2020-01-01T00:00:00Z"),
        (("--scratch-image-created=2020-01-01T00:00:00Z",), {"SOURCE_DATE_EPOCH": "86400"}, "", "1970-01-02T00:00:00Z"),
        ((), {"SOURCE_DATE_EPOCH": "86400"}, 'created="2024-05-01T00:00:00+02:00"', "2024-05-01T00:00:00+02:00"),
    ],
)
def test_created_field_then_variable_then_option(
    options: Tuple[str, ...], env: Dict[str, str], field: str, want: str
) -> None:
    runner = image_runner(*options, env=env)
    built = build(runner, "src", f'file(name="bin", source="hello")\nscratch_image(name="image", binary=":bin", {field})')
    assert image_of(files_of(runner, built), "src/image")[1]["created"] == want


def test_options_are_the_defaults_of_all_images() -> None:
    runner = image_runner("--scratch-image-compression=zstd:9", "--scratch-image-user=1000")
    built = build(runner, "src", 'file(name="bin", source="hello")\nscratch_image(name="image", binary=":bin")')
    files = files_of(runner, built)
    manifest, config = image_of(files, "src/image")
    assert manifest["layers"][0]["mediaType"].endswith("+zstd")
    assert config["config"]["User"] == "1000"
    assert json.loads(files["src/image/image.json"])["manifests"][0]["layers"][0]["recipe"] == "tar.1+zstd.1:9"


def test_the_order_of_a_dict_in_the_build_file_decides_nothing(runner: RuleRunner) -> None:
    def digest(fields: str) -> str:
        text = f'file(name="bin", source="hello")\nscratch_image(name="image", binary=":bin", {fields})'
        return files_of(runner, build(runner, "src", text))["src/image/oci/index.json"].decode()

    one = digest('env={"A": "1", "B": "2"}, image_labels={"x": "1", "y": "2"}, exposed_ports=["1", "2"]')
    two = digest('env={"B": "2", "A": "1"}, image_labels={"y": "2", "x": "1"}, exposed_ports=["2", "1"]')
    assert one == two


def test_the_mode_of_the_source_decides_nothing(runner: RuleRunner) -> None:
    text = 'file(name="bin", source="hello")\nscratch_image(name="image", binary=":bin")'
    plain = files_of(runner, build(runner, "src", text))
    runner = image_runner()
    executable = files_of(runner, build(runner, "src", text, mode=0o755))
    assert plain == executable


@pytest.mark.parametrize(
    ("binary_target", "address"),
    [
        ('shell_command(name="bin", command="cp src out", tools=["cp"], output_files=["out"], '
         'execution_dependencies=[":src"])\nfile(name="src", source="src")', ":bin"),
        ('files(name="many", sources=["sr*"])', ":many"),
        ('resource(name="bin", source="src")', ":bin"),
        ('file(name="bin", source="src")', "//src:bin"),
    ],
)  # fmt: skip
def test_any_target_that_makes_one_file(runner: RuleRunner, binary_target: str, address: str) -> None:
    runner.write_files({"src/src": elf(), "images/BUILD": f'scratch_image(name="image", binary="{address}")'})
    runner.write_files({"src/BUILD": f'{binary_target}\nscratch_image(name="image", binary="{address}")'})
    assert image_of(files_of(runner, package(runner, "src", "image")), "src/image")[1]["architecture"] == "amd64"


def test_parametrize(runner: RuleRunner) -> None:
    runner.write_files(
        {
            "src/hello": elf(),
            "src/BUILD": 'file(name="bin", source="hello")\n'
            'scratch_image(name="image", binary=":bin", compression=parametrize("none", small="zstd:9"))',
        }
    )
    for parameter, suffix in (("none", ""), ("small", "+zstd")):
        built = package(runner, "src", "image", {"compression": parameter})
        directory = f"src/image@compression={parameter}"
        assert built.artifacts[0].relpath == directory
        manifest, _ = image_of(files_of(runner, built), directory)
        assert manifest["layers"][0]["mediaType"] == f"application/vnd.oci.image.layer.v1.tar{suffix}"


def test_labels_and_annotations_take_values_of_declared_variables() -> None:
    fields = 'image_labels={"rev": "{env.GIT_SHA}"}, annotations={"v": "{env.VERSION}"}'
    text = f'file(name="bin", source="hello")\nscratch_image(name="image", binary=":bin", {fields})'
    runner = image_runner("--scratch-image-env-vars=['GIT_SHA', 'VERSION=7']", env={"GIT_SHA": "0f5d"})
    manifest, config = image_of(files_of(runner, build(runner, "src", text)), "src/image")
    assert (config["config"]["Labels"], manifest["annotations"]) == ({"rev": "0f5d"}, {"v": "7"})
