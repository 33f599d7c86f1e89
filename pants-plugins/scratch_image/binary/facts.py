"""What a file is, as the facts process says it: the contract between `python -m scratch_image.binary` and the rules.

Facts are observations. What follows from them for an image is decided by who reads them (`checks/`), so that another
decision needs no new look at the file. This module is the types; `binary/read.py` fills them.
"""

from __future__ import annotations

import json
from typing import Any, Dict, NamedTuple, Optional, Tuple

from scratch_image.binary.evidence import Need
from scratch_image.binary.go import GoBuild, GoModule
from scratch_image.binary.needs import Needs
from scratch_image.binary.rust import Crate


class ProgramFacts(NamedTuple):
    """An ELF file. `linkage` is a constant of `binary/linkage.py`; `interpreter`, `needed`, `search_paths` and `soname` are
    what it asks of a dynamic linker; `executable_stack` is None where the file does not say. `arm_version` and `x86_level`
    are what the CPU must have, where the file says so. `compilers` are the texts of `.comment`. `build_path` is a random
    directory of the build's; `strippable_bytes` counts symbols and debug information. `needs` is None where the program
    does not start in an empty root anyway."""

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
    go_build: Optional[GoBuild]
    crates: Tuple[Crate, ...]
    compilers: Tuple[str, ...]
    build_path: Optional[str]
    strippable_bytes: int
    needs: Optional[Needs]

    def to_dict(self) -> Dict[str, object]:
        """For `image.json`: what is not known is absent."""
        named: Dict[str, object] = _camel_keys(_plain(self))
        return named

    @classmethod
    def from_dict(cls, data: Dict[str, Any]) -> ProgramFacts:
        build, needs = data["go_build"], data["needs"]
        if build:
            modules = tuple(GoModule(**module) for module in build["modules"])
            build = GoBuild(build["version"], build["path"], modules, build["settings"])
        if needs:
            found = tuple(Need(**need) for need in needs["found"])
            needs = Needs(
                **{**needs, "found": found, "embedded": tuple(needs["embedded"]), "unclear": tuple(needs["unclear"])}
            )
        tuples = {key: tuple(data[key]) for key in ("needed", "search_paths", "compilers")}
        crates = tuple(Crate(**crate) for crate in data["crates"])
        return cls(**{**data, **tuples, "go_build": build, "needs": needs, "crates": crates})


class BinaryFacts(NamedTuple):
    """Exactly one is set: `program`, an ELF file that is whole; `broken`, why one that begins like ELF is not; `script`, the
    interpreter that the file's first line names; `other`, what it is instead, in words."""

    program: Optional[ProgramFacts] = None
    broken: Optional[str] = None
    script: Optional[str] = None
    other: Optional[str] = None

    def to_json(self) -> bytes:
        return json.dumps(_plain(self)).encode("ascii")

    @classmethod
    def from_json(cls, content: bytes) -> BinaryFacts:
        data = json.loads(content)
        program = data.pop("program")
        return cls(program=ProgramFacts.from_dict(program) if program else None, **data)


def _plain(value: Any) -> Any:
    """As JSON has it: an object by its names, a tuple as a list."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if hasattr(value, "_asdict"):
        return _plain(value._asdict())
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _camel_keys(value: Any) -> Any:
    """Names as JSON has them, without what is None, false or empty. Keys of settings are Go's, and stay."""
    if isinstance(value, dict):
        known = {key: item for key, item in value.items() if item or (item == 0 and item is not False)}
        return {_camel(key): item if key == "settings" else _camel_keys(item) for key, item in known.items()}
    return [_camel_keys(item) for item in value] if isinstance(value, (list, tuple)) else value


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
