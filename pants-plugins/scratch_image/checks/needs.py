"""What the program looks for and does not find in the image, and what the image has that nothing needs."""

from __future__ import annotations

import posixpath
import re
from typing import Dict, Iterator, Optional, Sequence, Tuple

from scratch_image.binary import evidence
from scratch_image.binary import needs as kinds
from scratch_image.binary.evidence import Need
from scratch_image.binary.facts import ProgramFacts
from scratch_image.binary.needs import Needs
from scratch_image.checks import resolve
from scratch_image.checks.change import Change
from scratch_image.checks.findings import Finding
from scratch_image.checks.proposals import Proposals
from scratch_image.image.spec import ImageSpec
from scratch_image.layout.tree import FILE
from scratch_image.root import places, zones
from scratch_image.root.answer import MISSING, Answer
from scratch_image.root.root import Root
from scratch_image.runtime_files import catalog, layer_plan

_LEVELS = {evidence.LINKED: "linked: {}", evidence.HINT: "hint: the text {}"}
# Need → (check, what the program does or may do, what happens if nothing is there; the place is filled in).
_TEXTS: Dict[str, Tuple[str, str, str]] = {
    evidence.CA: ("SR040", "make TLS connections", "no certificate can be checked"),
    evidence.TZ: ("SR042", "look up time zones", "finds UTC only"),
    evidence.TMP: ("SR043", "make temporary files", "there is no {}"),
    evidence.USERS: ("SR044", "look up users", "there is no {}"),
    evidence.CURRENT_USER: ("SR044", "ask which user it runs as", "gets an error: there is no {}, and USER is not set"),
    evidence.CACHE: ("SR070", "ask for a directory for its cache", "cannot make it: there is no {}"),
    evidence.MIME: ("SR047", "look for media types", "has only those built in"),
    evidence.TERMINFO: ("SR047", "look for terminal descriptions", "there are none"),
}
# The entries that a Go program is known to need or not to need; of the others nobody can tell.
_EXACT: Dict[str, str] = {
    catalog.CA_CERTIFICATES: evidence.CA,
    catalog.TZDATA: evidence.TZ,
    catalog.TMP: evidence.TMP,
    catalog.MIME_TYPES: evidence.MIME,
}
# Absolute paths in an argument or a variable: `--data=/tmp`, `A=/tmp:/data`.
_PATHS = re.compile(r"(?<![^=:,;'\"\s])/[^=:,;'\"\s]*")


def missing(spec: ImageSpec, program: ProgramFacts, root: Root, proposals: Proposals) -> Iterator[Finding]:
    """SR040 to SR049, SR070 and SR071. Of an index, unneeded() sees all programs together."""
    needs = program.needs
    if needs is None:
        return
    every = needs.found
    if needs.openssl_cert_file and not any(need.name == evidence.CA for need in every):
        every = (Need(evidence.CA, evidence.HINT, needs.openssl_cert_file), *every)
    if needs.old_glibc:
        every = tuple(need for need in every if need.name != evidence.USERS)  # No file helps: SR046 says it.
    resolvers = [(need, resolve.resolver(program, needs, need)) for need in every]
    unsatisfied = {need for need, answers in resolvers if answers and not proposals.keeps(root, answers)}
    for need, answers in resolvers:
        if not answers:
            yield from _without_resolver(spec, root, needs, need)
        elif need in unsatisfied:
            yield _lacking(spec, needs, need, answers(root), proposals.of(need.name, answers))
    yield from _local_time(spec, program, needs, root, proposals)
    yield from _unclear(spec, needs)
    if not spec.is_of_index:
        yield from unneeded(spec, (spec.binary,), (program,))


def _lacking(spec: ImageSpec, needs: Needs, need: Need, answer: Answer, change: Optional[Change]) -> Finding:
    check, act, without = _TEXTS[need.name]
    verb, _, rest = act.partition(" ")
    does = f"{verb}s {rest}" if need.level == evidence.LINKED else f"may {act}"
    shown = _LEVELS[need.level].format(need.evidence)
    if need.name == evidence.CA and needs.openssl_cert_file and answer.place != catalog.CA_PATH:
        check = "SR041"
        text = f"the OpenSSL in {spec.binary} looks for CA certificates in {answer.place}"
        text += f", and {answer.why}" if answer.why else ", and there are none"
    elif answer.state == MISSING:
        text = f"{spec.binary} {does} ({shown}), and {without.format(answer.place)}"
    else:
        text = f"{spec.binary} {does} ({shown}) in {answer.place}, and {answer.why}"
    severity = "warning" if need.name == evidence.CURRENT_USER else ""
    if need.name == evidence.CACHE and need.level == evidence.HINT:
        severity = "info"
    fix = "link the fallbacks in, or do without" if need.name == evidence.TERMINFO else ""
    if not change and not fix:
        is_missing = answer.state == MISSING
        what = "other fields are in the way of what would add it" if is_missing else "what is there now is in the way"
        fix = f"see to {answer.place}: {what}{'' if is_missing else ' of what the program needs'}"
    return Finding.of(check, text, fix, severity, change)


def _without_resolver(spec: ImageSpec, root: Root, needs: Needs, need: Need) -> Iterator[Finding]:
    shown = _LEVELS[need.level].format(need.evidence)
    if need.name == evidence.SUBPROCESS:
        others = any(
            node.kind == FILE and node.mode & 0o111 and path != spec.binary_path for path, node in root.nodes.items()
        )
        known = "none in the image but those in `files`" if others else "none in the image"
        yield Finding.of("SR045", f"{spec.binary} can start other programs ({shown}), and there are {known}")
    elif need.name == evidence.NSS:
        yield from _name_service(spec, root, needs, shown)
    elif need.name == evidence.PLUGINS:
        exact = needs.evidence == kinds.NAMES
        loads = "loads libraries while it runs" if exact else "can load libraries while it runs"
        text = f"{spec.binary} {loads} ({shown}), which no static program can"
        yield Finding.of("SR071", text, severity="" if exact else "info")


def _name_service(spec: ImageSpec, root: Root, needs: Needs, shown: str) -> Iterator[Finding]:
    """SR046. A program that asks for none of its databases has the code for another's sake."""
    if not needs.databases:
        return
    if needs.old_glibc:
        asked = " and ".join(filter(None, (", ".join(needs.databases[:-1]), needs.databases[-1])))
        text = f"{spec.binary} contains the name service of a glibc before 2.34 ({shown}), and looks up {asked}"
        fix = "link with glibc 2.34 or later, or with musl"
        yield Finding.of("SR046", f"{text}: without shared libraries of exactly that glibc, it finds none", fix)
        return
    sources = places.foreign_sources(root, needs.databases)
    if sources:
        text = f"{spec.binary} contains glibc's name service ({shown}), and {places.NSSWITCH} asks for"
        yield Finding.of("SR046", f"{text} {', '.join(sources)}: only files and DNS work without shared libraries")


def _local_time(spec: ImageSpec, program: ProgramFacts, needs: Needs, root: Root, proposals: Proposals) -> Iterator[Finding]:
    """SR042, where TZ names a zone that is not found."""
    answers = resolve.local_time(program, needs)
    value = root.variable(zones.TZ)
    if not answers or answers(root):
        return
    change = proposals.of(evidence.TZ, answers)
    text = f"TZ={value} in `env` names a time zone that {spec.binary} does not find, so its local time is UTC"
    fix = "" if change else 'write a zone of the tz database: TZ="Europe/Berlin"'
    yield Finding.of("SR042", text, fix, "", change)


def _unclear(spec: ImageSpec, needs: Needs) -> Iterator[Finding]:
    if needs.evidence == kinds.NONE:
        yield Finding.of("SR048", f"the needs of {spec.binary} cannot be read: the names in it are packed or obfuscated")
    elif needs.evidence == kinds.STRINGS:
        text = f"the needs of {spec.binary} were looked for in its texts, which may not show all of them"
        if needs.unclear:
            text += f" and reveal nothing about {', '.join(needs.unclear)}"
        yield Finding.of("SR048", text)


def unneeded(spec: ImageSpec, binaries: Sequence[str], programs: Sequence[ProgramFacts]) -> Iterator[Finding]:
    """SR049, of all programs of a target: `binaries` are their addresses."""
    every = [program.needs for program in programs if program.needs]
    exact = all(needs.evidence == kinds.NAMES and not needs.cgo for needs in every)
    if spec.runtime_files_by_default or not exact or len(every) < len(programs):
        return
    found = {need.name for needs in every for need in needs.found}
    if evidence.LOCAL_TIME in found and any(variable.startswith(f"{zones.TZ}=") for variable in spec.run.env):
        found.add(evidence.TZ)
    unused = [name for name in spec.runtime_files if name in _EXACT and _EXACT[name] not in found]
    named = tuple(_named_paths(spec)) if unused else ()
    extra = [name for name in unused if not any(_has(name, path) for path in named)]
    if extra:
        text = f"nothing in {' and '.join(binaries)} needs {' and '.join(extra)} of `runtime_files`"
        yield Finding.of("SR049", text, change=Change(remove=frozenset(extra)))


def _named_paths(spec: ImageSpec) -> Iterator[str]:
    """What other fields lead to: volumes, the working directory, links, and paths in arguments and variables."""
    yield from spec.run.volumes
    yield spec.run.workdir or "/"
    for link in spec.symlinks:
        yield posixpath.normpath(posixpath.join("/", posixpath.dirname(link.path), link.target))
    for text in (*(spec.run.entrypoint or ()), *(spec.run.cmd or ()), *spec.run.env):
        yield from _PATHS.findall(text)


def _has(name: str, path: str) -> bool:
    """Whether an entry of `runtime_files` makes a path, or a directory that it is in."""
    return any(f"{path}/".startswith(f"/{entry.path}/") for entry in layer_plan.claimed((name,), has_bundle=False))
