"""Whether processes of ours run in workers, which Pants keeps from one to the next."""

from __future__ import annotations

from dataclasses import dataclass

from pants.engine.rules import rule
from pants.option.global_options import GlobalOptions

from scratch_image.engine.spelling import BY_NAME
from scratch_image.targets.options import ScratchImageSubsystem
from scratch_image.worker import peer


@dataclass(frozen=True)
class Workers:
    """Pants itself uses none for a process that runs in a container or on a machine of a remote cluster."""

    are_used: bool


@rule
async def find_workers(options: ScratchImageSubsystem, global_options: GlobalOptions) -> Workers:
    """Without a daemon, nothing is gained and a directory is left. Pants keeps no sandbox of what runs in a worker."""
    has_daemon = global_options.pantsd and not global_options.concurrent
    keeps_sandboxes = global_options.keep_sandboxes.value != "never"
    return Workers(options.workers and has_daemon and not keeps_sandboxes and peer.can_tell())


if BY_NAME:
    from scratch_image.engine.by_name import implicitly

    async def workers() -> Workers:
        """Whether they are used in this run."""
        return await find_workers(**implicitly())

else:
    from pants.engine.rules import Get

    async def workers() -> Workers:
        return await Get(Workers)
