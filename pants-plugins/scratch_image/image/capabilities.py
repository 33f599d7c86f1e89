"""File capabilities (capabilities(7)): their names in a BUILD file, and the attribute that a file has. Pure."""

from __future__ import annotations

import difflib
import re
import struct
from typing import Dict, Tuple

from scratch_image.oci import grammar

# linux/capability.h; the numbers are the kernel's interface.
_CAPABILITIES = (
    "chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap",
    "linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner", "sys_module",
    "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice", "sys_resource", "sys_time",
    "sys_tty_config", "mknod", "lease", "audit_write", "audit_control", "setfcap", "mac_override", "mac_admin", "syslog",
    "wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf", "checkpoint_restore",
)  # fmt: skip
CAPABILITIES: Dict[str, int] = {f"cap_{name}": number for number, name in enumerate(_CAPABILITIES)}
# setcap(8)'s forms; the name alone stands for `=ep`.
_CAPABILITY = re.compile(r"([^=+]*)(?:[=+](e?p|pe))?")
_VFS_CAP_REVISION_2, _VFS_CAP_FLAGS_EFFECTIVE = 0x02000000, 1


def capability(value: object) -> str:
    """A file capability by its name in capabilities(7), in lower case, alone or in setcap's forms: `=ep`, which the name
    alone means, and `=p`, permitted and not effective, which keeps its `=p`."""
    digits = str(value) if isinstance(value, (int, str)) else ""
    if digits.isascii() and digits.isdigit() and int(digits) < len(_CAPABILITIES):
        raise ValueError(f"unknown capability {value!r}; did you mean 'cap_{_CAPABILITIES[int(digits)]}'?")
    written = grammar.text(value).lower()
    match = _CAPABILITY.fullmatch(written)
    if not match:
        meant = _capability_meant(re.split("[=+]", written)[0]) or "cap_net_bind_service"
        raise ValueError(f"{value!r} is not a valid capability; write {meant!r}, or setcap's '=ep' or '=p' after it")
    ending = "=p" if match[2] == "p" else ""
    if match[1] not in CAPABILITIES:
        meant = _capability_meant(match[1])
        near = f"did you mean {meant + ending!r}?" if meant else "write one of capabilities(7): 'cap_net_bind_service'"
        raise ValueError(f"unknown capability {value!r}; {near}")
    return f"{match[1]}{ending}"


def _capability_meant(written: str) -> str:
    """The one capability that begins so, else the nearest one; empty if none is near."""
    short = written.strip().removeprefix("cap_")
    longer = [name for name in _CAPABILITIES if short and name.startswith(short)]
    near = longer if len(longer) == 1 or short in longer else difflib.get_close_matches(short, longer or _CAPABILITIES, 1)
    return f"cap_{short if short in longer else near[0]}" if near else ""


def capability_xattr(names: Tuple[str, ...]) -> bytes:
    """The value of `security.capability`: these capabilities, permitted, and effective unless all are `=p`
    (linux/capability.h, vfs_cap_data: one flag stands for all of a file)."""
    bits = sum(1 << CAPABILITIES[name.partition("=")[0]] for name in names)
    flag = 0 if all(name.endswith("=p") for name in names) else _VFS_CAP_FLAGS_EFFECTIVE
    return struct.pack("<IIIII", _VFS_CAP_REVISION_2 | flag, bits & 0xFFFFFFFF, 0, bits >> 32, 0)
