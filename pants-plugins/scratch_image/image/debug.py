"""A debug image: the layers of an image, one more on top with tools, and a PATH that leads to them. Pure."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from scratch_image.image import values
from scratch_image.image.claims import end_of
from scratch_image.image.field_reader import FieldReader, Mistake
from scratch_image.image.names import Name
from scratch_image.image.placement import MadeTree, placed
from scratch_image.image.values import EXECUTABLE_MODE, FileSource, Owner
from scratch_image.oci import grammar, reference
from scratch_image.oci.defaults import DEFAULT_PATH
from scratch_image.oci.platform import Platform
from scratch_image.oci.spec import RunConfig
from scratch_image.oci.tar import Entry, FileEntry, SymlinkEntry

TAG_SUFFIX = "-debug"
_EXAMPLE = '{"/busybox/": ":busybox"}'
# What `run` starts, in this order; the programs below have a shell as one of their applets.
_SHELLS, _WITH_SHELL = ("bash", "sh", "ash", "dash", "zsh"), ("busybox", "toybox")
_EXECUTABLE = 0o111


@dataclass(frozen=True)
class DebugTool:
    """A member of `tools`: `path` is a key of `files`; `address` makes it for every platform, or `by_platform` for each."""

    path: str
    address: str = ""
    by_platform: Tuple[Tuple[Platform, str], ...] = ()

    @property
    def addresses(self) -> Tuple[str, ...]:
        """All addresses, as written."""
        return tuple(address for _, address in self.by_platform) or (self.address,)

    def address_for(self, platform: Platform) -> Optional[str]:
        """What makes the tool for a platform: that of the platform itself, or of its architecture without a variant."""
        if not self.by_platform:
            return self.address
        known = {of.normalized(): address for of, address in self.by_platform}
        plain = Platform(platform.os, platform.architecture)
        return known.get(platform.normalized(), known.get(plain))


@dataclass(frozen=True)
class DebugSpec:
    """What a debug image adds to `image`, an address as written. `tools` are sorted by path; `entrypoint` is empty if the
    image's own stays."""

    image: str
    tools: Tuple[DebugTool, ...]
    entrypoint: Tuple[str, ...]


def read_debug_spec(fields: Mapping[str, object]) -> Tuple[DebugSpec, Tuple[Mistake, ...]]:
    """Reads the fields of one target: name → value as written, None where not set.

    Returns the specification and every mistake. With a mistake, the specification means nothing.
    """
    read = FieldReader(fields)
    if not read.is_set("image"):
        read.mistake("field `image`", "it is not set; write the address of a `scratch_image`: ':image'")
    if not read.is_set("tools") or read.is_empty("tools"):
        what = "empty" if read.is_set("tools") else "not set"
        read.mistake("field `tools`", f"it is {what}; name a static program or a tree: tools={_EXAMPLE}")
    members = read.pairs("tools", _place, lambda value: (value,), _EXAMPLE)
    tools = tuple(_tool(read, path, value) for path, (value,) in sorted(members, key=lambda member: member[0]))
    # Read for its mistakes: whether an image is pushed is asked of the target.
    read.one("skip_push", grammar.boolean, False)
    spec = DebugSpec(
        image=read.one("image", values.address, ""),
        tools=tools,
        entrypoint=read.arguments("entrypoint", _first_path(tools), "the entrypoint of the image"),
    )
    return spec, tuple(read.mistakes)


def _place(value: object) -> str:
    path = values.place(value)
    if ":" in path:
        raise ValueError(f"{path!r} has a ':', which separates the directories in PATH; choose another path")
    return path


def _tool(read: FieldReader, path: str, value: object) -> DebugTool:
    """A member; what is wrong in it is a mistake."""
    where = f"field `tools`, key {path!r}"
    if not isinstance(value, dict):
        return DebugTool(path, read.parsed(where, values.address, value, ""))
    if not value:
        read.mistake(where, "it is empty; write an address, or one for each platform: {'linux/amd64': ':busybox'}")
    found: Dict[Platform, str] = {}
    for key, address in value.items():
        platform = read.parsed(where, grammar.platform, key, None)
        parsed = read.parsed(f"{where}, key {key!r}", values.address, address, "")
        if platform is None or not parsed:
            continue
        same = next((other for other in found if other.normalized() == platform.normalized()), None)
        if same:
            read.mistake(where, f"{same} and {platform} are the same platform; name it once")
        found[platform] = parsed
    return DebugTool(path, "", tuple(sorted(found.items(), key=lambda pair: pair[0].sort_key())))


def _first_path(tools: Sequence[DebugTool]) -> str:
    """A program, for cures."""
    path = tools[0].path if tools else "/busybox/"
    return f"{path}sh" if path.endswith("/") else path


def missing_platforms(tools: Iterable[DebugTool], image: str, platforms: Sequence[Platform]) -> Tuple[Mistake, ...]:
    """The platforms of the image at the address `image` that a tool is not made for."""
    mistakes = []
    for tool in tools:
        missing = ", ".join(str(platform) for platform in platforms if tool.address_for(platform) is None)
        if missing:
            text = f"{image} is also for {missing}, and no address makes the tool for it; add one to the dict"
            mistakes.append(Mistake(f"field `tools`, key {tool.path!r}", text))
    return tuple(mistakes)


@dataclass(frozen=True)
class Tools:
    """The tools of one platform as entries of their layer; contents are below `N/content/`, with N the number of the
    member of `tools`."""

    entries: Tuple[Entry, ...]

    @property
    def executables(self) -> Tuple[FileEntry, ...]:
        """The files that may be run."""
        return tuple(
            entry for entry in self.entries if isinstance(entry, FileEntry) and entry.mode & _EXECUTABLE and entry.size
        )

    @property
    def commands(self) -> Tuple[str, ...]:
        """The absolute paths of what may be run, links to it included, in the order of the entries."""
        programs = {entry.path for entry in self.executables}
        links = {entry.path: entry for entry in self.entries if isinstance(entry, SymlinkEntry)}
        found = (path for path in (entry.path for entry in self.entries) if path in programs)
        linked = (path for path, link in links.items() if end_of(link, links) in programs)
        return tuple(f"/{path}" for path in (*found, *linked))

    @property
    def directories(self) -> Tuple[str, ...]:
        """The absolute paths of the directories that hold commands, sorted."""
        return tuple(sorted({path.rpartition("/")[0] or "/" for path in self.commands}))

    def shell(self) -> Tuple[str, ...]:
        """The command line of a shell; empty if there is none."""
        by_name: Dict[str, str] = {}
        for path in self.commands:
            by_name.setdefault(path.rpartition("/")[2], path)
        shell = next((by_name[name] for name in _SHELLS if name in by_name), None)
        if shell:
            return (shell,)
        other = next((by_name[name] for name in _WITH_SHELL if name in by_name), None)
        return (other, "sh") if other else ()


def tools_of(tools: Sequence[DebugTool], platform: Platform, made: Mapping[str, MadeTree]) -> Tools:
    """`made` is what each address makes. A target that makes one file makes a program, which may be run whatever its mode
    is. Raises ValueError for a name that cannot be in a layer."""
    entries: List[Entry] = []
    for number, tool in enumerate(tools):
        tree = made[tool.address_for(platform) or ""]
        source = FileSource(None, None, EXECUTABLE_MODE if tree.is_file else None, Owner())
        for entry in placed(tool.path, source, tree):
            if isinstance(entry, FileEntry):
                entry = entry._replace(content=f"{number}/{entry.content}")
            entries.append(entry)
    return Tools(tuple(entries))


def debug_run(run: RunConfig, entrypoint: Tuple[str, ...], directories: Sequence[str]) -> RunConfig:
    """The image's configuration with the directories at the end of its PATH; another entrypoint drops `cmd`, as Docker
    does."""
    env = dict(variable.partition("=")[::2] for variable in run.env)
    known = [part for part in env.get("PATH", DEFAULT_PATH).split(":") if part]
    env["PATH"] = ":".join(dict.fromkeys((*known, *directories)))
    variables = tuple(f"{name}={value}" for name, value in sorted(env.items()))
    if not entrypoint:
        return dataclasses.replace(run, env=variables)
    return dataclasses.replace(run, env=variables, entrypoint=entrypoint, cmd=())


def debug_names(names: Iterable[Name]) -> Tuple[Tuple[Name, ...], Tuple[str, ...]]:
    """The names of the debug image of an image with these names; for each that cannot be, a line with the reason."""
    every = tuple(names)
    found: List[Name] = []
    missing: List[str] = []
    for name in every:
        try:
            own = dataclasses.replace(name, tag=reference.tag(f"{name.tag}{TAG_SUFFIX}"))
            if own in every:
                raise ValueError("the image has this name itself; leave that tag out of its `image_tags`")
            found.append(own)
        except ValueError as error:
            missing.append(f"  no name   {name}{TAG_SUFFIX}: {error}")
    return tuple(found), tuple(dict.fromkeys(missing))
