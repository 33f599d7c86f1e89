"""Targets and programs as the checks judge them, and words for both."""

from __future__ import annotations

import dataclasses

from scratch_image.binary.facts import BinaryFacts
from scratch_image.binary.go import GoBuild
from scratch_image.binary.needs import Need, Needs
from scratch_image.checks.findings import one_fix
from scratch_image.checks.judge import judge
from tests.support.facts import facts_of, spec_of
from tests.support.roots import contents_for, known_of_tree

LD, MUSL, LIBC = "/lib64/ld-linux-x86-64.so.2", "/lib/ld-musl-x86_64.so.1", ("libc.so.6",)


DYNAMIC = dict(linkage="dynamic", interpreter=LD, needed=LIBC, needs=None)


ARM = dict(machine=40, word_size=32)


RUST = Needs("strings", (), language="Rust")


def go(**settings):
    return GoBuild("go1.26", "cmd", (), settings)


def linked(*names, **other):
    """Needs of a Go program."""
    return Needs("names", tuple(Need(name, "linked", f"f.{name}") for name in names), language="Go", **other)


def hinted(*names, **other):
    """Needs of a program in C."""
    return Needs("strings", tuple(Need(name, "hint", f"/{name}") for name in names), language="C", **other)


CA, TZ, TMP, MIME = ["ca-certificates"], ["tzdata"], ["tmp"], ["mime-types"]


SSL = "/usr/lib/ssl/cert.pem"


OPENSSL = dict(openssl_cert_file=SSL)


PATH, SYMBOLS = dict(build_path="/tmp/go-build1"), dict(strippable_bytes=1234567)


def judged(fields, changes, kind="", tree=None):
    facts = changes if isinstance(changes, BinaryFacts) else facts_of(**changes)
    spec = spec_of(**fields)
    judgement = judge(spec, facts, kind, contents_for(spec, tree or {}), known_of_tree(tree or {}))
    return dataclasses.replace(judgement, findings=one_fix(judgement.findings, spec))
