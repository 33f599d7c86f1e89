"""What `package` writes for an image, made of layouts of tests: `oci/` and `image.json` in one directory."""

from __future__ import annotations

import json
from typing import Dict, List, Optional, Sequence

from scratch_image.oci.digest import Digest
from scratch_image.oci.spec import MEDIA_TYPE_INDEX
from tests.support.layouts import Files, write

Finding = Dict[str, str]


def finding(severity: str, check: str = "SR040", text: str = ":bin reads CA certificates", fix: str = "add them") -> Finding:
    return {"check": check, "severity": severity, "text": text, "fix": fix}


def report(files: Files, findings: Sequence[Finding] = (), omitted: Optional[List[str]] = None) -> Dict[str, object]:
    """What `image.json` says of a layout, as far as a structure test reads it."""
    (root,) = json.loads(files["index.json"])["manifests"]
    entries = [root]
    if root["mediaType"] == MEDIA_TYPE_INDEX:
        entries = json.loads(files[Digest.parse(root["digest"]).blob_path])["manifests"]
    manifests = [{"digest": entry["digest"], "findings": list(findings)} for entry in entries]
    return {"schema": 1, "manifests": manifests, **({"omittedPlatforms": omitted} if omitted else {})}


def write_package(files: Files, directory, findings: Sequence[Finding] = (), omitted: Optional[List[str]] = None) -> str:
    write(files, directory / "oci")
    (directory / "image.json").write_text(json.dumps(report(files, findings, omitted)))
    return str(directory)
