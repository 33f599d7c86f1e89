"""Pins down the model of a root by running: real programs look for what they need in an empty root with and without each
place, as a user, and the model says what they find.

Only root of the machine can change the root and the user of a process. Programs are made once, in SCRATCH_IMAGE_CORPUS if
it is set (tests/support/root_programs.py).
"""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Callable, Dict, List, Tuple

import pytest

from scratch_image.root import certificates, places, zones
from scratch_image.root.root import Root
from tests.support import root_programs
from tests.support.chroot import may_change_root, run_in
from tests.support.root_programs import GLIBC, GO_NEW, GO_OLD, MUSL, OPENSSL, RUST, ZIG
from tests.support.root_rows import OPENSSLDIR, Row, certificate_rows, directory_rows, permission_rows, user_rows, zone_rows
from tests.support.roots import model, write
from tests.support.tools import missing, require

ROWS: List[Row] = [*certificate_rows(), *zone_rows(), *directory_rows(), *user_rows(), *permission_rows()]


CASES = [(name, row) for row in ROWS for name in row.names]


Resolver = Callable[[Root], object]


_GO_RESOLVERS: Dict[str, Resolver] = {
    "certificates": certificates.go,
    "zone": lambda root: zones.go_location(root, embedded=False),
    "local": lambda root: zones.go_local(root, embedded=False),
    "temporary": places.temporary_directory,
    "cache": places.cache_directory,
    "user": places.current_user,
    "lookup": places.users,
    "media-types": places.media_types,
}


_C_RESOLVERS: Dict[str, Resolver] = {"temporary": places.c_temporary_directory, "user": places.users}


RESOLVERS: Dict[str, Dict[str, Resolver]] = {
    GO_OLD: {**_GO_RESOLVERS, "cache": lambda root: places.cache_directory(root, takes_relative=True)},
    GO_NEW: _GO_RESOLVERS,
    GLIBC: {**_C_RESOLVERS, "local": zones.glibc_local},
    MUSL: {**_C_RESOLVERS, "local": zones.musl_local},
    OPENSSL: {"certificates": lambda root: certificates.openssl(root, f"{OPENSSLDIR}/cert.pem")},
    RUST: {
        "certificates": certificates.rustls,
        "temporary": places.rust_temporary_directory,
        "local": zones.chrono_local,
    },
    ZIG: {"certificates": certificates.zig},
}


_OF_ROOT: Dict[str, Callable[[Root, str], bool]] = {
    "read": Root.readable,
    "list": Root.readable_directory,
    "write": Root.writable_directory,
    "execute": Root.executable,
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Dict[str, Path]:
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        pytest.skip("the programs are for Linux on x86-64")
    if not may_change_root():
        missing("only root can change the root and the user of a process")
    for tool in ("gcc", "musl-gcc"):
        require(tool)
    directory = os.environ.get("SCRATCH_IMAGE_CORPUS")
    return root_programs.make(Path(directory) if directory else tmp_path_factory.mktemp("root"))


def answer_of(name: str, row: Row, root: Root) -> str:
    """What the model says that the program prints."""
    what, _, rest = row.what.partition(" ")
    satisfied = _OF_ROOT[what](root, rest) if what in _OF_ROOT else bool(RESOLVERS[name][what](root))
    return row.satisfied if satisfied else row.missing


@pytest.mark.parametrize("name, row", CASES, ids=[f"{name}-{row.what}-{row.why}" for name, row in CASES])
def test_the_model_says_what_happens(made: Dict[str, Path], name: str, row: Row, tmp_path: Path) -> None:
    if name not in made:
        pytest.skip("there is no cargo")
    root = model(row.tree, env=row.env, user=row.user, workdir=row.workdir)
    who = root.identity
    write(row.tree, tmp_path / "root", made[name])
    # HOME and PATH are the runtime's; nothing else is set that the target does not set.
    done = run_in(
        tmp_path / "root",
        ["/probe", *row.what.split()],
        uid=who.uid,
        gid=who.gid,
        groups=sorted(who.groups),
        env=root.env,
        workdir=row.workdir,
    )
    said = done.stdout.split()[0].rstrip(":") if done.stdout.split() else f"exit status {done.returncode}"
    assert said == answer_of(name, row, root), done.stdout


def test_there_are_enough_rows_of_both_kinds() -> None:
    """Each program and question is satisfied in one row and not in another: a model that always says no would fail."""
    assert len(CASES) >= 120
    seen: Dict[Tuple[str, str], set] = {}
    for name, row in CASES:
        root = model(row.tree, env=row.env, user=row.user, workdir=row.workdir)
        seen.setdefault((name, row.what.split()[0]), set()).add(answer_of(name, row, root))
    assert all(len(answers) > 1 for answers in seen.values()), seen
