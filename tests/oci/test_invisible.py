"""Pins down which characters nobody can see in a path or a name: by classes of Unicode, and by examples with a reason."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from scratch_image.image import output_path, placement, values
from scratch_image.image.placement import MadeFile, MadeLink, MadeTree
from scratch_image.image.values import FileSource, Owner
from scratch_image.oci import grammar, image_paths
from scratch_image.oci.invisible import cleaned, invisible, visible

EVERY = [chr(point) for point in range(sys.maxunicode + 1)]
# Of this Python's Unicode, which is the table's or an older one.
REFUSED_CATEGORIES = ("Cc", "Cf", "Zl", "Zp", "Co")


def test_every_character_of_these_categories_is_refused():
    missed = [one for one in EVERY if unicodedata.category(one) in REFUSED_CATEGORIES and not invisible(one)]
    assert missed == []


def test_the_space_is_the_only_blank():
    assert [one for one in EVERY if unicodedata.category(one) == "Zs" and not invisible(one)] == [" "]


def test_no_letter_digit_or_sign_that_has_a_glyph_is_refused():
    """Of what is neither a control nor a blank: the fillers and selectors that Unicode calls default ignorable, and three
    signs that are empty."""
    refused = {
        one for one in EVERY if invisible(one) and unicodedata.category(one) not in (*REFUSED_CATEGORIES, "Zs", "Cn", "Cs")
    }
    ignorable = {*"\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0", *map(chr, range(0xFE00, 0xFE10))}
    selectors = set(map(chr, range(0xE0100, 0xE01F0)))
    assert refused - ignorable - selectors == {"\u2800", "\U0001d159", "\ufffc"}


def test_noncharacters_are_refused():
    points = [*range(0xFDD0, 0xFDF0), *(plane * 0x10000 + end for plane in range(17) for end in (0xFFFE, 0xFFFF))]
    assert all(invisible(chr(point)) for point in points)


SEEN = [
    # text, reason
    ("", "nothing"),
    ("/usr/bin/app-1.0_a b~", "ASCII"),
    ("/Grüße/鯨/العربية/हिन्दी/emoji-🐳", "letters of other scripts"),
    ("/e\u0301", "a letter with an accent of its own"),
    ("/\ufffd", "the replacement character has a glyph"),
    ("/\ufdfc", "as has a sign near the noncharacters"),
]


@pytest.mark.parametrize("text, reason", SEEN)
def test_what_can_be_seen(text, reason):
    assert invisible(text) is None, reason


UNSEEN = [
    # text, what the message names, the text that it shows, what it offers, reason
    ("/a\u202eb", "U+202E (RIGHT-TO-LEFT OVERRIDE)", "'/a\\u202eb'", "'/ab'", "turns what follows around"),
    ("/a\u2067b\u2069", "U+2067 (RIGHT-TO-LEFT ISOLATE)", "'/a\\u2067b\\u2069'", "'/ab'", "the same, by pairs"),
    ("/a\u200eb", "U+200E (LEFT-TO-RIGHT MARK)", "\\u200e", "'/ab'", "a mark of direction"),
    ("/a\u061cb", "U+061C (ARABIC LETTER MARK)", "\\u061c", "'/ab'", "another"),
    ("/a\u200bb", "U+200B (ZERO WIDTH SPACE)", "\\u200b", "'/ab'", "no width"),
    ("/a\u200db", "U+200D (ZERO WIDTH JOINER)", "\\u200d", "'/ab'", "no width"),
    ("/a\u2060b", "U+2060 (WORD JOINER)", "\\u2060", "'/ab'", "no width"),
    ("\ufeff/a", "U+FEFF (ZERO WIDTH NO-BREAK SPACE)", "\\ufeff", "'/a'", "a byte order mark"),
    ("/a\u00adb", "U+00AD (SOFT HYPHEN)", "\\xad", "'/ab'", "shown at the end of a line only"),
    ("/a\u034fb", "U+034F (COMBINING GRAPHEME JOINER)", "\\u034f", "'/ab'", "default ignorable, and a mark"),
    ("/a\u115fb", "U+115F (HANGUL CHOSEONG FILLER)", "\\u115f", "'/ab'", "default ignorable, and a letter"),
    ("/a\u3164", "U+3164 (HANGUL FILLER)", "\\u3164", "'/a'", "the same, which identifiers may hold"),
    ("/a\ufe0f", "U+FE0F (VARIATION SELECTOR-16)", "\\ufe0f", "'/a'", "chooses a glyph"),
    ("/a\U000e0041", "U+E0041 (TAG LATIN CAPITAL LETTER A)", "\\U000e0041", "'/a'", "hides a text in a text"),
    ("/a\U000e01ef", "U+E01EF (VARIATION SELECTOR-256)", "\\U000e01ef", "'/a'", "hides a byte in a text"),
    ("/a\u00a0b", "U+00A0 (NO-BREAK SPACE)", "\\xa0", "'/a b'", "looks like a space"),
    ("/a\u3000b", "U+3000 (IDEOGRAPHIC SPACE)", "\\u3000", "'/a b'", "a wide one"),
    ("/a\u2800b", "U+2800 (BRAILLE PATTERN BLANK)", "\\u2800", "'/a b'", "a sign without a dot"),
    ("/a\u2028b", "U+2028 (LINE SEPARATOR)", "\\u2028", "'/ab'", "ends a line for some"),
    ("/a\u0085b", "U+0085 (a control character)", "\\x85", "'/ab'", "ends a line for others"),
    ("/a\x1b[2K", "U+001B (a control character)", "\\x1b", "'/a[2K'", "what a terminal obeys"),
    ("/a\ue000", "U+E000", "\\ue000", "'/a'", "private use: no glyph, or anyone's"),
    ("/a\uffff", "U+FFFF", "\\uffff", "'/a'", "a noncharacter"),
    ("/a\ufffc", "U+FFFC (OBJECT REPLACEMENT CHARACTER)", "\\ufffc", "'/a'", "stands for something else"),
]


@pytest.mark.parametrize("text, named, shown, offered, reason", UNSEEN)
def test_what_cannot_be_seen(text, named, shown, offered, reason):
    assert invisible(text) == named, reason
    assert shown in visible(text) and not any(map(invisible, visible(text)))
    assert repr(cleaned(text)) == offered


WHERE = [
    # function, a good value, around a place for a character
    (image_paths.absolute_path, "/a{}b"),
    (image_paths.directory_path, "/a{}b"),
    (image_paths.volume, "/data{}x"),
    (image_paths.file_path, "/usr/bin{}/app"),
    (grammar.variable, "LOG{}LEVEL"),
    (grammar.name, "org.example{}.a"),
    (values.place, "/srv{}/"),
    (values.text_place, "/etc/a{}b"),
    (values.directory_place, "/srv/a{}b"),
    (values.link_place, "/srv/a{}b"),
    (values.link_target, "../a{}b"),
    (output_path.output_path, "images/a{}b"),
]


@pytest.mark.parametrize("function, value", WHERE)
@pytest.mark.parametrize("character", ["\u202e", "\u200b", "\u00a0", "\ufe0f", "\U000e0041", "\n", "\x7f"])
def test_where_they_are_refused(function, value, character):
    assert function(value.format("-"))
    with pytest.raises(ValueError) as error:
        function(value.format(character))
    said = str(error.value)
    assert f"U+{ord(character):04X}" in said and character not in said


@pytest.mark.parametrize("made", [MadeFile("a\u202eb", 1, False), MadeLink("a\u200bb", "x"), MadeLink("a", "x\u2066y")])
def test_what_a_target_makes(made):
    with pytest.raises(ValueError, match=r"contains U\+20"):
        placement.placed("/srv", FileSource(":a", None, None, Owner()), MadeTree((made,), is_file=False))


BLANKS = [("/app ", "'/app'"), ("/ app", "'/app'"), ("/a /b", "'/a/b'"), (" /app", "'/app'"), ("/ ", "'/app'")]


@pytest.mark.parametrize("path, offered", BLANKS)
def test_a_blank_at_an_end_of_a_component(path, offered):
    """It can be seen between other characters only."""
    with pytest.raises(ValueError) as error:
        image_paths.absolute_path(path)
    assert offered in str(error.value)


def test_a_blank_in_what_a_target_makes_is_kept():
    """Such a file has been made, and no one wrote its path into a BUILD file."""
    tree = MadeTree((MadeFile("a ", 1, False),), is_file=False)
    (entry,) = placement.placed("/srv", FileSource(":a", None, None, Owner()), tree)
    assert entry.path == "srv/a "
