"""A module proxy in a directory, and the lines of go.sum for it (go.dev/ref/mod, "Module proxy" and "go.sum files")."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Dict, Mapping


def write_module(proxy: Path, path: str, version: str, files: Mapping[str, str]) -> str:
    """Adds a module with these files, `go.mod` among them, and returns its lines in go.sum. Its path has no capitals."""
    named = {f"{path}@{version}/{name}": text.encode() for name, text in files.items()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in named.items():
            archive.writestr(name, content)
    place = proxy / path / "@v"
    place.mkdir(parents=True, exist_ok=True)
    (place / f"{version}.info").write_text(json.dumps({"Version": version}))
    (place / f"{version}.mod").write_text(files["go.mod"])
    (place / f"{version}.zip").write_bytes(buffer.getvalue())
    with (place / "list").open("a") as versions:
        versions.write(f"{version}\n")
    return f"{path} {version} {_hash(named)}\n{path} {version}/go.mod {_hash({'go.mod': files['go.mod'].encode()})}\n"


def _hash(files: Dict[str, bytes]) -> str:
    """golang.org/x/mod/sumdb/dirhash, Hash1."""
    lines = "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return f"h1:{base64.b64encode(hashlib.sha256(lines.encode()).digest()).decode()}"
