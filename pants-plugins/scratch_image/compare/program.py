"""What two programs state of themselves, compared: Go's build information, crates, compilers, linkage.

A reason is what a person changed. What follows from it is left out: another version of Go changes the functions of the
runtime, and a modified checkout the version of the main module.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, Iterator, List, Mapping, Optional, Tuple

from scratch_image.compare.ldflags import ldflags_reasons
from scratch_image.compare.reason import Reason, between, changed
from scratch_image.layout.documents import JsonObject
from scratch_image.oci.numbers import counted

_TRIMPATH, _LDFLAGS, _CGO = "-trimpath", "-ldflags", "CGO_ENABLED"
# What follows from the platform, from -trimpath (Go records no -ldflags with it), from cgo, or from the version of Go.
_OF_PLATFORM = ("GOOS", "GOARCH", "GOAMD64", "GOARM", "GOARM64", "GO386", "GOMIPS", "GOMIPS64", "GOPPC64", "GORISCV64")
_OF_VERSION = "DefaultGODEBUG"
# e_machine, under Go's names.
_MACHINES = {
    3: "386",
    8: "mips",
    21: "ppc64",
    22: "s390x",
    40: "arm",
    62: "amd64",
    183: "arm64",
    243: "riscv64",
    258: "loong64",
}
_FLAGS = {"executableStack": "an executable stack", "writableCode": "writable code", "packed": "packed by UPX or the like"}
_MOST = 20


@dataclass(frozen=True)
class Program:
    """`go` is the version of Go; `modules` are path → version of the dependencies, and `sums` path → sum; `main` is the
    version of the main module. The rest is as in `facts.elf` of image.json."""

    linkage: str = ""
    go: str = ""
    path: str = ""
    main: str = ""
    modules: Mapping[str, str] = field(default_factory=dict)
    sums: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    crates: Tuple[str, ...] = ()
    compilers: Tuple[str, ...] = ()
    build_path: str = ""
    strippable: int = 0
    x86_level: int = 0
    machine: int = 0
    flags: Tuple[str, ...] = ()


def read_program(facts: JsonObject) -> Program:
    """From `facts.elf` of a report, or from the same made of a program's bytes; what is wrong in it is a problem."""
    build = facts.child("goBuild") or JsonObject({}, facts.where, facts.problems)
    path = build.member("path", str) or ""
    main, modules, sums = "", {}, {}
    for number, module in enumerate(filter(None, build.children("modules") or ())):
        name, version = module.member("path", str) or "", module.member("version", str) or ""
        # Reports of the first versions do not say which module is the main one, but it came first.
        if module.member("main", bool) or (number == 0 and f"{path}/".startswith(f"{name}/")):
            main = version
        else:
            modules[name], sums[name] = version, module.member("sum", str) or ""
    crates = [
        f"{crate.member('name', str)} {crate.member('version', str)}" for crate in facts.children("crates") or () if crate
    ]
    return Program(
        facts.member("linkage", str) or "",
        build.member("version", str) or "",
        path,
        main,
        modules,
        sums,
        build.strings("settings"),
        tuple(crates),
        facts.string_list("compilers"),
        facts.member("buildPath", str) or "",
        facts.member("strippableBytes", int) or 0,
        facts.member("x86Level", int) or 0,
        facts.member("machine", int) or 0,
        tuple(text for name, text in _FLAGS.items() if facts.values.get(name) is True),
    )


def program_reasons(subject: str, before: Program, after: Program, grown: Mapping[str, int]) -> List[Reason]:
    """Why the two programs at `subject`, a path in the image, differ, by what they state. `grown` are the bytes by which
    modules grew, as far as that is known: those that changed most come first."""
    found: List[Reason] = []
    if before.machine != after.machine:
        one, other = (_MACHINES.get(side.machine, f"machine {side.machine}") for side in (before, after))
        found.append(changed("platform", "machine", one, other, f"for another CPU: {one} → {other}"))
    found += _go(before, after, grown)
    if before.linkage != after.linkage:
        found.append(changed("linkage", "linkage", before.linkage, after.linkage))
    for text in sorted({*before.flags} ^ {*after.flags}):
        found.append(between("linkage", text, [text if text in side.flags else None for side in (before, after)]))
    if bool(before.strippable) != bool(after.strippable):
        found.append(_stripped(before.strippable, after.strippable))
    found.extend(_crates(before.crates, after.crates))
    if before.compilers != after.compilers and before.go == after.go:
        texts = ["; ".join(side.compilers) or None for side in (before, after)]
        found.append(between("compiler", "compiler", texts))
    is_go = before.go and after.go
    if before.x86_level != after.x86_level and not is_go:
        levels = [f"x86-64-v{side.x86_level}" if side.x86_level else None for side in (before, after)]
        found.append(between("setting", "CPU", levels))
    return [reason._replace(text=f"program {subject}: {reason.text}") for reason in found]


def _stripped(before: int, after: int) -> Reason:
    text = f"stripped: {counted(before, 'byte')} of symbols and debug information are gone"
    if after:
        text = f"not stripped any more: {counted(after, 'byte')} of symbols and debug information"
    return changed("stripped", "symbols", str(before), str(after), text)


def _go(before: Program, after: Program, grown: Mapping[str, int]) -> Iterator[Reason]:
    one, other = _version(before.go), _version(after.go)
    if bool(one) != bool(other):
        texts = [f"of Go {version}" if version else "without build information of Go" for version in (one, other)]
        yield changed("go", "Go", one, other, f"{texts[0]} → {texts[1]}")
        return
    if one != other:
        yield changed("go", "Go", one, other, f"Go {one} → {other}")
    if bool(before.path) != bool(after.path):
        values = before.path or None, after.path or None
        gone = "gone" if before.path else "new"
        yield between("setting", "build information", values, f"build information on modules and settings: {gone}")
        return
    if before.path != after.path:
        yield changed("module", "main package", before.path or None, after.path or None)
    yield from _modules(before, after, grown)
    has_vcs_reason = False
    for reason in _vcs(before.settings, after.settings):
        has_vcs_reason = True
        yield reason
    if before.main != after.main and not has_vcs_reason:
        yield changed("module", "main module", before.main or None, after.main or None)
    yield from _settings(before, after)


def _version(go: str) -> Optional[str]:
    """`1.24.1` of `go1.24.1`; a development version stays as it is."""
    return (go[2:] if go.startswith("go") else go) or None


def _modules(before: Program, after: Program, grown: Mapping[str, int]) -> Iterator[Reason]:
    paths = [
        path
        for path in sorted({*before.modules, *after.modules})
        if (before.modules.get(path), before.sums.get(path)) != (after.modules.get(path), after.sums.get(path))
    ]
    paths.sort(key=lambda path: (-abs(grown.get(path, 0)), path))
    for path in paths[:_MOST]:
        one, other = before.modules.get(path), after.modules.get(path)
        text = f"module {path} {one} → {other}"
        if one is None or other is None:
            text = f"module {path}: {'removed' if other is None else 'new'}, {one if other is None else other}"
        elif one == other:
            text = f"module {path} {one}: its content differs, because its sum does"
            one, other = before.sums.get(path), after.sums.get(path)
        yield changed("module", path, one, other, text)
    if len(paths) > _MOST:
        yield changed("module", "more modules", None, None, f"… and {len(paths) - _MOST} more modules")


def _vcs(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Reason]:
    one, other = before.get("vcs.revision"), after.get("vcs.revision")
    if one != other:
        yield changed("vcs", "vcs.revision", one, other, f"commit {_short(one)} → {_short(other)}")
    # A checkout without modifications is stamped as such; what is not stamped at all is another reason.
    if one and other and before.get("vcs.modified") != after.get("vcs.modified"):
        values = before.get("vcs.modified"), after.get("vcs.modified")
        text = "built from a modified checkout" if values[1] == "true" else "built from a checkout without modifications"
        yield between("vcs", "vcs.modified", values, f"{text}: vcs.modified={values[0]} → {values[1]}")


def _short(revision: Optional[str]) -> str:
    return "none" if revision is None else revision[:12]


def _settings(before: Program, after: Program) -> Iterator[Reason]:
    """The settings of `go build`, but for those that another difference explains."""
    one, other = before.settings, after.settings
    names = {name for name in (*one, *other) if one.get(name) != other.get(name) and not name.startswith("vcs")}
    known = set(_OF_PLATFORM) if before.machine != after.machine else set()
    if before.go != after.go:
        known.add(_OF_VERSION)
    if _TRIMPATH in names:
        text = "-trimpath is missing" if other.get(_TRIMPATH) != "true" else "built with -trimpath"
        yield changed("trimpath", _TRIMPATH, one.get(_TRIMPATH), other.get(_TRIMPATH), text)
        known.add(_LDFLAGS)
    if _CGO in names:
        text = f"CGO {'on' if other.get(_CGO) == '1' else 'off'}: CGO_ENABLED={one.get(_CGO, '')} → {other.get(_CGO, '')}"
        yield changed("cgo", _CGO, one.get(_CGO), other.get(_CGO), text)
        known.update(name for name in names if name.startswith("CGO_"))
    for name in sorted(names - known - {_TRIMPATH, _CGO, _LDFLAGS}):
        yield changed("setting", name, one.get(name), other.get(name))
    if _LDFLAGS in names - known:
        yield from ldflags_reasons(one.get(_LDFLAGS, ""), other.get(_LDFLAGS, ""))


def _crates(before: Tuple[str, ...], after: Tuple[str, ...]) -> Iterator[Reason]:
    one, other = _by_name(before), _by_name(after)
    names = [name for name in sorted({*one, *other}) if one.get(name) != other.get(name)]
    for name in names[:_MOST]:
        versions = one.get(name), other.get(name)
        text = f"crate {name} {versions[0]} → {versions[1]}"
        if None in versions:
            text = f"crate {name}: {'removed' if versions[1] is None else 'new'}, {versions[0] or versions[1]}"
        yield between("crate", name, versions, text)
    if len(names) > _MOST:
        yield changed("crate", "more crates", None, None, f"… and {len(names) - _MOST} more crates")


def _by_name(crates: Tuple[str, ...]) -> Dict[str, str]:
    """Name → versions of a crate, of which a program may hold several."""
    found: Dict[str, List[str]] = {}
    for crate in crates:
        name, _, version = crate.partition(" ")
        found.setdefault(name, []).append(version)
    return {name: ", ".join(versions) for name, versions in found.items()}
