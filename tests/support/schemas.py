"""The JSON schemas of the image-spec, which Debian packages. They are version 1.1.0-rc2's; what 1.1 has added to them since
is nothing that this project writes."""

from __future__ import annotations

import json
from typing import Dict, List

from jsonschema import Draft4Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from tests.support.tools import require_directory

_PACKAGE = "golang-github-opencontainers-image-spec-dev"
_PLACE = "/usr/share/gocode/src/github.com/opencontainers/image-spec/schema"
# What a document is → the file of its schema.
_FILES: Dict[str, str] = {
    "layout": "image-layout-schema.json",
    "index": "image-index-schema.json",
    "manifest": "image-manifest-schema.json",
    "config": "config-schema.json",
}


def mistakes(kind: str, document: bytes) -> List[str]:
    """What the schema of a kind of document, such as `manifest`, finds in one."""
    directory = require_directory(_PLACE, _PACKAGE)

    def retrieve(uri: str) -> Resource:
        """Schemas refer to each other by the names of their files, relative to an address where none is."""
        return Resource(json.loads((directory / uri.rpartition("/")[2]).read_bytes()), specification=DRAFT4)

    schema = json.loads((directory / _FILES[kind]).read_bytes())
    validator = Draft4Validator(schema, registry=Registry(retrieve=retrieve))
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(json.loads(document))]
