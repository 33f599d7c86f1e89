"""Facts and images for tests of what is concluded from them."""

from __future__ import annotations

from scratch_image.binary.facts import BinaryFacts, ProgramFacts
from scratch_image.binary.needs import Needs
from scratch_image.image.spec import Defaults, ImageSpec, read_image_spec

DEFAULTS = Defaults(user="65532:65532", created="1970-01-01T00:00:00Z", compression="none")
STATIC = ProgramFacts(
    word_size=64,
    endianness="little",
    machine=62,
    linkage="static",
    interpreter=None,
    needed=(),
    search_paths=(),
    soname=None,
    foreign_os=None,
    x86_level=None,
    arm_version=None,
    build_id=None,
    executable_stack=False,
    writable_code=False,
    packed=False,
    go=False,
    glibc=False,
    go_build=None,
    crates=(),
    compilers=(),
    build_path=None,
    strippable_bytes=0,
    needs=Needs("names", ()),
)


def program(**changes) -> ProgramFacts:
    """A static program for amd64 of which there is nothing to say, but for the changes."""
    return STATIC._replace(**changes)


def facts_of(**changes) -> BinaryFacts:
    return BinaryFacts(program=program(**changes))


def spec_of(defaults: Defaults = DEFAULTS, **fields) -> ImageSpec:
    """The image of a target with these fields, which have no mistake."""
    spec, mistakes = read_image_spec({"binary": ":bin", **fields}, defaults)
    assert mistakes == (), mistakes
    return spec
