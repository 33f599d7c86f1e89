"""Which resolvers answer for a program: those of the libraries that its facts show. Pure."""

from __future__ import annotations

import re
from functools import partial
from typing import Callable, Optional

from scratch_image.binary import evidence
from scratch_image.binary import needs as kinds
from scratch_image.binary.evidence import Need
from scratch_image.binary.facts import ProgramFacts
from scratch_image.binary.needs import Needs
from scratch_image.root import certificates, places, zones
from scratch_image.root.answer import Answer
from scratch_image.root.root import Root

Resolver = Callable[[Root], Answer]
_RUSTLS = ("crate rustls-native-certs", "crate rustls-platform-verifier")


def resolver(program: ProgramFacts, needs: Needs, need: Need) -> Optional[Resolver]:
    """Answers whether the need is satisfied in a root; None for a need that nothing in an image satisfies."""
    go = needs.language == "Go"
    if need.name == evidence.CA:
        return _certificates(needs, need)
    if need.name == evidence.TZ:
        return partial(zones.go_location, embedded=False, goroot=_has_goroot(program)) if go else None
    if need.name == evidence.TMP:
        return places.temporary_directory if go else _either_temporary_directory
    if need.name == evidence.CACHE:
        return partial(places.cache_directory, takes_relative=_go_minor(program) < 24) if go else places.xdg_cache_directory
    return _OTHERS.get(need.name)


def local_time(program: ProgramFacts, needs: Needs) -> Optional[Resolver]:
    """Answers whether the zone that TZ names is found; None if the program shows no sign of local time."""
    names = {need.name: need for need in needs.found}
    if needs.evidence == kinds.NAMES:
        embedded = evidence.TZ in needs.embedded
        resolve = partial(zones.go_local, embedded=embedded, goroot=_has_goroot(program))
        return resolve if evidence.LOCAL_TIME in names else None
    if evidence.TZ not in names:
        return None
    if program.glibc and needs.language != "Rust":
        return zones.glibc_local
    return zones.any_local


def _certificates(needs: Needs, need: Need) -> Resolver:
    if needs.evidence == kinds.NAMES:
        return certificates.go
    if needs.openssl_cert_file:
        return partial(certificates.openssl, cert_file=needs.openssl_cert_file)
    return certificates.rustls if need.evidence in _RUSTLS else certificates.unknown_library


def _either_temporary_directory(root: Root) -> Answer:
    """A program that is not Go's may read TMPDIR or not: one of both places is enough."""
    return places.c_temporary_directory(root) or places.rust_temporary_directory(root) or places.c_temporary_directory(root)


def _go_minor(program: ProgramFacts) -> int:
    """21 of Go 1.21.13; where nothing tells, that of a new one."""
    match = re.search(r"\bgo1\.(\d{1,4})", program.go_build.version) if program.go_build else None
    return int(match[1]) if match else 99


def _has_goroot(program: ProgramFacts) -> bool:
    """Whether the program may hold the path of its GOROOT: -trimpath leaves it out (cmd/go)."""
    return not (program.go_build and program.go_build.settings.get("-trimpath") == "true")


_OTHERS = {
    evidence.USERS: places.users,
    evidence.CURRENT_USER: places.current_user,
    evidence.MIME: places.media_types,
    evidence.TERMINFO: places.terminal_descriptions,
}
