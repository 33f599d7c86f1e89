"""Why an image is not started. Texts are sentences for people, without a final full stop."""

from __future__ import annotations


class NotRun(Exception):
    """The image cannot be started; nothing was. `code` is the exit code that Docker documents for the reason: 125 for us and
    the machine, 126 for a program that cannot be executed, 127 for one that is not there."""

    def __init__(self, text: str, code: int = 125) -> None:
        super().__init__(text)
        self.code = code


class NoSpace(NotRun):
    """The image does not fit into the place where it was unpacked."""
