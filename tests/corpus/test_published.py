"""Pins down the table of published programs; `claims.py`, which fetches and runs them, is run by hand."""

from __future__ import annotations

import re

from tests.corpus.published import PROGRAMS

VERSIONED = r"(npm @?[a-z0-9/-]+@\d[\w.-]*|pip [a-z0-9-]+==\d[\w.]*|go [\w./-]+@v\d[\w.-]*)"


def test_the_table() -> None:
    assert len({program.name for program in PROGRAMS}) == len(PROGRAMS) >= 40
    for program in PROGRAMS:
        # A distribution keeps one version of a package, and the others keep all.
        assert re.fullmatch(rf"deb [a-z0-9+.-]+|{VERSIONED}", program.source), program
        assert program.member or program.source.startswith("go "), program
        assert all(run == run.strip() for run in program.runs), program
