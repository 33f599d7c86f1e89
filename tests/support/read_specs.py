"""Fields, read."""

from __future__ import annotations

from scratch_image.image.spec import Defaults, read_image_spec

DEFAULTS = Defaults(user="65532:65532", created="1970-01-01T00:00:00Z", compression="gzip")


def read(defaults=DEFAULTS, **values):
    return read_image_spec({"binary": ":bin", **values}, defaults)


def spec_of(defaults=DEFAULTS, **values):
    spec, mistakes = read(defaults, **values)
    assert mistakes == ()
    return spec
