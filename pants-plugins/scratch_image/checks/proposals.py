"""Changes that would satisfy a need, tried on the model: the first that does is the one to propose. Pure."""

from __future__ import annotations

from types import MappingProxyType
from typing import Callable, Dict, Iterable, Iterator, List, Mapping, Optional, Tuple

from scratch_image.binary import evidence
from scratch_image.checks.change import Change, joined
from scratch_image.image.spec import ImageSpec
from scratch_image.layout.tree import DIRECTORY, Node
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
_Answers = Callable[[Root], object]
_HOME = "/home/app"


class Proposals:
    """Proposes changes to the target of an image, whose root is known; `openssl_cert_file` is as in Needs.

    Each change is tried on `root`, the root after all changes that were proposed before, and takes back nothing that they
    are for: together, they are one fix. `beside` are those of the other images of the target: what they propose comes
    before, and what they need stays."""

    def __init__(
        self, spec: ImageSpec, root: Root, openssl_cert_file: Optional[str], beside: Iterable[Proposals] = ()
    ) -> None:
        self.root = self.judged = self._first_root = root
        self._spec, self._openssl_cert_file, self._beside = spec, openssl_cert_file, tuple(beside)
        self._made: List[Tuple[Change, Root]] = []
        self._answered: List[_Answers] = []
        self._kept: List[_Answers] = []
        self._user: List[Tuple[Change, Root]] = []
        for change in dict.fromkeys(change for other in self._beside for change, _ in other._made):
            self._take(change, self._after(change) or self.root)

    def unchanged(self) -> Proposals:
        """What was satisfied before any change but those of `judged`, and nothing else that was proposed."""
        before = Proposals(self._spec, self._first_root, self._openssl_cert_file)
        before._made, before.root, before._answered = list(self._user), self.judged, list(self._kept)
        return before

    def of(self, need: str, answers: Callable[[Root], Answer]) -> Optional[Change]:
        """The first change after which a need is satisfied; None if none does."""
        return self._first(self._proposals(need), answers)

    def keeps(self, root: Root, answers: _Answers) -> bool:
        """Whether something is satisfied already, in this root; then no change takes it back."""
        is_satisfied = bool(answers(root))
        if is_satisfied:
            self._answered.append(answers)
            self._kept.append(answers)
        return is_satisfied

    def entry(self, name: str, answers: Callable[[Root], bool]) -> Optional[Change]:
        """The change that adds an entry to `runtime_files`; None if that is no answer. Then `judged`, which has nothing of
        the other changes, has it as well."""
        change = self._first((self._adding(name),), answers)
        if change:
            self.judged = self._after(change, self.judged) or self.judged
            self._user.append((change, self.judged))
        return change

    def directory(self, path: str) -> Optional[Change]:
        """The change that gives a directory to the image's user, through links at their end; None if none does."""
        found = self.root.lookup(path)
        entry = self._owned(found.path)
        after = None if found.denied else changed.with_directory(self.root, entry)
        return self._first(((Change(directories=(entry,)), after),), lambda root: root.writable_directory(path))

    def obstacle(self, path: str) -> str:
        """Why directory() has no answer, as a cure."""
        found = self.root.lookup(path)
        entry = self._owned(found.path)
        why = changed.obstacle(self.root, found.path, Node(DIRECTORY, entry.mode, entry.uid, entry.gid))
        if found.denied:
            why = f"the user {self.root.identity.uid} cannot search {found.denied}"
        return f"see to {path}, or choose another path: {why or 'other fields are in the way'}"

    def _first(self, proposals: Iterable[Proposal], answers: _Answers) -> Optional[Change]:
        """The changes made before, if they are enough; else the first that is, which is made."""
        enough = [number for number, (_, after) in enumerate(self._made, 1) if answers(after)]
        if enough and answers(self.root):
            self._answered.append(answers)
            return joined(change for change, _ in self._made[: enough[0]])
        every = (*self._answered, answers)
        for change, after in proposals:
            if after and all(satisfied(after) for satisfied in every) and all(one._allows(change) for one in self._beside):
                self._take(change, after)
                self._answered.append(answers)
                for other in self._beside:
                    if not other._has(change):
                        other._take(change, other._after(change) or other.root)
                return change
        return None

    def _allows(self, change: Change) -> bool:
        """Whether a change for another image of the target leaves this one all that it has."""
        after = self.root if self._has(change) else self._after(change)
        return after is not None and all(satisfied(after) for satisfied in self._answered)

    def _has(self, change: Change) -> bool:
        return any(made == change for made, _ in self._made)

    def _take(self, change: Change, after: Root) -> None:
        self._made.append((change, after))
        self.root = after

    def _after(self, change: Change, root: Optional[Root] = None) -> Optional[Root]:
        """A root after a change, `self.root` if none is named; None if the change is not possible."""
        after: Optional[Root] = root or self.root
        if after and change.add:
            names = tuple(name for name in catalog.NAMES if name in change.add)
            after = changed.with_entries(after, names, self._openssl_cert_file, self._spec.binary_path)
        for entry in change.directories:
            after = after and changed.with_directory(after, entry)
        for path, target in change.symlinks:
            after = after and changed.with_link(after, path, target)
        return after and changed.with_env(after, dict(change.env))

    def _proposals(self, need: str) -> Iterator[Proposal]:
        entry = _ENTRIES.get(need)
        if entry:
            yield self._adding(entry)
        if need == evidence.CA:
            yield from self._certificates()
        elif need == evidence.TMP:
            yield from self._temporary()
        elif need == evidence.CURRENT_USER:
            yield self._with_env("USER", "app")
        elif need == evidence.CACHE:
            yield self._with_home()

    def _adding(self, entry: str, env: Mapping[str, str] = MappingProxyType({})) -> Proposal:
        """An entry of `runtime_files`, with variables that lead to it."""
        after = changed.with_entries(self.root, (entry,), self._openssl_cert_file, self._spec.binary_path)
        return Change(add=frozenset((entry,)), env=tuple(env.items())), after and changed.with_env(after, env)

    def _certificates(self) -> Iterator[Proposal]:
        if self._openssl_cert_file:
            path, bundle = self._openssl_cert_file, bool(self._spec.ca_bundle)
            names = (*self._spec.runtime_files, *(name for made, _ in self._made for name in made.add))
            is_free = layer_plan.openssl_link(path, names, True, self._spec.binary_path) is not None
            is_free = is_free and not layer_plan.conflict(names, bundle, path)
            after = changed.with_link(self.root, path, catalog.CA_PATH) if is_free else None
            yield Change(symlinks=((path, catalog.CA_PATH),)), after
        yield self._with_env("SSL_CERT_FILE", catalog.CA_PATH)
        yield self._adding(catalog.CA_CERTIFICATES, {"SSL_CERT_FILE": catalog.CA_PATH})

    def _temporary(self) -> Iterator[Proposal]:
        found = self.root.lookup(self.root.variable(TMPDIR) or TMP)
        entry = DirectoryEntry(found.path.lstrip("/"), 0o1777)
        yield Change(directories=(entry,)), None if found.denied else changed.with_directory(self.root, entry)
        yield self._with_env(TMPDIR, TMP)
        yield self._adding(catalog.TMP, {TMPDIR: TMP})

    def _with_env(self, name: str, value: str) -> Proposal:
        return Change(env=((name, value),)), changed.with_env(self.root, {name: value})

    def _with_home(self) -> Proposal:
        entry = self._owned(_HOME)
        after = changed.with_directory(self.root, entry)
        cure = Change(env=(("HOME", _HOME),), directories=(entry,))
        return cure, changed.with_env(after, {"HOME": _HOME}) if after else None

    def _owned(self, path: str) -> DirectoryEntry:
        who = self.root.identity
        return DirectoryEntry(path.lstrip("/"), 0o755, who.uid, who.gid)
