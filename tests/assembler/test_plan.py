"""Pins down the contract of the layer process: plans and facts survive their JSON, and a plan's JSON is one text."""

from __future__ import annotations

import json

import pytest

from scratch_image.assembler.plan import LayerFacts, LayerPlan
from scratch_image.oci.compression import Compression
from scratch_image.oci.digest import Digest
from scratch_image.oci.tar import DirectoryEntry, FileEntry, SymlinkEntry

CAPABILITY = bytes.fromhex("0100000200040000000000008000000000000000")
PLANS = [
    LayerPlan((), Compression("none", None)),
    LayerPlan((FileEntry("app", "content", 5, 0o755),), Compression("gzip", 4)),
    LayerPlan((DirectoryEntry("tmp", 0o1777, 1, 2), DirectoryEntry("plain")), Compression("zstd", 22)),
    LayerPlan(
        (
            FileEntry("Grüße/鯨", "content/a b", 0, 0o4755, 65532, 65533),
            DirectoryEntry("Grüße", 0o700, 2**32 - 2, 2**31),
            FileEntry("big", "big", 10**13, 0o400),
        ),
        Compression("gzip", 12),
    ),
    LayerPlan(
        (FileEntry("app", "content", 5, 0o755, capability=CAPABILITY), FileEntry("b", "b", 0, 0)), Compression("gzip", 3)
    ),
    LayerPlan((SymlinkEntry("a", "/b"), SymlinkEntry("Grüße", "../鯨", 1, 2)), Compression("none", None)),
]


@pytest.mark.parametrize("plan", PLANS)
def test_plan_round_trip(plan):
    assert LayerPlan.from_json(plan.to_json()) == plan
    assert LayerPlan.from_json(plan._replace(hashes=True).to_json()) == plan._replace(hashes=True)


def test_a_plan_without_hashes_says_nothing_of_them():
    """So that its process has the key that it had before there were any."""
    assert all(b"hashes" not in plan.to_json() for plan in PLANS)
    assert PLANS[0]._replace(hashes=True).to_json().endswith(b'],"hashes":true}')


def test_plans_json():
    """The JSON is part of the process's cache key: another text for the same plan would write every layer again."""
    entries = (FileEntry("bin/app", "content", 5, 0o755, 1, 2), DirectoryEntry("tmp", 0o1777, 3, 4))
    assert LayerPlan(entries, Compression("zstd", 9)).to_json() == (
        b'{"compression":{"level":9,"name":"zstd"},"entries":['
        b'{"content":"content","gid":2,"mode":493,"path":"bin/app","size":5,"type":"file","uid":1},'
        b'{"gid":4,"mode":1023,"path":"tmp","type":"directory","uid":3}]}'
    )


def test_a_links_json():
    entries = (SymlinkEntry("usr/lib/ssl/cert.pem", "/etc/ssl/x", 5, 6),)
    assert LayerPlan(entries, Compression("none", None)).to_json() == (
        b'{"compression":{"level":null,"name":"none"},"entries":['
        b'{"gid":6,"path":"usr/lib/ssl/cert.pem","target":"/etc/ssl/x","type":"symlink","uid":5}]}'
    )


def test_a_capabilitys_json():
    """Where there is none nothing is said: a plan without keeps the text, and the layer, that it had before."""
    entries = (FileEntry("app", "content", 5, 0o755, capability=CAPABILITY), FileEntry("b", "b", 1, 0o644))
    assert LayerPlan(entries, Compression("none", None)).to_json() == (
        b'{"compression":{"level":null,"name":"none"},"entries":['
        b'{"capability":"0100000200040000000000008000000000000000","content":"content","gid":0,"mode":493,"path":"app",'
        b'"size":5,"type":"file","uid":0},'
        b'{"content":"b","gid":0,"mode":420,"path":"b","size":1,"type":"file","uid":0}]}'
    )


def test_different_plans_have_different_json():
    file = FileEntry("app", "content", 5, 0o755)
    plans = [
        *PLANS,
        *(LayerPlan((file,), Compression.parse(text)) for text in ("gzip:5", "zstd", "none")),
        LayerPlan((FileEntry("app", "content", 5, 0o755, uid=1),), Compression("gzip", 4)),
        LayerPlan((FileEntry("app", "content", 5, 0o755, gid=1),), Compression("gzip", 4)),
        LayerPlan((FileEntry("app", "content", 5, 0o750),), Compression("gzip", 4)),
        LayerPlan((FileEntry("app", "content", 6, 0o755),), Compression("gzip", 4)),
        LayerPlan((FileEntry("app2", "content", 5, 0o755),), Compression("gzip", 4)),
        *(LayerPlan((entry,), Compression("none", None)) for entry in (SymlinkEntry("a", "b"), SymlinkEntry("a", "c"))),
        LayerPlan((DirectoryEntry("a"),), Compression("none", None)),
        *(
            LayerPlan((FileEntry("app", "content", 5, 0o755, capability=bytes([bit])),), Compression("gzip", 4))
            for bit in (0, 1)
        ),
    ]
    assert len({plan.to_json() for plan in plans}) == len(plans)


BAD_PLANS = [
    ({"entries": [], "compression": {"name": "lz4", "level": 1}}, "an unknown compression"),
    ({"entries": [], "compression": {"name": "gzip", "level": 13}}, "an unknown level"),
    ({"entries": [], "compression": {"name": "gzip", "level": None}}, "no level"),
]


@pytest.mark.parametrize("data, reason", BAD_PLANS)
def test_bad_plans(data, reason):
    with pytest.raises(ValueError):
        LayerPlan.from_json(json.dumps(data).encode())


FACTS = LayerFacts(Digest("a" * 64), 123, Digest("b" * 64), 10240, "tar.1+gzip.1")


def test_facts_round_trip():
    assert LayerFacts.from_json(FACTS.to_json()) == FACTS


def test_facts_dictionary():
    """Also the form of a layer in `image.json`."""
    assert FACTS.to_dict() == {
        "digest": "sha256:" + "a" * 64,
        "size": 123,
        "diffId": "sha256:" + "b" * 64,
        "unpackedSize": 10240,
        "recipe": "tar.1+gzip.1",
    }


@pytest.mark.parametrize("field", ["digest", "diffId"])
def test_facts_with_a_bad_digest(field):
    with pytest.raises(ValueError):
        LayerFacts.from_json(json.dumps({**FACTS.to_dict(), field: "sha256:abc"}).encode())
