"""What the program needs and the image lacks, and what the image has that nothing needs."""

from __future__ import annotations

import stat
from typing import Dict, Iterator, List, Mapping, Tuple

from scratch_image.binary import evidence
from scratch_image.binary import needs as kinds
from scratch_image.binary.evidence import Need
from scratch_image.binary.facts import ProgramFacts
from scratch_image.binary.needs import Needs
from scratch_image.checks.findings import Finding
from scratch_image.image.spec import ImageSpec
from scratch_image.runtime_files import catalog
from scratch_image.runtime_files.layer_plan import openssl_link

# Need → (check, entry of `runtime_files` that cures it, what happens without).
_CURED: Dict[str, Tuple[str, str, str]] = {
    evidence.CA: ("SR040", catalog.CA_CERTIFICATES, "makes TLS connections ({}), and no certificate can be checked"),
    evidence.TZ: ("SR042", catalog.TZDATA, "looks up time zones ({}), and finds UTC only"),
    evidence.TMP: ("SR043", catalog.TMP, "makes temporary files ({}), and there is no /tmp"),
    evidence.USERS: ("SR044", catalog.NONROOT, "looks up users ({}), and there is no /etc/passwd"),
    evidence.MIME: ("SR047", catalog.MIME_TYPES, "looks for media types ({}), and has only those built in"),
}
# Entry → a path that meets the need as well, whatever put it there.
_PLACES: Dict[str, str] = {
    catalog.CA_CERTIFICATES: catalog.CA_PATH,
    catalog.TZDATA: catalog.ZONEINFO,
    catalog.TMP: "/tmp",
    catalog.NONROOT: "/etc/passwd",
    catalog.MIME_TYPES: "/etc/mime.types",
}
_LEVELS = {evidence.LINKED: "linked: {}", evidence.HINT: "hint: the text {}"}
# The entries that a Go program is known to need or not to need; of the others nobody can tell.
_EXACT = (catalog.CA_CERTIFICATES, catalog.TZDATA, catalog.TMP, catalog.MIME_TYPES)


def missing(spec: ImageSpec, program: ProgramFacts, modes: Mapping[str, int]) -> Iterator[Finding]:
    """SR040 to SR049. `modes` is what judge() takes."""
    needs = program.needs
    if needs is None:
        return
    for need in needs.found:
        shown = _LEVELS[need.level].format(need.evidence)
        if need.name in _CURED:
            check, entry, text = _CURED[need.name]
            if not _has(spec, entry) and not _is_there(entry, modes):
                yield Finding.of(check, f"{spec.binary} {text.format(shown)}", paste_line(spec, needs, entry, modes))
        elif need.name == evidence.SUBPROCESS:
            others = any(mode & 0o111 and stat.S_IFMT(mode) in (0, stat.S_IFREG) for mode in modes.values())
            known = "none in the image but those in `files`" if others else "none in the image"
            text = f"{spec.binary} can start other programs ({shown}), and there are {known}"
            yield Finding.of("SR045", text)
        elif need.name == evidence.NSS:
            text = f"{spec.binary} contains glibc's name service ({shown}): files and DNS work, other sources do not"
            yield Finding.of("SR046", text)
        elif need.name == evidence.TERMINFO:
            text = f"{spec.binary} looks for terminal descriptions ({shown}), and there are none"
            yield Finding.of("SR047", text, "link the fallbacks in, or do without")
    if needs.openssl_cert_file not in modes:
        yield from _openssl(spec, needs, modes)
    yield from _unclear(spec, needs)
    yield from _unneeded(spec, needs)


def paste_line(spec: ImageSpec, needs: Needs, entry: str, modes: Mapping[str, int]) -> str:
    """The line for the BUILD file with the entries that are there, those that are missing, and `entry`."""
    missing = {_CURED[need.name][1] for need in needs.found if _fails(need)}
    wanted = {name for name in missing if not _is_there(name, modes)} | {entry, *spec.runtime_files}
    if spec.ca_bundle and catalog.CA_CERTIFICATES not in spec.runtime_files:
        wanted.discard(catalog.CA_CERTIFICATES)
    return catalog.field_line(wanted)


def _fails(need: Need) -> bool:
    """Whether a program is likely to fail if the need is not met. Media types are built in as well; any C program that
    resolves names contains the text of a user lookup."""
    vague = need.name == evidence.USERS and need.level == evidence.HINT
    return need.name in _CURED and need.name != evidence.MIME and not vague


def _has(spec: ImageSpec, entry: str) -> bool:
    return entry in spec.runtime_files or (entry == catalog.CA_CERTIFICATES and bool(spec.ca_bundle))


def _is_there(entry: str, modes: Mapping[str, int]) -> bool:
    """Whether something else in the image meets the need of `entry`: what is at its place, or in the directory there."""
    place = _PLACES[entry]
    return place in modes or (entry == catalog.TZDATA and any(path.startswith(f"{place}/") for path in modes))


def _openssl(spec: ImageSpec, needs: Needs, modes: Mapping[str, int]) -> Iterator[Finding]:
    path = needs.openssl_cert_file
    is_told = any(variable.startswith(("SSL_CERT_FILE=", "SSL_CERT_DIR=")) for variable in spec.run.env)
    if path is None or is_told or path == catalog.CA_PATH:
        return
    text = f"the OpenSSL in {spec.binary} looks for CA certificates in {path}, and nowhere else"
    if catalog.CA_PATH in modes:
        yield Finding.of("SR041", text, f'symlinks={{"{path}": "{catalog.CA_PATH}"}}, or SSL_CERT_FILE in `env`')
    elif not _has(spec, catalog.CA_CERTIFICATES):
        line = paste_line(spec, needs, catalog.CA_CERTIFICATES, modes)
        yield Finding.of("SR041", text, f"{line}, which puts them there as well; or SSL_CERT_FILE in `env`")
    elif not openssl_link(path, spec.runtime_files, bool(spec.ca_bundle), spec.binary_path):
        yield Finding.of("SR041", f"{text}, where no link is possible", f'env={{"SSL_CERT_FILE": "{catalog.CA_PATH}"}}')


def _unclear(spec: ImageSpec, needs: Needs) -> Iterator[Finding]:
    if needs.evidence == kinds.NONE:
        yield Finding.of("SR048", f"the needs of {spec.binary} cannot be read: the names in it are packed or obfuscated")
    elif needs.evidence == kinds.STRINGS:
        text = f"the needs of {spec.binary} were looked for in its texts, which may not show all of them"
        if needs.unclear:
            text += f" and reveal nothing about {', '.join(needs.unclear)}"
        yield Finding.of("SR048", text)


def _unneeded(spec: ImageSpec, needs: Needs) -> Iterator[Finding]:
    if needs.evidence != kinds.NAMES or needs.cgo or spec.runtime_files_by_default:
        return
    needed = {_CURED[need.name][1] for need in needs.found if need.name in _CURED}
    extra: List[str] = [name for name in spec.runtime_files if name in _EXACT and name not in needed]
    if extra:
        text = f"nothing in {spec.binary} needs {' and '.join(extra)} of `runtime_files`"
        yield Finding.of("SR049", text, catalog.field_line(set(spec.runtime_files).difference(extra)))
