"""A need and what shows it; the names of needs that both kinds of evidence use."""

from __future__ import annotations

from typing import NamedTuple

CA, TZ, TMP, USERS = "ca-certificates", "tzdata", "tmp", "users"
SUBPROCESS, NSS, TERMINFO, MIME = "subprocess", "nss", "terminfo", "mime-types"
# Code that needs it is in the program; or a text that such code has, which other code may have as well.
LINKED, HINT = "linked", "hint"


class Need(NamedTuple):
    """`level` is LINKED or HINT; `evidence` is the function, crate or text that was found."""

    name: str
    level: str
    evidence: str
