"""Pins down what is a block of PEM, what is a mistake, and in which line; and the one form that is written."""

from __future__ import annotations

import ssl
import time

import pytest

from scratch_image.certificates.pem import Block, PemMistake, decode, encode, split

BEGIN, END = b"-----BEGIN X-----\n", b"-----END X-----\n"

BLOCKS = [
    (b"", [], "nothing"),
    (b"subject=CN = Root\n\xff\xfe comments\n=====\n", [], "text outside of blocks means nothing"),
    (BEGIN + b"YQ==\n" + END, [Block("X", 1, (b"YQ==",))], "one block"),
    (BEGIN + b"YQ==\n" + END[:-1], [Block("X", 1, (b"YQ==",))], "no newline at the end"),
    ((BEGIN + b"YQ==\n" + END).replace(b"\n", b"\r\n"), [Block("X", 1, (b"YQ==",))], "CRLF"),
    ((b"# a\n" + BEGIN + b"YQ==\n" + END).replace(b"\n", b"\r"), [Block("X", 2, (b"YQ==",))], "CR alone"),
    (BEGIN[:-1] + b" \t\nYQ==\n" + END, [Block("X", 1, (b"YQ==",))], "white space after a boundary"),
    (BEGIN + END + b"\n# b\n" + BEGIN + b"a\nb\n" + END, [Block("X", 1, ()), Block("X", 5, (b"a", b"b"))], "two"),
    (b"-----BEGIN A B-C.D-----\n-----END A B-C.D-----", [Block("A B-C.D", 1, ())], "RFC 7468 labels"),
    (b"# -----BEGIN X-----\n#YQ==\n  # -----END X-----\n", [], "a block that somebody commented out"),
    (b"-- END OF FILE --\n--- BEGIN ---\n", [], "words of a comment"),
]


@pytest.mark.parametrize("content, want, reason", BLOCKS)
def test_blocks(content, want, reason):
    assert list(split(content)) == want


MISTAKES = [
    (BEGIN + b"YQ==\n", [1], ["no line -----END X-----"], "the file ends in a block"),
    (b"\n" + BEGIN + b"YQ==\n" + BEGIN + END, [2], ["no line -----END X-----"], "another block begins"),
    (b"a\n" + END, [2], ["END X without a BEGIN"], "no begin"),
    (BEGIN + b"-----END Y-----\n", [2], ["END Y ends a block that line 1 calls X"], "another label"),
    (END + BEGIN, [1, 2], ["without a BEGIN", "no line -----END"], "both the wrong way round"),
    (b"  " + BEGIN, [1], ["must begin and end exactly like"], "indented, as from YAML: other readers skip it"),
    (b"> " + BEGIN, [1], ["must begin and end exactly like"], "quoted"),
    (
        b"x" + BEGIN + b"YQ==\n" + END,
        [1, 3],
        ["must begin and end exactly like", "without a BEGIN"],
        "joined lines",
    ),
    (b"----BEGIN CERTIFICATE----\n", [1], ["must begin and end exactly like"], "four dashes"),
    (b"-----BEGIN CERTIFICATE---\n", [1], ["must begin and end exactly like"], "three dashes at the end"),
    (b"-----BEGIN -----\n", [1], ["must begin and end exactly like"], "no label"),
    (b"-----BEGIN X-----YQ==-----END X-----\n", [1], ["must begin and end exactly like"], "all in one line"),
    (b"-----BEGIN \xc3\x9c-----\n", [1], ["must begin and end exactly like"], "a label of other letters than ASCII"),
    (BEGIN + b"YQ==\n----END X----\n", [1], ["no line -----END X-----"], "an end with four dashes is none"),
]


@pytest.mark.parametrize("content, lines, texts, reason", MISTAKES)
def test_mistakes(content, lines, texts, reason):
    found = [item for item in split(content) if isinstance(item, PemMistake)]
    assert [mistake.line for mistake in found] == lines
    for mistake, text in zip(found, texts):
        assert text in mistake.text


def test_blocks_after_a_mistake_are_read():
    """All mistakes of a file are told at once, so the first does not end the reading."""
    content = BEGIN + b"!\n" + BEGIN + b"YQ==\n" + END
    assert [type(item) for item in split(content)] == [PemMistake, Block]


@pytest.mark.parametrize(
    "body, want",
    [
        ((b"YQ==",), b"a"),
        ((b"YW", b"Jj"), b"abc"),
        ((b" YWJj\t", b"", b"YWJj"), b"abcabc"),
        ((b"/+8=",), b"\xff\xef"),
    ],
)
def test_decode(body, want):
    assert decode(Block("X", 1, body)) == want


BAD_BASE64 = [
    ((), 7, "empty", "no line"),
    ((b"", b" "), 7, "empty", "blank lines only"),
    ((b"YWJj", b"Y*=="), 9, "not base64", "a character of no alphabet, in its line"),
    ((b"Proc-Type: 4,ENCRYPTED",), 8, "not base64", "a header of RFC 1421"),
    ((b"YW Jj",), 8, "not base64", "white space inside"),
    ((b"_-8=",), 8, "not base64", "base64url"),
    ((b"YWJ\xc3",), 8, "not base64", "not ASCII"),
    ((b"YWJ",), 7, "damaged", "a character is missing"),
    ((b"YQ=",), 7, "damaged", "half of the padding"),
    ((b"YQ===",), 7, "damaged", "too much padding"),
    ((b"YWJj=",), 7, "damaged", "padding where none is due: Pythons differ here"),
    ((b"====",), 7, "damaged", "nothing but padding"),
    ((b"YQ==", b"YQ=="), 7, "damaged", "more after the padding"),
    ((b"YR==",), 7, "damaged", "bits that belong to no byte"),
]


@pytest.mark.parametrize("body, line, text, reason", BAD_BASE64)
def test_bad_base64(body, line, text, reason):
    mistake = decode(Block("X", 7, body))
    assert isinstance(mistake, PemMistake)
    assert mistake.line == line
    assert text in mistake.text


@pytest.mark.parametrize(
    "content, want",
    [
        (b"a", b"-----BEGIN X-----\nYQ==\n-----END X-----\n"),
        (bytes(48), b"-----BEGIN X-----\n" + b"A" * 64 + b"\n-----END X-----\n"),
        (bytes(49), b"-----BEGIN X-----\n" + b"A" * 64 + b"\nAA==\n-----END X-----\n"),
    ],
)
def test_encode(content, want):
    assert encode("X", content) == want
    (block,) = split(want)
    assert isinstance(block, Block) and decode(block) == content


@pytest.mark.parametrize("size", [1, 47, 48, 49, 1000])
def test_the_standard_library_writes_and_reads_the_same(size):
    content = bytes(number % 251 for number in range(size))
    written = encode("CERTIFICATE", content)
    assert written == ssl.DER_cert_to_PEM_cert(content).encode()
    assert ssl.PEM_cert_to_DER_cert(written.decode()) == content


@pytest.mark.parametrize("line", [b"-", b"-----BEGIN X", b"-----BEGIN " + b"X-", b" ", b"#", b"\r"])
def test_a_long_line_takes_no_long_time(line):
    """Expressions that try many ways of reading a line would take hours over this."""
    start = time.perf_counter()
    list(split(line * (1 << 20)))
    assert time.perf_counter() - start < 60
