"""What is in an image beside its program: from the fields to what their targets make, all paths compared, and to layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Mapping, Tuple

from pants.engine.addresses import Address
from pants.engine.fs import Digest, FileContent, FileDigest

from scratch_image.assembler.plan import LayerPlan
from scratch_image.engine import requests as engine
from scratch_image.image.claims import conflicts, same_but_for_case
from scratch_image.image.contents import Contents, claims_of, contents_of
from scratch_image.image.field_reader import Mistake
from scratch_image.image.placement import CONTENT
from scratch_image.image.spec import ImageSpec
from scratch_image.oci.tar import FileEntry
from scratch_image.rules.requests import Layer, LayerRequest, Tree, TreeRequest
from scratch_image.runtime_files import layer_plan


@dataclass(frozen=True)
class Helper:
    """An executable in `files`: where it is in the image, what it is, and the target that made it."""

    path: str
    content: FileDigest
    target_kind: str


@dataclass(frozen=True)
class ReadContents:
    """`digests` are the contents of each address in `contents.by_address`; `cases` are paths that differ in case only."""

    contents: Contents
    digests: Mapping[str, Digest]
    helpers: Tuple[Helper, ...]
    cases: Tuple[Tuple[str, str], ...]


async def read_contents(
    image: Address, spec: ImageSpec, addresses: Mapping[str, Address]
) -> Tuple[ReadContents, Tuple[Mistake, ...]]:
    """`addresses` are those in `files`, as they are written there. With a mistake, the contents mean nothing."""
    made = await engine.trees(TreeRequest(address, consumer=image) for address in addresses.values())
    trees = dict(zip(addresses, made))
    try:
        contents = contents_of(
            spec.files,
            spec.directories,
            spec.symlinks,
            {text: tree.made for text, tree in trees.items()},
            layer_plan.directories(spec.runtime_files),
        )
    except ValueError as error:
        return _nothing(), (Mistake("field `files`", str(error)),)
    claims = claims_of(spec, contents)
    digests = {text: tree.content for text, tree in trees.items()}
    return ReadContents(contents, digests, _helpers(contents, trees), same_but_for_case(claims)), conflicts(claims)


def _nothing() -> ReadContents:
    return ReadContents(Contents({}, (), {}), {}, (), ())


def _helpers(contents: Contents, trees: Mapping[str, Tree]) -> Tuple[Helper, ...]:
    """The files that may be run in the image."""
    found: List[Helper] = []
    for text, tree in trees.items():
        digests = {f"{CONTENT}/{path}": digest for path, digest in tree.files}
        for entry in contents.by_address.get(text, ()):
            if isinstance(entry, FileEntry) and entry.size and entry.mode & 0o111:
                found.append(Helper(f"/{entry.path}", digests[entry.content], tree.target_kind))
    return tuple(found)


async def content_layers(spec: ImageSpec, read: ReadContents) -> Tuple[Tuple[str, Layer], ...]:
    """The layers between the runtime files and the program, base first: (what it is in the history, layer)."""
    contents = read.contents
    requests: Dict[str, LayerRequest] = {}
    for text, entries in contents.by_address.items():
        requests[text] = LayerRequest(LayerPlan(contents.with_directories(entries), spec.compression), read.digests[text])
    kinds = ["scratch_image files"] * len(requests)
    if contents.inline:
        texts = await engine.create(FileContent(path, text.encode("utf-8")) for path, text in contents.texts.items())
        requests[""] = LayerRequest(LayerPlan(contents.with_directories(contents.inline), spec.compression), texts)
        kinds.append("scratch_image texts, directories, links")
    return tuple(zip(kinds, await engine.layers(requests.values())))
