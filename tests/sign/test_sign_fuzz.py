"""Whatever is in a bundle, a manifest or a key, it is read, or it is wrong with a sentence: there is no other exception."""

from __future__ import annotations

import random

import pytest

from scratch_image.layout.limits import DEFAULT
from scratch_image.layout.referrers import read_attached
from scratch_image.oci.digest import Digest
from scratch_image.oci.spec import MEDIA_TYPE_MANIFEST, Descriptor
from scratch_image.sign.bundle import attached, bundle
from scratch_image.sign.errors import SigningError
from scratch_image.sign.keys import read_public_key, read_signing_key
from scratch_image.sign.statement import SIGNATURE, read_statement, statement
from scratch_image.sign.subjects import Subject
from scratch_image.sign.verify import Policy, verify
from tests.support.signing import PRIVATE, private_pem, public_key, public_pem, resigned, signing_key

A = Digest("a" * 64)
SUBJECT = Descriptor(MEDIA_TYPE_MANIFEST, A, 7)
KEY = signing_key(PRIVATE["Ed25519"])
PAYLOAD = statement(A, SIGNATURE, {})
GOOD = bundle(PAYLOAD, KEY)
PIECES = (b"{", b"}", b"[", b'"', b":", b",", b"null", b"\\ud800", b"\xff", b"1e999", b"-----", b"\n", b"", b"0")


def changed(content, chance):
    """The content with up to four places replaced."""
    data = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        data[at : at + chance.choice((0, 1, 1, 2, 40))] = chance.choice(PIECES)
    return bytes(data)


def verdict(content):
    policy = Policy((public_key(PRIVATE["Ed25519"]),))
    (found,) = verify((Subject(SUBJECT, "x"),), lambda digest: (content,), policy, DEFAULT)
    return found


def test_bundles():
    chance = random.Random(1)
    for _ in range(2000):
        content = changed(GOOD, chance)
        found = verdict(content)
        assert found.is_right or found.reasons, content


def test_statements_that_are_signed():
    chance = random.Random(2)
    signed = 0
    for _ in range(1000):
        payload = changed(PAYLOAD, chance)
        try:
            right = read_statement(payload, DEFAULT)
        except ValueError:
            right = None
        found = verdict(bundle(payload, KEY))
        counts = right is not None and right.predicate_type == SIGNATURE and A in right.subjects
        assert found.is_right is counts, payload
        signed += counts
    assert signed < 900


def test_manifests():
    chance = random.Random(3)
    manifest = attached(SUBJECT, GOOD, SIGNATURE).manifest
    for _ in range(2000):
        content = changed(manifest, chance)
        found = read_attached(content, DEFAULT)
        assert found is None or (found.digest == Digest.of(content) and found.artifact_type)


@pytest.mark.parametrize(
    "pem", [private_pem(PRIVATE["P-256"]), private_pem(PRIVATE["Ed25519"], b"x"), public_pem(PRIVATE["P-384"])]
)
def test_keys(pem):
    chance = random.Random(4)
    for _ in range(500):
        content = changed(pem, chance)
        for read, more in ((read_signing_key, (b"x",)), (read_public_key, ())):
            try:
                read(content, "the key", *more)
            except SigningError as error:
                assert str(error).startswith("the key ")


def test_a_member_of_another_kind():
    """Each member of a statement and of a bundle, replaced by values of every kind of JSON."""
    values = (None, True, 0, -1, 1.5, "", "x", [], [None], {}, {"a": None}, [[[]]])
    for name in ("_type", "subject", "predicateType", "predicate"):
        for value in values:
            found = verdict(resigned(GOOD, KEY, **{name: value}))
            assert found.is_right is (name == "predicate" and (value is None or isinstance(value, dict))), (name, value)
