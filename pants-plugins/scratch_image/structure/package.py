"""A packaged image as a structure test sees it: for each platform its files, configuration, sizes and findings.

Everything is bounded, every digest is derived again, and what breaks a rule of this project's layers is a problem. With a
problem, nothing is stated of the image.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import FrozenSet, Mapping, Optional, Tuple

from scratch_image.layout.blobs import Blobs
from scratch_image.layout.configuration import Configuration, read_configuration
from scratch_image.layout.descriptor_rules import DescriptorRules
from scratch_image.layout.layers import Layers
from scratch_image.layout.limits import DEFAULT, Limits
from scratch_image.layout.problems import Problems, Unreadable
from scratch_image.layout.report import Report, ReportedFinding, read_report
from scratch_image.layout.store import DirectoryStore, read
from scratch_image.layout.tree import Node, applied
from scratch_image.layout.walk import ManifestNode, Walk
from scratch_image.oci.names import LAYOUT, REPORT


@dataclass(frozen=True)
class ImageView:
    """One platform's image. `files` are by absolute path. `size` is the sum of its layers' blobs as its manifest lists them,
    `unpacked_size` that of the tar archives in them, both in bytes. `findings` are those of image.json."""

    platform: str
    configuration: Configuration
    files: Mapping[str, Node]
    size: int
    unpacked_size: int
    findings: Tuple[ReportedFinding, ...] = ()


@dataclass(frozen=True)
class Package:
    """What was packaged: the images in the order of the index, the platforms that were left out of it, and why it cannot be
    trusted, if there is a reason."""

    images: Tuple[ImageView, ...] = ()
    omitted: Tuple[str, ...] = ()
    problems: Tuple[str, ...] = ()


def read_package(directory: str, contents: FrozenSet[str], limits: Limits = DEFAULT) -> Package:
    """Reads the layout and the report in a directory; `contents` are the absolute paths of files whose content is read."""
    problems = Problems(limits.problems)
    try:
        # What else is in the package, such as an archive, is not part of the image that is tested.
        content = read(DirectoryStore(directory, Problems(0), limits), REPORT, problems, limits)
        report = read_report(content, REPORT, problems, limits) if content is not None else Report()
        blobs = Blobs(DirectoryStore(os.path.join(directory, LAYOUT), problems, limits), problems, limits)
        layers = Layers(blobs, {path.lstrip("/") for path in contents})
        nodes = Walk(blobs, DescriptorRules()).from_index_json()
        found = [_image(each, blobs, layers, report) for each in nodes if isinstance(each, ManifestNode)]
    except (OSError, Unreadable) as error:
        return Package(problems=(str(error),))
    reasons = (*map(str, problems.problems), *problems.not_checked)
    return Package(problems=reasons) if reasons else Package(tuple(filter(None, found)), report.omitted)


def _image(found: ManifestNode, blobs: Blobs, layers: Layers, report: Report) -> Optional[ImageView]:
    """The image of a manifest, or None and a problem. Raises OSError."""
    manifest, problems = found.manifest, blobs.problems
    findings = report.findings.get(str(found.claim.digest))
    if findings is None:
        problems.broken(
            REPORT, "manifests", "nothing", f"{found.claim.digest}, which is in the layout, is not in the report"
        )
    config = blobs.document(manifest.config) if manifest.config else None
    if config is None or manifest.layers is None:
        return None
    configuration = read_configuration(config, manifest.annotations)
    claims = [claim for claim in manifest.layers if claim]
    read_layers = [layer for layer in map(layers.layer, claims) if layer]
    return ImageView(
        configuration.platform,
        configuration,
        {f"/{path}": node for path, node in applied([layer.nodes for layer in read_layers]).items() if node.kind},
        sum(claim.size or 0 for claim in claims),
        sum(layer.unpacked for layer in read_layers),
        findings or (),
    )
