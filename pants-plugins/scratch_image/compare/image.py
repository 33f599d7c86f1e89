"""The documents of a side: its root, and of each platform the manifest, the configuration, and what a report says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Dict, List, Mapping, Optional, Tuple

from scratch_image.compare.source import Source
from scratch_image.layout.blobs import Blobs
from scratch_image.layout.configuration import Configuration, read_configuration
from scratch_image.layout.descriptor import Claim
from scratch_image.layout.documents import JsonObject
from scratch_image.layout.limits import Limits
from scratch_image.layout.problems import Problems, Unreadable
from scratch_image.layout.walk import IndexNode, ManifestNode, Walk
from scratch_image.oci.platform import Platform
from scratch_image.oci.spec import MEDIA_TYPE_CONFIG

_CONFIGS = (MEDIA_TYPE_CONFIG, "application/vnd.docker.container.image.v1+json", None)
_UNKNOWN = "unknown/unknown"


@dataclass(frozen=True)
class LayerOf:
    """A layer as documents have it: `digest` is that of its blob, `size` its bytes; `claim` is its descriptor; `recipe` and
    `diff_id` are what a report says, empty where there is none. `created_by` is its line in the history."""

    digest: str
    size: int
    claim: Optional[Claim] = None
    recipe: str = ""
    diff_id: str = ""
    created_by: str = ""
    media_type: str = ""

    def of(self, claim: Claim, created_by: str) -> LayerOf:
        """The same layer with its descriptor and its line in the history."""
        return replace(self, claim=claim, created_by=created_by, media_type=claim.media_type or "")


@dataclass(frozen=True)
class ImageOf:
    """One platform's image. `config` and `configuration` are None where there is only a report. `facts` are those of the
    program in a report, and `versions` those of its runtime files."""

    platform: str
    digest: str
    config_digest: str
    layers: Tuple[LayerOf, ...]
    config: Optional[JsonObject] = None
    configuration: Optional[Configuration] = None
    facts: Optional[JsonObject] = None
    versions: Optional[Mapping[str, str]] = None


@dataclass(frozen=True)
class Side:
    """`root` is the digest by which a registry knows the image, empty where there are several. `blobs` is None where there
    is only a report. `others` counts manifests that are not images, such as attestations."""

    name: str
    root: str
    images: Tuple[ImageOf, ...]
    blobs: Optional[Blobs]
    others: int = 0

    @property
    def platforms(self) -> Tuple[str, ...]:
        """Those of the images, in the order of the index."""
        return tuple(image.platform for image in self.images)


def read_side(source: Source, problems: Problems, limits: Limits) -> Side:
    """Reads the documents; layers are not read. Raises OSError and Unreadable."""
    if source.store is None:
        if source.report is None:
            raise Unreadable("there is nothing to read")
        return _of_report(source.name, source.report)
    blobs = Blobs(source.store, problems, limits)
    reports = {image.digest: image for image in _of_report("", source.report).images} if source.report else {}
    root, images, others = "", [], 0
    damaged: List[str] = []
    for node in Walk(blobs).from_index_json():
        if isinstance(node, IndexNode):
            if node.claim is None and len(node.entries) == 1:
                root = str(node.entries[0].digest or "")
            continue
        image = _image(node, blobs, reports) if isinstance(node, ManifestNode) else None
        if image:
            images.append(image)
        elif isinstance(node, ManifestNode) and _is_image(node):
            damaged += [claim.digest.blob_path for claim in (node.claim, node.manifest.config) if claim and claim.digest]
        others += image is None
    if not blobs.complete or not images:
        raise Unreadable(_why(problems, others, tuple(damaged)))
    return Side(source.name, root, tuple(images), blobs, others)


def _why(problems: Problems, others: int, damaged: Tuple[str, ...]) -> str:
    """Why the documents of an image could not be read; `damaged` are paths of those that are an image's."""
    # An index without a media type is read.
    found = [problem for problem in problems.problems if problem.what != "mediaType"]
    if damaged:
        found = [problem for problem in found if problem.where.startswith(damaged)] or found
    if found and (damaged or not others):
        return f"it cannot be read: {found[0]}"
    if not others:
        return "it holds no image: its index names no manifest"
    reason = next((str(problem) for problem in problems.problems if problem.what in ("digest", "blob", "JSON")), "")
    return reason or "it holds manifests, but no image: their configurations are of another kind"


def _is_image(node: ManifestNode) -> bool:
    """Whether a manifest is that of an image, by its configuration's media type and the platform that is stated of it."""
    config, claim = node.manifest.config, node.claim
    return config is not None and config.media_type in _CONFIGS and not (claim.has_platform and claim.platform is None)


def _image(node: ManifestNode, blobs: Blobs, reports: Mapping[str, ImageOf]) -> Optional[ImageOf]:
    """The image of a manifest, or None for a manifest of another kind. Raises OSError and Unreadable."""
    manifest, config = node.manifest, node.manifest.config
    if config is None or not _is_image(node):
        return None
    document = blobs.document(config)
    if document is None or manifest.layers is None or not manifest.is_whole:
        return None
    configuration = read_configuration(document, manifest.annotations)
    report = reports.get(str(node.claim.digest))
    stated = {layer.digest: layer for layer in report.layers} if report else {}
    claims = [claim for claim in manifest.layers if claim]
    lines = _created_by(document, len(claims))
    layers = [
        stated.get(str(claim.digest), LayerOf(str(claim.digest), claim.size or 0)).of(claim, line)
        for claim, line in zip(claims, lines)
    ]
    platform = configuration.platform
    if platform == "unknown" and node.claim.platform:
        platform = str(node.claim.platform)
    return ImageOf(
        _normal(platform),
        str(node.claim.digest),
        str(config.digest),
        tuple(layers),
        document,
        configuration,
        report.facts if report else None,
        report.versions if report else None,
    )


def _created_by(config: JsonObject, count: int) -> List[str]:
    """The lines of the history for the layers, empty where they do not fit."""
    entries = [entry for entry in config.children("history") or () if entry and entry.values.get("empty_layer") is not True]
    if len(entries) != count:
        return [""] * count
    return [entry.member("created_by", str) or "" for entry in entries]


def _normal(platform: str) -> str:
    try:
        return str(Platform.parse(platform).normalized())
    except ValueError:
        return platform


def _of_report(name: str, report: JsonObject) -> Side:
    """What image.json says of an image. Raises Unreadable."""
    root = report.child("root", required=True)
    entries = [entry for entry in report.children("manifests", required=True) or () if entry]
    images = []
    for entry in entries:
        layers = [layer for layer in entry.children("layers", required=True) or () if layer]
        facts = entry.child("facts")
        images.append(
            ImageOf(
                _normal(entry.member("platform", str) or "unknown"),
                entry.member("digest", str, required=True) or "",
                entry.member("config", str, required=True) or "",
                tuple(map(_stated_layer, layers)),
                facts=facts.child("elf") if facts else None,
                versions=_versions(entry),
            )
        )
    digest = root.member("digest", str, required=True) if root else None
    if report.problems.problems or not digest or not images:
        first = report.problems.problems[0] if report.problems.problems else "it names no image"
        raise Unreadable(f"the report cannot be read: {first}")
    return Side(name, digest, tuple(images), None)


def _stated_layer(layer: JsonObject) -> LayerOf:
    texts = [layer.member(name, str) or "" for name in ("digest", "recipe", "diffId")]
    return LayerOf(texts[0], layer.member("size", int) or 0, None, *texts[1:])


def _versions(entry: JsonObject) -> Dict[str, str]:
    """Name of a runtime file → version of what it is made of, empty where it has none."""
    files = entry.child("runtimeFiles")
    found: Dict[str, str] = {}
    for name in files.values if files else ():
        values = files.child(name) if files else None
        found[name] = (values.member("version", str) if values else None) or ""
    return found
