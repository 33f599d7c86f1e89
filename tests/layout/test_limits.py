"""Pins down that a hostile layout costs no more than the limits: what is beyond one is a problem, and is not read."""

from __future__ import annotations

import dataclasses
import gzip
import os
import subprocess
import sys
import tarfile
import zlib

import pytest
import zstandard

from scratch_image.assembler.compressors import gzip_member
from scratch_image.layout.limits import DEFAULT
from scratch_image.layout.problems import Unreadable
from scratch_image.oci.tar import DirectoryEntry
from scratch_image.validate.check import check
from tests.support.layouts import archive, as_archive, image, index_of, layout, other_archive, packed, program_archive, write
from tests.support.programs import elf


def limited(**values):
    return dataclasses.replace(DEFAULT, **values)


def small_members(blob):
    """Members of one byte each."""
    content = gzip.decompress(blob)
    return b"".join(gzip_member(memoryview(content)[at : at + 1], 1) for at in range(len(content)))


EMPTY_FRAME = zstandard.ZstdCompressor().compress(b"")
SKIPPED = b"\x50\x2a\x4d\x18\0\0\0\0"
# A frame of raw blocks that hold nothing; the last one says so.
BLOCKS = b"\x28\xb5\x2f\xfd\x20\x00" + bytes(3) * 200 + b"\x01\0\0"
LONG_NAMES = [("n" * 300 + str(at), {}) for at in range(15)]
# A global extended header without records.
raw_global = tarfile.TarInfo("x")
raw_global.type = b"g"
raw_global = raw_global.tobuf(tarfile.USTAR_FORMAT)
MANY = archive({DirectoryEntry(f"{number:04}"): b"" for number in range(300)})
ROWS = [
    # files, limits, where it is said, and how
    (layout([program_archive(), bytes(3 << 20)]), limited(layer=2 << 20), "layer", "more than 2 097 152 bytes unpacked"),
    (layout([program_archive(), bytes(3 << 20)], "zstd"), limited(layer=2 << 20), "layer", "more than 2 097 152 bytes"),
    (layout([program_archive(), bytes(3 << 20)]), limited(unpacked=2 << 20), "layer", "the layers together"),
    (layout([program_archive(), MANY]), limited(entries=299), "tar archive", "more than 299 entries"),
    (layout([program_archive(), MANY]), limited(names=50_000), "tar archive", "too many to keep"),
    (layout([archive({DirectoryEntry("x" * 250): b""})]), limited(pax=200), "tar archive", "the limit is 200"),
    (layout(config=lambda config: config.update(x="y" * 9_000)), limited(json=9_000), "document", "at most 9 000 are read"),
    (layout(index=lambda index: index.update(x="y" * 9_000)), limited(json=9_000), "document", "at most 9 000 bytes"),
    (layout(index=lambda index: index.update(x=[0] * 900)), limited(json_marks=900), "JSON", "more than 900 values"),
    (layout(config=lambda config: config.update(x=[[[]]])), limited(json_depth=3), "JSON", "nested deeper than 3"),
    (index_of(image()), limited(index_depth=1), "manifest", "at most 1 deep"),
    (index_of(image(), image()), limited(manifests=2), "manifest", "at most 2 of their entries"),
    (index_of(*[image(manifest=lambda manifest: b"[")] * 9), limited(manifests=2), "manifest", "at most 2 of their entries"),
    (layout([program_archive()] * 4), limited(layers=3), "layers", "at most 3"),
    (
        layout(blob=lambda blob: blob + gzip_member(memoryview(b""), 3) * 200),
        limited(parts=100),
        "layer",
        "parts for 10 240",
    ),
    (layout(blob=small_members), limited(parts=100), "layer", "parts for"),
    (
        layout(compression="zstd", blob=lambda blob: blob + EMPTY_FRAME * 200),
        limited(parts=100),
        "layer",
        "parts for 0 bytes",
    ),
    (layout(compression="zstd", blob=lambda blob: blob + SKIPPED * 200), limited(parts=100), "layer", "parts for 0 bytes"),
    (layout(compression="zstd", blob=lambda blob: blob + BLOCKS), limited(parts=100), "layer", "parts for 0 bytes"),
    (layout([MANY, program_archive()]), limited(headers=300), "tar archive", "more than 300 headers"),
    (layout([other_archive(*LONG_NAMES)]), limited(headers=25), "tar archive", "more than 25 headers"),
    (
        layout([other_archive(("x", {"pax_headers": {str(at): "x" for at in range(90)}}))]),
        limited(records=80),
        "tar archive",
        "more than 80 records",
    ),
    (layout([raw_global * 30 + program_archive()]), limited(headers=25), "tar archive", "more than 25 headers"),
    (layout(config=lambda config: config.update(x="y" * 9_000)), limited(documents=9_000), "document", "together have more"),
    (
        layout([program_archive(elf() + bytes(3 << 20))], "zstd"),
        limited(zstd_window=1 << 20),
        "layer",
        "Frame requires too much memory for decoding",
    ),
]


@pytest.mark.parametrize("files, limits, what, said", ROWS)
def test_what_is_beyond_a_limit_is_a_problem(tmp_path, files, limits, what, said):
    found = [problem for problem in check(write(files, tmp_path), limits).problems if said in str(problem)]
    assert found and all(problem.what.startswith(what) for problem in found)


def test_too_many_files_are_unreadable(tmp_path):
    (tmp_path / "image.tar").write_bytes(as_archive(layout()))
    path = write(layout(), tmp_path / "layout")
    with pytest.raises(Unreadable, match="more files"):
        check(path, limited(files=6))
    assert check(path, limited(files=7)).ok
    (problem, *_) = check(str(tmp_path / "image.tar"), limited(files=6)).problems
    assert (problem.where, problem.rule) == ("archive", "there are more files than a layout may have")


def test_a_sparse_blob_is_not_read(tmp_path):
    """It would be hashed for days, and costs nothing to make."""
    path = write(layout(), tmp_path)
    with open(tmp_path / "blobs" / "sha256" / ("0" * 64), "wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(Unreadable, match="1 099 511"):
        check(path)


def test_large_orphans_are_not_read(tmp_path):
    """They are problems already, and hashing them takes time."""
    path = write(layout(), tmp_path)
    for name, size in (("0", 1 << 20), ("1", 300 << 20)):
        with open(tmp_path / "blobs" / "sha256" / (name * 64), "wb") as file:
            file.truncate(size)
    report = check(path)
    assert [problem.what for problem in report.problems] == ["blob", "blob", "digest"]
    assert report.blobs == 4 and report.size < 2 << 20
    assert any("1" * 64 + ": its digest, because blobs without a descriptor" in text for text in report.not_checked)


def test_a_document_beyond_the_limit_is_not_read(tmp_path):
    """A descriptor may call a layer of any size a document."""
    path = write(layout(manifest=lambda manifest: manifest.update(config=large)), tmp_path)
    with open(tmp_path / "blobs" / "sha256" / ("0" * 64), "wb") as file:
        file.truncate(1 << 34)
    report = check(path)
    assert any("the document has 17 179 869 184 bytes; at most" in str(problem) for problem in report.problems)
    assert report.size < 1 << 20


def test_a_program_beyond_the_limit_is_not_checked(tmp_path):
    report = check(write(layout(), tmp_path), limited(program=100))
    assert report.problems == () and "more than 100 bytes" in report.not_checked[0]


def test_problems_are_counted_beyond_the_limit(tmp_path):
    history = [{"created": number} for number in range(300)]
    report = check(write(layout(config=lambda config: config.update(history=history)), tmp_path))
    assert (len(report.problems), report.not_shown) == (100, 201)


def test_what_strangers_wrote_is_cut_and_printable(tmp_path):
    text = "\x1b[2J\n\u202e" + "x" * 100_000
    report = check(write(layout(config=lambda config: config["config"].update(User=text)), tmp_path))
    (problem,) = report.problems
    assert len(str(problem)) < 1500 and str(problem).isprintable()


MEASURE = """
import resource, sys
from scratch_image.validate.check import check
for module in ("zstandard", "datetime", "_strptime", "tempfile", "mmap"):
    __import__(module)
def peak():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
before = peak()
report = check(sys.argv[1])
print(peak() - before, len(report.problems))
"""


def measured(path):
    """(bytes that a check takes beyond those of its start, problems)"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))}
    result = subprocess.run(
        [sys.executable, "-c", MEASURE, path], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert result.returncode == 0, result.stderr.decode()
    peak, problems = map(int, result.stdout.split())
    return peak << 10, problems


def bomb(size):
    """Zeros as one gzip member, that unpack to so many bytes."""
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(size >> 20)) + packer.flush()


def instead(size):
    """A change of the layer that has nothing in it."""
    return lambda blob: bomb(size) if blob == packed(bytes(10240), "gzip") else blob


def wide(marks):
    """A document that takes as much memory as one may: text of four bytes for each of its bytes, and many small objects."""
    objects = b",".join([b"{}"] * (marks // 2 - 10))
    start = b'{"x":[' + objects + b'],"y":"' + "\U0001f600".encode()
    return start + b"y" * ((4 << 20) - len(start) - 2) + b'"}'


large = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": "sha256:" + "0" * 64, "size": 1 << 34}
RECORDS = {f"{number:x}": "x" for number in range(90_000)}
HOSTILE = {
    # name: (files, problems)
    "a gzip bomb": (lambda: layout([program_archive(), bytes(10240)], blob=instead(300 << 20)), 3),
    "a zstd bomb": (lambda: layout([program_archive(), bytes(300 << 20)], "zstd"), 1),
    "many members": (lambda: layout(blob=lambda blob: blob + gzip.compress(b"") * 50_000), 2),
    "a config as large as can be": (lambda: layout(config=lambda config: wide(100_000)), 3),
    "an index as large as can be": (lambda: layout(index=lambda index: wide(100_000)), 4),
    "deep nesting": (lambda: layout(config=lambda config: b'{"x":' * 49_000), 1),
    "many keys": (lambda: layout(config=lambda config: {f"{number:x}": 0 for number in range(45_000)}), 3),
    "many diff_ids": (lambda: layout(config=lambda config: config["rootfs"].update(diff_ids=[0] * 90_000)), 100),
    "many variables": (lambda: layout(config=lambda config: config["config"].update(Env=["A=b"] * 90_000)), 1),
    "many records": (lambda: layout([other_archive(("x", {"pax_headers": RECORDS}))]), 5),
    "a large program": (lambda: layout([program_archive(b"\x7fELF" + bytes(200 << 20))]), 1),
}


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="the peak is read from Linux's /proc")
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_layout_takes_little(tmp_path, name):
    make, want = HOSTILE[name]
    peak, problems = measured(write(make(), tmp_path))
    assert problems == want
    assert peak < 64 << 20
