"""What is asked of the engine about targets: from an address to what its target makes."""

from __future__ import annotations

from typing import Optional, Tuple

from pants.core.goals.package import BuiltPackage, EnvironmentAwarePackageRequest, PackageFieldSet
from pants.core.target_types import FileSourceField, ResourceSourceField
from pants.engine.addresses import Address, UnparsedAddressInputs
from pants.engine.fs import Digest, MergeDigests
from pants.engine.rules import Get, MultiGet
from pants.engine.target import (
    FieldSetsPerTarget,
    FieldSetsPerTargetRequest,
    HydratedSources,
    HydrateSourcesRequest,
    SourcesField,
    Target,
    TargetFilesGenerator,
    Targets,
    UnexpandedTargets,
)

from scratch_image.engine.quirks import Addresses


async def addresses(inputs: UnparsedAddressInputs) -> Addresses:
    """The addresses of texts in a BUILD file. Raises various errors of Pants (`rules/address.py`)."""
    return await Get(Addresses, UnparsedAddressInputs, inputs)


async def targets(address: Address) -> Targets:
    """The target at an address; the generated targets if that is a target generator."""
    return await Get(Targets, Addresses([address]))


async def generator_of_files(address: Address) -> Optional[TargetFilesGenerator]:
    """The target at an address if it is `files`, `resources` or the like. To ask for its thousands of generated targets
    takes long."""
    for target in await Get(UnexpandedTargets, Addresses([address])):
        if isinstance(target, TargetFilesGenerator) and any(
            issubclass(field, (FileSourceField, ResourceSourceField)) for field in target.generated_target_cls.core_fields
        ):
            return target
    return None


async def packages(of: Targets) -> Tuple[BuiltPackage, ...]:
    """The packages of those targets that `package` knows, each built in its own environment."""
    found = await Get(FieldSetsPerTarget, FieldSetsPerTargetRequest(PackageFieldSet, of))
    return await MultiGet(Get(BuiltPackage, EnvironmentAwarePackageRequest(fs)) for fs in found.field_sets)


async def files(of: Targets) -> Digest:
    """The files that targets own or generate: `file`, `resource`, `shell_command`, `adhoc_tool` and the like."""
    hydrated = await MultiGet(
        Get(
            HydratedSources,
            HydrateSourcesRequest(
                target.get(SourcesField),
                for_sources_types=(FileSourceField, ResourceSourceField),
                enable_codegen=True,
            ),
        )
        for target in of
    )
    return await Get(Digest, MergeDigests(sources.snapshot.digest for sources in hydrated))


async def sources(of: Target) -> Digest:
    """The files that a target owns itself."""
    hydrated = await Get(HydratedSources, HydrateSourcesRequest(of.get(SourcesField)))
    return hydrated.snapshot.digest
