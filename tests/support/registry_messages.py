"""Requests to the registry of tests and its responses."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Dict, List

_NAME = r"[a-z0-9]+(?:[._/-][a-z0-9]+)*"
ROUTES = (
    ("manifests", re.compile(rf"/v2/({_NAME})/manifests/([^/]+)")),
    ("referrers", re.compile(rf"/v2/({_NAME})/referrers/([^/]+)")),
    ("uploads", re.compile(rf"/v2/({_NAME})/blobs/uploads/([^/]*)")),
    ("blobs", re.compile(rf"/v2/({_NAME})/blobs/([^/]+)")),
)


@dataclass
class Response:
    status: int
    headers: Dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    # Bytes fewer than Content-Length says, and then the end of the connection.
    missing: int = 0


class Reset(Exception):
    """The connection is reset, without an answer."""


@dataclass
class Request:
    """`step` is what the request does in a push. `host` is where it was sent: `registry`, `tokens` or `storage`;
    `certificate` is whether the client showed one."""

    number: int
    step: str
    host: str
    method: str
    path: str
    query: Dict[str, List[str]]
    headers: Dict[str, str]
    body: bytes = b""
    status: int = 0
    certificate: bool = False


def error(status: int, code: str, message: str) -> Response:
    body = json.dumps({"errors": [{"code": code, "message": message, "detail": None}]}).encode()
    return Response(status, {"Content-Type": "application/json", "X-Request-Id": "request-7"}, body)


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def step_of(method: str, host: str, path: str, query: Dict[str, List[str]]) -> str:
    """What a request does in a push."""
    if host == "tokens":
        return "token"
    if path == "/v2/":
        return "ping"
    for kind, pattern in ROUTES:
        match = pattern.fullmatch(path)
        if match and kind == "manifests":
            return f"{method} {'manifest' if ':' in match[2] else 'tag'}"
        if match and kind == "referrers":
            return f"{method} referrers"
        if match and kind == "uploads":
            return {"POST": "mount" if "mount" in query else "begin", "PUT": "finish"}.get(method, f"{method} upload")
        if match:
            return f"{method} blob"
    return f"{method} {path}"
