"""HTML in which every name is text: what comes from images is made visible and escaped here, and nowhere else."""

from __future__ import annotations

import unicodedata
from html import escape
from typing import Iterable, List, Mapping, Sequence

from scratch_image.oci.invisible import escaped
from scratch_image.oci.numbers import digits

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
# Widths of letters in the height of a line, on the safe side of common fonts.
_NARROW, _WIDE, _LETTER, _CAPITAL, _FULL = 0.34, 0.92, 0.58, 0.72, 1.05
_NUMBER = ' class="n"'
# A name is shown up to so many characters: a path may have thousands. Fewer letters than these say nothing.
_MOST, _LEAST = 300, 3
_STYLE = (
    ":root{color-scheme:light dark;--ink:#14181f;--dim:#4b5563;--line:#d5dbe3;--card:#fff;--page:#f4f6f9;--bar:#dbe8fb;"
    "--link:#0b4fd0}"
    "*{box-sizing:border-box}body{font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif;margin:0;"
    "color:var(--ink);background:var(--page);overflow-wrap:anywhere}main{max-width:1400px;margin:0 auto;padding:1.5rem 1rem}"
    "h1{font-size:1.6rem;line-height:1.25;margin:0 0 .5rem}h2{font-size:1.25rem;margin:0 0 .25rem}"
    "h3{font-size:1.05rem;margin:1.25rem 0 .25rem}p{margin:.25rem 0 .75rem}a{color:var(--link)}"
    "section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1rem 1.25rem;margin:1.25rem 0}"
    ".dim{color:var(--dim)}.id{font-family:ui-monospace,monospace;font-size:.85em}.dim,.id{unicode-bidi:isolate}"
    ".facts{display:flex;flex-wrap:wrap;gap:.5rem 2rem;margin:.75rem 0}.facts div{min-width:6rem}"
    "dt{color:var(--dim);font-size:.85rem}dd{margin:0;font-size:1.2rem;font-weight:600}"
    ".tables{columns:26rem;column-gap:2.5rem}.tables .wide{break-inside:avoid;margin-bottom:1rem}"
    ".two{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,34rem),1fr));gap:1rem}.two>div{min-width:0}"
    ".wide+.tables,.two+div{margin-top:1rem}"
    ".wide{overflow-x:auto;min-width:0}.wide:focus-visible,a:focus-visible{outline:3px solid var(--link);outline-offset:2px}"
    # Narrower, names in a picture cannot be read: it is scrolled.
    ".map{display:block;width:100%;height:auto;min-width:800px}.two .map{min-width:520px}"
    "table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}"
    "caption{text-align:left;font-weight:600;padding:.5rem 0 .25rem}"
    "th,td{padding:.3rem .6rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}"
    "th{color:var(--dim);font-size:.85rem;font-weight:600;white-space:nowrap;overflow-wrap:normal}"
    ".n{text-align:right;white-space:nowrap}td.n{background:linear-gradient(to left,var(--bar) var(--p,0%),transparent 0)}"
    "td{unicode-bidi:isolate;min-width:7rem}td.n{min-width:0}ul.legend{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;padding:0;margin:.5rem 0}"
    ".key{display:inline-block;width:1rem;height:1rem;vertical-align:-.15rem;margin-right:.4rem;border:1px solid #7d8794}"
    ".key.grew,.key.new{border:2px solid #9a4a00}.key.shrank,.key.gone{border:2px dashed #0a4f9e}"
    ".mark{display:inline-block;padding:0 .35rem;border-radius:4px;font-size:.85em}"
    ".skip{position:absolute;left:-999rem}.skip:focus{position:static;display:inline-block;padding:.3rem .6rem}"
    "@media screen and (prefers-color-scheme:dark){:root{--ink:#eef1f5;--dim:#a9b4c2;--line:#343d49;--card:#161b22;"
    "--page:#0d1117;--bar:#1d3a63;--link:#8ab4ff}.key.grew,.key.new{border-color:#ffb066}"
    ".key.shrank,.key.gone{border-color:#8cc4ff}}"
    "@media print{:root{--page:#fff}main{max-width:none;padding:0}section{border:0;padding:0;break-before:page}"
    "section.first{break-before:auto}.wide{overflow:visible}.map,tr{break-inside:avoid}.map,.two .map{min-width:0}"
    ".skip{display:none}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}"
)


def text(name: str, most: int = _MOST) -> str:
    """A name for HTML and SVG, as text or in an attribute: what cannot be seen is written out, and the middle of what has
    more than `most` characters is left out."""
    if len(name) > most:
        name = f"{name[: most // 2]}…{name[len(name) - most // 2 :]}"
    return escape(escaped(name), quote=True)


def fitting(label: str, width: float) -> str:
    """As much of a label as fits in a width, in heights of a line: the end of a path, the beginning of anything else. Empty
    if that says nothing. What is written out takes more room, so that is what is measured."""
    shown = escaped(label[:_MOST])
    if _long(shown) <= width:
        return shown
    parts = shown.split("/")
    for at in range(1, len(parts)):
        end = "…/" + "/".join(parts[at:])
        if _long(end) <= width:
            return end
    kept = shown
    while kept and _long(kept) + _WIDE > width:
        kept = kept[:-1] if len(kept) < 40 else kept[: len(kept) // 2 + 10]
    return f"{kept}…" if len(kept) >= _LEAST else ""


def _long(text: str) -> float:
    return sum(map(_width, text))


def _width(letter: str) -> float:
    if letter in "ijlrtfI.,:;'|!()[]/ -":
        return _NARROW
    if letter in "mwMW@%…":
        return _WIDE
    if unicodedata.east_asian_width(letter) in ("W", "F", "A"):
        return _FULL
    return _CAPITAL if letter.isupper() or ord(letter) > 0x7F else _LETTER


def document(title: str, style: str, body: Iterable[str]) -> str:
    """A page whose rules are the common ones and these; the lines of its body are HTML."""
    return "\n".join(
        [
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{text(_POLICY)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{text(title)}</title>\n<style>{_STYLE}{style}</style>\n</head>\n<body>\n<main>",
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


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: int, most: int) -> str:
    """A table of rows of cells in HTML, whose first columns are `numbers`; those beyond `most` rows are counted. It can be
    scrolled by keyboard where it is wider than the page."""
    every = list(rows)
    head = "".join(f'<th scope="col"{_NUMBER if at < numbers else ""}>{text(name)}</th>' for at, name in enumerate(heads))
    found: List[str] = [f"<tr>{head}</tr>", *(f"<tr>{''.join(row)}</tr>" for row in every[:most])]
    if len(every) > most:
        found.append(f'<tr><td colspan="{len(heads)}">{digits(len(every) - most)} more</td></tr>')
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
