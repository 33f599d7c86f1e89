"""A new process of ours needs few lines of glue (docs/adr/0015-engine.md has these as its example)."""

from __future__ import annotations

import ast
import inspect
import sys
from dataclasses import dataclass
from typing import Iterable, Tuple

import pytest
from pants.engine.fs import CreateDigest, Digest, DigestEntries, FileContent, FileDigest, FileEntry
from pants.engine.internals.scheduler import ExecutionError
from pants.engine.rules import QueryRule, collect_rules, rule
from pants.testutil.rule_runner import RuleRunner

from scratch_image.engine import fs, processes
from scratch_image.engine.processes import ProcessFailed
from scratch_image.engine.spelling import BY_NAME
from scratch_image.engine.tool import Tool
from scratch_image.rules import tools
from tests.support.rule_runner import image_runner

MOST_LINES = 15

# --- the glue
TOOL = Tool("scratch_image.binary.__main__")


@dataclass(frozen=True)
class ReadRequest:
    content: FileDigest


@dataclass(frozen=True)
class Read:
    said: bytes


@rule
async def read_file(request: ReadRequest) -> Read:
    content = await fs.create([FileEntry("file", request.content)])
    process = await tools.process(TOOL, ("file",), description="Read a file", input_digest=content)
    return Read((await processes.run_or_raise(process)).stdout)


if BY_NAME:
    from scratch_image.engine.by_name import concurrently

    async def read_files(requests: Iterable[ReadRequest]) -> Tuple[Read, ...]:
        return await concurrently(read_file(request) for request in requests)

else:
    from pants.engine.rules import Get, MultiGet

    async def read_files(requests: Iterable[ReadRequest]) -> Tuple[Read, ...]:
        return await MultiGet(Get(Read, ReadRequest, request) for request in requests)


# --- its end


@dataclass(frozen=True)
class Texts:
    texts: Tuple[FileDigest, ...]


@dataclass(frozen=True)
class AllRead:
    said: Tuple[bytes, ...]


@rule
async def read_texts(request: Texts) -> AllRead:
    """Asks by the typed caller, as another rule would."""
    return AllRead(tuple(read.said for read in await read_files(ReadRequest(text) for text in request.texts)))


@pytest.fixture
def runner() -> RuleRunner:
    queries = (QueryRule(AllRead, [Texts]), QueryRule(DigestEntries, [Digest]))
    return image_runner(rules=[*collect_rules(globals()), *queries])


def digests(runner: RuleRunner, *contents: bytes) -> Texts:
    files = [FileContent(str(number), content) for number, content in enumerate(contents)]
    entries = runner.request(DigestEntries, [runner.request(Digest, [CreateDigest(files)])])
    return Texts(tuple(entry.file_digest for entry in entries if isinstance(entry, FileEntry)))


def test_a_new_process_runs(runner: RuleRunner) -> None:
    shell, python = runner.request(AllRead, [digests(runner, b"#!/bin/sh\n", b"#!/usr/bin/python3\n")]).said
    assert b'"script": "/bin/sh"' in shell and b'"script": "/usr/bin/python3"' in python


def test_its_glue_is_short() -> None:
    glue = inspect.getsource(sys.modules[__name__]).partition("# --- the glue\n")[2].partition("# --- its end")[0]
    ast.parse(glue)
    # The second spelling of the caller, for the other versions of Pants, is the first one again.
    one_spelling = glue.partition("else:\n")[0].replace("if BY_NAME:\n", "")
    assert len([line for line in one_spelling.splitlines() if line.strip()]) <= MOST_LINES


def test_a_process_that_fails_raises_what_it_says(runner: RuleRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "TOOL", Tool("scratch_image.oci.names"))
    with pytest.raises(ExecutionError) as caught:
        runner.request(AllRead, [digests(runner, b"text")])
    (error,) = caught.value.wrapped_exceptions
    assert isinstance(error, ProcessFailed) and "has no attribute 'main'" in str(error)
