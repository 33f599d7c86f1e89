"""Rules for indexes and manifests, beside those for the descriptors in them."""

from __future__ import annotations

from typing import List, Optional, Sequence

from scratch_image.layout.descriptor import Claim, read_descriptor
from scratch_image.layout.descriptor_rules import DescriptorRules
from scratch_image.layout.documents import JsonObject
from scratch_image.layout.problems import Problems
from scratch_image.oci.docker_archive import CONTAINERD_NAME
from scratch_image.oci.names import INDEX
from scratch_image.oci.platform import Platform
from scratch_image.oci.spec import MEDIA_TYPE_INDEX


class DocumentRules(DescriptorRules):
    """The rules that hold for one document or one descriptor. `subjects` are what documents are about, if they say so, and
    `containerd_names` the names of images in `index.json`."""

    def __init__(self) -> None:
        self.subjects: List[Claim] = []
        self.containerd_names: List[str] = []

    def descriptor(self, values: JsonObject, claim: Claim) -> None:
        """Keeps the names."""
        super().descriptor(values, claim)
        annotations = values.values.get("annotations")
        name = annotations.get(CONTAINERD_NAME) if isinstance(annotations, dict) else None
        if isinstance(name, str) and claim.where.startswith(f"{INDEX} "):
            self.containerd_names.append(name)

    def document(self, values: JsonObject, media_type: str) -> None:
        """CVE-2021-41190: a document with the members of both kinds is taken for both."""
        version = values.member("schemaVersion", int, required=True)
        if version not in (None, 2):
            values.mismatch("schemaVersion", str(version), "2")
        subject = values.child("subject")
        if subject is not None:
            self.subjects.append(read_descriptor(subject, self))
        foreign = ("layers", "config") if media_type == MEDIA_TYPE_INDEX else ("manifests",)
        for name in values.values:
            if name.lower() in foreign:
                rule = f"a document of the type {media_type} has no such member"
                values.problems.broken(values.where, name, "a member", rule)
        if media_type == MEDIA_TYPE_INDEX:
            values.strings("annotations")


def check_platforms(entries: Sequence[Claim], problems: Problems) -> None:
    """Readers take the first entry that fits, so each platform is there once; the order is this project's."""
    last: Optional[Platform] = None
    for claim in entries if len(entries) > 1 else ():
        platform = claim.platform
        if platform is None:
            if not claim.has_platform:
                problems.broken(claim.where, "platform", "nothing", "each entry of an index of several must have a platform")
            continue
        if last == platform:
            problems.broken(claim.where, "platform", str(platform), f"another entry has the platform {platform} too")
        elif last is not None and platform.sort_key() < last.sort_key():
            problems.broken(claim.where, "order", str(platform), f"{platform} must come before {last}")
        last = platform
