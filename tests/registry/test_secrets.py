"""Pins down that a secret is found in every encoding, in our own texts and in those of others."""

from __future__ import annotations

import base64
import html
import io
import json
import random
from urllib.parse import quote, quote_plus

import pytest

from scratch_image.oci.text import printable
from scratch_image.registry.errors import RegistryError
from scratch_image.registry.login import Login
from scratch_image.registry.output import Output
from scratch_image.registry.plan import PushPlan
from scratch_image.registry.secrets import BLANK, WITHHELD, Secrets
from tests.support.pushes import docker_config, push_of, run
from tests.support.registry_server import RegistryServer
from tests.support.shown_secrets import IMAGE, b64

ENCODED = {
    # name: how a text repeats a secret
    "as it is": lambda secret: secret,
    "in capitals": lambda secret: "".join(one.upper() if one.isascii() else one for one in secret),
    "base64": b64,
    "base64 without padding": lambda secret: b64(secret).rstrip("="),
    "base64 for URLs": lambda secret: base64.urlsafe_b64encode(secret.encode()).decode(),
    "Basic": lambda secret: b64(secret, "robot:"),
    "base64, one byte later": lambda secret: b64(secret, "x", "after"),
    "base64, two bytes later": lambda secret: b64(secret, "xx", "y"),
    "base64 in a URL": lambda secret: quote(b64(secret, "robot:"), safe=""),
    "percent-encoded": lambda secret: quote(secret, safe=""),
    "percent-encoded, each byte": lambda secret: "".join(f"%{byte:02x}" for byte in secret.encode()),
    "percent-encoded twice": lambda secret: quote(quote(secret, safe=""), safe=""),
    "as a form": quote_plus,
    "JSON": json.dumps,
    "JSON with all characters": lambda secret: json.dumps(secret, ensure_ascii=False),
    "JSON in JSON": lambda secret: json.dumps(json.dumps(secret)),
    "JSON, each character": lambda secret: "".join(f"\\u{ord(one):04x}" for one in secret),
    "Python": repr,
    "Python, ASCII": ascii,
    "printable": printable,
    "HTML": html.escape,
    "HTML, by number": lambda secret: "".join(f"&#{ord(one)};" for one in secret),
    "HTML, by hexadecimal number": lambda secret: "".join(f"&#x{ord(one):x};" for one in secret),
    "hexadecimal": lambda secret: secret.encode().hex(),
    "UTF-8 in a header": lambda secret: secret.encode().decode("latin-1"),
    "base64 of base64": lambda secret: b64(b64(secret)),
    "base64 of base64, three times": lambda secret: b64(b64(b64(secret))),
    "base64 of Basic": lambda secret: b64("Authorization: Basic " + b64(secret, "robot:")),
    "base64 of base64 for URLs": lambda secret: b64(base64.urlsafe_b64encode(secret.encode()).decode().rstrip("="), "x"),
    "base64 of JSON": lambda secret: b64(json.dumps({"auth": secret})),
    "base64 of percent-encoded": lambda secret: b64("".join(f"%{byte:02x}" for byte in secret.encode())),
    "base64 of hexadecimal": lambda secret: b64(secret.encode().hex()),
    "hexadecimal of base64": lambda secret: b64(secret, "u:").encode().hex(),
    "base64 of base64, percent-encoded": lambda secret: quote(b64(b64(secret, "u:")), safe=""),
    "base32": lambda secret: base64.b32encode(f"u:{secret}".encode()).decode(),
    "quoted-printable": lambda secret: "".join(f"={byte:02X}" for byte in secret.encode()),
    "percent and u": lambda secret: "".join(f"%u{ord(one):04x}" for one in secret),
    "C, octal": lambda secret: "".join(f"\\{byte:03o}" for byte in secret.encode()),
    "JavaScript, by code point": lambda secret: "".join(f"\\u{{{ord(one):x}}}" for one in secret),
    "Python, in full": lambda secret: "".join(f"\\U{ord(one):08x}" for one in secret),
    "HTML, without semicolons": lambda secret: "".join(f"&#{ord(one)}" for one in secret),
    "hexadecimal pairs": lambda secret: ":".join(f"{byte:02x}" for byte in secret.encode()),
    "a list of bytes": lambda secret: str(list(secret.encode())),
    "an array of C": lambda secret: ", ".join(f"0x{byte:02x}" for byte in secret.encode()),
    "with characters of no width": lambda secret: "\u200b".join(secret),
    "after a backslash": lambda secret: "\\" + secret,
    "after a percent sign": lambda secret: "%" + secret,
}


SECRETS = [
    "hunter2-password",
    "p ä&\"\\x'/\n+%41é€ß",
    "a\\nbcdef",
    "4111111111",
    "glpat-_-_AbC",
    "日本語のパスワード",
    "aaaaaa",
]


@pytest.mark.parametrize("name", ENCODED)
@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_found_in_each_encoding(secret, name):
    secrets = Secrets()
    secrets.add(secret)
    text = ENCODED[name](secret)
    for shown in (secrets.blank(f"before {text} after"), secrets.foreign(f"before {text} after")):
        assert BLANK in shown and shown.startswith("before ") and shown.endswith(" after")
        # Only quotes, a sign before, and padding may be left.
        assert len(shown) <= len(f"before \\\\'''{BLANK}'''%3d%3d after")


OWN = [
    # secrets, text, as it is shown, reason
    (["hunter2"], "no secret", "no secret", "nothing to blank"),
    (["hunter2"], "hunter2", "***", "all of the text"),
    (["hunter2"], "hunter2hunter2 hunter2", "*** ***", "several; two in a row are one"),
    (["abcabcab"], "xabcabcabcaby", "x***y", "two that overlap"),
    (["hunter2", "ter2-x-y"], "hunter2-x-y", "***", "two secrets that overlap"),
    (["short"], "short", "short", "our own words may hold a short one"),
    ([""], "text", "text", "an empty one is none"),
]


@pytest.mark.parametrize("known, text, want, reason", OWN, ids=[row[3] for row in OWN])
def test_our_own_texts(known, text, want, reason):
    secrets = Secrets()
    secrets.add(*known)
    assert secrets.blank(text) == want


FOREIGN = [
    # secret, text, as it is shown, reason
    ("short", "no such thing", "no such thing", "nothing to hide"),
    ("short", "it is short", WITHHELD, "a blank would show where it is"),
    ("short", "c2hvcnQ=", WITHHELD, "the same in base64"),
    ("ab1", b64("ab1", "u:"), WITHHELD, "base64, two bytes later"),
    ("ab1", "Basic " + b64("ab1", "x"), WITHHELD, "base64, one byte later"),
    ("ab1", "Basic " + b64("ab1", "user:", ":more").rstrip("="), WITHHELD, "in the middle, without padding"),
    ("ab1", f"path/{b64('ab1', 'u:')}", WITHHELD, "behind other characters of base64"),
    ("ab1", f"x{b64('ab1', 'u:')}", WITHHELD, "behind one"),
    ("?~>", base64.urlsafe_b64encode(b"u:?~>").decode(), WITHHELD, "base64 for URLs"),
    ("ab1", "dTphYjE%3D", WITHHELD, "base64 in a URL"),
    ("pä", base64.b64encode("u:pä".encode("latin-1")).decode(), WITHHELD, "base64 of Latin-1"),
    ("ab1", "is 616231", WITHHELD, "hexadecimal"),
    ("ab1", b64(b64("ab1", "u:")), WITHHELD, "base64 of base64"),
    ("ab1", b64("616231", "x"), WITHHELD, "base64 of hexadecimal"),
    ("eyJhbGciOiJSUzI1NiJ9", b64("…OiJSUzI1NiJ9 is bad"), "***", "base64 of the end of one"),
    ("ab1", f"denied: {b64('other', 'u:')}", "denied: dTpvdGhlcg==", "base64 of something else"),
    ("pä%", "x p%C3%A4%25", WITHHELD, "percent-encoded"),
    ("x", "next", WITHHELD, "a letter"),
    ("eyJhbGciOiJSUzI1NiJ9", "token eyJhbGciOiJSU...", "token ***...", "the beginning of one"),
    ("eyJhbGciOiJSUzI1NiJ9", "…iJSUzI1NiJ9 is bad", "…iJSUzI1NiJ9 is bad", "fewer characters than can be told from a word"),
    ("eyJhbGciOiJSUzI1NiJ9", "…OiJSUzI1NiJ9 is bad", "…*** is bad", "the end of one"),
]


@pytest.mark.parametrize("secret, text, want, reason", FOREIGN, ids=[row[3] for row in FOREIGN])
def test_texts_of_others(secret, text, want, reason):
    secrets = Secrets()
    secrets.add(secret)
    assert secrets.foreign(text) == want


def test_a_secret_at_the_end_of_what_is_read():
    """Nothing of it is shown, wherever a long text is cut."""
    secrets = Secrets()
    secrets.add("hunter2-password")
    for length in range((16 << 10) - 20, (16 << 10) + 2):
        assert "hun" not in secrets.foreign(" " * length + "hunter2-password" + "x" * 100)


def test_random_secrets_in_random_texts():
    source = random.Random(3)
    characters = "ab%\\&#;x41u0 +/=-_é€\"'\n:"
    for _ in range(3000):
        secret = "".join(source.choices(characters, k=source.randrange(6, 14)))
        secrets = Secrets()
        secrets.add(secret)
        text = "".join(source.choices(characters, k=8)) + secret + "".join(source.choices(characters, k=8))
        assert secret not in secrets.blank(text), (secret, text)
        assert secret not in secrets.foreign(text), (secret, text)


def test_an_output_shows_none():
    secrets, stream = Secrets(), io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    secrets.add("hunter2-password")
    Output(stream, secrets).line("→ \ud800 hunter2-password")
    stream.flush()
    assert stream.buffer.getvalue() == b"\\u2192 \\ud800 ***\n"


def test_an_error_forgets_its_cause():
    secrets = Secrets()
    secrets.add("hunter2-password")
    try:
        try:
            "hunter2-password\ud800".encode()
        except UnicodeEncodeError:
            raise RegistryError("for hunter2-password", "not hunter2-password")  # noqa: B904
    except RegistryError as error:
        error.without_secrets(secrets.blank)
        assert (str(error), repr(error)) == ("for ***\n  fix: not ***", "RegistryError('for ***')")
        assert error.__context__ is None and error.__cause__ is None


LOGINS = [
    # entry of config.json, what is noted, reason
    ({"registrytoken": "token-of-\nthe-test"}, "its registry token has a character that a header cannot carry", "a newline"),
    (
        {"registrytoken": "token-of-the-test\r"},
        "its registry token has a character that a header cannot carry",
        "a carriage return",
    ),
    ({"registrytoken": "token of the test"}, "its registry token has a character that a header cannot carry", "spaces"),
    (
        {"registrytoken": "token-of-the-test-€"},
        "its registry token has a character that a header cannot carry",
        "no Latin-1",
    ),
    ({"registrytoken": "token-of-the-test-é"}, "its registry token has a character that a header cannot carry", "no ASCII"),
    (
        {"registrytoken": "token-of-the-test-\ud800"},
        "its registry token has a character that a header cannot carry",
        "half a character",
    ),
    ({"username": "robot", "password": "secret-of-\ud800"}, "its password has half of a surrogate pair", "the same"),
    ({"username": "robot\udfff", "password": "secret-of-the-test"}, "its name has half of a surrogate pair", "in a name"),
    ({"username": "a:b", "password": "secret-of-the-test"}, "its name has a colon", "a name that would end early"),
    ({"identitytoken": "token-of-\udc00"}, "its identity token has half of a surrogate pair", "for a token server"),
]


@pytest.mark.parametrize("entry, noted, reason", LOGINS, ids=[row[2] for row in LOGINS])
@pytest.mark.parametrize("kind", ["basic", "token"])
def test_a_login_that_cannot_be_sent(kind, entry, noted, reason, tmp_path):
    """It is not tried, and not shown: the errors of the HTTP library would show it."""
    with RegistryServer(kind) as server:
        (tmp_path / "config.json").write_text(json.dumps({"auths": {server.address(): entry}}))
        push = push_of(server, tmp_path, IMAGE)
        ran = run(PushPlan((push,), deadline=20), {"DOCKER_CONFIG": str(tmp_path)})
        assert f"the login for {server.address()} in {tmp_path}/config.json cannot be sent: {noted}" in ran.error
        assert not [value for value in entry.values() if value in ran.everything or printable(value) in ran.everything]
        assert (
            "token-of" not in ran.everything
            and "secret-of" not in ran.everything
            and not [each for each in server.log if "authorization" in each.headers]
        )


def test_a_login_of_any_other_characters_is_sent(tmp_path):
    for number, password in enumerate(
        ["pässwörd", "日本語のパスワード", "with\nnewline", "\x00\x7f\x80", "a:b:c:d", " x ", "🎈"]
    ):
        with RegistryServer("basic", login=("robot", password)) as server:
            push = push_of(server, tmp_path / str(number), IMAGE)
            ran = run(PushPlan((push,), deadline=20), docker_config(tmp_path, server.address(), ("robot", password)))
            assert ran.error == ""


def test_secrets_of_a_login():
    assert Login("a", "b", "c", "d").secrets == ("b", "c", "d", b64("a:b"))
    assert Login("a", "\ud800").secrets == ("\ud800", "", "", "")
