"""Sigstore bundles, version 0.3, with a DSSE envelope that a key has signed
(github.com/sigstore/protobuf-specs, sigstore_bundle.proto). There is no entry of a transparency log in them."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from scratch_image.layout.documents import JsonObject, parse
from scratch_image.layout.limits import Limits
from scratch_image.layout.problems import Problems
from scratch_image.oci import canonical_json
from scratch_image.oci.referrer import Referrer, referrer
from scratch_image.oci.spec import Descriptor
from scratch_image.sign import dsse
from scratch_image.sign.keys import PublicKey, SigningKey

MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
CONTENT = "dev.sigstore.bundle.content"
PREDICATE_TYPE = "dev.sigstore.bundle.predicateType"


@dataclass(frozen=True)
class SigstoreBundle:
    """A payload, the bytes that were signed, and their signature."""

    payload: bytes
    signed: bytes
    signature: bytes

    def is_by(self, key: PublicKey) -> bool:
        """Whether the key has signed it."""
        return key.verifies(self.signed, self.signature)


def bundle(payload: bytes, key: SigningKey) -> bytes:
    """The bundle of a payload that a key signs: the same bytes on every call."""
    return canonical_json.encode(
        {
            "mediaType": MEDIA_TYPE,
            "verificationMaterial": {"publicKey": {"hint": key.public.fingerprint}},
            "dsseEnvelope": dsse.envelope(payload, key),
        }
    )


def attached(subject: Descriptor, content: bytes, predicate_type: str) -> Referrer:
    """The referrer by which a bundle is attached to an image, with the annotations by which cosign looks for it."""
    return referrer(subject, MEDIA_TYPE, content, {CONTENT: "dsse-envelope", PREDICATE_TYPE: predicate_type})


def read_bundle(content: bytes, limits: Limits) -> SigstoreBundle:
    """The bundle in a document. Raises ValueError, with what is wrong."""
    problems = Problems(1)
    values = parse(content, "the bundle", problems, limits)
    if values is None:
        raise ValueError(str(problems.problems[0]))
    kind = values.member("mediaType", str, required=True)
    if kind is not None and kind != MEDIA_TYPE:
        values.expected("mediaType", repr(MEDIA_TYPE), kind)
    material = values.child("verificationMaterial", required=True)
    if material and ("certificate" in material.values or "x509CertificateChain" in material.values):
        raise ValueError("it is signed by a certificate (keyless): verify it with `cosign verify --certificate-identity`")
    envelope = values.child("dsseEnvelope", required=True)
    made = _read(envelope) if envelope else None
    if made is None or problems.problems:
        raise ValueError(str(problems.problems[0]))
    return made


def _read(envelope: JsonObject) -> SigstoreBundle:
    payload_type = envelope.member("payloadType", str, required=True) or ""
    if payload_type != dsse.PAYLOAD_TYPE:
        envelope.expected("payloadType", repr(dsse.PAYLOAD_TYPE), payload_type)
    payload = _decoded(envelope, "payload")
    signatures = envelope.children("signatures", required=True) or ()
    if len(signatures) != 1:
        # sigstore_bundle.proto: "exactly one signature".
        envelope.broken("signatures", list(signatures), f"a bundle has one signature, not {len(signatures)}")
    signature = b"".join(_decoded(each, "sig") for each in signatures[:1] if each)
    return SigstoreBundle(payload, dsse.encoded(payload), signature)


def _decoded(values: JsonObject, name: str) -> bytes:
    """A member in base64; empty, and a problem, where it is not."""
    text = values.member(name, str, required=True)
    try:
        return base64.b64decode(text or "", validate=True)
    except ValueError:
        values.broken(name, text, "it is not base64")
        return b""
