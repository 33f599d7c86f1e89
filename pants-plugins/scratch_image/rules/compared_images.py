"""The questions about images that are compared: they are packaged, and named as `publish` names them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Dict, List, Mapping, Optional, Sequence, Tuple, Union

from pants.base.build_root import BuildRoot
from pants.engine.addresses import Address
from pants.engine.target import Target

from scratch_image.compare.asked import SKIPPED, UNKNOWN, Answer, Blob, Question
from scratch_image.engine.errors import ScratchImageError
from scratch_image.oci.digest import Digest
from scratch_image.oci.image import BuiltIndex
from scratch_image.oci.names import ARCHIVE, CREATED_BY_PROGRAM, INDEX, LAYOUT, REPORT
from scratch_image.rules import publisher
from scratch_image.rules.attempt import AttemptRequest, attempts
from scratch_image.rules.built_image import BuiltScratchImage, FinishedImage, built_image
from scratch_image.rules.output_conflicts import directory_in_dist
from scratch_image.targets.output import ScratchImageOutputPathField, ScratchImageSkipPushField


@dataclass(frozen=True)
class Older:
    """What images are compared with in place of registries: the path as written, the whole path, and whether that is one
    image, and not a directory of them. Without a path, registries are asked."""

    shown: str = ""
    path: str = ""
    is_one: bool = False

    def question(self, image: Question, below: str) -> Question:
        """The question about an image, which `package` writes to a directory `below` dist/."""
        if self.is_one:
            return image._replace(path=self.path, shown=self.shown)
        return image._replace(path=os.path.join(self.path, below), shown=os.path.join(self.shown, below))

    @property
    def directory(self) -> str:
        """The directory of images; empty if there is none."""
        return "" if self.is_one else self.path


class NothingToCompareWith(ScratchImageError):
    """The option `against` names nothing that these images can be compared with."""


def older(against: Optional[str], root: BuildRoot, images: int) -> Older:
    """What the option `against` names, for a number of images. Raises NothingToCompareWith."""
    if against is None:
        return Older()
    where = "option `--compare-images-against`"
    if not against.strip() or "\0" in against:
        raise NothingToCompareWith(f"{where}: {against!r} is not a path; name an older `dist/`, or an image")
    path = os.path.normpath(os.path.join(root.path, against))
    if not os.path.exists(path):
        cure = "name a directory or a file that is there, relative to the root of the repository"
        raise NothingToCompareWith(f"{where}: {against} does not exist; {cure}")
    found = Older(against, path, _is_one_image(path))
    if found.is_one and images > 1:
        cure = "name the directory that has all of them, or compare one image"
        raise NothingToCompareWith(f"{where}: {against} is one image, and there are {images} to compare; {cure}")
    return found


def _is_one_image(path: str) -> bool:
    """Whether a path is one image, and not a directory of them."""
    inside = (REPORT, INDEX, LAYOUT, ARCHIVE)
    return os.path.isfile(path) or any(os.path.lexists(os.path.join(path, name)) for name in inside)


@dataclass(frozen=True)
class Packaged:
    """An image that is compared, and the directory for it where the process works."""

    address: Address
    image: BuiltScratchImage
    directory: str


@dataclass(frozen=True)
class Asked:
    """What is compared: the packaged images, by address; the questions about them, or the answers that need no process."""

    images: Dict[str, Packaged]
    entries: Tuple[Union[Question, Answer], ...]


async def asked(images: Sequence[Target], older: Older) -> Asked:
    """Packages images. One that cannot be made, and one that is published under no name, is an answer."""
    made = await attempts(AttemptRequest(image.address) for image in images)
    built: Dict[str, Packaged] = {}
    entries: List[Union[Question, Answer]] = []
    for target, attempt in zip(images, made):
        address = str(target.address)
        if attempt.package is None:
            entries.append(Answer(Question(address, ""), UNKNOWN, text=f"it cannot be packaged\n{attempt.failure}"))
            continue
        image = built_image(attempt.package)
        built[address] = Packaged(target.address, image, f"images/{len(built)}")
        if older.path:
            below = directory_in_dist(target[ScratchImageOutputPathField])
            entries.append(older.question(_question(address, image), below))
        else:
            entries += _of_registries(target.address, image, bool(target.get(ScratchImageSkipPushField).value))
    return Asked(built, _without_shared(entries))


def _question(address: str, image: BuiltScratchImage) -> Question:
    assert image.made, "the image is packaged"
    made = image.made
    return Question(address, str(image.root), _blobs(made), _program(made), len(made.reports))


def _of_registries(address: Address, image: BuiltScratchImage, skip_push: bool) -> Tuple[Union[Question, Answer], ...]:
    """One question for each repository."""
    question = _question(str(address), image)
    try:
        group = publisher.compared(address, image, skip_push)
    except publisher.UnpublishableImage as error:
        return (Answer(question, UNKNOWN, text=str(error)),)
    if group.skipped_by:
        return (Answer(question, SKIPPED, text=group.skipped_by),)
    return tuple(
        question._replace(registry=push.registry, repository=push.repository, tags=push.tags)
        for push in publisher.pushes(str(address), image, group.names)
    )


def _blobs(made: FinishedImage) -> Tuple[Blob, ...]:
    """What `publish` sends of an image: layers, configurations, and the documents that are attached."""
    images = made.image.images if isinstance(made.image, BuiltIndex) else (made.image,)
    found = [layer.descriptor for image in images for layer in image.layers]
    found += [image.config_descriptor for image in images]
    blobs = {str(each.digest): each.size for each in found}
    for attachment in made.attested.attachments:
        document = attachment.referrer.content
        blobs[str(Digest.of(document))] = len(document)
    return tuple(Blob(digest, size) for digest, size in blobs.items())


def _program(made: FinishedImage) -> str:
    """The layer of the program of the first platform; empty for a debug image, which has the program of another one."""
    image = made.image.images[0] if isinstance(made.image, BuiltIndex) else made.image
    last = image.layers[-1]
    return str(last.descriptor.digest) if last.created_by == CREATED_BY_PROGRAM else ""


def _without_shared(entries: Sequence[Union[Question, Answer]]) -> Tuple[Union[Question, Answer], ...]:
    """The entries, with an answer in place of a question about a name that another image has: `publish` would refuse it."""
    owners: Dict[str, Dict[str, str]] = {}
    for entry in entries:
        if isinstance(entry, Question) and entry.registry:
            for name in entry.names:
                owners.setdefault(name, {}).setdefault(entry.root, entry.image)
    return tuple(_shared(entry, owners) or entry if isinstance(entry, Question) else entry for entry in entries)


def _shared(question: Question, owners: Mapping[str, Mapping[str, str]]) -> Optional[Answer]:
    """The answer for a question about a name that another image has. `owners` is name → digest → image."""
    for name in question.names:
        for root, image in owners.get(name, {}).items():
            if root != question.root:
                cure = "give one of them another `repository` or other `image_tags`"
                text = f"{name} is also the name of {image}, which is another image\n  fix: {cure}"
                return Answer(question, UNKNOWN, text=text)
    return None
