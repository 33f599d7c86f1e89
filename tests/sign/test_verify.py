"""What counts as a signature, and what does not."""

from __future__ import annotations

import base64
import json

import pytest

from scratch_image.layout.limits import DEFAULT
from scratch_image.oci.digest import Digest
from scratch_image.oci.spec import MEDIA_TYPE_MANIFEST, Descriptor
from scratch_image.sign.bundle import bundle
from scratch_image.sign.statement import PROVENANCE, SIGNATURE, statement
from scratch_image.sign.subjects import Subject
from scratch_image.sign.verify import Policy, verify
from tests.support.signing import OTHER, PRIVATE, public_key, resigned, signing_key

A, B = Digest("a" * 64), Digest("b" * 64)
SUBJECT = Subject(Descriptor(MEDIA_TYPE_MANIFEST, A, 7), "linux/amd64")
KEY = signing_key()
GOOD = bundle(statement(A, SIGNATURE, {}), KEY)
SBOM = "https://cyclonedx.org/bom"
BUILD = {"buildType": "https://example/v1", "externalParameters": {"target": "src:image"}}


def provenance(builder, build=BUILD):
    return statement(A, PROVENANCE, {"buildDefinition": build, "runDetails": {"builder": {"id": builder}}})


def verdict(*bundles, keys=(PRIVATE["P-256"],), threshold=1, types=(SIGNATURE,)):
    policy = Policy(tuple(map(public_key, keys)), threshold, types)
    (found,) = verify((SUBJECT,), lambda digest: bundles if digest == A else (), policy, DEFAULT)
    return found


def changed(**members):
    return json.dumps({**json.loads(GOOD), **members}).encode()


def in_envelope(**members):
    return changed(dsseEnvelope={**json.loads(GOOD)["dsseEnvelope"], **members})


def encoded(text):
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("kind", PRIVATE)
def test_a_bundle_of_each_kind_of_key(kind):
    signed = bundle(statement(A, SIGNATURE, {}), signing_key(PRIVATE[kind]))
    assert str(verdict(signed, keys=(PRIVATE[kind],))) == f"{A} (linux/amd64): signature: signed by a given key"


@pytest.mark.parametrize(
    "content",
    [
        changed(verificationMaterial={"publicKey": {}}),
        changed(verificationMaterial={"publicKey": {"hint": "another"}}),
        in_envelope(signatures=[{**json.loads(GOOD)["dsseEnvelope"]["signatures"][0], "keyid": "x"}]),
        resigned(GOOD, KEY, subject=[{"digest": {"sha512": "0" * 128}}, {"name": "x", "digest": {"sha256": A.hex}}]),
        resigned(GOOD, KEY, _type="https://in-toto.io/Statement/v0.1"),
        resigned(GOOD, KEY, predicate=None),
    ],
)
def test_what_others_write(content):
    assert verdict(content).is_right


REFUSED = {
    "another key": (bundle(statement(A, SIGNATURE, {}), signing_key(OTHER)), "another key signed it"),
    "another payload": (in_envelope(payload=encoded(statement(B, SIGNATURE, {}).decode())), "what is signed has changed"),
    "another type of payload": (in_envelope(payloadType="text/plain"), "payloadType: expected 'application/vnd.in-toto"),
    "another subject": (resigned(GOOD, KEY, subject=[{"digest": {"sha256": B.hex}}]), f"its statement is of {B}"),
    "no subject": (resigned(GOOD, KEY, subject=[]), "its statement is of no image"),
    "a subject by its name": (resigned(GOOD, KEY, subject=[{"name": str(A), "digest": {}}]), "its statement is of no image"),
    "a subject in capitals": (resigned(GOOD, KEY, subject=[{"digest": {"sha256": A.hex.upper()}}]), "of no image"),
    "another predicate": (resigned(GOOD, KEY, predicateType=SBOM), f"a signed statement of the type {SBOM}"),
    "a type that begins so": (resigned(GOOD, KEY, predicateType=f"{SIGNATURE}/x"), f"of the type {SIGNATURE}/x"),
    "no type": (resigned(GOOD, KEY, predicateType=None), "predicateType: expected a string, got nothing"),
    "no statement": (resigned(GOOD, KEY, _type="https://example/v1"), "_type: expected 'https://in-toto.io/Statement/v1'"),
    "two types in one": (resigned(GOOD, KEY, PredicateType=SBOM), "readers in Go take it for 'predicateType'"),
    "no signature": (in_envelope(signatures=[]), "a bundle has one signature, not 0"),
    "two signatures": (in_envelope(signatures=json.loads(GOOD)["dsseEnvelope"]["signatures"] * 2), "not 2"),
    "not base64": (in_envelope(signatures=[{"sig": "é"}]), "sig: it is not base64"),
    "base64 with other characters": (in_envelope(payload=json.loads(GOOD)["dsseEnvelope"]["payload"] + "\n"), "not base64"),
    "an older bundle": (changed(mediaType="application/vnd.dev.sigstore.bundle+json;version=0.1"), "mediaType: expected"),
    "keyless": (
        changed(verificationMaterial={"certificate": {"rawBytes": ""}}),
        "by a certificate (keyless): verify it with",
    ),
    "no envelope": (changed(dsseEnvelope=None, messageSignature={}), "dsseEnvelope: expected an object, got null"),
    "nothing": (b"", "the document is not valid JSON"),
    "a list": (b"[]", "expected an object"),
    "deep": (b"[" * 200_000, "more than 100 000 values"),
    "twice the same key": (GOOD.replace(b'"payload":', b'"payload":"","payload":'), "'payload' is there twice"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_count(name):
    content, text = REFUSED[name]
    found = verdict(content)
    assert not found.is_right and text in str(found)
    assert str(found).startswith(f"{A} (linux/amd64): signature: not signed by a given key; found: ")
    # Nor does it do harm.
    assert verdict(content, GOOD).is_right and verdict(GOOD, content).is_right


def test_nothing_is_attached():
    assert str(verdict()) == f"{A} (linux/amd64): signature: not signed by a given key; found: nothing is attached"


def test_one_bundle_is_in_memory_at_a_time():
    """Strangers decide how many there are, and how large they are."""
    alive = set()

    class Content(bytes):
        def __del__(self):
            alive.discard(id(self))

    def bundles(digest):
        for number in range(50):
            content = Content(GOOD if number == 49 else b"%d" % (number // 2))
            alive.add(id(content))
            assert len(alive) <= 3
            yield content
            del content

    policy = Policy((public_key(),))
    (found,) = verify((SUBJECT,), bundles, policy, DEFAULT)
    assert found.is_right
    (found,) = verify((SUBJECT,), lambda digest: [b"1", b"1", b"2"], policy, DEFAULT)
    assert len(found.reasons) == 2, "each bundle once"


def test_a_text_of_others_is_escaped():
    found = verdict(resigned(GOOD, KEY, predicateType="\x1b[2J" + "x" * 1000))
    assert "\\x1b[2Jxxx" in str(found) and len(str(found)) < 600


def test_every_type_that_is_asked_for():
    sbom = bundle(statement(A, SBOM, {"bomFormat": "CycloneDX"}), KEY)
    policy = Policy((public_key(),), 1, (SIGNATURE, SBOM))
    for bundles, want in (((GOOD, sbom), [1, 1]), ((GOOD,), [1, 0]), ((sbom,), [0, 1])):
        found = verify((SUBJECT,), {A: bundles}.__getitem__, policy, DEFAULT)
        assert [verdict.signed for verdict in found] == want


KEYS = (PRIVATE["P-256"], PRIVATE["Ed25519"], PRIVATE["P-384"])


def by(payload, *keys):
    return [bundle(payload, signing_key(key)) for key in keys]


@pytest.mark.parametrize(
    "bundles, type_, want",
    [
        (by(statement(A, SIGNATURE, {}), *KEYS), SIGNATURE, 3),
        ((GOOD, changed(verificationMaterial={"publicKey": {}})), SIGNATURE, 1),
        (by(statement(A, SIGNATURE, {}), KEYS[0], OTHER), SIGNATURE, 1),
        # Builders with other ids sign other statements, and what they built is the same.
        ([*by(provenance("https://a"), KEYS[0]), *by(provenance("https://b"), KEYS[1])], PROVENANCE, 2),
        ([*by(provenance("https://a"), KEYS[0]), *by(provenance("https://b", {"x": 1}), KEYS[1])], PROVENANCE, 1),
        ([*by(statement(A, SBOM, {"a": 1}), KEYS[0]), *by(statement(A, SBOM, {"a": 2}), KEYS[1])], SBOM, 1),
    ],
)
def test_how_many_keys(bundles, type_, want):
    for threshold in (1, 2, 3):
        found = verdict(*bundles, keys=KEYS, threshold=threshold, types=(type_,))
        assert (found.signed, found.is_right) == (min(want, threshold), want >= threshold)


def test_what_is_said_of_too_few_keys():
    said = str(verdict(*by(statement(A, SIGNATURE, {}), *KEYS[:2]), keys=KEYS, threshold=3))
    assert said.endswith("signature: signed by 2 of 3 keys that are needed; found: a statement by 2")
    two = [*by(provenance("https://a"), KEYS[0]), *by(provenance("https://b", {"x": 1}), KEYS[1])]
    said = str(verdict(*two, keys=KEYS, threshold=2, types=(PROVENANCE,)))
    assert said.endswith("slsaprovenance1: signed by 1 of 2 keys that are needed; found: 2 statements that differ")


@pytest.mark.parametrize("threshold", [1, 2])
def test_no_more_bundles_are_read_than_needed(threshold):
    """Bundles of strangers cost a request each."""
    read = []

    def bundles(digest):
        for number, content in enumerate([b"{}", *by(statement(A, SIGNATURE, {}), *KEYS)]):
            read.append(number)
            yield content

    (found,) = verify((SUBJECT,), bundles, Policy(tuple(map(public_key, KEYS)), threshold), DEFAULT)
    assert found.is_right and read == list(range(threshold + 1))


def test_many_bundles_of_strangers():
    """What is said stays short, and counts them."""
    strangers = [bundle(statement(A, SIGNATURE, {"n": n}), signing_key(OTHER)) for n in range(30)]
    assert verdict(*strangers, GOOD).is_right
    said = str(verdict(*strangers))
    assert said.endswith(
        "found: 30 times a bundle that does not count: another key signed it, or what is signed has changed"
    )
    differing = [resigned(GOOD, KEY, subject=[{"digest": {"sha256": f"{n:064x}"}}]) for n in range(30)]
    said = str(verdict(*differing))
    assert said.count("its statement is of") == 20
    assert said.endswith("; 10 times a bundle that does not count for another reason")
