"""Pins down the bills of materials of an image and of an index, and reads them with the libraries of both formats."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import subprocess
import sys

import pytest

from scratch_image.attest.bom import Declared, Image, Layer, bom_of_image, bom_of_index
from scratch_image.attest.component import declared
from scratch_image.attest.contents import HashedFile
from scratch_image.attest.formats import SBOM_FORMATS
from scratch_image.binary.go import GoBuild, GoModule
from scratch_image.oci.digest import Digest
from scratch_image.oci.platform import Platform
from tests.support.facts import facts_of
from tests.support.modules import ROOT
from tests.support.sbom_readers import read

AMD64, ARM64 = Platform("linux", "amd64"), Platform("linux", "arm64")
ZLIB = declared("pkg:conan/zlib@1.3.1", "cpe:2.3:a:zlib:zlib:1.3.1:*:*:*:*:*:*:*", "", "", "Zlib OR LicenseRef-x")
DECLARED = Declared("svc", (ZLIB,), {"tzdata": "2026.6", "ca-certificates": "2026.1.1"})
RUNTIME, FILES, PROGRAM = "scratch_image runtime files", "scratch_image files", "scratch_image binary"
ZONES = ("Etc/GMT+0", "Etc/GMT-0", *(f"Zone/{number}" for number in range(600)))


def file(path, content=None):
    content = (path if content is None else content).encode()
    return HashedFile(path, hashlib.sha256(content).hexdigest(), hashlib.sha1(content).hexdigest())


def modules(count):
    return tuple(GoModule(f"github.com/organization-{n % 9}/module-{n}", f"v1.{n}.0", "h1:") for n in range(count))


def image(platform=AMD64, count=3, digest="a"):
    main = GoModule("example.com/svc", "(devel)", "", True)
    facts = facts_of(go=True, go_build=GoBuild("go1.26.8", "example.com/svc", (main, *modules(count)), {}), build_id="ab")
    zones = tuple(file(f"/usr/share/zoneinfo/{zone}") for zone in ZONES)
    runtime = (file("/etc/passwd"), file("/etc/ssl/certs/ca-certificates.crt"), *zones)
    few, many = (file("/a"), file("/b", "")), tuple(file(f"/srv/www/{n % 3}/{n}") for n in range(40))
    layers = (Layer(RUNTIME, runtime), Layer(FILES, few), Layer(FILES, many), Layer(PROGRAM, (file("/app", str(platform)),)))
    return Image(platform, Digest(digest * 64), layers, {"/app": facts})


INDEX = (Digest("c" * 64), (image(), image(ARM64, digest="b")))
BOMS = {
    "image": bom_of_image(image(), DECLARED),
    "every file": bom_of_image(image(), dataclasses.replace(DECLARED, every_file=True)),
    "nothing known": bom_of_image(
        Image(AMD64, Digest("a" * 64), (Layer(PROGRAM, (file("/app"),)),), {"/app": facts_of()}), Declared("c")
    ),
    "index": bom_of_index(*INDEX, DECLARED),
}


def documents(bom):
    return {of.ending: of.document(bom) for of in SBOM_FORMATS.values()}


@pytest.mark.parametrize("name", BOMS)
def test_the_readers_of_both_formats_find_the_same_and_nothing_wrong(name):
    found = read({f"x.{ending}": content for ending, content in documents(BOMS[name]).items()})
    assert [each["wrong"] for each in found.values()] == [[], []]
    libraries = {(each.name, each.version, each.purl) for each in BOMS[name].components if each.kind == "library"}
    for each in found.values():
        assert libraries <= set(map(tuple, each["packages"]))


def named(bom, kind):
    return {each.name for each in bom.components if each.kind == kind}


def test_what_is_in_an_image():
    bom = BOMS["image"]
    libraries = {"example.com/svc", "stdlib", "zlib", "tzdata", "ca-certificates"}
    assert named(bom, "library") == {*libraries, *(module.path for module in modules(3))}
    assert named(bom, "file") == {"/app", "/a", "/b", "/etc/passwd", "/etc/ssl/certs/ca-certificates.crt"}
    assert named(bom, "files") == {"/srv/www/"}
    (app,) = bom.known
    assert bom.known[app] == "complete"
    assert {each.name for each in bom.needs[app]} == {
        *libraries - {"tzdata", "ca-certificates"},
        *(m.path for m in modules(3)),
    }


def test_every_file():
    """Two names that differ in a sign that an id of SPDX cannot hold are two files."""
    assert len(named(BOMS["every file"], "file")) == 5 + len(ZONES) + 40
    assert named(BOMS["every file"], "files") == set()
    assert len({each.ref for each in BOMS["every file"].components}) == len(BOMS["every file"].components)


def test_what_is_in_an_index():
    """All that is in its images, each once: a program for each, and what both have."""
    bom = BOMS["index"]
    assert {str(each.version) for each in bom.components if each.kind == "container"} == {f"sha256:{d * 64}" for d in "ab"}
    assert len([each for each in bom.components if each.name == "/app"]) == 2
    assert len([each for each in bom.components if each.name == "stdlib"]) == 1


def test_unknown_dependencies_are_said():
    found = {ending: json.loads(content) for ending, content in documents(BOMS["nothing known"]).items()}
    (composition,) = found["cdx.json"]["compositions"]
    assert composition["aggregate"] == "unknown"
    (program,) = [each for each in found["cdx.json"]["components"] if each["name"] == "/app"]
    assert composition["dependencies"] == [program["bom-ref"]]
    assert {"relatedSpdxElement": "NOASSERTION", "relationshipType": "DEPENDS_ON"} in [
        {key: each[key] for key in ("relatedSpdxElement", "relationshipType")}
        for each in found["spdx.json"]["relationships"]
    ]


def test_a_list_of_files_has_the_digest_of_what_sha256sum_prints():
    (many,) = [each for each in BOMS["image"].components if each.kind == "files"]
    paths = sorted(f"/srv/www/{n % 3}/{n}" for n in range(40))
    lines = "".join(f"{hashlib.sha256(path.encode()).hexdigest()}  {path}\n" for path in paths)
    assert many.sha256 == hashlib.sha256(lines.encode()).hexdigest()
    assert many.properties == (("scratch_image:files", "40"),)


def test_the_size_of_a_service():
    """With 50 modules and time zones. Of each package, SPDX writes 200 bytes beside its name and version."""
    sizes = {ending: len(content) for ending, content in documents(bom_of_image(image(count=50), DECLARED)).items()}
    assert sizes["cdx.json"] <= 15_000
    assert sizes["spdx.json"] <= 30_000


def test_no_hash_seed_or_order_decides_a_byte():
    """Another seed changes the order of sets, and another order of layers' facts is another order of dicts."""
    script = (
        "import sys; sys.path[:0] = sys.argv[1:]\n"
        "from tests.attest import test_documents_of_images as t\n"
        "import hashlib; print([hashlib.sha256(c).hexdigest() for b in t.BOMS.values() for c in t.documents(b).values()])"
    )
    paths = [str(ROOT.parent), os.getcwd(), *filter(None, sys.path)]
    found = {
        subprocess.run(
            [sys.executable, "-c", script, *paths], env={"PYTHONHASHSEED": seed}, stdout=subprocess.PIPE, check=True
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(found) == 1


def test_components_that_differ_in_one_thing_have_references_of_their_own():
    """A module may be the main one of a program and a dependency of another; a license is no part of a name."""
    of_lib = GoBuild("go1.26.8", "a.b/lib", (GoModule("a.b/lib", "v1", "", True),), {})
    of_app = GoBuild("go1.26.8", "a.b/app", (GoModule("a.b/app", "", "", True), GoModule("a.b/lib", "v1", "")), {})
    layers = (Layer(FILES, (file("/tool"),)), Layer(PROGRAM, (file("/app"),)))
    facts = {"/tool": facts_of(go=True, go_build=of_lib), "/app": facts_of(go=True, go_build=of_app)}
    zlib = declared("pkg:conan/zlib@1.3.1", "", "", "", "Zlib")
    bom = bom_of_image(Image(AMD64, Digest("a" * 64), layers, facts), Declared("x", (ZLIB, zlib)))
    refs = [each.ref for each in bom.components]
    assert len(set(refs)) == len(refs)
    assert [each.name for each in bom.components].count("a.b/lib") == 2
    found = read({f"x.{ending}": content for ending, content in documents(bom).items()})
    assert [each["wrong"] for each in found.values()] == [[], []]


# SHA-256 of the documents of BOMS, CycloneDX and SPDX. A change of a writer changes them: print `digests()` to renew them.
GOLDEN = {
    "image": ["0238640d66e3fe06", "3be44bcfad06cfca"],
    "every file": ["9e97309657fb80c3", "c384c08c3e1e6bc8"],
    "nothing known": ["61f5aef52c28ca82", "8537d18a7a0e07a4"],
    "index": ["8b7d53baaeb7f275", "382be72e8c616573"],
}


def digests():
    return {
        name: [hashlib.sha256(content).hexdigest()[:16] for content in documents(bom).values()] for name, bom in BOMS.items()
    }


def test_every_python_writes_the_same_bytes():
    assert digests() == GOLDEN
