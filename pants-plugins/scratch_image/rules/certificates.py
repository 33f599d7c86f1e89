"""The user's CA certificates, read and joined by a process of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Tuple

from pants.engine.addresses import Address
from pants.engine.fs import FileDigest, FileEntry
from pants.engine.rules import rule

from scratch_image.certificates.facts import BundleFacts
from scratch_image.engine import fs, processes, targets
from scratch_image.engine.spelling import BY_NAME
from scratch_image.engine.tool import Tool
from scratch_image.rules import tools
from scratch_image.rules.libraries import wheel_files
from scratch_image.rules.made import reason_of

TOOL = Tool("scratch_image.certificates.__main__", libraries="certificates")
_CERTIFI = "certifi/cacert.pem"
_BASE, _BUNDLE = "base.pem", "bundle.pem"


@dataclass(frozen=True)
class CaBundleRequest:
    """The CA certificates in the files of these targets, after certifi's if `with_certifi`."""

    addresses: Tuple[Address, ...]
    with_certifi: bool


@dataclass(frozen=True)
class CaBundle:
    """The certificates in one file. `content` is None if `facts` has mistakes."""

    content: Optional[FileDigest]
    facts: BundleFacts


@rule
async def join_certificates(request: CaBundleRequest) -> CaBundle:
    """Raises ProcessFailed."""
    files: List[FileEntry] = []
    arguments: List[str] = []
    for address in request.addresses:
        try:
            entries = await fs.files(await targets.files(await targets.targets(address)))
        except Exception as error:
            return CaBundle(None, BundleFacts((), (f"{address} cannot be made: {reason_of(error)}",)))
        if not entries:
            return CaBundle(
                None, BundleFacts((), (f"{address} makes no file; name a `file` with certificates in PEM form",))
            )
        for entry in entries:
            path = f"user/{len(files)}.pem"
            files.append(FileEntry(path, entry.file_digest))
            arguments.extend((entry.path, path))
    if request.with_certifi:
        wheels = await wheel_files("runtime_files")
        files.extend(FileEntry(_BASE, content) for path, content in wheels if path == _CERTIFI)
    process = await tools.process(
        TOOL,
        (_BASE if request.with_certifi else "-", *arguments),
        description="Join CA certificates",
        input_digest=await fs.create(files),
        output_files=(_BUNDLE,),
    )
    result = await processes.run_or_raise(process)
    facts = BundleFacts.from_json(result.stdout)
    outputs = await fs.files(result.output_digest)
    return CaBundle(outputs[0].file_digest if outputs else None, facts)


if BY_NAME:

    async def bundle(request: CaBundleRequest) -> CaBundle:
        """The bundle of a request; its facts hold the mistakes in the files."""
        return await join_certificates(request)

else:
    from pants.engine.rules import Get

    async def bundle(request: CaBundleRequest) -> CaBundle:
        return await Get(CaBundle, CaBundleRequest, request)
