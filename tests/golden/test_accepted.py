"""Every image of the golden matrix in the hands of tools that are not ours: each reads all of it, and finds what is in it.

crane and umoci do not read every compression: crane's `validate` takes each layer for gzip, and only its `export` reads the
others; umoci reads gzip and none, so skopeo makes it a gzip copy of the rest.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple

import pytest

from scratch_image.binary.read import read_facts
from scratch_image.oci.image import BuiltIndex
from scratch_image.report.image_json import ImageReport, PackageReport, RuntimeFilesReport, Written
from scratch_image.validate.check import check_layout
from scratch_image.validate.depth import Depth
from scratch_image.validate.package import check_path
from scratch_image.validate.result import ValidationResult
from tests.golden.images import Maker, pinned, pinned_root, unpacked_data
from tests.golden.table import CONTENTS, ROWS, Row, hello, program
from tests.golden.unpacked import wanted
from tests.support import schemas
from tests.support.containers import check, one_platform, podman_load, run, unpack
from tests.support.registry import registry
from tests.support.tools import require
from tests.support.trees import found

EMULATORS = {"linux/arm64": "qemu-aarch64-static", "linux/arm/v7": "qemu-arm-static"}
KINDS = {f"application/vnd.oci.image.{kind}.v1+json": kind for kind in ("index", "manifest", "config")}
every_image = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
PARTS = [(row, platform) for row in ROWS for platform in row.platforms]
every_part = pytest.mark.parametrize("row, platform", PARTS, ids=lambda value: getattr(value, "name", value))


class Images:
    """The layouts of all rows, and the wheels' data that they were made with."""

    def __init__(self, directory: Path) -> None:
        self.data = unpacked_data(directory / "data")
        (directory / "layers").mkdir()
        maker = Maker(directory / "layers", self.data, workers=1)
        self._layouts = {row: maker.write(row, directory / row.name.replace(":", "-")) for row in ROWS}
        self._maker = maker

    def __getitem__(self, row: Row) -> Path:
        return self._layouts[row]

    def report(self, row: Row) -> bytes:
        """What `package` would report on the image of a row."""
        image = self._maker.image(row)
        parts = image.images if isinstance(image, BuiltIndex) else (image,)
        reports = tuple(
            ImageReport(part, self._maker.facts_of(part), read_facts(memoryview(program(platform))), ())
            for part, platform in zip(parts, row.platforms)
        )
        names = tuple(CONTENTS[row.contents].get("runtime_files", ()))  # type: ignore[arg-type]
        release = (self.data / "tzdata/zoneinfo/tzdata.zi").read_text().split()[2]
        versions = {"ca-certificates": "1", "tzdata": f"{release[:4]}.{ord(release[4]) - ord('a') + 1}"}
        files = RuntimeFilesReport(names, versions, None)
        return PackageReport(image.root, reports, files, ()).image_json(Written(("layout", "report")))


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Images:
    return Images(tmp_path_factory.mktemp("images"))


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    with registry() as address:
        yield address


def blob(layout: Path, digest: str) -> bytes:
    return (layout / "blobs" / digest.replace(":", "/")).read_bytes()


def documents(layout: Path) -> Iterator[Tuple[str, bytes]]:
    """(kind, content) of every document of a layout, found by what refers to it."""
    yield "layout", (layout / "oci-layout").read_bytes()
    waiting = [("index", (layout / "index.json").read_bytes())]
    while waiting:
        kind, content = waiting.pop()
        yield kind, content
        value = json.loads(content)
        for entry in value["manifests"] if kind == "index" else [value["config"]] if kind == "manifest" else []:
            waiting.append((KINDS[entry["mediaType"]], blob(layout, entry["digest"])))


def manifest(layout: Path, platform: str) -> Tuple[str, Dict[str, Any], Dict[str, Any]]:
    """(digest, manifest, configuration) of the image of a platform."""
    for kind, content in documents(layout):
        if kind == "manifest":
            value = json.loads(content)
            config = json.loads(blob(layout, value["config"]["digest"]))
            if "/".join(filter(None, (config["os"], config["architecture"], config.get("variant")))) == platform:
                return f"sha256:{hashlib.sha256(content).hexdigest()}", value, config
    raise AssertionError(f"{layout} has no image for {platform}")


def blobs(layout: Path) -> Dict[str, str]:
    """Name → digest of every blob of a layout."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (layout / "blobs/sha256").iterdir()}


@every_image
def test_our_own_verifier(images: Images, row: Row) -> None:
    report = check_layout(str(images[row]))
    assert (report.problems, report.not_checked, report.manifests) == ((), (), len(row.platforms))


@every_image
def test_our_own_verifier_with_a_report(images: Images, row: Row, tmp_path: Path) -> None:
    """Each layer has what the report says, and nothing else."""
    (tmp_path / "oci").symlink_to(images[row])
    (tmp_path / "image.json").write_bytes(images.report(row))
    ((_, result),) = check_path(str(tmp_path), depth=Depth(recompress=True))
    assert isinstance(result, ValidationResult)
    assert (result.problems, result.not_checked, result.manifests) == ((), (), len(row.platforms))


@every_image
def test_skopeo_copies_all_of_it(images: Images, row: Row, tmp_path: Path) -> None:
    """No blob is lost, added or written anew; `oci-layout` and `index.json` are the copy's own."""
    layout, copy = images[row], tmp_path / "copy"
    all_of_it = ["--quiet", "--all", "--preserve-digests"]
    check([require("skopeo"), "copy", *all_of_it, f"oci:{layout}:latest", f"oci:{copy}:latest"])
    assert blobs(copy) == blobs(layout)
    (entry,) = json.loads((copy / "index.json").read_bytes())["manifests"]
    assert entry["digest"] == pinned_root(row)


@every_part
def test_skopeo_inspects_each_platform(images: Images, row: Row, platform: str, tmp_path: Path) -> None:
    layout = images[row] if row.kind == "image" else one_platform(images[row], platform, tmp_path / "one")
    inspected = json.loads(check([require("skopeo"), "inspect", f"oci:{layout}:latest"]))
    digest, value, config = manifest(images[row], platform)
    assert inspected["Digest"] == digest == pinned()[f"manifest {row.contents}/{row.compression} {platform}"][0]
    assert inspected["Layers"] == [layer["digest"] for layer in value["layers"]]
    assert inspected["Architecture"] == config["architecture"]
    assert (inspected["Env"] or []) == config["config"].get("Env", [])


@every_image
def test_the_schemas_of_the_image_spec(images: Images, row: Row) -> None:
    kinds = []
    for kind, content in documents(images[row]):
        assert schemas.mistakes(kind, content) == []
        kinds.append(kind)
    many = len(row.platforms)
    want = ["config"] * many + ["index"] * (2 if row.kind == "index" else 1) + ["layout"] + ["manifest"] * many
    assert sorted(kinds) == want


DEFECTS = [
    # document, where, what is put there instead, reason
    ("layout", ["imageLayoutVersion"], "1.0.1", "another version"),
    ("index", ["schemaVersion"], 1, "another version"),
    ("index", ["manifests", 0, "digest"], "sha256", "no digest, in a schema that is referred to"),
    ("manifest", ["layers"], [], "no layer"),
    ("manifest", ["config", "size"], "1", "no number, in a schema that is referred to"),
    ("manifest", ["annotations", "k"], 1, "no string, in a schema that is referred to twice over"),
    ("config", ["rootfs", "type"], "layer", "another type"),
    ("config", ["config", "Env"], ["A=b", 1], "no string"),
    ("config", ["architecture"], None, "no architecture"),
]


@pytest.mark.parametrize("kind, place, value, reason", DEFECTS, ids=[row[-1] for row in DEFECTS])
def test_the_schemas_see_defects(images: Images, kind: str, place: List[Any], value: object, reason: str) -> None:
    """Were their references not followed, they would find nothing in anything."""
    row = next(row for row in ROWS if row.name == "everything/gzip/index")
    document = json.loads(next(content for found, content in documents(images[row]) if found == kind))
    container = document
    for key in place[:-1]:
        container = container[key] if isinstance(container, list) else container.setdefault(key, {})
    container[place[-1]] = value
    assert len(schemas.mistakes(kind, json.dumps(document).encode())) == 1


@every_image
def test_crane_validates_it_in_a_registry(images: Images, row: Row, host: str, tmp_path: Path) -> None:
    """skopeo pushes it: crane would push `index.json` itself as the index."""
    name = f"{host}/{row.name.replace(':', '-')}:x"
    pushed = ["--quiet", "--all", "--preserve-digests", "--dest-tls-verify=false"]
    check([require("skopeo"), "copy", *pushed, f"oci:{images[row]}:latest", f"docker://{name}"])
    crane = require("crane")
    assert check([crane, "digest", name]).strip() == pinned_root(row)
    only_documents = [] if row.compression.startswith("gzip") else ["--fast"]
    assert check([crane, "validate", *only_documents, "--remote", name]) == f"PASS: {name}\n"
    for platform in row.platforms:
        check([crane, "export", "--platform", platform, name, str(tmp_path / "flat.tar")])
        with tarfile.open(tmp_path / "flat.tar") as flat:
            names = {member.name.rstrip("/") for member in flat}
        assert names == set(wanted(row.contents, platform, images.data))


@every_image
def test_podman_loads_it(images: Images, row: Row, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "image.tar", "w") as archive:
        archive.add(images[row], arcname=".")
    loaded = podman_load(tmp_path / "image.tar")
    digest, value, config = manifest(images[row], "linux/amd64")
    assert loaded["Digest"] == pinned_root(row)
    assert {name.partition("@")[2] for name in loaded["RepoDigests"]} == {digest, pinned_root(row)}
    assert f"sha256:{loaded['Id']}" == value["config"]["digest"]
    assert loaded["RootFS"]["Layers"] == config["rootfs"]["diff_ids"]
    assert loaded["Config"] == config["config"]


@every_part
def test_it_is_unpacked_and_runs(images: Images, row: Row, platform: str, tmp_path: Path) -> None:
    """umoci gives it the modes, owners, links and capabilities that were asked for, and runc runs its program."""
    layout = images[row] if row.kind == "image" else one_platform(images[row], platform, tmp_path / "one")
    bundle = unpack(layout, tmp_path)
    path = str(CONTENTS[row.contents].get("binary_path", "/app"))
    assert found(bundle / "rootfs") == wanted(row.contents, platform, images.data)
    shown = check([require("getcap"), "-r", str(bundle / "rootfs")])
    want = f"{bundle}/rootfs{path} cap_net_bind_service,cap_audit_write=ep\n" if row.contents == "everything" else ""
    assert shown == want
    assert run(bundle, emulator=EMULATORS.get(platform)) == hello(platform)
