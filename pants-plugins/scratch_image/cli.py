"""The command `scratch-image`: what needs no Pants, from an installed wheel (`python -m scratch_image.cli` from a copy)."""

from __future__ import annotations

import argparse
import io
import sys
from typing import Callable, Dict, List, Optional, Tuple

from scratch_image.oci.output import written

# The version of the backend: the wheel's, and the newest in CHANGELOG.md.
VERSION = "0.1.0"


def _diff(arguments: List[str]) -> int:
    from scratch_image.compare.__main__ import main as diff

    return diff(arguments)


def _run(arguments: List[str]) -> int:
    from scratch_image.run.__main__ import main as run

    return run(arguments)


def _show(arguments: List[str]) -> int:
    from scratch_image.compare.picture import main as show

    return show(arguments)


def _sign(arguments: List[str]) -> int:
    from scratch_image.sign.__main__ import main as sign

    return sign(arguments)


def _validate(arguments: List[str]) -> int:
    from scratch_image.validate.__main__ import main as validate

    return validate(arguments)


def _verify_signature(arguments: List[str]) -> int:
    from scratch_image.registry.verify_command import main as verify_signature

    return verify_signature(arguments)


# Name → what it does, for the help text, and the command's own `main`: arguments → exit status.
COMMANDS: Dict[str, Tuple[str, Callable[[List[str]], int]]] = {
    "diff": ("says why two images differ", _diff),
    "run": ("starts the program of an image, without a container engine", _run),
    "show": ("shows how large images are, and because of what; as text, a page, or a picture", _show),
    "sign": ("signs the image in an OCI image layout, as cosign does", _sign),
    "validate": ("verifies OCI image layouts, archives and directories that `package` wrote", _validate),
    "verify-signature": ("verifies the signatures of an image, without a transparency log", _verify_signature),
}


def main(args: Optional[List[str]] = None) -> int:
    """Runs a command with the arguments after its name and returns its exit status; a wrong command line exits with 2.

    A command whose output cannot be written ends with 2: its own status would say that all is told.
    """
    # They are None where the descriptor is closed, which `run` opens itself.
    sys.stdout = sys.stdout or io.TextIOWrapper(io.BytesIO())
    sys.stderr = sys.stderr or io.TextIOWrapper(io.BytesIO())
    return written(lambda: _run_command(sys.argv[1:] if args is None else args), "scratch-image")


def _run_command(arguments: List[str]) -> int:
    parser = argparse.ArgumentParser(
        "scratch-image",
        description="Works on the images of the Pants backend scratch_image, without Pants.",
        epilog="`scratch-image COMMAND --help` shows the arguments of a command.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {VERSION}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (text, _) in COMMANDS.items():
        commands.add_parser(name, help=text, add_help=False)
    command = parser.parse_args(arguments[:1]).command
    return COMMANDS[command][1](arguments[1:])


if __name__ == "__main__":
    sys.exit(main())
