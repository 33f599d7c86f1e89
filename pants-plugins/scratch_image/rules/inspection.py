"""What comes before an image's layer, for `package` and `lint` alike: its fields, read, and its findings, judged."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Dict, Iterator, List, Optional, Tuple

from pants.engine.addresses import Address

from scratch_image.binary.facts import BinaryFacts
from scratch_image.checks.certificates import validity
from scratch_image.checks.contents import contents, helper
from scratch_image.checks.findings import Finding, Policy, show
from scratch_image.checks.judge import Judgement, judge
from scratch_image.checks.policy import read_policy
from scratch_image.engine import requests as engine
from scratch_image.image.field_reader import Mistake
from scratch_image.image.names import Names, Surroundings, read_names
from scratch_image.image.output_path import output_path
from scratch_image.image.registries import read_registries
from scratch_image.image.spec import Defaults, ImageSpec, read_image_spec
from scratch_image.oci.platform import Platform
from scratch_image.rules.artifact import UnknownAddress, address_in_field
from scratch_image.rules.contents import Helper, ReadContents, read_contents
from scratch_image.rules.requests import Artifact, Bundle, BundleRequest, OutputConflicts
from scratch_image.runtime_files import catalog
from scratch_image.targets.field_sets import ScratchImageFieldSet
from scratch_image.targets.options import ScratchImageSubsystem


class InvalidScratchImage(Exception):
    """What a BUILD file says about an image is wrong; the text holds all of it."""

    outcome = "made"

    def __init__(self, address: Address, mistakes: Tuple[Mistake, ...]) -> None:
        lines = "\n".join(textwrap.indent(str(mistake), "    ")[2:] for mistake in mistakes)
        super().__init__(f"{address} can not be {self.outcome}:\n{lines}")


@dataclass(frozen=True)
class ReadImage:
    """An image's fields, read: what it is to be, the addresses of its programs (those of `spec.images`, in their order), how
    its findings are taken, the user's CA certificates, if there are any, what else is in it, and what it is called."""

    spec: ImageSpec
    binaries: Tuple[Address, ...]
    policy: Policy
    bundle: Optional[Bundle]
    contents: ReadContents
    names: Names


@dataclass(frozen=True)
class Inspection:
    """What is to be said of an image, or of all in an index. `platforms` and `findings` are one per program; a platform is
    None where nothing can be written. `failure` says all that speaks against the image, where a finding stops it. `notes`
    are lines about findings that do not, `unused` those among them about `allow`."""

    platforms: Tuple[Optional[Platform], ...]
    findings: Tuple[Tuple[Finding, ...], ...]
    failure: str
    notes: Tuple[str, ...]
    unused: Tuple[str, ...]


async def read_image(
    field_set: ScratchImageFieldSet, options: ScratchImageSubsystem, conflicts: OutputConflicts
) -> ReadImage:
    """Raises InvalidScratchImage with every mistake of the target."""
    env = await engine.environment_variables(("SOURCE_DATE_EPOCH", *options.env_vars))
    env_vars = tuple(variable.partition("=")[0] for variable in options.env_vars)
    defaults = Defaults(
        user=options.user,
        created=options.created,
        compression=options.compression,
        runtime_files=tuple(options.runtime_files),
        archive=options.archive,
        platforms=tuple(options.platforms),
        env_vars=env_vars,
        env=env,
        source_date_epoch=env.get("SOURCE_DATE_EPOCH"),
    )
    spec, wrong_fields = read_image_spec(field_set.values(), defaults)
    policy, wrong_policy = read_policy(field_set.allow.value, options.fail_on, options.severity)
    at = field_set.address
    registries, wrong_registries = read_registries(options.registries)
    surroundings = Surroundings(at.target_name, at.spec_path, options.default_repository, registries, env_vars, env)
    names, wrong_names = read_names(field_set.names(), surroundings)
    mistakes = [*wrong_fields, *wrong_registries, *wrong_names, *wrong_policy, *_output_path_mistakes(field_set, conflicts)]
    named = [("binary", image.binary) for image in spec.images]
    named.extend(("ca_bundle", text) for text in spec.ca_bundle)
    named.extend(("files", source.address) for _, source in spec.files if source.address)
    found: List[Tuple[str, Address]] = []
    in_files: Dict[str, Address] = {}
    for field, text in named:
        if not text:
            continue
        try:
            address = await address_in_field(field_set.address, field, text)
            found.append((field, address))
            if field == "files":
                in_files[text] = address
        except UnknownAddress as error:
            mistakes.append(Mistake(f"field `{field}`", str(error)))
    binaries = tuple(address for field, address in found if field == "binary")
    if field_set.address in in_files.values():
        mistakes.append(Mistake("field `files`", "it names the image itself; name the target that makes the files"))
    if field_set.address in binaries:
        mistakes.append(Mistake("field `binary`", "it names the image itself; name the target that makes the program"))
    bundle: Optional[Bundle] = None
    roots = tuple(address for field, address in found if field == "ca_bundle")
    if roots:
        bundle = await engine.bundle(BundleRequest(roots, catalog.CA_CERTIFICATES in spec.runtime_files))
        mistakes.extend(Mistake("field `ca_bundle`", text) for text in bundle.facts.mistakes)
    if wrong_fields or field_set.address in in_files.values():
        raise InvalidScratchImage(field_set.address, tuple(mistakes))
    found_contents, wrong_contents = await read_contents(field_set.address, spec, in_files)
    mistakes.extend(wrong_contents)
    if mistakes:
        raise InvalidScratchImage(field_set.address, tuple(mistakes))
    return ReadImage(spec, binaries, policy, bundle, found_contents, names)


def inspect(
    image: Address,
    read: ReadImage,
    artifacts: Tuple[Artifact, ...],
    facts: Tuple[BinaryFacts, ...],
    helpers: Tuple[BinaryFacts, ...],
    now: Optional[str] = None,
) -> Inspection:
    """Judges an image by the facts of its programs and of the executables in `files`; with `now`, RFC 3339 in UTC, its
    certificates' dates as well."""
    modes = read.contents.contents.modes(read.spec.binary_path)
    judgements = [
        judge(spec, of, artifact.target_kind, modes) for spec, of, artifact in zip(read.spec.images, facts, artifacts)
    ]
    common = tuple(contents(modes, read.contents.cases))
    if now and read.bundle:
        common = (*common, *validity(read.bundle.facts, now))
    judged = [
        (*judgement.findings, *common, *_of_helpers(spec, judgement, read.contents.helpers, helpers))
        for spec, judgement in zip(read.spec.images, judgements)
    ]
    findings = tuple(map(read.policy.applied, judged))
    every = tuple(dict.fromkeys(finding for each in findings for finding in each))
    stopping = tuple(finding for finding in every if read.policy.stops(finding))
    others = tuple(finding for finding in every if finding not in stopping and finding.severity != "info")
    unused = tuple(
        f'  allow=["{check}"] on {image} accepts what no longer happens; take it out'
        for check in read.policy.unused(finding for each in judged for finding in each)
        # Without a clock nobody can tell whether a certificate's date is still accepted for a reason.
        if now or check != "SR060"
    )
    notes = (*show(others, str(image)).splitlines(), *unused)
    failure = ""
    if stopping:
        lines = (f"{image} can not run in an image from scratch:", show(stopping, str(image)), *notes)
        failure = "\n".join(lines)
    return Inspection(tuple(judgement.platform for judgement in judgements), findings, failure, notes, unused)


def _of_helpers(
    spec: ImageSpec, judgement: Judgement, helpers: Tuple[Helper, ...], facts: Tuple[BinaryFacts, ...]
) -> Iterator[Finding]:
    if judgement.platform:
        for each, of in zip(helpers, facts):
            yield from helper(spec, judgement.platform, each.path, of, each.target_kind)


def _output_path_mistakes(field_set: ScratchImageFieldSet, conflicts: OutputConflicts) -> List[Mistake]:
    try:
        output_path(field_set.output_path.value_or_default(file_ending=None))
    except ValueError as error:
        return [Mistake("field `output_path`", str(error))]
    sentences = conflicts.by_address.get(field_set.address, ())
    return [Mistake("field `output_path`", f"{sentence}; give one of them another path") for sentence in sentences]
