"""The report beside a layout, `image.json` (docs/image-json.md): what it states of an image follows from the image."""

from __future__ import annotations

from typing import Iterator, List, Optional, Sequence, Tuple, Type, TypeVar

from scratch_image.attest import provenance
from scratch_image.binary.facts import ProgramFacts
from scratch_image.layout.blobs import Blobs
from scratch_image.layout.descriptor import Claim
from scratch_image.layout.documents import JsonObject, T, parse
from scratch_image.layout.layers import LayerBlob
from scratch_image.layout.limits import Limits
from scratch_image.layout.problems import Problems, shown
from scratch_image.layout.tree import FILE
from scratch_image.oci import canonical_json
from scratch_image.oci.digest import Digest
from scratch_image.oci.names import CREATED_BY_PROGRAM, CREATED_BY_RUNTIME_FILES, REPORT, REPORT_SCHEMA
from scratch_image.runtime_files import catalog
from scratch_image.validate.ca_bundle import check_bundle
from scratch_image.validate.depth import Depth
from scratch_image.validate.differences import differences
from scratch_image.validate.files import Files
from scratch_image.validate.image import CheckedImage
from scratch_image.validate.own_layers import check_history, check_layers
from scratch_image.validate.recipes import check_recipe
from scratch_image.validate.report_members import check_members
from scratch_image.validate.runtime_files import check_runtime_files, link_of

D = TypeVar("D")


def read_report(content: bytes, problems: Problems, limits: Limits) -> Optional[JsonObject]:
    """The report of this schema, or None and a problem."""
    values = parse(content, REPORT, problems, limits)
    if values is not None:
        _compare(values, "schema", int, REPORT_SCHEMA)
        if values.values.get("schema") == REPORT_SCHEMA:
            check_members(values)
        if content != _form(values):
            values.broken("bytes", "a document", "the report is not one line of JSON with sorted keys and no white space")
    return values


def _form(values: JsonObject) -> bytes:
    """The report as it is written; empty if it cannot be."""
    try:
        return canonical_json.encode(values.values)
    except ValueError:
        return b""


class ReportCheck:
    """Compares a report with the images of a layout, whose blobs and files are given. Raises OSError."""

    def __init__(self, values: JsonObject, blobs: Blobs, files: Files, depth: Depth) -> None:
        self._values, self._blobs, self._files, self._depth = values, blobs, files, depth

    def check(self, root: Optional[Claim], images: Sequence[CheckedImage]) -> None:
        """Compares with the entry of `index.json`, and with the images below it."""
        values = self._values
        stated = values.child("root", required=True)
        if stated is not None and root is not None:
            _compare(stated, "mediaType", str, root.media_type)
            _compare(stated, "digest", str, _text(root.digest))
            _compare(stated, "size", int, root.size)
        for entry, image in _pairs(values, "manifests", images):
            _compare(entry, "platform", str, str(image.platform) if image.platform else None)
            _compare(entry, "digest", str, _text(image.manifest))
            _compare(entry, "config", str, _text(image.config))
            for place, layer in _pairs(entry, "layers", image.layers):
                if layer is not None:
                    self._check_layer(place, layer)
            check_history(entry, image)
            if not self._depth.quick:
                self._check_contents(entry, image)

    def underived(self) -> Tuple[str, ...]:
        """What the report has that does not follow from the image."""
        if self._depth.quick:
            return ("what is in layers",)
        found = ["findings", "names", *(() if self._depth.recompress else ("recipes (--recompress)",))]
        entries = list(filter(None, self._values.children("manifests") or ()))
        runtime_files = [entry.values.get("runtimeFiles") for entry in entries]
        if any(isinstance(files, dict) and catalog.CA_CERTIFICATES in files for files in runtime_files):
            found.extend(("version of ca-certificates", "certifi's certificates"))
        if any(isinstance(files, dict) and catalog.TZDATA in files for files in runtime_files):
            found.append("time zones")
        if any("caBundle" in entry.values for entry in entries):
            found.append("subjects of certificates")
        kinds = [entry.values.get("artifactType") for entry in filter(None, self._values.children("attestations") or ())]
        if provenance.MEDIA_TYPE in kinds:
            found.append("builder and parameters of provenance")
        if any("goModules" in entry.values for entry in entries):
            found.append("versions of Go modules")
        return (*found, "omittedPlatforms") if "omittedPlatforms" in self._values.values else tuple(found)

    def _check_layer(self, values: JsonObject, layer: LayerBlob) -> None:
        _compare(values, "digest", str, f"sha256:{layer.digest}")
        _compare(values, "size", int, layer.size)
        if layer.diff_id is not None:
            _compare(values, "diffId", str, f"sha256:{layer.diff_id}")
            _compare(values, "unpackedSize", int, layer.unpacked)
        if not self._depth.quick:
            check_recipe(values, layer, self._blobs, self._depth.recompress)

    def _check_contents(self, entry: JsonObject, image: CheckedImage) -> None:
        """The program and the runtime files, each in the layer that the history names so."""
        check_layers(entry, image)
        path, program = self._check_facts(entry, image)
        layer = image.layer_of(CREATED_BY_RUNTIME_FILES)
        if layer is None and (not image.created_by or CREATED_BY_RUNTIME_FILES in image.created_by):
            entry.problems.skip(entry.where, "runtimeFiles, because their layer is not known")
            return
        if program is None:
            looked_for = link_of(layer)
        else:
            looked_for = program.needs.openssl_cert_file if program.needs else None
        check_runtime_files(entry, layer, looked_for, path)
        check_bundle(entry, layer, self._files)

    def _check_facts(self, entry: JsonObject, image: CheckedImage) -> Tuple[str, Optional[ProgramFacts]]:
        """The absolute path of the program, and the facts about it; empty and None if they are not known."""
        stated = entry.child("facts", required=True)
        layer = image.layer_of(CREATED_BY_PROGRAM)
        if stated is None or layer is None:
            entry.problems.skip(entry.where, "facts, because the layer of the program is not known")
            return "", None
        programs: List[str] = [path for path, node in layer.nodes.items() if node.kind == FILE]
        if len(programs) != 1:
            entry.problems.skip(entry.where, "facts, because the program is not known")
            return "", None
        facts, why = self._files.facts(layer, programs[0])
        if facts is None:
            entry.problems.skip(entry.where, f"facts: {why}")
            return f"/{programs[0]}", None
        derived = {"elf": _as_json(facts.program.to_dict())} if facts.program else {}
        for place, one, other in differences("facts", stated.values, derived):
            entry.mismatch(place, one, other)
        return f"/{programs[0]}", facts.program


def _pairs(values: JsonObject, name: str, derived: Sequence[D]) -> Iterator[Tuple[JsonObject, D]]:
    """Objects of the report beside what they are about; none where their number differs."""
    stated = values.children(name, required=True)
    if stated is not None and len(stated) != len(derived):
        values.mismatch(f"number of {name}", str(len(stated)), str(len(derived)))
    elif stated is not None:
        yield from ((entry, other) for entry, other in zip(stated, derived) if entry is not None)


def _compare(values: JsonObject, name: str, kind: Type[T], derived: Optional[T]) -> None:
    value = values.member(name, kind, required=True)
    if value is not None and derived is not None and value != derived:
        values.mismatch(name, shown(value), shown(derived))


def _text(digest: Optional[Digest]) -> Optional[str]:
    return str(digest) if digest else None


def _as_json(value: object) -> object:
    """The value as it is after it was written and read again."""
    if isinstance(value, dict):
        return {key: _as_json(item) for key, item in value.items()}
    return list(map(_as_json, value)) if isinstance(value, (list, tuple)) else value
