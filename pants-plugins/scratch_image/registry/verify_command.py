"""The command `scratch-image verify-signature PATH --key cosign.pub`: whether an image is signed, without a network.

In: a layout, an archive of one, or a directory that `package` wrote; public keys. Out: on stdout, a line for each manifest and
each type of statement. Exit status 0 if all of it is signed; 1 if something is not; 2 if the image or a key cannot be read.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, List, Optional

from scratch_image.layout.limits import DEFAULT
from scratch_image.layout.problems import Unreadable
from scratch_image.oci.text import printable
from scratch_image.sign.__main__ import NO_LIBRARY

if TYPE_CHECKING:
    from scratch_image.sign.verify import Policy


def main(args: Optional[List[str]] = None) -> int:
    """Runs the command, and returns its exit status."""
    options = _parser().parse_args(args)
    try:
        # Here, so that a library that is missing is an error in words.
        from scratch_image.sign.errors import SigningError
    except ImportError as error:
        return _say(NO_LIBRARY.format(error), 2)
    try:
        return _run(options)
    except SigningError as error:
        return _say(str(error), 2)
    except Unreadable as error:
        return _say(f"{options.image}: {error}", 2)
    except OSError as error:
        return _say(f"{error.filename or options.image}: {error.strerror or error}", 2)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "scratch-image verify-signature",
        description="Checks that an image and the image of each platform are signed by given keys. It asks no transparency log.",
    )
    parser.add_argument("image", metavar="PATH", help="a layout, an archive of one, or a directory that `package` wrote")
    parser.add_argument("--key", action="append", required=True, help="a public key in PEM: cosign.pub; may be repeated")
    parser.add_argument("--threshold", type=int, default=1, metavar="N", help="how many of the keys must have signed; default 1")
    parser.add_argument(
        "--type",
        action="append",
        dest="types",
        help="what must be signed: signature (the default), slsaprovenance1, cyclonedx, spdxjson, or a URI; may be repeated",
    )
    return parser


def _run(options: argparse.Namespace) -> int:
    from scratch_image.sign.stored import opened, read_image
    from scratch_image.sign.verify import verify

    policy = _policy(options)
    with opened(options.image, DEFAULT) as store:
        image = read_image(store, DEFAULT)
        verdicts = verify(image.subjects, image.bundles_of, policy, DEFAULT)
    for verdict in verdicts:
        print(printable(str(verdict)))
    return 0 if all(verdict.is_right for verdict in verdicts) else 1


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
