#!/usr/bin/env python3
"""Random roots, environments and users: what the model says, and what the programs of tests/root say when they run there.

`tests/root/fuzz.py --inputs N --seed S` as root, with SCRATCH_IMAGE_CORPUS as for tests/root. Every difference is printed,
and the exit status is 1 if there is one. What the model does not know is asked for rarely: which zones a file of another
name has. Certificates in forms that only some libraries read are left out.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from pathlib import Path
from typing import Dict, List, Optional, Tuple, Union

if __name__ == "__main__":
    repository = Path(__file__).resolve().parents[2]
    sys.path[:0] = [str(repository / "pants-plugins"), str(repository)]

from scratch_image.root import certificates
from scratch_image.root.root import Root
from tests.root import test_running as rows
from tests.support import root_programs
from tests.support.chroot import run_in
from tests.support.root_programs import MUSL
from tests.support.root_rows import C
from tests.support.roots import HASHED, PROBE_ROOT, Directory, File, Link, model, write, zip_of, zone

Node = Union[File, Directory, Link]
_OWNERS = ((0, 0), (65532, 65532), (0, 65532), (1000, 2000), (65532, 0))
_MODES = (0o755, 0o777, 0o1777, 0o700, 0o770, 0o707, 0o077, 0o007, 0o070, 0o711, 0o511, 0o555, 0, 0o733, 0o644, 0o600, 0o604)
_LINKS = ("/s", "/tmp", "../s", "s", "/nowhere", ".", "/c/ca.pem", "//s//", "x", "/etc/../c/ca.pem")
_DIRECTORIES = (
    "/tmp",
    "/s",
    "/home/me",
    "/c",
    "/d",
    "/etc",
    "/etc/ssl",
    "/etc/ssl/certs",
    "/usr/share/zoneinfo",
    "/h",
    "/home",
)
_PASSWD = (
    b"me:x:65532:65532:Me:/home/me:/bin/false\n",
    b"root:x:0:0::/root:\n",
    b"me:x:65532:2000::/h:\nother:x:1000:1000::/o:\n",
    b"+::::::\nme:x:65532:65532:::\n",
    b"",
)
_GROUP = (b"me:x:65532:\nteam:x:2000:me\n", b"team:x:2000:other,me,\n", b"")
_USERS = ("65532:65532", "65532", "me", "0:0", "1000:2000", "65532:2000", "me:team", "1000", "0:65532")
_CERTIFICATES = (PROBE_ROOT, b"no\n", b"", PROBE_ROOT * 2)
_CERTIFICATE_FILES = (
    *certificates.GO_FILES,
    *certificates.RUST_FILES,
    "/usr/lib/ssl/cert.pem",
    *("/c/ca.pem", f"/c/{HASHED}", f"/d/{HASHED}", f"/c/{HASHED}2", f"/etc/ssl/certs/{HASHED}", "/etc/ssl/certs/x"),
    *(f"/usr/lib/ssl/certs/{HASHED}", "/etc/pki/tls/certs/.hidden"),
)
_ZONES = tuple(f"{place}/Test/Zone" for place in ("/usr/share/zoneinfo", "/s", "/etc/zoneinfo", "/share/zoneinfo"))
# Question → variable → values.
_ENV: Dict[str, Dict[str, Tuple[str, ...]]] = {
    "certificates": {
        "SSL_CERT_FILE": ("/c/ca.pem", "c/ca.pem", "", "/nowhere", "/c", "/etc/ssl/certs/../../../c/ca.pem", "/c/ca.pem/"),
        "SSL_CERT_DIR": ("/c", "/d:/c", ":", "", "/c:/nowhere:/d", "c", "/c/", "/c:/c/ca.pem", "/etc/ssl/certs"),
    },
    "zone": {"ZONEINFO": ("/s", "/z/z.zip", "", "/usr/share/zoneinfo", "s", "/nowhere"), "TZDIR": ("/s",)},
    "local": {
        "TZ": (
            "Test/Zone",
            ":Test/Zone",
            "/s/zone",
            "EST5EDT",
            "CET-1",
            "GMT+3",
            "../../../s/zone",
            "ABC+2:30",
            "<-03>3",
            "A-2",
        ),
        "TZDIR": ("/s", "", "/nowhere"),
    },
    "temporary": {"TMPDIR": ("/s", "/tmp", "s", "", "/s/", "/nowhere", "/s/../tmp", "/tmp/.", "/home/me")},
    "cache": {"HOME": ("/home/me", "/", "/h"), "XDG_CACHE_HOME": ("/c", "c", "", "/c/d", "/tmp/x", "/home/../tmp/a")},
    "user": {"USER": ("me", "")},
}
_OF_ROOT = (
    "write /s",
    "write s/../tmp",
    "read /etc/passwd",
    "read /c/ca.pem",
    "list /etc/ssl",
    "list /home",
    "execute /etc/passwd",
)


class Case:
    """One random case."""

    def __init__(self, chance: random.Random, name: str) -> None:
        self._chance, self.name = chance, name
        questions = [question for question in rows.RESOLVERS[name] if question in _ENV and (question, name) not in _UNASKED]
        self.question = chance.choice([*questions, *(_OF_ROOT if name == MUSL else ())])
        variables = _ENV.get(self.question, {})
        self.env = {name: chance.choice(values) for name, values in variables.items() if chance.random() < 0.55}
        if self.question == "local":
            self.env.setdefault("TZ", "Test/Zone")
        self.user, self.workdir = chance.choice(_USERS), chance.choice(("/", "/", "/w"))
        self.tree = self._tree()
        self.tree.setdefault("/w", Directory(0o777))

    def __str__(self) -> str:
        return f"{self.name} {self.question} as {self.user} in {self.workdir} with {self.env} and {self.tree}"

    def _tree(self) -> Dict[str, Node]:
        tree: Dict[str, Node] = {path: self._directory() for path in _DIRECTORIES if self._chance.random() < 0.22}
        tree["/etc/passwd"] = self._file(self._chance.choice(_PASSWD))
        tree["/etc/group"] = self._file(self._chance.choice(_GROUP))
        files = {"certificates": _CERTIFICATE_FILES, "zone": _ZONES, "local": (*_ZONES, "/s/zone")}.get(self.question, ())
        for path in files:
            if self._chance.random() < 0.2:
                tree[path] = self._file(self._chance.choice(_CERTIFICATES) if files is _CERTIFICATE_FILES else zone(2))
        if self.question == "zone" and self._chance.random() < 0.3:
            tree["/z/z.zip"] = File(zip_of("Test/Zone", zone(2)))
        closed = [path for path, node in tree.items() if not isinstance(node, Directory)]
        return {path: node for path, node in tree.items() if not any(path.startswith(f"{above}/") for above in closed)}

    def _directory(self) -> Node:
        choice = self._chance.random()
        if choice < 0.8:
            return Directory(self._chance.choice(_MODES), self._chance.choice(_OWNERS))
        return Link(self._chance.choice(_LINKS)) if choice < 0.95 else File(b"x")

    def _file(self, content: bytes) -> Node:
        choice = self._chance.random()
        if choice < 0.85:
            return File(content, self._chance.choice(_MODES) if choice > 0.6 else 0o644, self._chance.choice(_OWNERS))
        return Link(self._chance.choice(_LINKS))


# C's programs ask for one user, and the model for the file.
_UNASKED = tuple(("user", name) for name in C)


def difference(case: Case, program: Path, directory: Path) -> Optional[str]:
    """What differs, if anything does."""
    root = model(case.tree, env=case.env, user=case.user, workdir=case.workdir)
    write(case.tree, directory, program)
    who = root.identity
    asked = "zone Test/Zone" if case.question == "zone" else case.question
    done = run_in(
        directory, ["/probe", *asked.split()], uid=who.uid, gid=who.gid, groups=sorted(who.groups), env=root.env,
        workdir=case.workdir,
    )  # fmt: skip
    said = done.stdout.split()[0].rstrip(":") if done.stdout.split() else f"exit status {done.returncode}"
    found = said not in ("no", "+0000")
    return None if found == _satisfied(case, root) else f"{case}\n  ran: {done.stdout.strip()}, the model: {not found}"


def _satisfied(case: Case, root: Root) -> bool:
    what, _, rest = case.question.partition(" ")
    return rows._OF_ROOT[what](root, rest) if rest else bool(rows.RESOLVERS[case.name][what](root))


def main(args: List[str]) -> int:
    parser = argparse.ArgumentParser(description="Compares the model of a root with running, in random roots.")
    parser.add_argument("--inputs", type=int, default=1000, help="how many (default 1000)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(args)
    chance, bad = random.Random(options.seed), 0
    with tempfile.TemporaryDirectory() as temporary:
        made = root_programs.make(Path(os.environ.get("SCRATCH_IMAGE_CORPUS", temporary)))
        for number in range(options.inputs):
            name = chance.choice(sorted(made))
            # Programs are linked into the roots, so both are on one file system.
            with tempfile.TemporaryDirectory(dir=made[name].parent) as place:
                found = difference(Case(chance, name), made[name], Path(place, f"{number}"))
            if found:
                bad += 1
                print(found, flush=True)
    print(f"{bad} of {options.inputs} differ")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
