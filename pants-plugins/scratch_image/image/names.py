"""What an image is called: registries, repository and tags of a target, with their placeholders. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Callable, Dict, Iterator, List, Mapping, Optional, Tuple

from scratch_image.image import templates
from scratch_image.image.field_reader import Default, FieldReader, Mistake
from scratch_image.image.registries import OPTION, Registry, chosen
from scratch_image.oci import reference
from scratch_image.oci.digest import Digest
from scratch_image.oci.text import without_login

DEFAULT_TAGS = ("latest",)
# Container tools show the first twelve digits of a digest.
_SHORT = 12
_STAND_IN = Digest("0" * 64)


class MisnamedTarget(ValueError):
    """The target's name, or that of its directory, cannot be in the name of a repository."""


@dataclass(frozen=True)
class Surroundings:
    """Where a target is, and what the repository says: `name` and `spec_path` of its address; the options
    `[scratch-image].default_repository` and `registries`; the names in `[scratch-image].env_vars`, and in `env` those that
    are set."""

    name: str
    spec_path: str
    default_repository: str
    registries: Tuple[Registry, ...] = ()
    env_vars: Tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Name:
    """One name of an image: `repository` and `tag` in a `registry`, None if none is named. A `local` one begins with the
    registry's alias, is in archives, and is never published."""

    registry: Optional[Registry]
    repository: str
    tag: str
    local: bool = False

    def __str__(self) -> str:
        if self.registry is None:
            return f"{self.repository}:{self.tag}"
        return f"{self.registry.alias if self.local else self.registry.address}/{self.repository}:{self.tag}"


@dataclass(frozen=True)
class Names:
    """The names of an image, before its digest is known. `repository` and `tags` are templates. `misnamed` are sentences
    about the target's own name and directories, if they cannot be in a name: they are mistakes where a name is needed."""

    repository: str
    tags: Tuple[str, ...]
    registries: Tuple[Registry, ...]
    surroundings: Surroundings
    misnamed: Tuple[str, ...] = ()

    def of(self, root: Digest) -> Tuple[Tuple[Name, ...], Tuple[str, ...]]:
        """The names of the image with that digest, each once; for each that has no value today, a line with the reason."""
        names: List[Name] = []
        missing: List[str] = []
        for registry, tag in self._pairs():
            try:
                repository = _repository(self.repository, self.surroundings, registry)
                text = _tag(tag, self.surroundings, root)
                if tag and not text:
                    raise ValueError("its variables are set, and empty; give them values in the environment of Pants")
                filled = reference.tag(text)
            except ValueError as error:
                missing.append(f"  no name   {self.repository}:{tag}: {error}")
                continue
            names.append(Name(registry, repository, filled))
            if registry and registry.use_local_alias:
                names.append(Name(registry, repository, filled, local=True))
        return tuple(dict.fromkeys(names)), tuple(dict.fromkeys(missing))

    @property
    def short(self) -> str:
        """The last component of the repository, whatever the registry; the target's name where the repository has no value
        today."""
        try:
            return _repository(self.repository, self.surroundings, None).rpartition("/")[2]
        except ValueError:
            return self.surroundings.name.lower()

    def _pairs(self) -> Iterator[Tuple[Optional[Registry], str]]:
        for registry in self.registries:
            for tag in (*self.tags, *registry.extra_image_tags):
                yield registry, tag
        if not self.registries:
            for tag in self.tags:
                yield None, tag


def read_names(values: Mapping[str, object], surroundings: Surroundings) -> Tuple[Names, Tuple[Mistake, ...]]:
    """Reads the fields `registries`, `repository` and `image_tags`: name → value as written, None where not set.

    Variables must be declared. Whether they are set is not asked: they may be set only where images are published.
    """
    read = FieldReader(values, hides_logins=True)
    default = Default("option `[scratch-image].default_repository`", surroundings.default_repository)
    misnamed: List[str] = []

    def repository_in(registry: Optional[Registry]) -> Callable[[object], str]:
        def template(value: object) -> str:
            try:
                _repository(value, surroundings, registry, "x")
            except MisnamedTarget as error:
                misnamed.append(str(error))
            return str(value)

        return template

    def tag(value: object) -> str:
        reference.tag(_tag(value, surroundings, _STAND_IN, stand_in="x"))
        return str(value)

    repository = read.one("repository", repository_in(None), "", default)
    tags = read.many("image_tags", tag, '["1.0", "latest"]', in_order=True) if read.is_set("image_tags") else DEFAULT_TAGS
    registries = chosen(read, surroundings.registries)
    if not read.mistakes:
        for registry in registries:
            where = f"{OPTION}, {without_login(registry.alias)!r}"
            if registry.repository is not None:
                read.parsed(f"{where}, `repository`", repository_in(registry), repository, "")
            for extra in registry.extra_image_tags:
                read.parsed(f"{where}, `extra_image_tags`", tag, extra, "")
    return Names(repository, tags, registries, surroundings, tuple(dict.fromkeys(misnamed))), tuple(read.mistakes)


def _repository(template: object, at: Surroundings, registry: Optional[Registry], stand_in: str = "") -> str:
    """The name. Raises ValueError, and MisnamedTarget if the target's own name or place is at fault, not the template."""
    try:
        return reference.repository(_filled(template, at, registry, stand_in))
    except ValueError:
        blamed = _misnamed(template, at, registry) if isinstance(template, str) else ""
        if blamed:
            reference.repository(_filled(template, replace(at, name="x", spec_path="x/x"), registry, stand_in))
            raise MisnamedTarget(blamed) from None
        raise


def _misnamed(template: str, at: Surroundings, registry: Optional[Registry]) -> str:
    """A sentence about the first placeholder for the target's name or place whose value cannot be in a name; else empty."""
    used = (template, at.default_repository, registry.repository or "" if registry else "")
    for name, value in _places(at).items():
        placeholder = f"{{{name}}}"
        if not any(placeholder in text for text in used) or reference.is_repository(value.lower()):
            continue
        like = reference.component_like(value)
        own = at.default_repository if "{default_repository}" in template else template
        cure = f", or write repository={own.replace(placeholder, like)!r}" if like and placeholder in own else ""
        if name == "name":
            return f"the target's name {value!r} cannot be in the name of a repository; rename the target{cure}"
        if not value:
            return f"the target has no {name.replace('_', ' ')}, which {placeholder} stands for; write another `repository`"
        where = f"the target's {name.replace('_', ' ')} {value!r}"
        return f"{where} cannot be in the name of a repository; leave {placeholder} out{cure}"
    return ""


def _places(at: Surroundings) -> Dict[str, str]:
    """Placeholder → value, of those for a target's address."""
    above = at.spec_path.split("/")
    return {"name": at.name, "directory": above[-1], "parent_directory": above[-2] if len(above) > 1 else ""}


def _filled(template: object, at: Surroundings, registry: Optional[Registry], stand_in: str = "") -> str:
    """The name in lower case, as `docker_image` makes it: the names of directories may have capitals."""
    known = _places(at)

    def fill(text: object) -> str:
        try:
            return templates.expanded(text, known, at.env_vars, at.env, stand_in)
        except ValueError:
            if isinstance(text, str):
                reference.refuse_login(text)
            raise

    known["default_repository"] = fill(at.default_repository)
    filled = fill(template)
    if registry and registry.repository is not None:
        known["target_repository"] = filled
        filled = fill(registry.repository)
    return filled.lower()


def _tag(template: object, at: Surroundings, root: Digest, stand_in: str = "") -> str:
    known = {"digest_short": root.hex[:_SHORT], "pants.hash": root.hex}
    return templates.expanded(template, known, at.env_vars, at.env, stand_in)
