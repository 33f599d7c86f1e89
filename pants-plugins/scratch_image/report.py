"""What an image turned out to be: `image.json` for programs, a few lines for people. Pure."""

from __future__ import annotations

from typing import Dict, Tuple

from scratch_image.assembler.plan import LayerFacts
from scratch_image.binary.facts import BinaryFacts
from scratch_image.oci import canonical_json
from scratch_image.oci.image import Image

SCHEMA = 1


def image_json(image: Image, layers: Tuple[LayerFacts, ...], facts: BinaryFacts) -> bytes:
    """The report in dist/ (docs/image-json.md has its schema)."""
    root = image.manifest_descriptor
    manifest: Dict[str, object] = {
        "platform": str(image.platform),
        "digest": str(root.digest),
        "config": str(image.config_descriptor.digest),
        "layers": [layer.to_dict() for layer in layers],
        "facts": facts.to_dict(),
        "findings": [],
    }
    return canonical_json.encode(
        {
            "schema": SCHEMA,
            "root": {"mediaType": root.media_type, "digest": str(root.digest), "size": root.size},
            "references": [],
            "manifests": [manifest],
        }
    )


def log_lines(image: Image, layers: Tuple[LayerFacts, ...]) -> Tuple[str, ...]:
    """The lines under `Wrote dist/…`."""
    size = sum(layer.size for layer in layers)
    unpacked = sum(layer.unpacked_size for layer in layers)
    return (
        f"  digest    {image.manifest_descriptor.digest}",
        f"  platform  {image.platform}",
        f"  layers    {_bytes(size)}, unpacked {_bytes(unpacked)} ({', '.join(layer.recipe for layer in layers)})",
    )


def _bytes(count: int) -> str:
    """A size for people, in powers of ten, as registries show it."""
    if count < 1000:
        return f"{count} B"
    if count < 999_950:
        return f"{count / 1000:.1f} kB"
    return f"{count / 1_000_000:.1f} MB"
