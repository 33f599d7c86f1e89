"""Changes of names, and of the files that no digest of the image covers."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import Any, Callable, Dict

from scratch_image.oci import canonical_json
from tests.support.dist import Dist
from tests.support.mutated import ARCHIVE, GOOD, LAYOUT, Row


def saved(change: Callable[[Any], object]) -> Dist:
    """manifest.json of the archive is another one, and the report's digest of the archive fits."""
    document = json.loads(GOOD.archived["manifest.json"])
    change(document)
    return archived({**GOOD.archived, "manifest.json": canonical_json.encode(document)})


def archived(files: Dict[str, bytes]) -> Dist:
    made = dataclasses.replace(GOOD, archived=files)
    whole_file = made.image_tar()

    def change(report: Dict[str, Any]) -> None:
        report["archive"].update(digest=f"sha256:{hashlib.sha256(whole_file).hexdigest()}", size=len(whole_file))

    return made.with_report(change)


def index_of_archive(change: Callable[[Any], object]) -> Dist:
    document = json.loads(GOOD.archived["index.json"])
    change(document)
    return archived({**GOOD.archived, "index.json": canonical_json.encode(document)})


def tags(*names: Any) -> Dist:
    return saved(lambda document: document[0].update(RepoTags=list(names)))


def annotated(**annotations: str) -> Callable[[Any], object]:
    names = {"ref": "org.opencontainers.image.ref.name", "name": "io.containerd.image.name", "other": "org.example"}
    wanted = {names[key]: value for key, value in annotations.items()}
    return lambda document: document["manifests"][0].setdefault("annotations", {}).update(wanted)


REPO = "registry.example/team/hello:1.0"


NAME_ROWS: Dict[str, Row] = {
    "a tag is another": (
        tags("evil:1", "short/hello:1.0"),
        ARCHIVE,
        "references: claimed registry.example/team/hello:1.0, ",
    ),
    "a tag too many": (tags(REPO, "short/hello:1.0", "evil:1"), ARCHIVE, ", evil:1"),
    "a tag too few": (tags(REPO), ARCHIVE, "image.json archive: references"),
    "no tags": (tags(), ARCHIVE, "image.json archive: references"),
    "tags in another order": (tags("short/hello:1.0", REPO), ARCHIVE, "image.json archive: references"),
    "a tag twice": (tags(REPO, REPO, "short/hello:1.0"), ARCHIVE, f"RepoTags[1]: '{REPO}' is there twice"),
    "a tag without a tag": (tags("team/hello"), ARCHIVE, "RepoTags[0]: 'team/hello' has no tag"),
    "a tag in capitals": (tags("Team/hello:1"), ARCHIVE, "RepoTags[0]: the part 'Team' of 'Team/hello' is not a valid"),
    "a tag of two colons": (tags("team/hello:1:2"), ARCHIVE, "RepoTags[0]"),
    "a tag of a registry without a name": (tags("registry.example:5000/:1"), ARCHIVE, "RepoTags[0]"),
    "a tag with a digest": (tags("team/hello@sha256:" + "0" * 64), ARCHIVE, "RepoTags[0]"),
    "a tag with a scheme": (tags("https://x.example/a:1"), ARCHIVE, "RepoTags[0]"),
    "a tag that is a number": (tags(7), ARCHIVE, "RepoTags[0]: expected a string, got 7"),
    "no manifest.json": (
        archived({path: content for path, content in GOOD.archived.items() if path != "manifest.json"}),
        ARCHIVE,
        "manifest.json: file: there is no such file; `docker load` reads it",
    ),
    "a member of manifest.json": (
        saved(lambda document: document[0].update(Parent="x")),
        ARCHIVE,
        "manifest.json: bytes: the bytes are not those",
    ),
    "a second image in manifest.json": (
        saved(lambda document: document.append(document[0])),
        ARCHIVE,
        "RepoTags[0]: 'registry.example/team/hello:1.0' is there twice",
    ),
    "white space in manifest.json": (
        archived({**GOOD.archived, "manifest.json": GOOD.archived["manifest.json"] + b"\n"}),
        ARCHIVE,
        "manifest.json: bytes",
    ),
    "no layers in manifest.json": (
        saved(lambda document: document[0].update(Layers=[])),
        ARCHIVE,
        "Layers: claimed nothing",
    ),
    "another name for containerd": (
        index_of_archive(annotated(name="evil.example/x:1")),
        ARCHIVE,
        "io.containerd.image.name: claimed 'evil.example/x:1'",
    ),
    "the second name for containerd": (
        index_of_archive(annotated(name="docker.io/short/hello:1.0")),
        ARCHIVE,
        "index.json: bytes: the bytes are not those",
    ),
    "another tag in index.json": (index_of_archive(annotated(ref="2.0")), ARCHIVE, "index.json: bytes"),
    "an annotation too many": (index_of_archive(annotated(other="x")), ARCHIVE, "index.json: bytes"),
}


def layout_with(path: str, change: Callable[[bytes], bytes]) -> Dist:
    return dataclasses.replace(GOOD, layout={**GOOD.layout, path: change(GOOD.layout[path])})


def index_of_layout(change: Callable[[Any], object]) -> Dist:
    def changed(content: bytes) -> bytes:
        document = json.loads(content)
        change(document)
        return canonical_json.encode(document)

    return layout_with("index.json", changed)


FILE_ROWS: Dict[str, Row] = {
    "white space in index.json": (layout_with("index.json", lambda content: content + b" "), LAYOUT, "index.json: bytes"),
    "an annotation in index.json": (index_of_layout(annotated(other="x")), LAYOUT, "index.json: bytes"),
    "another name in index.json": (index_of_layout(annotated(ref="v2")), LAYOUT, "index.json: bytes"),
    "a member of index.json": (index_of_layout(lambda document: document.update(x=1)), LAYOUT, "index.json: bytes"),
    "a member of oci-layout": (
        layout_with("oci-layout", lambda content: content[:-1] + b',"x":1}'),
        LAYOUT,
        "oci-layout: bytes",
    ),
    "a dangling subject of the index": (
        index_of_layout(
            lambda document: document.update(
                subject={
                    "mediaType": "application/vnd.oci.image.manifest.v1+json",
                    "digest": "sha256:" + "0" * 64,
                    "size": 5,
                }
            )
        ),
        LAYOUT,
        "index.json subject: blob: there is no file",
    ),
    "an orphan": (
        dataclasses.replace(GOOD, layout={**GOOD.layout, f"blobs/sha256/{'0' * 64}": b"x"}),
        LAYOUT,
        "no descriptor",
    ),
    "another file": (
        dataclasses.replace(GOOD, layout={**GOOD.layout, "x": b"x"}),
        LAYOUT,
        "x: file: a layout does not have",
    ),
    "an orphan in the archive": (archived({**GOOD.archived, f"blobs/sha256/{'0' * 64}": b"x"}), ARCHIVE, "no descriptor"),
    "another file in the archive": (archived({**GOOD.archived, "x": b"x"}), ARCHIVE, "x: file: a layout does not have"),
}
