"""What a target makes in the place of the one file that `binary` needs, and what to do about it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Sequence, Tuple

from scratch_image.image.placement import Made, MadeFile, MadeLink

_SHOWN = 5
_ANY = "name a target whose artifact is the program: `go_binary`, `adhoc_tool`, `shell_command`, `file`, or any other that "
_ANY += "`package` knows"
# The targets of files in the repository. Generated targets have the alias in the singular.
_FILES = ("file", "files", "resource", "resources")


@dataclass(frozen=True)
class Maker:
    """A target: its `kind` is the alias, and `directory` that of its BUILD file. `files` and `directories` are the fields
    `output_files` and `output_directories`; without such fields, `files` is None."""

    kind: str
    directory: str = ""
    files: Optional[Tuple[str, ...]] = None
    directories: Tuple[str, ...] = ()


def found_instead(maker: Maker, made: Sequence[Made], *, is_package: bool = False, has_directory: bool = False) -> str:
    """The end of a sentence with a cure; empty if the target makes one file that is not empty. `is_package` is whether what
    it makes is a package that is a directory, `has_directory` whether there is a directory without a file in it."""
    if maker.kind == "scratch_image":
        return "is an image, not a program; name the target that its own `binary` names, or another one"
    if maker.directories:
        # Even if it has one file today.
        cure = "leave out" if maker.files else "write the path of the program to `output_files`, and leave out"
        return f"makes the directory {', '.join(maker.directories)}; {cure} `output_directories`"
    if not made:
        return no_file(maker) if not has_directory else f"makes an empty directory; {_how_to_write(maker)}"
    if len(made) > 1:
        return f"makes {len(made)} files: {_listed(made)}; {_one_of(maker, made)}"
    (one,) = made
    if isinstance(one, MadeLink):
        cure = (
            "have its command copy that file (`cp -L`)"
            if maker.files is not None
            else "name the target that makes that file"
        )
        return f"makes a symbolic link, {one.path} → {one.target}, and not the file that the link leads to; {cure}"
    if is_package:
        return f"makes a directory; {_ANY}"
    return "" if one.size else f"makes the empty file {one.path}; {_how_to_fill(maker)}"


def no_file(maker: Maker) -> str:
    """The end of a sentence about a target that makes nothing, with a cure."""
    if maker.files:
        paths = ", ".join(maker.files[:_SHOWN])
        return f"makes no file, although its `output_files` has {paths}; have its command write the file to that path"
    return f"makes no file; {_how_to_write(maker)}"


def _how_to_write(maker: Maker) -> str:
    if maker.files is not None:
        return "write the path of the file that its command makes to its `output_files`"
    if maker.kind in _FILES:
        return "write the path of a file that exists to its `source` or `sources`"
    if maker.kind in ("go_package", "go_mod", "go_third_party_package"):
        return "name the `go_binary` of this code"
    return _ANY


def _how_to_fill(maker: Maker) -> str:
    if maker.files is not None:
        return "its command writes nothing there; have it end with an error where it fails (`set -e`)"
    return "put the program there, or name another target" if maker.kind in _FILES else _ANY


def _one_of(maker: Maker, made: Sequence[Made]) -> str:
    if maker.files is not None:
        return "leave only the program in its `output_files`, and make the others by a target of their own"
    if maker.kind not in _FILES:
        return _ANY
    programs = [each.path for each in made if isinstance(each, MadeFile) and each.executable]
    source = programs[0] if len(programs) == 1 else "…"
    above = f"{maker.directory}/" if maker.directory else ""
    source = source[len(above) :] if source.startswith(above) else source
    return f'name a target of the program alone: file(name="bin", source="{source}")'


def _listed(made: Sequence[Made]) -> str:
    paths = sorted(each.path for each in made)
    return f"{', '.join(paths[:_SHOWN])}{f' and {len(paths) - _SHOWN} more' if len(paths) > _SHOWN else ''}"
