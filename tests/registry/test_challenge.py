"""Pins down what is read from `WWW-Authenticate`, and that nothing in it is an error."""

from __future__ import annotations

import random

import pytest

from scratch_image.registry.challenge import Challenge, choose, parse

HUB = 'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"'

CHALLENGES = [
    # header, challenges, reason
    ("", (), "no header"),
    ("Basic", (Challenge("basic"),), "a scheme alone"),
    ('Basic realm="x"', (Challenge("basic", {"realm": "x"}),), "one parameter"),
    ("basic REALM=x", (Challenge("basic", {"realm": "x"}),), "names are the same in any case; a token needs no quotes"),
    ('Basic realm = "x"', (Challenge("basic", {"realm": "x"}),), "RFC 9110 allows space around the sign"),
    (
        HUB,
        (
            Challenge(
                "bearer",
                {
                    "realm": "https://auth.docker.io/token",
                    "service": "registry.docker.io",
                    "scope": "repository:a/b:pull,push",
                },
            ),
        ),
        "a comma in quotes separates nothing",
    ),
    (
        'Bearer realm="https://a/t", Basic realm="b"',
        (Challenge("bearer", {"realm": "https://a/t"}), Challenge("basic", {"realm": "b"})),
        "two challenges",
    ),
    (
        'Basic, Bearer realm="r"',
        (Challenge("basic"), Challenge("bearer", {"realm": "r"})),
        "a scheme without parameters first",
    ),
    (
        'Negotiate dG9rZW4=, Bearer realm="r"',
        (Challenge("negotiate"), Challenge("bearer", {"realm": "r"})),
        "a token68 is passed over",
    ),
    ('Bearer realm="a\\"b\\\\c"', (Challenge("bearer", {"realm": 'a"b\\c'}),), "quoted pairs"),
    ('Bearer realm="a",realm="b"', (Challenge("bearer", {"realm": "a"}),), "the first of a name counts"),
    ('realm="a"', (), "a parameter without a scheme"),
    ('Bearer realm="open', (Challenge("bearer"),), "a quote that does not end"),
    ("Bearer realm=", (Challenge("bearer"),), "no value"),
    (', ,Bearer realm="a",,', (Challenge("bearer", {"realm": "a"}),), "empty elements of the list"),
    ("\x00\xff", (), "no text"),
]


@pytest.mark.parametrize("header, want, reason", CHALLENGES, ids=[row[2] for row in CHALLENGES])
def test_challenges(header, want, reason):
    assert parse(header) == want


CHOICES = [
    ('Basic realm="b", Bearer realm="https://a"', "bearer", "a token says less than a password"),
    ('Bearer service="x", Basic realm="b"', "basic", "Bearer without a realm cannot be answered"),
    ("Basic", "basic", "Basic needs no realm to be answered"),
    ("Negotiate", None, "a scheme that is not ours"),
]


@pytest.mark.parametrize("header, want, reason", CHOICES, ids=[row[2] for row in CHOICES])
def test_the_challenge_that_is_answered(header, want, reason):
    found = choose(parse(header))
    assert (found and found.scheme) == want


def test_what_is_written_is_read_again():
    source = random.Random(7)
    characters = 'abc:/,= "\\\t?&é'
    for _ in range(2000):
        wanted = [
            Challenge(scheme, {name: "".join(source.choices(characters, k=source.randrange(8))) for name in names})
            for scheme, names in zip(
                source.choices(("bearer", "basic", "x-y"), k=3), ([], ["realm"], ["realm", "scope", "service"])
            )
        ]
        source.shuffle(wanted)
        escape = str.maketrans({'"': '\\"', "\\": "\\\\"})
        parts = []
        for each in wanted:
            values = ", ".join(f'{name}="{value.translate(escape)}"' for name, value in each.parameters.items())
            parts.append(f"{each.scheme} {values}".rstrip(" "))
        header = " , ".join(parts)
        assert parse(header) == tuple(wanted), header


def test_nothing_that_can_be_sent_is_an_error():
    """In linear time too: a header of 16 KiB is read in a moment."""
    source = random.Random(11)
    pieces = ["Bearer ", 'realm="', '"', ",", "=", "\\", " ", "a", "Basic", 'scope="x:y:z"', "\x00", "é", "\t", "=="]
    for _ in range(20_000):
        parse("".join(source.choices(pieces, k=source.randrange(20))))
    for piece in pieces:
        parse(piece * 20_000)
