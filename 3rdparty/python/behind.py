"""Which packages of a lock have newer versions, for `renew-locks --behind`.

`behind.py --unpinned LOCK.in` prints the packages that the `.in` file pins to a version, without it.
`behind.py LOCK.in ASKED NEWEST` compares LOCK.txt with two other resolutions: one of the `.in` file as it is, and one
without its pins. It prints a line for each package that is behind, with what has to be done.
"""

import re
import sys
from pathlib import Path
from typing import Dict, Iterable, Iterator, Set

_PACKAGE = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)


def versions(text: str) -> Dict[str, Set[str]]:
    """Package → its versions: a lock may have one for each Python."""
    found: Dict[str, Set[str]] = {}
    for name, version in _PACKAGE.findall(text):
        found.setdefault(name.lower(), set()).add(version)
    return found


def pinned(path: Path) -> Dict[str, Set[str]]:
    """The packages that an `.in` file and the files that it names pin."""
    found = versions(path.read_text(encoding="utf-8"))
    for other in re.findall(r"^-r (\S+)$", path.read_text(encoding="utf-8"), re.MULTILINE):
        found.update(pinned(path.parent / other))
    return found


def behind(
    lock: Dict[str, Set[str]], asked: Dict[str, Set[str]], newest: Dict[str, Set[str]], pins: Iterable[str]
) -> Iterator[str]:
    """A line for each package of a lock that is not the newest."""
    for name in sorted(lock):
        if asked.get(name, lock[name]) != lock[name]:
            yield f"{name} {_list(lock[name])}: {_list(asked[name])} fits; run renew-locks --upgrade"
        elif not newest.get(name, set()) <= lock[name]:
            why = "pinned in the .in file, which says why" if name in pins else "held back by what the .in file pins"
            yield f"{name} {_list(lock[name])}: there is {_list(newest[name] - lock[name])}; {why}"


def _list(values: Set[str]) -> str:
    return ", ".join(sorted(values))


def main() -> None:
    if sys.argv[1] == "--unpinned":
        print("\n".join(pinned(Path(sys.argv[2]))))
        return
    lock = Path(sys.argv[1])
    texts = (path.read_text(encoding="utf-8") for path in (lock.with_suffix(".txt"), *map(Path, sys.argv[2:])))
    was, asked, newest = map(versions, texts)
    for line in behind(was, asked, newest, pinned(lock)):
        print(f"{lock.with_suffix('.txt')}: {line}")


if __name__ == "__main__":
    main()
