"""Part `peers`: Pants and this backend, against the tools that people use without a build system.

Two tables: the Go example by ko, and 100 images of small programs by shell scripts.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
from pathlib import Path
from typing import Callable, Dict, Mapping, Sequence, Tuple

from benchmarks import edits, markdown, peers, publishing
from benchmarks.checkout import Checkout, clone
from benchmarks.contenders import Contender, Layer, Series, faster, run_rounds
from benchmarks.errors import CannotMeasure
from benchmarks.programs import static_program

COUNT = 100
_PANTS_NO_OP, _KO_NO_OP = "ours, `./pants package`, nothing changed", "ko build, nothing changed"
_PANTS_EDIT, _KO_EDIT = "ours, `./pants package`, one line changed", "ko build, one line changed"
_PANTS_MANY = "ours, `./pants package`"
_PANTS_MANY_NO_OP = "ours, `./pants package` again, nothing changed"
_IMAGE = f"{edits.GO_SERVICE}:image"
_KO = "ko build --push=false --oci-layout-path=$OUT --platform=linux/amd64 --sbom=none --bare ."
_NOTE = """
Wall time as a person waits for it, in seconds, and how many times faster than ours (below 1: slower). The daemon of Pants is
warm. ko has a warm cache of Go and the Go that Pants has, %s; its base is an empty image in a registry on the loopback
interface, since ko has no base «scratch». crane has the same base, so that its images have an entry point. All images have
one layer, and a configuration with an entry point.
"""


def measure(repository: Path, rounds: int, scratch: Path) -> Tuple[Dict[str, Series], Dict[str, Series], str]:
    """The Go example, the small programs, and which Go it was. Raises CannotMeasure."""
    with publishing.registry(scratch) as address, clone(repository, scratch) as checkout:
        lacking = _push_base(f"{address}/base:latest", scratch)
        checkout.pants("package", _IMAGE)
        go = _go_of(checkout)
        version = subprocess.run((str(go), "env", "GOVERSION"), stdout=subprocess.PIPE, text=True).stdout.strip()
        of_go = run_rounds(_go_rows(checkout, go, address, lacking, scratch), rounds, scratch)
        of_many = run_rounds(_many_rows(checkout, address, lacking, scratch), rounds, scratch)
    return of_go, of_many, version


def tables(of_go: Dict[str, Series], of_many: Dict[str, Series], go: str) -> str:
    than = {_KO_NO_OP: _PANTS_NO_OP, _KO_EDIT: _PANTS_EDIT}
    first = _table(of_go, lambda name: than.get(name, name), 1)
    second = _table(of_many, lambda name: _PANTS_MANY, COUNT)
    return f"{first}\n### {COUNT} images of programs of 16 kB, no two the same\n\n{second}{_NOTE % go}"


def _table(all_series: Mapping[str, Series], ours: Callable[[str], str], images: int) -> str:
    rows = []
    for name, series in all_series.items():
        if series.lacking:
            rows.append((name, series.lacking, *[markdown.NOTHING] * (3 if images > 1 else 2)))
            continue
        walls = [usage.wall for usage in series.usages]
        each = (f"{series.median('wall') / images * 1000:.1f}",) if images > 1 else ()
        ratio = markdown.times(faster(series, all_series[ours(name)]))
        rows.append((name, markdown.seconds(series.median("wall")), markdown.spread(walls), *each, ratio))
    header = ("", "wall s", "least – greatest", *(("ms per image",) if images > 1 else ()), "times as fast as ours")
    return markdown.table(header, rows)


def _push_base(name: str, scratch: Path) -> str:
    """Puts an image without layers into the registry. Gives what is not installed."""
    crane = peers.which("crane")
    if not crane:
        return "crane"
    layout = publishing.image(scratch / "base", {})
    subprocess.run((crane, "push", str(layout), name), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return ""


def _go_of(checkout: Checkout) -> Path:
    """The Go that the launcher gives to Pants (3rdparty/python/bootstrap.py)."""
    go = checkout.installation() / "go-native" / "go" / "bin" / "go"
    if not go.is_file():
        raise CannotMeasure("the launcher's installation of Pants has no Go")
    return go


def _pants(name: str, checkout: Checkout, address: str, prepare: Callable[[Path], None]) -> Contender:
    argv = (str(checkout.root / "pants"), "package", address)
    return Contender(name, 2, argv, checkout.environment, prepare, lambda *_: Layer(), ours=True)


def _go_rows(checkout: Checkout, go: Path, address: str, lacking: str, scratch: Path) -> Sequence[Contender]:
    number = itertools.count()
    # Another copy: an edit for one of the two must not be one for the other.
    copy = Checkout(scratch / "ko", {})
    shutil.copytree(checkout.root / edits.GO_SERVICE, copy.root / edits.GO_SERVICE)
    environment = {
        "PATH": os.pathsep.join((str(go.parent), peers.PATH)),
        "HOME": str(scratch / "ko-home"),
        "GOFLAGS": "-buildvcs=false",
        "GOTOOLCHAIN": "local",
        "KO_DOCKER_REPO": f"{address}/ko",
        "KO_DEFAULTBASEIMAGE": f"{address}/base:latest",
    }
    missing = ", ".join(filter(None, (lacking, "" if peers.which("ko") else "ko")))

    def ko(name: str, prepare: Callable[[Path], None]) -> Contender:
        script = f"OUT=$PWD/image\ncd {copy.root / edits.GO_SERVICE}\n{_KO}"
        reason = f"not installed: {missing}" if missing else ""
        argv = ("/bin/sh", "-euc", script)
        return Contender(name, 2, argv, environment, prepare, _has_layout, lacking=reason)

    rows = (
        _pants(_PANTS_NO_OP, checkout, _IMAGE, lambda _: None),
        ko(_KO_NO_OP, lambda _: None),
        _pants(_PANTS_EDIT, checkout, _IMAGE, lambda _: edits.change_program(checkout, f"hello {next(number)}")),
        ko(_KO_EDIT, lambda _: edits.change_program(copy, f"hello {next(number)}")),
    )
    # What the cache of Go and the first pull bring is not measured.
    run_rounds(rows[1:2], 1, scratch)
    return rows


def _many_rows(checkout: Checkout, address: str, lacking: str, scratch: Path) -> Sequence[Contender]:
    number = itertools.count()
    programs = scratch / "programs"
    programs.mkdir()
    for index in range(COUNT):
        (programs / f"{index}").write_bytes(static_program(f"peers {index}"))
        (programs / f"{index}").chmod(0o755)
    crane = peers.Peer(
        name="",
        tools=("crane",),
        cores=2,
        script=f"tar -cf layer.tar app\ncrane append --base {address}/base:latest --new_layer layer.tar --output image.tar "
        "--new_tag image.example/app:latest",
        size=peers.CRANE.size,
    )
    return (
        _pants(_PANTS_MANY, checkout, f"{edits.MANY}::", lambda _: edits.add_images(checkout, COUNT, f"{next(number)} ")),
        _pants(_PANTS_MANY_NO_OP, checkout, f"{edits.MANY}::", lambda _: None),
        _script(f"{COUNT} × tar + crane append", crane, programs, lacking),
        _script(f"{COUNT} × {peers.UMOCI.name}", peers.UMOCI, programs, ""),
        _script(f"{COUNT} × {peers.BUILDAH.name}", peers.BUILDAH, programs, ""),
    )


def _script(name: str, peer: peers.Peer, programs: Path, lacking: str) -> Contender:
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
        return Layer(peer.size(directory / f"{COUNT - 1}"))

    reason = f"not installed: {missing}" if missing else ""
    environment = {"PATH": peers.PATH, "LC_ALL": "C"}
    return Contender(name, 2, ("/bin/sh", "-euc", script), environment, peers.prepare_home, layer, lacking=reason)


def _has_layout(directory: Path, stdout: bytes) -> Layer:
    """Raises CannotMeasure where ko wrote no image of one layer."""
    return Layer(peers.layout_layer_size(directory / "image"))
