"""The errors of signing and verifying. No text holds a key or a pass phrase."""

from __future__ import annotations


class SigningError(Exception):
    """Something that a user can correct. `text` says where and what is wrong, `cure` what to do about it."""

    def __init__(self, text: str, cure: str) -> None:
        super().__init__(text)
        self.text = text
        self.cure = cure

    def __str__(self) -> str:
        return f"{self.text}\n  fix: {self.cure}"
