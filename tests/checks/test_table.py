"""Pins down the table of checks: what people write into BUILD files and options must keep its meaning."""

from __future__ import annotations

import re

import pytest

from scratch_image.checks import table
from scratch_image.checks.table import CHECKS, SEVERITIES, known_check


def test_ids_are_unique_well_formed_and_in_order():
    ids = [check.id for check in table._ROWS]
    assert len(set(ids)) == len(ids) == len(CHECKS)
    assert all(re.fullmatch(r"(SR|OI)[0-9]{3}", check) for check in ids)
    assert ids == sorted(ids, key=lambda check: (check.startswith("OI"), check))


def test_usual_severities():
    assert {check.severity for check in CHECKS.values()} == {"error", "warning", "info"} < set(SEVERITIES)
    errors = "SR001 SR002 SR003 SR004 SR010 SR011 SR012 SR013 SR020 SR021 SR022 SR033 OI005"
    assert [check.id for check in CHECKS.values() if check.severity == "error"] == errors.split()


def test_what_never_runs_can_not_be_accepted():
    assert [check.id for check in CHECKS.values() if not check.allowable] == ["SR001", "SR002", "SR003", "SR004"]


def test_every_check_says_what_it_means_in_sentences():
    for check in CHECKS.values():
        for text in (check.meaning, check.cure):
            assert text[0].isupper() or text[0] == "`", text
            assert text.endswith((".", "`.")), text
            assert "  " not in text and text == text.strip(), text


def test_a_known_check():
    assert known_check("SR010") is CHECKS["SR010"]


UNKNOWN = [
    # value, the message, reason
    ("SR01", "did you mean SR001?", "a digit is missing"),
    ("SR40", "did you mean SR040?", "a digit is missing"),
    ("SR4", "did you mean SR004?", "two digits are missing"),
    ("SR12", "did you mean SR012?", "not SR010, which has as many letters of it"),
    ("40", "did you mean SR040?", "the number alone"),
    (40, "did you mean SR040?", "a number"),
    ("sr_040", "did you mean SR040?", "another sign"),
    ("SR-040", "did you mean SR040?", "another sign"),
    ("SR 040 ", "did you mean SR040?", "blanks"),
    ("OI040", "did you mean SR040?", "the other letters"),
    ("XX040", "did you mean SR040?", "letters of others"),
    ("OI2", "did you mean OI002?", "not SR002"),
    ("2", "did you mean SR002 or OI002?", "two checks have the number"),
    ("SR055", "see docs/checks.md", "no check has the number: those near it are about something else"),
    ("SR999", "see docs/checks.md", "no check has the number"),
    ("SR", "see docs/checks.md", "no number"),
    ("sr010", "did you mean SR010", "small letters"),
    ("SR0010", "did you mean SR010?", "a digit too many"),
    ("SRO10", "SR010", "a letter in the place of a digit"),
    ("OI01", "OI001", "a digit is missing"),
    ("", "see docs/checks.md", "nothing"),
    ("lint", "see docs/checks.md", "something else"),
    (10, "unknown check 10", "a number"),
    (None, "unknown check None", "nothing at all"),
    (["SR010"], "unknown check ['SR010']", "a list"),
]


@pytest.mark.parametrize("value, named, reason", UNKNOWN)
def test_unknown_checks(value, named, reason):
    with pytest.raises(ValueError) as error:
        known_check(value)
    assert named in str(error.value) and f"unknown check {value!r}; " in str(error.value)
