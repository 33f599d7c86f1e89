"""From the values of a `scratch_image_test` in a BUILD file to Expectations, or to all the mistakes in them. Pure."""

from __future__ import annotations

import re
from typing import Callable, Dict, List, Mapping, Sequence, Tuple

from scratch_image.image import values as contents
from scratch_image.image.field_reader import FieldReader, Mistake
from scratch_image.layout.configuration import LISTS, SCALARS, SETS, TABLES
from scratch_image.layout.report import SEVERITIES
from scratch_image.layout.tree import KINDS
from scratch_image.oci import grammar, image_paths
from scratch_image.oci.digest import Digest
from scratch_image.oci.suggest import did_you_mean
from scratch_image.structure import run_spec
from scratch_image.structure.expectations import ConfigExpectation, Expectations, FileExpectation
from scratch_image.structure.run_spec import read_runs
from scratch_image.structure.runs import RunExpectations
from scratch_image.structure.size import size

_ATTRIBUTES = ("type", "mode", "owner", "digest", "text", "target")
# The attributes that only one kind of node has.
_KIND_OF = {"digest": "file", "text": "file", "target": "symlink"}
_CONFIG = tuple(sorted((*SCALARS, *LISTS, *SETS, *TABLES)))
_CONFIG_RULES: Dict[str, Callable[[object], object]] = {
    "created": grammar.created,
    "platform": grammar.platform,
    "stop_signal": grammar.stop_signal,
    "user": grammar.user,
    "workdir": image_paths.directory_path,
    "cmd": grammar.text,
    "entrypoint": grammar.text,
    "exposed_ports": grammar.port,
    "volumes": image_paths.volume,
}
_ASSERTING = ("files", "absent", "config", "max_size", "max_unpacked_size", "max_growth", "max_severity")


def read_expectations(values: Mapping[str, object]) -> Tuple[Expectations, RunExpectations, Tuple[Mistake, ...]]:
    """Reads the fields of one target: name → value as written, None where not set.

    Returns what is expected of the image, of its program, each with the image's address as written for its name, and every
    mistake. With a mistake, the expectations mean nothing.
    """
    read = FieldReader(values)
    if not read.is_set("image"):
        read.mistake("field `image`", "it is not set; write the address of a `scratch_image`: ':image'")
    platform = read.one("platform", grammar.platform, None)
    expectations = Expectations(
        image=read.one("image", contents.address, ""),
        platform=str(platform) if platform else None,
        files=_files(read),
        absent=read.many("absent", _absent, '["/bin/sh"]'),
        nothing_else=read.one("nothing_else", grammar.boolean, False),
        config=tuple(_config(read)),
        max_size=read.one("max_size", size, None),
        max_unpacked_size=read.one("max_unpacked_size", size, None),
        max_severity=read.one("max_severity", _level, None),
    )
    read.one("skip_tests", grammar.boolean, False)
    read.one("timeout", _seconds, 0)
    runs = read_runs(read, expectations.image, expectations.platform)
    asserting = (*_ASSERTING, *run_spec.FIELDS)
    if not any(read.is_set(field) and not read.is_empty(field) for field in asserting):
        fields = ", ".join(f"`{field}`" for field in asserting)
        read.mistake(f"fields {fields}", "none of them is set, so nothing would be tested; set one")
    elif expectations.nothing_else and not expectations.files:
        read.mistake("field `nothing_else`", "it needs `files`, which names what is in the image")
    _contradictions(expectations, read)
    return expectations, runs, tuple(read.mistakes)


def _files(read: FieldReader) -> Tuple[FileExpectation, ...]:
    found: List[FileExpectation] = []
    for written, (value,) in read.pairs("files", _place, _any, '{"/app": {"mode": "0755"}}'):
        path = written.rstrip("/")
        if any(other.path == path for other in found):
            read.mistake("field `files`", f"{path!r} and {path + '/'!r} are the same path; name it once")
        found.append(_file(path, written != path, value, read))
    return tuple(sorted(found, key=lambda file: file.path))


def _file(path: str, is_tree: bool, value: object, read: FieldReader) -> FileExpectation:
    where = f"field `files`, key {path + '/' if is_tree else path!r}"
    if not isinstance(value, dict):
        cure = "name it in `absent`" if value in (False, None) else "write {} if it only has to be there"
        read.mistake(where, f"{value!r} is not a dict; write {_attribute(value)}, or {cure}")
        return FileExpectation(path)
    parsers: Dict[str, Callable[[object], object]] = {
        "type": _one_of(KINDS, "type"),
        "mode": contents.mode,
        "owner": _owner,
        "digest": _digest,
        "text": grammar.text,
        "target": contents.link_target,
    }
    found: Dict[str, object] = {}
    for key, item in value.items():
        if read.parsed(where, _one_of(_ATTRIBUTES, "attribute of a file"), key, None):
            found[key] = read.parsed(f"{where}, key {key!r}", parsers[key], item, None)
    kinds = {_KIND_OF[key]: key for key in found if key in _KIND_OF}
    if is_tree:
        kinds["directory"] = "/"
    kind = found.pop("type", None) or next(iter(kinds), None)
    for other, reason in kinds.items():
        if other != kind:
            what = "'/' at its end" if reason == "/" else repr(reason)
            read.mistake(where, f"{what} is for a {other}, and the expected type is {kind}; remove one of them")
    if "digest" in found and "text" in found:
        read.mistake(where, "it has both 'digest' and 'text'; write one of them")
    return FileExpectation(path, kind=kind, with_all_below=is_tree, **found)  # type: ignore[arg-type]


def _attribute(value: object) -> str:
    """A value in the place of a dict of attributes as the attribute that it looks like; else an example."""
    for name, parse in (("mode", contents.mode), ("owner", contents.owner), ("digest", _digest)):
        try:
            parse(value)
            return f"{{{name!r}: {value!r}}}"
        except ValueError:
            continue
    return f"{{'type': {value!r}}}" if value in KINDS else "{'mode': '0755', 'owner': '0:0'}"


def _config(read: FieldReader) -> List[ConfigExpectation]:
    found: List[ConfigExpectation] = []
    members = read.pairs("config", _one_of(_CONFIG, "field of `config`"), _any, '{"user": "65532:65532"}')
    for field, (value,) in members:
        where = f"field `config`, key {field!r}"
        if field in TABLES:
            found.extend(_table(field, value, where, read))
        else:
            wanted = None if value is None else read.parsed(where, _values(field), value, None)
            # In an image, an empty list and one that is not set are the same.
            found.append(ConfigExpectation(field, None, wanted or None))
    return sorted(found, key=lambda value: (value.field, value.key or ""))


def _table(field: str, value: object, where: str, read: FieldReader) -> List[ConfigExpectation]:
    if not isinstance(value, dict):
        read.mistake(
            where, f"{value!r} is not a dict; write {{'NAME': 'value'}}, or {{'NAME': None}} for a name that is not set"
        )
        return []
    found = []
    for key, item in value.items():
        name = read.parsed(where, grammar.variable if field == "env" else grammar.name, key, "")
        want = None if item is None else (read.parsed(f"{where}, key {key!r}", grammar.text, item, ""),)
        found.append(ConfigExpectation(field, name, want))
    if not found:
        read.mistake(where, "it is empty, and tests nothing; name a key")
    return found


def _contradictions(expectations: Expectations, read: FieldReader) -> None:
    for file in expectations.files:
        for path in expectations.absent:
            if file.path == path or file.path.startswith(f"{path}/"):
                place = "is also in" if file.path == path else f"is below {path!r} in"
                read.mistake("field `files`", f"{file.path!r} {place} `absent`; remove one of them")


def _values(field: str) -> Callable[[object], Tuple[str, ...]]:
    """From a value of `config` to the texts of its items."""
    rule = _CONFIG_RULES[field]

    def parse(value: object) -> Tuple[str, ...]:
        if field in SCALARS:
            return (str(rule(value)),)
        if not isinstance(value, list):
            raise ValueError(f"{value!r} is not a list; write one, or None if the field must not be set")
        items = [str(rule(item)) for item in value]
        return tuple(sorted(set(items)) if field in SETS else items)

    return parse


def _one_of(names: Sequence[str], what: str) -> Callable[[object], str]:
    def parse(value: object) -> str:
        if value in names:
            return str(value)
        raise ValueError(f"{value!r} is not a valid {what}; {did_you_mean(str(value).lower(), names)}")

    return parse


def _place(value: object) -> str:
    path = contents.place(value)
    if path == "/":
        raise ValueError("'/' is the image's root, which is always there; name a path in it: '/app'")
    return path


def _absent(value: object) -> str:
    return _place(value).rstrip("/")


def _any(value: object) -> Tuple[object]:
    return (value,)


def _owner(value: object) -> str:
    owner = contents.owner(value)
    return f"{owner.uid}:{owner.gid}"


def _digest(value: object) -> str:
    text = grammar.text(value)
    try:
        return str(Digest.parse(text))
    except ValueError:
        digits = text.strip().lower().rpartition(":")[2]
        cure = (
            repr(f"sha256:{digits}")
            if re.fullmatch("[0-9a-f]{64}", digits)
            else "'sha256:' and 64 lower-case hexadecimal digits"
        )
        raise ValueError(f"{text!r} is not a valid digest; write {cure}") from None


def _level(value: object) -> str:
    if value == "error":
        raise ValueError("an image with an error is not packaged; write 'warning', 'info' or 'none'")
    return _one_of(SEVERITIES[:-1], "severity")(value)


def _seconds(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        digits = value.strip() if isinstance(value, str) else ""
        cure = digits if digits.isascii() and digits.isdigit() and int(digits) else "a whole number above 0"
        raise ValueError(f"{value!r} is not a valid number of seconds; write {cure}")
    return value
