"""Part `peers`: Pants and this backend, against the tools that people use without a build system.

The Go example by ko, and many images of new programs, small and large, by shell scripts.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
from pathlib import Path
from typing import Callable, Dict, List, Mapping, Sequence, Tuple

from benchmarks import edits, many_images, markdown, marks, peers, publishing
from benchmarks.checkout import Checkout, clone
from benchmarks.contenders import Contender, Layer, Series, faster, run_rounds
from benchmarks.errors import CannotMeasure
from benchmarks.many_images import Programs
from benchmarks.marks import Mark

_PANTS_NO_OP, _KO_NO_OP = "ours, `./pants package`, nothing changed", "ko build, nothing changed"
_PANTS_EDIT, _KO_EDIT = "ours, `./pants package`, one line changed", "ko build, one line changed"
_PANTS_EDIT_ALONE = "ours, one line changed, without workers"
_PANTS_LINK = "Pants alone, one line changed, to the program in dist/"
_TIMES_OF_KO = 1.6
# Of Go's tools: together about 30 MB.
_LARGE = ("compile", "pprof")
_IMAGE = f"{edits.GO_SERVICE}:image"
_KO = "ko build --push=false --oci-layout-path=$OUT --platform=linux/amd64 --sbom=none --bare ."
_NOTE = """
Wall time as a person waits for it, in seconds, and how many times faster than ours (below 1: slower). The daemon of Pants is
warm. ko has a warm cache of Go and the Go that Pants has, %s; its base is an empty image in a registry on the loopback
interface, since ko has no base «scratch». crane has the same base, so that its images have an entry point. All images have
one layer, and a configuration with an entry point. Each round has programs that were never packaged.
"""


def measure(
    repository: Path, rounds: int, scratch: Path
) -> Tuple[Dict[str, Series], Dict[Programs, Dict[str, Series]], str]:
    """The Go example, the images of each kind of programs, and which Go it was. Raises CannotMeasure."""
    with publishing.registry(scratch) as address, clone(repository, scratch) as checkout:
        lacking = _push_base(f"{address}/base:latest", scratch)
        checkout.pants("package", _IMAGE, f"{edits.GO_SERVICE}:bin")
        go = _go_of(checkout)
        version = subprocess.run((str(go), "env", "GOVERSION"), stdout=subprocess.PIPE, text=True).stdout.strip()
        of_go = run_rounds(_go_rows(checkout, go, address, lacking, scratch), rounds, scratch)
        service = (checkout.root / "dist" / edits.GO_SERVICE.replace("/", ".") / "bin").read_bytes()
        tools = go.parent.parent / "pkg" / "tool" / "linux_amd64"
        large = b"".join((tools / name).read_bytes() for name in _LARGE)
        of_many = {
            programs: run_rounds(many_images.rows(programs, checkout, address, lacking, scratch), rounds, scratch)
            for programs in many_images.all_programs(service, large)
        }
    return of_go, of_many, version


def tables(of_go: Dict[str, Series], of_many: Dict[Programs, Dict[str, Series]], go: str) -> str:
    than = dict.fromkeys((_KO_EDIT, _PANTS_EDIT_ALONE, _PANTS_LINK), _PANTS_EDIT)
    than[_KO_NO_OP] = _PANTS_NO_OP
    found = "### The Go example, beside ko\n\n" + _table(of_go, lambda name: than.get(name, name), 1)
    for programs, rows in of_many.items():
        found += f"\n### {programs.title}\n\n{_table(rows, lambda name: many_images.OURS, programs.count)}"
    return f"{found}{_NOTE % go}"


def marks_of(of_go: Dict[str, Series], of_many: Dict[Programs, Dict[str, Series]]) -> List[Mark]:
    """What must hold against crane and ko."""
    found = [
        marks.at_least(
            f"{programs.title}: against crane by script",
            faster(rows[many_images.OURS], rows[many_images.crane_row(programs)]),
            programs.least,
            "× as fast",
        )
        for programs, rows in of_many.items()
    ]
    more = faster(of_go[_KO_EDIT], of_go[_PANTS_EDIT])
    return [*found, marks.at_most("one line of Go changed, against ko build", more, _TIMES_OF_KO, "× its time")]


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

    def edit(of: Checkout) -> Callable[[Path], None]:
        return lambda _: edits.change_program(of, f"hello {next(number)}")

    package = ["package", _IMAGE]
    rows = (
        many_images.pants(_PANTS_NO_OP, checkout, package, lambda _: None),
        ko(_KO_NO_OP, lambda _: None),
        many_images.pants(_PANTS_EDIT, checkout, package, edit(checkout)),
        many_images.pants(_PANTS_EDIT_ALONE, checkout, ["--no-scratch-image-workers", *package], edit(checkout)),
        many_images.pants(_PANTS_LINK, checkout, ["package", f"{edits.GO_SERVICE}:bin"], edit(checkout)),
        ko(_KO_EDIT, edit(copy)),
    )
    # What the cache of Go and the first pull bring is not measured.
    run_rounds(rows[1:2], 1, scratch)
    return rows


def _has_layout(directory: Path, stdout: bytes) -> Layer:
    """Raises CannotMeasure where ko wrote no image of one layer."""
    return Layer(peers.layout_layer_size(directory / "image"))
