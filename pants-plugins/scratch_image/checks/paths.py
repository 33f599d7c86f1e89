"""Whether what is put into an image stays visible and can be unpacked: runtime mounts, owners, layers, variants."""

from __future__ import annotations

from typing import Iterable, Iterator, List, Sequence, Tuple

from scratch_image.checks.configuration import MAPPED_IDS
from scratch_image.checks.findings import Finding
from scratch_image.image.contents import Contents
from scratch_image.image.spec import ImageSpec
from scratch_image.oci.platform import Platform
from scratch_image.oci.tar import DirectoryEntry

# Docker's limit, which pulls fail at: maxLayerDepth in moby's daemon/internal/layer/layer_store.go.
MAX_LAYERS = 125
# moby's, podman's and kubelet's: each run writes these files anew.
_WRITTEN = ("/etc/hosts", "/etc/hostname", "/etc/resolv.conf")
_MOUNTED = ("/proc", "/sys", "/dev")
_SHOWN = 5
# Architectures whose variants hosts report, so that one with a variant matches (containerd, platforms/database.go).
_VARIANTS_MATCH = ("arm", "arm64")


def mounted_over(spec: ImageSpec, contents: Contents) -> Iterator[Finding]:
    """SR036."""
    paths = [f"/{entry.path}" for entry in contents.entries if not isinstance(entry, DirectoryEntry)]
    yield from hidden([(spec.binary_path, "`binary_path`"), *((path, "`files`") for path in paths)])


def hidden(paths: Sequence[Tuple[str, str]]) -> Iterator[Finding]:
    """SR036 for absolute paths, each with the field that it is from."""
    for path, field in paths:
        if path in _WRITTEN:
            text = f"{path} of {field} is never seen: runtimes mount a file of their own there"
            yield Finding.of("SR036", text)
    below = [(path, field) for path, field in paths if f"/{path.split('/')[1]}" in _MOUNTED]
    for path, field in below[:_SHOWN]:
        where = f"/{path.split('/')[1]}"
        text = f"{path} of {field} is never seen: runtimes mount a file system at {where}"
        yield Finding.of("SR036", text, "choose another path", "error")


def owners(contents: Contents) -> Iterator[Finding]:
    """OI004."""
    beyond = sorted({(entry.uid, entry.gid) for entry in contents.entries if max(entry.uid, entry.gid) >= MAPPED_IDS})
    if beyond:
        names = ", ".join(f"{uid}:{gid}" for uid, gid in beyond[:_SHOWN])
        text = f"the owner {names}: user namespaces map ids below {MAPPED_IDS} only, and rootless runtimes cannot unpack"
        yield Finding.of("OI004", text)


def layers(spec: ImageSpec, contents: Contents) -> Iterator[Finding]:
    """OI005."""
    count = 1 + bool(spec.runtime_files or spec.ca_bundle) + len(contents.by_address) + bool(contents.inline)
    if count > MAX_LAYERS:
        text = f"the image has {count} layers, and Docker refuses more than {MAX_LAYERS}"
        yield Finding.of("OI005", text)


def variants(platforms: Iterable[Platform]) -> Iterator[Finding]:
    """OI006: of the platforms of an index."""
    by_architecture: dict[str, List[Platform]] = {}
    for platform in platforms:
        by_architecture.setdefault(platform.architecture, []).append(platform.normalized())
    for architecture, every in by_architecture.items():
        if architecture not in _VARIANTS_MATCH and all(platform.variant for platform in every):
            names = " and ".join(map(str, every))
            text = f"of {architecture} the index has {names} only: clients that ask for linux/{architecture} find no match"
            fix = f'name the key "linux/{architecture}", or add a program for it'
            yield Finding.of("OI006", text, fix)
