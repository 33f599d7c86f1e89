"""What the process prints: stdout or stderr, without secrets."""

from __future__ import annotations

from typing import TextIO

from scratch_image.registry.secrets import Secrets


class Output:
    """A stream on which no line shows one of the `secrets`, whatever it was made of."""

    def __init__(self, stream: TextIO, secrets: Secrets) -> None:
        self._stream = stream
        self._secrets = secrets

    def line(self, text: str) -> None:
        """Write a text and the end of its line."""
        self.write(f"{text}\n")

    def write(self, text: str) -> None:
        """Write a text. A character that the stream cannot encode is written as an escape."""
        encoding = self._stream.encoding or "utf-8"
        self._stream.write(self._secrets.blank(text).encode(encoding, "backslashreplace").decode(encoding))

    def flush(self) -> None:
        """Let others see what was written."""
        self._stream.flush()
