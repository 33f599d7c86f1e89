"""Pins down who a program runs as: `User` of the configuration, by the image's own passwd and group."""

from __future__ import annotations

from typing import Optional, Set, Tuple

import pytest

from scratch_image.root.identity import UnknownName, UnusableId, identity_of
from scratch_image.root.of_image import runtime_texts
from scratch_image.runtime_files import catalog

PASSWD = b"root:x:0:0:root:/root:/bin/sh\nme:x:1000:100:Me:/home/me:\nodd:x:7\n\nbad:x:y:z\n#:x:5:5::/:\n"
GROUP = b"root:x:0:\nteam:x:2000:you,me\nall:x:3000:me\n"
TABLE: Tuple[Tuple[str, Optional[bytes], Optional[bytes], Tuple[int, int, Set[int], str], str], ...] = (
    ("", None, None, (0, 0, {0}, "/"), "no user is root, without a home if nothing says so"),
    ("", PASSWD, GROUP, (0, 0, {0}, "/root"), "no user is the line that has the id 0"),
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
    ("bad", PASSWD, GROUP, (0, 0, {0}, "/"), "an id that is no number is 0"),
    ("bad", b"bad:x::7::/h:\n", None, (0, 7, {7}, "/h"), "an id that is empty is 0"),
    ("bad", "bad:x:²:³::/h:\n".encode(), None, (0, 0, {0}, "/h"), "digits that are not ASCII"),
    ("bad", b"bad:x: 5:6_0::/h:\n", None, (0, 0, {0}, "/h"), "what int() reads, and Atoi does not"),
    ("odd", b"odd:x:+5:-0::/:\n", None, (5, 0, {0}, "/"), "signs, which Atoi reads"),
    ("odd", b"odd\n", None, (0, 0, {0}, "/"), "a name alone"),
    ("1000", b"1000:x:5:6::/:\n", None, (1000, 0, {0}, "/"), "a number is never a name"),
    ("7", b"1000:x:5:6::/:\nme:x:7:8::/m:\n", None, (7, 8, {8}, "/m"), "and an id is found below it"),
    ("0:50", b"", b"50:x:7:\n", (0, 50, {50}, "/"), "a number is no name of a group, either"),
    ("1:bad", None, b"bad:x:\xc2\xb2:\n", (1, 0, {0}, "/"), "a group's id that is no number"),
    ("1:a", None, b"  #a:x:4:\n a:x:5:\n", (1, 5, {5}, "/"), "a comment, and blanks before a line"),
    ("065532:007", b"me:x:65532:5::/me:\n", None, (65532, 7, {7}, "/me"), "zeros before a number"),
    ("2147483647:2147483647", None, None, (2**31 - 1, 2**31 - 1, {2**31 - 1}, "/"), "the largest ids"),
    ("me", b"me:x:3000000000:0::/:\n", None, (3000000000, 0, {0}, "/"), "a larger one, of a line"),
    ("me", b"me:x:-1:0::/:\n", None, (2**32 - 1, 0, {0}, "/"), "as the kernel sees it"),
    ("me", b"me:x:" + b"9" * 5000 + b":0::/:\n", None, (2**32 - 1, 0, {0}, "/"), "Atoi's answer is the largest int"),
    ("", b"me:x::5::/me:\n", None, (0, 5, {5}, "/me"), "no user is the first line with 0"),
    ("#", PASSWD, None, (5, 5, {5}, "/"), "passwd knows no comments"),
)


@pytest.mark.parametrize("user, passwd, group, want, reason", TABLE)
def test_identity(
    user: str, passwd: Optional[bytes], group: Optional[bytes], want: Tuple[int, int, Set[int], str], reason: str
) -> None:
    who = identity_of(user, passwd, group)
    assert (who.uid, who.gid, set(who.groups), who.home) == want, reason


@pytest.mark.parametrize("user, name", [("you", "you"), ("me:no", "no"), ("1:no", "no"), ("²", "²")])
def test_a_name_that_nothing_resolves(user: str, name: str) -> None:
    with pytest.raises(UnknownName, match=f"^{name}$"):
        identity_of(user, PASSWD, GROUP)


@pytest.mark.parametrize("user", ["2147483648", "4294967294", "1:2147483648", "me:2147483648", "9" * 5000])
def test_an_id_that_no_runtime_takes(user: str) -> None:
    """Not even if a line has it."""
    lines = f"a:x:{user}:0::/:\n".encode()
    for passwd, group in ((None, None), (PASSWD, GROUP), (PASSWD + lines, GROUP + lines)):
        with pytest.raises(UnusableId, match=f"^{user.rpartition(':')[2]}$"):
            identity_of(user, passwd, group)


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
