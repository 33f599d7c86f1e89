"""Pins down who a program runs as: `User` of the configuration, by the image's own passwd and group."""

from __future__ import annotations

from typing import Optional, Set, Tuple

import pytest

from scratch_image.root.identity import UnknownName, identity_of
from scratch_image.root.of_image import runtime_texts
from scratch_image.runtime_files import catalog

PASSWD = b"root:x:0:0:root:/root:/bin/sh\nme:x:1000:100:Me:/home/me:\nodd:x:7\n\nbad:x:y:z\n#:x:5:5::/:\n"
GROUP = b"root:x:0:\nteam:x:2000:you,me\nall:x:3000:me\n"
TABLE: Tuple[Tuple[str, Optional[bytes], Optional[bytes], Tuple[int, int, Set[int], str], str], ...] = (
    ("", None, None, (0, 0, {0}, "/"), "no user is root, without a home if nothing says so"),
    ("", PASSWD, GROUP, (0, 0, {0}, "/"), "an empty name is no line of passwd"),
    ("65532", None, None, (65532, 0, {0}, "/"), "an id alone has group 0"),
    ("65532:65532", None, None, (65532, 65532, {65532}, "/"), "both ids"),
    ("1000", PASSWD, GROUP, (1000, 100, {100, 2000, 3000}, "/home/me"), "an id that passwd has"),
    ("me", PASSWD, GROUP, (1000, 100, {100, 2000, 3000}, "/home/me"), "its name"),
    ("me", PASSWD, None, (1000, 100, {100}, "/home/me"), "no group file"),
    ("me:5", PASSWD, GROUP, (1000, 5, {5}, "/home/me"), "a group in `User` is the only one"),
    ("me:team", PASSWD, GROUP, (1000, 2000, {2000}, "/home/me"), "a group by its name"),
    ("1:team", None, GROUP, (1, 2000, {2000}, "/"), "a group's name beside an id"),
    ("odd", PASSWD, None, (7, 0, {0}, "/"), "a line that is cut off"),
    ("root", PASSWD, GROUP, (0, 0, {0}, "/root"), "root by its name"),
)


@pytest.mark.parametrize("user, passwd, group, want, reason", TABLE)
def test_identity(
    user: str, passwd: Optional[bytes], group: Optional[bytes], want: Tuple[int, int, Set[int], str], reason: str
) -> None:
    who = identity_of(user, passwd, group)
    assert (who.uid, who.gid, set(who.groups), who.home) == want, reason


@pytest.mark.parametrize("user, name", [("you", "you"), ("bad", "bad"), ("me:no", "no"), ("1:no", "no")])
def test_a_name_that_nothing_resolves(user: str, name: str) -> None:
    with pytest.raises(UnknownName, match=f"^{name}$"):
        identity_of(user, PASSWD, GROUP)


def test_the_catalog_says_what_the_files_say(tmp_path: object) -> None:
    """`runtime_files` has the users that the model takes from the catalog."""
    from pathlib import Path

    import scratch_image.runtime_files

    data = Path(str(scratch_image.runtime_files.__file__)).parent / "data"
    known = runtime_texts((catalog.NONROOT,))
    for name in ("passwd", "group"):
        content = (data / name).read_bytes()
        for user in (*catalog.USERS, "0", "65532"):
            of = {"passwd": (content, None), "group": (known["/etc/passwd"], content)}[name]
            assert identity_of(user, *of) == identity_of(user, known["/etc/passwd"], known["/etc/group"])
