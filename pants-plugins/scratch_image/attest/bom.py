"""A bill of materials: what an image, or all images of an index, are made of. Each form of document is made of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from scratch_image.attest import contents
from scratch_image.attest.component import CONTAINER, Component
from scratch_image.attest.contents import HashedFile
from scratch_image.attest.modules import Modules
from scratch_image.attest.programs import Parts, parts_of, properties_of
from scratch_image.attest.purl import purl
from scratch_image.binary.facts import BinaryFacts
from scratch_image.oci.digest import Digest
from scratch_image.oci.names import CREATED_BY_PROGRAM, CREATED_BY_RUNTIME_FILES
from scratch_image.oci.platform import Platform
from scratch_image.runtime_files import catalog

_ZONES = f"{catalog.ZONEINFO}/"


@dataclass(frozen=True)
class Layer:
    """A layer: its line in the history, and its regular files in the order of their paths."""

    created_by: str
    files: Tuple[HashedFile, ...]


@dataclass(frozen=True)
class Image:
    """One platform's image: `digest` of its manifest; its layers; the facts of its executables by their absolute paths, the
    program among them; and the modules that the build of the program had, if it was Go's and they are known."""

    platform: Platform
    digest: Digest
    layers: Tuple[Layer, ...]
    executables: Mapping[str, BinaryFacts]
    modules: Optional[Modules] = None


@dataclass(frozen=True)
class Declared:
    """What a bill of materials has that is not in the layers: the `name` of the image, the libraries that its target
    declares for its program, the versions of `runtime_files` by entry, and whether every file is listed."""

    name: str
    libraries: Tuple[Component, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    every_file: bool = False

    def to_dict(self) -> Dict[str, object]:
        """The member `sbom` of `image.json`, which has the versions elsewhere."""
        libraries = [each.declaration() for each in self.libraries]
        return {"name": self.name, "everyFile": self.every_file, "components": libraries}


@dataclass(frozen=True)
class Bom:
    """`subject` is the image or the index; `components` are all others, sorted, each once. `needs` maps a component to what
    it is made of; `known` maps each program to how much of it is known, a constant of `programs`."""

    subject: Component
    components: Tuple[Component, ...]
    needs: Mapping[Component, Tuple[Component, ...]]
    known: Mapping[Component, str]


def bom_of_image(image: Image, declared: Declared) -> Bom:
    """The bill of materials of one platform's image."""
    return _bom(_container(declared.name, image.digest, image.platform), [_Parts(image, declared)])


def bom_of_index(digest: Digest, images: Sequence[Image], declared: Declared) -> Bom:
    """That of an index, with what is in all of its images."""
    return _bom(_container(declared.name, digest, None), [_Parts(image, declared) for image in images], True)


class _Parts:
    """The components of an image, and what is known of them."""

    def __init__(self, image: Image, declared: Declared) -> None:
        self._image, self._declared = image, declared
        self.container = _container(declared.name, image.digest, image.platform)
        self.needs: Dict[Component, Tuple[Component, ...]] = {}
        self.known: Dict[Component, str] = {}
        found: List[Component] = []
        for layer in image.layers:
            found.extend(self._of_layer(layer))
        self.needs[self.container] = _sorted(found)

    def _of_layer(self, layer: Layer) -> Iterable[Component]:
        rest = [each for each in layer.files if each.path not in self._image.executables]
        for each in layer.files:
            facts = self._image.executables.get(each.path)
            if facts is not None:
                yield self._executable(each, facts, layer.created_by == CREATED_BY_PROGRAM)
        if layer.created_by == CREATED_BY_RUNTIME_FILES:
            yield from self._runtime_files(rest)
        else:
            yield from contents.files(rest, self._declared.every_file)

    def _runtime_files(self, files: Sequence[HashedFile]) -> Iterable[Component]:
        """What comes from a distribution is a library, whose files are listed only where all are wanted."""
        versions, every = self._declared.versions, self._declared.every_file
        zones = [each for each in files if each.path.startswith(_ZONES)]
        roots = [each for each in files if each.path == catalog.CA_PATH]
        if zones:
            yield contents.library(catalog.TZDATA, versions.get(catalog.TZDATA, ""), zones)
        if roots and catalog.CA_CERTIFICATES in versions:
            yield contents.library(catalog.CA_CERTIFICATES, versions[catalog.CA_CERTIFICATES], roots)
        for each in files:
            if every or not each.path.startswith(_ZONES):
                yield contents.file(each)

    def _executable(self, of: HashedFile, facts: BinaryFacts, is_program: bool) -> Component:
        component = contents.file(of._replace(properties=properties_of(facts.program)))
        parts = parts_of(facts.program, self._image.modules if is_program else None)
        if is_program:
            parts = Parts((*parts.components, *self._declared.libraries), parts.known)
        self.needs[component] = _sorted(parts.components)
        self.known[component] = parts.known
        return component


def _bom(subject: Component, images: Sequence[_Parts], is_index: bool = False) -> Bom:
    needs: Dict[Component, Tuple[Component, ...]] = {}
    known: Dict[Component, str] = {}
    for image in images:
        needs.update(image.needs)
        known.update(image.known)
    if is_index:
        needs[subject] = _sorted(image.container for image in images)
    components = _sorted(component for group in needs.values() for component in group)
    return Bom(subject, components, needs, known)


def _container(name: str, digest: Digest, platform: Optional[Platform]) -> Component:
    """The image as a package (purl-spec, type `oci`): its version is its digest."""
    url = purl("oci", name, str(digest))
    properties = (("scratch_image:platform", str(platform)),) if platform else ()
    return Component(CONTAINER, name, str(digest), url, sha256=digest.hex, properties=properties)


def _sorted(components: Iterable[Component]) -> Tuple[Component, ...]:
    return tuple(sorted(set(components)))
