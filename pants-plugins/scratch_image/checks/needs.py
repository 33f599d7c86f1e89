"""What the program will miss in the image, and what the image has that nothing needs."""

from __future__ import annotations

import stat
from typing import Dict, Iterator, List, Mapping, Tuple

from scratch_image.binary import evidence
from scratch_image.binary import needs as kinds
from scratch_image.binary.evidence import Need
from scratch_image.binary.facts import ProgramFacts
from scratch_image.binary.needs import Needs
from scratch_image.checks.findings import Finding, found
from scratch_image.image.spec import ImageSpec
from scratch_image.runtime_files import catalog
from scratch_image.runtime_files.layer_plan import openssl_link

# Need → (check, entry of `runtime_files` that is its cure, what will happen).
_CURED: Dict[str, Tuple[str, str, str]] = {
    evidence.CA: ("SR040", catalog.CA_CERTIFICATES, "makes TLS connections ({}), and no certificate can be checked"),
    evidence.TZ: ("SR042", catalog.TZDATA, "looks up time zones ({}), and finds UTC only"),
    evidence.TMP: ("SR043", catalog.TMP, "makes temporary files ({}), and there is no /tmp"),
    evidence.USERS: ("SR044", catalog.NONROOT, "looks up users ({}), and there is no /etc/passwd"),
    evidence.MIME: ("SR047", catalog.MIME_TYPES, "looks for media types ({}), and has only those built in"),
}
# Entry → a path that serves the need as well, wherever it is from.
_PLACES: Dict[str, str] = {
    catalog.CA_CERTIFICATES: catalog.CA_PATH,
    catalog.TZDATA: catalog.ZONEINFO,
    catalog.TMP: "/tmp",
    catalog.NONROOT: "/etc/passwd",
    catalog.MIME_TYPES: "/etc/mime.types",
}
_LEVELS = {evidence.LINKED: "linked: {}", evidence.HINT: "hint: the text {}"}
# Entries whose need is exactly known of a Go program; nobody can tell that the others are of no use.
_EXACT = (catalog.CA_CERTIFICATES, catalog.TZDATA, catalog.TMP, catalog.MIME_TYPES)


def missing(spec: ImageSpec, program: ProgramFacts, modes: Mapping[str, int]) -> Iterator[Finding]:
    """`modes` is what else is in the image: path → mode."""
    needs = program.needs
    if needs is None:
        return
    for need in needs.found:
        shown = _LEVELS[need.level].format(need.evidence)
        if need.name in _CURED:
            check, entry, text = _CURED[need.name]
            if not _has(spec, entry) and not _is_there(entry, modes):
                yield found(check, f"{spec.binary} {text.format(shown)}", paste_line(spec, needs, entry, modes))
        elif need.name == evidence.SUBPROCESS:
            others = any(mode & 0o111 and stat.S_IFMT(mode) in (0, stat.S_IFREG) for mode in modes.values())
            known = "none in the image but those in `files`" if others else "none in the image"
            text = f"{spec.binary} can start other programs ({shown}), and there are {known}"
            yield found("SR045", text, "see that this is not reached, or does without")
        elif need.name == evidence.NSS:
            text = f"{spec.binary} has glibc's name service in it ({shown}): files and DNS work, other sources do not"
            yield found("SR046", text, "take musl (Go: CGO_ENABLED=0), or accept it")
        elif need.name == evidence.TERMINFO:
            text = f"{spec.binary} looks for terminal descriptions ({shown}), and there are none"
            yield found("SR047", text, "compile the fallbacks in, or do without")
    if needs.openssl_cert_file not in modes:
        yield from _openssl(spec, needs, modes)
    yield from _unclear(spec, needs)
    yield from _unneeded(spec, needs)


def paste_line(spec: ImageSpec, needs: Needs, entry: str, modes: Mapping[str, int]) -> str:
    """The line for the BUILD file that has all that is there, all that is missing, and `entry`."""
    missing = {_CURED[need.name][1] for need in needs.found if _fails(need)}
    wanted = {name for name in missing if not _is_there(name, modes)} | {entry, *spec.runtime_files}
    if spec.ca_bundle and catalog.CA_CERTIFICATES not in spec.runtime_files:
        wanted.discard(catalog.CA_CERTIFICATES)
    return catalog.field_line(wanted)


def _fails(need: Need) -> bool:
    """Whether a program is likely to fail without. Media types are built in as well; any C program that resolves names
    has the text of a user lookup."""
    vague = need.name == evidence.USERS and need.level == evidence.HINT
    return need.name in _CURED and need.name != evidence.MIME and not vague


def _has(spec: ImageSpec, entry: str) -> bool:
    return entry in spec.runtime_files or (entry == catalog.CA_CERTIFICATES and bool(spec.ca_bundle))


def _is_there(entry: str, modes: Mapping[str, int]) -> bool:
    """Whether something else in the image serves the need of `entry`: what is at its place, or in the directory there."""
    place = _PLACES[entry]
    return place in modes or (entry == catalog.TZDATA and any(path.startswith(f"{place}/") for path in modes))


def _openssl(spec: ImageSpec, needs: Needs, modes: Mapping[str, int]) -> Iterator[Finding]:
    path = needs.openssl_cert_file
    told = any(variable.startswith(("SSL_CERT_FILE=", "SSL_CERT_DIR=")) for variable in spec.run.env)
    if path is None or told or path == catalog.CA_PATH:
        return
    text = f"the OpenSSL in {spec.binary} looks for CA certificates in {path}, and nowhere else"
    if catalog.CA_PATH in modes:
        yield found("SR041", text, f'symlinks={{"{path}": "{catalog.CA_PATH}"}}, or SSL_CERT_FILE in `env`')
    elif not _has(spec, catalog.CA_CERTIFICATES):
        line = paste_line(spec, needs, catalog.CA_CERTIFICATES, modes)
        yield found("SR041", text, f"{line}, which puts them there as well; or SSL_CERT_FILE in `env`")
    elif not openssl_link(path, spec.runtime_files, bool(spec.ca_bundle), spec.binary_path):
        yield found("SR041", f"{text}, where no link can be", f'env={{"SSL_CERT_FILE": "{catalog.CA_PATH}"}}')


def _unclear(spec: ImageSpec, needs: Needs) -> Iterator[Finding]:
    fix = "say in `runtime_files` what it needs"
    if needs.evidence == kinds.NONE:
        yield found("SR048", f"what {spec.binary} needs can not be read: the names in it are packed or obfuscated", fix)
    elif needs.evidence == kinds.STRINGS:
        text = f"what {spec.binary} needs was looked for in its texts; what they do not show may be needed all the same"
        if needs.unclear:
            text += f", and of {', '.join(needs.unclear)} they tell nothing"
        yield found("SR048", text, fix)


def _unneeded(spec: ImageSpec, needs: Needs) -> Iterator[Finding]:
    if needs.evidence != kinds.NAMES or needs.cgo or spec.runtime_files_by_default:
        return
    needed = {_CURED[need.name][1] for need in needs.found if need.name in _CURED}
    extra: List[str] = [name for name in spec.runtime_files if name in _EXACT and name not in needed]
    if extra:
        text = f"nothing in {spec.binary} needs {' and '.join(extra)} of `runtime_files`"
        yield found("SR049", text, catalog.field_line(set(spec.runtime_files).difference(extra)))
