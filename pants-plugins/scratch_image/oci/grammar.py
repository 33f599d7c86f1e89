"""What each value of an image configuration may look like. Every function returns the value as the image holds it and
raises ValueError with what was found and the cure.

Sources: image-spec 1.1 config.md and annotations.md; RFC 3339; signal(7) for the numbers' range.
"""

from __future__ import annotations

import datetime
import difflib
import posixpath
import re

from scratch_image.oci.platform import Platform

_SIGNALS = (
    "HUP INT QUIT ILL TRAP ABRT IOT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CLD CONT STOP TSTP TTIN TTOU "
    "URG XCPU XFSZ VTALRM PROF WINCH IO POLL PWR SYS RTMIN RTMAX"
)
_SIGNAL_NAMES = tuple(f"SIG{name}" for name in _SIGNALS.split())
_REAL_TIME = re.compile(r"SIGRTMIN\+([1-9]|[12][0-9]|30)|SIGRTMAX-([1-9]|[12][0-9]|30)")
_PORT = re.compile(r"([0-9]{1,6})(?:/(tcp|udp|sctp))?")
_CREATED = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})")
_USER_PART = re.compile(r"[0-9]+|[a-z_][a-zA-Z0-9_.-]{0,31}\$?")
# chown(2) takes 2^32-1 as "leave unchanged"; no process can have that id.
_MAX_ID = 2**32 - 2
# Linux: NAME_MAX and PATH_MAX (limits.h).
NAME_MAX = 255
_PATH_MAX = 4096


def text(value: object) -> str:
    """A string that JSON and execve(2) can carry: no NUL, and encodable as UTF-8."""
    if not isinstance(value, str):
        cure = f"put it in quotes: {str(value)!r}" if isinstance(value, (int, float)) else "write one in quotes"
        raise ValueError(f"{value!r} is not a string; {cure}")
    if "\0" in value:
        raise ValueError(f"{value!r} holds a NUL character, which ends a string in the kernel; remove it")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError(f"{value!r} holds half of a surrogate pair, which UTF-8 can not say; remove it") from None
    return value


def boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither True nor False; write one of them, without quotes")
    return value


def name(value: object) -> str:
    """A key of labels or annotations: text that is not empty."""
    if text(value) == "":
        raise ValueError("a key is empty; name it, by custom in reverse domain notation: 'org.example.team'")
    return str(value)


def variable(value: object) -> str:
    """The name of an environment variable (POSIX.1, chapter 8: no `=`)."""
    if text(value) == "":
        raise ValueError("a variable has no name; write {'NAME': 'value'}")
    if "=" in str(value):
        raise ValueError(f"the name {value!r} holds '='; write the name as key and the rest as value: {{'NAME': 'value'}}")
    return str(value)


def absolute_path(value: object) -> str:
    """An absolute path in the image, without `.`, `..`, empty components or control characters."""
    path = text(value)
    if not path.startswith("/"):
        raise ValueError(f"{path!r} is relative; a path in the image starts with '/': {posixpath.normpath('/' + path)!r}")
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in path):
        raise ValueError(f"{path!r} holds a control character; remove it")
    components = path.split("/")[1:]
    if path != "/" and ("." in components or ".." in components):
        raise ValueError(f"{path!r} holds '.' or '..'; write the path it leads to")
    if path != "/" and "" in components[:-1]:
        raise ValueError(f"{path!r} holds '//'; write it with single slashes")
    if len(path.encode("utf-8")) >= _PATH_MAX or any(len(part.encode("utf-8")) > NAME_MAX for part in components):
        raise ValueError(f"{path!r} is too long; Linux allows {NAME_MAX} bytes per component and {_PATH_MAX - 1} in all")
    return path


def directory_path(value: object) -> str:
    """An absolute path of a directory; a slash at its end is dropped."""
    path = absolute_path(value)
    return path.rstrip("/") or "/"


def volume(value: object) -> str:
    """A mount point: an absolute path other than `/`."""
    path = directory_path(value)
    if path == "/":
        raise ValueError("'/' is the whole image and can not be a volume; name a directory below it")
    return path


def file_path(value: object) -> str:
    """The absolute path of a file in a layer; `.wh.` is the layer format's own (image-spec 1.1, layer.md, "Whiteouts")."""
    path = absolute_path(value)
    if path == "/":
        raise ValueError("'/' is the image's root, not a file; name a file in it: '/app'")
    if path.endswith("/"):
        raise ValueError(f"{path!r} ends in '/', which names a directory; name the file: {path + 'app'!r}")
    if any(component.startswith(".wh.") for component in path.split("/")):
        raise ValueError(f"{path!r} has a component that starts with '.wh.', which deletes files in a layer; rename it")
    return path


def port(value: object) -> str:
    """`port/protocol`; the protocol is tcp where none is given (config.md, "ExposedPorts"). Takes a number as well."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    match = _PORT.fullmatch(text(value))
    if not match:
        raise ValueError(f"{value!r} is no port; write a number and, if not tcp, the protocol: '8080', '53/udp'")
    number = int(match[1])
    if not 1 <= number <= 65535:
        raise ValueError(f"{value!r}: ports go from 1 to 65535")
    return f"{number}/{match[2] or 'tcp'}"


def stop_signal(value: object) -> str:
    """`SIGTERM`, `SIGRTMIN+3` or a number from 1 to 64 (config.md, "StopSignal")."""
    signal = text(value)
    if signal in _SIGNAL_NAMES or _REAL_TIME.fullmatch(signal):
        return signal
    if re.fullmatch(r"[1-9]|[1-5][0-9]|6[0-4]", signal):
        return signal
    letters = signal.upper().removeprefix("SIG")
    near = difflib.get_close_matches(f"SIG{letters}", _SIGNAL_NAMES, 1) if letters.isalpha() else []
    hint = f"did you mean {near[0]!r}?" if near else "write a name such as 'SIGTERM', or a number from 1 to 64"
    raise ValueError(f"{signal!r} is no signal; {hint}")


def created(value: object) -> str:
    """A date and time of RFC 3339, with `T` and `Z` in capitals, as Go's readers demand."""
    moment = text(value)
    match = _CREATED.fullmatch(moment)
    try:
        if not match:
            raise ValueError
        datetime.datetime.strptime(match[1], "%Y-%m-%dT%H:%M:%S")
        if match[2] != "Z" and not (int(match[2][1:3]) < 24 and int(match[2][4:]) < 60):
            raise ValueError
    except ValueError:
        raise ValueError(f"{moment!r} is no date and time of RFC 3339; write it as '2024-05-01T00:00:00Z'") from None
    return moment


def created_from_epoch(seconds: str) -> str:
    """RFC 3339 from whole seconds since 1970 (reproducible-builds.org, SOURCE_DATE_EPOCH), at most the year 9999."""
    if not re.fullmatch(r"[0-9]{1,12}", seconds):
        raise ValueError(f"{seconds!r} is no whole number of seconds since 1970")
    try:
        moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=int(seconds))
    except OverflowError:
        raise ValueError(f"{seconds!r} seconds after 1970 is beyond the year 9999") from None
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def user(value: object) -> str:
    """`user`, `uid`, `user:group`, `uid:gid` and the mixed forms (config.md, "User")."""
    parts = text(value).split(":")
    if len(parts) > 2 or not all(_USER_PART.fullmatch(part) for part in parts):
        raise ValueError(f"{value!r} is no user; write ids or names, 'user' or 'user:group': '65532:65532'")
    for part in parts:
        if part.isdigit() and int(part) > _MAX_ID:
            raise ValueError(f"{value!r}: {part} is beyond the largest id, {_MAX_ID}")
    return str(value)


def platform(value: object) -> Platform:
    return Platform.parse(text(value))
