"""The base of all errors of the backend."""

from __future__ import annotations


class ScratchImageError(Exception):
    """Anything that a user can cause and fix: a BUILD file, an option, a program, a machine. The text says what is wrong,
    where, and what to do; Pants shows it without a stack."""
