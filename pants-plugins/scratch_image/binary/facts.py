"""What a file is: the contract between the facts process and the rules.

Facts are observations. `checks/` decides what they mean for an image, so another decision needs no new look at the file.
"""

from __future__ import annotations

import json
from typing import Any, Dict, NamedTuple, Optional, Tuple

from scratch_image.binary.evidence import Need
from scratch_image.binary.go import GoBuild, GoModule
from scratch_image.binary.needs import Needs
from scratch_image.binary.rust import Crate


class ProgramFacts(NamedTuple):
    """An ELF file: `word_size` to `machine` as in ElfHeader, `linkage` a constant of `linkage.py`, `interpreter` to
    `soname` as in Dynamic, `foreign_os` and `build_id` as in Notes; `x86_level` and `arm_version` are the CPU's least,
    if known. `executable_stack` is None if the file does not say; `writable_code` is whether a segment is writable and
    executable. `glibc` is whether glibc is linked in, and started the program. `compilers` are the texts of `.comment`.
    `build_path` is a random directory of the build; `strippable_bytes` counts symbols and debug information. `needs` is
    None if the file is not a program that starts: a library, an object file, a core dump. `go_packages` are those of others
    in a Go program that does not name its modules; None if they are not known. `go_sources` are the modules of its source
    files, `path@version`."""

    word_size: int
    endianness: str
    machine: int
    linkage: str
    interpreter: Optional[str]
    needed: Tuple[str, ...]
    search_paths: Tuple[str, ...]
    soname: Optional[str]
    foreign_os: Optional[str]
    x86_level: Optional[int]
    arm_version: Optional[int]
    build_id: Optional[str]
    executable_stack: Optional[bool]
    writable_code: bool
    packed: bool
    go: bool
    glibc: bool
    go_build: Optional[GoBuild]
    crates: Tuple[Crate, ...]
    compilers: Tuple[str, ...]
    build_path: Optional[str]
    strippable_bytes: int
    needs: Optional[Needs]
    go_packages: Optional[Tuple[str, ...]] = None
    go_sources: Tuple[str, ...] = ()

    def to_dict(self) -> Dict[str, object]:
        """For `image.json`: unknown facts are absent."""
        named: Dict[str, object] = _camel_keys(_plain(self))
        return named

    @classmethod
    def from_dict(cls, data: Dict[str, Any]) -> ProgramFacts:
        """Reads the `program` of BinaryFacts."""
        build, needs = data["go_build"], data["needs"]
        if build:
            modules = tuple(GoModule(**module) for module in build["modules"])
            build = GoBuild(build["version"], build["path"], modules, build["settings"])
        if needs:
            tuples = {key: tuple(needs[key]) for key in ("embedded", "unclear", "databases")}
            needs = Needs(**{**needs, **tuples, "found": tuple(Need(**need) for need in needs["found"])})
        tuples = {key: tuple(data[key]) for key in ("needed", "search_paths", "compilers", "go_sources")}
        crates = tuple(Crate(**crate) for crate in data["crates"])
        packages = data["go_packages"] if data["go_packages"] is None else tuple(data["go_packages"])
        return cls(**{**data, **tuples, "go_build": build, "needs": needs, "crates": crates, "go_packages": packages})


class BinaryFacts(NamedTuple):
    """Exactly one is set: `program`, an ELF file; `broken`, why a file that begins like ELF is not one; `script`, the
    interpreter that the first line names; `other`, in words, what the file is instead."""

    program: Optional[ProgramFacts] = None
    broken: Optional[str] = None
    script: Optional[str] = None
    other: Optional[str] = None

    def to_json(self) -> bytes:
        """What the process writes."""
        return json.dumps(_plain(self)).encode("ascii")

    @classmethod
    def from_json(cls, content: bytes) -> BinaryFacts:
        """Reads what to_json() wrote."""
        data = json.loads(content)
        program = data.pop("program")
        return cls(program=ProgramFacts.from_dict(program) if program else None, **data)


def _plain(value: Any) -> Any:
    """As JSON has it: a NamedTuple as a dict, a tuple as a list."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if hasattr(value, "_asdict"):
        return _plain(value._asdict())
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _camel_keys(value: Any) -> Any:
    """Camel-case keys, without values that are None, false or empty. The keys of settings are Go's, and stay."""
    if isinstance(value, dict):
        known = {key: item for key, item in value.items() if item or (item == 0 and item is not False)}
        return {_camel(key): item if key == "settings" else _camel_keys(item) for key, item in known.items()}
    return [_camel_keys(item) for item in value] if isinstance(value, (list, tuple)) else value


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
