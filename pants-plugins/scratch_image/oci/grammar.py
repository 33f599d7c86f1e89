"""The grammar of each value of an image's configuration. Every function takes a value as a BUILD file has it, returns the
value as the image has it, and raises ValueError with what was found and the cure.

Sources: image-spec 1.1 config.md and annotations.md; RFC 3339; signal(7) for the range of numbers.
"""

from __future__ import annotations

import datetime
import re
from typing import Optional

from scratch_image.oci.invisible import cleaned, invisible, refuse_invisible, visible
from scratch_image.oci.linux import MAX_ID
from scratch_image.oci.platform import Platform
from scratch_image.oci.suggest import did_you_mean

_SIGNALS = (
    "HUP INT QUIT ILL TRAP ABRT IOT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CLD CONT STOP TSTP TTIN TTOU "
    "URG XCPU XFSZ VTALRM PROF WINCH IO POLL PWR SYS RTMIN RTMAX"
)
_SIGNAL_NAMES = tuple(f"SIG{name}" for name in _SIGNALS.split())
_REAL_TIME = re.compile(r"SIGRTMIN\+([1-9]|[12][0-9]|30)|SIGRTMAX-([1-9]|[12][0-9]|30)")
_SIGNAL_NUMBER = re.compile(r"[1-9]|[1-5][0-9]|6[0-4]")
_PORT = re.compile(r"([0-9]{1,6})(?:/(tcp|udp|sctp))?")
_CREATED = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)", re.ASCII)
_BOOLEANS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
_DATE_CURE = "write it as"
_USER_PART = re.compile(r"[0-9]+|[a-z_][a-zA-Z0-9_.-]{0,31}\$?")


class NotAString(ValueError):
    """`value` is no string; `meant` is the one that it may stand for, None if it is not known."""

    def __init__(self, value: object) -> None:
        self.value = value
        self.meant: Optional[str] = None
        cure = "write one in quotes"
        if isinstance(value, (int, float)):
            self.meant = str(value)
            cure = f"put it in quotes: {self.meant!r}"
        elif isinstance(value, (list, tuple)) and len(value) == 1 and isinstance(value[0], str):
            self.meant = value[0]
            cure = f"write its member alone: {self.meant!r}"
        super().__init__(f"{value!r} is not a string; {cure}")


def text(value: object) -> str:
    """A string that JSON and execve(2) can carry: no NUL, and encodable as UTF-8."""
    if not isinstance(value, str):
        raise NotAString(value)
    if "\0" in value:
        raise ValueError(f"{value!r} contains a NUL character, which ends a string in the kernel; remove it")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError(f"{value!r} contains half of a surrogate pair, which UTF-8 cannot encode; remove it") from None
    return value


def boolean(value: object) -> bool:
    """True or False; nothing else stands for them."""
    if not isinstance(value, bool):
        meant = _BOOLEANS.get(str(value).strip().lower())
        cure = "write one of them, without quotes" if meant is None else f"write {meant}"
        raise ValueError(f"expected True or False, got {value!r}; {cure}")
    return value


def name(value: object) -> str:
    """A key of labels or annotations: text that is not empty, all of which can be seen."""
    key = text(value)
    if not key:
        raise ValueError("a key is empty; write a name, by custom in reverse domain notation: 'org.example.team'")
    refuse_invisible(key, cleaned(key) or "org.example.team")
    return key


def variable(value: object) -> str:
    """The name of an environment variable (POSIX.1, chapter 8: no `=`), all of which can be seen."""
    key = text(value)
    if not key:
        raise ValueError("a variable has no name; write {'NAME': 'value'}")
    if "=" in key:
        before, _, rest = key.partition("=")
        cure = f"write the name as key and the rest as value: {{{_variable_like(before)!r}: {rest or 'value'!r}}}"
        raise ValueError(f"the name {key!r} contains '='; {cure}")
    found = invisible(key) or ("U+0020 (SPACE)" if " " in key else None)
    if found:
        problem = f"contains white space or a character that is not shown, {found}"
        raise ValueError(f"the name {visible(key)} {problem}; write {_variable_like(key)!r}")
    return key


def _variable_like(key: str) -> str:
    return cleaned(key).replace(" ", "") or "NAME"


def port(value: object) -> str:
    """`port/protocol`, tcp by default (config.md, "ExposedPorts"). A number is a port, too."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    match = _PORT.fullmatch(text(value))
    if not match:
        meant = re.sub(r"[.]0$", "", str(value).strip().lower().rpartition(":")[2].rstrip("/"))
        found = _PORT.fullmatch(meant)
        cure = repr(meant) if found and 1 <= int(found[1]) <= 65535 else "'8080', '53/udp'"
        raise ValueError(f"{value!r} is not a valid port; write a number and, if not tcp, the protocol: {cure}")
    number = int(match[1])
    if not 1 <= number <= 65535:
        raise ValueError(f"{value!r} is not a valid port; write a number from 1 to 65535")
    return f"{number}/{match[2] or 'tcp'}"


def stop_signal(value: object) -> str:
    """`SIGTERM`, `SIGRTMIN+3` or a number from 1 to 64 (config.md, "StopSignal")."""
    signal = text(value)
    if signal in _SIGNAL_NAMES or _REAL_TIME.fullmatch(signal):
        return signal
    if _SIGNAL_NUMBER.fullmatch(signal):
        return signal
    meant = signal.strip().upper()
    if _SIGNAL_NUMBER.fullmatch(meant) or _REAL_TIME.fullmatch(meant):
        raise ValueError(f"unknown signal {signal!r}; did you mean {meant!r}?")
    letters = meant.removeprefix("SIG")
    cure = "write a name such as 'SIGTERM', or a number from 1 to 64"
    near = did_you_mean(f"SIG{letters}", _SIGNAL_NAMES, cure) if letters.isalpha() else cure
    raise ValueError(f"unknown signal {signal!r}; {near}")


def created(value: object) -> str:
    """A date and time of RFC 3339, with `T` and `Z` in capitals, as Go's readers demand."""
    if isinstance(value, int) and not isinstance(value, bool):
        raise ValueError(f"{value!r} is not a string; {_DATE_CURE} {_dated(str(value))!r}")
    moment = text(value)
    if not _is_moment(moment):
        raise ValueError(f"{moment!r} is not a valid date and time of RFC 3339; {_DATE_CURE} {_dated(moment)!r}")
    return moment


def _is_moment(moment: str) -> bool:
    match = _CREATED.fullmatch(moment)
    try:
        return match is not None and bool(datetime.datetime.strptime(match[1], "%Y-%m-%dT%H:%M:%S"))
    except ValueError:
        return False


def _dated(written: str) -> str:
    """What was likely meant: a day, a time without its zone or with blanks, or seconds since 1970; else an example."""
    moment = re.sub(r"^(\d{4}-\d{2}-\d{2})[ T]+(?=\d)", r"\1T", written.strip().upper(), flags=re.ASCII).replace(" ", "")
    moment = re.sub(r"([+-]\d{2})(\d{2})$", r"\1:\2", moment, flags=re.ASCII) if "T" in moment else moment
    for ending in ("", "Z", ":00Z", "T00:00:00Z"):
        if _is_moment(moment + ending):
            return moment + ending
    try:
        return created_from_epoch(written)
    except ValueError:
        return "2024-05-01T00:00:00Z"


def created_from_epoch(value: object) -> str:
    """RFC 3339 from whole seconds since 1970 (reproducible-builds.org, SOURCE_DATE_EPOCH), up to the year 9999."""
    seconds = text(value)
    if not re.fullmatch(r"[0-9]{1,12}", seconds):
        raise ValueError(f"expected a whole number of seconds since 1970, got {seconds!r}; for example '1714521600'")
    try:
        moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=int(seconds))
    except OverflowError:
        raise ValueError(f"{seconds!r} seconds after 1970 is later than the year 9999; write fewer") from None
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def user(value: object) -> str:
    """`user`, `uid`, `user:group`, `uid:gid` and the mixed forms (config.md, "User")."""
    written = text(value)
    if not _is_user(written):
        meant = written.strip().lower().rstrip(":").replace(".", ":")
        example = meant if _is_user(meant) and not _too_large(meant) else "65532:65532"
        raise ValueError(f'{value!r} is not a valid user; write "uid", "uid:gid" or names, for example {example!r}')
    part = _too_large(written)
    if part:
        raise ValueError(f"{value!r} is not a valid user; {part} is greater than the largest id, {MAX_ID}")
    return written


def _too_large(written: str) -> str:
    """The first id of a user that is too large; empty if none is."""
    return next((part for part in written.split(":") if part.isdigit() and int(part) > MAX_ID), "")


def _is_user(written: str) -> bool:
    parts = written.split(":")
    return len(parts) < 3 and all(_USER_PART.fullmatch(part) for part in parts)


def platform(value: object) -> Platform:
    """A platform, as Platform.parse() reads it."""
    return Platform.parse(text(value))
