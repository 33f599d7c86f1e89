"""What `files`, `directories`, `symlinks` and `capabilities` say, value by value. Pure; raises ValueError with the cure."""

from __future__ import annotations

import difflib
import re
import struct
from dataclasses import dataclass
from typing import Dict, Mapping, Optional, Tuple

from scratch_image.oci import grammar
from scratch_image.oci.tar import DirectoryEntry

FILE_MODE, EXECUTABLE_MODE, DIRECTORY_MODE = 0o644, 0o755, 0o755
# The largest id that is one: 2^32-1 means "no change" to chown(2).
_MAX_ID = 2**32 - 2
_MODE = re.compile(r"[0-7]{3,4}")
_OWNER = re.compile(r"([0-9]{1,10}):([0-9]{1,10})")
# linux/capability.h; the numbers are the kernel's interface.
_CAPABILITIES = (
    "chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap",
    "linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner", "sys_module",
    "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice", "sys_resource", "sys_time",
    "sys_tty_config", "mknod", "lease", "audit_write", "audit_control", "setfcap", "mac_override", "mac_admin", "syslog",
    "wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf", "checkpoint_restore",
)  # fmt: skip
CAPABILITIES: Dict[str, int] = {f"cap_{name}": number for number, name in enumerate(_CAPABILITIES)}
# VFS_CAP_REVISION_2 with VFS_CAP_FLAGS_EFFECTIVE.
_CAPABILITY_MAGIC = 0x02000001


@dataclass(frozen=True)
class Owner:
    uid: int = 0
    gid: int = 0


@dataclass(frozen=True)
class FileSource:
    """A member of `files`: an `address` whose files go to the path, or a `text` that is the file. `mode` is None where each
    file's own decides."""

    address: Optional[str]
    text: Optional[str]
    mode: Optional[int]
    owner: Owner


def place(value: object) -> str:
    """A key of `files`: a file's path, or with a slash at its end that of a directory."""
    path = grammar.absolute_path(value)
    if path == "/":
        return path
    grammar.file_path(path.rstrip("/"))
    return path


def file_source(value: object) -> FileSource:
    """A value of `files`: an address; or {"from": address} or {"text": text}, with "mode" and "owner"."""
    if isinstance(value, str):
        return FileSource(_address(value), None, None, Owner())
    known = _members(value, ("from", "text", "mode", "owner"), "write an address, or {'from': ':a', 'mode': '0640'}")
    if ("from" in known) == ("text" in known):
        found = "both 'from' and 'text'" if "from" in known else "neither 'from' nor 'text'"
        raise ValueError(f"{value!r} has {found}; write one of them")
    return FileSource(
        address=_address(known["from"]) if "from" in known else None,
        text=grammar.text(known["text"]) if "text" in known else None,
        mode=mode(known["mode"]) if "mode" in known else None,
        owner=owner(known["owner"]) if "owner" in known else Owner(),
    )


def directory(path: str, value: object) -> DirectoryEntry:
    """A member of `directories`; the value is {"mode": …, "owner": …}, or {}."""
    known = _members(value, ("mode", "owner"), "write {'mode': '0755', 'owner': '0:0'}, or {}")
    owned = owner(known["owner"]) if "owner" in known else Owner()
    bits = mode(known["mode"]) if "mode" in known else DIRECTORY_MODE
    return DirectoryEntry(path.lstrip("/"), bits, owned.uid, owned.gid)


def link_target(value: object) -> str:
    """A value of `symlinks`: a path, absolute or relative to where the link is."""
    target = grammar.text(value)
    if not target:
        raise ValueError("it is empty; write the path that the link leads to")
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in target) or len(target.encode()) >= 4096:
        raise ValueError(f"{target!r} is no path: it holds a control character, or is too long")
    return target


def mode(value: object) -> int:
    """Permission bits: '0640'. Not a number: 640 and 0o640 are two, and look alike."""
    if isinstance(value, str) and _MODE.fullmatch(value):
        return int(value, 8)
    raise ValueError(f"{value!r} is no mode; write three or four octal digits: '0640'")


def owner(value: object) -> Owner:
    """`uid:gid`: nothing in the image need say which id a name has."""
    match = _OWNER.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise ValueError(f"{value!r} is no owner; write the ids: '65532:65532'")
    ids = int(match[1]), int(match[2])
    if max(ids) > _MAX_ID:
        raise ValueError(f"{value!r}: ids go up to {_MAX_ID}")
    return Owner(*ids)


def capability(value: object) -> str:
    """A file capability as capabilities(7) calls it, in lower case."""
    name = grammar.text(value).lower()
    if name not in CAPABILITIES:
        near = difflib.get_close_matches(name.removeprefix("cap_"), _CAPABILITIES, 1)
        hint = f"did you mean {'cap_' + near[0]!r}?" if near else "write one of capabilities(7): 'cap_net_bind_service'"
        raise ValueError(f"{value!r} is no capability; {hint}")
    return name


def capability_xattr(names: Tuple[str, ...]) -> bytes:
    """The value of `security.capability`: these capabilities, permitted and effective (linux/capability.h, vfs_cap_data)."""
    bits = sum(1 << CAPABILITIES[name] for name in names)
    return struct.pack("<IIIII", _CAPABILITY_MAGIC, bits & 0xFFFFFFFF, 0, bits >> 32, 0)


def _address(value: object) -> str:
    address = grammar.text(value)
    if not address.strip():
        raise ValueError("it is empty; write the address of a target: ':bin'")
    return address


def _members(value: object, names: Tuple[str, ...], cure: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{value!r} is neither; {cure}")
    unknown = [key for key in value if key not in names]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is none of {', '.join(names)}; {cure}")
    return value
