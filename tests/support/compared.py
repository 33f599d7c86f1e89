"""Pairs of small images for tests that compare: one image, and the same with one thing changed."""

from __future__ import annotations

import base64
import io
import json
import tarfile
from dataclasses import dataclass, field, replace
from typing import Any, Dict, List, Optional, Tuple

from scratch_image.oci import tar
from scratch_image.oci.digest import Digest
from scratch_image.oci.platform import Platform
from scratch_image.oci.spec import RunConfig
from tests.support.layouts import AMD64, RUN, Files, archive, layout, write
from tests.support.programs import ALLOC, EXECINSTR, WRITE, X86_64, Section, elf_file, go_build_info, go_table

LINES = {
    "path": "example.com/app/cmd/app",
    "mod": "example.com/app\tv1.0.0\t",
    "dep": ("golang.org/x/net\tv0.30.0\th1:a=", "golang.org/x/text\tv0.20.0\th1:b="),
    "build": {
        "-buildmode": "exe",
        "-compiler": "gc",
        "-trimpath": "true",
        "CGO_ENABLED": "0",
        "GOARCH": "amd64",
        "GOOS": "linux",
        "GOAMD64": "v1",
        "vcs": "git",
        "vcs.revision": "0123456789abcdef",
        "vcs.modified": "false",
    },
}
FUNCTIONS = ((b"runtime.main", 64), (b"main.main", 32), (b"golang.org/x/net/html.Parse", 48))
SOURCES = (b"/home/one/app/main.go", b"/home/one/app/cmd/app/app.go", b"runtime/proc.go")


def certificates(*numbers: int) -> bytes:
    """A file of blocks; their content is no certificate, which is not looked at."""
    blocks = (base64.b64encode(bytes([number]) * 30).decode() for number in numbers)
    return "".join(f"-----BEGIN CERTIFICATE-----\n{block}\n-----END CERTIFICATE-----\n" for block in blocks).encode()


@dataclass(frozen=True)
class GoProgram:
    """A program that only looks like Go's: what its build information and its tables say is in it, and no code."""

    version: str = "go1.24.1"
    deps: Tuple[str, ...] = LINES["dep"]  # type: ignore[assignment]
    settings: Dict[str, str] = field(default_factory=lambda: dict(LINES["build"]))  # type: ignore[call-overload]
    functions: Tuple[Tuple[bytes, int], ...] = FUNCTIONS
    sources: Tuple[bytes, ...] = SOURCES
    symbols: bytes = b""
    data: bytes = b"version 1.0.0 of the program"
    machine: int = X86_64

    def content(self) -> bytes:
        lines = [f"path\t{LINES['path']}", f"mod\t{LINES['mod']}", *(f"dep\t{dep}" for dep in self.deps)]
        lines += [f"build\t{key}={value}" for key, value in self.settings.items() if value]
        info = go_build_info(self.version.encode(), "".join(f"{line}\n" for line in lines).encode())
        code = b"\xc3" * sum(size for _, size in self.functions)
        sections = [
            Section(".text", code, ALLOC | EXECINSTR),
            Section(".rodata", self.data, ALLOC),
            Section(".gopclntab", go_table(self.functions, self.sources), ALLOC),
            Section(".go.buildinfo", info, ALLOC | WRITE),
            *([Section(".symtab", self.symbols)] if self.symbols else []),
        ]
        return elf_file(self.machine, segments=(), sections=sections)

    def setting(self, **values: str) -> GoProgram:
        return replace(self, settings={**self.settings, **values})


@dataclass(frozen=True)
class Made:
    """An image: its program, and beside it the files by path: (content, mode, owner); links; the rest as in a BUILD file.
    `recipe` is what the report says of the layer of the program."""

    program: bytes = GoProgram().content()
    files: Dict[str, Tuple[bytes, int, int]] = field(
        default_factory=lambda: {
            "etc/motd": (b"hello\n", 0o644, 0),
            "etc/ssl/certs/ca-certificates.crt": (certificates(1, 2), 0o644, 0),
            "usr/share/zoneinfo/tzdata.zi": (b"# version 2025a\nrest\n", 0o644, 0),
            "usr/share/zoneinfo/UTC": (b"TZif2", 0o644, 0),
        }
    )
    links: Dict[str, str] = field(default_factory=lambda: {"srv/current": "v1"})
    compression: str = "gzip"
    recipe: Optional[str] = None
    run: RunConfig = RUN
    created: str = "1970-01-01T00:00:00Z"
    annotations: Dict[str, str] = field(default_factory=dict)
    platform: Platform = AMD64
    reverse: bool = False
    mtime: Optional[int] = None
    builder: str = ""

    def file(self, path: str, content: bytes = b"", mode: int = 0o644, owner: int = 0) -> Made:
        return replace(self, files={**self.files, path: (content, mode, owner)})

    def layout(self) -> Files:
        archives = [self._beside(), archive({tar.FileEntry("app", "", len(self.program), 0o755): self.program})]
        if self.mtime is not None or self.builder:
            archives[1] = self._foreign()
        ordered = list(reversed(archives)) if self.reverse else archives
        return layout(ordered, self.compression, self.platform, self.run, config=self._config, manifest=self._manifest)

    def write(self, directory: Any) -> str:
        """Writes a directory as `package` does, whose report says no more than is compared, or a layout alone."""
        files = self.layout()
        if self.recipe is None:
            return write(files, directory)
        write(files, directory / "oci")
        (directory / "image.json").write_text(json.dumps(report(files, str(self.platform), self.recipe)))
        return str(directory)

    def _beside(self) -> bytes:
        entries: Dict[tar.Entry, bytes] = {
            tar.FileEntry(path, "", len(content), mode, owner, owner): content
            for path, (content, mode, owner) in self.files.items()
        }
        entries.update((tar.SymlinkEntry(path, target), b"") for path, target in self.links.items())
        return archive(entries)

    def _foreign(self) -> bytes:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as opened:
            info = tarfile.TarInfo("./app" if self.builder else "app")
            info.size, info.mode, info.mtime = len(self.program), 0o755, self.mtime or 0
            opened.addfile(info, io.BytesIO(self.program))
        return buffer.getvalue()

    def _config(self, document: Dict[str, Any]) -> None:
        document["created"] = self.created
        for entry in document["history"]:
            entry.update({"created": self.created, **({"created_by": self.builder} if self.builder else {})})

    def _manifest(self, document: Dict[str, Any]) -> None:
        if self.annotations:
            document["annotations"] = self.annotations


def report(files: Files, platform: str, recipe: str) -> Dict[str, object]:
    """`image.json`, as far as it is read where images are compared."""
    (root,) = json.loads(files["index.json"])["manifests"]
    manifest = json.loads(files[Digest.parse(root["digest"]).blob_path])
    config = json.loads(files[Digest.parse(manifest["config"]["digest"]).blob_path])
    layers: List[Dict[str, object]] = [
        {"digest": layer["digest"], "size": layer["size"], "recipe": recipe, "diffId": diff_id}
        for layer, diff_id in zip(manifest["layers"], config["rootfs"]["diff_ids"])
    ]
    entry = {
        "platform": platform,
        "digest": root["digest"],
        "config": manifest["config"]["digest"],
        "layers": layers,
        "facts": {},
        "findings": [],
        "runtimeFiles": {},
    }
    return {"schema": 1, "root": {name: root[name] for name in ("mediaType", "digest", "size")}, "manifests": [entry]}
