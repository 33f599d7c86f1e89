"""What is asked of the engine about targets: from an address to what its target makes."""

from __future__ import annotations

from typing import Optional, Tuple

from pants.core.goals.package import BuiltPackage, EnvironmentAwarePackageRequest, PackageFieldSet
from pants.core.target_types import FileSourceField, ResourceSourceField
from pants.engine.addresses import Address, UnparsedAddressInputs
from pants.engine.fs import Digest
from pants.engine.target import (
    FieldSetsPerTargetRequest,
    HydratedSources,
    HydrateSourcesRequest,
    SourcesField,
    Target,
    TargetFilesGenerator,
    Targets,
    UnexpandedTargets,
)

from scratch_image.engine import fs
from scratch_image.engine.quirks import Addresses
from scratch_image.engine.spelling import BY_NAME

_FILES = (FileSourceField, ResourceSourceField)

if BY_NAME:
    from scratch_image.engine import by_name
    from scratch_image.engine.by_name import concurrently, implicitly

    async def addresses(inputs: UnparsedAddressInputs) -> Addresses:
        """The addresses of texts in a BUILD file. Raises various errors of Pants (`rules/address.py`)."""
        return await by_name.resolve_unparsed_address_inputs(inputs, **implicitly())

    async def targets(address: Address) -> Targets:
        """The target at an address; the generated targets if that is a target generator."""
        return await by_name.resolve_targets(**implicitly(Addresses([address])))

    async def packages(of: Targets) -> Tuple[BuiltPackage, ...]:
        """The packages of those targets that `package` knows, each built in its own environment."""
        found = await by_name.find_valid_field_sets(FieldSetsPerTargetRequest(PackageFieldSet, of), **implicitly())
        requests = [EnvironmentAwarePackageRequest(field_set) for field_set in found.field_sets]
        return await concurrently(by_name.environment_aware_package(request) for request in requests)

    async def unexpanded(address: Address) -> UnexpandedTargets:
        """The target at an address, a target generator as itself."""
        return await by_name.resolve_unexpanded_targets(Addresses([address]))

    async def _hydrated(requests: Tuple[HydrateSourcesRequest, ...]) -> Tuple[HydratedSources, ...]:
        return await concurrently(by_name.hydrate_sources(request, **implicitly()) for request in requests)

else:
    from pants.engine.rules import Get, MultiGet
    from pants.engine.target import FieldSetsPerTarget

    async def addresses(inputs: UnparsedAddressInputs) -> Addresses:
        return await Get(Addresses, UnparsedAddressInputs, inputs)

    async def targets(address: Address) -> Targets:
        return await Get(Targets, Addresses([address]))

    async def packages(of: Targets) -> Tuple[BuiltPackage, ...]:
        found = await Get(FieldSetsPerTarget, FieldSetsPerTargetRequest(PackageFieldSet, of))
        requests = [EnvironmentAwarePackageRequest(field_set) for field_set in found.field_sets]
        return await MultiGet(Get(BuiltPackage, EnvironmentAwarePackageRequest, request) for request in requests)

    async def unexpanded(address: Address) -> UnexpandedTargets:
        return await Get(UnexpandedTargets, Addresses([address]))

    async def _hydrated(requests: Tuple[HydrateSourcesRequest, ...]) -> Tuple[HydratedSources, ...]:
        return await MultiGet(Get(HydratedSources, HydrateSourcesRequest, request) for request in requests)


async def generator_of_files(address: Address) -> Optional[TargetFilesGenerator]:
    """The target at an address if it is `files`, `resources` or the like. To ask for its thousands of generated targets
    takes long."""
    for target in await unexpanded(address):
        if isinstance(target, TargetFilesGenerator) and any(
            issubclass(field, _FILES) for field in target.generated_target_cls.core_fields
        ):
            return target
    return None


async def files(of: Targets) -> Digest:
    """The files that targets own or generate: `file`, `resource`, `shell_command`, `adhoc_tool` and the like."""
    requests = (
        HydrateSourcesRequest(target.get(SourcesField), for_sources_types=_FILES, enable_codegen=True) for target in of
    )
    hydrated = await _hydrated(tuple(requests))
    return await fs.merge(sources.snapshot.digest for sources in hydrated)


async def sources(of: Target) -> Digest:
    """The files that a target owns itself."""
    (hydrated,) = await _hydrated((HydrateSourcesRequest(of.get(SourcesField)),))
    return hydrated.snapshot.digest
