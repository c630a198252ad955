"""Finds every amount of money in what a report publishes, and says which of its marks it stands without.

An amount stands with its currency, what it is counted over, its level, its interval, and the word estimated or
assumed: in its own row, sentence or label, or in the heading of its table.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

MARKS = {
    "horizon": re.compile(
        r"\b(?:a|an|one|per|next|the|\d+(?:\.\d+)?) (?:customer and )?"
        r"(?:year|half|quarter|month|day|contact|answer|customer period)(?:s|'s)?\b|\bhorizon\b|\bonce\b|\bperiod\b",
        re.IGNORECASE,
    ),
    "level": re.compile(r"\bL[0-5]\b"),
    "interval": re.compile(
        r"\d\)? to [+\N{MINUS SIGN}(-]?\d|without bound|\binterval\b|\blow\b.*\bhigh\b|\bp5\b|\b5% lie below\b",
        re.IGNORECASE,
    ),
    "basis": re.compile(r"\bestimated\b|\bassumed\b", re.IGNORECASE),
}
BLOCKS = frozenset(("p", "li", "dd", "dt", "tr", "pre", "figcaption", "h1", "h2", "h3", "h4"))
RAW = {
    "01_sources_and_joins.html": {"Columns"},
    "92_dictionary.html": {"The metrics the study declares", "The columns of the linkage tables"},
    "glossary.html": {"Metrics of this study", "Figures of the business"},
}
"""Headings under which raw columns are described: the range of what a file holds is no figure of the report."""


@dataclass(frozen=True)
class Unmarked:
    """An amount without one of its marks. where : file and place. lacks : the marks. text : what it says."""

    where: str
    lacks: tuple[str, ...]
    text: str

    def __str__(self) -> str:
        return f"{self.where}: without {', '.join(self.lacks)}: {self.text[:200]}"


def is_amount(text: str, currency: str) -> bool:
    """Whether a number stands beside the currency, its sign, or in a row of that unit; its logarithm is no amount."""
    text = text.replace(f"log {currency}", "")
    sign = {"EUR": "\N{EURO SIGN}", "USD": r"\$"}.get(currency, currency)
    code = rf"(?:\b{currency}\b|{sign})"
    beside = rf"\d\s?{code}|{code}\s?[+\N{{MINUS SIGN}}-]?\d|\d{currency}\b"
    return bool(
        re.search(beside, text) or (re.search(rf"\b{currency}\b", text) and re.search(r"\|.*\d", text))
    )


def lacking(text: str) -> tuple[str, ...]:
    """The marks that a text does not hold."""
    return tuple(name for name, mark in MARKS.items() if not mark.search(text))


def unmarked_texts(where: str, texts: Iterable[tuple[str, str]], currency: str) -> Iterator[Unmarked]:
    """Each text with an amount that lacks a mark in itself and its context. texts : (text, context)."""
    for text, context in texts:
        if is_amount(text, currency) and (lacks := lacking(f"{text} {context}")):
            yield Unmarked(where, lacks, text)


class _Page(HTMLParser):
    """The blocks of a page: (heading, text, context); of a row the context is its table's heading."""

    def __init__(self, html: str):
        super().__init__()
        self.blocks: list[tuple[str, str, str]] = []
        self._open: list[list[str]] = []
        self._hidden = 0
        self._heading = self._head = ""
        self._in_head = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        is_code = "code" in (given.get("class") or "").split()
        if self._hidden or tag in ("script", "style", "svg") or is_code:
            self._hidden += tag not in ("br", "img", "input", "meta", "link", "hr", "path", "use")
        if tag == "figure" and given.get("aria-label"):
            self.blocks.append((self._heading, given["aria-label"], ""))
        if tag == "thead":
            self._in_head, self._head = True, ""
        if tag in BLOCKS:
            self._open.append([tag, ""])

    def handle_startendtag(self, tag, attrs):
        """An element without an end hides nothing after it."""

    def handle_endtag(self, tag):
        self._hidden -= bool(self._hidden)
        if tag == "thead":
            self._in_head = False
        if tag in ("td", "th") and self._open:
            self._open[-1][1] += " | "
        if tag in BLOCKS and self._open:
            self._close()

    def _close(self):
        name, text = self._open.pop()
        text = " ".join(text.split())
        if name[0] == "h":
            self._heading = text
        elif name == "tr" and self._in_head:
            self._head += f" {text}"
        elif text:
            self.blocks.append((self._heading, text, f"{self._heading} {self._head}" if name == "tr" else ""))

    def handle_data(self, data):
        if not self._hidden and self._open:
            self._open[-1][1] += data


def in_pages(folder: Path, currency: str) -> list[Unmarked]:
    """Every page of a report: sentences, rows with their tables' headings, and the words of figures."""
    found = []
    for page in sorted(folder.glob("*.html")):
        blocks = _Page(page.read_text(encoding="utf-8")).blocks
        texts = [
            (text, context) for heading, text, context in blocks if heading not in RAW.get(page.name, ())
        ]
        found += unmarked_texts(page.name, texts, currency)
    return found


def in_data(folder: Path, currency: str) -> list[Unmarked]:
    """Every row of findings.json, money.json and forecasts.json whose figure is money, and every sentence in them."""
    found = []
    for name in ("findings", "money", "forecasts"):
        for row in json.loads((folder / f"{name}.json").read_text(encoding="utf-8")):
            found += _in_row(f"{name}.json", row, currency)
    return found


def _in_row(where: str, row: dict, currency: str) -> Iterator[Unmarked]:
    units = (str(row.get(key) or "") for key in ("currency", "unit", "outcome_unit"))
    if any(unit == currency or unit.startswith(f"{currency} ") for unit in units):
        needed = {
            "currency": row.get("currency") or row.get("unit"),
            "horizon": row.get("horizon") or row.get("period"),
            "level": row.get("level"),
            "basis": row.get("basis") in ("estimated", "assumed"),
            "interval": row.get("estimate") is None or ("low" in row and "high" in row),
        }
        if where == "findings.json":
            needed["horizon"] = row.get("horizon")
        lacks = tuple(name for name, there in needed.items() if not there)
        if lacks:
            yield Unmarked(where, lacks, json.dumps(row, ensure_ascii=False)[:200])
    yield from unmarked_texts(where, [(str(row.get("sentence") or ""), "")], currency)


def in_workbook(path: Path, currency: str) -> list[Unmarked]:
    """Every row of every sheet, with the sheet's title, remarks and headers."""
    from openpyxl import load_workbook

    found = []
    for sheet in load_workbook(path, read_only=True).worksheets:
        if sheet.title in ("Dictionary", "Columns"):
            continue
        rows = [[str(v) for v in row if v is not None] for row in sheet.iter_rows(values_only=True)]
        head = next((i for i, row in enumerate(rows) if len(row) > 2), 0)
        context = " ".join(" ".join(row) for row in rows[: head + 1])
        texts = [(" | ".join(row), context) for row in rows[head + 1 :]]
        found += unmarked_texts(f"{path.name}, {sheet.title}", texts, currency)
    return found


def in_slides(path: Path, currency: str) -> list[Unmarked]:
    """Every slide: its paragraphs with the slide's own words, and the paragraphs of its notes."""
    from pptx import Presentation

    found = []
    for place, slide in enumerate(Presentation(str(path)).slides, 1):
        shown = [p.text for s in slide.shapes if s.has_text_frame for p in s.text_frame.paragraphs]
        notes = [p.text for p in slide.notes_slide.notes_text_frame.paragraphs]
        found += unmarked_texts(f"slide {place}", [(text, " ".join(shown)) for text in shown], currency)
        found += unmarked_texts(f"notes of slide {place}", [(text, "") for text in notes], currency)
    return found
