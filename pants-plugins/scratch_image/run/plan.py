"""What the process of an image is made of: decided in the parent, and carried out in the keeper and in PID 1."""

from __future__ import annotations

from typing import Mapping, NamedTuple, Optional, Tuple

from scratch_image.run.command import Command, Settings
from scratch_image.run.image import StoredImage
from scratch_image.run.rungs import Rung
from scratch_image.run.unpack import Owner

# What Docker leaves to a container (moby, oci/caps, DefaultCapabilities).
DOCKER_CAPABILITIES = 0xA80425FB


class Plan(NamedTuple):
    """`directory` is where the root is unpacked, or None for memory; `mount_point` is any directory of the host, which is
    covered for the process alone. `files` are texts by their absolute paths, which hide the image's. `stdio` replaces
    descriptors 0 to 2; with `terminal`, a
    `struct winsize`, they are a pseudo terminal of the image's own. `emulator` is a descriptor of
    qemu-user."""

    image: StoredImage
    command: Command
    settings: Settings
    rung: Rung
    directory: Optional[str]
    files: Mapping[str, str] = {}
    stdio: Tuple[int, ...] = ()
    terminal: Optional[bytes] = None
    emulator: Optional[int] = None
    mount_point: str = "/tmp"

    @property
    def capabilities(self) -> int:
        """The bounding set."""
        return 0 if self.settings.restricted or self.rung.is_chroot else DOCKER_CAPABILITIES

    @property
    def owner(self) -> Optional[Owner]:
        """Who all files belong to, where one user is all there is."""
        return Owner(self.command.user) if self.rung.is_single else None

    def mode_of_root(self, mode: int) -> int:
        """The mode of what root would own."""
        return self.owner.mode(mode, 0, 0) if self.owner else mode
