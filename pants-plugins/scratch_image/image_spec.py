"""From the values in a BUILD file to an ImageSpec, or to all the mistakes in them. Pure: no Pants, no environment."""

from __future__ import annotations

import dataclasses
import difflib
import shlex
from dataclasses import dataclass
from typing import Callable, Dict, List, Mapping, Optional, Tuple, TypeVar

from scratch_image.oci import compression, grammar
from scratch_image.oci.compression import Compression
from scratch_image.oci.platform import Platform
from scratch_image.oci.spec import RunConfig
from scratch_image.runtime_files import catalog
from scratch_image.runtime_files.layer_plan import conflict

K = TypeVar("K")
T = TypeVar("T")

DEFAULT_BINARY_PATH = "/app"


@dataclass(frozen=True)
class Mistake:
    """A wrong value: the field, option or variable it is in; what was found, and the cure."""

    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}"


@dataclass(frozen=True)
class Defaults:
    """What counts where a field is not set: the options `[scratch-image].*`, and SOURCE_DATE_EPOCH of the environment."""

    user: str
    created: str
    compression: str
    runtime_files: Tuple[str, ...] = ()
    platforms: Tuple[str, ...] = ()
    source_date_epoch: Optional[str] = None


@dataclass(frozen=True)
class ImageSpec:
    """What an image is to be, apart from the bytes in it.

    `platform` is None where the binary decides; `platform_field` is the field that says it. `by_platform` are the programs
    of an index, in its order, and `omitted` the platforms that an option leaves out of it: where there are any, `images` are
    the index's, and `binary` and `platform` say nothing. `runtime_files` are in the catalog's order;
    `runtime_files_by_default` is whether an option says them. `ca_bundle` are addresses.
    """

    binary: str
    binary_path: str
    platform: Optional[Platform]
    run: RunConfig
    annotations: Mapping[str, str]
    created: str
    compression: Compression
    runtime_files: Tuple[str, ...] = ()
    runtime_files_by_default: bool = False
    ca_bundle: Tuple[str, ...] = ()
    by_platform: Tuple[Tuple[Platform, str], ...] = ()
    platform_field: str = "platform"
    omitted: Tuple[Platform, ...] = ()

    @property
    def images(self) -> Tuple[ImageSpec, ...]:
        """One specification per program: of the image itself, or of each in the index."""
        if not self.by_platform:
            return (self,)
        return tuple(
            dataclasses.replace(self, binary=binary, platform=platform, platform_field="binary", by_platform=())
            for platform, binary in self.by_platform
        )


def read_image_spec(values: Mapping[str, object], defaults: Defaults) -> Tuple[ImageSpec, Tuple[Mistake, ...]]:
    """Reads the fields of one target: name → value as written, None where not set.

    Returns the spec and every mistake. With a mistake in it, the spec means nothing.
    """
    read = _Reader(values)
    binary_path = read.one("binary_path", grammar.file_path, DEFAULT_BINARY_PATH)
    run = RunConfig(
        entrypoint=read.arguments("entrypoint") or (binary_path,),
        cmd=read.arguments("cmd"),
        env=tuple(f"{key}={value}" for key, value in read.table("env", grammar.variable).items()),
        workdir=read.one("workdir", grammar.directory_path, None),
        user=read.one("user", grammar.user, "", _option("user", defaults.user)),
        exposed_ports=read.many("exposed_ports", grammar.port, "['8080', '53/udp']"),
        volumes=read.many("volumes", grammar.volume, "['/data']"),
        stop_signal=read.one("stop_signal", grammar.stop_signal, None),
        labels=read.table("image_labels", grammar.name),
    )
    spec = ImageSpec(
        binary="" if read.is_dict("binary") else read.required("binary", _address, ""),
        binary_path=binary_path,
        platform=read.one("platform", grammar.platform, None),
        run=run,
        annotations=read.table("annotations", grammar.name),
        created=_created(read, defaults),
        compression=read.one(
            "compression", _compression, Compression("none", None), _option("compression", defaults.compression)
        ),
        runtime_files=_runtime_files(read, defaults),
        runtime_files_by_default=not read.is_set("runtime_files"),
        ca_bundle=read.many("ca_bundle", _address, "[':roots']", in_order=True),
        by_platform=_by_platform(read),
    )
    spec = _without_omitted(spec, read, defaults)
    taken = conflict(spec.runtime_files, bool(spec.ca_bundle), spec.binary_path)
    if taken:
        where = "field `ca_bundle`" if taken == catalog.CA_PATH and spec.ca_bundle else "`runtime_files`"
        text = f"{spec.binary_path!r} is in the way of {taken} from {where}; choose another path"
        read.mistakes.append(Mistake("field `binary_path`", text))
    return spec, tuple(read.mistakes)


@dataclass(frozen=True)
class _Default:
    where: str
    value: object


def _option(name: str, value: object) -> _Default:
    return _Default(f"option `[scratch-image].{name}`", value)


def _created(read: _Reader, defaults: Defaults) -> str:
    if defaults.source_date_epoch is None:
        return read.one("created", grammar.created, "", _option("created", defaults.created))
    if read.is_set("created"):
        return read.one("created", grammar.created, "")
    return read.parsed("environment variable SOURCE_DATE_EPOCH", _from_epoch, defaults.source_date_epoch, "")


def _by_platform(read: _Reader) -> Tuple[Tuple[Platform, str], ...]:
    if not read.is_dict("binary"):
        return ()
    if read.is_set("platform"):
        read.mistake("field `platform`", "`binary` names the platforms already; leave it out")
    found: Dict[Platform, str] = {}
    for key, address in read.pairs("binary", grammar.platform, _address):
        same = next((other for other in found if other.normalized() == key.normalized()), None)
        if same:
            read.mistake("field `binary`", f"{same} and {key} are the same platform; name it once")
        found[key] = address
    if not found:
        read.mistake("field `binary`", "it is empty; name a program: {'linux/amd64': ':bin'}")
    return tuple((platform, found[platform]) for platform in sorted(found, key=Platform.sort_key))


def _without_omitted(spec: ImageSpec, read: _Reader, defaults: Defaults) -> ImageSpec:
    """The specification of those platforms that are to be built, if the option names any."""
    where = "option `[scratch-image].platforms`"
    wanted = [read.parsed(where, grammar.platform, text, None) for text in defaults.platforms]
    if not spec.by_platform or not wanted or None in wanted:
        return spec
    names = {platform.normalized() for platform in wanted if platform}
    kept = tuple(pair for pair in spec.by_platform if pair[0].normalized() in names)
    if not kept:
        every = ", ".join(str(platform) for platform, _ in spec.by_platform)
        read.mistake(where, f"it leaves none of {every}; name one of them, or none")
    omitted = tuple(platform for platform, _ in spec.by_platform if platform.normalized() not in names)
    return dataclasses.replace(spec, by_platform=kept or spec.by_platform, omitted=omitted)


def _runtime_files(read: _Reader, defaults: Defaults) -> Tuple[str, ...]:
    if read.is_set("runtime_files"):
        wanted = read.many("runtime_files", _runtime_file, "['ca-certificates']")
    else:
        where = "option `[scratch-image].runtime_files`"
        wanted = tuple(read.parsed(where, _runtime_file, name, "") for name in defaults.runtime_files)
    return tuple(name for name in catalog.NAMES if name in wanted)


def _runtime_file(value: object) -> str:
    name = grammar.text(value)
    if name not in catalog.NAMES:
        near = difflib.get_close_matches(name.lower().replace("_", "-"), catalog.NAMES, 1)
        raise ValueError(f"{name!r} is none; {f'did you mean {near[0]!r}?' if near else 'use ' + ', '.join(catalog.NAMES)}")
    return name


def _from_epoch(value: object) -> str:
    return grammar.created_from_epoch(grammar.text(value))


def _address(value: object) -> str:
    address = grammar.text(value)
    if not address.strip():
        raise ValueError("it is empty; write the address of a target: ':bin'")
    return address


def _compression(value: object) -> Compression:
    wanted = grammar.text(value)
    try:
        return Compression.parse(wanted)
    except ValueError as error:
        near = difflib.get_close_matches(wanted.partition(":")[0].lower(), compression.NAMES, 1)
        known = wanted.partition(":")[0] in compression.NAMES
        raise ValueError(f"{error}{'' if known or not near else f'; did you mean {near[0]!r}?'}") from None


class _Reader:
    """Reads one value after the other and keeps the mistakes. What it gives for a wrong value is a stand-in."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = {field: _thaw(value) for field, value in values.items()}
        self.mistakes: List[Mistake] = []

    def is_set(self, field: str) -> bool:
        return self._values.get(field) is not None

    def one(self, field: str, parse: Callable[[object], T], stand_in: T, default: Optional[_Default] = None) -> T:
        """A field's value; where it is not set the default's, and without one the stand-in."""
        if self.is_set(field):
            return self.parsed(f"field `{field}`", parse, self._values[field], stand_in)
        return self.parsed(default.where, parse, default.value, stand_in) if default else stand_in

    def is_dict(self, field: str) -> bool:
        return isinstance(self._values.get(field), dict)

    def required(self, field: str, parse: Callable[[object], T], stand_in: T) -> T:
        if not self.is_set(field):
            self.mistake(f"field `{field}`", "it is not set; write the address of the target that makes the program")
        return self.one(field, parse, stand_in)

    def many(self, field: str, parse: Callable[[object], str], example: str, *, in_order: bool = False) -> Tuple[str, ...]:
        """The values of a list, each once; sorted, or in the order in which they are written."""
        items = dict.fromkeys(self._items(field, parse, example))
        return tuple(items if in_order else sorted(items))

    def arguments(self, field: str) -> Tuple[str, ...]:
        """A command line in exec form: a list of strings."""
        value = self._values.get(field)
        where = f"field `{field}`"
        if isinstance(value, str):
            self.mistake(
                where,
                f"{value!r} is a string, the shell form, and an image from scratch has no shell; "
                f"write a list, the exec form: {_split(value)!r}",
            )
            return ()
        if field == "entrypoint" and value == []:
            self.mistake(where, "it is empty; leave it out to start `binary_path`, or name the program: ['/app']")
        if field == "entrypoint" and isinstance(value, list) and value[:1] == [""]:
            self.mistake(where, "the program's name is empty; write its path: ['/app']")
        return self._items(field, grammar.text, "['/app', '--flag']")

    def table(self, field: str, parse_key: Callable[[object], str]) -> Dict[str, str]:
        """The strings of a dict, sorted by key: the order in the BUILD file decides nothing."""
        value = self._values.get(field)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.mistake(f"field `{field}`", f"{value!r} is not a dict; write {{'NAME': 'value'}}")
            return {}
        result: Dict[str, str] = {}
        for key, item in value.items():
            name = self.parsed(f"field `{field}`", parse_key, key, "")
            result[name] = self.parsed(f"field `{field}`, key {key!r}", grammar.text, item, "")
        return dict(sorted(result.items()))

    def pairs(self, field: str, parse_key: Callable[[object], K], parse: Callable[[object], str]) -> List[Tuple[K, str]]:
        """The members of a dict whose keys and values are both right, in the order of the BUILD file."""
        members: List[Tuple[K, str]] = []
        for key, item in dict(self._values.get(field) or {}).items():  # type: ignore[call-overload]
            name = self.parsed(f"field `{field}`", parse_key, key, None)
            value = self.parsed(f"field `{field}`, key {key!r}", parse, item, "")
            if name is not None:
                members.append((name, value))
        return members

    def parsed(self, where: str, parse: Callable[[object], T], value: object, stand_in: T) -> T:
        try:
            return parse(value)
        except ValueError as error:
            self.mistake(where, str(error))
            return stand_in

    def _items(self, field: str, parse: Callable[[object], str], example: str) -> Tuple[str, ...]:
        value = self._values.get(field)
        if value is None:
            return ()
        if not isinstance(value, list):
            self.mistake(f"field `{field}`", f"{value!r} is not a list; write {example}")
            return ()
        return tuple(self.parsed(f"field `{field}`", parse, item, "") for item in value)

    def mistake(self, where: str, text: str) -> None:
        self.mistakes.append(Mistake(where, text))


def _thaw(value: object) -> object:
    """The value as it was written: a target holds what can not be changed in the place of lists and dicts."""
    if isinstance(value, Mapping):
        return {key: _thaw(item) for key, item in value.items()}
    return [_thaw(item) for item in value] if isinstance(value, tuple) else value


def _split(command: str) -> List[str]:
    try:
        return shlex.split(command) or ["/app"]
    except ValueError:
        return command.split()
