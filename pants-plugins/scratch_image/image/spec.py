"""From the values in a BUILD file to an ImageSpec, or to all the mistakes in them. Pure: no Pants, no environment."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Dict, Mapping, Optional, Tuple

from scratch_image.image import templates, values
from scratch_image.image.capabilities import capability
from scratch_image.image.field_reader import Default, FieldReader, Mistake
from scratch_image.image.values import FileSource
from scratch_image.oci import grammar, image_paths
from scratch_image.oci.compression import Compression
from scratch_image.oci.names import WRITABLE, WRITTEN_ARCHIVE, WRITTEN_LAYOUT, WRITTEN_REPORT
from scratch_image.oci.platform import Platform
from scratch_image.oci.spec import RunConfig
from scratch_image.oci.tar import DirectoryEntry, SymlinkEntry
from scratch_image.runtime_files import catalog

DEFAULT_BINARY_PATH = "/app"


@dataclass(frozen=True)
class Defaults:
    """The values of fields that are not set: the options `[scratch-image].*`, and SOURCE_DATE_EPOCH of the environment.

    `env_vars` are the names of environment variables whose values texts may contain; `env` holds those that are set.
    """

    user: str
    created: str
    compression: str
    runtime_files: Tuple[str, ...] = ()
    archive: bool = False
    write: Tuple[str, ...] = (WRITTEN_LAYOUT,)
    platforms: Tuple[str, ...] = ()
    env_vars: Tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    source_date_epoch: Optional[str] = None


@dataclass(frozen=True)
class ImageSpec:
    """What an image is to be, apart from the bytes in it.

    `binary` and the `ca_bundle` are addresses, `run` is what a runtime starts, `created` is RFC 3339. `platform` is None if
    the binary decides; `platform_field` is the field that says it. `by_platform` are the programs of an index, in its order,
    and `omitted` the platforms that an option leaves out of it: if there are any, `images` are the index's, and `binary` and
    `platform` mean nothing. `runtime_files` are in the catalog's order, and `runtime_files_by_default` is whether an option
    names them. `files` are sorted by path. `written` are those of WRITABLE that `package` writes, in their order. `literal`
    are the fields with placeholders that are not filled in, and these placeholders.
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
    files: Tuple[Tuple[str, FileSource], ...] = ()
    directories: Tuple[DirectoryEntry, ...] = ()
    symlinks: Tuple[SymlinkEntry, ...] = ()
    capabilities: Tuple[str, ...] = ()
    written: Tuple[str, ...] = (WRITTEN_LAYOUT, WRITTEN_REPORT)
    literal: Tuple[Tuple[str, str], ...] = ()

    @property
    def is_of_index(self) -> bool:
        """Whether this is one of several images of a target."""
        return self.platform_field == "binary"

    @property
    def images(self) -> Tuple[ImageSpec, ...]:
        """One specification per program: of the image itself, or of each in the index."""
        if not self.by_platform:
            return (self,)
        return tuple(
            dataclasses.replace(self, binary=binary, platform=platform, platform_field="binary", by_platform=())
            for platform, binary in self.by_platform
        )


def read_image_spec(fields: Mapping[str, object], defaults: Defaults) -> Tuple[ImageSpec, Tuple[Mistake, ...]]:
    """Reads the fields of one target: name → value as written, None where not set.

    Returns the specification and every mistake. With a mistake, the specification means nothing.
    """
    read = FieldReader(fields)
    binary_path = read.one("binary_path", image_paths.file_path, DEFAULT_BINARY_PATH)
    # Read for its mistakes: whether an image is pushed is asked of the target.
    read.one("skip_push", grammar.boolean, False)
    spec = ImageSpec(
        binary="" if read.is_dict("binary") else read.required("binary", values.address, ""),
        binary_path=binary_path,
        platform=read.one("platform", grammar.platform, None),
        run=_run(read, defaults, binary_path),
        annotations=read.table("annotations", grammar.name, templates.filled(defaults.env_vars, defaults.env)),
        created=_created(read, defaults),
        compression=read.one(
            "compression", values.compression, Compression("none", None), _option("compression", defaults.compression)
        ),
        runtime_files=_runtime_files(read, defaults),
        runtime_files_by_default=not read.is_set("runtime_files"),
        ca_bundle=read.many("ca_bundle", values.address, '[":roots"]', in_order=True),
        by_platform=_by_platform(read),
        files=_files(read),
        directories=tuple(
            values.directory(path, value)
            for path, value in read.pairs("directories", values.directory_place, _directory, '{"/data": {}}')
        ),
        symlinks=tuple(
            SymlinkEntry(path.lstrip("/"), target)
            for path, target in read.pairs("symlinks", values.link_place, values.link_target, '{"/srv/current": "/srv/1"}')
        ),
        written=_written(read, defaults),
        literal=templates.literal(fields),
        capabilities=read.many("capabilities", capability, '["cap_net_bind_service"]'),
    )
    if len({name.endswith("=p") for name in spec.capabilities}) > 1:
        read.mistake(
            "field `capabilities`",
            "'=p' is of some and not of all; a file has one flag for all: write '=p' to each, or to none",
        )
    spec = _without_omitted(spec, read, defaults)
    return spec, tuple(read.mistakes)


def _run(read: FieldReader, defaults: Defaults, binary_path: str) -> RunConfig:
    return RunConfig(
        entrypoint=read.arguments("entrypoint", binary_path) or (binary_path,),
        cmd=read.arguments("cmd", binary_path),
        env=tuple(f"{key}={value}" for key, value in read.table("env", grammar.variable).items()),
        workdir=read.one("workdir", image_paths.directory_path, None),
        user=read.one("user", grammar.user, "", _option("user", defaults.user)),
        exposed_ports=read.many("exposed_ports", grammar.port, '["8080", "53/udp"]'),
        volumes=read.many("volumes", values.volume, '["/data"]'),
        stop_signal=read.one("stop_signal", grammar.stop_signal, None),
        labels=read.table("image_labels", grammar.name, templates.filled(defaults.env_vars, defaults.env)),
    )


def _option(name: str, value: object) -> Default:
    return Default(f"option `[scratch-image].{name}`", value)


def _created(read: FieldReader, defaults: Defaults) -> str:
    if defaults.source_date_epoch is None or read.is_set("created"):
        return read.one("created", grammar.created, "", _option("created", defaults.created))
    where = "environment variable SOURCE_DATE_EPOCH"
    return read.parsed(where, grammar.created_from_epoch, defaults.source_date_epoch, "")


def _written(read: FieldReader, defaults: Defaults) -> Tuple[str, ...]:
    """The report is always written, and the archive wherever the field or either option asks for it."""
    where = "option `[scratch-image].write`"
    wanted = {WRITTEN_REPORT, *(read.parsed(where, values.writable, name, WRITTEN_REPORT) for name in defaults.write)}
    if not defaults.write:
        read.mistake(where, 'it is empty; write ["report"] for the least, or leave it out for ["layout"]')
    others = [number for number, name in enumerate(defaults.write) if name != WRITTEN_REPORT]
    if others and WRITTEN_REPORT in defaults.write[others[0] :]:
        # On the command line, Pants adds the value to the list, unless it is a list. So `layout` may follow `report`.
        text = f"{json.dumps(defaults.write)} adds 'report', which is written in any case, to what else is written"
        read.mistake(where, f"""{text}; for the report alone, replace the list: --scratch-image-write='["report"]'""")
    if read.one("archive", grammar.boolean, defaults.archive):
        wanted.add(WRITTEN_ARCHIVE)
    return tuple(name for name in WRITABLE if name in wanted)


def _by_platform(read: FieldReader) -> Tuple[Tuple[Platform, str], ...]:
    if not read.is_dict("binary"):
        return ()
    if read.is_set("platform"):
        read.mistake("field `platform`", "`binary` names the platforms already; leave it out")
    addresses: Dict[Platform, str] = {}
    if read.is_empty("binary"):
        read.mistake("field `binary`", "it is empty; name a program: {'linux/amd64': ':bin'}")
    for platform, address in read.pairs("binary", grammar.platform, values.address, '{"linux/amd64": ":bin"}'):
        same = next((other for other in addresses if other.normalized() == platform.normalized()), None)
        if same:
            read.mistake("field `binary`", f"{same} and {platform} are the same platform; name it once")
        addresses[platform] = address
    return tuple((platform, addresses[platform]) for platform in sorted(addresses, key=Platform.sort_key))


def _without_omitted(spec: ImageSpec, read: FieldReader, defaults: Defaults) -> ImageSpec:
    """The specification of those platforms that are to be built, if the option names any."""
    where = "option `[scratch-image].platforms`"
    if not spec.by_platform:
        return spec
    wanted = [read.parsed(where, grammar.platform, text, None) for text in defaults.platforms]
    if not wanted or None in wanted:
        return spec
    names = {platform.normalized() for platform in wanted if platform}
    kept = tuple(pair for pair in spec.by_platform if pair[0].normalized() in names)
    if not kept:
        every = ", ".join(str(platform) for platform, _ in spec.by_platform)
        read.mistake(where, f"it leaves none of {every}; name one of them, or none")
    omitted = tuple(platform for platform, _ in spec.by_platform if platform.normalized() not in names)
    return dataclasses.replace(spec, by_platform=kept or spec.by_platform, omitted=omitted)


def _files(read: FieldReader) -> Tuple[Tuple[str, FileSource], ...]:
    members = read.pairs("files", values.place, values.file_source, '{"/path": ":config"}')
    for path, source in members:
        if source.text is not None:
            read.parsed("field `files`", values.text_place, path, "")
    return tuple(sorted(members, key=lambda pair: pair[0]))


def _directory(value: object) -> object:
    values.directory("/", value)
    return value


def _runtime_files(read: FieldReader, defaults: Defaults) -> Tuple[str, ...]:
    if read.is_set("runtime_files"):
        wanted = read.many("runtime_files", values.runtime_file, '["ca-certificates"]')
    else:
        where = "option `[scratch-image].runtime_files`"
        wanted = tuple(read.parsed(where, values.runtime_file, name, "") for name in defaults.runtime_files)
    return tuple(name for name in catalog.NAMES if name in wanted)
