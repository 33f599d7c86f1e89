"""Running an image in an empty root, with tools that are not ours: umoci unpacks it and runc starts it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import uuid
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

import pytest

from tests.support.tools import require


def unpack(layout: Path, directory: Path) -> Path:
    """Unpacks a layout into a runtime bundle below a directory, and gives the bundle.

    umoci reads gzip and plain tar; skopeo makes a gzip copy of an image whose layers are zstd.
    """
    if os.geteuid() != 0:
        pytest.skip("unpacking with owners, and runc, need root")
    umoci = require("umoci")
    index = json.loads((layout / "index.json").read_bytes())
    manifest = json.loads(_blob(layout, index["manifests"][0]["digest"]))
    if any(layer["mediaType"].endswith("+zstd") for layer in manifest["layers"]):
        plain = directory / "gzip-copy"
        compress = ["--dest-compress", "--dest-compress-format", "gzip"]
        check([require("skopeo"), "copy", "--quiet", *compress, f"oci:{layout}:latest", f"oci:{plain}:latest"])
        layout = plain
    bundle = directory / "bundle"
    check([umoci, "unpack", "--image", f"{layout}:latest", str(bundle)])
    return bundle


def run(bundle: Path, args: Optional[Sequence[str]] = None, emulator: Optional[str] = None) -> str:
    """Starts the image's own command, or other arguments to its program, and gives what it printed.

    `emulator` names a static qemu that is put into the root to run a program of another CPU.
    """
    runc = require("runc")
    config: Dict[str, Any] = json.loads((bundle / "config.json").read_bytes())
    process = config["process"]
    process["terminal"] = False
    process.pop("rlimits", None)  # Raising limits is not allowed everywhere, and no program here needs it.
    if args is not None:
        process["args"] = [process["args"][0], *args]
    if emulator:
        shutil.copy(require(emulator), bundle / "rootfs" / "emulator")
        process["args"] = ["/emulator", *process["args"]]
    (bundle / "config.json").write_text(json.dumps(config))
    name = f"scratch-image-test-{uuid.uuid4().hex[:12]}"
    return check([runc, "--root", str(bundle.parent / "runc"), "run", "--bundle", str(bundle), name])


def check(command: List[str]) -> str:
    """Runs a command that must succeed and gives its output."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}"
    return done.stdout


def _blob(layout: Path, digest: str) -> bytes:
    return (layout / "blobs" / digest.replace(":", "/")).read_bytes()
