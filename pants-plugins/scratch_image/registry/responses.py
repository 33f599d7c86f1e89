"""What the registry's response says, as an error: its own message, the request's id, and the cure.

distribution-spec 1.1.1, "Error Codes": `{"errors": [{"code": …, "message": …, "detail": …}]}`.
"""

from __future__ import annotations

import re
from typing import List, Optional, Tuple

from scratch_image.oci.text import printable
from scratch_image.registry import json_object
from scratch_image.registry.errors import ASK_OPERATOR, Refused, Transient
from scratch_image.registry.request import Response

_MAX_TEXT = 300
# Headers by which operators find a request in their logs.
_REQUEST_IDS = (
    *("x-request-id", "x-amzn-requestid", "x-ms-request-id"),
    *("x-ms-correlation-request-id", "x-github-request-id", "cf-ray"),
)
_CURES = {
    400: "the registry rejected the request; see its message",
    401: "log in to the registry with `docker login` or `podman login`, with an account that may push",
    403: "ask for the permission to push there, or log in with another account",
    404: "create the repository in the registry, or correct its name",
    405: "check that the registry accepts pushes and is not a mirror",
    409: "the registry rejected the change; see its message",
    413: "raise the size limit of requests in the registry, or in the proxy in front of it",
    415: "use a registry that accepts OCI images",
    416: "publish again",
}


def refused(response: Response, notes: Tuple[str, ...] = ()) -> Refused:
    """The error for a final response. `notes` are further possible reasons."""
    codes = tuple(code for code, _ in _errors(response))
    cure = _CURES.get(response.status, ASK_OPERATOR)
    return Refused("; ".join((_described(response), *notes)), cure, codes)


def transient(response: Response, wait: Optional[float] = None) -> Transient:
    """The error for a response after which another attempt may succeed, in `wait` seconds if the registry said so."""
    return Transient(_described(response), wait)


def warnings(response: Response) -> Tuple[str, ...]:
    """distribution-spec 1.1.1, "Warnings": `Warning: 299 - "text"`, with quotes and backslashes escaped."""
    texts = re.findall(r'299 - "((?:[^"\\]|\\.)*)', response.header("warning"))
    return tuple(_line(re.sub(r"\\(.)", r"\1", text)) for text in texts)


def _described(response: Response) -> str:
    """`ACTION: the registry answered STATUS CODE: message (request ID)`, as far as these are known."""
    text = f"{response.request.action}: the registry answered {response.status}"
    errors = [f"{code}: {message}" if message else code for code, message in _errors(response)]
    if errors:
        text += f" {_line('; '.join(errors))}"
    elif response.body and "html" not in response.header("content-type"):
        text += f" {_line(response.body[: 4 * _MAX_TEXT].decode('utf-8', 'replace'))}"
    request_id = next(filter(None, map(response.header, _REQUEST_IDS)), "")
    return f"{text} (request {_line(request_id)})" if request_id else text


def _errors(response: Response) -> List[Tuple[str, str]]:
    try:
        errors = json_object.parse(response.body)["errors"]
        return [(str(each["code"]), str(each.get("message") or "")) for each in errors]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []


def _line(text: str) -> str:
    line = printable(" ".join(text.split()))
    return line if len(line) <= _MAX_TEXT else f"{line[:_MAX_TEXT]}…"
