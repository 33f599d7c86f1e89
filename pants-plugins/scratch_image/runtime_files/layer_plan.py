"""From the names in `runtime_files` to the entries of their layer, and where each entry's content comes from. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Iterable, List, Mapping, Optional, Tuple

from scratch_image.oci.tar import DirectoryEntry, Entry, FileEntry, SymlinkEntry
from scratch_image.runtime_files import catalog

_MODE = 0o644
_CONTENT = "content"
# In the unpacked wheels: the certificates, and the directory of the time zones.
CERTIFI = "certifi/cacert.pem"
ZONEINFO = "tzdata/zoneinfo/"


@dataclass(frozen=True)
class Sources:
    """Sizes in bytes of what an entry's content can be: `texts` by name in `runtime_files/data/`; `data` by path in the
    unpacked wheels, without the wheel's own directory; `bundle` of the certificates of the user, None without a bundle."""

    texts: Mapping[str, int]
    data: Mapping[str, int]
    bundle: Optional[int]


@dataclass(frozen=True)
class RuntimeFiles:
    """The `entries` of the layer, whose `content` is a path that begins with `content/`. The other fields map these paths to
    names in Sources: which text, file of the wheels, or bundle goes there."""

    entries: Tuple[Entry, ...]
    texts: Mapping[str, str]
    data: Mapping[str, str]
    bundle: Optional[str]


def plan(names: Tuple[str, ...], sources: Sources, openssl_cert_file: Optional[str]) -> RuntimeFiles:
    """The layer of `names`, a subset of catalog.NAMES. A bundle is all of the image's CA certificates: it contains certifi's
    if they are asked for. `openssl_cert_file`, as openssl_link() returns it, becomes a link to the certificates."""
    entries: List[Entry] = []
    texts: Dict[str, str] = {}
    data: Dict[str, str] = {}
    bundle: Optional[str] = None

    def add(path: str, size: int) -> str:
        content = f"{_CONTENT}{path}"
        entries.append(FileEntry(path.lstrip("/"), content, size, _MODE))
        return content

    for name in names:
        entries.extend(directories((name,)))
        for path, text in catalog.TEXTS.get(name, ()):
            texts[add(path, sources.texts[text])] = text
    if catalog.TZDATA in names:
        for zone in zones(sources.data):
            file = f"{ZONEINFO}{zone}"
            data[add(f"{catalog.ZONEINFO}/{zone}", sources.data[file])] = file
    if sources.bundle is not None:
        bundle = add(catalog.CA_PATH, sources.bundle)
    elif catalog.CA_CERTIFICATES in names:
        data[add(catalog.CA_PATH, sources.data[CERTIFI])] = CERTIFI
    if openssl_cert_file:
        entries.append(SymlinkEntry(openssl_cert_file.lstrip("/"), catalog.CA_PATH))
    return RuntimeFiles(tuple(entries), texts, data, bundle)


def zones(data: Iterable[str]) -> Tuple[str, ...]:
    """The files of the time zones, relative to their directory, of the files in the wheels; sorted."""
    files = (path for path in data if path.startswith(ZONEINFO) and not path.endswith((".py", ".pyc")))
    return tuple(path[len(ZONEINFO) :] for path in sorted(files))


def openssl_link(path: Optional[str], names: Tuple[str, ...], has_bundle: bool, binary_path: str) -> Optional[str]:
    """`path`, where the OpenSSL in a program looks for certificates, if the layer should have a link there: the image has
    certificates, and nothing else claims the path."""
    if path is None or not (has_bundle or catalog.CA_CERTIFICATES in names):
        return None
    if path == catalog.CA_PATH or any(part in ("", ".", "..") for part in path.split("/")[1:]):
        return None
    around_program = f"{path}/".startswith(f"{binary_path}/") or binary_path.startswith(f"{path}/")
    return None if around_program or conflict(names, has_bundle, path) else path


def claimed(names: Tuple[str, ...], has_bundle: bool) -> Tuple[Entry, ...]:
    """The entries of these names that no other field may claim. The directory of time zones stands for all in it."""
    files = [path for name in names for path, _ in catalog.TEXTS.get(name, ())]
    if has_bundle or catalog.CA_CERTIFICATES in names:
        files.append(catalog.CA_PATH)
    if catalog.TZDATA in names:
        files.append(catalog.ZONEINFO)
    return (*(FileEntry(path.lstrip("/"), "", 0, _MODE) for path in files), *directories(names))


def directories(names: Tuple[str, ...]) -> Tuple[DirectoryEntry, ...]:
    """The directories of `names`, with the modes that a later layer must not change."""
    return tuple(
        DirectoryEntry(directory.path.lstrip("/"), directory.mode, directory.owner, directory.owner)
        for name in names
        for directory in catalog.DIRECTORIES.get(name, ())
    )


def conflict(names: Tuple[str, ...], has_bundle: bool, path: str) -> Optional[str]:
    """The path of `names` that cannot be in an image together with the file `path`, if there is one."""
    for entry in claimed(names, has_bundle):
        place = f"/{entry.path}"
        is_below = isinstance(entry, FileEntry) and path.startswith(f"{place}/")
        if is_below or f"{place}/".startswith(f"{path}/"):
            return place
    return None
