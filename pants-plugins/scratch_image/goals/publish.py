"""`./pants publish` for our images: from a packaged one and its names to the process that sends it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import ClassVar, List, Tuple, Type

from pants.base.build_root import BuildRoot
from pants.core.goals.package import PackageFieldSet
from pants.core.goals.publish import (
    PublishFieldSet,
    PublishOutputData,
    PublishPackages,
    PublishProcesses,
    PublishRequest,
)
from pants.engine.internals.session import RunId
from pants.engine.rules import collect_rules, rule
from pants.engine.target import Field
from pants.engine.unions import UnionRule
from pants.option.global_options import GlobalOptions
from pants.util.logging import LogLevel

from scratch_image.engine.quirks import CheckSkipRequest, CheckSkipResult
from scratch_image.rules import publisher
from scratch_image.rules.built_image import BuiltScratchImage
from scratch_image.rules.presence import ensure_here
from scratch_image.targets.options import ScratchImageSubsystem
from scratch_image.targets.output import ScratchImageSkipPushField
from scratch_image.targets.program import ScratchImageBinaryField
from scratch_image.targets.scratch_image_debug import ScratchImageDebugImageField


class PublishScratchImageRequest(PublishRequest["PublishScratchImageFieldSet"]):
    """An image that is packaged and to be published."""


@dataclass(frozen=True)
class PublishScratchImageFieldSet(PublishFieldSet[PublishScratchImageRequest]):
    """A `scratch_image` target."""

    publish_request_type = PublishScratchImageRequest
    required_fields: ClassVar[Tuple[Type[Field], ...]] = (ScratchImageBinaryField,)

    skip_push: ScratchImageSkipPushField

    def get_output_data(self) -> PublishOutputData:
        """What `--publish-output` has of every image."""
        return PublishOutputData({"publisher": "scratch_image", **super().get_output_data()})

    def check_skip_request(self, package_fs: PackageFieldSet) -> object:
        """What `publish` asks before it packages, from Pants 2.32 on; None if the image is to be packaged."""
        return SkipScratchImageRequest(package_fs, self) if self.skip_push.value else None


@dataclass(frozen=True)
class PublishScratchImageDebugFieldSet(PublishScratchImageFieldSet):
    """A `scratch_image_debug` target."""

    required_fields = (ScratchImageDebugImageField,)


if CheckSkipRequest is not None:

    class SkipScratchImageRequest(CheckSkipRequest["PublishScratchImageFieldSet"]):  # type: ignore[misc, unused-ignore]
        """An image that `skip_push` leaves out."""

    @rule
    async def skip_scratch_image(request: SkipScratchImageRequest) -> CheckSkipResult:
        """The image is not packaged either, so its address stands for its names, which may need its digest."""
        image = request.publish_fs
        description, data = f"(by `skip_push` on {image.address})", image.get_output_data()
        return CheckSkipResult.skip(names=(str(image.address),), description=description, data=data)


@rule(desc="Prepare to publish a scratch image", level=LogLevel.DEBUG)
async def publish_scratch_image(
    request: PublishScratchImageRequest,
    options: ScratchImageSubsystem,
    global_options: GlobalOptions,
    build_root: BuildRoot,
    run_id: RunId,
) -> PublishProcesses:
    """Raises a ScratchImageError."""
    address = request.field_set.address
    image = next(
        artifact for package in request.packages for artifact in package.artifacts if isinstance(artifact, BuiltScratchImage)
    )
    jobs = []
    for group in publisher.grouped(address, image, bool(request.field_set.skip_push.value)):
        names = tuple(f"{name}@{image.root}" for name in group.names)
        data = {"digest": str(image.root)}
        process, where = None, f"(by {group.skipped_by})"
        if not group.skipped_by:
            if not image.is_packable:  # `package` looks after what it writes.
                await ensure_here(address, image.contents, global_options)
            run = f"{os.getpid()}-{run_id}"
            process = await publisher.command(image, address, group, options, global_options, build_root, run)
            where = group.registries
            if options.publish_dry_run:
                # Pants reports every process that succeeds as published.
                where, data = f"{where} in a dry run: nothing was sent", {**data, "dry_run": "true"}
        jobs.append(PublishPackages(names, process, where, PublishOutputData(data)))
    return PublishProcesses(jobs)


def rules() -> List[object]:
    """The rules of the goal."""
    skip = [UnionRule(CheckSkipRequest, SkipScratchImageRequest)] if CheckSkipRequest is not None else []
    return [*collect_rules(), *PublishScratchImageFieldSet.rules(), *PublishScratchImageDebugFieldSet.rules(), *skip]
