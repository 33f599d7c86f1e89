"""The findings of an image, for `package` and `lint` alike."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Iterable, Iterator, List, Mapping, Optional, Tuple

from scratch_image.binary.facts import BinaryFacts
from scratch_image.checks import paths
from scratch_image.checks.certificates import validity
from scratch_image.checks.contents import contents, helper
from scratch_image.checks.findings import Finding, one_fix, show
from scratch_image.checks.judge import Judged, Judgement, judge_all
from scratch_image.checks.needs import unneeded
from scratch_image.image.spec import ImageSpec
from scratch_image.oci.platform import Platform
from scratch_image.oci.tar import FileEntry
from scratch_image.rules.artifact import Artifact, ArtifactRequest, artifacts
from scratch_image.rules.contents import BuiltLayer, Executable
from scratch_image.rules.facts import FactsRequest, facts
from scratch_image.rules.known_contents import known_contents
from scratch_image.rules.read_image import ReadImage

_FAIL_ON = ', because `[scratch-image].fail_on` is "warning"'


@dataclass(frozen=True)
class PlatformBuild:
    """One platform's image while it is built: its specification, its program and the program's facts.

    `layers` are those written so far, base first. `findings` and `platform` are known once the image is inspected;
    `platform` stays None if no image can be written.
    """

    spec: ImageSpec
    program: Artifact
    facts: BinaryFacts
    layers: Tuple[BuiltLayer, ...] = ()
    findings: Tuple[Finding, ...] = ()
    platform: Optional[Platform] = None


@dataclass(frozen=True)
class Inspection:
    """What is found in an image, or in all of an index. `failure` has every reason against the image, if a finding stops
    it; else it is empty. `notes` are lines about what is found, infos apart, and `unused` those of them about `allow`.
    `executables` are the facts of the executables in `files`, by their absolute paths."""

    image: str
    builds: Tuple[PlatformBuild, ...]
    failure: str
    notes: Tuple[str, ...]
    unused: Tuple[str, ...]
    executables: Mapping[str, BinaryFacts]

    def shown(self, *, infos: bool) -> str:
        """The image and its findings, for people; without `infos`, those with this severity as one line. Empty if there are
        no findings."""
        every = tuple(_every(self.builds))
        counted = () if infos else tuple(finding for finding in every if finding.severity == "info")
        listed = show((finding for finding in every if finding not in counted), self.image)
        lines = [*filter(None, (listed, *self.unused))]
        if counted and not lines:
            return f"{self.image}: {_counted(counted)}"
        lines += [f"  {_counted(counted)}"] if counted else []
        return "\n".join((self.image, *lines)) if lines else ""


def _counted(infos: Tuple[Finding, ...]) -> str:
    checks = ", ".join(dict.fromkeys(finding.check for finding in infos))
    number, them = ("1 info", "it") if len(infos) == 1 else (f"{len(infos)} infos", "them")
    return f"{number} ({checks}); --scratch-image-lint-infos shows {them}"


async def program_files(read: ReadImage) -> Tuple[Artifact, ...]:
    """The programs of `read.spec.images`, in their order. Raises UnusableArtifact."""
    addresses = (read.binaries[spec.binary] for spec in read.spec.images)
    return await artifacts(ArtifactRequest(address, consumer=read.address) for address in addresses)


async def read_programs(read: ReadImage) -> Tuple[PlatformBuild, ...]:
    """The programs of an image with their facts, and without a layer. Raises UnusableArtifact and ProcessFailed."""
    programs = await program_files(read)
    every = await facts(FactsRequest(program.content) for program in programs)
    return tuple(map(PlatformBuild, read.spec.images, programs, every))


async def inspect(read: ReadImage, builds: Tuple[PlatformBuild, ...], now: Optional[str] = None) -> Inspection:
    """Judges an image by the facts of its programs and of the executables in `files`; with `now`, RFC 3339 in UTC, also by
    the dates of its certificates. Raises ProcessFailed."""
    executables = read.contents.executables
    every = await facts(FactsRequest(executable.content) for executable in executables)
    by_executable = dict(zip(executables, every))
    known = await known_contents(read.spec, read.contents, (build.facts for build in builds))
    common = [*_of_target(read, builds), *(validity(read.bundle.facts, now) if now and read.bundle else ())]
    judgements = judge_all(
        [Judged(build.spec, build.facts, build.program.target_kind) for build in builds], read.contents.contents, known
    )
    judged = tuple(_judged(build, one, common, by_executable) for build, one in zip(builds, judgements))
    applied = _fixed(
        read.spec, (dataclasses.replace(build, findings=read.policy.applied(build.findings)) for build in judged)
    )
    unused = tuple(
        f'  allow=["{check}"] on {read.address} accepts a finding that no longer occurs; remove it'
        for check in read.policy.unused(_every(judged))
        # Without a clock nobody can tell whether a certificate's date is still accepted for a reason.
        if now or check != "SR060"
    )
    image = str(read.address)
    stopping = tuple(finding for finding in _every(applied) if read.policy.stops(finding))
    others = tuple(finding for finding in _every(applied) if finding not in stopping and finding.severity != "info")
    # Infos are not shown here: the fix is for what is.
    notes = (*show(one_fix((*stopping, *others), read.spec), image).splitlines(), *unused)
    failure = "\n".join((_headline(image, stopping), *notes)) if stopping else ""
    found = {executable.path: of for executable, of in by_executable.items()}
    return Inspection(image, applied, failure, notes, unused, found)


def _headline(image: str, stopping: Tuple[Finding, ...]) -> str:
    """That an image is not built, and why if none of the findings is an error."""
    is_by_option = all(finding.severity == "warning" for finding in stopping)
    return f"{image} cannot be built{_FAIL_ON if is_by_option else ''}:"


def _of_target(read: ReadImage, builds: Tuple[PlatformBuild, ...]) -> Iterator[Finding]:
    """The findings that are of every platform."""
    of = read.contents.contents
    programs = tuple(build.facts.program for build in builds if build.facts.program)
    if read.spec.by_platform and len(programs) == len(builds):
        yield from unneeded(read.spec, tuple(build.spec.binary for build in builds), programs)
    yield from contents(
        {f"/{entry.path}": entry.mode for entry in of.entries if isinstance(entry, FileEntry)}, read.contents.cases
    )
    yield from paths.mounted_over(read.spec, of)
    yield from paths.owners(of)
    yield from paths.layers(read.spec, of)
    yield from paths.variants(platform for platform, _ in read.spec.by_platform)


def _fixed(spec: ImageSpec, builds: Iterable[PlatformBuild]) -> Tuple[PlatformBuild, ...]:
    """The builds with findings that have one fix for the target."""
    every = tuple(builds)
    fixed = dict(zip(_every(every), one_fix(_every(every), spec)))
    return tuple(dataclasses.replace(build, findings=tuple(fixed[each] for each in build.findings)) for build in every)


def _judged(
    build: PlatformBuild,
    judgement: Judgement,
    common: List[Finding],
    executables: Mapping[Executable, BinaryFacts],
) -> PlatformBuild:
    """The platform and all findings, whatever the policy. `common` are those of every platform."""
    findings = [*judgement.findings, *common]
    if judgement.platform:
        for each, of in executables.items():
            findings.extend(helper(build.spec, judgement.platform, each.path, of, each.target_kind))
    return dataclasses.replace(build, findings=tuple(findings), platform=judgement.platform)


def _every(builds: Tuple[PlatformBuild, ...]) -> Iterator[Finding]:
    """The findings of all platforms, each once."""
    return iter(dict.fromkeys(finding for build in builds for finding in build.findings))
