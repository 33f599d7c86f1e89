"""Many images of programs that were never packaged, by Pants with and without workers, and by other tools' scripts."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Sequence, Tuple

from benchmarks import edits, markdown, peers
from benchmarks.checkout import Checkout
from benchmarks.contenders import Contender, Layer
from benchmarks.programs import static_program

OURS = "ours, `./pants package`"
_WITHOUT = "ours, without workers"
_NO_OP = "ours, `./pants package` again, nothing changed"
_SMALL = 1 << 20


@dataclass(frozen=True)
class Programs:
    """`count` programs, of which `make` gives another one for each name; `least`: how many times as fast as crane ours must
    be."""

    count: int
    size: int
    least: float
    make: Callable[[str], bytes] = field(compare=False)

    @property
    def title(self) -> str:
        return f"{self.count} images of new programs of {markdown.count(self.size)} bytes"


def all_programs(service: bytes, large: bytes) -> Tuple[Programs, ...]:
    """Small ones, and those whose bytes are of real programs, with their name at the end."""

    def named(content: bytes) -> Callable[[str], bytes]:
        return lambda name: content + name.encode()

    small = len(static_program(""))
    return (
        Programs(100, small, 1.1, static_program),
        Programs(30, len(service), 1.4, named(service)),
        Programs(10, len(large), 2.0, named(large)),
    )


def crane_row(programs: Programs) -> str:
    """The name of crane's row."""
    return f"{programs.count} × {peers.CRANE.name}"


def rows(programs: Programs, checkout: Checkout, address: str, lacking: str, scratch: Path) -> Sequence[Contender]:
    """`address` is of the registry with crane's base; `lacking` says what crane lacks."""
    number = itertools.count()
    folder = scratch / f"programs-{programs.size}"
    folder.mkdir()
    for index in range(programs.count):
        (folder / f"{index}").write_bytes(programs.make(f"peers {index}"))
        (folder / f"{index}").chmod(0o755)

    def add(directory: Path) -> None:
        edits.add_images(checkout, programs.count, f"{next(number)} ", programs.make)

    crane = peers.Peer(
        name="",
        tools=("crane",),
        cores=2,
        script=f"tar -cf layer.tar app\ncrane append --base {address}/base:latest --new_layer layer.tar --output image.tar "
        "--new_tag image.example/app:latest",
        size=peers.CRANE.size,
    )
    targets = f"{edits.MANY}::"
    found = [
        pants(OURS, checkout, ["package", targets], add),
        pants(_NO_OP, checkout, ["package", targets], lambda _: None),
        pants(_WITHOUT, checkout, ["--no-scratch-image-workers", "package", targets], add),
        _script(crane_row(programs), crane, programs.count, folder, lacking),
        _script(f"{programs.count} × {peers.UMOCI.name}", peers.UMOCI, programs.count, folder, ""),
    ]
    if programs.size < _SMALL:
        found.append(_script(f"{programs.count} × {peers.BUILDAH.name}", peers.BUILDAH, programs.count, folder, ""))
    return found


def pants(name: str, checkout: Checkout, arguments: Sequence[str], prepare: Callable[[Path], None]) -> Contender:
    """A run of Pants with a warm daemon."""
    argv = (str(checkout.root / "pants"), *arguments)
    return Contender(name, 2, argv, checkout.environment, prepare, lambda *_: Layer(), ours=True)


def _script(name: str, peer: peers.Peer, count: int, programs: Path, lacking: str) -> Contender:
    """A peer's script, once per program, one after the other; all images share the peer's own storage."""
    missing = ", ".join(filter(None, (lacking, *(tool for tool in peer.tools if not peers.which(tool)))))
    once = peer.script
    for shared in ("$PWD/root", "$PWD/runroot"):
        once = once.replace(shared, shared.replace("PWD", "TOP"))
    script = (
        "export TOP=$PWD HOME=$PWD/home TMPDIR=$PWD\n"
        f"for program in {programs}/*; do\n"
        "mkdir $TOP/${program##*/}\ncd $TOP/${program##*/}\n"
        f"cp $program app\ncp $TOP/policy.json .\n{once}\ndone"
    )

    def layer(directory: Path, stdout: bytes) -> Layer:
        return Layer(peer.size(directory / f"{count - 1}"))

    reason = f"not installed: {missing}" if missing else ""
    environment = {"PATH": peers.PATH, "LC_ALL": "C"}
    return Contender(name, 2, ("/bin/sh", "-euc", script), environment, peers.prepare_home, layer, lacking=reason)
