"""A notebook's HTML made fit for a publication: headings in order, tables that can be read and heard, own ids."""

from __future__ import annotations

import re
from html import escape, unescape

from linkage.checks import FAIL, NOT_ASSESSED, PASS, REVIEW
from linkage.ladder import LINKED, NO_LINK, NOT_JUDGED, UNSAFE
from linkage.plots import ACCENT, MUTED

VERDICTS = {v: v.lower().replace(" ", "-") for v in (LINKED, NO_LINK, UNSAFE, NOT_JUDGED)}
CHECKS = {v: v.lower().replace(" ", "-") for v in (PASS, REVIEW, FAIL, NOT_ASSESSED)}

HEADING = re.compile(r"<h([1-6])([^>]*)>(.*?)</h\1>", re.DOTALL)
TABLE = re.compile(r"<table[^>]*>(.*?)</table>", re.DOTALL)
ROW = re.compile(r"<tr[^>]*>(.*?)</tr>", re.DOTALL)
HEAD_CELL = re.compile(r"<th([^>]*)>(.*?)</th>", re.DOTALL)
CELL = re.compile(r"<td([^>]*)>(.*?)</td>", re.DOTALL)
SVG = re.compile(r"<svg.*?</svg>", re.DOTALL)
TAGS = re.compile(r"<[^>]+>")
NUMBER = re.compile(r"^[+\-\u2212]?[\d,]*\.?\d+(e[+-]?\d+)?%?$|^&lt; [\d.]+$")
NOTHING = ("NaN", "None", "NaT", "&lt;NA&gt;")


def tidy(body: str) -> str:
    """The whole of a page's body."""
    return _tidy_tables(_tidy_headings(_own_ids(body)))


def contents_of(body: str) -> list[tuple[str, str]]:
    """The second-level headings of a tidied body: id and text."""
    found = []
    for level, attributes, text in HEADING.findall(body):
        mark = re.search(r'id="([^"]+)"', attributes)
        if level == "2" and mark:
            found.append((mark[1], unescape(TAGS.sub("", text))))
    return found


def _tidy_headings(body: str) -> str:
    """One first-level heading, none skipped below it, each with its own id."""
    last, used = 0, set()

    def settle(found: re.Match) -> str:
        nonlocal last
        level = int(found[1])
        level = min(level, last + 1) if last else 1
        level = max(level, 2) if last else level
        last = level
        name = _slug(TAGS.sub("", found[3]), used)
        return f'<h{level} id="{name}">{found[3]}</h{level}>'

    return HEADING.sub(settle, body)


def _slug(text: str, used: set[str]) -> str:
    base = re.sub(r"[^a-z0-9]+", "-", unescape(text).lower()).strip("-")[:60] or "part"
    name, copy = base, 1
    while name in used:
        copy += 1
        name = f"{base}-{copy}"
    used.add(name)
    return name


def _own_ids(body: str) -> str:
    """Figures drawn apart use the same ids; on one page each gets its own, and the page's colours."""
    count = 0

    def settle(found: re.Match) -> str:
        nonlocal count
        count += 1
        svg = re.sub(r'\bid="', f'id="f{count}-', found[0])
        svg = re.sub(r"url\(#", f"url(#f{count}-", svg)
        svg = re.sub(r'href="#', f'href="#f{count}-', svg)
        svg = svg.replace(ACCENT, "var(--accent)").replace(MUTED, "var(--grey)")
        return svg.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)

    return SVG.sub(settle, body)


def _tidy_tables(body: str) -> str:
    """Each table in a box of its own that scrolls, named after the heading it stands under."""
    parts, place = [], 0
    for found in TABLE.finditer(body):
        before = HEADING.findall(body[: found.start()])
        under = unescape(TAGS.sub("", before[-1][2])) if before else "this page"
        parts += [body[place : found.start()], _table(found[1], f"Table: {under}")]
        place = found.end()
    return "".join([*parts, body[place:]])


def _table(inside: str, name: str) -> str:
    head, _, rest = inside.partition("</thead>")
    if not rest:
        head, rest = "", inside
    rows = [_row(cells) for cells in ROW.findall(rest)]
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(name)}"><table>'
        f"{_head(head)}<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _head(head: str) -> str:
    """One row of column names: pandas puts the names of the index in a row of their own."""
    rows = [[text.strip() for _, text in HEAD_CELL.findall(row)] for row in ROW.findall(head)]
    if len(rows) == 2 and len(rows[0]) == len(rows[1]):
        pairs = list(zip(*rows, strict=True))
        if all(not (above and below) for above, below in pairs):
            rows = [[above or below for above, below in pairs]]
    made = ["".join(_column(text) for text in row) for row in rows]
    return f"<thead>{''.join(f'<tr>{row}</tr>' for row in made)}</thead>" if made else ""


def _column(text: str) -> str:
    # A long name may break after an underscore rather than widen its column.
    return f'<th scope="col">{text.replace("_", "_<wbr>")}</th>' if text else "<td></td>"


def _row(cells: str) -> str:
    cells = HEAD_CELL.sub(lambda c: f'<th scope="row"{_span(c[1])}>{_breakable(c[2])}</th>', cells)
    return f"<tr>{CELL.sub(lambda c: _cell(c[2]), cells)}</tr>"


def _span(attributes: str) -> str:
    span = re.search(r'rowspan="\d+"', attributes)
    return f" {span[0]}" if span else ""


def _breakable(text: str) -> str:
    text = text.strip()
    return text if "<" in text else text.replace("_", "_<wbr>")


def _cell(text: str) -> str:
    text = text.strip()
    if text in NOTHING:
        return '<td class="none">\N{EN DASH}</td>'
    if text in VERDICTS:
        return f'<td><span class="verdict {VERDICTS[text]}">{text}</span></td>'
    if text in CHECKS:
        return f'<td><span class="check {CHECKS[text]}">{text.lower()}</span></td>'
    if NUMBER.match(text):
        return (
            f'<td class="number">{text.replace("-", chr(0x2212), 1) if text.startswith("-") else text}</td>'
        )
    return f"<td>{_breakable(text)}</td>"
