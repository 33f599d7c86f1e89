"""Pins down what an image is written as: the option `write` and the field `archive`."""

from __future__ import annotations

import dataclasses

import pytest

from tests.support.read_specs import DEFAULTS, read

WRITTEN = [
    # option `write`, option `archive`, field `archive`, what is written
    (("layout",), False, None, ("layout", "report")),
    (("report",), False, None, ("report",)),
    (("report",), False, True, ("archive", "report")),
    (("report",), True, None, ("archive", "report")),
    (("report",), True, False, ("report",)),
    (("archive",), False, None, ("archive", "report")),
    (("archive",), False, False, ("archive", "report")),
    (("report", "archive", "layout", "layout"), False, None, ("layout", "archive", "report")),
    # As `--scratch-image-write=…` adds to the list of pants.toml.
    (("report", "layout"), False, None, ("layout", "report")),
    (("report", "report"), False, None, ("report",)),
]


ADDS_NOTHING = (
    " adds 'report', which is written in any case, to what else is written; for the report alone, replace the list: "
    """--scratch-image-write='["report"]'"""
)


WRONG_WRITE = [
    # option `write`, the mistake
    ((), 'it is empty; write ["report"] for the least, or leave it out for ["layout"]'),
    (("Layout",), "unknown output 'Layout'; did you mean 'layout'?"),
    (("oci",), "unknown output 'oci'; choose from layout, archive, report"),
    (("layout", "report"), f"""["layout", "report"]{ADDS_NOTHING}"""),
    (("archive", "report"), f"""["archive", "report"]{ADDS_NOTHING}"""),
    (("report", "layout", "report"), f"""["report", "layout", "report"]{ADDS_NOTHING}"""),
]


@pytest.mark.parametrize("write, option, field, want", WRITTEN)
def test_what_is_written(write, option, field, want):
    defaults = dataclasses.replace(DEFAULTS, write=write, archive=option)
    spec, mistakes = read(defaults, archive=field)
    assert (spec.written, mistakes) == (want, ())


@pytest.mark.parametrize("write, want", WRONG_WRITE)
def test_what_cannot_be_written(write, want):
    _, mistakes = read(dataclasses.replace(DEFAULTS, write=write))
    assert [str(mistake) for mistake in mistakes] == [f"option `[scratch-image].write`: {want}"]
