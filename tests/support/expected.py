"""An image, and what differs of it from what a test expects."""

from __future__ import annotations

import hashlib

from scratch_image.layout.configuration import Configuration
from scratch_image.layout.report import ReportedFinding
from scratch_image.layout.tree import Node
from scratch_image.structure.compare import compare
from scratch_image.structure.expectations import Expectations
from scratch_image.structure.package import ImageView


def digest(content):
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def text_node(content):
    return Node("file", 0o644, 0, 0, len(content), digest=digest(content), head=content[: 64 << 10])


HELLO = text_node(b"one\ntwo\n")


FILES = {
    "/app": Node("file", 0o755, 0, 0, 1234567),
    "/bin": Node("symlink", 0o777, target="usr/bin"),
    "/etc": Node("directory", 0o755, 0, 0),
    "/etc/hello": HELLO,
    "/usr": Node("directory", 0o755, 0, 0),
    "/usr/bin": Node("directory", 0o755, 0, 0),
    "/usr/bin/tool": Node("file", 0o4755, 1, 2, 9),
    "/usr/lib": Node("directory", 0o755, 0, 0),
    "/usr/lib/a": Node("file", 0o644, 0, 0, 1),
    "/usr/lib/b": Node("file", 0o644, 0, 0, 0),
}


CONFIGURATION = Configuration(
    {"user": ("0:0",), "cmd": ("a b", "c"), "exposed_ports": ("80/tcp",), "platform": ("linux/amd64",)},
    {"env": {"A": "b", "E": ""}, "image_labels": {}, "annotations": {"k": "v"}},
)


FINDINGS = (
    ReportedFinding("SR050", "info", "an info", "none"),
    ReportedFinding("SR040", "warning", "a warning", "mend it"),
)


IMAGE = ImageView("linux/amd64", CONFIGURATION, FILES, 1000, 1500, FINDINGS)


def compared(**expectations):
    return compare(Expectations("src:image", **expectations), IMAGE)
