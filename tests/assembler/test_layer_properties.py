"""Whatever is in a layer: however many workers write it, its bytes are the same, and other readers unpack the archive."""

from __future__ import annotations

import gzip
import hashlib
import tempfile
from pathlib import Path
from typing import Tuple

import pytest
import zstandard
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from scratch_image.assembler.assemble import write_layer
from scratch_image.assembler.compressors import MEMBER
from scratch_image.assembler.plan import LayerFacts, LayerPlan
from scratch_image.oci.compression import Compression
from scratch_image.oci.tar import Entry, FileEntry
from tests.support.entries import archive, contents, layers

SIZES = (0, MEMBER - 512, MEMBER - 511, MEMBER, 2 * MEMBER + 1, 3 * MEMBER - 1)
# With its header and its end, its archive is the shortest one that ends where a member of gzip does: 5 MiB.
WHOLE_MEMBERS = (FileEntry("large", "large", 5 * MEMBER - 3 * 512, 0o644),)
# Where a test fails, the example is told as it is: to look for a smaller one takes minutes.
AS_IT_IS = (Phase.explicit, Phase.generate)
READERS = {
    "none": bytes,
    "gzip": gzip.decompress,
    "zstd": lambda blob: zstandard.ZstdDecompressor().decompress(blob),
}


@st.composite
def larger_layers(draw: st.DrawFn) -> Tuple[Entry, ...]:
    """A layer with a file of a size that matters to a compressor."""
    entries = [entry for entry in draw(layers(max_size=3)) if entry.path.split("/")[0] != "large"]
    return (*entries, FileEntry("large", "large", draw(st.sampled_from(SIZES)), 0o644))


def test_an_archive_of_whole_members() -> None:
    assert len(archive(WHOLE_MEMBERS)) == 5 * MEMBER


def write(plan: LayerPlan, workers: int) -> Tuple[LayerFacts, bytes]:
    with tempfile.TemporaryDirectory() as place:
        for path, content in contents(plan.entries).items():
            target = Path(place, "contents", path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        facts = write_layer(plan, f"{place}/contents", place, workers)
        (blob,) = Path(place, "blobs/sha256").iterdir()
        assert blob.name == facts.digest.hex
        return facts, blob.read_bytes()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("compression", ["none", "gzip", "gzip:1", "gzip:12", "zstd", "zstd:1", "zstd:12"])
@settings(max_examples=8, phases=AS_IT_IS)
@given(larger_layers())
@example(WHOLE_MEMBERS)
def test_a_layer_is_its_archive(compression: str, entries: Tuple[Entry, ...]) -> None:
    plan = LayerPlan(entries, Compression.parse(compression))
    facts, blob = write(plan, workers=1)
    want = archive(entries)
    # Digests, as pytest would take minutes to show where two megabytes differ.
    assert sha256(READERS[plan.compression.name](blob)) == sha256(want) == facts.diff_id.hex
    assert (facts.digest.hex, facts.size, facts.unpacked_size) == (sha256(blob), len(blob), len(want))
    assert LayerFacts.from_json(facts.to_json()) == facts


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
@settings(max_examples=6, phases=AS_IT_IS)
@given(larger_layers())
@example(WHOLE_MEMBERS)
def test_any_number_of_workers_writes_the_same(compression: str, entries: Tuple[Entry, ...]) -> None:
    plan = LayerPlan(entries, Compression.parse(compression))
    (one, blob), *others = (write(plan, workers) for workers in (1, 2, 3))
    assert [(facts, sha256(other)) for facts, other in others] == [(one, sha256(blob))] * 2
