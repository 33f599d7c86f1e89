"""Whatever a document holds, other readers find it in its bytes, and nothing else decides them."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Dict, Tuple, Union

from hypothesis import given, settings
from hypothesis import strategies as st

from scratch_image.assembler.plan import LayerPlan
from scratch_image.oci import canonical_json
from scratch_image.oci.compression import Compression
from scratch_image.oci.digest import Digest
from scratch_image.oci.image import BuiltImage, ImageLayer, build_image, build_index
from scratch_image.oci.layout import layout_files
from scratch_image.oci.platform import Platform
from scratch_image.oci.spec import Descriptor, RunConfig
from scratch_image.oci.tar import Entry
from tests.support import schemas
from tests.support.entries import layers

# All that UTF-8 can say, with control characters, and what other writers of JSON escape.
texts = st.text(
    st.one_of(
        st.sampled_from('\0\x1f"\\/<>&\x7f\x80\u2028\ufffe\uffff\U00010000\U0010ffff'),
        st.characters(exclude_categories=("Cs",)),
    ),
    max_size=8,
)
values = st.recursive(
    st.one_of(st.booleans(), st.integers(-(2**63), 2**63), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=12,
)
mappings = st.dictionaries(texts, values, max_size=6)


def reversed_within(value: object) -> object:
    """The same value, every mapping filled in the opposite order."""
    if isinstance(value, dict):
        return {key: reversed_within(value[key]) for key in reversed(list(value))}
    return list(map(reversed_within, value)) if isinstance(value, list) else value


@settings(max_examples=200)
@given(mappings)
def test_canonical_json(value: Dict[str, object]) -> None:
    encoded = canonical_json.encode(value)
    text = encoded.decode("utf-8")
    assert json.loads(text) == value
    assert canonical_json.encode(json.loads(text)) == encoded
    assert canonical_json.encode(reversed_within(value)) == encoded  # type: ignore[arg-type]
    assert not re.search(r"\s", re.sub(r'"(?:[^"\\]|\\.)*"', "", text)), "white space is in strings only"
    assert not re.search("[\0-\x1f]", text), "control characters are escaped"
    assert "\\u" not in re.sub(r"\\\\|\\u00[01]", "", text), "and nothing else is"

    def sorted_pairs(pairs):
        assert [key for key, _ in pairs] == sorted({key for key, _ in pairs})
        return dict(pairs)

    json.loads(text, object_pairs_hook=sorted_pairs)


words = texts.filter(lambda text: "\0" not in text)
names = words.filter(bool)
tables = st.dictionaries(names, words, max_size=3)
digests = st.binary(max_size=4).map(Digest.of)
platforms = st.builds(
    Platform, st.just("linux"), st.sampled_from(("amd64", "arm", "arm64")), st.sampled_from((None, "v7", "v8"))
)
compressions = st.sampled_from(("none", "gzip", "gzip:9", "zstd", "zstd:22")).map(Compression.parse)
runs = st.builds(
    RunConfig,
    entrypoint=st.lists(words, max_size=2).map(tuple),
    cmd=st.lists(words, max_size=2).map(tuple),
    env=st.lists(st.sampled_from(("A=b", "PATH=", "ü=√=")), unique=True).map(tuple),
    workdir=st.one_of(st.none(), st.just("/data")),
    user=st.one_of(st.none(), st.just("65532:65532")),
    exposed_ports=st.lists(st.sampled_from(("80/tcp", "53/udp")), unique=True).map(tuple),
    volumes=st.lists(st.sampled_from(("/a", "/b")), unique=True).map(tuple),
    stop_signal=st.one_of(st.none(), st.just("SIGTERM")),
    labels=tables,
)
stored = st.builds(
    lambda compression, digest, size, diff_id, text: ImageLayer(
        Descriptor(compression.media_type, digest, size), diff_id, text
    ),
    compressions,
    digests,
    st.integers(0, 2**40),
    digests,
    words,
)
images = st.builds(
    build_image,
    platforms,
    runs,
    st.sampled_from(("1970-01-01T00:00:00Z", "2024-02-29T12:34:56.789+05:30")),
    tables,
    st.lists(stored, min_size=1, max_size=3).map(tuple),
)
roots = st.one_of(images, st.builds(build_index, st.lists(images, min_size=1, max_size=3).map(tuple), tables))


def has_null(value: object) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return value is None or any(map(has_null, inner))


@settings(max_examples=100)
@given(roots)
def test_a_layout_says_what_its_image_is(root) -> None:
    files = layout_files(root)
    (entry,) = json.loads(files.pop("index.json"))["manifests"]
    assert entry.pop("annotations") == {"org.opencontainers.image.ref.name": "latest"}
    assert entry == root.root.to_dict()
    assert files.pop("oci-layout") == b'{"imageLayoutVersion":"1.0.0"}'
    for path, content in files.items():
        assert path == f"blobs/sha256/{hashlib.sha256(content).hexdigest()}"
        value = json.loads(content)
        assert canonical_json.encode(value) == content and not has_null(value)
    assert digest_and_size(files, entry)
    for image in [root] if isinstance(root, BuiltImage) else root.images:
        manifest = json.loads(image.manifest)
        assert digest_and_size(files, manifest["config"])
        assert [layer["digest"] for layer in manifest["layers"]] == [str(one.descriptor.digest) for one in image.layers]
        diff_ids = json.loads(image.config)["rootfs"]["diff_ids"]
        assert diff_ids == [str(layer.diff_id) for layer in image.layers]


def digest_and_size(files: Dict[str, bytes], descriptor: Dict[str, Union[str, int]]) -> bool:
    """Whether a descriptor is of a file of the layout."""
    content = files[str(descriptor["digest"]).replace("sha256:", "blobs/sha256/")]
    return len(content) == descriptor["size"]


@settings(max_examples=60)
@given(roots)
def test_the_schemas_accept_it(root) -> None:
    assert schemas.mistakes("index", layout_files(root)["index.json"]) == []
    if not isinstance(root, BuiltImage):
        assert schemas.mistakes("index", root.content) == []
    for image in [root] if isinstance(root, BuiltImage) else root.images:
        assert schemas.mistakes("manifest", image.manifest) == []
        assert schemas.mistakes("config", image.config) == []


@settings(max_examples=150)
@given(layers(), compressions)
def test_a_plan_is_read_as_it_was_written(entries: Tuple[Entry, ...], compression: Compression) -> None:
    plan = LayerPlan(entries, compression)
    assert LayerPlan.from_json(plan.to_json()) == plan
    assert LayerPlan.from_json(plan.to_json()).to_json() == plan.to_json()
