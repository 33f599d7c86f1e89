"""The wheel of the backend, built once for all tests."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tests.support.repository import PARTS, WHEEL_PARTS, Repository

VERSION = re.search(r'VERSION = "(.*)"', Path("pants-plugins/scratch_image/cli.py").read_text())[1]
NAME = f"scratch_image_pants_plugin-{VERSION}-py3-none-any.whl"


def copy_wheel(directory: Path) -> Path:
    """Puts the wheel into the directory, and gives its path.

    Pants puts it beside a test's files where `tests/BUILD` asks for it; else it is built here.
    """
    directory.mkdir(parents=True, exist_ok=True)
    if not Path(NAME).exists():
        checkout = Repository(directory / "checkout", parts=(*PARTS, *WHEEL_PARTS))
        checkout.ok("--no-pantsd", "package", "//:wheel")
        shutil.move(str(checkout.root / "dist" / NAME), directory / NAME)
        shutil.rmtree(checkout.root)
    else:
        shutil.copyfile(NAME, directory / NAME)
    return directory / NAME
