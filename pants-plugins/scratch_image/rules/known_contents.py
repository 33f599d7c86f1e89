"""What the model of a root must know of files in an image: small texts, numbers of certificates, names of time zones.

Nothing is asked for an image whose program does not look for it. A file of `files` is read here only if it is small;
certificates are counted by a process.
"""

from __future__ import annotations

import json
from typing import Dict, Iterable, List, Mapping, Tuple

from pants.engine.fs import FileDigest, FileEntry

from scratch_image.binary import evidence
from scratch_image.binary.facts import BinaryFacts
from scratch_image.certificates.count import count
from scratch_image.engine import fs, processes
from scratch_image.engine.tool import Tool
from scratch_image.image.spec import ImageSpec
from scratch_image.root.interest import TEXTS, certificate_files, zone_in_env
from scratch_image.root.of_image import KnownContents, root_of
from scratch_image.rules import tools
from scratch_image.rules.contents import ReadContents
from scratch_image.rules.libraries import wheel_files
from scratch_image.runtime_files import layer_plan

TOOL = Tool("scratch_image.certificates.count")
# In bytes: passwd, group and nsswitch.conf of whole distributions have less.
_MAX_TEXT = 64 << 10


async def _texts(digests: Mapping[str, FileDigest]) -> Dict[str, bytes]:
    small = {path: digest for path, digest in digests.items() if digest.serialized_bytes_length <= _MAX_TEXT}
    if not small:
        return {}
    by_name = {f"{number}": path for number, path in enumerate(sorted(small))}
    tree = await fs.create(FileEntry(name, small[path]) for name, path in by_name.items())
    return {by_name[file.path]: file.content for file in await fs.contents(tree)}


async def _counts(digests: Mapping[str, FileDigest]) -> Dict[str, int]:
    """The number of certificates in each file. The names of the files are not in the process, so images with the same
    certificates share it."""
    if not digests:
        return {}
    contents = sorted(set(digests.values()), key=lambda digest: digest.fingerprint)
    paths = [f"{number}" for number in range(len(contents))]
    process = await tools.process(
        TOOL,
        tuple(paths),
        description="Count the CA certificates in an image",
        input_digest=await fs.create(map(FileEntry, paths, contents)),
    )
    result = await processes.run_or_raise(process)
    numbers: List[int] = json.loads(result.stdout)
    by_content: Dict[FileDigest, int] = dict(zip(contents, numbers))
    return {path: by_content[digest] for path, digest in digests.items()}


async def known_contents(spec: ImageSpec, read: ReadContents, facts: Iterable[BinaryFacts]) -> KnownContents:
    """`facts` are those of the image's programs. Raises ProcessFailed."""
    needs = [one.program.needs for one in facts if one.program and one.program.needs]
    names = {need.name for each in needs for need in each.found}
    zones: Tuple[str, ...] = ("UTC",)
    if zone_in_env(spec) and not names.isdisjoint((evidence.TZ, evidence.LOCAL_TIME)):
        zones = layer_plan.zones(path for path, _ in await wheel_files("runtime_files"))
    if not read.contents.by_address and not read.contents.texts:
        return KnownContents(zones=zones)
    root = root_of(spec, read.contents, KnownContents())
    ends = {root.lookup(path).path for path in TEXTS}
    texts = await _texts(read.digests_of(ends))
    if evidence.CA not in names and not any(each.openssl_cert_file for each in needs):
        return KnownContents(texts, {}, zones)
    wanted = certificate_files(root, tuple(each.openssl_cert_file for each in needs if each.openssl_cert_file))
    counts = {path: count(text.encode("utf-8")) for path, text in read.texts.items() if path in wanted}
    counts.update(await _counts(read.digests_of(wanted)))
    return KnownContents(texts, counts, zones)
