"""What is in an image beside its program: from the fields to what their targets make, and to layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Container, Dict, List, Mapping, Tuple

from pants.engine.addresses import Address
from pants.engine.fs import Digest, FileContent, FileDigest

from scratch_image.assembler.plan import LayerPlan
from scratch_image.engine import fs
from scratch_image.image.claims import conflicts, same_but_for_case
from scratch_image.image.contents import Contents, claims_of, contents_of
from scratch_image.image.field_reader import Mistake
from scratch_image.image.placement import CONTENT
from scratch_image.image.spec import ImageSpec
from scratch_image.oci.names import CREATED_BY_FILES, CREATED_BY_INLINE
from scratch_image.oci.tar import FileEntry
from scratch_image.rules.layer import LayerRequest, WrittenLayer, layers
from scratch_image.rules.tree import Tree, TreeRequest, trees
from scratch_image.runtime_files import layer_plan


@dataclass(frozen=True)
class Executable:
    """An executable in `files`: its absolute path in the image, its content, and the alias of the target that made it."""

    path: str
    content: FileDigest
    target_kind: str


@dataclass(frozen=True)
class ReadContents:
    """`digests` maps each address in `contents.by_address` to the contents of its layer; `cases` are pairs of paths that
    differ only in case; `trees` are what the addresses make."""

    contents: Contents
    digests: Mapping[str, Digest]
    executables: Tuple[Executable, ...]
    cases: Tuple[Tuple[str, str], ...]
    trees: Mapping[str, Tree]

    @property
    def texts(self) -> Dict[str, str]:
        """The texts in `files` by their absolute paths."""
        return {path[len(CONTENT) :]: text for path, text in self.contents.texts.items()}

    def digests_of(self, paths: Container[str]) -> Dict[str, FileDigest]:
        """The contents of those of these absolute paths that targets in `files` make."""
        found: Dict[str, FileDigest] = {}
        for text, entries in self.contents.by_address.items():
            wanted = [entry for entry in entries if isinstance(entry, FileEntry) and f"/{entry.path}" in paths]
            digests = {f"{CONTENT}/{path}": digest for path, digest in self.trees[text].files} if wanted else {}
            found.update((f"/{entry.path}", digests[entry.content]) for entry in wanted)
        return found


@dataclass(frozen=True)
class BuiltLayer:
    """A layer as an image has it: `created_by` is its line in the image's history."""

    created_by: str
    written: WrittenLayer


async def read_contents(
    image: Address, spec: ImageSpec, addresses: Mapping[str, Address]
) -> Tuple[ReadContents, Tuple[Mistake, ...]]:
    """`addresses` maps each address in `files`, as written, to what it means. With a mistake, the contents mean nothing.
    Raises UnusableArtifact."""
    made = await trees(TreeRequest(address, consumer=image) for address in addresses.values())
    by_address = dict(zip(addresses, made))
    try:
        contents = contents_of(
            spec.files,
            spec.directories,
            spec.symlinks,
            {text: tree.made for text, tree in by_address.items()},
            layer_plan.directories(spec.runtime_files),
        )
    except ValueError as error:
        return ReadContents(Contents({}, (), {}), {}, (), (), {}), (Mistake("field `files`", str(error)),)
    claims = claims_of(spec, contents)
    digests = {text: tree.content for text, tree in by_address.items()}
    executables = _executables(contents, by_address)
    return ReadContents(contents, digests, executables, same_but_for_case(claims), by_address), conflicts(claims)


def _executables(contents: Contents, by_address: Mapping[str, Tree]) -> Tuple[Executable, ...]:
    found: List[Executable] = []
    for text, tree in by_address.items():
        digests = {f"{CONTENT}/{path}": digest for path, digest in tree.files}
        for entry in contents.by_address.get(text, ()):
            if isinstance(entry, FileEntry) and entry.size and entry.mode & 0o111:
                found.append(Executable(f"/{entry.path}", digests[entry.content], tree.target_kind))
    return tuple(found)


async def content_layers(spec: ImageSpec, read: ReadContents, hashes: bool) -> Tuple[BuiltLayer, ...]:
    """The layers between the runtime files and the program, base first; `hashes`: whether their files are hashed."""
    contents = read.contents
    requests: Dict[str, LayerRequest] = {}
    for text, entries in contents.by_address.items():
        plan = LayerPlan(contents.with_directories(entries), spec.compression, hashes)
        requests[text] = LayerRequest(plan, read.digests[text])
    kinds = [CREATED_BY_FILES] * len(requests)
    if contents.inline:
        texts = await fs.create(FileContent(path, text.encode("utf-8")) for path, text in contents.texts.items())
        plan = LayerPlan(contents.with_directories(contents.inline), spec.compression, hashes)
        requests[""] = LayerRequest(plan, texts)
        kinds.append(CREATED_BY_INLINE)
    return tuple(map(BuiltLayer, kinds, await layers(requests.values())))
