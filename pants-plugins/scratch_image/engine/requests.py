"""The only file that asks the engine: one coroutine per thing that the rules need of it, each with literal types.

Rules call these, so that another spelling of the engine's requests (Pants from 2.32 on) changes this file only.
Pants' reader of rules follows plain functions of a module; it does not follow functions that are passed as arguments,
methods of local values, imports inside functions, recursion or functools.partial.
"""

from __future__ import annotations

from typing import Iterable, Optional, Tuple, Union

from pants.backend.python.util_rules.pex_cli import PexPEX
from pants.backend.python.util_rules.pex_requirements import ResolvePexConfig, ResolvePexConfigRequest
from pants.core.goals.package import BuiltPackage, EnvironmentAwarePackageRequest, PackageFieldSet
from pants.core.target_types import FileSourceField, ResourceSourceField
from pants.core.util_rules.adhoc_binaries import PythonBuildStandaloneBinary
from pants.core.util_rules.system_binaries import BinaryPath, BinaryPathRequest, BinaryPaths
from pants.engine.addresses import Address, Addresses, UnparsedAddressInputs
from pants.engine.env_vars import EnvironmentVars, EnvironmentVarsRequest
from pants.engine.environment import ChosenLocalEnvironmentName, EnvironmentName
from pants.engine.fs import (
    AddPrefix,
    CreateDigest,
    Digest,
    DigestEntries,
    DigestSubset,
    FileContent,
    FileEntry,
    MergeDigests,
    PathGlobs,
    RemovePrefix,
)
from pants.engine.process import (
    FallibleProcessResult,
    InteractiveProcess,
    InteractiveProcessResult,
    Process,
)
from pants.engine.rules import Effect, Get, MultiGet
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

from scratch_image.binary.facts import BinaryFacts
from scratch_image.rules.requests import (
    ArchiveRequest,
    Artifact,
    ArtifactRequest,
    BinaryLayerRequest,
    Bundle,
    BundleRequest,
    FactsRequest,
    ImageArchive,
    Interpreter,
    Layer,
    LayerRequest,
    Libraries,
    LibrariesRequest,
    Program,
    ProgramRequest,
    RuntimeLayerRequest,
    Sources,
    SourcesRequest,
    Tree,
    TreeRequest,
)

# All collections of Pants 2.17 have one and the same hash (pantsbuild/pants#18250, mended in #21725). The engine
# keeps what it is asked for in one dict, so that it compares each collection with all those before, and N images cost N².
# These two are what images are asked by, and hold nothing that has no hash, as other collections do.
if hash(CreateDigest([FileContent("a", b"")])) == hash(CreateDigest([FileContent("b", b"")])):
    for _collection in (Addresses, CreateDigest):
        _collection.__hash__ = tuple.__hash__  # type: ignore[assignment]


async def addresses(inputs: UnparsedAddressInputs) -> Addresses:
    return await Get(Addresses, UnparsedAddressInputs, inputs)


async def targets(address: Address) -> Targets:
    """The target at an address; of a target generator, the targets it generates."""
    return await Get(Targets, Addresses([address]))


async def generator_of_files(address: Address) -> Optional[TargetFilesGenerator]:
    """The target at an address if it is `files`, `resources` or the like: one target per file, which costs for thousands."""
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


async def entries(digest: Digest) -> DigestEntries:
    return await Get(DigestEntries, Digest, digest)


async def create(contents: Iterable[Union[FileContent, FileEntry]]) -> Digest:
    return await Get(Digest, CreateDigest(contents))


async def merge(digests: Iterable[Digest]) -> Digest:
    return await Get(Digest, MergeDigests(digests))


async def add_prefix(digest: Digest, prefix: str) -> Digest:
    return await Get(Digest, AddPrefix(digest, prefix))


async def remove_prefix(digest: Digest, prefix: str) -> Digest:
    return await Get(Digest, RemovePrefix(digest, prefix)) if prefix else digest


async def subtree(digest: Digest, directory: str) -> Digest:
    """What is below a directory, as a digest of its own."""
    subset = await Get(Digest, DigestSubset(digest, PathGlobs([f"{directory}/**"])))
    return await Get(Digest, RemovePrefix(subset, directory))


async def subset(digest: Digest, globs: Iterable[str]) -> Digest:
    """Of a tree's files those that globs match."""
    return await Get(Digest, DigestSubset(digest, PathGlobs(globs)))


async def run(process: Process) -> FallibleProcessResult:
    return await Get(FallibleProcessResult, Process, process)


async def run_here(process: Process) -> FallibleProcessResult:
    """In the local environment, whichever asks."""
    local = await Get(ChosenLocalEnvironmentName)
    return await Get(FallibleProcessResult, {process: Process, local.val: EnvironmentName})


async def run_interactively(process: InteractiveProcess) -> int:
    """Its exit status. It has the terminal, and only a goal may run it."""
    result = await Effect(InteractiveProcessResult, InteractiveProcess, process)
    return result.exit_code


async def pex_tool() -> Tuple[Digest, str]:
    """The file that `[pex-cli]` names, and its path in it."""
    pex = await Get(PexPEX)
    return pex.digest, pex.exe


async def package_index_args() -> Tuple[str, ...]:
    """The arguments by which pex uses the package indexes that the repository is configured for."""
    config = await Get(ResolvePexConfig, ResolvePexConfigRequest(None))
    return tuple(config.pex_args())


async def find_binary(request: BinaryPathRequest) -> Optional[BinaryPath]:
    found = await Get(BinaryPaths, BinaryPathRequest, request)
    return found.first_path


async def pants_python() -> str:
    """The path of the Python that Pants itself runs on. In an environment that is not local, Pants would download one."""
    python = await Get(PythonBuildStandaloneBinary)
    return python.path


async def environment_variables(names: Iterable[str]) -> EnvironmentVars:
    """Those that are set; a name may bring its value, `NAME=value`."""
    return await Get(EnvironmentVars, EnvironmentVarsRequest(tuple(names)))


async def artifacts(requests: Iterable[ArtifactRequest]) -> Tuple[Artifact, ...]:
    return await MultiGet(Get(Artifact, ArtifactRequest, request) for request in requests)


async def trees(requests: Iterable[TreeRequest]) -> Tuple[Tree, ...]:
    return await MultiGet(Get(Tree, TreeRequest, request) for request in requests)


async def layer(request: LayerRequest) -> Layer:
    return await Get(Layer, LayerRequest, request)


async def layers(requests: Iterable[LayerRequest]) -> Tuple[Layer, ...]:
    return await MultiGet(Get(Layer, LayerRequest, request) for request in requests)


async def staged(request: SourcesRequest) -> Sources:
    return await Get(Sources, SourcesRequest, request)


async def interpreter() -> Interpreter:
    return await Get(Interpreter)


async def libraries(room: str, interpreter: Interpreter) -> Libraries:
    """From the local environment, whichever asks: a container or a worker need not reach a package index, nor have pex."""
    local = await Get(ChosenLocalEnvironmentName)
    request = LibrariesRequest(room, interpreter.wheel_platform)
    return await Get(Libraries, {request: LibrariesRequest, local.val: EnvironmentName})


async def bundle(request: BundleRequest) -> Bundle:
    return await Get(Bundle, BundleRequest, request)


async def runtime_layers(requests: Iterable[RuntimeLayerRequest]) -> Tuple[Layer, ...]:
    return await MultiGet(Get(Layer, RuntimeLayerRequest, request) for request in requests)


async def archive(request: ArchiveRequest) -> ImageArchive:
    return await Get(ImageArchive, ArchiveRequest, request)


async def facts(requests: Iterable[FactsRequest]) -> Tuple[BinaryFacts, ...]:
    return await MultiGet(Get(BinaryFacts, FactsRequest, request) for request in requests)


async def facts_and_layer(of: FactsRequest, layer: BinaryLayerRequest) -> Tuple[BinaryFacts, Layer]:
    """Both at the same time: neither needs the other."""
    return await MultiGet(Get(BinaryFacts, FactsRequest, of), Get(Layer, BinaryLayerRequest, layer))


async def programs(requests: Iterable[ProgramRequest]) -> Tuple[Program, ...]:
    return await MultiGet(Get(Program, ProgramRequest, request) for request in requests)
