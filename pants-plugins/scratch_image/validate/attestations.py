"""`attestations` and `sbom` of a report: which documents are attached to the image, and what they say of it."""

from __future__ import annotations

from typing import Dict, List, Optional, Sequence, Tuple

from scratch_image.attest import provenance
from scratch_image.attest.attachments import PREDICATE_TYPE, sboms
from scratch_image.attest.bom import Declared, Image, Layer
from scratch_image.attest.component import Component, declared
from scratch_image.attest.contents import HashedFile
from scratch_image.attest.formats import SBOM_FORMATS
from scratch_image.attest.modules import Modules
from scratch_image.binary.elf import MAGIC
from scratch_image.binary.facts import BinaryFacts
from scratch_image.layout.blobs import Blobs
from scratch_image.layout.descriptor import Claim
from scratch_image.layout.documents import JsonObject, parse
from scratch_image.layout.limits import Limits
from scratch_image.layout.problems import Problems
from scratch_image.layout.tree import FILE
from scratch_image.oci.digest import Digest
from scratch_image.oci.names import CREATED_BY_PROGRAM, CREATED_BY_RUNTIME_FILES, REPORT
from scratch_image.oci.referrer import referrer
from scratch_image.oci.spec import MEDIA_TYPE_INDEX, MEDIA_TYPE_MANIFEST, Descriptor
from scratch_image.validate.depth import Depth
from scratch_image.validate.differences import differences
from scratch_image.validate.files import Files
from scratch_image.validate.image import CheckedImage
from scratch_image.validate.statements import check_statement

_RULE = "the bytes are not those that `package` writes for this document and its subject"


def has_attestations(image_json: Optional[bytes], limits: Limits) -> bool:
    """Whether a report has documents about the image, for which its files are hashed."""
    values = None if image_json is None else parse(image_json, REPORT, Problems(0), limits)
    return values is not None and "attestations" in values.values


def check_attestations(
    report: JsonObject, root: Optional[Claim], images: Sequence[CheckedImage], blobs: Blobs, files: Files, depth: Depth
) -> None:
    """Compares what a report states is attached with what is there, and bills of materials with the image. Raises
    OSError."""
    entries = tuple(filter(None, report.children("attestations") or ()))
    subjects = _subjects(root, images)
    for entry in entries:
        attached = _check_attached(entry, subjects, blobs)
        if attached and entry.values.get("artifactType") == provenance.MEDIA_TYPE:
            check_statement(entry, *attached, images, blobs)
    has_sbom = any(entry.values.get("artifactType") in _KINDS for entry in entries)
    if has_sbom and "sbom" not in report.values:
        report.broken("sbom", "nothing", "bills of materials are attached, and there is no `sbom`, of which they are made")
    if "sbom" in report.values and not depth.quick:
        check = _SbomCheck(report, files)
        is_index = root is not None and root.media_type == MEDIA_TYPE_INDEX
        try:
            check.check(entries, subjects, is_index, images)
        except UnicodeEncodeError:
            report.broken("sbom", "a member", "a text in it holds half of a surrogate pair, which UTF-8 cannot encode")


def _subjects(root: Optional[Claim], images: Sequence[CheckedImage]) -> Tuple[Descriptor, ...]:
    """What may be attested: each image, and the index of them, the last one."""
    claims = [(image.claim, MEDIA_TYPE_MANIFEST) for image in images]
    if root is not None and root.media_type == MEDIA_TYPE_INDEX:
        claims.append((root, MEDIA_TYPE_INDEX))
    return tuple(
        Descriptor(media_type, claim.digest, claim.size)
        for claim, media_type in claims
        if claim.digest is not None and claim.size is not None
    )


def _check_attached(entry: JsonObject, subjects: Sequence[Descriptor], blobs: Blobs) -> Optional[Tuple[bytes, Digest]]:
    """Checks a document, the manifest that attaches it, and what it is attached to. Returns the document, and the digest of
    what it is attached to, if both are known."""
    of_document = entry.child("document", required=True)
    manifest, document = _claim(entry), _claim(of_document) if of_document else None
    claimed: Optional[str] = entry.member("subject", str, required=True)
    subject = next((each for each in subjects if str(each.digest) == claimed), None)
    if claimed is not None and subject is None:
        entry.broken("subject", claimed, "the layout has no such image or index")
    attached = blobs.content(manifest) if manifest else None
    content = blobs.attested(document) if document else None
    kind = entry.member("artifactType", str, required=True)
    if subject is None or attached is None or content is None or kind is None:
        return None
    predicate = entry.member("predicateType", str, required=True) or ""
    annotations = {} if kind in _KINDS else {PREDICATE_TYPE: predicate}
    if referrer(subject, kind, content, annotations).manifest != attached:
        entry.broken("digest", entry.values.get("digest"), _RULE)
    return content, subject.digest


_KINDS = tuple(of.media_type for of in SBOM_FORMATS.values())


def _claim(values: JsonObject) -> Optional[Claim]:
    digest, size = values.member("digest", str, required=True), values.member("size", int, required=True)
    try:
        return Claim(values.where, None, Digest.parse(digest), size) if digest is not None else None
    except ValueError:
        values.expected("digest", "a digest", digest)
        return None


class _SbomCheck:
    """Derives bills of materials again. What a target declares, and which modules its build had, is as the report has it."""

    def __init__(self, report: JsonObject, files: Files) -> None:
        self._report, self._files = report, files

    def check(
        self,
        entries: Sequence[JsonObject],
        subjects: Sequence[Descriptor],
        is_index: bool,
        images: Sequence[CheckedImage],
    ) -> None:
        """Compares the entries of the report with those of the documents that follow from the image."""
        of = self._declared()
        entries_of = self._report.children("manifests") or ()
        found = [self._image(image, self._modules(entry)) for image, entry in zip(images, entries_of)]
        known = [image for image in found if image is not None]
        if of is None or len(known) < len(images) or len(subjects) != len(images) + is_index:
            self._report.problems.skip(REPORT, "sbom, because not all of the image is known")
            return
        kinds = [entry.values.get("artifactType") for entry in entries]
        formats = [name for name, form in SBOM_FORMATS.items() if form.media_type in kinds]
        if not formats:
            self._report.broken("sbom", "a member", "no document in `attestations` is a bill of materials")
        derived = [
            each.to_dict() for each in sboms(formats, list(zip(subjects, known)), subjects[-1] if is_index else None, of)
        ]
        stated = [entry.values for entry in entries if entry.values.get("artifactType") in _KINDS]
        if len(stated) != len(derived):
            self._report.mismatch("bills of materials", str(len(stated)), str(len(derived)))
            return
        for place, one, other in differences("attestations", stated, derived):
            self._report.mismatch(place, one, other)

    def _declared(self) -> Optional[Declared]:
        values = self._report.child("sbom", required=True)
        name = values.member("name", str, required=True) if values else None
        every = values.member("everyFile", bool, required=True) if values else None
        components = values.children("components", required=True) if values else None
        if name is None or every is None or components is None:
            return None
        libraries = [self._library(each) for each in components if each is not None]
        versions: Dict[str, str] = {}
        for entry in filter(None, self._report.children("manifests") or ()):
            stated = entry.values.get("runtimeFiles")
            for file, of in (stated if isinstance(stated, dict) else {}).items():
                if isinstance(of, dict) and isinstance(of.get("version"), str):
                    versions[file] = of["version"]
        return Declared(name, tuple(filter(None, libraries)), versions, every)

    def _library(self, values: JsonObject) -> Optional[Component]:
        texts = [values.member(key, str) or "" for key in ("purl", "cpe", "name", "version", "license")]
        try:
            return declared(*texts)
        except ValueError as error:
            values.broken("component", values.values, str(error))
            return None

    def _modules(self, entry: Optional[JsonObject]) -> Optional[Modules]:
        values = entry.child("goModules") if entry else None
        try:
            return Modules.from_dict(values.values) if values else None
        except ValueError as error:
            if entry:
                entry.broken("goModules", "modules", str(error))
            return None

    def _image(self, image: CheckedImage, modules: Optional[Modules]) -> Optional[Image]:
        """What the layers of an image have, if all of them could be read."""
        if image.platform is None or image.manifest is None or len(image.created_by) != len(image.layers):
            return None
        layers: List[Layer] = []
        executables: Dict[str, BinaryFacts] = {}
        for line, layer in zip(image.created_by, image.layers):
            if layer is None or not layer.whole:
                return None
            nodes = [(path, node) for path, node in layer.nodes.items() if node.kind == FILE]
            layers.append(Layer(line, tuple(HashedFile(f"/{path}", of.digest[7:], of.sha1) for path, of in nodes)))
            for path, node in nodes if line != CREATED_BY_RUNTIME_FILES else ():
                is_program = line == CREATED_BY_PROGRAM
                if is_program or (node.mode & 0o111 and node.size and node.head.startswith(MAGIC)):
                    facts, _ = self._files.facts(layer, path)
                    if facts is None:
                        return None
                    if facts.program or is_program:
                        executables[f"/{path}"] = facts
        return Image(image.platform, image.manifest, tuple(layers), executables, modules)
