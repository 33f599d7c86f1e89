"""Pins down the writing of a layer: the blob, what is said of it, what is left behind, and how much memory it takes."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import random
import subprocess
import sys
import tarfile
import zlib

import deflate
import pytest
import zstandard

from scratch_image.assembler import compressors
from scratch_image.assembler.__main__ import main, prepare
from scratch_image.assembler.assemble import write_layer
from scratch_image.assembler.compressors import WrongLibrary
from scratch_image.assembler.plan import FileHashes, LayerFacts, LayerPlan
from scratch_image.oci.compression import Compression
from scratch_image.oci.tar import ContentChanged, DirectoryEntry, FileEntry

UNPACK = {
    "none": lambda blob: blob,
    "gzip": gzip.decompress,
    "zstd": zstandard.ZstdDecompressor().decompress,
}
CONTENT = random.Random(1).getrandbits(8 * 1_200_000).to_bytes(1_200_000, "big") + bytes(4_000_000)


@pytest.fixture
def app(tmp_path):
    path = tmp_path / "content"
    path.write_bytes(CONTENT)
    return path


def plan(compression="gzip", size=len(CONTENT)):
    entries = (FileEntry("bin/app", "content", size, 0o755), DirectoryEntry("tmp", 0o1777))
    return LayerPlan(entries, Compression.parse(compression))


@pytest.mark.parametrize("compression, workers", [("none", 1), ("gzip", 1), ("gzip", 2), ("zstd", 1)])
def test_hashes_of_files(tmp_path, app, compression, workers):
    """In the order of the archive, and without a change of the layer."""
    (tmp_path / "empty").write_bytes(b"")
    entries = (*plan().entries, FileEntry("a", "empty", 0, 0o644))
    wanted = LayerPlan(entries, Compression.parse(compression))
    plain = write_layer(wanted, str(tmp_path), str(tmp_path), workers)
    hashed = write_layer(wanted._replace(hashes=True), str(tmp_path), str(tmp_path), workers)
    assert plain.files == ()
    assert hashed._replace(files=()) == plain
    assert hashed.files == tuple(
        FileHashes(path, len(content), hashlib.sha256(content).hexdigest(), hashlib.sha1(content).hexdigest())
        for path, content in (("a", b""), ("bin/app", CONTENT))
    )
    assert LayerFacts.from_json(hashed.to_json()) == hashed


def test_a_file_that_changes_while_it_is_hashed(tmp_path, app):
    with pytest.raises(ContentChanged):
        write_layer(plan(size=len(CONTENT) - 1)._replace(hashes=True), str(tmp_path), str(tmp_path), 1)


def blobs(layout):
    directory = layout / "blobs" / "sha256"
    return {name: (directory / name).read_bytes() for name in os.listdir(directory)}


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd", "gzip:1", "zstd:1"])
def test_facts_are_what_the_blob_is(tmp_path, app, compression):
    """Everything that is said of the layer is derived again from the only file that was written."""
    facts = write_layer(plan(compression), str(tmp_path), str(tmp_path), 1)
    ((name, blob),) = blobs(tmp_path).items()
    assert name == facts.digest.hex == hashlib.sha256(blob).hexdigest()
    assert facts.size == len(blob)
    archive = UNPACK[compression.partition(":")[0]](blob)
    assert facts.diff_id.hex == hashlib.sha256(archive).hexdigest()
    assert facts.unpacked_size == len(archive)
    assert facts.recipe == Compression.parse(compression).recipe
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        assert opened.getnames() == ["bin", "bin/app", "tmp"]
        assert opened.extractfile("bin/app").read() == CONTENT


def test_gzip_is_cut_every_mebibyte(tmp_path, app):
    facts = write_layer(plan(), str(tmp_path), str(tmp_path), 1)
    stream, sizes = blobs(tmp_path)[facts.digest.hex], []
    while stream:
        reader = zlib.decompressobj(wbits=31)
        sizes.append(len(reader.decompress(stream)))
        stream = reader.unused_data
    assert sizes == [*[1 << 20] * (facts.unpacked_size >> 20), facts.unpacked_size % (1 << 20)]


def test_none_is_one_digest(tmp_path, app):
    facts = write_layer(plan("none"), str(tmp_path), str(tmp_path), 1)
    assert facts.digest == facts.diff_id and facts.size == facts.unpacked_size


@pytest.mark.parametrize("compression", ["gzip", "zstd", "none"])
def test_the_number_of_workers_decides_nothing(tmp_path, app, compression):
    assert len({write_layer(plan(compression), str(tmp_path), str(tmp_path), workers) for workers in (1, 2, 3, 5)}) == 1


def test_mode_and_time_of_the_source_decide_nothing(tmp_path, app):
    """A sandbox shows large files as hard links of mode 0555 and small ones as they were written."""
    found = set()
    for mode, time in ((0o644, 0), (0o555, 1_700_000_000), (0o700, 2_000_000_000)):
        app.chmod(mode)
        os.utime(app, (time, time))
        found.add(write_layer(plan(), str(tmp_path), str(tmp_path), 1))
    assert len(found) == 1


@pytest.mark.parametrize("size, reason", [(len(CONTENT) - 1, "too long"), (len(CONTENT) + 1, "too short")])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_changed_file_makes_no_blob(tmp_path, app, size, reason, workers):
    with pytest.raises(ContentChanged):
        write_layer(plan(size=size), str(tmp_path), str(tmp_path), workers)
    assert not any(len(name) == 64 for name in blobs(tmp_path))


def test_a_rerun_repairs_what_a_killed_run_left(tmp_path, app):
    with pytest.raises(ContentChanged):
        write_layer(plan(size=len(CONTENT) + 1), str(tmp_path), str(tmp_path), 1)
    facts = write_layer(plan(), str(tmp_path), str(tmp_path), 1)
    assert list(blobs(tmp_path)) == [facts.digest.hex]


@pytest.mark.parametrize("compression, library", [("gzip", "deflate"), ("zstd", "zstandard")])
def test_a_wrong_library_writes_nothing(tmp_path, app, monkeypatch, compression, library):
    monkeypatch.setattr(compressors, "_passed", set())
    original = deflate.deflate_compress
    monkeypatch.setattr(deflate, "deflate_compress", lambda piece, level: original(piece, 1))
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(WrongLibrary, match=library):
        write_layer(plan(compression), str(tmp_path), str(tmp_path), 1)
    assert not (tmp_path / "blobs").exists()
    prepare()
    assert not compressors._passed, "a worker takes a wrong library for a right one"


def test_none_needs_no_library(tmp_path, app, monkeypatch):
    for module in ("deflate", "zstandard"):
        monkeypatch.setitem(sys.modules, module, None)
    assert write_layer(plan("none"), str(tmp_path), str(tmp_path), 1).recipe == "tar.1"


def test_the_process_answers_with_facts(tmp_path, app, monkeypatch, capfdbinary):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan.json").write_bytes(plan().to_json())
    assert main(["plan.json", "2"]) == 0
    out, err = capfdbinary.readouterr()
    assert LayerFacts.from_json(out) == write_layer(plan(), str(tmp_path), str(tmp_path / "again"), 1)
    assert err == b""


FAILURES = [
    (plan(size=5), None, b"bin/app", "another size than planned"),
    (LayerPlan((FileEntry("app", "missing", 5, 0o755),), Compression("none", None)), None, b"missing", "no such file"),
    (plan(), "deflate", b"deflate", "no library"),
]


@pytest.mark.parametrize("wanted, without, named, reason", FAILURES)
def test_the_process_says_what_went_wrong(tmp_path, app, monkeypatch, capfdbinary, wanted, without, named, reason):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(compressors, "_passed", set())
    if without:
        monkeypatch.setitem(sys.modules, without, None)
    (tmp_path / "plan.json").write_bytes(wanted.to_json())
    assert main(["plan.json", "1"]) == 1
    out, err = capfdbinary.readouterr()
    assert out == b""
    assert err.startswith(b"the layer could not be written: ") and err.count(b"\n") == 1
    assert named in err


MEASURE = """
import os, resource, sys
from scratch_image.assembler.__main__ import main
status = main(["plan.json", sys.argv[1]])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
if os.path.exists("/proc/self/status"):
    # Linux counts in ru_maxrss what the parent had before exec(2); VmHWM begins anew.
    peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) * 1024
children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(max(peak, children), file=sys.stderr)
sys.exit(status)
"""


@pytest.mark.parametrize(
    "compression, workers, mebibytes", [("gzip", "1", 300), ("gzip", "2", 100), ("zstd", "1", 100), ("none", "1", 100)]
)
def test_memory_does_not_grow_with_the_file(tmp_path, compression, workers, mebibytes):
    """The file is sparse, so that it costs no disk, and larger than the memory that the process may take."""
    size = mebibytes << 20
    with open(tmp_path / "content", "wb") as file:
        file.truncate(size)
    (tmp_path / "plan.json").write_bytes(plan(compression, size).to_json())
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))}
    command = [sys.executable, "-c", MEASURE, workers]
    result = subprocess.run(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert result.returncode == 0, result.stderr.decode()
    assert LayerFacts.from_json(result.stdout).unpacked_size > size
    assert int(result.stderr) < 64 << 20
