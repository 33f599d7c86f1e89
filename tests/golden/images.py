"""Makes the images of the golden matrix by the pure core alone, on any interpreter: what Pants does is another test's.

As a program without arguments it writes `matrix.txt` anew, whose header says when. It needs no pytest, so that other
interpreters and other CPUs run it as it is, `run_module.py tests.golden.images DATA WORKERS`, and say what they make.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Iterator, List, Mapping, Tuple, Union

import scratch_image
from scratch_image.assembler.assemble import write_layer
from scratch_image.assembler.plan import LayerFacts, LayerPlan
from scratch_image.binary.platform import platform_of
from scratch_image.binary.read import read_facts
from scratch_image.image.capabilities import capability_xattr
from scratch_image.image.contents import contents_of, directories_above
from scratch_image.image.spec import ImageSpec, read_image_spec
from scratch_image.oci.compression import TAR_RECIPE
from scratch_image.oci.image import BuiltImage, BuiltIndex, ImageLayer, build_image, build_index
from scratch_image.oci.layout import layout_files
from scratch_image.oci.spec import Descriptor
from scratch_image.oci.tar import Entry, FileEntry
from scratch_image.runtime_files import catalog, layer_plan
from tests.golden.table import DEFAULTS, ROWS, Row, made_tree, program, tree

TABLE = Path("tests/golden/matrix.txt")
_TEXTS = Path(scratch_image.__file__).parent / "runtime_files" / "data"
Files = Mapping[str, bytes]
# What is pinned → (digest, size in bytes), in the order of the table.
Pins = Dict[str, Tuple[str, int]]


@dataclass(frozen=True)
class Part:
    """A layer to be: its line in the history, and what of the image it is."""

    created_by: str
    name: str
    entries: Tuple[Entry, ...]
    files: Files


class Maker:
    """Writes layers, each once, and images below a directory. `data` holds what the wheels certifi and tzdata hold."""

    def __init__(self, directory: Path, data: Path, workers: int) -> None:
        self._directory, self._workers = directory, workers
        paths = (path for name in ("certifi", "tzdata") for path in sorted((data / name).rglob("*")) if path.is_file())
        self._data = {path.relative_to(data).as_posix(): path.read_bytes() for path in paths}
        self._tree = tree()
        self._layers: Dict[bytes, LayerFacts] = {}
        self.pins: Pins = {}

    def image(self, row: Row) -> Union[BuiltImage, BuiltIndex]:
        """The image of a row; its layers are in `blobs/` below the directory."""
        spec, mistakes = read_image_spec(row.fields, DEFAULTS)
        assert not mistakes, mistakes
        images = tuple(self._image(row, one) for one in spec.images)
        if not spec.by_platform:
            return images[0]
        index = build_index(images, spec.annotations)
        self._pin(f"index {row.contents}/{row.compression}", str(index.root.digest), index.root.size)
        return index

    def write(self, row: Row, layout: Path) -> Path:
        """Writes the layout of a row."""
        image = self.image(row)
        for path, content in layout_files(image).items():
            (layout / path).parent.mkdir(parents=True, exist_ok=True)
            (layout / path).write_bytes(content)
        for one in image.images if isinstance(image, BuiltIndex) else (image,):
            for layer in one.layers:
                path = layer.descriptor.digest.blob_path
                if not (layout / path).exists():
                    os.link(self._directory / path, layout / path)
        return layout

    def facts_of(self, image: BuiltImage) -> Tuple[LayerFacts, ...]:
        """The facts of an image's layers."""
        by_digest = {facts.digest: facts for facts in self._layers.values()}
        return tuple(by_digest[layer.descriptor.digest] for layer in image.layers)

    def _image(self, row: Row, spec: ImageSpec) -> BuiltImage:
        content = program(spec.binary)
        facts = read_facts(memoryview(content)).program
        assert facts is not None
        parts = (*self._runtime(spec), *self._contents(spec), _binary(spec, content))
        layers = tuple(self._layer(f"{row.contents}/{part.name}", part, spec) for part in parts)
        platform = spec.platform or platform_of(facts)
        image = build_image(platform, spec.run, spec.created, spec.annotations, layers)
        config = image.config_descriptor
        self._pin(f"config {row.contents} {platform}", str(config.digest), config.size)
        self._pin(f"manifest {row.contents}/{row.compression} {platform}", str(image.root.digest), image.root.size)
        return image

    def _runtime(self, spec: ImageSpec) -> Iterator[Part]:
        if not spec.runtime_files:
            return
        texts = {name: (_TEXTS / name).read_bytes() for name in catalog.TEXT_NAMES}
        sources = layer_plan.Sources(_sizes(texts), _sizes(self._data), None)
        planned = layer_plan.plan(spec.runtime_files, sources, None)
        files = {path: texts[name] for path, name in planned.texts.items()}
        files.update((path, self._data[name]) for path, name in planned.data.items())
        yield Part("scratch_image runtime files", "runtime files", planned.entries, files)

    def _contents(self, spec: ImageSpec) -> Iterator[Part]:
        made = {":tree": made_tree()}
        below = layer_plan.directories(spec.runtime_files)
        contents = contents_of(spec.files, spec.directories, spec.symlinks, made, below)
        content_of_tree = {f"content/{path}": content for path, content in self._tree.items()}
        for entries in contents.by_address.values():
            yield Part("scratch_image files", "files", contents.with_directories(entries), content_of_tree)
        if contents.inline:
            texts = {path: text.encode("utf-8") for path, text in contents.texts.items()}
            entries = contents.with_directories(contents.inline)
            yield Part("scratch_image texts, directories, links", "texts", entries, texts)

    def _layer(self, name: str, part: Part, spec: ImageSpec) -> ImageLayer:
        plan = LayerPlan(part.entries, spec.compression).to_json()
        key = b"\0".join((plan, *(part.files[path] for path in sorted(part.files))))
        if key not in self._layers:
            with tempfile.TemporaryDirectory(dir=self._directory) as root:
                for path, content in part.files.items():
                    target = Path(root, path)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(content)
                self._layers[key] = write_layer(LayerPlan.from_json(plan), root, str(self._directory), self._workers)
            facts = self._layers[key]
            self._pin(f"{TAR_RECIPE} {name}", str(facts.diff_id), facts.unpacked_size)
            if facts.recipe != TAR_RECIPE:
                self._pin(f"{facts.recipe} {name}", str(facts.digest), facts.size)
        facts = LayerFacts.from_json(self._layers[key].to_json())
        return ImageLayer(Descriptor(spec.compression.media_type, facts.digest, facts.size), facts.diff_id, part.created_by)

    def _pin(self, what: str, digest: str, size: int) -> None:
        """What is in several images, or made with several compressions, is the same each time."""
        assert self.pins.setdefault(what, (digest, size)) == (digest, size), what


def _binary(spec: ImageSpec, content: bytes) -> Part:
    path = spec.binary_path.lstrip("/")
    capability = capability_xattr(spec.capabilities) if spec.capabilities else b""
    entry = FileEntry(path, "content", len(content), 0o755, capability=capability)
    above = directories_above((path,), (*layer_plan.directories(spec.runtime_files), *spec.directories))
    return Part("scratch_image binary", f"binary {spec.binary}", (entry, *above), {"content": content})


def _sizes(files: Files) -> Dict[str, int]:
    return {name: len(content) for name, content in files.items()}


def pins(directory: Path, data: Path, workers: int) -> Pins:
    """Makes every image and says what is pinned of it."""
    maker = Maker(directory, data, workers)
    for row in ROWS:
        maker.image(row)
    return maker.pins


def written(found: Pins) -> str:
    """The lines of the table."""
    return "".join(f"{what:<43} {digest} {size:>8}\n" for what, (digest, size) in found.items())


def pinned() -> Pins:
    """What the table says."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    rows = (line.rsplit(maxsplit=2) for line in lines if not line.startswith("#"))
    return {what: (digest, int(size)) for what, digest, size in rows}


def pinned_root(row: Row) -> str:
    """The digest that an image is known by, as the table has it."""
    name = f"{row.contents}/{row.compression}"
    return pinned()[f"index {name}" if row.kind == "index" else f"manifest {name} {row.platforms[0]}"][0]


def main(args: List[str]) -> int:
    """DATA WORKERS; without arguments, the table is written anew, with the data of the installed certifi and tzdata."""
    directory = Path(tempfile.mkdtemp(prefix="golden-"))
    try:
        data = Path(args[0]) if args else unpacked_data(directory / "data")
        found = pins(directory, data, int(args[1]) if args else 1)
        if args:
            sys.stdout.buffer.write(written(found).encode("utf-8"))
        else:
            header = (line for line in TABLE.read_text(encoding="utf-8").splitlines(True) if line.startswith("#"))
            TABLE.write_text("".join(header) + written(found), encoding="utf-8")
    finally:
        shutil.rmtree(directory)
    return 0


def unpacked_data(directory: Path) -> Path:
    """A copy of what the installed wheels certifi and tzdata hold, for interpreters that have neither."""
    import certifi
    import tzdata

    for module in (certifi, tzdata):
        source = Path(module.__file__).parent
        shutil.copytree(source, directory / source.name, ignore=shutil.ignore_patterns("__pycache__"))
    return directory


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
