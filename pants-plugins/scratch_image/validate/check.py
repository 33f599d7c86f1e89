"""From a finished layout or archive to a report: everything that it says is derived again from its bytes.

The way is that of a reader: oci-layout, index.json, indexes, manifests, configurations, layers, the program. A blob whose
digest is wrong is named and not looked into, as it is another one than was meant; then nothing is said of blobs that only it
may name.
"""

from __future__ import annotations

import os
import stat
from typing import FrozenSet, List, Optional, Tuple

from scratch_image.layout.blobs import Blobs
from scratch_image.layout.descriptor import Claim, read_descriptor
from scratch_image.layout.documents import Object, member, parse, parse_any, strings
from scratch_image.layout.limits import DEFAULT, Limits
from scratch_image.layout.manifest import read_manifest
from scratch_image.layout.problems import Findings, Report, Unreadable, shown
from scratch_image.layout.store import BLOB, ArchiveStore, DirectoryStore, Store, read
from scratch_image.oci.platform import Platform
from scratch_image.oci.spec import MEDIA_TYPE_INDEX, MEDIA_TYPE_MANIFEST
from scratch_image.validate.docker_save import NAME as MANIFEST_JSON
from scratch_image.validate.docker_save import check_manifest_json
from scratch_image.validate.image import Image, check_image
from scratch_image.validate.image_json import check_image_json

_MARKER, _INDEX = "oci-layout", "index.json"


def check(path: str, limits: Limits = DEFAULT) -> Report:
    """Checks an OCI image layout, or a tar archive of one. Raises Unreadable, and nothing else."""
    return check_layout(path, limits) if os.path.isdir(_usable(path)) else check_archive(path, limits)


def check_layout(path: str, limits: Limits = DEFAULT, image_json: Optional[bytes] = None) -> Report:
    """Checks the OCI image layout in a directory, and the report on it if there is one. Raises Unreadable, and nothing
    else."""
    findings = Findings(limits.problems)
    try:
        store = DirectoryStore(_usable(path), findings, limits)
        return _Check(store, findings, limits).run(frozenset((_MARKER, _INDEX)), image_json)
    except OSError as error:
        raise Unreadable(f"{path}: {error}") from error


def check_archive(path: str, limits: Limits = DEFAULT, image_json: Optional[bytes] = None) -> Report:
    """Checks the OCI image layout in a tar archive, its `manifest.json` if there is one, and the report on it if there is
    one. Raises Unreadable only."""
    findings = Findings(limits.problems)
    try:
        # A fifo would wait for a writer.
        if not stat.S_ISREG(os.stat(_usable(path)).st_mode):
            raise Unreadable(f"{path} is neither a directory nor a file")
        with open(path, "rb") as file:
            store = ArchiveStore(file, findings, limits)
            return _Check(store, findings, limits).run(frozenset((_MARKER, _INDEX, MANIFEST_JSON)), image_json)
    except OSError as error:
        raise Unreadable(f"{path}: {error}") from error


def _usable(path: str) -> str:
    try:
        if b"\0" not in os.fsencode(path):
            return path
    except UnicodeEncodeError:
        pass
    raise Unreadable(f"{path!r} can not be a path")


class _Check:
    def __init__(self, store: Store, findings: Findings, limits: Limits) -> None:
        self._store, self._findings, self._limits = store, findings, limits
        self._blobs = Blobs(store, findings, limits)
        self._images: List[Image] = []
        self._root: Optional[Claim] = None
        self._entries = 0

    def run(self, known: FrozenSet[str], image_json: Optional[bytes]) -> Report:
        """`known` are the files of the layout that are no blobs. Raises OSError and Unreadable."""
        if _MARKER not in self._store.sizes and _INDEX not in self._store.sizes:
            raise Unreadable(f"it is no OCI image layout: it has neither {_MARKER} nor {_INDEX}")
        size = sum(self._store.sizes.values())
        if size > self._limits.unpacked:
            raise Unreadable(f"its files have {size} bytes; at most {self._limits.unpacked} are read")
        self._check_marker()
        self._check_root()
        if MANIFEST_JSON in known & self._store.sizes.keys():
            content = read(self._store, MANIFEST_JSON, self._findings, self._limits)
            if content is not None:
                value = parse_any(content, MANIFEST_JSON, self._findings, self._limits)
                if value is not None:
                    check_manifest_json(value, self._images, self._findings)
        if image_json is not None:
            check_image_json(image_json, self._root, self._images, self._findings, self._limits)
        for path in sorted(self._store.sizes):
            if path not in known and not BLOB.fullmatch(path):
                self._findings.add(shown(path)[1:-1], "file", "a file", "it does not belong into a layout")
        self._blobs.check_rest()
        found = self._findings
        counts = (len(self._images), self._blobs.count, self._blobs.size)
        return Report(tuple(found.problems), tuple(found.not_checked), *counts, found.not_shown)

    def _check_marker(self) -> None:
        """image-layout.md, "oci-layout file"."""
        values = self._document(_MARKER)
        if values is None:
            return
        version = member(values, "imageLayoutVersion", str, _MARKER, self._findings, required=True)
        if version not in (None, "1.0.0"):
            self._findings.add(_MARKER, "imageLayoutVersion", shown(version), "'1.0.0'")

    def _check_root(self) -> None:
        """image-layout.md, "index.json file"; that it has one entry is a rule of this project (oci/layout.py)."""
        values = self._document(_INDEX)
        if values is None:
            self._blobs.complete = False
            return
        found = self._claims(values, _INDEX)
        if len(found) != 1:
            self._findings.add(_INDEX, "manifests", f"{len(found)} entries", "exactly one")
        self._root = found[0] if found else None
        for claim in found:
            self._check_entry(claim, depth=1)

    def _claims(self, values: Object, where: str) -> List[Claim]:
        """The entries of an index (image-spec 1.1, image-index.md); in one of several, each says its platform."""
        self._check_head(values, where, MEDIA_TYPE_INDEX)
        strings(values, "annotations", where, self._findings)
        values_of = member(values, "manifests", list, where, self._findings, required=True)
        found = [
            read_descriptor(value, f"{where} manifests[{number}]", self._findings, in_root=where == _INDEX)
            for number, value in enumerate(values_of or ())
        ]
        claims = [claim for claim in found if claim is not None]
        if values_of is None or len(claims) < len(found):
            self._blobs.complete = False
        if len(claims) > 1:
            self._check_platforms(claims)
        return claims

    def _check_head(self, values: Object, where: str, expected: str) -> None:
        """What every index and manifest says of itself. CVE-2021-41190: one that could be either is taken for both."""
        version = member(values, "schemaVersion", int, where, self._findings, required=True)
        if version not in (None, 2):
            self._findings.add(where, "schemaVersion", str(version), "2")
        stated = member(values, "mediaType", str, where, self._findings, required=True)
        if stated is not None and stated != expected:
            self._findings.add(where, "mediaType", shown(stated), expected)
        foreign = ("layers", "config") if expected == MEDIA_TYPE_INDEX else ("manifests",)
        for name in values:
            if name.lower() in foreign:
                self._findings.add(where, name, "a member", f"a document of the type {expected} has none")

    def _check_platforms(self, claims: List[Claim]) -> None:
        """Readers take the first entry that fits, so each platform is there once; the order is this project's."""
        last: Optional[Platform] = None
        for claim in claims:
            platform = claim.platform
            if platform is None:
                if not claim.has_platform:
                    self._findings.add(claim.where, "platform", "nothing", "each entry of an index of several has one")
                continue
            if last == platform:
                self._findings.add(claim.where, "platform", str(platform), "another entry has it too")
            elif last is not None and _key(platform) < _key(last):
                self._findings.add(claim.where, "order", str(platform), f"it belongs before {last}")
            last = platform

    def _check_entry(self, claim: Claim, depth: int) -> None:
        self._entries += 1
        if depth > self._limits.index_depth or self._entries > self._limits.manifests:
            limit = f"{self._limits.index_depth} deep, and {self._limits.manifests} entries of them"
            self._findings.add(claim.where, "manifest", "a manifest", f"indexes are read at most {limit}")
            self._blobs.complete = False
            return
        values = self._blobs.document(claim)
        if values is None:
            return
        assert claim.digest is not None, "its blob was read"
        where = claim.digest.blob_path
        # What it is decides, not what it is called, so that a wrong name does not hide what is below.
        is_index = "manifests" in values and "config" not in values
        expected = MEDIA_TYPE_INDEX if is_index else MEDIA_TYPE_MANIFEST
        if claim.media_type is not None and claim.media_type != expected:
            self._findings.add(claim.where, "mediaType", shown(claim.media_type), expected)
        if is_index:
            claims = self._claims(values, where)
            del values  # Documents may be large: one is kept at a time.
            for inner in claims:
                self._check_entry(inner, depth + 1)
        else:
            self._check_head(values, where, MEDIA_TYPE_MANIFEST)
            manifest = read_manifest(values, where, self._findings, self._limits)
            del values
            self._images.append(check_image(claim, manifest, self._blobs, self._findings))

    def _document(self, path: str) -> Optional[Object]:
        content = read(self._store, path, self._findings, self._limits)
        return None if content is None else parse(content, path, self._findings, self._limits)


def _key(platform: Platform) -> Tuple[str, str, str]:
    return platform.os, platform.architecture, platform.variant or ""
