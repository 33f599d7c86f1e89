#!/usr/bin/env python3
"""Feeds what comes from outside to its readers in `registry/`: `tests/registry/fuzz.py --inputs N [--seed N] [READER…]`.

Readers are config.json, answers of credential helpers, of token servers, challenges, headers, errors, proxies, URLs, and
HTTP itself. Every input is made from the seed, the reader and its number alone: `--first N --inputs 1` makes one again. A
reader may return, or raise the error of this room, without the secret of the input; anything else is a failure, and the exit
status is 1.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import random
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple

REPOSITORY = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path[0:1] = [str(REPOSITORY), str(REPOSITORY / "pants-plugins")]

from scratch_image.registry import challenge, credential_helper, responses, upload  # noqa: E402
from scratch_image.registry.challenge import Challenge  # noqa: E402
from scratch_image.registry.credentials import Credentials  # noqa: E402
from scratch_image.registry.deadline import Clock, Deadline  # noqa: E402
from scratch_image.registry.endpoint import Endpoint, Origin  # noqa: E402
from scratch_image.registry.environment import Environment  # noqa: E402
from scratch_image.registry.errors import RegistryError  # noqa: E402
from scratch_image.registry.login import HEADER_VALUE, Login  # noqa: E402
from scratch_image.registry.plan import RegistrySettings  # noqa: E402
from scratch_image.registry.proxies import Proxies  # noqa: E402
from scratch_image.registry.request import Request, Response  # noqa: E402
from scratch_image.registry.retry import Retry  # noqa: E402
from scratch_image.registry.secrets import Secrets  # noqa: E402
from scratch_image.registry.tokens import TokenServer  # noqa: E402
from scratch_image.registry.transport import Timeouts, Transport  # noqa: E402

SECRET = "hunter2-PASSWORD"
_AUTH = base64.b64encode(f"robot:{SECRET}".encode()).decode()
_REGISTRIES = ("r.example", "https://index.docker.io/v1/", "[::1]:5000")
# Texts that readers may stumble over.
_TEXTS = (
    *(
        "",
        " ",
        "\x00",
        "\n",
        "\r\n",
        "\ud800",
        "\udfff",
        "é",
        "€",
        "日本",
        "\U0001f388",
        "\u202e",
        "\u2028",
        "%",
        "%zz",
        "\\",
    ),
    *("0", "-1", "1e400", "NaN", "Infinity", "9" * 400, "9" * 5000, "0x7f.1", "[::1", "@", ":", "//", "?", "#", "127.1"),
    *(
        SECRET,
        _AUTH,
        "Bearer",
        "Basic",
        '"',
        ",",
        "=",
        ";",
        "a" * 70,
        "a." * 200,
        "x" * 5000,
        "http://",
        "https://r.example",
    ),
)
_VALUES = (None, True, False, 0, -1, 1.5, 1e308, 10**400, [], {}, [[]], "", "x", float("nan"), float("inf"), "\ud800")


class Reader(NamedTuple):
    """`samples` are changed to inputs; `read` takes one, and raises nothing but RegistryError."""

    samples: List[bytes]
    read: Callable[[bytes], None]


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _config() -> Reader:
    entry: Dict[str, Any] = {
        "auth": _AUTH,
        "identitytoken": SECRET,
        "registrytoken": SECRET,
        "username": "a",
        "password": SECRET,
    }
    samples = [
        _json({"auths": {"r.example": entry, "https://index.docker.io/v1/": {"auth": _AUTH}, "r.example/a": {}}}),
        _json({"auths": {"r.example": {"auth": _AUTH}}, "credsStore": "none", "credHelpers": {"docker.io": "no-such"}}),
        _json({"auths": {"[::1]:5000": {"username": "robot", "password": SECRET}}, "HttpHeaders": {"X": "y"}}),
        _json({"auths": {"r.example": {"registrytoken": SECRET}}}),
    ]
    path = os.path.join(tempfile.mkdtemp(prefix="fuzz-"), "config.json")
    variables = {"REGISTRY_AUTH_FILE": path, "PATH": os.path.dirname(path)}

    def read(content: bytes) -> None:
        with open(path, "wb") as file:
            file.write(content)
        environment = Environment(variables)
        environment.secrets.add(SECRET, _AUTH)
        credentials = Credentials(environment)
        for registry in _REGISTRIES:
            found = credentials.find(registry, "a/b")
            _sendable(found.login)
            for note in found.notes:
                _silent(environment.secrets.blank(note))

    return Reader(samples, read)


def _helper() -> Reader:
    samples = [
        _json({"ServerURL": "r.example", "Username": "robot", "Secret": SECRET}),
        _json({"Username": "<token>", "Secret": SECRET}),
    ]

    def read(content: bytes) -> None:
        try:
            login = credential_helper.read(content)
        except ValueError:
            # `get` does not show its text.
            return
        if not login.mistake:
            _sendable(login)

    return Reader(samples, read)


def _token() -> Reader:
    samples = [
        _json({"token": SECRET, "expires_in": 300, "issued_at": "2026-11-26T00:00:00Z"}),
        _json({"access_token": SECRET, "expires_in": "60", "refresh_token": SECRET, "scope": "x"}),
    ]
    request = Request("requesting a token", "GET", "https://r.example/token")

    def read(content: bytes) -> None:
        answer = Response(request, 200, {}, content)
        server = TokenServer(Challenge("bearer", {"realm": request.url}), Login(), lambda _: answer, lambda: 1.0, Secrets())
        if not HEADER_VALUE.fullmatch(server.token(("repository:a:pull",), 0.0)):
            raise AssertionError("a token that a header cannot carry")

    return Reader(samples, read)


def _challenge() -> Reader:
    samples = [
        b'Bearer realm="https://auth.example/token",service="registry",scope="repository:a/b:pull,push"',
        b'Basic realm="x", Bearer realm="https://r.example/t?x=y",error="invalid_token"',
        b'Negotiate dG9rZW4=, Digest qop="auth", nonce="x\\"y"',
    ]
    endpoint = Endpoint("r.example", Origin("https", "r.example", 443))
    endpoint._own.append("")

    def read(content: bytes) -> None:
        chosen = challenge.choose(challenge.parse(content.decode("latin-1")))
        if chosen and chosen.scheme == "bearer":
            endpoint.check_target(chosen.realm, "the login")
            server = TokenServer(chosen, Login("a", SECRET), _refuse, lambda: 1.0, Secrets())
            server.token(chosen.scopes, 0.0)

    return Reader(samples, read)


def _headers() -> Reader:
    names = (
        *(
            "location",
            "retry-after",
            "range",
            "warning",
            "docker-content-digest",
            "oci-chunk-min-length",
            "www-authenticate",
        ),
        *("content-type", "x-request-id", "cf-ray"),
    )
    samples = [
        b"\n".join(
            (b"/v2/a/blobs/uploads/1?x=y", b"7", b"0-99", b'299 - "soon"', b"sha256:" + b"a" * 64, b"1048576", b"Basic")
        ),
        b"\n".join(
            (b"https://s.example/x", b"Fri, 15 Jan 2027 08:00:10 GMT", b"bytes=0-0", b'299 - "a" "b"', b"md5:x", b"1e3")
        ),
        b"\n".join((b"//127.0.0.1:5000/x#y", b"Fri, 15 Jan 0001 08:00:10 -9999", b"0-" + b"9" * 30, SECRET.encode())),
    ]
    endpoint = Endpoint("r.example", Origin("https", "r.example", 443))
    endpoint._own.append("")
    endpoint.secrets.add(SECRET, _AUTH)
    retry = Retry(Deadline(60, Clock()))

    def read(content: bytes) -> None:
        lines = content.decode("latin-1").split("\n")
        request = Request("reading 1", "GET", "https://r.example/v2/a/manifests/1")
        answer = Response(request, 403, dict(zip(names, lines)), lines[-1].encode())
        for text in (str(responses.refused(answer, endpoint.secrets)), *responses.warnings(answer, endpoint.secrets)):
            _silent(text)
        retry.after(answer.header("retry-after"))
        upload._received(answer)
        endpoint.owns(endpoint.follow(request.url, answer.header("location"), "an upload"))

    return Reader(samples, read)


def _errors() -> Reader:
    samples = [
        _json({"errors": [{"code": "DENIED", "message": f"no: Basic {_AUTH}", "detail": {"x": SECRET}}]}),
        _json({"errors": [{"code": "UNKNOWN"}, {"code": 7, "message": SECRET}], "message": SECRET}),
        f"<html>{SECRET}</html>".encode(),
    ]
    secrets = Secrets()
    secrets.add(SECRET, _AUTH)
    request = Request("reading 1", "GET", "https://r.example/v2/")

    def read(content: bytes) -> None:
        error = responses.refused(Response(request, 403, {}, content), secrets)
        _silent(str(error))
        _ = error.content_unknown

    return Reader(samples, read)


def _proxies() -> Reader:
    samples = [
        f"http://robot:{SECRET}@proxy.example:3128\nlocalhost,.example,10.0.0.0/8,[::1]:443,*".encode(),
        f"{SECRET}@proxy.example\n*.example 2001:db8::/32".encode(),
        b"https://[::1]:3128/\n10.0.0.0/99",
        b"socks5://proxy:1080\n*",
    ]
    origins = [Origin("https", "r.example", 443), Origin("http", "10.1.2.3", 80), Origin("https", "::1", 443)]

    def read(content: bytes) -> None:
        # As the environment has bytes.
        value, _, no_proxy = os.fsdecode(content.replace(b"\0", b"")).partition("\n")
        proxies = Proxies.of(Environment({}, {"http": value, "https": value, "no": no_proxy}))
        for origin in origins:
            proxy = proxies.for_origin(origin)
            for header in proxy.headers.values() if proxy else ():
                header.encode("ascii")

    return Reader(samples, read)


def _urls() -> Reader:
    samples = [
        b"https://r.example:5000/v2/a?x=y#z",
        b"http://[fe80::1%25eth0]:80/",
        b"//0x7f.1/x",
        b"../../x",
        b"registry.example:5000",
        f"https://robot:{SECRET}@r.example/".encode(),
    ]
    endpoint = Endpoint("r.example", Origin("https", "r.example", 443))
    endpoint._own.append("")
    endpoint.secrets.add(SECRET, _AUTH)

    def read(content: bytes) -> None:
        text = content.decode("utf-8", "surrogateescape")
        for act in (
            lambda: endpoint.follow("https://r.example/v2/", content.decode("latin-1"), "an upload"),
            lambda: endpoint.check_target(text, "the login"),
            lambda: Endpoint.of(RegistrySettings(text)),
        ):
            try:
                act()
            except RegistryError as error:
                _silent(endpoint.secrets.blank(str(error)))

    return Reader(samples, read)


def _http() -> Reader:
    """Whole responses, as bytes on a connection."""
    samples = [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nDocker-Content-Digest: sha256:x\r\n\r\n{}",
        b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 307 X\r\nLocation: /x\r\nSet-Cookie: a\r\n b\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\nContent-Length: 5, 5\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n",
    ]
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    answers: List[bytes] = []

    def serve() -> None:
        while True:
            connection, _ = listener.accept()
            with connection:
                try:
                    connection.recv(4096)
                    connection.sendall(answers[0])
                except OSError:
                    pass

    threading.Thread(target=serve, daemon=True).start()
    address = f"127.0.0.1:{listener.getsockname()[1]}"
    settings = RegistrySettings(address)
    endpoint = Endpoint.of(settings)

    def read(content: bytes) -> None:
        answers[:] = [content]
        transport = Transport(settings, endpoint, Proxies.of(Environment({})), Timeouts(2, 2), lambda: 2.0)
        transport.send(Request("reading 1", "GET", endpoint.url(""), authorization=f"Basic {_AUTH}"))

    return Reader(samples, read)


READERS: Dict[str, Callable[[], Reader]] = {
    "config": _config,
    "helper": _helper,
    "token": _token,
    "challenge": _challenge,
    "headers": _headers,
    "errors": _errors,
    "proxies": _proxies,
    "urls": _urls,
    "http": _http,
}


def _refuse(request: Request) -> Response:
    raise RegistryError(f"no server: {request.action}")


def _silent(text: str) -> None:
    if SECRET.lower() in text.lower() or _AUTH in text:
        raise AssertionError(f"the secret is shown: {text!r}")


def _sendable(login: Login) -> None:
    """What is found can be sent."""
    login.basic.encode("ascii")
    login.identity_token.encode()
    if login.registry_token and not HEADER_VALUE.fullmatch(login.registry_token):
        raise AssertionError("a token that a header cannot carry")


def make(samples: List[bytes], seed: int, name: str, number: int) -> bytes:
    """An input: a sample with a few changes of bytes, texts, or values of JSON."""
    source = random.Random(f"{seed}-{name}-{number}")
    content = source.choice(samples)
    if content.startswith(b"{") and source.random() < 0.6:
        try:
            value = json.loads(content)
            for _ in range(source.randrange(1, 4)):
                value = _changed(value, source)
            content = _json(value)
        except (ValueError, RecursionError):
            pass
    if source.random() < 0.02:
        depth = source.choice((10, 900, 1100, 50_000))
        content = source.choice((b"[" * depth, b'{"a":' * depth, b'{"auths":' + b"[" * depth + b"]" * depth + b"}"))
    for _ in range(source.choice((0, 1, 1, 2, 5))):
        at = source.randrange(len(content) + 1)
        end = min(len(content), at + source.choice((0, 0, 1, 2, 8)))
        new = source.choice((*_TEXTS, "")).encode("utf-8", "surrogatepass")
        if source.random() < 0.3:
            new = bytes(source.choices(range(256), k=source.randrange(1, 4)))
        content = content[:at] + new + content[end:]
    return content[: source.randrange(len(content) + 1)] if source.random() < 0.1 else content


def _changed(value: Any, source: random.Random) -> Any:
    if isinstance(value, dict) and value and source.random() < 0.85:
        key = source.choice(sorted(value))
        if source.random() < 0.2:
            return {**value, source.choice(_TEXTS): value[key]}
        return {**value, key: _changed(value[key], source)}
    if isinstance(value, list) and value and source.random() < 0.85:
        at = source.randrange(len(value))
        return [*value[:at], _changed(value[at], source), *value[at + 1 :]]
    if isinstance(value, str) and source.random() < 0.5:
        at = source.randrange(len(value) + 1)
        return value[:at] + source.choice(_TEXTS) + value[at:]
    return source.choice((*_VALUES, *_TEXTS, {"a": value}, [value] * 3))


class Result(NamedTuple):
    """How many inputs a reader got, how many it raised its own error for, and what else happened."""

    count: int
    refused: int
    failures: List[str]


def run(name: str, numbers: range, seed: int) -> Result:
    """Feeds a reader."""
    reader = READERS[name]()
    refused, failures = 0, []
    for number in numbers:
        content = make(reader.samples, seed, name, number)
        try:
            reader.read(content)
        except RegistryError as error:
            refused += 1
            if SECRET in str(error) or _AUTH in str(error):
                failures.append(f"{name} {number}: the secret is shown: {str(error)!r} for {content[:300]!r}")
        except Exception as error:
            failures.append(f"{name} {number}: {type(error).__name__}: {str(error)[:200]} for {content[:300]!r}")
    return Result(len(numbers), refused, failures)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("readers", nargs="*", help=f"of {', '.join(READERS)}; all by default")
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    failed = False
    for name in options.readers or READERS:
        begin = time.monotonic()
        result = run(name, range(options.first, options.first + options.inputs), options.seed)
        seconds = time.monotonic() - begin
        print(f"{name}: {result.count} inputs, {result.refused} refused, {len(result.failures)} failures, {seconds:.0f} s")
        for failure in result.failures[:10]:
            print(f"  {failure}")
        failed = failed or bool(result.failures)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
