"""Pins down that the reason for a difference is named first: one image, and the same with one thing changed."""

from __future__ import annotations

from dataclasses import replace
from typing import List

import pytest

from scratch_image.compare.__main__ import compare_operands
from scratch_image.oci.platform import Platform
from tests.support.compared import FUNCTIONS, GoProgram, Made, certificates
from tests.support.layouts import RUN
from tests.support.programs import AARCH64

PROGRAM, IMAGE = GoProgram(), Made()


def program(**changes) -> Made:
    return replace(IMAGE, program=replace(PROGRAM, **changes).content())


def setting(name: str, value: str) -> Made:
    return replace(IMAGE, program=PROGRAM.setting(**{name: value}).content())


def run(**changes) -> Made:
    return replace(IMAGE, run=replace(RUN, **changes))


WITH_FLAGS = PROGRAM.setting(**{"-trimpath": "", "-ldflags": "-X main.version=1.0 -X 'main.day=a b'"})
NO_TRIMPATH = PROGRAM.setting(**{"-trimpath": ""})
ELSEWHERE = tuple(path.replace(b"/home/one/", b"/builds/two/") for path in PROGRAM.sources)
WITH_SYMBOLS = replace(PROGRAM, symbols=bytes(480))
DIRTY = PROGRAM.setting(**{"vcs.modified": "true"})

CAUSES = [
    # before, after, kind and text of the first reason, how many reasons there are
    (IMAGE, program(version="go1.24.2"), "go", "program /app: Go 1.24.1 → 1.24.2", 1),
    (
        IMAGE,
        program(deps=("golang.org/x/net\tv0.31.0\th1:c=", PROGRAM.deps[1])),
        "module",
        "program /app: module golang.org/x/net v0.30.0 → v0.31.0",
        1,
    ),
    (
        IMAGE,
        replace(IMAGE, program=DIRTY.content()),
        "vcs",
        "program /app: built from a modified checkout: vcs.modified=false → true",
        1,
    ),
    (IMAGE, setting("-trimpath", ""), "trimpath", "program /app: -trimpath is missing", 2),
    (IMAGE, setting("CGO_ENABLED", "1"), "cgo", "program /app: CGO on: CGO_ENABLED=0 → 1", 1),
    (
        replace(IMAGE, program=WITH_FLAGS.content()),
        replace(IMAGE, program=WITH_FLAGS.setting(**{"-ldflags": "-X=main.version=1.1 -X 'main.day=a b'"}).content()),
        "ldflags",
        "program /app: -ldflags -X main.version: 1.0 → 1.1",
        1,
    ),
    (IMAGE, setting("GOAMD64", "v3"), "setting", "program /app: GOAMD64: v1 → v3", 1),
    (
        replace(IMAGE, program=NO_TRIMPATH.content()),
        replace(IMAGE, program=replace(NO_TRIMPATH, sources=ELSEWHERE).content()),
        "build path",
        "program /app: built in another directory: /home/one → /builds/two",
        2,
    ),
    (
        replace(IMAGE, program=WITH_SYMBOLS.content()),
        IMAGE,
        "stripped",
        "program /app: stripped: 480 bytes of symbols and debug information are gone",
        2,
    ),
    (
        IMAGE,
        IMAGE.file("etc/ssl/certs/ca-certificates.crt", certificates(1, 3, 4)),
        "certificates",
        "CA certificates in /etc/ssl/certs/ca-certificates.crt: 2 new, 1 gone, of 2 before",
        1,
    ),
    (
        IMAGE,
        IMAGE.file("usr/share/zoneinfo/tzdata.zi", b"# version 2025b\nrest\n").file("usr/share/zoneinfo/UTC", b"TZif3"),
        "time zones",
        "time zones 2025a → 2025b",
        1,
    ),
    (IMAGE, run(env=("A=c",)), "configuration", 'env[A]: "b" → "c"', 1),
    (IMAGE, run(labels={"k": "w"}), "configuration", 'image_labels[k]: "v" → "w"', 1),
    (IMAGE, run(user="0:0"), "configuration", 'user: "65532:65532" → "0:0"', 1),
    (IMAGE, IMAGE.file("etc/motd", b"hello, world\n"), "file", "file /etc/motd: content, 6 → 13 bytes", 1),
    (IMAGE, IMAGE.file("etc/motd", b"hello\n", 0o600), "file", "file /etc/motd: mode 0644 → 0600", 1),
    (IMAGE, IMAGE.file("etc/motd", b"hello\n", owner=7), "file", "file /etc/motd: owner 0:0 → 7:7", 1),
    (IMAGE, replace(IMAGE, links={"srv/current": "v2"}), "file", "link /srv/current: target v1 → v2", 1),
    (IMAGE, replace(IMAGE, reverse=True), "layers", "the same layers in another order", 1),
    (
        replace(IMAGE, recipe="tar.1+gzip.1"),
        replace(IMAGE, recipe="tar.1+gzip.2", compression="gzip:1"),
        "recipe",
        "recipe of a layer: tar.1+gzip.1 → tar.1+gzip.2",
        None,
    ),
    (
        replace(IMAGE, recipe="tar.1+gzip.1"),
        replace(IMAGE, recipe="tar.1+gzip.1:1", compression="gzip:1"),
        "compression",
        "level of a layer: tar.1+gzip.1 → tar.1+gzip.1:1",
        None,
    ),
    (
        IMAGE,
        replace(IMAGE, created="2025-01-01T00:00:00Z"),
        "time",
        "created: 1970-01-01T00:00:00Z → 2025-01-01T00:00:00Z",
        1,
    ),
    (
        IMAGE,
        replace(
            IMAGE,
            platform=Platform("linux", "arm64"),
            program=replace(PROGRAM.setting(GOARCH="arm64", GOAMD64="", GOARM64="v8.0"), machine=AARCH64).content(),
        ),
        "platform",
        "platform: linux/amd64 → linux/arm64",
        None,
    ),
    (
        IMAGE,
        replace(IMAGE, builder="COPY app /app # buildkit", mtime=1_700_000_000),
        "builder",
        "built by another program: scratch_image → another builder ('COPY app /app # buildkit')",
        None,
    ),
    # And others, of the same kinds.
    (IMAGE, replace(IMAGE, mtime=1_700_000_000), "time", "times of 1 file: 0 → 1700000000", 1),
    (IMAGE, replace(IMAGE, annotations={"a": "b"}), "annotation", 'annotations[a]: new, "b"', 1),
    (IMAGE, replace(IMAGE, compression="none"), "compression", "compression of a layer: gzip → none", None),
    (IMAGE, replace(IMAGE, compression="gzip:9"), "compression", "compression of a layer: gzip by another level", None),
    (IMAGE, run(entrypoint=("/app", "-v")), "configuration", 'entrypoint: ["/app"] → ["/app", "-v"]', 1),
    (
        IMAGE,
        program(functions=(*FUNCTIONS[:1], (b"main.main", 80), FUNCTIONS[2])),
        "code",
        "program /app: code of package main: 1 function differs, 32 → 80 bytes (+48)",
        2,
    ),
    (
        IMAGE,
        program(data=b"version 1.0.1 of the program"),
        "code",
        "program /app: a text in .rodata: 'version 1.0.0 of the program' → 'version 1.0.1 of the program'",
        1,
    ),
    (IMAGE, IMAGE.file("etc/new", b"1"), "file", "file /etc/new: new, a file of 1 byte", 1),
    (IMAGE.file("srv/a/b", b"1"), IMAGE, "file", "file /srv/a/b: gone, a file of 1 byte", 1),
]


@pytest.mark.parametrize("before, after, kind, text, count", CAUSES, ids=[row[3][:60] for row in CAUSES])
def test_the_cause_is_named_first(before: Made, after: Made, kind: str, text: str, count, tmp_path) -> None:
    comparison = compare_operands(before.write(tmp_path / "a"), after.write(tmp_path / "b"))
    (compared,) = comparison.compared
    assert compared.reasons[0].text.startswith(text)
    assert compared.reasons[0].kind == kind
    assert compared.unread == ()
    assert count in (None, len(compared.reasons)), [reason.text for reason in compared.reasons]


def test_several_causes_are_ranked(tmp_path) -> None:
    after = replace(
        IMAGE.file("etc/motd", b"2"),
        program=replace(DIRTY, version="go1.24.2").content(),
        run=replace(RUN, labels={}, user="1:1"),
        created="2025-01-01T00:00:00Z",
    )
    comparison = compare_operands(IMAGE.write(tmp_path / "a"), after.write(tmp_path / "b"))
    kinds: List[str] = [reason.kind for reason in comparison.compared[0].reasons]
    assert kinds == ["go", "vcs", "file", "configuration", "configuration", "time"]


def test_a_program_that_cannot_be_read_is_a_file(tmp_path) -> None:
    """And says nothing about others."""
    before = IMAGE.file("bin/tool", b"\x7fELF broken")
    after = replace(program(version="go1.24.2").file("bin/tool", b"\x7fELF broken!"))
    comparison = compare_operands(before.write(tmp_path / "a"), after.write(tmp_path / "b"))
    assert [reason.text for reason in comparison.compared[0].reasons] == [
        "program /app: Go 1.24.1 → 1.24.2",
        "file /bin/tool: content, 11 → 12 bytes",
    ]
