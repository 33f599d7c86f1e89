"""Names of CPE 2.3 (NIST IR 7695, section 6.2, formatted strings), by which the National Vulnerability Database matches.
Pure."""

from __future__ import annotations

import re

# NIST IR 7695, figure 6-3; the sixth attribute behind the part is a language.
_VALUE = r"(?:(?:\?+|\*)?(?:[A-Za-z0-9._-]|\\[!-,./:-@\[-^`{-~])+(?:\?+|\*)?|[*-])"
_LANGUAGE = r"(?:[A-Za-z]{2,3}(?:-(?:[A-Za-z]{2}|[0-9]{3}))?|[*-])"
_CPE = re.compile(rf"cpe:2\.3:[aho*-](?::{_VALUE}){{5}}:{_LANGUAGE}(?::{_VALUE}){{4}}")
_COLON = re.compile(r"(?<!\\):")
_PARTS = 13
_EXAMPLE = "cpe:2.3:a:zlib:zlib:1.3.1:*:*:*:*:*:*:*"


def check(text: str) -> str:
    """The name, if it is valid. Raises ValueError with the cure."""
    if _CPE.fullmatch(text):
        return text
    parts = len(_COLON.split(text.rstrip(":")))
    whole = text.rstrip(":") + ":*" * (_PARTS - parts)
    if _CPE.fullmatch(whole):
        raise ValueError(f"{text!r} is not a valid CPE; it has {parts - 2} of 11 attributes, write {whole!r}")
    raise ValueError(f"{text!r} is not a valid CPE of version 2.3; for example {_EXAMPLE!r}")


def of_go(version: str) -> str:
    """The name of Go's standard library, as syft writes it; `version` is without `go`: '1.26.8', '1.27rc1'."""
    match = re.fullmatch(r"([0-9.]+)((?:rc|beta)[0-9]+)?", version)
    return f"cpe:2.3:a:golang:go:{match[1]}:{match[2] or '-'}:*:*:*:*:*:*" if match else ""
