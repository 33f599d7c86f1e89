"""Pins down what is read of real binaries: every sample of `recipes.py` against its verdict, against the kernel, which is
asked to run it in an empty root, and against pyelftools, which reads the same headers.

The samples are those in SCRATCH_IMAGE_CORPUS, a directory made by `tests/corpus/build`, or are built for this test, which
takes minutes and compilers. The small ones are in `samples/` and are read everywhere.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path
from typing import Dict, Iterator, Optional

import pytest
from elftools.elf.dynamic import DynamicSegment
from elftools.elf.elffile import ELFFile
from elftools.elf.enums import ENUM_E_MACHINE, ENUM_E_TYPE
from elftools.elf.segments import InterpSegment, NoteSegment

from scratch_image.binary.elf import read_elf
from scratch_image.binary.facts import BinaryFacts
from scratch_image.binary.platform import UnknownMachine, platform_of
from scratch_image.binary.read import read_facts
from scratch_image.oci.platform import Platform
from tests.corpus.empty_root import EMULATORS, NoRoot, end_of
from tests.corpus.recipes import ANY, CRASHES, FAILS, RUNS, SAMPLES, Sample, Want
from tests.support.tools import require

HERE = Path("tests/corpus")
KEPT = [sample for sample in SAMPLES if sample.kept]
LINUX_AMD64 = (platform.system(), platform.machine()) == ("Linux", "x86_64")
# Samples that are read wrongly as yet: a test says when one is not any more.
every_sample = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
every_kept_sample = pytest.mark.parametrize("sample", KEPT, ids=lambda sample: sample.name)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    if not LINUX_AMD64:
        pytest.skip("the recipes are for Linux on x86-64")
    if os.environ.get("SCRATCH_IMAGE_CORPUS"):
        yield Path(os.environ["SCRATCH_IMAGE_CORPUS"])
        return
    for tool in ("gcc", "g++", "musl-gcc", "objcopy"):
        require(tool)
    directory = tmp_path_factory.mktemp("corpus")
    done = subprocess.run([str(HERE / "build"), str(directory)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
    yield directory
    shutil.rmtree(directory, ignore_errors=True)  # It takes gigabytes.


def facts_of(path: Path) -> BinaryFacts:
    return read_facts(memoryview(path.read_bytes()))


def check_verdict(facts: BinaryFacts, want: Want) -> None:
    for name in ("broken", "script", "other"):
        text = getattr(want, name)
        if text is not None:
            assert text in (getattr(facts, name) or "nothing was found"), facts
            return
    program = facts.program
    assert program is not None, facts
    try:
        found: Optional[Platform] = platform_of(program)
    except UnknownMachine:
        found = None
    names = ("linkage", "interpreter", "soname", "needed", "writable_code", "go")
    got = {name: getattr(program, name) for name in names if getattr(want, name) is not None or name != "go"}
    got.update(
        platform=f"{found.os}/{found.architecture}" if found else None,
        executable_stack=bool(program.executable_stack),
    )
    assert got == {name: getattr(want, name) for name in got}
    assert (found.variant if found else None) == variant_of(want)
    assert (want.foreign_os or "Linux").lower() in (program.foreign_os or "Linux").lower()


def variant_of(want: Want) -> Optional[str]:
    """What the file tells of the CPU it was compiled for. Of x86-64, compilers other than Go tell nothing: linkers may."""
    if want.platform == "linux/arm":
        return want.variant
    level = want.x86_level or (int(want.variant[1:]) if want.go and want.variant else 1)
    return f"v{level}" if level > 1 else None


# Needs in the table's words, and in the reader's. Name resolution needs what the runtime brings.
NEEDS = {
    "time zones": "tzdata",
    "certificates": "ca-certificates",
    "users": "users",
    "temporary directory": "tmp",
    "programs": "subprocess",
    "mime types": "mime-types",
}


@pytest.mark.parametrize(
    "sample", [sample for sample in SAMPLES if sample.want.needs is not None], ids=lambda sample: sample.name
)
def test_the_needs(corpus: Path, sample: Sample) -> None:
    """What a program uses is found, stripped or not; what it does not use is not, but for glibc's name service."""
    program = facts_of(corpus / sample.name).program
    assert program and program.needs
    # Local time needs something only where TZ is set.
    found = {need.name for need in program.needs.found} - {"local-time"}
    wanted = {NEEDS[need] for need in sample.want.needs or () if need in NEEDS}
    assert found - ({"nss", "users"} if "nss" in found else set()) == wanted - ({"users"} if "nss" in found else set())
    assert wanted <= found


@every_sample
def test_the_verdict(corpus: Path, sample: Sample) -> None:
    check_verdict(facts_of(corpus / sample.name), sample.want)


@every_kept_sample
def test_the_verdict_of_a_kept_sample(sample: Sample) -> None:
    check_verdict(facts_of(HERE / "samples" / sample.name), sample.want)


def test_the_kept_samples_are_small_and_are_those_of_the_table() -> None:
    sizes = {path.name: path.stat().st_size for path in (HERE / "samples").iterdir()}
    assert set(sizes) == {sample.name for sample in KEPT}
    assert max(sizes.values()) <= 20_000
    assert sum(sizes.values()) <= 150_000


def test_every_name_is_taken_once() -> None:
    assert len({sample.name for sample in SAMPLES}) == len(SAMPLES)


def flags_of_the_cpu() -> Dict[str, bool]:
    return dict.fromkeys(Path("/proc/cpuinfo").read_text().split(), True)


@every_sample
def test_the_end_in_an_empty_root(corpus: Path, sample: Sample, tmp_path: Path) -> None:
    """The verdict is right: what is called static runs where there is nothing else, and nothing else does."""
    if sample.cpu and sample.cpu not in flags_of_the_cpu():
        pytest.skip(f"the CPU has no {sample.cpu}")
    emulated = EMULATORS.get(sample.want.platform or "") if sample.want.linkage else None
    emulator = require(f"qemu-{emulated}-static") if emulated else None
    try:
        end, output = end_of(corpus / sample.name, tmp_path / "root", emulator)
    except NoRoot as error:
        give_up = pytest.fail if os.environ.get("SCRATCH_IMAGE_REQUIRE_TOOLS") == "1" else pytest.skip
        give_up(f"no process may change its root here: {error}")
    if sample.end == RUNS:
        assert end == RUNS, output
        assert sample.says in output
    elif sample.end == FAILS:
        assert end != RUNS, output
    elif sample.end != ANY:
        assert end == sample.end, output


def test_the_ends_fit_the_verdicts() -> None:
    """The table itself: a static program for Linux runs, and what is neither does not."""
    for sample in SAMPLES:
        want = sample.want
        static = want.linkage in ("static", "static-pie") and want.platform is not None
        if static and want.foreign_os is None and not want.writable_code:
            assert sample.end == RUNS, sample.name
        if want.linkage == "dynamic":
            assert sample.end == "ENOENT", sample.name
        if want.other or want.script:
            assert sample.end in ("ENOENT", "ENOEXEC"), sample.name
    assert {sample.end for sample in SAMPLES} == {RUNS, "ENOENT", "ENOEXEC", CRASHES, FAILS, ANY}


def pyelftools_reads(path: Path) -> Dict[str, object]:
    with open(path, "rb") as file:
        elf = ELFFile(file)
        interpreter, needed, build_id = None, [], None
        for segment in elf.iter_segments():
            if isinstance(segment, InterpSegment):
                interpreter = segment.get_interp_name()
            elif isinstance(segment, DynamicSegment):
                needed = [tag.needed for tag in segment.iter_tags("DT_NEEDED")]
            elif isinstance(segment, NoteSegment):
                ids = (note["n_desc"] for note in segment.iter_notes() if note["n_type"] == "NT_GNU_BUILD_ID")
                build_id = next(ids, build_id)
        kind, machine = elf.header["e_type"], elf.header["e_machine"]
    return {
        "type": ENUM_E_TYPE.get(kind, kind),
        "machine": ENUM_E_MACHINE.get(machine, machine),
        "interpreter": interpreter,
        "needed": needed,
        "build_id": build_id,
    }


@pytest.mark.parametrize("sample", [sample for sample in SAMPLES if sample.want.linkage], ids=lambda sample: sample.name)
def test_pyelftools_reads_the_same(corpus: Path, sample: Sample) -> None:
    path = corpus / sample.name
    program = facts_of(path).program
    assert program is not None
    assert pyelftools_reads(path) == {
        "type": read_elf(memoryview(path.read_bytes())).header.type,
        "machine": program.machine,
        "interpreter": program.interpreter,
        "needed": list(program.needed),
        "build_id": program.build_id,
    }
