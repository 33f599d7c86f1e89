"""The configurations and annotations of two images, compared under the names that the fields of `scratch_image` have."""

from __future__ import annotations

import json
from typing import Iterator, List, Mapping, Optional, Tuple

from scratch_image.compare.image import ImageOf
from scratch_image.compare.reason import Reason, between, changed
from scratch_image.layout.configuration import LISTS, SETS, Configuration
from scratch_image.layout.documents import JsonObject

_SINGLES = ("user", "workdir", "stop_signal")
# Members of `config` that a Configuration has; those of the image itself that are compared elsewhere.
_READ = ("Cmd", "Entrypoint", "Env", "ExposedPorts", "Labels", "StopSignal", "User", "Volumes", "WorkingDir")
_ELSEWHERE = ("architecture", "config", "created", "history", "os", "rootfs", "variant")
_SHOWN = 200


def configuration_reasons(before: ImageOf, after: ImageOf) -> List[Reason]:
    """Why the configurations and the manifests differ, but for layers and times."""
    if before.configuration is None or after.configuration is None or before.config is None or after.config is None:
        if before.config_digest == after.config_digest:
            return []
        text = "configuration: it differs, and image.json does not hold it; compare the layouts to see how"
        return [changed("configuration", "configuration", before.config_digest, after.config_digest, text)]
    found = [*_fields(before.configuration, after.configuration)]
    one, other = before.configuration, after.configuration
    found += _tables("configuration", "env", one.tables["env"], other.tables["env"])
    found += _order_of_env(before, after, found)
    found += _tables("configuration", "image_labels", _labels(before.config), _labels(after.config))
    found += _others(_run(before.config), _run(after.config), _READ)
    found += _others(before.config.values, after.config.values, _ELSEWHERE)
    found += _tables("annotation", "annotations", one.tables["annotations"], other.tables["annotations"])
    return found


def _fields(before: Configuration, after: Configuration) -> Iterator[Reason]:
    for name in (*LISTS, *_SINGLES, *SETS):
        one, other = before.values.get(name), after.values.get(name)
        if one != other:
            is_list = name not in _SINGLES
            yield changed(
                "configuration",
                name,
                _shown(one, is_list),
                _shown(other, is_list),
                _sentence(name, _shown(one, is_list), _shown(other, is_list)),
            )


def _labels(config: JsonObject) -> Mapping[str, object]:
    """The labels as they are, also those whose names cannot be seen, which a Configuration has not."""
    labels = _run(config).get("Labels")
    return labels if isinstance(labels, dict) else {}


def _tables(kind: str, name: str, before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[Reason]:
    for key in sorted({*before, *after}):
        if key not in before or key not in after or before[key] != after[key]:
            values = [_json(table[key]) if key in table else None for table in (before, after)]
            subject = f"{name}[{key}]"
            yield between(kind, subject, values, _sentence(subject, *values))


def _order_of_env(before: ImageOf, after: ImageOf, found: List[Reason]) -> List[Reason]:
    one, other = _env(before), _env(after)
    if one == other or any(reason.subject.startswith("env[") for reason in found):
        return []
    text = "env: the same variables in another order, or one of them twice"
    return [changed("configuration", "env", " ".join(one)[:_SHOWN], " ".join(other)[:_SHOWN], text)]


def _env(image: ImageOf) -> Tuple[str, ...]:
    run = image.config.child("config") if image.config else None
    return run.string_list("Env") if run else ()


def _run(config: JsonObject) -> Mapping[str, object]:
    run = config.child("config")
    return run.values if run else {}


def _others(before: Mapping[str, object], after: Mapping[str, object], known: Tuple[str, ...]) -> Iterator[Reason]:
    """Members that no field of `scratch_image` writes. What is empty is as good as absent."""
    for name in sorted({*before, *after}):
        one, other = before.get(name) or None, after.get(name) or None
        if name not in known and one != other:
            values = [None if value is None else _json(value) for value in (one, other)]
            yield between("configuration", name, values, _sentence(name, *values))


def _sentence(subject: str, before: Optional[str], after: Optional[str]) -> str:
    if before is None:
        return f"{subject}: new, {after}"
    return f"{subject}: gone, {before}" if after is None else f"{subject}: {before} → {after}"


def _shown(value: Optional[Tuple[str, ...]], is_list: bool) -> Optional[str]:
    if not value:
        return None
    return _json(list(value) if is_list else value[0])


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
