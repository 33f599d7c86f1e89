"""The layer with the files that programs look for: `runtime_files` and `ca_bundle`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, List, Optional, Tuple, Union

from pants.engine.fs import FileContent, FileDigest, FileEntry
from pants.engine.rules import rule

from scratch_image.assembler.plan import LayerPlan
from scratch_image.engine import fs
from scratch_image.engine.own_files import own_file
from scratch_image.engine.spelling import BY_NAME
from scratch_image.oci.compression import Compression
from scratch_image.rules.layer import LayerRequest, WrittenLayer, layer
from scratch_image.rules.libraries import wheel_files
from scratch_image.runtime_files import catalog
from scratch_image.runtime_files.layer_plan import Sources, plan


@dataclass(frozen=True)
class RuntimeLayerRequest:
    """`names` are of the catalog; `bundle` holds the user's CA certificates, which replace certifi's; `openssl_cert_file` is
    where the program's OpenSSL looks for certificates; `hashes` is whether each file is hashed as well."""

    names: Tuple[str, ...]
    bundle: Optional[FileDigest]
    openssl_cert_file: Optional[str]
    compression: Compression
    hashes: bool = False


@rule
async def write_runtime_layer(request: RuntimeLayerRequest) -> WrittenLayer:
    """Raises ProcessFailed."""
    data = dict(await wheel_files("runtime_files"))
    texts = {name: own_file(f"runtime_files/data/{name}") for name in catalog.TEXT_NAMES}
    planned = plan(
        request.names,
        Sources(
            {name: len(text) for name, text in texts.items()},
            {path: digest.serialized_bytes_length for path, digest in data.items()},
            request.bundle.serialized_bytes_length if request.bundle else None,
        ),
        request.openssl_cert_file,
    )
    files: List[Union[FileContent, FileEntry]] = []
    files.extend(FileContent(path, texts[name]) for path, name in planned.texts.items())
    files.extend(FileEntry(path, data[name]) for path, name in planned.data.items())
    if planned.bundle and request.bundle:
        files.append(FileEntry(planned.bundle, request.bundle))
    layer_plan = LayerPlan(planned.entries, request.compression, request.hashes)
    return await layer(LayerRequest(layer_plan, await fs.create(files)))


if BY_NAME:
    from scratch_image.engine.by_name import concurrently

    async def runtime_layers(requests: Iterable[RuntimeLayerRequest]) -> Tuple[WrittenLayer, ...]:
        """One layer per request, in their order."""
        return await concurrently(write_runtime_layer(request) for request in requests)

else:
    from pants.engine.rules import Get, MultiGet

    async def runtime_layers(requests: Iterable[RuntimeLayerRequest]) -> Tuple[WrittenLayer, ...]:
        return await MultiGet(Get(WrittenLayer, RuntimeLayerRequest, request) for request in requests)
