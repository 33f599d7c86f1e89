"""From a file's bytes to its facts."""

from __future__ import annotations

from typing import Optional, Tuple

from scratch_image.binary import leftovers, linkage, magic
from scratch_image.binary.arm import read_arm_version
from scratch_image.binary.dynamic import read_dynamic
from scratch_image.binary.elf import MAGIC, PF_W, PF_X, PT_GNU_STACK, PT_LOAD, Elf, InvalidElf, read_elf
from scratch_image.binary.facts import BinaryFacts, ProgramFacts
from scratch_image.binary.go import read_build
from scratch_image.binary.go_packages import read_packages, read_sources
from scratch_image.binary.needs import read_needs
from scratch_image.binary.notes import read_notes
from scratch_image.binary.packed import is_packed
from scratch_image.binary.pclntab import PCLNTAB
from scratch_image.binary.rust import read_crates
from scratch_image.binary.sections import Section, content, named, read_sections

_EM_ARM = 40
_SHOWN_NAMES = 50
_MAX_COMMENT = 1 << 12


def read_facts(data: memoryview) -> BinaryFacts:
    """The facts of any file; `data` is all of it, usually mapped. Raises nothing."""
    head = bytes(data[: magic.HEAD])
    if head.startswith(MAGIC):
        try:
            return BinaryFacts(program=_program(read_elf(data)))
        except InvalidElf as error:
            return BinaryFacts(broken=str(error))
    interpreter = magic.script_interpreter(head)
    return BinaryFacts(script=interpreter) if interpreter else BinaryFacts(other=magic.describe(head))


def _program(elf: Elf) -> ProgramFacts:
    dynamic, notes, sections = read_dynamic(elf), read_notes(elf), read_sections(elf)
    linked = linkage.linkage_of(elf, dynamic)
    is_program = linked in (linkage.STATIC, linkage.STATIC_PIE, linkage.DYNAMIC)
    stacks = [bool(segment.flags & PF_X) for segment in elf.of_type(PT_GNU_STACK)]
    build, crates, packed = read_build(elf, sections), read_crates(elf, sections), is_packed(elf)
    go = notes.go or build is not None or named(sections, *PCLNTAB) is not None
    settings = build.settings if build else {}
    arm = read_arm_version(elf, sections) if elf.header.machine == _EM_ARM else None
    return ProgramFacts(
        word_size=elf.header.word_size,
        endianness=elf.header.endianness,
        machine=elf.header.machine,
        linkage=linked,
        interpreter=dynamic.interpreter,
        needed=dynamic.needed[:_SHOWN_NAMES],
        search_paths=dynamic.search_paths,
        soname=dynamic.soname,
        foreign_os=notes.foreign_os or _foreign_goos(settings.get("GOOS", "linux")),
        x86_level=max(_number(settings.get("GOAMD64", "")), notes.x86_level or 0) or None,
        arm_version=max(_number(settings.get("GOARM", "")), arm or 0) or None,
        build_id=notes.build_id,
        executable_stack=stacks[0] if stacks else None,
        writable_code=any(segment.flags & PF_X and segment.flags & PF_W for segment in elf.of_type(PT_LOAD)),
        packed=packed,
        go=go,
        glibc=notes.glibc,
        go_build=build,
        crates=crates,
        compilers=_compilers(elf, sections),
        build_path=leftovers.build_path(elf) if is_program else None,
        strippable_bytes=leftovers.strippable_bytes(sections),
        needs=read_needs(elf, sections, go=notes.go, build=build, crates=crates, packed=packed) if is_program else None,
        go_packages=read_packages(elf, sections, build) if go and not packed else None,
        go_sources=read_sources(elf, sections, build) if go and not packed else (),
    )


def _foreign_goos(goos: str) -> Optional[str]:
    """The system of GOOS, unless it is Linux: DragonFly BSD has no other mark."""
    return None if goos in ("linux", "android") else f"{goos} (GOOS)"


def _number(setting: str) -> int:
    """The level in GOAMD64=v3 or GOARM=7,hardfloat; 0 without one."""
    digits = setting.partition(",")[0].lstrip("v")
    return int(digits) if digits in tuple("12345678") else 0


def _compilers(elf: Elf, sections: Tuple[Section, ...]) -> Tuple[str, ...]:
    texts = content(elf, named(sections, ".comment"), _MAX_COMMENT).split(b"\0")
    return tuple(sorted({text.decode("utf-8", "backslashreplace") for text in texts if text.strip()}))
