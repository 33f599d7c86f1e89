"""Second readers of documents about images: the libraries of CycloneDX, SPDX and in-toto, in an environment of their own."""

from __future__ import annotations

import json
import subprocess
from typing import Any, Dict, Mapping

from tests.support.tools import require_sbom_readers

# Stdin: name of a file → its text. Stdout: name of a file → what its reader found wrong, and the packages that it read.
_READ = """
import json, sys, tempfile

def cyclonedx(text):
    from cyclonedx.model.bom import Bom
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator
    wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    bom = Bom.from_json(json.loads(text))
    packages = [[each.name, each.version or "", str(each.purl or "")] for each in bom.components]
    return {"wrong": [str(wrong)] if wrong else [], "packages": packages}

def spdx(text):
    from spdx_tools.spdx.parser.parse_anything import parse_file
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
    with tempfile.NamedTemporaryFile("w", suffix=".spdx.json") as file:
        file.write(text)
        file.flush()
        document = parse_file(file.name)
    packages = []
    for each in document.packages:
        purls = [ref.locator for ref in each.external_references if ref.reference_type == "purl"]
        packages.append([each.name, each.version or "", "".join(purls)])
    return {"wrong": [each.validation_message for each in validate_full_spdx_document(document)], "packages": packages}

def intoto(text):
    from google.protobuf.json_format import Parse
    from in_toto_attestation.v1 import statement_pb2
    from in_toto_attestation.v1.statement import Statement
    parsed = Parse(text, statement_pb2.Statement())
    try:
        Statement.copy_from_pb(parsed).validate()
    except ValueError as error:
        return {"wrong": [str(error)], "packages": []}
    return {"wrong": [], "packages": []}

READERS = {".cdx.json": cyclonedx, ".spdx.json": spdx, ".intoto.json": intoto}
found = {}
for name, text in json.load(sys.stdin).items():
    found[name] = next(read for ending, read in READERS.items() if name.endswith(ending))(text)
json.dump(found, sys.stdout)
"""


def read(documents: Mapping[str, bytes]) -> Dict[str, Dict[str, Any]]:
    """What the reader of each document, which the end of its name chooses, finds `wrong` in it, and its `packages`: name,
    version and package URL."""
    python = require_sbom_readers()
    texts = json.dumps({name: content.decode("utf-8") for name, content in documents.items()})
    done = subprocess.run([python, "-c", _READ], input=texts.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode == 0, done.stderr.decode()
    found: Dict[str, Dict[str, Any]] = json.loads(done.stdout)
    return found
