"""Names of images, as registries and container tools take them. Every function takes a value as a BUILD file has it and
raises ValueError with what was found and the cure.

Sources: distribution-spec 1.1, "Pulling manifests" (the grammar of names and tags); github.com/distribution/reference,
reference.go (255 bytes, what stands before the first slash) and normalize.go (`docker.io/library`).
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from scratch_image.oci import grammar
from scratch_image.oci.text import login_end, without_login

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_MAX_TAG = 128
_TAG = re.compile(rf"[A-Za-z0-9_][A-Za-z0-9._-]{{0,{_MAX_TAG - 1}}}")
# An address of IPv6 stands in brackets.
_HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_DIGEST = re.compile("sha256:[0-9a-f]{64}")
_MAX_NAME = 255
_LOG_IN = "`docker login` or `podman login`"
_DOCKER_HUB = "docker.io"


def repository(value: object) -> str:
    """The name of a repository in a registry: `team/hello`."""
    name = grammar.text(value)
    refuse_login(name)
    if len(name) > _MAX_NAME:
        raise ValueError(f"{name!r} has {len(name)} bytes; a repository name has at most {_MAX_NAME}")
    if _REPOSITORY.fullmatch(name):
        return name
    host, slash, rest = name.partition("/")
    if slash and ":" in host and _HOST.fullmatch(host) and _REPOSITORY.fullmatch(rest.partition(":")[0]):
        place = f"the registry in `registries`: [{host!r}], and the repository alone: {rest.partition(':')[0]!r}"
        raise ValueError(f"{name!r} begins with a registry; write {place}")
    untagged, colon, tag_ = name.rpartition(":")
    if colon and _REPOSITORY.fullmatch(untagged) and _TAG.fullmatch(tag_):
        raise ValueError(f"{name!r} has a tag; write {untagged!r}, and the tag in `image_tags`: [{tag_!r}]")
    undigested, at, _ = name.partition("@sha")
    if at and _REPOSITORY.fullmatch(undigested):
        raise ValueError(f"{name!r} has a digest; write the repository alone: {undigested!r}")
    wrong = next((part for part in name.split("/") if not re.fullmatch(_COMPONENT, part)), name)
    shown = f"the part {wrong!r} of {name!r}" if wrong != name else repr(name)
    raise ValueError(
        f"{shown} is not a valid repository name; between slashes, write lower-case letters and digits, separated by '.', "
        f"'_', '__' or dashes: {_repository_like(name)!r}"
    )


def refuse_login(name: str) -> None:
    """Raises ValueError for a login in a name, which is not shown: it may be a password."""
    after = name[login_end(name) :]
    if after != name:
        host, slash, rest = after.partition("/")
        where = f"the registry in `registries`: [{_registry_like(host)!r}], and the repository alone: "
        cure = f"{where if slash else ''}{_repository_like(rest.partition(':')[0] if slash else after)!r}"
        raise ValueError(f"{without_login(name)!r} has an '@'; write {cure}, and log in with {_LOG_IN}")


def is_repository(name: str) -> bool:
    """Whether a text is the name of a repository, or a part of one."""
    return bool(_REPOSITORY.fullmatch(name))


def component_like(written: str) -> str:
    """A valid component of a repository's name that is like a text; empty if no letter or digit is left of the text."""
    plain = unicodedata.normalize("NFKD", written.lower()).encode("ascii", "ignore").decode()
    return re.sub("^[^a-z0-9]+|[^a-z0-9]+$", "", re.sub("[^a-z0-9._-]+|[.]{2,}|_{3,}|[._-]*[.][._-]+", "-", plain))


def _repository_like(name: str) -> str:
    """A valid name that is like another one, for a cure."""
    like = "/".join(filter(None, map(component_like, name.split("/"))))
    return like if _REPOSITORY.fullmatch(like) and len(like) <= _MAX_NAME else "team/hello"


def _tag_like(name: str) -> str:
    like = re.sub("[^A-Za-z0-9._-]+", "-", name.strip()).lstrip(".-")[:_MAX_TAG]
    return like if _TAG.fullmatch(like) else "latest"


def tag(value: object) -> str:
    """A tag: `1.0`, `latest`."""
    name = grammar.text(value)
    if _TAG.fullmatch(name):
        return name
    cure = f"write up to {_MAX_TAG} letters, digits, '_', '.' and '-', and begin with neither '.' nor '-'"
    like = _tag_like(name[login_end(name) :])
    raise ValueError(f"{without_login(name)!r} is not a valid tag; {cure}: {like!r}")


def registry(value: object) -> str:
    """A registry's host, with a port and a prefix of its repositories' names if there are any: `registry.example:5000`,
    `registry.example/team`. Hosts are names or addresses (RFC 3986, section 3.2.2)."""
    address = grammar.text(value)
    host, slash, path = address.partition("/")
    like = _registry_like(address)
    if "@" in address or login_end(address):
        # What is before it is not shown: it may be a password.
        raise ValueError(f"{without_login(address)!r} has an '@'; write the host alone, {like!r}, and log in with {_LOG_IN}")
    if "://" in address:
        raise ValueError(f"{address!r} has a scheme; write the host alone: {like!r}")
    if slash and not path.strip("/"):
        raise ValueError(f"{address!r} ends in '/'; write {like!r}")
    if not _HOST.fullmatch(host):
        raise ValueError(f"{address!r} is not a valid registry address; write a host and, if it has one, a port: {like!r}")
    if slash and not (_REPOSITORY.fullmatch(path) and len(path) <= _MAX_NAME):
        raise ValueError(f"{path!r} in {address!r} is not the beginning of a repository name; write {like!r}")
    return address


def _registry_like(address: str) -> str:
    """A valid address that is like another one, for a cure."""
    after = address[login_end(address) :].rpartition("://")[2].partition("@")[0].strip()
    host, _, path = after.partition("/")
    host = host.strip()
    if not _HOST.fullmatch(host):
        return "registry.example:5000"
    return f"{host}/{_repository_like(path)}" if path.strip("/ ") else host


def image_name(value: object) -> str:
    """The name of an image with its tag: `registry.example/team/hello:1.0`, `hello:latest`."""
    full = grammar.text(value)
    name, colon, last = full.rpartition(":")
    if not colon or "/" in last:
        raise ValueError(f"{full!r} has no tag; write it after a colon: {full + ':latest'!r}")
    tag(last)
    host, slash, rest = name.partition("/")
    if slash and _is_host(host):
        registry(host)
        repository(rest)
    else:
        repository(name)
    return full


class ImageReference(NamedTuple):
    """An image in a registry; `reference` is a tag, or a digest."""

    registry: str
    repository: str
    reference: str


def image_reference(value: object) -> ImageReference:
    """The image that a name means, as container tools take it: `registry.example/team/hello:1.0`, `hello@sha256:…`. Without
    a registry it is Docker Hub's, and without tag and digest it is `latest`. A digest counts more than a tag."""
    full = grammar.text(value)
    name, at, digest = full.partition("@")
    if at and not _DIGEST.fullmatch(digest):
        # What is before an `@` may be a login.
        if login_end(full):
            raise ValueError(f"{without_login(full)!r} has an '@' that begins no digest; log in with {_LOG_IN}")
        raise ValueError(f"{full!r} ends in something else than a digest; write '@sha256:' and 64 hexadecimal digits")
    untagged, colon, last = name.rpartition(":")
    if not colon or "/" in last:
        untagged, last = name, "latest"
    tag(last)
    host, _, rest = with_registry(untagged).partition("/")
    return ImageReference(registry(host), repository(rest), digest or last)


def operand_reference(text: str) -> ImageReference:
    """The image in a registry that an operand of a command means, where there is no such path. Raises ValueError; also for a
    name without a registry: it would be Docker Hub's, and is more often a path with a mistake."""
    try:
        reference = image_reference(text)
    except ValueError as error:
        raise ValueError(f"it is neither a path here nor the name of an image: {error}") from None
    if not text.startswith(f"{reference.registry}/"):
        raise ValueError(
            "there is no such file or directory; the name of an image in a registry begins with the registry: "
            "docker.io/library/hello:1"
        )
    return reference


def with_registry(name: str) -> str:
    """The full name, with its registry, of an image: `docker.io/library/hello:1` for `hello:1`."""
    first, slash, _ = name.partition("/")
    if slash and _is_host(first):
        return name
    return f"{_DOCKER_HUB}/{name}" if slash else f"{_DOCKER_HUB}/library/{name}"


def _is_host(first: str) -> bool:
    """Whether what stands before the first slash of a name is a registry, as normalize.go decides."""
    return "." in first or ":" in first or first == "localhost"
