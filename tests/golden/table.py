"""The images of the golden matrix: each of CONTENTS with each of COMPRESSIONS, for each of PLATFORMS.

`images.py` makes them; `matrix.txt` pins their digests. The contents are fields as a BUILD file has them.
"""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass
from typing import Dict, Mapping, Tuple

from scratch_image.image.placement import MadeFile, MadeTree
from scratch_image.image.spec import Defaults
from scratch_image.runtime_files import catalog
from tests.support.greeting import greeting

DEFAULTS = Defaults(user="65532:65532", created="1970-01-01T00:00:00Z", compression="gzip")
COMPRESSIONS = ("none", "gzip", "gzip:9", "zstd", "zstd:9")
# An image, or an index of images: in the order of the index.
PLATFORMS: Mapping[str, Tuple[str, ...]] = {
    "image": ("linux/amd64",),
    "index": ("linux/amd64", "linux/arm/v7", "linux/arm64"),
}
LONG = "n" * 120
DEEP = "/".join(letter * 90 for letter in "abc")
LINK = "/srv/" + "l" * 100

CONTENTS: Mapping[str, Mapping[str, object]] = {
    "program": {},
    # Every kind of entry, with names and owners in one field of a header, in two, and in PAX; and every setting.
    "everything": {
        "binary_path": "/opt/bin/program",
        "files": {
            "/srv/www/": {"from": ":tree", "mode": "0640", "owner": "3000000:4294967294"},
            "/etc/motd": {"text": "hello, wörld\n", "mode": "0600", "owner": "65532:65532"},
            "/empty": {"text": ""},
            "/srv-data": {"text": "its name is before what is in /srv, and is written behind that\n"},
            f"/{LONG}": {"text": "a long name\n"},
            f"/{'p' * 90}/{'q' * 90}": {"text": "a name in two fields\n"},
            f"/{DEEP}/{'d' * 90}": {"text": "a long path\n", "mode": "4755"},
            "/grüße/日本 🙂.txt": {"text": "names that are not ASCII\n", "owner": "2097151:2097152"},
        },
        "directories": {
            "/opt": {"mode": "0711"},
            "/var/lib/app": {"mode": "0700", "owner": "65532:65532"},
            "/srv": {"mode": "2775", "owner": "0:50"},
            "/grüße": {},
        },
        "symlinks": {
            "/srv/current": "www",
            "/bin": "/opt/bin",
            "/grüße/link": "../etc/motd",
            LINK: f"/{LONG}",
            "/ü": "grüße",
        },
        "capabilities": ["cap_net_bind_service", "cap_audit_write"],
        "cmd": ["--greeting", "grüß dich"],
        "env": {"PATH": "/opt/bin", "EMPTY": "", "GREETING": "hällo = wörld"},
        "workdir": "/var/lib/app",
        "exposed_ports": ["8080", "53/udp"],
        "volumes": ["/var/lib/app"],
        "stop_signal": "SIGRTMIN+3",
        "image_labels": {"org.example.quote": 'a "b" \\ c\t</>', "ключ": "значение"},
        "annotations": {"org.opencontainers.image.title": "everything ∀"},
        "created": "2024-02-29T12:34:56.789+05:30",
    },
    "runtime": {"runtime_files": list(catalog.NAMES)},
}


@dataclass(frozen=True)
class Row:
    """One image: `kind` is a key of PLATFORMS."""

    contents: str
    compression: str
    kind: str

    @property
    def name(self) -> str:
        return f"{self.contents}/{self.compression}/{self.kind}"

    @property
    def platforms(self) -> Tuple[str, ...]:
        return PLATFORMS[self.kind]

    @property
    def fields(self) -> Dict[str, object]:
        """The image's target; the program for a platform has the platform as its address."""
        binary: object = dict(zip(self.platforms, self.platforms)) if self.kind == "index" else self.platforms[0]
        return {**CONTENTS[self.contents], "binary": binary, "compression": self.compression}


ROWS = tuple(itertools.starmap(Row, itertools.product(CONTENTS, COMPRESSIONS, PLATFORMS)))


def program(platform: str) -> bytes:
    return greeting(platform, hello(platform))


def hello(platform: str) -> str:
    """What the program prints."""
    return f"hello from {platform}\n"


def tree() -> Dict[str, bytes]:
    """The files of `:tree`, 1.5 MB: more than a member of gzip. A compressor has to choose among repeats near and far, in
    noise, in lines and in runs; where its choice depends on the CPU, it shows here."""
    noise = hashlib.shake_128(b"golden").digest(1 << 18)
    repeats = b"".join(noise[at : at + 2048] * 2 + noise[at : at + 512].hex().encode() for at in range(0, 1 << 17, 2048))
    lines = b"".join(b"line %d of a program\n" % (number % 5003) for number in range(30_000))
    return {"a/b.txt": b"b", "a/large": noise + repeats + lines + bytes(200_000) + noise[::-1][: 1 << 17], "ü": noise[:513]}


def made_tree() -> MadeTree:
    return MadeTree(tuple(MadeFile(path, len(content), False) for path, content in sorted(tree().items())), is_file=False)
