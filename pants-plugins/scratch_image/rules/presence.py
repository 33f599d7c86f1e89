"""Ensures that a package's bytes are on this machine before Pants writes them to dist/.

With `[GLOBAL].cache_content_behavior` `validate` or `defer`, Pants fetches a result when it is used. If the remote cache has
lost the result by then, Pants ends; while it writes to dist/, half a package would remain there.
"""

from __future__ import annotations

from pants.base.exceptions import IntrinsicError
from pants.engine.addresses import Address
from pants.engine.fs import Digest
from pants.engine.process import Process, ProcessCacheScope
from pants.option.global_options import GlobalOptions
from pants.util.logging import LogLevel

from scratch_image.engine import processes
from scratch_image.engine.errors import ScratchImageError
from scratch_image.engine.quirks import CacheContentBehavior


class LostByCache(ScratchImageError):
    """The remote cache has lost a part of an image."""


async def ensure_here(image: Address, package: Digest, options: GlobalOptions) -> None:
    """Runs a process that does nothing with the package as its input: Pants fetches all of it for the sandbox. Raises
    LostByCache."""
    is_remote = options.remote_cache_read or options.remote_execution
    if not is_remote or options.cache_content_behavior is CacheContentBehavior.fetch:
        return
    process = Process(
        ("/bin/sh", "-c", ":"),
        description=f"Fetch {image}",
        level=LogLevel.DEBUG,
        input_digest=package,
        cache_scope=ProcessCacheScope.PER_RESTART_SUCCESSFUL,
    )
    try:
        await processes.run_here(process)
    except IntrinsicError as error:
        raise LostByCache(
            f"{image} could not be fetched from the remote cache: {error}\n"
            "  fix: run once with --cache-content-behavior=fetch, which builds again what the cache has lost"
        ) from None
