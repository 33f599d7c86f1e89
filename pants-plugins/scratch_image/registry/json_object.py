"""JSON objects that others or earlier runs wrote. What is not as expected counts as missing."""

from __future__ import annotations

import json
import os
import tempfile
from typing import Any, Dict, Mapping

from scratch_image.registry.errors import RegistryError


def parse(content: bytes) -> Dict[str, Any]:
    """The object in `content`. Raises ValueError for anything else, with a text that may quote it."""
    try:
        data = json.loads(content)
    except RecursionError:
        raise ValueError("too deep") from None
    if not isinstance(data, dict):
        raise ValueError("not an object")
    return data


def table(data: Mapping[str, Any], key: str) -> Dict[str, Any]:
    """The object under a key; empty if there is none."""
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def texts(data: Mapping[str, Any]) -> Dict[str, str]:
    """The members that are strings."""
    return {key: value for key, value in data.items() if isinstance(value, str)}


def read(path: str, limit: int = -1) -> Dict[str, Any]:
    """The object in the first `limit` bytes of a file; empty if there is none that can be read."""
    try:
        with open(path, "rb") as file:
            return parse(file.read(limit))
    except (OSError, ValueError):
        return {}


def replace(path: str, content: bytes) -> None:
    """Put a whole file in the place of another, and make its directory. Raises RegistryError."""
    directory = os.path.dirname(path) or "."
    temporary = ""
    try:
        os.makedirs(directory, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{os.path.basename(path)}.", dir=directory)
        with open(handle, "wb") as file:
            file.write(content)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
        temporary = ""
    except OSError as error:
        raise RegistryError(f"{path} cannot be written: {error.strerror}", f"make {directory} writable") from None
    finally:
        if temporary:
            os.unlink(temporary)
