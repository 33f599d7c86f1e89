"""How much of a layout is read: a layout from elsewhere may be made to cost memory and time.

Besides these, a reader holds pieces of PIECE bytes, one JSON document, the table of names, and what a decompressor needs:
32 KiB for gzip, the frame's window for zstd. The program is in a temporary file, and mapped.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

# Bytes that are read, unpacked and hashed at a time.
PIECE = 256 << 10


@dataclass(frozen=True)
class Limits:
    """Sizes are in bytes, the rest are numbers of things. `json_marks` counts the commas, colons and opening brackets of a
    document, so the values in it; `documents` is for all indexes, manifests and configurations together; `manifests` are
    entries of indexes. `pax` is one extended header; `headers` are those of all tar archives together, `records` those in
    their extended headers; `names` is about what the table of names takes, of all layers. `unpacked` is for all layers
    together, counts again what is read again, and holds for what is stored as well. `parts` are the gzip members, or zstd
    frames and blocks, of a layer, beside one for each 256 bytes that they hold. `orphans` are blobs that no descriptor
    names; `program` is the file whose bytes are looked into; `attested` is a document about an image; `problems` are those
    that are kept.
    """

    files: int = 10_000
    json: int = 4 << 20
    json_marks: int = 100_000
    json_depth: int = 32
    documents: int = 32 << 20
    index_depth: int = 3
    manifests: int = 100
    layers: int = 127
    layer: int = 16 << 30
    unpacked: int = 64 << 30
    entries: int = 200_000
    headers: int = 600_000
    records: int = 1_000_000
    names: int = 256 << 20
    pax: int = 1 << 20
    parts: int = 10_000
    orphans: int = 256 << 20
    program: int = 1 << 30
    attested: int = 64 << 20
    # libzstd's own limit, and what its levels from 20 on need.
    zstd_window: int = 128 << 20
    problems: int = 100


DEFAULT = Limits()
# For documents about an image, such as a list of all its files: they are larger than a manifest may be.
ATTACHED = replace(DEFAULT, json=32 << 20, json_marks=1_000_000)
