"""The command that sends an image to registries: its plan, our own sources and libraries, and the user's credentials' places."""

from __future__ import annotations

from typing import Dict, Iterable, List, Tuple

from pants.base.build_root import BuildRoot
from pants.engine.fs import Digest, FileContent
from pants.engine.internals.session import RunId
from pants.engine.process import InteractiveProcess

from scratch_image import engine
from scratch_image.image_names import Name
from scratch_image.registries import Registry
from scratch_image.registry.plan import Push, PushPlan, RegistrySettings
from scratch_image.requests import BuiltScratchImage, Interpreter, LibrariesRequest
from scratch_image.subsystem import ScratchImageSubsystem
from scratch_image.util_rules import tool_env

_SOURCES = ("__init__.py",)
# Where credentials are (docker, containers-auth.json(5)), how helpers are found, and what stands between here and a registry.
_ENVIRONMENT = (
    *("DOCKER_CONFIG", "HOME", "PATH", "REGISTRY_AUTH_FILE", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"),
    *("SSL_CERT_DIR", "SSL_CERT_FILE"),
    *(name for upper in ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY") for name in (upper, upper.lower())),
)
_LAYOUT, _PLAN = "image", "plan.json"
_KNOWN = ".pants.d/scratch_image/known-blobs.json"


def pushes(image_name: str, image: BuiltScratchImage, names: Iterable[Name]) -> Tuple[Push, ...]:
    """One push per repository, with all its tags, in the order of the names."""
    assert image.root is not None, "the image is packaged"
    tags: Dict[Tuple[Registry, str], List[str]] = {}
    for name in names:
        assert name.registry is not None, "images without a registry are not published"
        tags.setdefault((name.registry, name.repository), []).append(name.tag)
    return tuple(
        Push(_LAYOUT, image.root, registry.host, registry.prefix + repository, tuple(found), image_name)
        for (registry, repository), found in tags.items()
    )
