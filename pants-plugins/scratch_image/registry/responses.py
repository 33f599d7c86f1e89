"""What a registry said, in words: its own error message, the request's id, and what to do about it.

distribution-spec 1.1.1, "Error Codes": `{"errors": [{"code": …, "message": …, "detail": …}]}`.
"""

from __future__ import annotations

import json
from typing import List, Tuple

from scratch_image.registry.errors import Refused, Transient
from scratch_image.registry.transport import Answer

_MAX_TEXT = 300
# Headers by which those who run a registry find a request again.
_IDS = (
    "x-request-id",
    "x-amzn-requestid",
    "x-ms-request-id",
    "x-ms-correlation-request-id",
    "x-github-request-id",
    "cf-ray",
)

_CURES = {
    400: "what was sent is not to the registry's liking; its message says what",
    401: "log in to the registry with `docker login` or `podman login`, with an account that may push",
    403: "ask for the right to push there, or log in with another account",
    404: "make the repository at the registry first, or mend its name",
    405: "the registry does not allow this; see whether it is one that can be pushed to, and not a mirror",
    409: "the registry does not allow this change; its message says why",
    413: "raise the largest size of a request at the registry, or at the proxy before it",
    415: "the registry does not take images of this kind; it has to know OCI images",
    416: "publish again",
}


def refused(what: str, answer: Answer, notes: Tuple[str, ...] = ()) -> Refused:
    """The error for an answer that is final. `notes` say what else may be the reason."""
    codes = tuple(code for code, _ in _errors(answer))
    text = f"{what}: the registry answered {answer.status}{_said(answer)}"
    cure = _CURES.get(answer.status, "ask whoever runs the registry")
    return Refused(f"{text}{''.join(f'; {note}' for note in notes)}", cure, answer.status, codes)


def transient(what: str, answer: Answer, wait: float | None) -> Transient:
    """The error for an answer after which another attempt may help."""
    return Transient(f"{what}: the registry answered {answer.status}{_said(answer)}", wait)


def warnings(answer: Answer) -> Tuple[str, ...]:
    """distribution-spec 1.1.1, "Warnings": `Warning: 299 - "text"`, without a date, quotes and backslashes escaped."""
    header = answer.header("warning")
    found = []
    start = header.find('299 - "')
    while start >= 0:
        at, text = start + 7, ""
        while at < len(header) and header[at] != '"':
            at += header[at] == "\\"
            text += header[at : at + 1]
            at += 1
        found.append(_printable(text))
        start = header.find('299 - "', at)
    return tuple(found)


def _said(answer: Answer) -> str:
    """` CODE: message (request id)`, as far as there is any."""
    texts: List[str] = [f"{code}: {message}" if message else code for code, message in _errors(answer)]
    said = f" {_printable('; '.join(texts))}" if texts else ""
    if not texts and answer.body and "html" not in answer.header("content-type"):
        said = f" {_printable(answer.body[: 4 * _MAX_TEXT].decode('utf-8', 'replace'))}"
    for name in _IDS:
        if answer.header(name):
            return f"{said} (request {_printable(answer.header(name))})"
    return said


def _errors(answer: Answer) -> List[Tuple[str, str]]:
    try:
        errors = json.loads(answer.body)["errors"]
        return [(str(each["code"]), str(each.get("message") or "")) for each in errors]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return []


def _printable(text: str) -> str:
    """One line without control characters, which could rewrite what a terminal shows."""
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return line if len(line) <= _MAX_TEXT else line[:_MAX_TEXT] + "…"
