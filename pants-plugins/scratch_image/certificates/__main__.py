"""The certificates process: `python -m scratch_image.certificates BASE [NAME PATH]…`.

In: the path of a bundle to begin with, or `-` for none; then the user's PEM files, each as the name for its mistakes and
the path to read.
Out: `bundle.pem` in the working directory, unless there are mistakes; BundleFacts as JSON on stdout. Exit status 0, with
mistakes as well: they are the user's. 1 with a sentence on stderr if the library cannot be loaded, the base is damaged,
or a file cannot be read or written.
"""

from __future__ import annotations

import os
import sys
from typing import List

_BUNDLE = "bundle.pem"


def main(args: List[str]) -> int:
    """Runs the process; returns its exit status."""
    base_path, *pairs = args
    try:
        # Not above: a library that does not fit the interpreter is reported in a sentence.
        from scratch_image.certificates import bundle
    except ImportError as error:
        print(f"the library that reads certificates cannot be loaded: {error}", file=sys.stderr)
        return 1
    try:
        base = b"" if base_path == "-" else _read(base_path)
        # One byte more than is allowed shows that there are too many.
        named = ((name, _read(path, bundle.MAX_SIZE + 1)) for name, path in zip(pairs[::2], pairs[1::2]))
        result = bundle.join(base, [bundle.read_pem(name, content) for name, content in named])
        if not result.facts.mistakes:
            _write(result.content)
    except (bundle.DamagedBase, OSError) as error:
        print(f"the certificates could not be bundled: {error}", file=sys.stderr)
        return 1
    sys.stdout.buffer.write(result.facts.to_json())
    return 0


def _read(path: str, limit: int = -1) -> bytes:
    with open(path, "rb") as file:
        return file.read(limit)


def _write(content: bytes) -> None:
    """Under another name first: `bundle.pem` is always complete."""
    partial = f"{_BUNDLE}.partial"
    with open(partial, "wb") as file:
        file.write(content)
    os.replace(partial, _BUNDLE)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
