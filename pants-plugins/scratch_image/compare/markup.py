"""HTML in which every name is text: what comes from images is made visible and escaped here, and nowhere else."""

from __future__ import annotations

from html import escape
from itertools import islice
from typing import Iterable, List, Mapping, Sequence

from scratch_image.compare.rules_of_style import RULES
from scratch_image.oci.invisible import escaped
from scratch_image.oci.numbers import digits

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_NUMBER = ' class="n"'
# A name is shown up to so many characters: a path may have thousands.
_MOST = 300


def text(name: str, most: int = _MOST) -> str:
    """A name for HTML and SVG, as text or in an attribute: what cannot be seen is written out, and the middle of what has
    more than `most` characters is left out."""
    if len(name) > most:
        name = f"{name[: most // 2]}…{name[len(name) - most // 2 :]}"
    return escape(escaped(name), quote=True)


def document(title: str, style: str, body: Iterable[str]) -> str:
    """A page whose rules are the common ones and these; the lines of its body are HTML."""
    return "\n".join(
        [
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{text(_POLICY)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{text(title)}</title>\n<style>{RULES}{style}</style>\n</head>\n<body>\n<main>",
            *body,
            "</main>\n</body>\n</html>",
            "",
        ]
    )


def bytes_cell(number: int, whole: int = 0) -> str:
    """A cell with a number of bytes; behind it a bar, its part of a whole."""
    bar = f' style="--p:{round(100 * number / whole)}%"' if whole and number > 0 else ""
    return f'<td class="n"{bar}>{digits(number)}</td>'


def cell(content: str) -> str:
    """A cell with a text."""
    return f"<td>{text(content)}</td>"


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: int, most: int, count: int) -> str:
    """A table of `count` rows of cells in HTML, whose first columns are `numbers`; beyond `most`, rows are only counted. It
    can be scrolled by keyboard where it is wider than the page."""
    head = "".join(f'<th scope="col"{_NUMBER if at < numbers else ""}>{text(name)}</th>' for at, name in enumerate(heads))
    found: List[str] = [f"<tr>{head}</tr>", *(f"<tr>{''.join(row)}</tr>" for row in islice(rows, most))]
    if count > most:
        found.append(f'<tr><td colspan="{len(heads)}">{digits(count - most)} more</td></tr>')
    body = "\n".join(found)
    return f'<div class="wide"><table><caption>{text(caption)}</caption>\n{body}\n</table></div>'


def fact_list(facts: Mapping[str, str]) -> str:
    """Names of facts with their values."""
    return f'<dl class="facts">{"".join(f"<div><dt>{text(k)}</dt><dd>{text(v)}</dd></div>" for k, v in facts.items())}</dl>'


def legend(kinds: Mapping[str, str]) -> str:
    """What the colours of kinds of boxes stand for."""
    items = "".join(f'<li><span class="key {kind}"></span>{text(meaning)}</li>' for kind, meaning in kinds.items())
    return f'<ul class="legend">{items}</ul>'


def scrolled(picture: str, label: str, end: str) -> str:
    """A picture that a narrow screen scrolls, and a link for keyboards to what comes after all of its boxes."""
    skip = f'<a class="skip" href="#{end}">Skip the picture</a>'
    return f'{skip}<div class="wide" role="region" aria-label="{text(label)}" tabindex="0">{picture}</div>'
