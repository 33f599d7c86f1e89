"""The user's CA certificates, read and joined by a process of their own."""

from __future__ import annotations

from typing import List, Union

from pants.engine.fs import FileContent, FileEntry
from pants.engine.rules import collect_rules, rule

from scratch_image.certificates.facts import BundleFacts
from scratch_image.engine import requests as engine
from scratch_image.rules import tool_env
from scratch_image.rules.requests import Bundle, BundleRequest, Interpreter, SourcesRequest

_SOURCES = (
    "__init__.py",
    "certificates/__init__.py",
    "certificates/__main__.py",
    "certificates/bundle.py",
    "certificates/certificate.py",
    "certificates/facts.py",
    "certificates/pem.py",
    "oci/__init__.py",
    "oci/canonical_json.py",
)
_BASE = "certifi/cacert.pem"
_BUNDLE = "bundle.pem"


@rule
async def join_certificates(request: BundleRequest, interpreter: Interpreter) -> Bundle:
    files: List[Union[FileContent, FileEntry]] = []
    arguments: List[str] = []
    for address in request.addresses:
        found = await engine.entries(await engine.files(await engine.targets(address)))
        entries = [entry for entry in found if isinstance(entry, FileEntry)]
        if not entries:
            return Bundle(None, BundleFacts((), (f"{address} makes no file; name a `file` with certificates in PEM form",)))
        for entry in entries:
            path = f"user/{len(files)}.pem"
            files.append(FileEntry(path, entry.file_digest))
            arguments.extend((entry.path, path))
    base = "-"
    if request.with_certifi:
        base = "base.pem"
        wheels = await engine.entries((await engine.libraries("runtime_files", interpreter)).digest)
        files.extend(
            FileEntry(base, entry.file_digest)
            for entry in wheels
            if isinstance(entry, FileEntry) and entry.path.partition("/")[2] == _BASE
        )
    result = await engine.run(
        tool_env.process(
            interpreter,
            "scratch_image.certificates.__main__",
            (base, *arguments),
            description="Join CA certificates",
            sources=await engine.staged(SourcesRequest(_SOURCES)),
            libraries=await engine.libraries("certificates", interpreter),
            input_digest=await engine.create(files),
            output_files=(_BUNDLE,),
        )
    )
    facts = BundleFacts.from_json(tool_env.stdout(result))
    outputs = [entry for entry in await engine.entries(result.output_digest) if isinstance(entry, FileEntry)]
    return Bundle(outputs[0].file_digest if outputs else None, facts)


def rules():
    return collect_rules()
