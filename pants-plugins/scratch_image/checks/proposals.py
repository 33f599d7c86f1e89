"""Changes that would satisfy a need, tried on the model: the first that does is the one to propose. Pure."""

from __future__ import annotations

import posixpath
from typing import Callable, Dict, Iterator, Optional, Tuple

from scratch_image.binary import evidence
from scratch_image.checks.change import Change, adding
from scratch_image.image.spec import ImageSpec
from scratch_image.oci.tar import DirectoryEntry
from scratch_image.root import changed
from scratch_image.root.answer import Answer
from scratch_image.root.places import TMP, TMPDIR
from scratch_image.root.root import Root
from scratch_image.runtime_files import catalog, layer_plan

# A change, and the root after it; None if the change is not possible.
Proposal = Tuple[Change, Optional[Root]]
_ENTRIES: Dict[str, str] = {
    evidence.CA: catalog.CA_CERTIFICATES,
    evidence.TZ: catalog.TZDATA,
    evidence.TMP: catalog.TMP,
    evidence.USERS: catalog.NONROOT,
    evidence.CURRENT_USER: catalog.NONROOT,
    evidence.CACHE: catalog.NONROOT,
    evidence.MIME: catalog.MIME_TYPES,
}
_HOME = "/home/app"


class Proposals:
    """Proposes changes to the target of an image, whose root is known; `openssl_cert_file` is as in Needs."""

    def __init__(self, spec: ImageSpec, root: Root, openssl_cert_file: Optional[str]) -> None:
        self._spec, self._root, self._openssl_cert_file = spec, root, openssl_cert_file

    def of(self, need: str, answers: Callable[[Root], Answer]) -> Optional[Change]:
        """The first change after which a need is satisfied; None if none does."""
        return next((change for change, root in self._proposals(need) if root and answers(root)), None)

    def directory(self, path: str) -> Change:
        """The change that gives a directory to the image's user."""
        return Change(directories=(self._owned(path),))

    def _proposals(self, need: str) -> Iterator[Proposal]:
        entry = _ENTRIES.get(need)
        if entry and entry not in self._spec.runtime_files:
            yield self._adding(entry)
        if need == evidence.CA:
            yield from self._certificates()
        elif need == evidence.TMP:
            yield from self._temporary()
        elif need == evidence.CURRENT_USER:
            yield self._with_env("USER", "app")
        elif need == evidence.CACHE:
            yield self._with_home()

    def _adding(self, entry: str) -> Proposal:
        after = changed.with_entries(self._root, (entry,), self._openssl_cert_file, self._spec.binary_path)
        return adding(entry), after

    def _certificates(self) -> Iterator[Proposal]:
        if self._openssl_cert_file:
            path, bundle = self._openssl_cert_file, bool(self._spec.ca_bundle)
            is_free = layer_plan.openssl_link(path, self._spec.runtime_files, True, self._spec.binary_path) is not None
            is_free = is_free and not layer_plan.conflict(self._spec.runtime_files, bundle, path)
            after = changed.with_link(self._root, path, catalog.CA_PATH) if is_free else None
            yield Change(symlinks=((path, catalog.CA_PATH),)), after
        yield self._with_env("SSL_CERT_FILE", catalog.CA_PATH)
        change, after = self._adding(catalog.CA_CERTIFICATES)
        if after and catalog.CA_CERTIFICATES not in self._spec.runtime_files:
            env = {"SSL_CERT_FILE": catalog.CA_PATH}
            yield Change(add=change.add, env=tuple(env.items())), changed.with_env(after, env)

    def _temporary(self) -> Iterator[Proposal]:
        path = self._root.variable(TMPDIR) or TMP
        path = posixpath.normpath(posixpath.join(self._root.workdir, path))
        entry = DirectoryEntry(path.lstrip("/"), 0o1777)
        if path != "/":
            yield Change(directories=(entry,)), changed.with_directory(self._root, entry)
        yield self._with_env(TMPDIR, TMP)

    def _with_env(self, name: str, value: str) -> Proposal:
        return Change(env=((name, value),)), changed.with_env(self._root, {name: value})

    def _with_home(self) -> Proposal:
        entry = self._owned(_HOME)
        after = changed.with_directory(self._root, entry)
        cure = Change(env=(("HOME", _HOME),), directories=(entry,))
        return cure, changed.with_env(after, {"HOME": _HOME}) if after else None

    def _owned(self, path: str) -> DirectoryEntry:
        who = self._root.identity
        return DirectoryEntry(path.lstrip("/"), 0o755, who.uid, who.gid)
