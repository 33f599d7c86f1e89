"""What an image is called: repository and tags of a target, with their placeholders. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, List, Mapping, Tuple

from scratch_image import templates
from scratch_image.field_reader import Default, FieldReader, Mistake
from scratch_image.oci import reference
from scratch_image.oci.digest import Digest

DEFAULT_TAGS = ("latest",)
# Twelve digits are what container tools show of a digest.
_SHORT = 12
_STAND_IN = Digest("0" * 64)


@dataclass(frozen=True)
class Surroundings:
    """Where a target is, and what the repository says: `name` and `spec_path` of its address, the option
    `[scratch-image].default_repository`, the names in `[scratch-image].env_vars` and those of them that are set."""

    name: str
    spec_path: str
    default_repository: str
    env_vars: Tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Names:
    """The names of an image, but for what only its digest can tell. `repository` and `tags` are templates."""

    repository: str
    tags: Tuple[str, ...]
    surroundings: Surroundings

    def references(self, root: Digest) -> Tuple[Tuple[str, ...], Tuple[str, ...]]:
        """(`repository:tag` of every tag, once; for each that has no value today, a line that says why)."""
        found: List[str] = []
        missing: List[str] = []
        for tag in self.tags:
            try:
                filled = f"{_repository(self.repository, self.surroundings)}:{_tag(tag, self.surroundings, root)}"
                found.append(filled)
            except templates.NotSet as error:
                missing.append(f"  no name   {self.repository}:{tag}: {error}")
        return tuple(dict.fromkeys(found)), tuple(missing)


def read_names(values: Mapping[str, object], surroundings: Surroundings) -> Tuple[Names, Tuple[Mistake, ...]]:
    """Reads the fields `repository` and `image_tags`: name → value as written, None where not set.

    A declared variable that is not set is no mistake: it may be set only where images are published.
    """
    read = FieldReader(values)
    default = Default("option `[scratch-image].default_repository`", surroundings.default_repository)

    def repository(value: object) -> str:
        reference.repository(_repository(value, surroundings, stand_in="x"))
        return str(value)

    def tag(value: object) -> str:
        reference.tag(_tag(value, surroundings, _STAND_IN, stand_in="x"))
        return str(value)

    template = read.one("repository", repository, "", default)
    tags = read.many("image_tags", tag, "['1.0', 'latest']", in_order=True) if read.is_set("image_tags") else DEFAULT_TAGS
    return Names(template, tags, surroundings), tuple(read.mistakes)


def _repository(template: object, at: Surroundings, stand_in: str = "") -> str:
    """The name in small letters, as `docker_image` has it: directories need not be."""
    above = at.spec_path.split("/")
    known: Dict[str, str] = {
        "name": at.name,
        "directory": above[-1],
        "parent_directory": above[-2] if len(above) > 1 else "",
    }
    known["default_repository"] = templates.expanded(at.default_repository, known, at.env_vars, at.env, stand_in)
    return templates.expanded(template, known, at.env_vars, at.env, stand_in).lower()


def _tag(template: object, at: Surroundings, root: Digest, stand_in: str = "") -> str:
    known = {"digest_short": root.hex[:_SHORT], "pants.hash": root.hex}
    return templates.expanded(template, known, at.env_vars, at.env, stand_in)
