"""From a `scratch_image` target to what its image is to be, or to all mistakes of the target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Iterator, Mapping, Optional, Tuple

from pants.engine.addresses import Address
from pants.engine.env_vars import EnvironmentVars

from scratch_image.attest.fields import AttestationDefaults, Attestations, read_attestations
from scratch_image.checks.findings import Policy
from scratch_image.checks.policy import read_policy
from scratch_image.engine import environment
from scratch_image.image.field_reader import Mistake
from scratch_image.image.names import Names, Surroundings, read_names
from scratch_image.image.registries import read_registries
from scratch_image.image.spec import Defaults, ImageSpec, read_image_spec
from scratch_image.oci.names import WRITTEN_ARCHIVE
from scratch_image.rules.address import UnknownAddress, address_in_field
from scratch_image.rules.certificates import CaBundle, CaBundleRequest, bundle
from scratch_image.rules.contents import ReadContents, read_contents
from scratch_image.rules.mistakes import InvalidScratchImage
from scratch_image.rules.output_conflicts import OutputConflicts, output_path_mistakes
from scratch_image.rules.repository import Cycles
from scratch_image.runtime_files import catalog
from scratch_image.targets.field_sets import ScratchImageFieldSet
from scratch_image.targets.options import ScratchImageSubsystem

_EPOCH = "SOURCE_DATE_EPOCH"


@dataclass(frozen=True)
class ReadImage:
    """A target's fields, read: what its image is to be; for each address in `binary`, as written, the target it names; how
    findings are taken; what is attested of the image, which changes no byte of it; the user's CA certificates, if there are
    any; the other contents; and the names. `files` are the targets that addresses in `files` name, and `values` the fields
    as written."""

    address: Address
    spec: ImageSpec
    binaries: Mapping[str, Address]
    policy: Policy
    attestations: Attestations
    bundle: Optional[CaBundle]
    contents: ReadContents
    names: Names
    files: Mapping[str, Address]
    values: Mapping[str, object]


@dataclass(frozen=True)
class _ReadFields:
    """What fields and options say on their own, and the mistakes in them. `spec` and `attestations` mean nothing if not
    `is_valid`."""

    spec: ImageSpec
    policy: Policy
    attestations: Attestations
    names: Names
    is_valid: bool
    mistakes: Tuple[Mistake, ...]


async def read_image(
    field_set: ScratchImageFieldSet, options: ScratchImageSubsystem, conflicts: OutputConflicts, cycles: Cycles
) -> ReadImage:
    """Raises InvalidScratchImage with every mistake of the target, UnusableArtifact, FailedTarget, and what makes an image
    that this one names raises."""
    image = field_set.address
    env = await environment.variables((_EPOCH, *options.env_vars))
    fields = _read_fields(field_set, options, env)
    spec = fields.spec
    mistakes = [*fields.mistakes, *output_path_mistakes(image, field_set.output_path, conflicts)]
    addresses: Dict[str, Dict[str, Address]] = {"binary": {}, "ca_bundle": {}, "files": {}}
    for field, text in _addresses(spec):
        try:
            addresses[field][text] = await address_in_field(image, field, text)
        except UnknownAddress as error:
            mistakes.append(error.mistake)
    for field, wanted in (("files", "files"), ("binary", "program")):
        if image in addresses[field].values():
            mistakes.append(Mistake(f"field `{field}`", f"names the image itself; name the target that makes the {wanted}"))
    cycle = cycles.by_address.get(image)
    if cycle:
        text = f"the image needs itself: {' → '.join(cycle[1])}; name another target in one of them"
        mistakes.append(Mistake(f"field `{cycle[0]}`", text))
    roots: Optional[CaBundle] = None
    if addresses["ca_bundle"]:
        with_certifi = catalog.CA_CERTIFICATES in spec.runtime_files
        roots = await bundle(CaBundleRequest(tuple(addresses["ca_bundle"].values()), with_certifi))
        mistakes.extend(Mistake("field `ca_bundle`", text) for text in roots.facts.mistakes)
    if not fields.is_valid or cycle or image in addresses["files"].values():
        raise InvalidScratchImage(image, mistakes)
    contents, wrong_contents = await read_contents(image, spec, addresses["files"])
    mistakes.extend(wrong_contents)
    if mistakes:
        raise InvalidScratchImage(image, mistakes)
    written = field_set.values()
    binaries, files = addresses["binary"], addresses["files"]
    policy, attestations = fields.policy, fields.attestations
    return ReadImage(image, spec, binaries, policy, attestations, roots, contents, fields.names, files, written)


def _read_fields(field_set: ScratchImageFieldSet, options: ScratchImageSubsystem, env: EnvironmentVars) -> _ReadFields:
    env_vars = tuple(variable.partition("=")[0] for variable in options.env_vars)
    defaults = Defaults(
        user=options.user,
        created=options.created,
        compression=options.compression,
        runtime_files=tuple(options.runtime_files),
        archive=options.archive,
        write=tuple(options.write),
        platforms=tuple(options.platforms),
        env_vars=env_vars,
        env=env,
        source_date_epoch=env.get(_EPOCH),
    )
    values = field_set.values()
    at = field_set.address
    spec, wrong_fields = read_image_spec(values, defaults)
    documents = AttestationDefaults(tuple(options.sbom), options.provenance, options.builder_id or "")
    attestations, wrong_documents = read_attestations(values, documents)
    policy, wrong_policy = read_policy(values["allow"], options.fail_on, options.severity)
    registries, wrong_registries = read_registries(options.registries)
    surroundings = Surroundings(at.target_name, at.spec_path, options.default_repository, registries, env_vars, env)
    names, wrong_names = read_names(values, surroundings)
    mistakes = (*wrong_fields, *wrong_documents, *wrong_registries, *wrong_names, *wrong_policy)
    if WRITTEN_ARCHIVE in spec.written and names.misnamed:
        where = "field `archive`" if values["archive"] is not None else "option `[scratch-image].archive`"
        mistakes = (*mistakes, *(Mistake(where, f"`image.tar` needs a name: {text}") for text in names.misnamed))
    return _ReadFields(spec, policy, attestations, names, not (wrong_fields or wrong_documents), mistakes)


def _addresses(spec: ImageSpec) -> Iterator[Tuple[str, str]]:
    """(field, address as written) of every address in the fields."""
    for image in spec.images:
        if image.binary:
            yield "binary", image.binary
    for text in spec.ca_bundle:
        yield "ca_bundle", text
    for _, source in spec.files:
        if source.address:
            yield "files", source.address
