"""What a file is, by a process of its own: its key is the file and the code that reads it."""

from __future__ import annotations

from pants.engine.fs import FileEntry
from pants.engine.rules import collect_rules, rule

from scratch_image import engine
from scratch_image.binary.facts import BinaryFacts
from scratch_image.requests import FactsRequest, Interpreter
from scratch_image.util_rules import tool_env

_SOURCES = ("__init__.py", *(f"binary/{name}.py" for name in ("__init__", "__main__", "elf", "facts")))


@rule
async def read_facts(request: FactsRequest, interpreter: Interpreter) -> BinaryFacts:
    result = await engine.run(
        tool_env.process(
            interpreter,
            "scratch_image.binary.__main__",
            ("binary",),
            description="Inspect a program for an image",
            sources=await tool_env.stage(_SOURCES),
            input_digest=await engine.create([FileEntry("binary", request.content)]),
        )
    )
    return BinaryFacts.from_json(tool_env.stdout(result))


def rules():
    return collect_rules()
