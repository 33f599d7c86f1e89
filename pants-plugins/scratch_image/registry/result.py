"""What became of a push, as values."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Dict, List, Optional, Tuple

from scratch_image.oci.digest import Digest
from scratch_image.oci.numbers import size
from scratch_image.registry.errors import RegistryError
from scratch_image.registry.layout import Blob
from scratch_image.registry.plan import Push


class Outcome(enum.Enum):
    """How a repository got a blob."""

    SENT = "sent"
    MOUNTED = "mounted"
    PRESENT = "present"


@dataclass
class PushState:
    """How far a push has come; true at every moment, because it may be interrupted.

    `blobs`, `manifests` and what is `attached` to them are in the repository, `tags` point at the image, `tagging` is the
    tag that is being set.
    `started` is whether the registry was asked anything, `complete` whether the push has succeeded.
    """

    blobs: Dict[Outcome, List[Blob]] = field(default_factory=lambda: {outcome: [] for outcome in Outcome})
    manifests: List[Digest] = field(default_factory=list)
    attached: List[Digest] = field(default_factory=list)
    tags: List[str] = field(default_factory=list)
    tagging: Optional[str] = None
    started: bool = False
    complete: bool = False

    def __str__(self) -> str:
        if not self.started:
            return "nothing was started"
        blobs = sum(map(len, self.blobs.values()))
        parts = [f"{blobs} of its blobs and {len(self.manifests)} of its manifests were found or sent"]
        if self.attached:
            parts.append(f"{len(self.attached)} signatures or documents are attached")
        if self.tagging:
            parts.append(f"the tag {self.tagging} may have been set")
        if self.tags:
            parts.append(f"tags set: {', '.join(self.tags)}")
        elif not self.tagging:
            parts.append("no tag was changed")
        return "; ".join(parts)


@dataclass
class PushResult:
    """The result of `push`. `error` is None if it succeeded, `state` how far it came; `lines` are those of a dry run."""

    push: Push
    error: Optional[RegistryError] = None
    state: PushState = field(default_factory=PushState)
    lines: List[str] = field(default_factory=list)

    @property
    def label(self) -> str:
        """Image and repository, for messages."""
        return f"{self.push.name} → {self.push.registry}/{self.push.repository}"

    @property
    def published(self) -> Tuple[str, ...]:
        """The references that name the image in the registry, also if the push failed later."""
        return self.push.published(self.state.tags, whole=self.state.complete)

    def summary(self) -> str:
        """The result in a line."""
        if self.error:
            return f"{self.label}: failed"
        if not self.state.complete:
            return f"{self.label}: compared"
        sent, mounted = (self.state.blobs[outcome] for outcome in (Outcome.SENT, Outcome.MOUNTED))
        if not self.state.manifests and not self.state.attached and not sent:
            return f"{self.label}: {self.push.root}, unchanged"
        parts = [f"{size(sum(blob.size for blob in sent))} sent"]
        if mounted:
            parts.append(f"{size(sum(blob.size for blob in mounted))} mounted")
        if self.state.attached:
            parts.append(f"{len(self.state.attached)} attached")
        return f"{self.label}: {self.push.root}, {', '.join(parts)}"
