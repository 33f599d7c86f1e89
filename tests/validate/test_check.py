"""Pins down that every good layout and archive passes, what is said of it, and that nothing outside of one is opened."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import tarfile

import pytest

from scratch_image.assembler.assemble import write_layer
from scratch_image.assembler.plan import LayerPlan
from scratch_image.layout.problems import Unreadable
from scratch_image.oci.compression import Compression
from scratch_image.oci.image import ImageLayer as Layer
from scratch_image.oci.image import build_image
from scratch_image.oci.layout import layout_files
from scratch_image.oci.platform import Platform
from scratch_image.oci.spec import Descriptor, RunConfig
from scratch_image.oci.tar import DirectoryEntry, FileEntry, SymlinkEntry
from scratch_image.validate.__main__ import main
from scratch_image.validate.check import check, check_archive, check_layout
from tests.support.layouts import (
    AMD64,
    CREATED,
    archive,
    as_archive,
    image,
    index_of,
    layout,
    program_archive,
    write,
    written_by_the_repository,
)
from tests.support.programs import AARCH64, ARM, I386, elf

# What a layer can hold: names in one field, in two, in PAX; large numbers; files that are empty, and larger than a piece.
CONTENTS = {
    FileEntry("usr/local/bin/app", "program", 1_000_000, 0o755): elf().ljust(1_000_000, b"x"),
    FileEntry("empty", "empty", 0, 0o600, 65532, 2**32 - 2): b"",
    FileEntry(f"{'p' * 90}/{'n' * 90}", "text", 5, 0o644): b"hello",
    FileEntry("n" * 255, "text", 5, 0o644): b"hello",
    FileEntry("grüße.txt", "text", 5, 0o644, 3_000_000, 4_000_000): b"hello",
    DirectoryEntry("tmp", 0o1777): b"",
    SymlinkEntry("bin", "usr/local/bin"): b"",
    SymlinkEntry("etc/link", "/" + "ü" * 60): b"",
    SymlinkEntry("a/b/up", "../../empty"): b"",
}


@pytest.mark.parametrize("compression", ["none", "gzip", "gzip:9", "zstd", "zstd:19", "zstd:22"])
def test_what_the_layer_process_writes_passes(tmp_path, compression):
    for entry, content in CONTENTS.items():
        if isinstance(entry, FileEntry):
            (tmp_path / entry.content).write_bytes(content)
    out = tmp_path / "out"
    facts = write_layer(LayerPlan(tuple(CONTENTS), Compression.parse(compression)), str(tmp_path), str(out), 1)
    blob = Descriptor(Compression.parse(compression).media_type, facts.digest, facts.size)
    run = RunConfig(entrypoint=("app",), env=("PATH=/sbin:/bin",), volumes=("/data",), stop_signal="SIGTERM", workdir="/tmp")
    built = build_image(AMD64, run, CREATED, {"a": "b"}, (Layer(blob, facts.diff_id, "scratch_image binary"),))
    report = check(write(layout_files(built), out))
    assert (report.problems, report.not_checked) == ((), ())
    assert (report.manifests, report.blobs) == (1, 3)
    assert report.size == facts.size + len(built.config) + len(built.manifest)


def test_the_layouts_of_these_tests_are_those_of_the_repository():
    ours, tests = written_by_the_repository()
    assert ours == tests


ARM_V7 = Platform("linux", "arm", "v7")
GOOD = {
    "plain": layout(),
    "two layers": layout([archive({DirectoryEntry("tmp"): b""}), program_archive()]),
    "one layer twice": layout([program_archive(), program_archive()]),
    "386": layout([program_archive(elf(I386, word_size=32))], platform=Platform("linux", "386")),
    "arm without a mark of its version": layout([program_archive(elf(ARM, word_size=32))], platform=ARM_V7),
    "two platforms": index_of(image(), image([program_archive(elf(AARCH64))], platform=Platform("linux", "arm64"))),
    "an index of one": index_of(image()),
    "no created": layout(config=lambda config: config.pop("created") and None),
    "a fraction in created": layout(config=lambda config: config.update(created="2024-02-29T23:59:59.5+01:00")),
    "no history": layout(config=lambda config: config.pop("history") and None),
    "an empty layer in the history": layout(config=lambda config: config["history"].append({"empty_layer": True})),
    "a field of later": layout(config=lambda config: config.update(moby={"a": None})),
}


@pytest.mark.parametrize("name", GOOD)
def test_good_layouts_pass(tmp_path, name):
    report = check_layout(write(GOOD[name], tmp_path))
    assert (report.problems, report.not_checked) == ((), ())


@pytest.mark.parametrize("name", GOOD)
def test_good_archives_pass(tmp_path, name):
    (tmp_path / "image.tar").write_bytes(as_archive(GOOD[name]))
    result = check_archive(str(tmp_path / "image.tar"))
    assert dataclasses.replace(result, not_checked=()) == check_layout(write(GOOD[name], tmp_path / "layout"))
    assert result.not_checked == ("manifest.json: there is no such file, which `docker load` reads",)


@pytest.mark.parametrize("format", [tarfile.USTAR_FORMAT, tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_an_archive_of_another_writer_passes(tmp_path, format):
    """Its headers decide no digest: owners, times and the order are nobody's business."""
    write(layout(), tmp_path / "layout")
    with tarfile.open(tmp_path / "image.tar", "w", format=format) as opened:
        for name in ("oci-layout", "index.json", "blobs"):
            opened.add(tmp_path / "layout" / name, name)
    assert check(str(tmp_path / "image.tar")).problems == ()


DOCKER = [
    (lambda value: None, []),
    (lambda value: value[0].update(RepoTags=None), []),
    (lambda value: value[0].update(Config="blobs/sha256/0"), [("manifest.json [0]", "Config")]),
    (lambda value: value[0].update(Layers=[]), [("manifest.json [0]", "Layers")]),
    (lambda value: value[0].update(Layers=["../../etc/passwd"]), [("manifest.json [0]", "Layers")]),
    (lambda value: value[0].update(RepoTags=[1]), [("manifest.json [0]", "RepoTags[0]")]),
    (lambda value: {}, [("manifest.json", "document")]),
    (lambda value: [1], [("manifest.json", "[0]")]),
    (lambda value: b"[", [("manifest.json", "JSON")]),
]


@pytest.mark.parametrize("change, want", DOCKER)
def test_manifest_json_names_the_same_blobs(tmp_path, change, want):
    (tmp_path / "image.tar").write_bytes(as_archive(layout(), docker=change))
    assert [(problem.where, problem.what) for problem in check(str(tmp_path / "image.tar")).problems] == want


ARCHIVES = [
    ("../evil", {}, ("archive '../evil'", "name")),
    ("/evil", {}, ("archive '/evil'", "name")),
    ("index.json", {}, ("archive 'index.json'", "file")),
    ("blobs/link", {"type": tarfile.SYMTYPE, "linkname": "/etc"}, ("archive 'blobs/link'", "file")),
    ("blobs/device", {"type": tarfile.CHRTYPE}, ("archive 'blobs/device'", "file")),
    ("blobs/sha512/", {"type": tarfile.DIRTYPE}, ("archive 'blobs/sha512/'", "file")),
    ("repositories", {}, ("repositories", "file")),
]


@pytest.mark.parametrize("name, attributes, want", ARCHIVES)
def test_what_does_not_belong_into_an_archive(tmp_path, name, attributes, want):
    (tmp_path / "image.tar").write_bytes(as_archive(layout()))
    with tarfile.open(tmp_path / "image.tar", "a") as opened:
        info = tarfile.TarInfo(name)
        for key, value in attributes.items():
            setattr(info, key, value)
        opened.addfile(info)
    assert [(problem.where, problem.what) for problem in check(str(tmp_path / "image.tar")).problems] == [want]


def test_an_archive_without_its_end(tmp_path):
    (tmp_path / "image.tar").write_bytes(as_archive(layout()).rstrip(b"\0"))
    (problem,) = check(str(tmp_path / "image.tar")).problems
    assert (problem.where, problem.what) == ("archive", "tar archive")


def test_symbolic_links_are_not_followed(tmp_path):
    """Neither to a file, nor to a directory, nor in the place of a blob that is right."""
    write(layout(), tmp_path / "layout")
    blobs = tmp_path / "layout" / "blobs" / "sha256"
    victim = sorted(blobs.iterdir(), key=lambda path: path.stat().st_size)[-1]
    victim.rename(tmp_path / "outside")
    victim.symlink_to(tmp_path / "outside")
    found = {(problem.what, problem.to_dict()["claimed"]) for problem in check(str(tmp_path / "layout")).problems}
    assert ("file", "a symbolic link") in found
    assert any(what == "blob" for what, _ in found), "it was read through the link"
    blobs.rename(tmp_path / "blobs")
    blobs.symlink_to(tmp_path / "blobs", target_is_directory=True)
    assert check(str(tmp_path / "layout")).blobs == 0


def test_special_files_are_not_opened(tmp_path):
    """A reader of a fifo waits for its writer."""
    write(layout(), tmp_path / "layout")
    os.mkfifo(tmp_path / "layout" / "blobs" / "sha256" / ("0" * 64))
    (problem,) = check(str(tmp_path / "layout")).problems
    assert problem.rule == "a special file; a layout holds files and directories only"


def unreadable(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_bytes(b"hello")
    (tmp_path / "nothing").write_bytes(b"")
    (tmp_path / "other.tar").write_bytes(archive({FileEntry("a", "", 1, 0o644): b"a"}))
    (tmp_path / "empty.tar").write_bytes(bytes(10240))
    (tmp_path / "image.tar.gz").write_bytes(b"\x1f\x8b" + bytes(600))
    os.mkfifo(tmp_path / "fifo")
    write(layout(), tmp_path / "file-as-index")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    names = "empty file nothing other.tar empty.tar image.tar.gz fifo missing file/oci loop"
    return [str(tmp_path / name) for name in names.split()] + ["\0", "\udcff\ud800"]


def test_what_is_no_layout_is_unreadable(tmp_path):
    for path in unreadable(tmp_path):
        for one in (check, check_layout, check_archive):
            with pytest.raises(Unreadable):
                one(path)


def test_without_the_library_zstd_is_not_checked(tmp_path, monkeypatch):
    path = write(layout(compression="zstd"), tmp_path)
    monkeypatch.setitem(sys.modules, "zstandard", None)
    report = check(path)
    assert report.problems == ()
    assert ["zstandard" in text for text in report.not_checked] == [True, False]


def run(*args, **keywords):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))}
    command = [sys.executable, "-m", "scratch_image.validate", *args]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**environment, **keywords})


def test_the_command(tmp_path):
    good = write(layout(), tmp_path / "good")
    bad = write(layout(config=lambda config: config.update(os=1)), tmp_path / "bad")
    size = sum(path.stat().st_size for path in (tmp_path / "good" / "blobs" / "sha256").iterdir())
    result = run(good, LC_ALL="C")
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout == b"%s: ok: 1 manifest, 3 blobs, %d bytes\n" % (good.encode(), size)
    result = run(bad)
    first, *_, last = result.stdout.decode().splitlines()
    assert result.returncode == 1 and first.endswith(": os: expected a string, got 1")
    assert last == f"{bad}: 1 problem"
    result = run(str(tmp_path / "missing"))
    assert (result.returncode, result.stdout) == (2, b"") and b"missing" in result.stderr


def test_the_command_as_json(tmp_path, capfdbinary):
    path = write(layout(index=lambda index: index.update(schemaVersion=1)), tmp_path)
    assert main([path, "--json"]) == 1
    report = json.loads(capfdbinary.readouterr().out)[path]
    assert report.pop("problems") == [{"where": "index.json", "what": "schemaVersion", "claimed": "1", "derived": "2"}]
    assert report.pop("bytes") > 500
    assert report == {
        "manifests": 1, "blobs": 3, "notShown": 0, "notChecked": [], "notDerived": [], "written": True,
    }  # fmt: skip


PROGRAMS = [
    # layers (path → symlink target, or None for the program), entrypoint, whether it is found
    ([{"app": None}], "/app", True),
    ([{"app": None}], "app", False),
    ([{"bin/app": None}], "app", True),
    ([{"bin/app": None}], "./bin/app", True),
    ([{"bin/app": None}], "/bin/../bin//app", True),
    ([{"bin/app": None, "app": "bin/app"}], "/app", True),
    ([{"bin/app": None}, {"app": "/bin/app"}], "/app", True),
    ([{"usr/bin/app": None, "bin": "usr/bin"}], "/bin/app", True),
    ([{"usr/bin/app": None, "bin": "../../usr/bin"}], "/bin/app", True),
    ([{"app": "app"}], "/app", False),
    ([{"a": "b", "b": "a"}], "/a/x", False),
    ([{"bin/app": None}], "/bin", False),
    ([{"bin/app": None}], "/bin/app/x", False),
    ([{"bin/app": None}, {"bin": "nowhere"}], "/bin/app", False),
]


@pytest.mark.parametrize("layers, entrypoint, want", PROGRAMS)
def test_the_program_is_found_as_a_kernel_does(tmp_path, layers, entrypoint, want):
    archives = []
    for layer in layers:
        content = {
            SymlinkEntry(path, target) if target else FileEntry(path, "", len(elf()), 0o755): b"" if target else elf()
            for path, target in layer.items()
        }
        archives.append(archive(content))
    problems = check(write(layout(archives, run=RunConfig(entrypoint=(entrypoint,))), tmp_path)).problems
    rules = {problem.rule for problem in problems if problem.what != "link target"}
    assert rules == (set() if want else {f"no layer has the file '{entrypoint}'"})


NOT_CHECKED = [
    (b"", "it is not an ELF file"),
    (b"\xca\xfe\xba\xbe" + bytes(100), "it is not an ELF file"),
]


@pytest.mark.parametrize("program, want", NOT_CHECKED)
def test_a_program_that_is_no_elf_file_is_not_checked(tmp_path, program, want):
    content = archive({FileEntry("app", "", len(program), 0o755): program})
    report = check(write(layout([content]), tmp_path))
    assert report.problems == () and want in report.not_checked[0]


def test_an_image_without_a_program_is_not_checked(tmp_path):
    report = check(write(layout(run=RunConfig()), tmp_path))
    assert report.problems == () and "names no program" in report.not_checked[0]
