"""The grammar of the values in a BUILD file that an image's configuration does not have. Pure.

Every function takes a value as a BUILD file has it and raises ValueError with what was found and the cure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import List, Mapping, Optional, Tuple

from scratch_image.oci import compression as compressions
from scratch_image.oci import grammar, image_paths
from scratch_image.oci.compression import Compression
from scratch_image.oci.invisible import cleaned, refuse_invisible
from scratch_image.oci.linux import MAX_ID, PATH_MAX
from scratch_image.oci.names import WRITABLE
from scratch_image.oci.suggest import did_you_mean
from scratch_image.oci.tar import DirectoryEntry
from scratch_image.runtime_files import catalog

# What else the entries of `runtime_files` may be called: by what they hold.
_RUNTIME_FILES = {
    **dict.fromkeys(
        ("ca", "cas", "certs", "cert", "cacert", "cacerts", "ca-certs", "ca-bundle", "ssl", "tls"), "ca-certificates"
    ),
    **dict.fromkeys(("zoneinfo", "timezones", "time-zones", "timezone", "tz"), "tzdata"),
    **dict.fromkeys(("passwd", "group", "users", "user", "home"), "nonroot"),
    **dict.fromkeys(("mime", "mime.types", "media-types"), "mime-types"),
    **dict.fromkeys(("nsswitch.conf", "nss"), "nsswitch"),
    **dict.fromkeys(("temp", "tmpdir", "tempdir"), "tmp"),
}
# What else the members of a value of `files` may be called.
_MEMBERS = {
    **dict.fromkeys(("content", "contents", "data", "value", "inline"), "text"),
    **dict.fromkeys(("address", "source", "src", "target", "file"), "from"),
    **dict.fromkeys(("permissions", "perms", "perm", "chmod"), "mode"),
    **dict.fromkeys(("user", "uid", "group", "gid", "chown"), "owner"),
}
FILE_MODE, EXECUTABLE_MODE, DIRECTORY_MODE = 0o644, 0o755, 0o755
_MODE = re.compile(r"[0-7]{3,4}")
_OWNER = re.compile(r"([0-9]{1,10}):([0-9]{1,10})")


@dataclass(frozen=True)
class Owner:
    """The ids of the user `uid` and of the group `gid`."""

    uid: int = 0
    gid: int = 0


@dataclass(frozen=True)
class FileSource:
    """A member of `files`: an `address` whose files go to the path, or a `text` that is the file. `mode` is None if each
    file's own mode decides."""

    address: Optional[str]
    text: Optional[str]
    mode: Optional[int]
    owner: Owner


def address(value: object) -> str:
    """The address of a target, as written; Pants decides whether the target exists."""
    written = grammar.text(value)
    if not written.strip():
        raise ValueError("it is empty; write the address of a target: ':name'")
    return written


def runtime_file(value: object) -> str:
    """An entry of `runtime_files`."""
    name = grammar.text(value)
    if name not in catalog.NAMES:
        meant = name.lower().replace("_", "-").rstrip("/").rpartition("/")[2]
        near = did_you_mean(_RUNTIME_FILES.get(meant, meant), catalog.NAMES)
        raise ValueError(f"unknown runtime file {name!r}; {near}")
    return name


def writable(value: object) -> str:
    """A member of `[scratch-image].write`."""
    name = grammar.text(value)
    if name not in WRITABLE:
        raise ValueError(f"unknown output {name!r}; {did_you_mean(name.lower(), WRITABLE)}")
    return name


def compression(value: object) -> Compression:
    """A compression with a level or without: `zstd`, `zstd:9`."""
    written = grammar.text(value)
    name = written.partition(":")[0]
    if name not in compressions.NAMES:
        meant = re.fullmatch(r"(gzip|zstd)[^a-z0-9]*([0-9]{1,2})", written.strip().lower())
        if meant:
            raise ValueError(f"unknown compression {written!r}; {_compression_cure(f'{meant[1]}:{meant[2]}')}")
        raise ValueError(f"unknown compression {written!r}; {did_you_mean(name.lower(), compressions.NAMES)}")
    return Compression.parse(written)


def _compression_cure(meant: str) -> str:
    """What was meant, or what is wrong in that."""
    try:
        Compression.parse(meant)
    except ValueError as error:
        return str(error)
    return f"did you mean {meant!r}?"


def volume(value: object) -> str:
    """A mount point in the image. A source before it, as in `docker run --volume`, is refused."""
    path = image_paths.volume(value)
    _, colon, inside = path.partition(":/")
    if colon:
        meant = f"/{inside.partition(':')[0]}"
        raise ValueError(f"{path!r} has a source, and a volume is the path in the image alone; write {meant!r}")
    return path


def place(value: object) -> str:
    """A key of `files`: the path of a file or, with a slash at its end, of a directory."""
    path = image_paths.absolute_path(value, "/etc/app.conf", keeps_slash=True)
    image_paths.refuse_whiteout(path)
    return path


def text_place(value: object) -> str:
    """A key of `files` whose value is a text: the path of a file."""
    path = place(value)
    if path.endswith("/"):
        raise ValueError(f"{path!r} is a directory, and a text is one file; write {path.rstrip('/') or '/etc/app.conf'!r}")
    return path


def directory_place(value: object) -> str:
    """A key of `directories`; a slash at its end is dropped."""
    path = image_paths.absolute_path(value, "/data").rstrip("/")
    if not path:
        raise ValueError("'/' is the root, which every image has; name a directory below it: '/data'")
    image_paths.refuse_whiteout(path)
    return path


def link_place(value: object) -> str:
    """A key of `symlinks`: the path of a link."""
    path = image_paths.absolute_path(value, "/srv/current")
    image_paths.refuse_whiteout(path)
    if path.endswith("/"):
        found = "the root" if path == "/" else "a directory"
        raise ValueError(f"{path!r} is {found}, not a link; write {path.rstrip('/') or '/srv/current'!r}")
    return path


def file_source(value: object) -> FileSource:
    """A value of `files`: an address; or {"from": address} or {"text": text}, with "mode" and "owner"."""
    if isinstance(value, str):
        if not value:
            raise ValueError('it is empty; write the address of a target, \':name\', or {"text": ""} for an empty file')
        return FileSource(address(value), None, None, Owner())
    if isinstance(value, int) and not isinstance(value, bool):
        raise ValueError(f'expected an address or a dict, got {value!r}; write {{"text": "{value}"}} for a file with it')
    example = "':config' or {'from': ':config', 'mode': '0640'}"
    members = members_of(value, ("from", "text", "mode", "owner"), "an address or a dict", example)
    if ("from" in members) == ("text" in members):
        problem = "both 'from' and 'text'" if "from" in members else "neither 'from' nor 'text'"
        raise ValueError(f"{value!r} has {problem}; write one of them")
    return FileSource(
        address=address(members["from"]) if "from" in members else None,
        text=grammar.text(members["text"]) if "text" in members else None,
        mode=mode(members["mode"]) if "mode" in members else None,
        owner=owner(members["owner"]) if "owner" in members else Owner(),
    )


def directory(path: str, value: object) -> DirectoryEntry:
    """A member of `directories`; the value is {"mode": …, "owner": …}, or {}."""
    if isinstance(value, str) and _MODE.fullmatch(value):
        raise ValueError(f"expected a dict, got {value!r}; write {{'mode': {value!r}}}")
    if isinstance(value, str) and _OWNER.fullmatch(value):
        raise ValueError(f"expected a dict, got {value!r}; write {{'owner': {value!r}}}")
    members = members_of(value, ("mode", "owner"), "a dict", "{'mode': '0755', 'owner': '0:0'} or {}")
    owned = owner(members["owner"]) if "owner" in members else Owner()
    bits = mode(members["mode"]) if "mode" in members else DIRECTORY_MODE
    return DirectoryEntry(path.lstrip("/"), bits, owned.uid, owned.gid)


def link_target(value: object) -> str:
    """A value of `symlinks`: a path, absolute or relative to the directory of the link."""
    target = grammar.text(value)
    if not target:
        raise ValueError("it is empty; write the path that the link leads to")
    if len(target.encode()) >= PATH_MAX:
        raise ValueError(f"{target!r} is too long; Linux allows {PATH_MAX - 1} bytes")
    refuse_invisible(target, cleaned(target).strip() or "/srv/1")
    return target


def mode(value: object) -> int:
    """Permission bits: '0640'. A number is refused: 640 and 0o640 look alike and differ."""
    if isinstance(value, str) and _MODE.fullmatch(value):
        return int(value, 8)
    raise ValueError(f"{value!r} is not a valid mode; write three or four octal digits: {_mode_meant(value)}")


def _mode_meant(value: object) -> str:
    """The cure of a wrong mode. A number may be octal in the BUILD file, or look so in decimal."""
    found: List[str] = []
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 0o7777:
        found = [f"{value:04o}", *([f"{value:04}"] if _MODE.fullmatch(str(value)) and value != 0 else [])]
    elif isinstance(value, str):
        digits = re.sub("^0o?", "", value.strip(), flags=re.IGNORECASE)
        found = [digits.zfill(4)] if re.fullmatch("[0-7]{3,4}", digits) else []
    return " or ".join(map(repr, found)) or "'0640'"


def owner(value: object) -> Owner:
    """`uid:gid`. Names are refused: an image need not say which id a name has."""
    match = _OWNER.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise ValueError(f"{value!r} is not a valid owner; write the ids: {_owner_meant(value)!r}")
    ids = int(match[1]), int(match[2])
    if max(ids) > MAX_ID:
        raise ValueError(f"{value!r} is not a valid owner; ids go up to {MAX_ID}")
    return Owner(*ids)


def _owner_meant(value: object) -> str:
    """The ids of the users that the runtime files name, and an id as the group as well; else an example."""
    user, _, group = "".join(str(value).split()).replace(".", ":").partition(":")
    ids = [catalog.IDS.get(part, part) for part in (user, group or user)]
    meant = ":".join(ids)
    match = None if isinstance(value, (bool, float)) else _OWNER.fullmatch(meant)
    return meant if match and max(int(match[1]), int(match[2])) <= MAX_ID else "65532:65532"


def members_of(value: object, keys: Tuple[str, ...], expected: str, example: str) -> Mapping[str, object]:
    """The members of a dict that has no keys but these; `expected` and `example` say what the value may be."""
    if not isinstance(value, Mapping):
        raise ValueError(f"expected {expected}, got {value!r}; for example {example}")
    for key in value:
        if key not in keys:
            meant = _MEMBERS.get(str(key).lower(), str(key).lower())
            near = did_you_mean(meant if meant in keys else str(key), keys)
            raise ValueError(f"unknown key {key!r}; {near}")
    return value
