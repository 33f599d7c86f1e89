"""That a package's bytes are on this machine before Pants writes them to dist/.

With `[GLOBAL].cache_content_behavior` `validate` or `defer`, Pants fetches a result when it is used. If the remote cache has
lost it by then, Pants runs its process again, but not while it writes to dist/: it ends there, with half a package written.
"""

from __future__ import annotations

from pants.engine.fs import Digest
from pants.engine.process import Process, ProcessCacheScope
from pants.option.global_options import CacheContentBehavior, GlobalOptions
from pants.util.logging import LogLevel

from scratch_image import engine


async def ensure_here(package: Digest, options: GlobalOptions) -> None:
    """A process that has the package as its input, and does nothing: for its sandbox, Pants fetches all of it."""
    is_remote = options.remote_cache_read or options.remote_execution
    if is_remote and options.cache_content_behavior is not CacheContentBehavior.fetch:
        await engine.run_here(
            Process(
                ("/bin/sh", "-c", ":"),
                description="Fetch an image",
                level=LogLevel.DEBUG,
                input_digest=package,
                cache_scope=ProcessCacheScope.PER_RESTART_SUCCESSFUL,
            )
        )
