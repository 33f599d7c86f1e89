"""Pins down what is found in an image beside its program: sources, set-id bits, alike names, and executables in `files`."""

from __future__ import annotations

import pytest

from scratch_image.binary.facts import BinaryFacts
from scratch_image.checks.contents import contents, helper
from scratch_image.oci.platform import Platform
from tests.support.facts import facts_of, spec_of

LD = "/lib64/ld-linux-x86-64.so.2"
AMD64, ARM64 = dict(machine=62), dict(machine=183)
ARM = dict(machine=40, word_size=32)
DYNAMIC = dict(linkage="dynamic", interpreter=LD, needed=("libc.so.6",), needs=None)


def shown(findings):
    return ", ".join(f"{finding.check} {finding.severity}" for finding in findings)


CONTENTS = [
    # modes, paths that differ in case, findings, part of the first one's text, reason
    ({}, (), "", "", "nothing"),
    ({"/etc/motd": 0o644, "/bin/a": 0o755, "/srv/index.html": 0o644, "/srv/a.js": 0o644}, (), "", "", "what images have"),
    ({"/a.py": 0o644}, (), "SR034 warning", "/a.py in `files`: nothing in the image can run or compile such files", ""),
    ({"/a.go": 0o644, "/b.c": 0o644}, (), "SR034 warning", "/a.go, /b.c in `files`", "sources"),
    ({f"/{name}.sh": 0o755 for name in "gfedcba"}, (), "SR034 warning", "/d.sh, /e.sh and 2 more in", "many"),
    ({"/a.python": 0o644, "/py": 0o644, "/a.PY": 0o644, "/a.go.txt": 0o644}, (), "", "", "names that are alike"),
    ({"/bin/su": 0o4755}, (), "SR031 warning", "/bin/su in `files` runs with the rights of its owner (set-id)", "setuid"),
    ({"/bin/wall": 0o2755}, (), "SR031 warning", "/bin/wall", "setgid"),
    ({"/b": 0o6755, "/a": 0o4755}, (), "SR031 warning", "/a, /b in", "both bits, in order"),
    ({"/a": 0o1644}, (), "", "", "a sticky file"),
    ({}, (("/A", "/a"),), "OI002 warning", "/A and /a differ only in case", "alike"),
    ({}, (("/A", "/a"), ("/B", "/b")), "OI002 warning, OI002 warning", "/A and /a", "each pair"),
    (
        {"/a.py": 0o4755}, (("/A", "/a"),), "SR034 warning, SR031 warning, OI002 warning", "/a.py", "all at once",
    ),
]  # fmt: skip


@pytest.mark.parametrize("modes, cases, want, text, reason", CONTENTS)
def test_contents(modes, cases, want, text, reason):
    findings = tuple(contents(modes, cases))
    assert shown(findings) == want, reason
    assert not want or text in findings[0].text
    assert all(finding.fix and not finding.text.endswith(".") for finding in findings)


HELPERS = [
    # platform of the image, changes of a static program for amd64 or whole facts, findings, part of the first one's text,
    # reason
    ("linux/amd64", {}, "", "", "a static program of the same platform"),
    ("linux/amd64", dict(linkage="static-pie"), "", "", "the same, position independent"),
    ("linux/amd64/v3", {}, "", "", "the same CPU; variants are not compared"),
    ("linux/arm/v7", dict(ARM, arm_version=7), "", "", "arm"),
    ("linux/arm/v7", dict(ARM), "", "", "arm, of which nothing is said"),
    ("linux/amd64", BinaryFacts(script="/bin/sh"), "", "", "a script is data here"),
    ("linux/amd64", BinaryFacts(other="an empty file"), "", "", "as is anything else that may be executed"),
    ("linux/amd64", dict(linkage="object"), "", "", "an object file is data"),
    ("linux/amd64", dict(linkage="core"), "", "", "a core dump is data"),
    ("linux/amd64", dict(linkage="shared library", needs=None), "", "", "a library is for whoever loads it"),
    ("linux/amd64", dict(linkage="object", machine=247), "", "", "a program for the kernel (BPF) is data"),
    (
        "linux/amd64",
        BinaryFacts(broken="truncated"),
        "SR003 error",
        "/h in `files` is not a complete ELF file: truncated",
        "truncated",
    ),
    ("linux/amd64", DYNAMIC, "SR010 error", f"/h in `files` needs the loader {LD} and libc.so.6", "no loader is there"),
    ("linux/amd64", dict(DYNAMIC, needed=()), "SR011 error", "/h in `files` needs the loader", "PIE of Go"),
    ("linux/amd64", dict(DYNAMIC, interpreter="/lib/ld-musl-x86_64.so.1"), "SR013 error", "ld-musl", "musl's loader"),
    (
        "linux/arm64",
        {},
        "SR020 error",
        "/h in `files` is built for linux/amd64, and the image is for linux/arm64",
        "another CPU",
    ),
    ("linux/386", {}, "SR020 error", "for linux/386", "a CPU that could run it is another one"),
    ("linux/arm64", dict(DYNAMIC), "SR010 error, SR020 error", "the loader", "both"),
    (
        "linux/amd64",
        dict(machine=247),
        "SR002 error",
        "/h in `files` is a 64-bit little-endian ELF file for machine 247",
        "BPF",
    ),
    ("linux/amd64", dict(word_size=32), "SR002 error", "32-bit little-endian", "x32"),
    ("linux/amd64", dict(foreign_os="FreeBSD"), "SR021 error", "/h in `files` is built for FreeBSD", "another system"),
    ("linux/arm64", dict(foreign_os="FreeBSD"), "SR021 error", "FreeBSD", "another system and CPU: the system is enough"),
    ("linux/amd64", dict(executable_stack=True), "SR030 warning", "/h in `files` asks for an executable stack", "its stack"),
    ("linux/amd64", dict(writable_code=True), "SR030 warning", "writable and executable", "its memory"),
    ("linux/amd64", dict(packed=True), "SR032 warning", "/h in `files` is packed by UPX", "packed"),
]


@pytest.mark.parametrize("platform, changes, want, text, reason", HELPERS)
def test_helpers(platform, changes, want, text, reason):
    facts = changes if isinstance(changes, BinaryFacts) else facts_of(**changes)
    findings = tuple(helper(spec_of(), Platform.parse(platform), "/h", facts, "file"))
    assert shown(findings) == want, reason
    assert not want or text in findings[0].text
    assert all(finding.fix and not finding.text.endswith(".") for finding in findings)


def test_the_cure_is_in_the_words_of_the_target_that_makes_it():
    (finding,) = helper(spec_of(), Platform("linux", "amd64"), "/h", facts_of(**DYNAMIC, go=True), "go_binary")
    assert "set `cgo_enabled=False` on the target" in finding.fix


def test_a_helper_in_an_index():
    """It is the same file in every image, and can run in one of them."""
    spec = spec_of(binary={"linux/amd64": ":a", "linux/arm64": ":b"})
    found = [shown(helper(one, one.platform, "/h", facts_of(**ARM64), "file")) for one in spec.images]
    assert found == ["SR020 error", ""]


def test_the_field_platform_is_no_matter_of_a_helper_for_another_system():
    """One finding, of the system: the field says what the program is for."""
    spec = spec_of(platform="linux/arm64")
    findings = tuple(helper(spec, Platform("linux", "arm64"), "/h", facts_of(foreign_os="NetBSD"), "file"))
    assert shown(findings) == "SR021 error"
