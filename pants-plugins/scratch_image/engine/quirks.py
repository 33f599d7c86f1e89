"""Where versions of Pants differ: names that moved, and behavior that changed (docs/adr/0015-engine.md).

Every such name is imported from here. The one exception is `EnvironmentField`, which belongs to the vocabulary of BUILD
files (`targets/kinds.py`).
"""

from __future__ import annotations

from pants.backend.python.util_rules.pex_requirements import ResolvePexConfig, ResolvePexConfigRequest
from pants.core.util_rules.environments import EnvironmentsSubsystem, EnvironmentTarget, LocalEnvironmentTarget
from pants.engine.addresses import Addresses
from pants.engine.fs import CreateDigest, FileContent
from pants.option.global_options import CacheContentBehavior

__all__ = (
    "Addresses",
    "CacheContentBehavior",
    "CreateDigest",
    "EnvironmentTarget",
    "EnvironmentsSubsystem",
    "LocalEnvironmentTarget",
    "ResolvePexConfig",
    "ResolvePexConfigRequest",
)

# All collections of Pants 2.17 have the same hash (pantsbuild/pants#18250, fixed in #21725). The engine keeps its requests
# in one dict, so it compares each collection with all earlier ones, and N images cost N². These two collections are requests
# of every image. Their members have hashes, which is not true of every collection.
if hash(CreateDigest([FileContent("a", b"")])) == hash(CreateDigest([FileContent("b", b"")])):
    for _collection in (Addresses, CreateDigest):
        _collection.__hash__ = tuple.__hash__  # type: ignore[assignment]
