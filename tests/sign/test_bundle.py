"""Pins down bundles to the byte; and `cryptography` alone, by the text of the specification, verifies them."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from scratch_image.oci.digest import Digest
from scratch_image.oci.spec import MEDIA_TYPE_INDEX, Descriptor
from scratch_image.sign.bundle import attached, bundle
from scratch_image.sign.statement import SIGNATURE, statement
from tests.support.signing import PRIVATE, signing_key

A = Digest("a" * 64)
PAYLOAD = (
    b'{"_type":"https://in-toto.io/Statement/v1","predicate":{},"predicateType":"https://sigstore.dev/cosign/sign/v1",'
    b'"subject":[{"digest":{"sha256":"' + b"a" * 64 + b'"}}]}'
)
# Kind of key → hint and signature. RFC 6979 and RFC 8032 leave no choice: no library may make others.
GOLDEN = {
    "P-256": (
        "g3CqUUZrne/KFODcLNk0qN3XZNXbsSGFRNCMui6btkY=",
        "MEUCIQCqso+TQeFQz0Lr4YUNrvfqQs5jTPpJkOwS/gG/lsv/1wIgUQX68X0DJmjdryBC3CS19oaRFqDd35j8frY8W03s2Tc=",
    ),
    "P-384": (
        "sw9hnRJX76wwhFfvNnnrryEQMikp3/AE2cd7naLdFbY=",
        (
            "MGUCMQCfICTEMxggAiyZ8DI60q6m7zqQohyqtbH40A3iWSXpH86Vy+snL0SveOJa01SSbqoCMHysPBw9R81VHasghxr7SKyrRauo"
            "GupL71s3gSXLemKaoKq2Us/cJ++WVXftp6AlqA=="
        ),
    ),
    "P-521": (
        "1Yo7pZFXrV4Mw5ARKeuUURqyLkBZT1h6U0WdbPNZ8oQ=",
        (
            "MIGIAkIBvE88DUq3h3l+8hb6e1YsSBwbFRdANR7kj0oW4wjtloU+309E8fGX0j4awstYYTYG7i7xj2SEpVizPK0HepgJ00sCQgDr"
            "3W+Iu3GqdGx2MzXHbg9rYYG4rx9Esdxi5jq0i0p4ZSS0a8gc+tJ43tW3lWNGlN7MvLzsnr9jG2uFAHM337tdng=="
        ),
    ),
    "Ed25519": (
        "+6nLOGDgfFwmgSio51n3KMjjq+XCS75f+zXx/qW/e5E=",
        "y1ouEyo4iVXj2qqzStFhZDB9/AK8jLCB69jGb0lkBYAYY50I1Z0UFl6m93kQGJlrB/mb43d6hPGDwB+ydbxpBA==",
    ),
}


def test_a_statement():
    assert statement(A, SIGNATURE, {}) == PAYLOAD


@pytest.mark.parametrize("kind", GOLDEN)
def test_a_bundle(kind):
    hint, signature = GOLDEN[kind]
    assert bundle(PAYLOAD, signing_key(PRIVATE[kind])) == (
        b'{"dsseEnvelope":{"payload":"' + base64.b64encode(PAYLOAD) + b'","payloadType":"application/vnd.in-toto+json",'
        b'"signatures":[{"sig":"' + signature.encode() + b'"}]},'
        b'"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json",'
        b'"verificationMaterial":{"publicKey":{"hint":"' + hint.encode() + b'"}}}'
    )


@pytest.mark.parametrize("kind", GOLDEN)
def test_another_reader_of_the_golden_signatures(kind):
    """DSSE, protocol.md: PAE."""
    kind_of_payload = b"application/vnd.in-toto+json"
    signed = b" ".join((b"DSSEv1", b"28", kind_of_payload, str(len(PAYLOAD)).encode(), PAYLOAD))
    signature = base64.b64decode(GOLDEN[kind][1])
    public = PRIVATE[kind].public_key()
    arguments = (ec.ECDSA(SHA256()),) if isinstance(public, ec.EllipticCurvePublicKey) else ()
    public.verify(signature, signed, *arguments)


def test_a_bundle_that_is_attached():
    made = attached(Descriptor(MEDIA_TYPE_INDEX, A, 7), b"{}", SIGNATURE)
    manifest = json.loads(made.manifest)
    assert manifest["artifactType"] == manifest["layers"][0]["mediaType"] == "application/vnd.dev.sigstore.bundle.v0.3+json"
    assert manifest["subject"] == {"mediaType": MEDIA_TYPE_INDEX, "digest": str(A), "size": 7}
    assert manifest["annotations"] == {
        "dev.sigstore.bundle.content": "dsse-envelope",
        "dev.sigstore.bundle.predicateType": SIGNATURE,
    }
