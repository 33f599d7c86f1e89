"""The modules of Go that a `go.mod` requires, and which of them are linked into a program. Pure.

`go build` writes the modules into the program. The `go_binary` of Pants calls the compiler and the linker itself, and writes
none: there, `go.mod` says which modules there are, and the names of the program's functions which of them are linked.
"""

from __future__ import annotations

from typing import Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple

from scratch_image.binary.go import GoModule


class Modules(NamedTuple):
    """`main` is the path of the main module; `required` are (path, module) of the others, sorted: the path that imports
    begin with, and the module that is there, which `replace` may have put in its place."""

    main: str
    required: Tuple[Tuple[str, GoModule], ...]

    def to_dict(self) -> Dict[str, object]:
        """`goModules` of a manifest in `image.json`."""
        return {"main": self.main, "required": [_entry(path, module) for path, module in self.required]}

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> Modules:
        """Reads what to_dict() returned. Raises ValueError for anything else."""
        main, required = data.get("main"), data.get("required")
        if not isinstance(main, str) or not isinstance(required, list):
            raise ValueError("expected the members 'main' and 'required'")
        return cls(main, tuple(map(_parsed, required)))


class Linked(NamedTuple):
    """The modules in a program: `own`, the main one, and `required`, as in Modules. `exact` is whether the names of
    functions decided, and each package of others is of a module that is known."""

    own: GoModule
    required: Tuple[Tuple[str, GoModule], ...]
    exact: bool


def linked(modules: Modules, packages: Optional[Tuple[str, ...]], sources: Tuple[str, ...] = ()) -> Linked:
    """Those of the modules of which a package is in `packages`, the packages whose functions a program has; all of them
    where nobody can tell, because that is None and there are no `sources`. These are the modules of its source files,
    `path@version`: what was compiled. They precede `go.mod`, which may name an older version than the one that Go selects,
    and not all modules."""
    own = GoModule(modules.main, "", "", True)
    if packages is None and not sources:
        return Linked(own, modules.required, False)
    required, compiled = dict(modules.required), _versions(sources)
    found: Set[str] = set()
    exact = packages is not None
    for package in packages or ():
        path, source = _of(package, required), _of(package, compiled)
        if path or source:
            found.add(max(path, source, key=len))
        elif not f"{package}/".startswith(f"{modules.main}/"):
            exact = False
    # A path without a dot is not in `packages`: no proxy serves it. The files are those of the module that replaces it.
    replacing = {module.path: path for path, module in modules.required}
    listed = {required[path].path if path in required else path for path in found}
    found.update(replacing.get(path, path) for path in compiled if path not in listed)
    made = {path: _compiled(required.get(path, GoModule(path, "", "")), compiled) for path in found}
    exact = exact and all(is_known for _, is_known in made.values())
    return Linked(own, tuple(sorted((path, module) for path, (module, _) in made.items())), exact)


def _compiled(module: GoModule, compiled: Mapping[str, Sequence[str]]) -> Tuple[GoModule, bool]:
    """A module in the version that was compiled, and whether that is known: of two versions, which only two `go.mod` can
    lead to, neither is taken."""
    versions = compiled.get(module.path, ())
    if len(versions) > 1:
        return module._replace(version=""), False
    return (module._replace(version=versions[0]) if versions else module), True


def _versions(sources: Iterable[str]) -> Dict[str, List[str]]:
    """Path of a module → its versions."""
    found: Dict[str, List[str]] = {}
    for source in sources:
        path, _, version = source.rpartition("@")
        found.setdefault(path, []).append(version)
    return found


def _of(package: str, modules: Mapping[str, object]) -> str:
    """The path of the module that a package is in: the longest that it begins with (go.dev/ref/mod, "Resolving a package to
    a module"); empty if there is none."""
    path = package
    while path and path not in modules:
        path = path.rpartition("/")[0]
    return path


def _entry(path: str, module: GoModule) -> Dict[str, str]:
    values = {"import": path, "path": module.path, "version": module.version, "replaced": module.replaced}
    return {key: value for key, value in values.items() if value}


def _parsed(entry: object) -> Tuple[str, GoModule]:
    values = entry if isinstance(entry, dict) else {}
    texts = [values.get(key, "") for key in ("import", "path", "version", "replaced")]
    if not all(isinstance(text, str) for text in texts) or not texts[0] or not texts[1]:
        raise ValueError(f"{entry!r} is not a module: it has the strings 'import', 'path', 'version' and 'replaced'")
    path, module, version, replaced = texts
    return path, GoModule(module, version, "", replaced=replaced)
