"""The command `scratch-image verify-signature IMAGE --key cosign.pub`: whether an image is signed. Nothing but the image's
own registry is asked, and for a path nothing at all.

In: the name of an image in a registry, or the path of a layout, of an archive of one, or of what `package` wrote; public
keys; credentials, proxies and authorities from the environment, as in publishing. Out: on stdout, a line for each
manifest and each type of statement. Exit status 0 if all of it is signed; 1 if something is not; 2 if the image or a key
cannot be read; 130 after an interrupt.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, List, Optional, Tuple

from scratch_image.layout.limits import ATTACHED, DEFAULT
from scratch_image.layout.problems import Problems, Unreadable
from scratch_image.oci.reference import operand_reference
from scratch_image.oci.text import printable, without_login
from scratch_image.registry.deadline import Deadline
from scratch_image.registry.environment import Environment
from scratch_image.registry.errors import RegistryError
from scratch_image.registry.output import Output
from scratch_image.registry.plan import RegistrySettings
from scratch_image.sign.__main__ import NO_LIBRARY

if TYPE_CHECKING:
    from scratch_image.sign.verify import Policy, Verdict

_INTERRUPTED = 130


def main(args: Optional[List[str]] = None) -> int:
    """Runs the command, and returns its exit status."""
    options = _parser().parse_args(args)
    try:
        # Here, so that a library that is missing is an error in words.
        import scratch_image.sign.keys  # noqa: F401
        from scratch_image.sign.errors import SigningError
    except ImportError as error:
        return _say(NO_LIBRARY.format(error), 2)
    try:
        return _run(options)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except (RegistryError, SigningError) as error:
        return _say(str(error), 2)
    except Unreadable as error:
        return _say(f"{options.image}: {error}", 2)
    except OSError as error:
        return _say(f"{error.filename or options.image}: {error.strerror or error}", 2)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "scratch-image verify-signature",
        description="Checks that an image, for every platform, is signed by given keys. It asks no transparency log.",
    )
    parser.add_argument(
        "image",
        metavar="IMAGE",
        help="the name of an image in a registry, or the path of a layout, of an archive of one, or of what `package` wrote",
    )
    parser.add_argument("--key", action="append", required=True, help="a public key in PEM: cosign.pub; may be repeated")
    parser.add_argument(
        "--threshold", type=int, default=1, metavar="N", help="how many of the keys must have signed; default 1"
    )
    parser.add_argument(
        "--type",
        action="append",
        dest="types",
        help="what must be signed: signature (the default), slsaprovenance1, cyclonedx, spdxjson, or a URI; may be repeated",
    )
    parser.add_argument("--insecure", action="store_true", help="reach the registry by plain HTTP, as on this machine")
    parser.add_argument("--timeout", type=float, default=600.0, metavar="SECONDS", help="for a registry; default 600")
    return parser


def _run(options: argparse.Namespace) -> int:
    from scratch_image.sign.stored import opened, read_image
    from scratch_image.sign.verify import verify

    policy = _policy(options)
    if os.path.lexists(options.image) or options.image.startswith(("/", "./", "../")):
        with opened(options.image, DEFAULT) as store:
            image = read_image(store, DEFAULT, whole=True)
            verdicts = verify(image.subjects, image.bundles_of, policy, ATTACHED)
    else:
        verdicts = _remote(options, policy)
    for verdict in verdicts:
        print(printable(str(verdict)))
    return 0 if all(verdict.is_right for verdict in verdicts) else 1


def _remote(options: argparse.Namespace, policy: Policy) -> Tuple[Verdict, ...]:
    """The verdicts on an image in a registry. Raises RegistryError and Unreadable."""
    try:
        # Here, so that a library that is missing is an error in words, and a path needs none.
        from scratch_image.registry import pull
    except ImportError as error:
        cure = "pip install 'scratch-image-pants-plugin[sign]'"
        raise RegistryError(f"the library for HTTP cannot be loaded: {error}", cure) from None
    from scratch_image.layout.blobs import Blobs
    from scratch_image.sign.bundle import MEDIA_TYPE
    from scratch_image.sign.subjects import subjects
    from scratch_image.sign.verify import verify

    try:
        name = operand_reference(options.image)
    except ValueError as error:
        raise RegistryError(f"{without_login(options.image)}: {error}") from None
    environment = Environment.of_process()
    err = Output(sys.stderr, environment.secrets)
    access = pull.Access(environment, err.line, Deadline(options.timeout, cure=pull.CURE))
    try:
        settings = RegistrySettings(name.registry, options.insecure or None)
        with pull.opened(name, access, DEFAULT, settings) as store:
            found = subjects(Blobs(store, Problems(DEFAULT.problems), DEFAULT))
            return verify(found, lambda digest: store.attached_to(digest, MEDIA_TYPE, policy.types), policy, ATTACHED)
    except RegistryError as error:
        error.without_secrets(environment.secrets.blank)
        raise


def _policy(options: argparse.Namespace) -> Policy:
    """What the command line asks for. Raises SigningError."""
    from scratch_image.sign.errors import SigningError
    from scratch_image.sign.key_source import read_file
    from scratch_image.sign.keys import read_public_key
    from scratch_image.sign.statement import NAMES, SIGNATURE
    from scratch_image.sign.verify import Policy

    keys = {}
    for path in options.key:
        key = read_public_key(read_file(path, "the public key"), f"the public key {path}")
        keys[key.der] = key
    if not 1 <= options.threshold <= len(keys):
        text = f"--threshold {options.threshold}: expected 1 to {len(keys)}, the number of different keys that are given"
        raise SigningError(text, "give --key once for each key that may sign")
    types = [NAMES.get(name, name) for name in options.types or (SIGNATURE,)]
    unknown = [name for name in types if ":" not in name]
    if unknown:
        raise SigningError(f"--type {unknown[0]}: unknown type", f"choose from {', '.join(NAMES)}, or write a URI")
    return Policy(tuple(keys.values()), options.threshold, tuple(dict.fromkeys(types)))


def _say(text: str, status: int) -> int:
    print("\n".join(map(printable, text.split("\n"))), file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
