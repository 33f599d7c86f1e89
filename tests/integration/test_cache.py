"""What runs again after a change, and what a cache key holds: counted in Pants' own log.

A process that "runs" is one that Pants started; one that it took from a cache or from memory did not run.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Dict, Tuple

import pytest

from tests.support.process_log import processes
from tests.support.programs import elf
from tests.support.repository import Repository, bare_repository

FACTS = "Inspect a program for an image"
LAYER = "Write an image layer"
ARCHIVE = "Write an image archive"
PROGRAM = elf() + bytes(range(256)) * 4096  # Above 512 KiB, files reach a sandbox by another way.
BUILD = 'file(name="bin", source="program")\nscratch_image(name="image", binary=":bin", {})\n'


@pytest.fixture(scope="module")
def warm(bare: Repository) -> Repository:
    """A repository with one image, packaged once; its local store is its own, so that nothing is known beforehand."""
    bare.env["PANTS_LOCAL_STORE_DIR"] = str(bare.root.parent / "store")
    bare.env["PANTS_LEVEL"] = "debug"  # For every run: another level starts another daemon.
    bare.write("src/one/program", PROGRAM)
    bare.write("src/one/BUILD", BUILD.format(""))
    assert counts(bare.ok("package", "src/one:image")) == (1, 1)
    return bare


def counts(log: str) -> Tuple[int, int]:
    """How often the facts process and the layer process ran."""
    return len(processes(log, FACTS)), len(processes(log, LAYER))


@pytest.mark.parametrize(
    "change",
    [
        'image_labels={"a": "b"}',
        'annotations={"a": "b"}',
        'env={"A": "b"}',
        'user="1:1"',
        'cmd=["x"]',
        'entrypoint=["/app", "x"]',
        'created="2024-01-01T00:00:00Z"',
        'platform="linux/amd64/v2"',
        'output_path="elsewhere"',
        'tags=["a"]',
        'allow=["SR030"]',
        'image_tags=["1"]',
        'repository="a/b"',
    ],
)
def test_a_change_of_metadata_runs_no_process_and_moves_no_layer(warm: Repository, change: str) -> None:
    warm.write("src/one/BUILD", BUILD.format(""))
    warm.ok("package", "src/one:image")
    before = warm.report("src.one/image")["manifests"][0]
    warm.write("src/one/BUILD", BUILD.format(change))
    assert counts(warm.ok("package", "src/one:image")) == (0, 0)
    after = warm.report("elsewhere" if "elsewhere" in change else "src.one/image")["manifests"][0]
    assert before["layers"] == after["layers"]
    changes_nothing = change.startswith(("output_path", "tags", "allow", "image_tags", "repository"))
    assert (before["digest"] == after["digest"]) is changes_nothing


@pytest.mark.parametrize(
    "option", ["--scratch-image-user=7", "--scratch-image-fail-on=warning", "--scratch-image-severity={'SR048': 'warning'}"]
)
def test_an_option_runs_no_process(warm: Repository, option: str) -> None:
    assert counts(warm.ok(option, "package", "src/one:image")) == (0, 0)


def test_a_changed_text_remakes_its_layer_and_no_other(warm: Repository) -> None:
    """Beside a tree of files, runtime files and the program, which stay what they are; and the archive is made again."""
    warm.write("src/four/program", PROGRAM)
    warm.write("src/four/assets/a.txt", "a")
    fields = 'files={{"/srv": ":tree", "/etc/motd": {{"text": "{}"}}}}, runtime_files=["tmp"], archive=True'
    tree = 'files(name="tree", sources=["assets/**"])\n'
    warm.write("src/four/BUILD", tree + BUILD.format(fields.format("one")))
    warm.ok("package", "src/four:image")
    before = warm.report("src.four/image")["manifests"][0]["layers"]
    warm.write("src/four/BUILD", tree + BUILD.format(fields.format("two")))
    log = warm.ok("package", "src/four:image")
    assert (counts(log), len(processes(log, ARCHIVE))) == ((0, 1), 1)
    after = warm.report("src.four/image")["manifests"][0]["layers"]
    assert [one == other for one, other in zip(before, after)] == [True, True, False, True]
    assert after[2]["size"] < 1000


def test_lint_runs_no_process_that_package_has_run_and_no_layer(warm: Repository) -> None:
    assert counts(warm.ok("lint", "src/one:image")) == (0, 0)
    warm.write("src/three/program", elf(text="lint\n") + PROGRAM)
    warm.write("src/three/BUILD", BUILD.format(""))
    assert counts(warm.ok("lint", "src/three:image")) == (1, 0)


@pytest.mark.parametrize("addition, started", [("VERSION = 2", (1, 0)), ("# Another comment.", (0, 0))])
def test_a_change_of_the_reader_of_binaries_runs_facts_only(
    warm: Repository, addition: str, started: Tuple[int, int]
) -> None:
    """The changed backend is a copy, without a daemon, so that the other tests' daemon has nothing to notice."""
    warm.write("src/one/BUILD", BUILD.format(""))
    warm.ok("package", "src/one:image")
    changed = warm.root / "changed-plugins"
    shutil.copytree(warm.root / "pants-plugins", changed)
    reader = changed / "scratch_image/binary/packed.py"
    reader.write_text(f"{reader.read_text()}{addition}\n")
    try:
        log = warm.ok("--no-pantsd", f"--pythonpath=['{changed}']", "package", "src/one:image")
    finally:
        shutil.rmtree(changed)
    assert counts(log) == started


def test_images_with_the_same_runtime_files_share_their_layer(warm: Repository) -> None:
    for name in ("four", "five"):
        warm.write(f"src/{name}/program", elf(text=f"{name}\n"))
        warm.write(f"src/{name}/BUILD", BUILD.format('runtime_files=["tmp", "nonroot", "mime-types"]'))
    assert counts(warm.ok("package", "src/four:image")) == (1, 2)
    assert counts(warm.ok("package", "src/five:image")) == (1, 1)
    four, five = (warm.report(f"src.{name}/image")["manifests"][0]["layers"] for name in ("four", "five"))
    assert four[0] == five[0] and four[1] != five[1]


@pytest.mark.parametrize("change", ['compression="none"', 'binary_path="/bin/app"'])
def test_what_decides_the_layer_s_bytes_writes_it_again(warm: Repository, change: str) -> None:
    warm.write("src/one/BUILD", BUILD.format(change))
    assert counts(warm.ok("package", "src/one:image")) == (0, 1)


def test_two_images_of_one_program_share_everything(warm: Repository) -> None:
    program = elf(text="shared\n") + PROGRAM
    warm.write("src/two/program", program)
    images = "".join(
        f'scratch_image(name="{name}", binary=":bin", image_labels={{"name": "{name}"}})\n' for name in ("a", "b")
    )
    warm.write("src/two/BUILD", f'file(name="bin", source="program")\n{images}')
    assert counts(warm.ok("package", "src/two::")) == (1, 1)
    one, two = (warm.report(f"src.two/{name}")["manifests"][0] for name in ("a", "b"))
    assert one["layers"] == two["layers"]
    assert one["digest"] != two["digest"]


def test_the_keys_hold_nothing_of_the_machine(warm: Repository, tmp_path: Path) -> None:
    """Two set-ups differ in checkout, HOME, PATH, caches and environment; the processes they start do not."""
    other = bare_repository(
        tmp_path / "another checkout",
        {
            "HOME": str(tmp_path / "home"),
            "PATH": f"{tmp_path}:/usr/local/sbin:{warm.env['PATH']}",
            "LC_ALL": "C",
            "TZ": "Asia/Tokyo",
            "USER": "somebody",
            "PYTHONHASHSEED": "7",
            "PANTS_LEVEL": "debug",
            "PANTS_LOCAL_STORE_DIR": str(tmp_path / "store"),
        },
    )
    (tmp_path / "home").mkdir()
    # The launcher's installation is the one thing shared: making another takes half a minute (test_fresh_machine does).
    home = warm.env.get("XDG_CACHE_HOME", f"{warm.env['HOME']}/.cache")
    other.env.setdefault("SCRATCH_IMAGE_LAUNCHER_CACHE", f"{home}/scratch_image")
    try:
        ours, theirs = (started(setup, umask) for setup, umask in ((warm, 0o022), (other, 0o077)))
    finally:
        other.close()
    assert ours == theirs
    assert len(ours) == 2
    for line in ours.values():
        assert "env: {}," in line
        assert str(warm.root) not in line and warm.env["HOME"] not in line


def started(setup: Repository, umask: int) -> Dict[str, str]:
    """Description → the whole process, as the engine describes it, of a package that nobody has made before."""
    path = setup.write("src/keys/program", elf(text="keys\n") + PROGRAM)
    path.chmod(0o600 if umask else 0o755)
    setup.write("src/keys/BUILD", BUILD.format('image_labels={"a": "b"}'))
    log = setup.ok("--no-pantsd", "package", "src/keys:image", umask=umask)
    assert setup.digests()["src.keys/image"]
    found: Dict[str, str] = {}
    for description in (FACTS, LAYER):
        (found[description],) = processes(log, description)
    return found
