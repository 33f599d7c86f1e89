"""Whether an image is signed: for each manifest and each type of statement that is asked for, by which of the keys.

A bundle counts if one of the keys has signed it, and if the statement in it names the digest of the manifest and has the
type that is asked for. Annotations do not count: nobody has signed them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable, Dict, Iterable, Iterator, List, Sequence, Set, Tuple

from scratch_image.layout.limits import Limits
from scratch_image.oci.digest import Digest
from scratch_image.oci.text import printable
from scratch_image.sign.bundle import read_bundle
from scratch_image.sign.keys import PublicKey
from scratch_image.sign.statement import SIGNATURE, read_statement, type_name
from scratch_image.sign.subjects import Subject

# The bundles that are attached to the manifest with a digest.
BundlesOf = Callable[[Digest], Iterable[bytes]]
_SHOWN = 300
# Reasons that are told apart, of one manifest.
_REASONS = 20
_OTHERS = ("", "a bundle that does not count for another reason")


@dataclass(frozen=True)
class Policy:
    """What must be there: a statement of each of `types`, signed by at least `threshold` of the `keys`."""

    keys: Tuple[PublicKey, ...]
    threshold: int = 1
    types: Tuple[str, ...] = (SIGNATURE,)


@dataclass
class Verdict:
    """What was found of one type for one manifest. `signed` is the number of keys over statements that are equal, as far
    as they were read; `needed` is how many there must be; `reasons` say why bundles do not count."""

    subject: Subject
    predicate_type: str
    needed: int
    signed: int = 0
    reasons: List[str] = field(default_factory=list)

    @property
    def is_right(self) -> bool:
        """Whether it is signed as it must be."""
        return self.signed >= self.needed

    def __str__(self) -> str:
        kind = type_name(self.predicate_type)
        where = f"{self.subject.descriptor.digest} ({self.subject.name})"
        keys = f"{self.signed} of {self.needed} keys" if self.needed > 1 else "a given key"
        if self.is_right:
            return f"{where}: {kind}: signed by {f'{self.signed} keys' if self.needed > 1 else keys}"
        what = f"signed by {keys} that are needed" if self.needed > 1 else f"not signed by {keys}"
        found = "; ".join(self.reasons) or "nothing is attached"
        return f"{where}: {kind}: {what}; found: {found}"


def verify(subjects: Sequence[Subject], bundles_of: BundlesOf, policy: Policy, limits: Limits) -> Tuple[Verdict, ...]:
    """A verdict for each subject and each type. No more bundles are read than it needs. Raises what `bundles_of` raises."""
    verdicts: List[Verdict] = []
    for subject in subjects:
        tally = _Tally(subject, policy, limits)
        for content in _once(bundles_of(subject.descriptor.digest)):
            tally.take(content)
            if tally.is_settled:
                break
        verdicts += map(tally.verdict, policy.types)
    return tuple(verdicts)


def _once(bundles: Iterable[bytes]) -> Iterator[bytes]:
    """Each bundle once, of which one is in memory at a time: they are as large, and as many, as strangers make them."""
    seen: Set[Digest] = set()
    for content in bundles:
        digest = Digest.of(content)
        if digest not in seen:
            seen.add(digest)
            yield content


class _Tally:
    """What the bundles of one manifest come to, one after the other."""

    def __init__(self, subject: Subject, policy: Policy, limits: Limits) -> None:
        self._subject, self._policy, self._limits = subject, policy, limits
        # Type → what is stated → the keys that state it.
        self._found: Dict[str, Dict[bytes, Set[bytes]]] = {kind: {} for kind in policy.types}
        # (Type of a statement that is signed, or empty; why it does not count) → how often.
        self._reasons: Dict[Tuple[str, str], int] = {}

    @property
    def is_settled(self) -> bool:
        """Whether all that is asked for has been found: no other bundle can change that."""
        return all(self._signed(kind) >= self._policy.threshold for kind in self._policy.types)

    def take(self, content: bytes) -> None:
        """Counts a bundle."""
        try:
            signed_by, kind, comparable = _read(content, self._subject.descriptor.digest, self._policy, self._limits)
        except ValueError as error:
            self._note("", f"a bundle that does not count: {printable(str(error))[:_SHOWN]}")
            return
        if kind in self._found:
            self._found[kind].setdefault(comparable, set()).update(signed_by)
        self._note(kind, f"a signed statement of the type {printable(kind)[:_SHOWN]}")

    def verdict(self, kind: str) -> Verdict:
        """The verdict on one type."""
        verdict = Verdict(self._subject, kind, self._policy.threshold, self._signed(kind))
        if not verdict.is_right:
            groups = self._found[kind]
            others = ((text, number) for (of, text), number in self._reasons.items() if of != kind)
            verdict.reasons = [f"{number} times {text}" if number > 1 else text for text, number in others]
            if len(groups) > 1:
                verdict.reasons.append(f"{len(groups)} statements that differ")
            elif groups:
                verdict.reasons.append(f"a statement by {verdict.signed}")
        return verdict

    def _signed(self, kind: str) -> int:
        return max(map(len, self._found[kind].values()), default=0)

    def _note(self, kind: str, text: str) -> None:
        """Strangers decide how many reasons there are: beyond some, they are only counted."""
        reason = (kind, text)
        if reason not in self._reasons and len(self._reasons) >= _REASONS:
            reason = _OTHERS
        self._reasons[reason] = self._reasons.get(reason, 0) + 1


def _read(content: bytes, digest: Digest, policy: Policy, limits: Limits) -> Tuple[Set[bytes], str, bytes]:
    """The keys that signed a bundle, the type of its statement, and what is compared of it. Raises ValueError."""
    bundle = read_bundle(content, limits)
    signed_by = {key.der for key in policy.keys if bundle.is_by(key)}
    if not signed_by:
        raise ValueError("another key signed it, or what is signed has changed")
    # Only now: nobody vouches for what is in others.
    statement = read_statement(bundle.payload, limits)
    if digest not in statement.subjects:
        named = ", ".join(map(str, statement.subjects[:2])) or "no image"
        raise ValueError(f"its statement is of {named}")
    return signed_by, statement.predicate_type, statement.comparable
