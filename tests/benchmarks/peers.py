"""Other tools that bring the same file into an image layer, one shell command each, from the file to the image."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Dict, List, Optional, Tuple

from benchmarks.contenders import Contender, Layer
from benchmarks.layer_process import linking

# Where `go install` puts crane, after PATH.
PATH = os.pathsep.join((os.environ.get("PATH", os.defpath), os.path.expanduser("~/go/bin")))
_INSERT_ROOTLESS = "" if os.geteuid() == 0 else "--rootless"
_BUILDAH = "buildah --root $PWD/root --runroot $PWD/runroot --storage-driver vfs"
_POLICY = json.dumps({"default": [{"type": "insecureAcceptAnything"}]})


@dataclass(frozen=True)
class Peer:
    """`script` runs in a directory with the program as `app`; `size` gives the bytes of the layer that it left there."""

    name: str
    tools: Tuple[str, ...]
    cores: int
    script: str
    size: Callable[[Path], int]


def contender(peer: Peer, program: Path) -> Contender:
    missing = [tool for tool in peer.tools if not which(tool)]
    link = linking(program)

    def prepare(directory: Path) -> None:
        link(directory)
        prepare_home(directory)

    def layer(directory: Path, stdout: bytes) -> Layer:
        return Layer(peer.size(directory))

    # The home of the run's own keeps the user's settings and caches out; the shell makes it an absolute path.
    script = f"export HOME=$PWD/home TMPDIR=$PWD\n{peer.script}"
    lacking = f"not installed: {', '.join(missing)}" if missing else ""
    return Contender(
        name=peer.name,
        cores=peer.cores,
        argv=("/bin/sh", "-euc", script),
        environment={"PATH": PATH, "LC_ALL": "C"},
        prepare=prepare,
        layer=layer,
        lacking=lacking,
    )


def prepare_home(directory: Path) -> None:
    """What a script finds beside the program: a home that is empty, and buildah's policy."""
    (directory / "home").mkdir()
    (directory / "policy.json").write_text(_POLICY)


def versions() -> Dict[str, str]:
    """What each tool says that it is, and which Go it was built with, since a Go tool's gzip is that Go's."""
    questions = {
        "crane": "version",
        "ko": "version",
        **dict.fromkeys(("umoci", "buildah", "tar", "gzip", "sha256sum"), "--version"),
    }
    answers = {}
    for tool, question in questions.items():
        path = which(tool)
        answers[tool] = f"{_first_line(path, question)}{_built_with(Path(path))}" if path else "not installed"
    return answers


def _archive_layer_size(archive: Path) -> int:
    """Bytes of the layers in a docker archive."""
    with tarfile.open(archive) as members:
        return sum(member.size for member in members if member.name.endswith(".tar.gz"))


def layout_layer_size(layout: Path) -> int:
    """Bytes of the layers in an OCI layout's only image."""

    def blob(descriptor: Dict[str, str]) -> Path:
        return layout / "blobs" / descriptor["digest"].replace(":", "/")

    (manifest,) = json.loads((layout / "index.json").read_bytes())["manifests"]
    layers: List[Dict[str, str]] = json.loads(blob(manifest).read_bytes())["layers"]
    return sum(blob(layer).stat().st_size for layer in layers)


def which(tool: str) -> Optional[str]:
    return shutil.which(tool, path=PATH)


def _first_line(path: str, question: str) -> str:
    said = subprocess.run((path, question), stdout=subprocess.PIPE, text=True).stdout.strip()
    return said.partition("\n")[0]


def _built_with(path: Path) -> str:
    """`, built with go1.26.8` of a Go program since 1.18 (debug/buildinfo: magic, flags, at 32 the length, the version)."""
    content = path.read_bytes()
    start = content.find(b"\xff Go buildinf:")
    if start < 0 or not content[start + 15] & 2:
        return ""
    length = content[start + 32]
    return f", built with {content[start + 33 : start + 33 + length].decode()}"


CRANE = Peer(
    name="tar + crane append",
    tools=("tar", "crane"),
    cores=1,
    script="tar -cf layer.tar app\n"
    "crane append --oci-empty-base --new_layer layer.tar --output image.tar --new_tag image.example/app:latest",
    size=lambda directory: _archive_layer_size(directory / "image.tar"),
)
UMOCI = Peer(
    name="umoci (init, new, insert, config)",
    tools=("umoci",),
    cores=2,
    script="umoci init --layout image\n"
    "umoci new --image image:latest\n"
    f"umoci insert {_INSERT_ROOTLESS} --image image:latest app /app\n"
    "umoci config --image image:latest --config.entrypoint /app",
    size=lambda directory: layout_layer_size(directory / "image"),
)
BUILDAH = Peer(
    name="buildah (from, copy, config, commit; does not compress)",
    tools=("buildah",),
    cores=2,
    script=f"container=$({_BUILDAH} from scratch)\n"
    f"{_BUILDAH} copy --quiet $container app /app\n"
    f"""{_BUILDAH} config --entrypoint '["/app"]' $container\n"""
    f"{_BUILDAH} commit --quiet --signature-policy policy.json $container oci:$PWD/image:latest",
    size=lambda directory: layout_layer_size(directory / "image"),
)
GZIP = Peer(
    name="tar, gzip -6, sha256sum",
    tools=("tar", "gzip", "sha256sum"),
    cores=1,
    script="tar -cf - app | gzip -6 -n > layer.tar.gz\nsha256sum layer.tar.gz",
    size=lambda directory: (directory / "layer.tar.gz").stat().st_size,
)
ALL = (CRANE, UMOCI, BUILDAH, GZIP)
