"""A notebook's HTML made fit for a publication: headings in order, tables that can be read and heard, own ids."""

from __future__ import annotations

import re
from collections import Counter
from html import unescape

from linkage.plots import ACCENT, MUTED
from linkage.report.tables import TABLE, tidy_table

HEADING = re.compile(r"<h([1-6])([^>]*)>(.*?)</h\1>", re.DOTALL)
SVG = re.compile(r"<svg.*?</svg>", re.DOTALL)
FIGURE = re.compile(r'<figure(?=[^>]* class="picture")(?![^>]* tabindex=)')
TAGS = re.compile(r"<[^>]+>")
STYLE = re.compile(r"<style scoped>.*?</style>\s*", re.DOTALL)


def tidy(body: str) -> str:
    """The whole of a page's body."""
    body = STYLE.sub("", body)  # the page has its own
    body = _tidy_tables(_answer_first(_tidy_headings(_own_ids(body))))
    # A figure wider than the page scrolls in its own box, by keyboard too.
    return FIGURE.sub('<figure tabindex="0"', body)


def contents_of(body: str) -> list[tuple[str, str]]:
    """The second-level headings of a tidied body: id and text."""
    found = []
    for level, attributes, text in HEADING.findall(body):
        mark = re.search(r'id="([^"]+)"', attributes)
        if level == "2" and mark:
            found.append((mark[1], unescape(TAGS.sub("", text))))
    return found


def opening_of(body: str) -> tuple[str, str]:
    """A tidied body cut where its first part begins: the question with why it matters, and the rest."""
    found = re.search(r'<section class="answered"|<h2 ', body)
    place = found.start() if found else len(body)
    return body[:place], body[place:]


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


def _answer_first(body: str) -> str:
    """The part headed Answer before all others, below the question: who stops there has read what matters."""
    parts = re.split(r"(?=<h2 )", body)
    answers = [part for part in parts[1:] if part.startswith('<h2 id="answer"')]
    if not answers:
        return body
    shown = f'<section class="answered" aria-labelledby="answer">{answers[0]}</section>'
    return "".join([parts[0], shown, *(part for part in parts[1:] if part not in answers)])


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
    """Each table in a box of its own that scrolls, named after the heading it stands under; no two alike."""
    parts, place, named = [], 0, Counter()
    for found in TABLE.finditer(body):
        before = HEADING.findall(body[: found.start()])
        under = unescape(TAGS.sub("", before[-1][2])) if before else "this page"
        named[under] += 1
        name = f"Table {named[under]}: {under}" if named[under] > 1 else f"Table: {under}"
        parts += [body[place : found.start()], tidy_table(found[1], name)]
        place = found.end()
    return "".join([*parts, body[place:]])
