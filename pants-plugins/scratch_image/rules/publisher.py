"""The command that sends an image to registries: its plan, our files and libraries, and where credentials are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Dict, Iterable, List, Optional, Tuple

from pants.base.build_root import BuildRoot
from pants.engine.addresses import Address
from pants.engine.fs import FileContent
from pants.engine.process import InteractiveProcess
from pants.option.global_options import GlobalOptions, KeepSandboxes

from scratch_image.engine import environment, fs
from scratch_image.engine.errors import ScratchImageError
from scratch_image.engine.tool import PLAN, Tool
from scratch_image.image.names import Name
from scratch_image.image.registries import Registry, read_registries
from scratch_image.oci import names as in_dist
from scratch_image.registry.plan import Push, PushPlan, RegistrySettings
from scratch_image.rules import tools
from scratch_image.rules.built_image import BuiltScratchImage
from scratch_image.targets.options import ScratchImageSubsystem
from scratch_image.targets.publish_options import PublishCheck

TOOL = Tool("scratch_image.registry.__main__", libraries="registry")
# It signs as well.
SIGNING_TOOL = Tool("scratch_image.registry.__main__", libraries="registry", more_libraries="certificates")
# The pass phrase of an encrypted key, by cosign's name for it.
_PASSPHRASE = "COSIGN_PASSWORD"
_ENV = "env:"
# Where credentials are (docker, containers-auth.json(5)), how helpers are found, and what is between here and a registry.
_ENVIRONMENT = (
    *("DOCKER_CONFIG", "HOME", "PATH", "REGISTRY_AUTH_FILE", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"),
    *("SSL_CERT_DIR", "SSL_CERT_FILE"),
    *(name for upper in ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY") for name in (upper, upper.lower())),
)
_VARIABLE = re.compile("[A-Za-z_][A-Za-z0-9_]*")
_LAYOUT = "image"
_KNOWN = ".pants.d/scratch_image/known-blobs.json"
_PUBLISHED = ".pants.d/scratch_image/published.json"


class UnpublishableImage(ScratchImageError):
    """An image cannot be published as it is; the text holds every reason."""


@dataclass(frozen=True)
class NameGroup:
    """Names of an image that have the same fate: they are sent if `skipped_by` is empty; else it says what keeps them."""

    names: Tuple[Name, ...]
    skipped_by: str = ""

    @property
    def registries(self) -> str:
        """The addresses of the registries, for people."""
        return ", ".join(dict.fromkeys(name.registry.address for name in self.names if name.registry))


def grouped(address: Address, image: BuiltScratchImage, skip_push: bool) -> Tuple[NameGroup, ...]:
    """The names of an image: those that are kept first, then those that are sent. Raises UnpublishableImage."""
    groups = _groups(address, image, skip_push)
    mistakes = [] if skip_push or image.kept_by else _mistakes(image)
    if mistakes:
        raise UnpublishableImage("\n".join((f"{address} cannot be published:", *(f"  {text}" for text in mistakes))))
    return groups


def compared(address: Address, image: BuiltScratchImage, skip_push: bool) -> NameGroup:
    """The names under which an image is sent, as far as they have values today; without any, those that are kept. Raises
    UnpublishableImage for an image without names."""
    last = (NameGroup(()), *_groups(address, image, skip_push))[-1]
    if last.skipped_by:
        return last
    mistakes = _mistakes(image)
    if mistakes and (not last.names or image.omitted or any(name.registry is None for name in last.names)):
        raise UnpublishableImage("\n".join(mistakes))
    return last


def _groups(address: Address, image: BuiltScratchImage, skip_push: bool) -> Tuple[NameGroup, ...]:
    if skip_push or image.kept_by:
        return (NameGroup(image.names, f"`skip_push` on {address if skip_push else image.kept_by}"),)
    groups: Dict[str, List[Name]] = {}
    for name in sorted(image.names, key=lambda name: not name.local):
        groups.setdefault(_skipped_by(name), []).append(name)
    sent = groups.pop("", None)
    kept = tuple(NameGroup(tuple(names), reason) for reason, names in groups.items())
    return (*kept, NameGroup(tuple(sent))) if sent else kept


def _skipped_by(name: Name) -> str:
    if name.registry and name.local:
        return f"`use_local_alias` on registry @{name.registry.alias}"
    return f"`skip_push` on registry @{name.registry.alias}" if name.registry and name.registry.skip_push else ""


def _mistakes(image: BuiltScratchImage) -> List[str]:
    mistakes = [line.strip() for line in image.unnamed]
    if image.omitted:
        left_out = ", ".join(map(str, image.omitted))
        mistakes.append(f"it was built without {left_out}; empty the option `[scratch-image].platforms`")
    if any(name.registry is None for name in image.names):
        cure = "set `default = true` on one in [scratch-image].registries, or name some in the field `registries`"
        mistakes.append(f"it has no registry; {cure}")
    if not image.names and not image.unnamed:
        mistakes.append("it has no name: field `image_tags` is empty; write a tag")
    return mistakes


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
    image: BuiltScratchImage,
    address: Address,
    sent: NameGroup,
    options: ScratchImageSubsystem,
    global_options: GlobalOptions,
    root: BuildRoot,
    run: str,
) -> InteractiveProcess:
    """Sends an image under its names. `run` tells runs apart that write the same report. The exit status is
    that of `scratch_image.registry`. Raises UnpublishableImage, NoInterpreter, NoPexInterpreter and ProcessFailed."""
    mistakes = _signing_mistakes(options)
    if mistakes:
        raise UnpublishableImage("\n".join((f"{address} cannot be published:", *(f"  {text}" for text in mistakes))))
    secrets = _secret_variables(options)
    variables = await environment.variables((*reaching(options), *secrets))
    kept = [name for name in secrets if variables.get(name)]
    if kept and global_options.keep_sandboxes is not KeepSandboxes.never:
        text = f"the option `keep_sandboxes` would write the value of {kept[0]}, with which images are signed, to a file"
        raise UnpublishableImage(f"{address} cannot be published:\n  {text}; publish with --keep-sandboxes=never")
    plan = PushPlan(
        pushes(str(address), image, sent.names),
        settings(options, root),
        dry_run=options.publish_dry_run,
        read_back=options.publish_read_back,
        check_all=options.publish_check is PublishCheck.ALL,
        deadline=float(options.publish_timeout),
        known=known_blobs(root),
        report=options.publish_report and str(root.pathlib_path / options.publish_report),
        run_state=str(root.pathlib_path / _PUBLISHED),
        run=run,
        signing_key=_signing_key(options, root),
        signing_command=tuple(options.signing_command),
        signing_public_key=options.signing_public_key and str(root.pathlib_path / options.signing_public_key),
        signing_directory=str(root.pathlib_path) if options.signing_command else None,
    )
    layout = await fs.add_prefix(await fs.subtree(image.contents, in_dist.LAYOUT), _LAYOUT)
    process = await tools.process(
        SIGNING_TOOL if plan.signing_key or plan.signing_command else TOOL,
        (PLAN,),
        description="Publish an image",
        input_digest=await fs.merge((layout, await fs.create([FileContent(PLAN, plan.to_json())]))),
    )
    return InteractiveProcess(
        process.argv,
        env={name: environment.Hidden(value) for name, value in variables.items()},
        input_digest=process.input_digest,
        immutable_input_digests=await tools.compiled(process.immutable_input_digests),
    )


def _signing_mistakes(options: ScratchImageSubsystem) -> List[str]:
    """What is wrong with the options that sign."""
    key, command, public_key = options.signing_key, options.signing_command, options.signing_public_key
    mistakes = []
    if key and command:
        mistakes.append("[scratch-image].signing_key and [scratch-image].signing_command are both set; set one of them")
    if command and not public_key:
        cure = "set it to the public key of the command, a PEM file, with which its signatures are verified"
        mistakes.append(f"[scratch-image].signing_command needs [scratch-image].signing_public_key; {cure}")
    if public_key and not command:
        cure = "remove it: a `signing_key` has its own public key"
        mistakes.append(f"[scratch-image].signing_public_key is set without [scratch-image].signing_command; {cure}")
    if key and key.startswith(_ENV) and not _VARIABLE.fullmatch(key[len(_ENV) :]):
        # The value is not shown: it may be the key itself.
        mistakes.append("[scratch-image].signing_key is `env:` without the name of a variable; write 'env:SIGNING_KEY'")
    if key and "-----BEGIN" in key:
        mistakes.append("[scratch-image].signing_key holds a key; write the path of its file, or 'env:NAME' for a variable")
    return mistakes


def _secret_variables(options: ScratchImageSubsystem) -> Tuple[str, ...]:
    """The variables that hold the key, and its pass phrase."""
    key = options.signing_key or ""
    names = (key[len(_ENV) :],) if key.startswith(_ENV) else ()
    return (*names, _PASSPHRASE) if key else ()


def _signing_key(options: ScratchImageSubsystem, root: BuildRoot) -> Optional[str]:
    key: Optional[str] = options.signing_key
    return key if not key or key.startswith(_ENV) else str(root.pathlib_path / key)


def reaching(options: ScratchImageSubsystem) -> Tuple[str, ...]:
    """The variables that a process needs to reach registries, and to find logins for them."""
    return (*_ENVIRONMENT, *options.publish_env_vars)


def known_blobs(root: BuildRoot) -> str:
    """The path of the file with the locations of blobs."""
    return str(root.pathlib_path / _KNOWN)


def settings(options: ScratchImageSubsystem, root: BuildRoot) -> Tuple[RegistrySettings, ...]:
    """How to reach the registries that the repository knows."""
    registries, _ = read_registries(options.registries)

    def path(written: Optional[str]) -> Optional[str]:
        return written and str(root.pathlib_path / written)

    return tuple(
        RegistrySettings(
            registry.host,
            registry.insecure,
            path(registry.ca_file),
            path(registry.client_certificate),
            path(registry.client_key),
            registry.allow_private,
        )
        for registry in registries
    )
