"""A need of a program, and its evidence."""

from __future__ import annotations

from typing import NamedTuple

CA, TZ, TMP, USERS = "ca-certificates", "tzdata", "tmp", "users"
SUBPROCESS, NSS, TERMINFO, MIME = "subprocess", "nss", "terminfo", "mime-types"
# The zone that TZ names; the user that the program runs as; a directory for caches; libraries loaded while it runs.
LOCAL_TIME, CURRENT_USER, CACHE, PLUGINS = "local-time", "current-user", "cache-directory", "plugins"
# Code with the need is linked; or there is a text of such code, which other code may have as well.
LINKED, HINT = "linked", "hint"


class Need(NamedTuple):
    """`name` is one of the needs above, `level` is LINKED or HINT, `evidence` is the function, crate or text."""

    name: str
    level: str
    evidence: str
