"""What the registry's response says, as an error: its own message, the request's id, and the cure.

distribution-spec 1.1.1, "Error Codes": `{"errors": [{"code": …, "message": …, "detail": …}]}`.
"""

from __future__ import annotations

import re
from typing import List, Mapping, Optional, Tuple

from scratch_image.oci.text import printable
from scratch_image.registry import json_object
from scratch_image.registry.errors import ASK_OPERATOR, Refused, Transient
from scratch_image.registry.request import Response
from scratch_image.registry.secrets import MAX_FOREIGN, Secrets

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
    416: "try again",
}
# Where nothing is pushed.
_CURES_OF_PULLS = {
    **_CURES,
    401: "log in to the registry with `docker login` or `podman login`",
    403: "ask for the permission to read there, or log in with another account",
    404: "correct the name of the image",
    405: ASK_OPERATOR,
}


def refused(response: Response, secrets: Secrets, notes: Tuple[str, ...] = ()) -> Refused:
    """The error for a final response. `notes` are further possible reasons; none of the `secrets` is shown."""
    codes = tuple(code for code, _ in _errors(response))
    scopes = response.request.scopes
    pulls = bool(scopes) and all(scope.endswith(":pull") for scope in scopes)
    cure = (_CURES_OF_PULLS if pulls else _CURES).get(response.status, ASK_OPERATOR)
    return Refused("; ".join((described(response, secrets), *notes)), cure, codes)


def transient(response: Response, secrets: Secrets, wait: Optional[float] = None) -> Transient:
    """The error for a response after which another attempt may succeed, in `wait` seconds if the registry said so."""
    return Transient(described(response, secrets), wait)


def warnings(response: Response, secrets: Secrets) -> Tuple[str, ...]:
    """distribution-spec 1.1.1, "Warnings": `Warning: 299 - "text"`, with quotes and backslashes escaped."""
    texts = re.findall(r'299 - "((?:[^"\\]|\\.)*)', response.header("warning"))
    return tuple(line(re.sub(r"\\(.)", r"\1", text), secrets) for text in texts)


def described(response: Response, secrets: Secrets) -> str:
    """`ACTION: the registry answered STATUS CODE: message (request ID)`, as far as these are known."""
    elsewhere = response.request.elsewhere
    who = f"{elsewhere}, to which the registry directs us, answered" if elsewhere else "the registry answered"
    text = f"{response.request.action}: {who} {response.status}"
    errors = [f"{code}: {message}" if message else code for code, message in _errors(response)]
    if errors:
        text += f" {line('; '.join(errors), secrets)}"
    elif response.body and "html" not in response.header("content-type"):
        text += f" {line(_text(response.body), secrets)}"
    request_id = next(filter(None, map(response.header, _REQUEST_IDS)), "")
    return f"{text} (request {line(request_id, secrets)})" if request_id else text


def _errors(response: Response) -> List[Tuple[str, str]]:
    try:
        errors = json_object.parse(response.body)["errors"]
        return [(_member(each, "code"), _member(each, "message")) for each in errors if _member(each, "code")]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []


def _member(error: Mapping[str, object], name: str) -> str:
    value = error.get(name)
    return str(value) if isinstance(value, (str, int)) else ""


def _text(body: bytes) -> str:
    # A secret in Latin-1 must stay one to be found.
    body = body[: MAX_FOREIGN + 1]
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("latin-1")


def line(text: str, secrets: Secrets) -> str:
    """A text of a registry as it can be shown, in one line. Secrets are looked for in all of it: after a cut, the beginning
    of one would stay."""
    shown = printable(" ".join(secrets.foreign(text).split()))
    return shown if len(shown) <= _MAX_TEXT else f"{shown[:_MAX_TEXT]}…"
