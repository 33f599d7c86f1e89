"""What the rules ask each other for, and what they answer: bytes as digests of the engine, the rest as pure values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple

from pants.core.goals.package import BuiltPackageArtifact
from pants.engine.addresses import Address
from pants.engine.fs import Digest, FileDigest
from pants.util.frozendict import FrozenDict

from scratch_image.assembler.plan import LayerFacts, LayerPlan
from scratch_image.binary.facts import BinaryFacts
from scratch_image.certificates.facts import BundleFacts
from scratch_image.image.names import Name
from scratch_image.image.placement import MadeTree
from scratch_image.oci.compression import Compression
from scratch_image.oci.digest import Digest as OciDigest
from scratch_image.oci.platform import Platform
from scratch_image.oci.tar import DirectoryEntry


@dataclass(frozen=True)
class ArtifactRequest:
    """The one file that the target at `address` makes. `consumer` is the target that asks, for its errors."""

    address: Address
    consumer: Address


@dataclass(frozen=True)
class Artifact:
    """A file, without its name and mode: an image's are its own. `target_kind` is the alias of the target that made it."""

    content: FileDigest
    target_kind: str


@dataclass(frozen=True)
class FactsRequest:
    """What is this file? Answered by a BinaryFacts."""

    content: FileDigest


@dataclass(frozen=True)
class BinaryLayerRequest:
    """A layer with one program. It holds what decides the layer's bytes and nothing else, so that images share it.
    `directories` are those that the program is in and another layer has with modes of its own."""

    content: FileDigest
    path: str
    compression: Compression
    directories: Tuple[DirectoryEntry, ...] = ()
    capability: bytes = b""


@dataclass(frozen=True)
class LayerRequest:
    """A layer by its plan; `content` holds the contents that the plan's entries name."""

    plan: LayerPlan
    content: Digest


@dataclass(frozen=True)
class TreeRequest:
    """All files that the target at `address` makes. `consumer` is the target that asks, for its errors."""

    address: Address
    consumer: Address


@dataclass(frozen=True)
class Tree:
    """What a target makes: `content` holds it below `content/`; `files` are its files without links. Paths are below the
    target's own directory."""

    content: Digest
    made: MadeTree
    files: Tuple[Tuple[str, FileDigest], ...]
    target_kind: str


@dataclass(frozen=True)
class ProgramRequest:
    """What a program is, and the layer it becomes: both at the same time, as neither needs the other."""

    layer: BinaryLayerRequest


@dataclass(frozen=True)
class Program:
    facts: BinaryFacts
    layer: Layer


@dataclass(frozen=True)
class RuntimeLayerRequest:
    """A layer with files that programs look for. `names` are of the catalog; `bundle` are CA certificates of the user's, in
    the place of certifi's; `openssl_cert_file` is where the program's OpenSSL looks for them."""

    names: Tuple[str, ...]
    bundle: Optional[FileDigest]
    openssl_cert_file: Optional[str]
    compression: Compression


@dataclass(frozen=True)
class BundleRequest:
    """The CA certificates in the files of these targets, behind certifi's where those are wanted."""

    addresses: Tuple[Address, ...]
    with_certifi: bool


@dataclass(frozen=True)
class Bundle:
    """The certificates in one file. `content` is None where `facts` has mistakes."""

    content: Optional[FileDigest]
    facts: BundleFacts


@dataclass(frozen=True)
class Layer:
    """A layer that was written: `digest` holds it at `blobs/sha256/<digest>`."""

    digest: Digest
    facts: LayerFacts


@dataclass(frozen=True)
class BuiltScratchImage(BuiltPackageArtifact):
    """An image in dist/, for those that publish it: its names; lines about those that have no value today; the platforms
    that were left out; its layout's directory in the package."""

    root: Optional[OciDigest] = None
    names: Tuple[Name, ...] = ()
    unnamed: Tuple[str, ...] = ()
    omitted: Tuple[Platform, ...] = ()
    layout: str = ""


@dataclass(frozen=True)
class ArchiveRequest:
    """One file with a whole image. `layers` holds the layers at `blobs/sha256/`, which have `sizes` in bytes; `documents`
    are all other files, by their paths."""

    layers: Digest
    sizes: Tuple[Tuple[str, int], ...]
    documents: FrozenDict[str, bytes]


@dataclass(frozen=True)
class ImageArchive:
    """`digest` holds `image.tar`."""

    digest: Digest


@dataclass(frozen=True)
class Interpreter:
    """The CPython that runs our processes: its absolute path; its wheels' platform in the form of pex's `--platform`; and
    whether the pex of Pants 2.17 can run on it."""

    path: str
    wheel_platform: str
    runs_pex: bool


@dataclass(frozen=True)
class SourcesRequest:
    """Our own files as a process imports them: paths below the package. The same for all processes of a kind."""

    modules: Tuple[str, ...]


@dataclass(frozen=True)
class Sources:
    digest: Digest


@dataclass(frozen=True)
class LibrariesRequest:
    """The libraries of a room, those of its `requirements.txt`, for the interpreters of a wheel platform."""

    room: str
    wheel_platform: str


@dataclass(frozen=True)
class Libraries:
    """Libraries, unpacked: one directory per wheel."""

    digest: Digest


@dataclass(frozen=True)
class OutputConflicts:
    """For each image of the repository whose place in dist/ is also, is inside or is around another package's: why."""

    by_address: FrozenDict[Address, Tuple[str, ...]]
