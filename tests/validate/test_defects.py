"""Pins down that each defect is found, and named at its place, in a layout where just this is wrong."""

from __future__ import annotations

import pytest

from scratch_image.validate.check import check
from tests.support.defect_makers import put
from tests.support.defects_of_documents import OF_DOCUMENTS
from tests.support.defects_of_layers import OF_LAYERS
from tests.support.defects_unnoticed import UNNOTICED
from tests.support.layouts import CREATED, layout, write

DEFECTS = {**UNNOTICED, **OF_DOCUMENTS, **OF_LAYERS}


@pytest.mark.parametrize("name", DEFECTS)
def test_the_defect_is_found_and_named(tmp_path, name):
    """It, at its place, and nothing else: each row has what where, what, claimed and derived must hold."""
    files, *want = DEFECTS[name]
    report = check(write(files, tmp_path))
    rows = want if isinstance(want[0], tuple) else [want]
    assert len(report.problems) == len(rows), "\n".join(map(str, report.problems))
    for row, problem in zip(rows, report.problems):
        found = problem.to_dict().values()
        assert all(map(contains, found, row)), f"{problem} is not {row}"
        assert str(problem).isprintable()


def contains(text, part):
    return part in text


def test_the_numbers_above_the_defect_are_right():
    """Or other defects than the one that is meant would be found: these are told apart by nothing but their digests."""
    good = layout()
    for change in ({"config": put("created", CREATED)}, {"manifest": put("schemaVersion", 2)}, {"blob": bytes}):
        assert layout(**change) == good
