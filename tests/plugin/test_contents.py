"""`files`, `directories`, `symlinks` and `capabilities` through `package`: what gets into an image, and what is refused."""

from __future__ import annotations

import gzip
import io
import json
import struct
import tarfile
from typing import Any, Dict, List

import pytest
from pants.core.goals.package import BuiltPackage
from pants.engine.addresses import Address
from pants.engine.fs import DigestContents
from pants.engine.internals.scheduler import ExecutionError
from pants.testutil.rule_runner import RuleRunner

from tests.support.programs import AARCH64, INTERP, Segment, elf, elf_file
from tests.support.rule_runner import build, dependencies

TARGETS = """
file(name="bin", source="hello")
file(name="one", source="one.txt")
files(name="tree", sources=["static/**"])
shell_command(name="made", command="mkdir -p out/d && echo x > out/d/f && ln -s f out/d/l", tools=["mkdir", "echo", "ln"],
  output_directories=["out"])
"""
FILES = {
    "src/one.txt": "one",
    "src/static/index.html": "<p>",
    "src/static/css/a.css": "p {}",
}


def make(runner: RuleRunner, fields: str, **more: bytes) -> BuiltPackage:
    runner.write_files({**FILES, **{f"src/{name}": content for name, content in more.items()}})
    return build(runner, "src", f'{TARGETS}\nscratch_image(name="image", binary=":bin", compression="gzip", {fields})')


def failure(runner: RuleRunner, fields: str, **more: bytes) -> str:
    with pytest.raises(ExecutionError) as caught:
        make(runner, fields, **more)
    (exception,) = caught.value.wrapped_exceptions
    return str(exception)


def layers_of(runner: RuleRunner, built: BuiltPackage) -> List[Dict[str, tarfile.TarInfo]]:
    files = {file.path: file.content for file in runner.request(DigestContents, [built.digest])}
    layers = []
    for layer in json.loads(files["src/image/image.json"])["manifests"][0]["layers"]:
        packed = files[f"src/image/oci/blobs/{layer['digest'].replace(':', '/')}"]
        with tarfile.open(fileobj=io.BytesIO(gzip.decompress(packed))) as archive:
            layers.append({member.name: member for member in archive})
    return layers


def findings_of(runner: RuleRunner, built: BuiltPackage) -> Dict[str, str]:
    files = {file.path: file.content for file in runner.request(DigestContents, [built.digest])}
    (manifest,) = json.loads(files["src/image/image.json"])["manifests"]
    return {finding["check"]: finding["text"] for finding in manifest["findings"] if finding["check"] != "SR048"}


def shown(layer: Dict[str, tarfile.TarInfo]) -> Dict[str, Any]:
    """Path → (mode, uid, gid), of files and directories; of links the target."""
    return {
        name: member.linkname if member.issym() else (oct(member.mode)[2:], member.uid, member.gid)
        for name, member in layer.items()
    }


def test_one_file_is_put_at_its_path(runner: RuleRunner) -> None:
    files, program = layers_of(runner, make(runner, 'files={"/etc/one.conf": ":one"}'))
    assert shown(files) == {"etc": ("755", 0, 0), "etc/one.conf": ("644", 0, 0)}
    assert set(program) == {"app"}


def test_one_file_below_a_directory_keeps_its_name(runner: RuleRunner) -> None:
    files, _ = layers_of(runner, make(runner, 'files={"/etc/": ":one"}'))
    assert set(files) == {"etc", "etc/one.txt"}


def test_a_tree_is_put_below_its_path(runner: RuleRunner) -> None:
    fields = 'files={"/srv/www": {"from": ":tree", "mode": "0440", "owner": "7:8"}}'
    files, _ = layers_of(runner, make(runner, fields))
    assert shown(files) == {
        "srv": ("755", 0, 0),
        "srv/www": ("755", 7, 8),
        "srv/www/static": ("755", 7, 8),
        "srv/www/static/css": ("755", 7, 8),
        "srv/www/static/css/a.css": ("440", 7, 8),
        "srv/www/static/index.html": ("440", 7, 8),
    }


def test_what_a_command_makes_with_links(runner: RuleRunner) -> None:
    files, _ = layers_of(runner, make(runner, 'files={"/data": ":made"}'))
    assert shown(files) == {
        "data": ("755", 0, 0),
        "data/out": ("755", 0, 0),
        "data/out/d": ("755", 0, 0),
        "data/out/d/f": ("644", 0, 0),
        "data/out/d/l": "f",
    }


def test_texts_directories_and_links_are_one_layer(runner: RuleRunner) -> None:
    fields = (
        'files={"/etc/motd": {"text": "hi\\n", "mode": "0600"}}, '
        'directories={"/var/lib/app": {"mode": "0700", "owner": "65532:65532"}, "/empty": {}}, '
        'symlinks={"/var/run": "../run", "/bin": "/usr/bin"}'
    )
    inline, program = layers_of(runner, make(runner, fields))
    assert shown(inline) == {
        "bin": "/usr/bin",
        "empty": ("755", 0, 0),
        "etc": ("755", 0, 0),
        "etc/motd": ("600", 0, 0),
        "var": ("755", 0, 0),
        "var/lib": ("755", 0, 0),
        "var/lib/app": ("700", 65532, 65532),
        "var/run": "../run",
    }
    assert set(program) == {"app"}


def test_the_order_of_layers(runner: RuleRunner) -> None:
    fields = (
        'files={"/z": ":one", "/a/": ":tree", "/b": {"text": "x"}, "/y": {"from": ":one"}}, '
        'runtime_files=["tmp"], directories={"/d": {}}'
    )
    names = [sorted(layer) for layer in layers_of(runner, make(runner, fields))]
    tree = ["a", "a/static", "a/static/css", "a/static/css/a.css", "a/static/index.html"]
    assert names == [["tmp"], tree, ["y", "z"], ["b", "d"], ["app"]]


def test_a_later_layer_leaves_directories_as_they_are(runner: RuleRunner) -> None:
    fields = (
        'binary_path="/opt/app/bin/app", files={"/opt/app/etc/": ":one"}, runtime_files=["tmp"], '
        'directories={"/opt/app": {"mode": "0751", "owner": "1:2"}}'
    )
    for layer in layers_of(runner, make(runner, fields))[1:]:
        assert shown(layer)["opt/app"] == ("751", 1, 2)


def test_capabilities_of_the_program(runner: RuleRunner) -> None:
    (program,) = layers_of(runner, make(runner, 'capabilities=["CAP_NET_BIND_SERVICE", "cap_chown"]'))
    value = program["app"].pax_headers["SCHILY.xattr.security.capability"].encode("utf-8", "surrogateescape")
    assert struct.unpack("<IIIII", value) == (0x02000001, 1 << 10 | 1, 0, 0, 0)


def test_everything_in_files_is_a_dependency(runner: RuleRunner) -> None:
    make(runner, 'files={"/a": ":one", "/b": {"from": ":tree"}, "/c": {"text": "x"}}')
    found = {address.target_name for address in dependencies(runner, "src", "image")}
    assert found == {"bin", "one", "tree"}
    assert Address("src", target_name="one") in dependencies(runner, "src", "image")


DYNAMIC = elf_file(segments=[Segment(1, b"\xc3" * 16, 5), Segment(INTERP, b"/lib/ld.so\0")], dynamic=[(1, b"libc.so.6")])
HELPER = (
    'files={"/bin/helper": ":helper"}, allow=[])\n'
    'shell_command(name="helper", command="cp src helper; chmod +x helper", tools=["cp", "chmod"], output_files=["helper"], '
    'execution_dependencies=[":src"])\nfile(name="src", source="src"'
)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (DYNAMIC, "SR010  error: /bin/helper in `files` needs the loader /lib/ld.so and libc.so.6"),
        (elf(AARCH64), "SR020  error: /bin/helper in `files` is built for linux/arm64, and the image is for linux/amd64"),
        (elf()[:-1], "SR003  error: /bin/helper in `files` is not a complete ELF file"),
    ],
    ids=["dynamic", "another CPU", "truncated"],
)
def test_an_executable_in_files_is_proved(runner: RuleRunner, content: bytes, said: str) -> None:
    assert said in failure(runner, HELPER, src=content)


def test_an_executable_by_its_mode_is_proved_too(runner: RuleRunner) -> None:
    fields = 'files={"/bin/helper": {"from": ":one", "mode": "0755"}}'
    runner.write_files({"src/one.txt": DYNAMIC})
    text = TARGETS + f'scratch_image(name="image", binary=":bin", {fields})'
    with pytest.raises(ExecutionError, match="SR010  error: /bin/helper in `files` needs the loader"):
        build(runner, "src", text)


def test_an_executable_that_runs_may_be_the_entrypoint(runner: RuleRunner) -> None:
    built = make(runner, f'entrypoint=["/bin/helper"], {HELPER}', src=elf(text="helper\n"))
    assert findings_of(runner, built) == {}
    assert shown(layers_of(runner, built)[0])["bin/helper"] == ("755", 0, 0)


def test_an_entrypoint_that_may_not_be_run(runner: RuleRunner) -> None:
    text = failure(runner, 'entrypoint=["/etc/one"], files={"/etc/one": ":one"}')
    assert "SR033  error: `entrypoint` starts '/etc/one', which is not executable (mode 0644)" in text


@pytest.mark.parametrize(
    ("fields", "check"),
    [
        ('files={"/x.py": ":one"}', "SR034"),
        ('files={"/x": {"from": ":one", "mode": "4755"}}', "SR031"),
        ('files={"/Data": ":one", "/data": ":one"}', "OI002"),
    ],
)
def test_warnings_about_contents(runner: RuleRunner, fields: str, check: str) -> None:
    assert set(findings_of(runner, make(runner, fields))) == {check}


def test_what_is_in_files_is_not_missed(runner: RuleRunner) -> None:
    """A user of a passwd of one's own, and /tmp as a directory."""
    fields = 'user="me", files={"/etc/passwd": {"text": "me:x:1:1::/:/\\n"}}, directories={"/tmp": {"mode": "1777"}}'
    assert set(findings_of(runner, make(runner, fields))) == {"OI001"}


BAD = [
    # (fields, field, the message, why)
    ('files={"etc/a": ":one"}', "files", "'/etc/a'", "relative"),
    ('files={"/a/../b": ":one"}', "files", "'..'", "leads elsewhere"),
    ('files={"/.wh.a": ":one"}', "files", ".wh.", "deletes"),
    ('files={"/a": ":nope"}', "files", ":nope", "no such target"),
    ('files={"/a": {"text": "x", "from": ":one"}}', "files", "both 'from' and 'text'", "two sources"),
    ('files={"/a": {"mode": "0644"}}', "files", "neither 'from' nor 'text'", "no source"),
    ('files={"/a": {"from": ":one", "mod": "0644"}}', "files", "unknown key 'mod'; did you mean 'mode'?", "a slip"),
    ('files={"/a": {"from": ":one", "mode": "rw"}}', "files", "octal digits", "no mode"),
    (
        'files={"/a": {"from": ":one", "mode": 640}}',
        "files",
        "640 is not a valid mode",
        "a number, which may be meant as octal",
    ),
    ('files={"/a": {"from": ":one", "owner": "me"}}', "files", "'65532:65532'", "a name"),
    ('files={"/a": {"from": ":one", "owner": "4294967295:0"}}', "files", "ids go up to", "no id"),
    ('files={"/a": 5}', "files", "expected an address or a dict, got 5", "a number"),
    ('files=[":one"]', "files", "not a dict", "a list"),
    ('files={"/app": ":one"}', "files", "/app is there already, from field `binary_path`", "the program's path"),
    ('files={"/app/x": ":one"}', "files", "below /app, which is a file", "below a file"),
    ('files={"/etc/passwd": ":one"}, runtime_files=["nonroot"]', "files", "from `runtime_files`", "two sources of a path"),
    ('files={"/s/x": ":one"}, symlinks={"/s": "/t"}', "symlinks", "would be below it", "below a link"),
    ('directories={"/a": {"mode": "9"}}', "directories", "octal digits", "no mode"),
    ('directories={"/app": {}}', "directories", "is there already", "a directory in the place of the program"),
    ('symlinks={"/a": "../../x"}', "symlinks", "out of the image", "leaves the image"),
    ('symlinks={"/a": "/b", "/b": "a"}', "symlinks", "leads to itself", "a loop"),
    ('symlinks={"/a": ""}', "symlinks", "it is empty", "nowhere"),
    ('capabilities=["net_bind_service"]', "capabilities", "did you mean 'cap_net_bind_service'?", "a slip"),
    ('files={"/a": ":image"}', "files", "names the image itself", "itself"),
]


@pytest.mark.parametrize(("fields", "field", "said", "reason"), BAD, ids=[row[3] + ": " + row[0][:30] for row in BAD])
def test_bad_input(runner: RuleRunner, fields: str, field: str, said: str, reason: str) -> None:
    text = failure(runner, fields)
    assert text.startswith("src:image cannot be made:\n")
    assert f"field `{field}`" in text and said in text
