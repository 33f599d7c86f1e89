"""The errors of publishing. No text holds a credential."""

from __future__ import annotations

from typing import Callable, Optional, Tuple

ASK_OPERATOR = "ask the operator of the registry"


class RegistryError(Exception):
    """The base of all that a user can cause here. `text` says where and what is wrong, `cure` what to do about it; it may be
    empty."""

    def __init__(self, text: str, cure: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.cure = cure

    def __str__(self) -> str:
        return f"{self.text}\n  fix: {self.cure}" if self.cure else self.text

    def without_secrets(self, blank: Callable[[str], str]) -> None:
        """Pass the texts through `blank`, and forget the errors behind this one, whose texts nobody has checked."""
        self.text, self.cure = blank(self.text), blank(self.cure)
        self.args = (self.text,)
        self.__cause__ = self.__context__ = None


class InvalidLayout(RegistryError):
    """The layout on disk contradicts the plan or its own digests."""


class Refused(RegistryError):
    """The registry's response is final. `codes` are those of its body (distribution-spec 1.1.1, "Error Codes")."""

    def __init__(self, text: str, cure: str, codes: Tuple[str, ...] = ()) -> None:
        super().__init__(text, cure)
        self.codes = codes

    @property
    def content_unknown(self) -> bool:
        """Whether the registry misses a blob or a manifest that it had before."""
        return not {"BLOB_UNKNOWN", "MANIFEST_BLOB_UNKNOWN", "MANIFEST_UNKNOWN"}.isdisjoint(self.codes)


class ProtocolError(RegistryError):
    """The registry's response contradicts the specification."""

    def __init__(self, text: str, cure: str = ASK_OPERATOR) -> None:
        super().__init__(text, cure)


class Unsafe(ProtocolError):
    """The registry directs a credential or an image to a place that it may not choose."""


class Misdirected(ProtocolError):
    """The registry directs us to a place that does not do what the registry says."""

    def __init__(self, text: str, cure: str = "") -> None:
        own = "let the registry announce its own address in `Location`: correct its external URL, or the headers"
        own += " X-Forwarded-Host, -Port and -Proto of the proxy in front of it"
        super().__init__(text, f"{cure}; or {own}" if cure else own)


class Untrusted(RegistryError):
    """There is no TLS with a host, and another attempt changes nothing."""


class Transient(RegistryError):
    """Another attempt may succeed. `wait` is how many seconds the registry asked for, if it did. `lasting_cure` is what
    to do where time does not help, empty if that is not known."""

    def __init__(self, text: str, wait: Optional[float] = None, lasting_cure: str = "") -> None:
        again = f"try again; if the error persists, {ASK_OPERATOR}, or of the proxy in front of it"
        super().__init__(text, lasting_cure or again)
        self.wait = wait
        self.lasting_cure = lasting_cure


class Unreachable(Transient):
    """There is no connection to a host."""

    def __init__(self, text: str, cure: str) -> None:
        super().__init__(text, lasting_cure=cure)


class Ended(RegistryError):
    """The run ended before the push."""


class DeadlinePassed(Ended):
    """The run reached its deadline."""


class Interrupted(Ended):
    """A signal ended the run."""
