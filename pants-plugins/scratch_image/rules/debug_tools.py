"""The tools of a debug image: where they are in it, and what is found in them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Dict, Iterator, List, Tuple

from scratch_image.binary.facts import BinaryFacts
from scratch_image.checks import configuration, paths
from scratch_image.checks.contents import contents as case_findings
from scratch_image.checks.contents import helper
from scratch_image.checks.findings import Finding, show
from scratch_image.image.claims import PathClaim, conflicts, same_but_for_case
from scratch_image.image.contents import Contents, claims_of
from scratch_image.image.debug import Tools, debug_run, missing_platforms, tools_of
from scratch_image.image.field_reader import Mistake
from scratch_image.image.spec import ImageSpec
from scratch_image.oci.platform import Platform
from scratch_image.oci.tar import DirectoryEntry
from scratch_image.root.of_image import KnownContents, root_of
from scratch_image.rules.contents import Executable
from scratch_image.rules.facts import FactsRequest, facts
from scratch_image.rules.mistakes import InvalidScratchImage
from scratch_image.rules.read_debug import ReadDebug

# The key of the tools among the layers of an image's contents: no address is empty.
_TOOLS = ""
_FIELD = "field `tools`"


@dataclass(frozen=True)
class Production:
    """What a debug image is of: the specification of the image, its contents, and the platforms that it is for."""

    spec: ImageSpec
    contents: Contents
    platforms: Tuple[Platform, ...]


@dataclass(frozen=True)
class DebugPlatform:
    """The debug image of one platform: its tools, and what is found in them."""

    platform: Platform
    tools: Tools
    findings: Tuple[Finding, ...] = ()


@dataclass(frozen=True)
class DebugInspection:
    """What is found in a debug image. `failure` has every reason against it, if a finding stops it; else it is empty.
    `notes` are lines about the other findings."""

    platforms: Tuple[DebugPlatform, ...]
    failure: str
    notes: Tuple[str, ...]


async def inspect_debug(read: ReadDebug, of: Production) -> DebugInspection:
    """Judges the tools of a debug image. Raises InvalidScratchImage and ProcessFailed."""
    own = _placed(read, of)
    executables = {each.platform: _executables(read, each) for each in own}
    contents = tuple(dict.fromkeys(one.content for every in executables.values() for one in every))
    known = dict(zip(contents, await facts(map(FactsRequest, contents))))
    judged: Dict[Platform, List[Finding]] = {}
    for each in own:
        findings = judged[each.platform] = [*_of_paths(read, of, each.tools)]
        for one in executables[each.platform]:
            findings.extend(_of_executable(of, each.platform, one, known[one.content]))
    applied = tuple(dataclasses.replace(each, findings=read.policy.applied(judged[each.platform])) for each in own)
    return _inspection(read, applied, tuple(finding for findings in judged.values() for finding in findings))


def _inspection(
    read: ReadDebug, platforms: Tuple[DebugPlatform, ...], before_policy: Tuple[Finding, ...]
) -> DebugInspection:
    own = str(read.address)
    every = tuple(dict.fromkeys(finding for each in platforms for finding in each.findings))
    stopping = tuple(finding for finding in every if read.policy.stops(finding))
    others = (finding for finding in every if finding not in stopping and finding.severity != "info")
    unused = (
        f'  allow=["{check}"] on {own} accepts a finding that no longer occurs; remove it'
        for check in read.policy.unused(before_policy)
    )
    notes = (*show(others, own).splitlines(), *unused)
    failure = "\n".join((f"{own} cannot be made:", show(stopping, own), *notes)) if stopping else ""
    return DebugInspection(platforms, failure, notes)


def _placed(read: ReadDebug, of: Production) -> Tuple[DebugPlatform, ...]:
    """The tools of each platform. Raises InvalidScratchImage."""
    mistakes = list(missing_platforms(read.spec.tools, str(read.image.address), of.platforms))
    found: List[DebugPlatform] = []
    made = {text: tree.made for text, tree in read.trees.items()}
    for platform in of.platforms if not mistakes else ():
        try:
            tools = tools_of(read.spec.tools, platform, made)
        except ValueError as error:
            mistakes.append(Mistake(_FIELD, str(error)))
            continue
        if not tools.commands:
            what = f"nothing in it can be executed on {platform}; name a static program, or files that are executable"
            mistakes.append(Mistake(_FIELD, what))
        mistakes.extend(conflicts(_claims(of, tools)))
        found.append(DebugPlatform(platform, tools))
    if mistakes:
        raise InvalidScratchImage(read.address, dict.fromkeys(mistakes))
    return tuple(found)


def _claims(of: Production, tools: Tools) -> Tuple[PathClaim, ...]:
    return (*claims_of(of.spec, of.contents), *(PathClaim(_FIELD, entry) for entry in tools.entries))


def _executables(read: ReadDebug, of: DebugPlatform) -> Tuple[Executable, ...]:
    """The executables among the tools of a platform, by their content paths: `N/content/PATH`."""
    addresses = [tool.address_for(of.platform) or "" for tool in read.spec.tools]
    digests = [dict(read.trees[address].files) for address in addresses]
    found: List[Executable] = []
    for entry in of.tools.executables:
        number, _, path = entry.content.split("/", 2)
        at = int(number)
        found.append(Executable(f"/{entry.path}", digests[at][path], read.trees[addresses[at]].target_kind))
    return tuple(found)


def _of_paths(read: ReadDebug, of: Production, tools: Tools) -> Iterator[Finding]:
    """The findings that are not of the executables' facts."""
    visible = (f"/{entry.path}" for entry in tools.entries if not isinstance(entry, DirectoryEntry))
    yield from paths.hidden([(path, "`tools`") for path in visible])
    known = set(same_but_for_case(claims_of(of.spec, of.contents)))
    yield from case_findings({}, tuple(pair for pair in same_but_for_case(_claims(of, tools)) if pair not in known))
    every = dataclasses.replace(of.contents, by_address={**of.contents.by_address, _TOOLS: tools.entries})
    yield from paths.layers(of.spec, every)
    if read.spec.entrypoint:
        run = debug_run(of.spec.run, read.spec.entrypoint, tools.directories)
        spec = dataclasses.replace(of.spec, run=run)
        fix = f"start a tool: entrypoint={list(tools.shell() or tools.commands[:1])!r}"
        for finding in configuration.entrypoint(spec, root_of(spec, every, KnownContents())):
            yield dataclasses.replace(finding, fix=fix)


def _of_executable(of: Production, platform: Platform, one: Executable, facts_of: BinaryFacts) -> Iterator[Finding]:
    yield from helper(of.spec, platform, one.path, facts_of, one.target_kind, "tools")
