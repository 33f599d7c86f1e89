"""`./pants publish` for `scratch_image`: from a packaged image and its names to the process that sends it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Dict, List, Tuple

from pants.base.build_root import BuildRoot
from pants.core.goals.publish import (
    PublishFieldSet,
    PublishOutputData,
    PublishPackages,
    PublishProcesses,
    PublishRequest,
)
from pants.engine.internals.session import RunId
from pants.engine.rules import collect_rules, rule
from pants.util.logging import LogLevel

from scratch_image.image.names import Name
from scratch_image.rules import publisher
from scratch_image.rules.requests import BuiltScratchImage, Interpreter
from scratch_image.targets.options import ScratchImageSubsystem
from scratch_image.targets.output import ScratchImageSkipPushField
from scratch_image.targets.program import ScratchImageBinaryField


class UnpublishableImage(Exception):
    """An image can not be published as it is; the text holds every reason."""


class PublishScratchImageRequest(PublishRequest):
    pass


@dataclass(frozen=True)
class PublishScratchImageFieldSet(PublishFieldSet):
    publish_request_type = PublishScratchImageRequest
    required_fields = (ScratchImageBinaryField,)

    skip_push: ScratchImageSkipPushField

    def get_output_data(self) -> PublishOutputData:
        return PublishOutputData({"publisher": "scratch_image", **super().get_output_data()})


@rule(desc="Prepare to publish a scratch image", level=LogLevel.DEBUG)
async def publish_scratch_image(
    request: PublishScratchImageRequest,
    options: ScratchImageSubsystem,
    interpreter: Interpreter,
    build_root: BuildRoot,
    run_id: RunId,
) -> PublishProcesses:
    address = request.field_set.address
    package, image = next(
        (package, artifact)
        for package in request.packages
        for artifact in package.artifacts
        if isinstance(artifact, BuiltScratchImage)
    )
    if request.field_set.skip_push.value:
        return PublishProcesses((_skipped(image, image.names, f"`skip_push` on {address}"),))
    mistakes = _mistakes(image)
    if mistakes:
        raise UnpublishableImage("\n".join((f"{address} can not be published:", *mistakes)))
    local = [name for name in image.names if name.local]
    kept = [name for name in image.names if not name.local and name.registry and name.registry.skip_push]
    sent = tuple(name for name in image.names if name not in local and name not in kept)
    jobs = [
        *(_skipped(image, names, f"`use_local_alias` on registry @{alias}") for alias, names in _by_alias(local).items()),
        *(_skipped(image, names, f"`skip_push` on registry @{alias}") for alias, names in _by_alias(kept).items()),
    ]
    if sent:
        pushes = publisher.pushes(str(address), image, sent)
        run = f"{os.getpid()}-{run_id}"
        process = await publisher.command(interpreter, options, build_root, pushes, package.digest, image.layout, run)
        where = ", ".join(dict.fromkeys(name.registry.address for name in sent if name.registry))
        data = {"digest": str(image.root)}
        if options.publish_dry_run:
            # Pants calls whatever ends well published.
            where, data = f"{where} in a dry run: nothing was sent", {**data, "dry_run": "true"}
        jobs.append(PublishPackages(_told(image, sent), process, where, PublishOutputData(data)))
    return PublishProcesses(jobs)


def _mistakes(image: BuiltScratchImage) -> List[str]:
    mistakes = [f"  {line.strip()}" for line in image.unnamed]
    if image.omitted:
        left_out = ", ".join(map(str, image.omitted))
        mistakes.append(f"  it was made without {left_out}; empty the option `[scratch-image].platforms`")
    if any(name.registry is None for name in image.names):
        cure = "give one in [scratch-image].registries `default = true`, or name some in the field `registries`"
        mistakes.append(f"  it has no registry; {cure}")
    if not image.names and not image.unnamed:
        mistakes.append("  it has no name: field `image_tags` is empty; write a tag")
    return mistakes


def _skipped(image: BuiltScratchImage, names: Tuple[Name, ...], why: str) -> PublishPackages:
    return PublishPackages(_told(image, names), None, f"(by {why})", PublishOutputData({"digest": str(image.root)}))


def _told(image: BuiltScratchImage, names: Tuple[Name, ...]) -> Tuple[str, ...]:
    return tuple(f"{name}@{image.root}" for name in names)


def _by_alias(names: List[Name]) -> Dict[str, Tuple[Name, ...]]:
    found: Dict[str, Tuple[Name, ...]] = {}
    for name in names:
        alias = name.registry.alias if name.registry else ""
        found[alias] = (*found.get(alias, ()), name)
    return found


def rules():
    return [*collect_rules(), *PublishScratchImageFieldSet.rules()]
