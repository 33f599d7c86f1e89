"""Which files of an image a resolver looks into, so that their contents are known before it is asked. Pure."""

from __future__ import annotations

from typing import FrozenSet, Iterable, Set, Tuple

from scratch_image.image.spec import ImageSpec
from scratch_image.layout.tree import FILE
from scratch_image.root import certificates, zones
from scratch_image.root.of_image import GROUP, PASSWD
from scratch_image.root.places import NSSWITCH
from scratch_image.root.root import Root

TEXTS = (PASSWD, GROUP, NSSWITCH)
# A directory of certificates has some hundred; who looks at more is not told what is in them.
_MAX_FILES = 1000


def zone_in_env(spec: ImageSpec) -> str:
    """The value of TZ in `env`, if it may name a zone that must be there; else empty."""
    value = next((variable[3:] for variable in spec.run.env if variable.startswith("TZ=")), "")
    return "" if value in zones.UTC else value


def certificate_files(root: Root, openssl: Tuple[str, ...]) -> FrozenSet[str]:
    """The paths, without links, of all files that any library may take for certificates; `openssl` are the places of
    OpenSSL's cert.pem."""
    named = root.variable(certificates.CERT_FILE)
    directories: Iterable[str] = (
        *certificates.GO_DIRECTORIES,
        *certificates.RUST_DIRECTORIES,
        *root.variable(certificates.CERT_DIR).split(":"),
        *(f"{path.rpartition('/')[0]}/certs" for path in openssl),
    )
    paths: Set[str] = {*certificates.GO_FILES, *certificates.RUST_FILES, *openssl, *((named,) if named else ())}
    for directory in filter(None, directories):
        found = root.lookup(directory)
        paths.update(f"{found.path}/{name}" for name in root.names_in(found.path)[:_MAX_FILES])
    found_files = (root.lookup(path) for path in paths)
    return frozenset(found.path for found in found_files if found.kind == FILE)
