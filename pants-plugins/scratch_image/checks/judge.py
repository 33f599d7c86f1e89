"""From what an image is to be and what its program is, to findings: one pure function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Optional, Sequence, Tuple

from scratch_image.binary import linkage
from scratch_image.binary.facts import BinaryFacts
from scratch_image.binary.platform import UnknownMachine, platform_of
from scratch_image.checks import build, configuration, needs, program
from scratch_image.checks.cures import KNOWN_CPU, other_system_cure
from scratch_image.checks.findings import Finding
from scratch_image.checks.proposals import Proposals
from scratch_image.image.contents import Contents
from scratch_image.image.spec import ImageSpec
from scratch_image.oci.platform import Platform
from scratch_image.root.of_image import KnownContents, root_of

NOTHING, UNKNOWN = Contents({}, (), {}), KnownContents()


@dataclass(frozen=True)
class Judgement:
    """`platform` is the image's, None if nothing can be written; one of the `findings` is then an error with the
    reason."""

    platform: Optional[Platform]
    findings: Tuple[Finding, ...]


def judge(
    spec: ImageSpec, facts: BinaryFacts, target_kind: str, contents: Contents = NOTHING, known: KnownContents = UNKNOWN
) -> Judgement:
    """`target_kind` is the alias of the target that makes the program, for cures in its own words. `contents` is what
    else is in the image, and `known` what is known of the files in it."""
    return _judged(Judged(spec, facts, target_kind), contents, known)[0]


class Judged(NamedTuple):
    """The arguments of judge() that are of one image of a target."""

    spec: ImageSpec
    facts: BinaryFacts
    target_kind: str


def judge_all(images: Sequence[Judged], contents: Contents, known: KnownContents) -> Tuple[Judgement, ...]:
    """Judges all images of a target. The changes that they propose are one: what one proposes serves the others, or at
    least takes nothing from them."""
    alone = tuple(_judged(image, contents, known) for image in images)
    every = [proposals for _, proposals in alone if proposals]
    if len(every) < 2 or not any(finding.change for judgement, _ in alone for finding in judgement.findings):
        return tuple(judgement for judgement, _ in alone)
    beside = [proposals.unchanged() for proposals in every]
    judgements = []
    for image, (judgement, proposals) in zip(images, alone):
        if proposals:
            place = every.index(proposals)
            judgement, together = _judged(image, contents, known, (*beside[:place], *beside[place + 1 :]))
            beside[place] = together or beside[place]
        judgements.append(judgement)
    return tuple(judgements)


def _judged(
    image: Judged, contents: Contents, known: KnownContents, beside: Sequence[Proposals] = ()
) -> Tuple[Judgement, Optional[Proposals]]:
    """The judgement and what it proposes, None where nothing can be written."""
    spec, facts, target_kind = image
    if facts.program is None:
        return Judgement(None, (_no_program(spec.binary, facts),)), None
    if facts.program.linkage in (linkage.OBJECT, linkage.CORE):
        kind = "an object file, which was not linked" if facts.program.linkage == linkage.OBJECT else "a core dump"
        return Judgement(None, (Finding.of("SR004", f"{spec.binary} is {kind}"),)), None
    try:
        platform = platform_of(facts.program)
    except UnknownMachine as error:
        return Judgement(None, (Finding.of("SR002", f"{spec.binary} is {error}", KNOWN_CPU),)), None
    needed = facts.program.needs
    openssl_cert_file = needed.openssl_cert_file if needed else None
    root = root_of(spec, contents, known, openssl_cert_file)
    proposals = Proposals(spec, root, openssl_cert_file, beside)
    # One fix, in the order of what depends on what: the user, what the fields name, what the program needs.
    user = tuple(configuration.user(spec, root, proposals))
    # Without its user nothing starts: what else is found is of the root in which the user is known.
    root = proposals.judged
    places = tuple(configuration.places(spec, root, proposals))
    findings = (
        *program.linkage(spec.binary, facts.program, target_kind),
        *program.fit(spec, facts.program, platform),
        *program.memory(spec.binary, facts.program),
        *configuration.entrypoint(spec, root),
        *needs.missing(spec, facts.program, root, proposals),
        *build.build(spec.binary, facts.program, target_kind),
        *places,
        *configuration.ports(spec, root),
        *user,
        *configuration.placeholders(spec),
    )
    return Judgement(spec.platform or platform, findings), proposals


def _no_program(binary: str, facts: BinaryFacts) -> Finding:
    if facts.broken is not None:
        return Finding.of("SR003", f"{binary} is not a complete ELF file: {facts.broken}")
    if facts.script is not None:
        return Finding.of("SR001", f"{binary} is a script for {facts.script}, which is not in the image")
    return Finding.of("SR002", f"{binary} is {facts.other}, not an ELF program", other_system_cure(facts.other or ""))
