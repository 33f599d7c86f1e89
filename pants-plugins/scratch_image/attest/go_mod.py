"""`go.mod` and `go.sum` (go.dev/ref/mod): which modules a build takes, and in which version. Pure."""

from __future__ import annotations

import re
from typing import Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

from scratch_image.attest.modules import Modules
from scratch_image.binary.go import GoModule

# A word: in quotes, in backticks, or up to a blank; `//` begins a comment.
_WORD = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`|(//.*)|([()]|[^\s()]+))')
_DIRECTORY = ("./", "../", "/")


def read_go_mod(go_mod: str, go_sum: str) -> Optional[Modules]:
    """The modules; None if the file has no main module. Of a module that `go.mod` does not name, as before Go 1.17 those
    that others require, the version is in `go.sum`, if it has one."""
    main = ""
    required: Dict[str, str] = _only_versions(go_sum)
    replaced: Dict[Tuple[str, str], Tuple[str, str]] = {}
    for verb, words in _lines(go_mod):
        if verb == "module" and words:
            main = words[0]
        elif verb == "require" and len(words) >= 2:
            required[words[0]] = words[1]
        elif verb == "replace" and "=>" in words:
            before, after = words[: words.index("=>")], words[words.index("=>") + 1 :]
            if before and after:
                replaced[_pair(before)] = _pair(after)
    required.pop(main, None)
    modules = {path: _module(path, version, replaced) for path, version in required.items()}
    return Modules(main, tuple(sorted(modules.items()))) if main else None


def _module(path: str, version: str, replaced: Mapping[Tuple[str, str], Tuple[str, str]]) -> GoModule:
    """What is at a path: a replacement of this version takes precedence over one of all versions."""
    new = replaced.get((path, version)) or replaced.get((path, ""))
    if new is None:
        return GoModule(path, version, "")
    is_directory = new[0].startswith(_DIRECTORY)
    return GoModule(new[0], "" if is_directory else new[1], "", replaced=path)


def _pair(words: Sequence[str]) -> Tuple[str, str]:
    """A path, and a version that may be empty."""
    return words[0], words[1] if len(words) > 1 else ""


def _lines(text: str) -> Iterator[Tuple[str, List[str]]]:
    """(verb, words) of each directive; those in a block have the verb of the block."""
    block = ""
    for line in text.split("\n"):
        words = list(_words(line))
        if block:
            if words == [")"]:
                block = ""
            elif words:
                yield block, words
        elif len(words) == 2 and words[1] == "(":
            block = words[0]
        elif words:
            yield words[0], words[1:]


def _words(line: str) -> Iterator[str]:
    for match in _WORD.finditer(line):
        if match[3] is not None:
            return
        quoted, raw, word = match[1], match[2], match[4]
        yield re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else raw if raw is not None else word


def _only_versions(go_sum: str) -> Dict[str, str]:
    """Module → version, of those whose content `go.sum` has in one version only: of several, it does not say which is
    taken."""
    found: Dict[str, List[str]] = {}
    for line in go_sum.split("\n"):
        words = line.split()
        if len(words) == 3 and not words[1].endswith("/go.mod"):
            found.setdefault(words[0], []).append(words[1])
    return {path: versions[0] for path, versions in found.items() if len(versions) == 1}
