"""The entries of `runtime_files`: what each puts into an image, and where. Pure.

Contents are named by where they come from: `text:` a file of `runtime_files/data/`, `data:` a file of the wheels in
`runtime_files/requirements.txt`, `bundle:` the user's certificates.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import AbstractSet, Dict, Tuple

CA_CERTIFICATES, TZDATA, TMP, NONROOT = "ca-certificates", "tzdata", "tmp", "nonroot"
MIME_TYPES, NSSWITCH, SERVICES = "mime-types", "nsswitch", "services"
NAMES = (CA_CERTIFICATES, TZDATA, TMP, NONROOT, MIME_TYPES, NSSWITCH, SERVICES)
# The first path at which Go, BoringSSL, curl and rustls-native-certs look.
CA_PATH = "/etc/ssl/certs/ca-certificates.crt"
ZONEINFO = "/usr/share/zoneinfo"
NONROOT_ID = 65532
# data/passwd: name → id of the user and of its group, as text too, and its home; data/group: name → id.
USERS = {"root": (0, "/root"), "nobody": (65534, "/nonexistent"), "nonroot": (NONROOT_ID, "/home/nonroot")}
GROUPS = {"root": 0, "nobody": 65534, "tty": 5, "staff": 50, "nonroot": NONROOT_ID}
IDS = {name: str(uid) for name, (uid, _) in USERS.items()}


@dataclass(frozen=True)
class Directory:
    """A directory of an image: its absolute `path`, its `mode`, and the id of its user and group."""

    path: str
    mode: int
    owner: int = 0


# Entry → (path in the image, file of runtime_files/data/).
TEXTS: Dict[str, Tuple[Tuple[str, str], ...]] = {
    NONROOT: (("/etc/passwd", "passwd"), ("/etc/group", "group")),
    MIME_TYPES: (("/etc/mime.types", "mime.types"),),
    NSSWITCH: (("/etc/nsswitch.conf", "nsswitch.conf"),),
    SERVICES: (("/etc/services", "services"),),
}
# File of runtime_files/data/ → SHA-256 of its content.
TEXT_DIGESTS: Dict[str, str] = {
    "group": "190fcde0dc1f210f81c2977e4c9df5e97c5d712dd2300d573e36d24f57d77c67",
    "mime.types": "0bde0ab30796452605230cdf8304a1e8dce34c7aeba366d2e671ce5213018665",
    "nsswitch.conf": "1096a465a85298b9c9d2d06ce206b24636144f8e079da77d5fc6aaa772375a24",
    "passwd": "9003b1335e3ec8e426dbc715130569e08a708ee220c9c0d4ca6a0b730879607d",
    "services": "d286c0ea124416759cec28bd414e32b3a6c7327adf643330dd1eaaf4347c3b1c",
}
DIRECTORIES: Dict[str, Tuple[Directory, ...]] = {
    TMP: (Directory("/tmp", 0o1777),),
    NONROOT: (Directory("/root", 0o700), Directory("/home/nonroot", 0o700, NONROOT_ID)),
}
# Entry → the distribution in requirements.txt whose files it is made of.
DISTRIBUTIONS: Dict[str, str] = {CA_CERTIFICATES: "certifi", TZDATA: "tzdata"}
TEXT_NAMES = tuple(sorted({text for group in TEXTS.values() for _, text in group}))


def field_line(names: AbstractSet[str]) -> str:
    """The field `runtime_files` with these names, as a BUILD file has it."""
    entries = ", ".join(f'"{name}"' for name in NAMES if name in names)
    return f"runtime_files=[{entries}]"


def versions(names: Tuple[str, ...], lock: str) -> Dict[str, str]:
    """Entry → version of the distribution that it is made of; `lock` is the text of the requirements file."""
    pinned = dict(re.findall(r"^([a-z0-9-]+)==([^\s\\;]+)", lock, re.MULTILINE))
    return {name: pinned[distribution] for name, distribution in DISTRIBUTIONS.items() if name in names}
