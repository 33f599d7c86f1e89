"""Pins down what each value of an image configuration may look like: what is taken, as what, and what is refused."""

from __future__ import annotations

import random

import pytest

from scratch_image.oci import grammar, image_paths

GOOD = [
    # function, value as written, value in the image
    (grammar.text, "", ""),
    (grammar.text, "two\nlines, Grüße, 鯨", "two\nlines, Grüße, 鯨"),
    (grammar.name, "org.example.team", "org.example.team"),
    (grammar.name, " ", " "),
    (grammar.variable, "PATH", "PATH"),
    (grammar.variable, "spring.data-source", "spring.data-source"),
    (grammar.variable, "GRÖSSE", "GRÖSSE"),
    (image_paths.absolute_path, "/", "/"),
    (image_paths.absolute_path, "/a/b", "/a/b"),
    (image_paths.absolute_path, "/" + "n" * 255, "/" + "n" * 255),
    (image_paths.absolute_path, "/..a/.b/c.", "/..a/.b/c."),
    (image_paths.directory_path, "/data/", "/data"),
    (image_paths.directory_path, "/", "/"),
    (image_paths.volume, "/var/lib/data/", "/var/lib/data"),
    (image_paths.file_path, "/usr/local/bin/hello", "/usr/local/bin/hello"),
    (image_paths.file_path, "/a.wh.b", "/a.wh.b"),
    (grammar.port, "8080", "8080/tcp"),
    (grammar.port, 8080, "8080/tcp"),
    (grammar.port, "53/udp", "53/udp"),
    (grammar.port, "9899/sctp", "9899/sctp"),
    (grammar.port, "1/tcp", "1/tcp"),
    (grammar.port, "65535", "65535/tcp"),
    (grammar.port, "0080", "80/tcp"),
    (grammar.stop_signal, "SIGTERM", "SIGTERM"),
    (grammar.stop_signal, "SIGRTMIN+3", "SIGRTMIN+3"),
    (grammar.stop_signal, "SIGRTMAX-1", "SIGRTMAX-1"),
    (grammar.stop_signal, "9", "9"),
    (grammar.stop_signal, "64", "64"),
    (grammar.created, "2024-05-01T00:00:00Z", "2024-05-01T00:00:00Z"),
    (grammar.created, "2024-02-29T23:59:59.123456789+05:30", "2024-02-29T23:59:59.123456789+05:30"),
    (grammar.created, "0001-01-01T00:00:00-00:00", "0001-01-01T00:00:00-00:00"),
    (grammar.created_from_epoch, "0", "1970-01-01T00:00:00Z"),
    (grammar.created_from_epoch, "1700000000", "2023-11-14T22:13:20Z"),
    (grammar.created_from_epoch, "253402300799", "9999-12-31T23:59:59Z"),
    (grammar.user, "65532:65532", "65532:65532"),
    (grammar.user, "nobody", "nobody"),
    (grammar.user, "www-data:33", "www-data:33"),
    (grammar.user, "0:_adm", "0:_adm"),
    (grammar.user, "4294967294", "4294967294"),
]


@pytest.mark.parametrize("function, value, want", GOOD)
def test_good(function, value, want):
    assert function(value) == want


BAD = [
    # function, value, what the message must name, reason
    (grammar.text, "a\0b", "NUL", "the kernel would cut it there"),
    (grammar.text, "\ud800", "surrogate", "no UTF-8 for it"),
    (grammar.name, "", "empty", "an empty key"),
    (grammar.variable, "", "no name", "an empty name"),
    (grammar.variable, "A=b", "'A=b'", "the kernel would take it for A"),
    (grammar.variable, "A\0", "NUL", "the kernel would cut it there"),
    (grammar.variable, "A B", "U+0020 (SPACE); write 'AB'", "no shell can read it"),
    (grammar.variable, "A\t", "U+0009", "no shell can read it"),
    (grammar.variable, "A\u200b", "U+200B (ZERO WIDTH SPACE)", "it looks like A"),
    (image_paths.absolute_path, "", "it is empty; write an absolute path: '/app'", "empty: no path is near"),
    (image_paths.absolute_path, "app", "'/app'", "relative: the message shows the absolute path"),
    (image_paths.absolute_path, "./app", "'/app'", "relative with a dot"),
    (image_paths.absolute_path, "/a/../b", "'..'", "leads elsewhere"),
    (image_paths.absolute_path, "/..", "'..'", "leads above the root"),
    (image_paths.absolute_path, "/a/.", "'.'", "not the shortest spelling"),
    (image_paths.absolute_path, "/a//b", "'//'", "not the shortest spelling"),
    (image_paths.absolute_path, "//", "'//'", "not the shortest spelling of the root"),
    (image_paths.absolute_path, "/a\n", "control", "a line feed"),
    (image_paths.absolute_path, "/a\x7f", "control", "a delete character"),
    (image_paths.absolute_path, "/" + "n" * 256, "255", "a component of 256 bytes"),
    (image_paths.absolute_path, "/" + "ü" * 128, "255", "128 characters, 256 bytes"),
    (image_paths.absolute_path, "/abc" * 1024, "4095", "4096 bytes, with the NUL one too many"),
    (image_paths.directory_path, "data", "relative", "relative"),
    (image_paths.volume, "/", "'/'", "the whole image"),
    (image_paths.volume, "data", "relative", "relative"),
    (image_paths.volume, "/data/.wh.a", "rename it", "a name that layers reserve"),
    (image_paths.file_path, "/", "'/app'", "the root"),
    (image_paths.file_path, "/bin/", "'/bin/app'", "names a directory"),
    (image_paths.file_path, "/a/.wh.b", "'.wh.'", "a whiteout"),
    (image_paths.file_path, "/.wh..wh..opq/b", "'.wh.'", "an opaque whiteout as directory"),
    (grammar.port, "http", "'8080'", "a service's name"),
    (grammar.port, "", "'8080'", "empty"),
    (grammar.port, "80/xyz", "'53/udp'", "an unknown protocol"),
    (grammar.port, "80/", "'80'", "an empty protocol"),
    (grammar.port, "80/TCP", "'80/tcp'", "a protocol in capitals"),
    (grammar.port, "8000-8010", "'8000-8010'", "a range"),
    (grammar.port, "80:80", "'80:80'", "a publication, as for `docker run`"),
    (grammar.port, "0", "65535", "below the lowest"),
    (grammar.port, 70000, "65535", "above the highest"),
    (grammar.port, -1, "-1", "negative"),
    (grammar.port, "٨٠", "'٨٠'", "digits, but not ASCII ones"),
    (grammar.port, True, "True", "int() of it would be 1"),
    (grammar.port, 80.0, "80.0", "not whole"),
    (grammar.stop_signal, "", "SIGTERM", "empty"),
    (grammar.stop_signal, "TERM", "'SIGTERM'", "without its prefix"),
    (grammar.stop_signal, "sigint", "'SIGINT'", "in lower case"),
    (grammar.stop_signal, "SIGTREM", "'SIGTERM'", "misspelt"),
    (grammar.stop_signal, "0", "64", "no signal: it asks whether a process exists"),
    (grammar.stop_signal, "65", "64", "above the highest"),
    (grammar.stop_signal, "SIGRTMIN+31", "SIGRTMIN", "beyond SIGRTMAX"),
    (grammar.stop_signal, "SIGRTMIN+0", "SIGRTMIN", "another spelling of SIGRTMIN"),
    (grammar.created, "", "RFC 3339", "empty"),
    (grammar.created, "2024-05-01", "RFC 3339", "a date"),
    (grammar.created, "2024-05-01T00:00:00", "RFC 3339", "no zone"),
    (grammar.created, "2024-05-01 00:00:00Z", "RFC 3339", "a space for the T, which Go does not read"),
    (grammar.created, "2024-05-01t00:00:00z", "RFC 3339", "lower case, which Go does not read"),
    (grammar.created, "2023-02-29T00:00:00Z", "RFC 3339", "no leap year"),
    (grammar.created, "2024-05-01T24:00:00Z", "RFC 3339", "hour 24"),
    (grammar.created, "2024-05-01T00:00:60Z", "RFC 3339", "a leap second, which Go does not read"),
    (grammar.created, "2024-05-01T00:00:00+24:00", "RFC 3339", "an offset of a day"),
    (grammar.created, "2024-05-01T00:00:00+00:60", "RFC 3339", "an offset of 60 minutes"),
    (grammar.created, "0000-01-01T00:00:00Z", "RFC 3339", "the year 0"),
    (grammar.created, "2024-05-01T00:00:00.1234567890Z", "RFC 3339", "finer than a nanosecond"),
    (grammar.created, "2024-05-01T00:00:00Z\n", "RFC 3339", "a line feed"),
    (grammar.created_from_epoch, "", "''", "empty"),
    (grammar.created_from_epoch, "-1", "'-1'", "before 1970"),
    (grammar.created_from_epoch, "1.5", "'1.5'", "not whole"),
    (grammar.created_from_epoch, "253402300800", "9999", "the year 10000"),
    (grammar.user, "", "65532:65532", "empty"),
    (grammar.user, "65532:", "example '65532'", "an empty group"),
    (grammar.user, ":0", "65532:65532", "an empty user"),
    (grammar.user, "1:2:3", "65532:65532", "three parts"),
    (grammar.user, "-1", "'-1'", "negative"),
    (grammar.user, "John Doe", "'John Doe'", "a space"),
    (grammar.user, "0:4294967295", "4294967295", "chown(2) takes it for 'leave unchanged'"),
    (grammar.platform, "linux", "linux/amd64", "no architecture"),
]
FUNCTIONS = sorted({row[0] for row in GOOD}, key=lambda function: function.__name__)


@pytest.mark.parametrize("function, value, named, reason", BAD)
def test_bad(function, value, named, reason):
    with pytest.raises(ValueError) as error:
        function(value)
    assert named in str(error.value)


@pytest.mark.parametrize("value", [None, 7.5, b"/bytes", ["/list"], {"/a": 1}, ("/tuple",), False])
@pytest.mark.parametrize("function", [f for f in FUNCTIONS if f is not grammar.created_from_epoch])
def test_other_types_are_refused_by_value_error(function, value):
    with pytest.raises(ValueError) as error:
        function(value)
    assert repr(value) in str(error.value)


def test_platform_is_read():
    assert str(grammar.platform("linux/arm/v7")) == "linux/arm/v7"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_whatever_is_written_is_taken_or_refused_by_value_error(function):
    """What is taken must also be in its final form: reading it again must give the same."""
    seeds = [value for own, value, _ in GOOD if own is function and isinstance(value, str)]
    source = random.Random(function.__name__)
    taken = 0
    for _ in range(500):
        written = _mutated(source, source.choice(seeds))
        try:
            value = function(written)
        except ValueError:
            continue
        taken += 1
        if function is not grammar.created_from_epoch:
            assert function(value) == value
    assert 0 < taken < 500


def _mutated(source: random.Random, text: str) -> str:
    """The text with up to three characters replaced, inserted or left out, of those that a grammar may stumble over."""
    characters = list(text)
    for _ in range(source.randrange(4)):
        place = source.randrange(len(characters) + 1)
        characters[place : place + source.randrange(2)] = source.choice(["", *"/.:=+-TZ019aé٣鯨\0\n\x7f\ud800 "])
    return "".join(characters)
