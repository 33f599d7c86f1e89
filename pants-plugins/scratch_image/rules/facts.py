"""What a file is, by a process of its own: its key is the file and the code that reads it."""

from __future__ import annotations

from pants.engine.fs import FileEntry
from pants.engine.rules import collect_rules, rule

from scratch_image.binary.facts import BinaryFacts
from scratch_image.engine import requests as engine
from scratch_image.rules import tool_env
from scratch_image.rules.requests import FactsRequest, Interpreter, SourcesRequest

_SOURCES = (
    "__init__.py",
    "binary/__init__.py",
    "binary/__main__.py",
    "binary/arm.py",
    "binary/dynamic.py",
    "binary/elf.py",
    "binary/evidence.py",
    "binary/facts.py",
    "binary/go.py",
    "binary/leftovers.py",
    "binary/linkage.py",
    "binary/magic.py",
    "binary/needs.py",
    "binary/needs_of_go.py",
    "binary/needs_of_others.py",
    "binary/notes.py",
    "binary/packed.py",
    "binary/read.py",
    "binary/rust.py",
    "binary/scan.py",
    "binary/sections.py",
    "binary/text.py",
)


@rule
async def read_facts(request: FactsRequest, interpreter: Interpreter) -> BinaryFacts:
    result = await engine.run(
        tool_env.process(
            interpreter,
            "scratch_image.binary.__main__",
            ("binary",),
            description="Inspect a program for an image",
            sources=await engine.staged(SourcesRequest(_SOURCES)),
            input_digest=await engine.create([FileEntry("binary", request.content)]),
        )
    )
    return BinaryFacts.from_json(tool_env.stdout(result))


def rules():
    return collect_rules()
