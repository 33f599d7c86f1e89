"""What bills of materials list, whoever wrote them: CycloneDX and SPDX, in JSON, also in a statement of in-toto.

What is in a document is somebody's claim: a member of another type is left out, and nothing is raised.
"""

from __future__ import annotations

from typing import Dict, Iterable, Iterator, List, NamedTuple, Tuple

from scratch_image.layout.documents import parse
from scratch_image.layout.limits import ATTACHED
from scratch_image.layout.problems import Problems

# Of the same image, documents in both forms list the same: one is shown, by preference the first.
CYCLONEDX, SPDX = FORMS = ("CycloneDX", "SPDX")
_DEPTH = 8
_NOTHING = ("", "NOASSERTION", "NONE")


class Component(NamedTuple):
    """A part that a bill names: its `kind` as the bill has it, such as `library`, and its license, each empty if unknown."""

    name: str
    version: str
    kind: str
    license: str


def components(documents: Iterable[bytes]) -> Tuple[Component, ...]:
    """The components in documents, sorted, each once, without files, of which there are other lists. Documents of other
    kinds are left out."""
    found: Dict[str, List[Component]] = {form: [] for form in FORMS}
    for document in documents:
        values = parse(document, "", Problems(0), ATTACHED)
        content = values.values if values else {}
        predicate = content.get("predicate")
        content = predicate if isinstance(predicate, dict) else content
        if content.get("bomFormat") == CYCLONEDX:
            found[CYCLONEDX] += _of_cyclonedx(content, _DEPTH)
        elif isinstance(content.get("spdxVersion"), str):
            found[SPDX] += map(_of_spdx, _objects(content, "packages"))
    listed = ({each for each in found[form] if each.name and each.kind != "file"} for form in FORMS)
    return tuple(sorted(next(filter(None, listed), ())))


def _of_cyclonedx(values: Dict[str, object], depth: int) -> Iterator[Component]:
    for each in _objects(values, "components") if depth else ():
        names = []
        for choice in _objects(each, "licenses"):
            license = choice.get("license")
            names.append(_text(choice, "expression") or _text(license, "id") or _text(license, "name"))
        group, name = _text(each, "group"), _text(each, "name")
        kind = _text(each, "type")
        yield Component(f"{group}/{name}" if group else name, _text(each, "version"), kind, ", ".join(filter(None, names)))
        yield from _of_cyclonedx(each, depth - 1)


def _of_spdx(package: Dict[str, object]) -> Component:
    licenses = [_text(package, name) for name in ("licenseDeclared", "licenseConcluded")]
    license = next((each for each in licenses if each not in _NOTHING), "")
    kind = _text(package, "primaryPackagePurpose").lower()
    return Component(_text(package, "name"), _text(package, "versionInfo"), kind, license)


def _objects(values: Dict[str, object], name: str) -> Iterator[Dict[str, object]]:
    items = values.get(name)
    return (item for item in items if isinstance(item, dict)) if isinstance(items, list) else iter(())


def _text(values: object, name: str) -> str:
    found = values.get(name) if isinstance(values, dict) else None
    return found if isinstance(found, str) else ""
