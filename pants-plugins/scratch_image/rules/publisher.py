"""The command that sends an image to registries: its plan, our sources and libraries, and where credentials are."""

from __future__ import annotations

from typing import Dict, Iterable, List, Optional, Tuple

from pants.base.build_root import BuildRoot
from pants.engine.fs import Digest, FileContent
from pants.engine.process import InteractiveProcess

from scratch_image.engine import requests as engine
from scratch_image.image.names import Name
from scratch_image.image.registries import Registry, read_registries
from scratch_image.registry.plan import Push, PushPlan, RegistrySettings
from scratch_image.rules import tool_env
from scratch_image.rules.requests import BuiltScratchImage, Interpreter, SourcesRequest
from scratch_image.targets.options import ScratchImageSubsystem

_SOURCES = (
    "__init__.py",
    "oci/__init__.py",
    "oci/canonical_json.py",
    "oci/digest.py",
    "oci/platform.py",
    "oci/spec.py",
    "oci/text.py",
    "registry/__init__.py",
    "registry/__main__.py",
    "registry/authorizer.py",
    "registry/batch.py",
    "registry/blob_locations.py",
    "registry/challenge.py",
    "registry/client.py",
    "registry/credential_helper.py",
    "registry/credentials.py",
    "registry/deadline.py",
    "registry/endpoint.py",
    "registry/environment.py",
    "registry/errors.py",
    "registry/json_object.py",
    "registry/layout.py",
    "registry/location_cache.py",
    "registry/login.py",
    "registry/plan.py",
    "registry/progress.py",
    "registry/proxies.py",
    "registry/push.py",
    "registry/report.py",
    "registry/repository.py",
    "registry/request.py",
    "registry/responses.py",
    "registry/result.py",
    "registry/retry.py",
    "registry/tls.py",
    "registry/tokens.py",
    "registry/transport.py",
    "registry/upload.py",
    "registry/workers.py",
)
# Where credentials are (docker, containers-auth.json(5)), how helpers are found, and what is between here and a registry.
_ENVIRONMENT = (
    *("DOCKER_CONFIG", "HOME", "PATH", "REGISTRY_AUTH_FILE", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"),
    *("SSL_CERT_DIR", "SSL_CERT_FILE"),
    *(name for upper in ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY") for name in (upper, upper.lower())),
)
_LAYOUT, _PLAN = "image", "plan.json"
_KNOWN = ".pants.d/scratch_image/known-blobs.json"
_PUBLISHED = ".pants.d/scratch_image/published.json"


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


async def command(
    interpreter: Interpreter,
    options: ScratchImageSubsystem,
    root: BuildRoot,
    pushes: Tuple[Push, ...],
    package: Digest,
    layout: str,
    run: str,
) -> InteractiveProcess:
    """Sends an image, whose layout is in the digest of its package. `run` tells the runs apart that write a report. Its exit
    status is that of `scratch_image.registry`."""
    registries, _ = read_registries(options.registries)
    plan = PushPlan(
        pushes,
        tuple(_settings(registry, root) for registry in registries),
        dry_run=options.publish_dry_run,
        read_back=options.publish_read_back,
        deadline=float(options.publish_timeout),
        known=str(root.pathlib_path / _KNOWN),
        report=options.publish_report and str(root.pathlib_path / options.publish_report),
        run_state=str(root.pathlib_path / _PUBLISHED),
        run=run,
    )
    image = await engine.add_prefix(await engine.subtree(package, layout), _LAYOUT)
    sources, libraries = await tool_env.compiled(
        interpreter, await engine.staged(SourcesRequest(_SOURCES)), await engine.libraries("registry", interpreter)
    )
    process = tool_env.process(
        interpreter,
        "scratch_image.registry.__main__",
        (_PLAN,),
        description="Publish an image",
        sources=sources,
        libraries=libraries,
        input_digest=await engine.merge((image, await engine.create([FileContent(_PLAN, plan.to_json())]))),
    )
    return InteractiveProcess(
        process.argv,
        env=await engine.environment_variables((*_ENVIRONMENT, *options.publish_env_vars)),
        input_digest=process.input_digest,
        immutable_input_digests=process.immutable_input_digests,
    )


def _settings(registry: Registry, root: BuildRoot) -> RegistrySettings:
    def path(written: Optional[str]) -> Optional[str]:
        return written and str(root.pathlib_path / written)

    return RegistrySettings(
        registry.host,
        registry.insecure,
        path(registry.ca_file),
        path(registry.client_certificate),
        path(registry.client_key),
    )
