"""The inputs of an action, out of the storage: all of them, as they are named, or an error."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

import grpc
from buildgrid._protos.build.bazel.remote.execution.v2.remote_execution_pb2 import Digest, Directory
from buildgrid._protos.google.bytestream import bytestream_pb2, bytestream_pb2_grpc


class Inputs:
    """Reads blobs once, and keeps them in `store` for other actions. BuildGrid's own client leaves out what is missing."""

    def __init__(self, channel: grpc.Channel, store: Path) -> None:
        self._stub = bytestream_pb2_grpc.ByteStreamStub(channel)
        self._store = store

    def read(self, digest: Digest) -> bytes:
        """Raises grpc.RpcError where the storage does not have it, and ValueError where it has something else."""
        kept = self._store / digest.hash
        if kept.exists():
            return kept.read_bytes()
        if not digest.size_bytes:
            return b""
        request = bytestream_pb2.ReadRequest(resource_name=f"blobs/{digest.hash}/{digest.size_bytes}")
        content = b"".join(answer.data for answer in self._stub.Read(request))
        if hashlib.sha256(content).hexdigest() != digest.hash:
            raise ValueError(f"the storage has other bytes under {digest.hash}/{digest.size_bytes}")
        with tempfile.NamedTemporaryFile(dir=self._store, delete=False) as new:
            new.write(content)
        os.rename(new.name, kept)
        return content

    def lay_out(self, digest: Digest, path: Path) -> None:
        """Writes a `Directory` and all below it to a path that is not there yet. Raises as `read`."""
        directory = Directory.FromString(self.read(digest))
        path.mkdir()
        for file in directory.files:
            if file.digest.size_bytes:
                self.read(file.digest)
                shutil.copyfile(self._store / file.digest.hash, path / file.name)
            else:
                (path / file.name).touch()
            (path / file.name).chmod(0o755 if file.is_executable else 0o644)
        for link in directory.symlinks:
            (path / link.name).symlink_to(link.target)
        for below in directory.directories:
            self.lay_out(below.digest, path / below.name)
