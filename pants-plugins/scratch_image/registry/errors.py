"""What can go wrong while publishing. Every text names what was attempted, what was found, and the cure; none ever holds
a credential.
"""

from __future__ import annotations

from typing import Optional, Tuple


class RegistryError(Exception):
    """Something that ends the publishing of one image. `cure` says what to do about it; it may be empty."""

    def __init__(self, text: str, cure: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.cure = cure

    def __str__(self) -> str:
        return f"{self.text}\n  fix: {self.cure}" if self.cure else self.text


class InvalidLayout(RegistryError):
    """The layout on disk is not what the plan or its own digests say."""


class Refused(RegistryError):
    """The registry answered, and the answer is final. `codes` are the registry's own (distribution-spec, "Error Codes")."""

    def __init__(self, text: str, cure: str, status: int, codes: Tuple[str, ...] = ()) -> None:
        super().__init__(text, cure)
        self.status = status
        self.codes = codes


class Unsafe(RegistryError):
    """The registry asked for something that could give a credential or an image to somebody else."""


class Transient(RegistryError):
    """The network or the registry failed in a way that another attempt may mend. `wait` is how many seconds the registry
    asked for."""

    def __init__(self, text: str, wait: Optional[float] = None) -> None:
        super().__init__(text, "try again; if it stays, ask whoever runs the registry, or the proxy before it")
        self.wait = wait


class Untrusted(RegistryError):
    """TLS could not be agreed on: another attempt would end the same way."""


class Ended(RegistryError):
    """The run is over before the image was done."""


class DeadlinePassed(Ended):
    """The run took longer than it may."""


class Interrupted(Ended):
    """Somebody wants the run to end."""
