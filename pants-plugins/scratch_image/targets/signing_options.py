"""The options of `[scratch-image]` about who built images, and for signatures."""

from __future__ import annotations

from pants.option.option_types import StrListOption, StrOption
from pants.util.strutil import softwrap


class SigningOptions:
    """Who builds the images, and with which key they are signed."""

    builder_id = StrOption(
        default=None,
        help=softwrap(
            """
            The `builder.id` of provenance: a URI of the platform that is trusted to build, not of this tool:
            `https://ci.example/builders/release`. A platform of other trust, such as a developer's machine, has another
            one. Digests and cache keys do not depend on this option.
            """
        ),
    )
    signing_key = StrOption(
        default=None,
        help=softwrap(
            """
            The private key with which `publish` signs each image, the image of each platform, and SBOMs and provenance, as
            cosign does: the path of a PEM file (PKCS #8, or `cosign.key`), or `env:NAME` for a variable that holds it. The
            pass phrase of an encrypted key is in the variable COSIGN_PASSWORD. ECDSA on P-256, P-384 or P-521, or Ed25519.
            Only the process that publishes reads it.
            """
        ),
    )
    signing_command = StrListOption(
        default=[],
        help=softwrap(
            """
            A command that signs instead of `signing_key`, for a key in a KMS, for example `["tools/sign.sh"]`. It runs in
            the root of the repository, gets the digest of a manifest as its last argument and a statement (in-toto, JSON)
            on its standard input, and writes a Sigstore bundle to its standard output. `publish_env_vars` passes variables
            to it.
            """
        ),
    )
    signing_public_key = StrOption(
        default=None,
        help=softwrap(
            """
            The public key of `signing_command`, a PEM file. Its signatures are verified, and those that are there already
            are not made again.
            """
        ),
    )
