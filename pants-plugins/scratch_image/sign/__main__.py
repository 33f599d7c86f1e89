"""The command `scratch-image sign PATH --key KEY`: signs the image in a layout.

In: a directory with an OCI image layout, or one that `package` wrote; the key, and the pass phrase of an encrypted one in
COSIGN_PASSWORD. Out: bundles in the layout; on stdout, a line for each signature. Exit status 0; 1 if the key cannot sign; 2
if the layout cannot be read or written; 130 after an interrupt.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import List, Optional

from scratch_image.layout.limits import DEFAULT
from scratch_image.layout.problems import Unreadable
from scratch_image.oci.output import written
from scratch_image.oci.text import printable

_INTERRUPTED = 130
NO_LIBRARY = "the library `cryptography` cannot be loaded: {}\n  fix: pip install 'scratch-image-pants-plugin[sign]'"


def main(args: Optional[List[str]] = None) -> int:
    """Runs the command, and returns its exit status."""
    parser = argparse.ArgumentParser(
        "scratch-image sign", description="Signs the image in an OCI image layout, as cosign does."
    )
    parser.add_argument("path", metavar="PATH", help="a directory with an OCI image layout, or one that `package` wrote")
    parser.add_argument(
        "--key",
        required=True,
        help="the private key: a file in PEM (PKCS #8, or cosign.key), or env:NAME for a variable that holds it; "
        "the pass phrase of an encrypted key is in COSIGN_PASSWORD",
    )
    options = parser.parse_args(args)
    try:
        # Here, so that a library that is missing is an error in words.
        from scratch_image.sign.bundle import PREDICATE_TYPE
        from scratch_image.sign.errors import SigningError
        from scratch_image.sign.key_source import signing_key
        from scratch_image.sign.layout import sign_layout
        from scratch_image.sign.statement import type_name
    except ImportError as error:
        return _say(NO_LIBRARY.format(error), 1)
    try:
        key = signing_key(options.key, os.environ, _notice, lambda secret: None)
        made = sign_layout(options.path, key, DEFAULT)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except SigningError as error:
        return _say(str(error), 1)
    except Unreadable as error:
        return _say(f"{options.path}: {error}", 2)
    except OSError as error:
        return _say(f"{error.filename or options.path}: {error.strerror or error}", 2)
    for each in made:
        kind = type_name(each.descriptor.annotations[PREDICATE_TYPE])
        print(f"{each.subject}: {printable(kind)}: signed, in {each.descriptor.digest}")
    return 0


def _notice(line: str) -> None:
    print(f"warning: {line}", file=sys.stderr)


def _say(text: str, status: int) -> int:
    print("\n".join(map(printable, text.split("\n"))), file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(written(main, "scratch-image sign"))
