"""The base of all errors of the backend."""

from __future__ import annotations


class ScratchImageError(Exception):
    """Anything that a user can cause and fix: a BUILD file, an option, a program, a machine. The text says what is wrong,
    where, and what to do; Pants shows it without a stack."""

    def add_last_line(self, line: str) -> None:
        """Ends the text with a line, once: the error of an image is also that of the images that name it."""
        text = str(self)
        if not text.endswith(line):
            self.args = (f"{text}\n{line}",)
