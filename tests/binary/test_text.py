"""Pins down how bytes of a file are shown to people."""

from __future__ import annotations

import pytest

from scratch_image.binary.text import readable

TEXTS = [
    (b"/lib/ld.so", "/lib/ld.so", "as it is"),
    ("Grüße 鯨".encode(), "Grüße 鯨", "UTF-8"),
    (b"a\xffb", "a\\xffb", "no UTF-8"),
    (b"\x1b[31m\x07\0\n\t\x7f", "\\x1b[31m\\x07\\x00\\n\\t\\x7f", "control characters"),
    ("a\u202eb\u2028".encode(), "a\\u202eb\\u2028", "what turns a text around, and a line's end of Unicode"),
    (b"", "", "nothing"),
]


@pytest.mark.parametrize("content, want, reason", TEXTS)
def test_readable(content, want, reason):
    assert readable(content) == want and want.isprintable()
