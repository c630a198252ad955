"""A data frame's HTML made into a table that can be read and heard."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from html import escape

from linkage.checks import FAIL, NOT_ASSESSED, PASS, REVIEW
from linkage.ladder import COUNTED
from linkage.report.headings import heading
from linkage.report.intervals import between, folded, told_as
from linkage.report.rates import RATE, SHARES, counted_rate, in_percent

TABLE = re.compile(r"<table[^>]*>(.*?)</table>", re.DOTALL)
ROW = re.compile(r"<tr[^>]*>(.*?)</tr>", re.DOTALL)
CELL = re.compile(r"<(th|td)([^>]*)>(.*?)</\1>", re.DOTALL)
SPAN = re.compile(r'rowspan="\d+"')
NUMBER = re.compile(r"[+\-\u2212]?[\d,]*\.?\d+(e[+-]?\d+)?%?|&[lg]t; [\d.]+%?")
COUNT = re.compile(r"(\d+)(\.0+)?")
NOTHING = ("NaN", "None", "NaT", "&lt;NA&gt;", "nan", "")
ANSWERS = {"True": "yes", "False": "no"}
LONG = re.compile(r"[\w./]{17,}")
PROSE = 60
"""A longer text gets a column wide enough to read it in."""
SHORT = 12
"""A shorter text, such as a date or two words, stays on one line."""
LONG_NAME = 30
"""A longer name of a row gets a column in which it breaks once or twice, not at every word."""
WIDE_TABLE = 10
"""A table of more columns is printed across."""
LONG_TABLE = 15
"""A table of more rows shows its first ones until a reader asks for all."""
AMOUNT = re.compile(r"([+-]?)(\d{4,})(\.\d+)")
NO_AMOUNT = re.compile(r"(\w+_)?(period|year|id)")
COUNTS = re.compile(
    r"n|n_\w+|clusters|matched|unmatched|absent|no_key|look_alike|fan_out|(\w+_)?(rows|keys|count)|(rows|values)_\w+"
)

VERDICTS = {v: v.lower().replace(" ", "-") for v in COUNTED}
CHECKS = {v: v.lower().replace(" ", "-") for v in (PASS, REVIEW, FAIL, NOT_ASSESSED)}


@dataclass(frozen=True)
class Cell:
    """One cell as pandas wrote it: th for the index, td for a value. under : the interval of its figure, if told."""

    kind: str
    text: str
    span: str = ""
    under: str = ""


def tidy_table(inside: str, name: str) -> str:
    """What stands in a <table>, in a named box that scrolls when it is wider than the page; a table without
    anything in it says so."""
    head, body = _split(inside)
    if not body and not any(head):
        return '<p class="none">There is nothing to list here.</p>'
    head, body = _without_counter(head, _with_rates(head, body))
    numeric = [_is_numeric(body, place) for place in range(-len(head), 0)] if head else []
    body = _without_noughts(body, head)
    head, numeric, body = _folded(head, numeric, body)
    names = told_as(head)
    rows = "".join(f"<tr>{_row(row, names, numeric)}</tr>" for row in body)
    columns = "".join(
        _column(text, right, _has_intervals(body, place - len(head)))
        for place, (text, right) in enumerate(zip(head, numeric, strict=True))
    )
    top = f"<thead><tr>{columns}</tr></thead>" if head else ""
    kinds = ["scroll"] + ["long"] * (len(body) > LONG_TABLE) + ["wide"] * (len(head) > WIDE_TABLE)
    kinds += ["nested"] * any(cell.span for row in body for cell in row)
    return (
        f'<div class="{" ".join(kinds)}" role="region" tabindex="0" aria-label="{escape(name)}"><table>'
        f"{top}<tbody>{rows}</tbody></table></div>"
    )


def _split(inside: str) -> tuple[list[str], list[list[Cell]]]:
    """The column names, in one row, and the rows of cells."""
    above, mark, below = inside.partition("</thead>")
    if not mark:
        above, below = "", inside
    rows = [[text.strip() for _, _, text in CELL.findall(row)] for row in ROW.findall(above)]
    head = rows[0] if rows else []
    if len(rows) == 2 and len(rows[0]) == len(rows[1]):
        # pandas puts the names of the index in a row of their own, under the columns' names
        head = [first or second for first, second in zip(*rows, strict=True)]
    return head, [_cells(row) for row in ROW.findall(below)]


def _cells(row: str) -> list[Cell]:
    found = []
    for kind, attributes, text in CELL.findall(row):
        span = SPAN.search(attributes)
        found.append(Cell(kind, text.strip(), f" {span[0]}" if span else ""))
    return found


def _with_rates(head: list[str], body: list[list[Cell]]) -> list[list[Cell]]:
    """Rates told from the counts beside them."""
    if RATE not in head:
        return body
    told = []
    for row in body:
        names = head[-len(row) :]
        rate = counted_rate([cell.text for cell in row], names)
        place = names.index(RATE) if RATE in names else -1
        known = rate is not None and place >= 0
        told.append([*row[:place], replace(row[place], text=rate), *row[place + 1 :]] if known else row)
    return told


def _without_counter(head: list[str], body: list[list[Cell]]) -> tuple[list[str], list[list[Cell]]]:
    """Without an index that only counts the rows; then the first column names them."""
    counts = bool(head and body) and head[0] == ""
    if counts and all(row and row[0].text == str(place) for place, row in enumerate(body)):
        return head[1:], [[Cell("th", c.text, c.span) for c in row[1:2]] + row[2:] for row in body]
    return head, body


def _is_numeric(body: list[list[Cell]], place: int) -> bool:
    """Whether a column, counted from the right because spanned index cells are left out, holds only numbers."""
    texts = [row[place].text for row in body if len(row) >= -place and row[place].kind == "td"]
    known = [text for text in texts if text not in NOTHING]
    return bool(known) and all(NUMBER.fullmatch(text) for text in known)


def _without_noughts(body: list[list[Cell]], head: list[str]) -> list[list[Cell]]:
    """Without the ".0" that every figure of a column carries: pandas writes it where whole numbers have gaps."""
    whole = {
        place
        for place in range(-len(head), 0)
        if _is_whole(body, place)
        and not NO_AMOUNT.fullmatch(head[place])
        and not SHARES.fullmatch(head[place])
    }
    return [
        [_whole(cell) if place - len(row) in whole else cell for place, cell in enumerate(row)]
        for row in body
    ]


def _whole(cell: Cell) -> Cell:
    return cell if cell.text in NOTHING else replace(cell, text=f"{int(cell.text.removesuffix('.0')):,}")


def _is_whole(body: list[list[Cell]], place: int) -> bool:
    texts = [row[place].text for row in body if len(row) >= -place and row[place].kind == "td"]
    known = [text for text in texts if text not in NOTHING]
    return bool(known) and all(re.fullmatch(r"[+-]?\d+\.0", text) for text in known)


def _folded(
    head: list[str], numeric: list[bool], body: list[list[Cell]]
) -> tuple[list[str], list[bool], list[list[Cell]]]:
    """Of a wide table, the ends of each interval below their figure; they must be numbers, or nothing."""
    ends = {
        figure: pair
        for figure, pair in folded(head).items()
        if all(numeric[place] or _is_empty(body, place - len(head)) for place in pair)
    }
    gone = {place for pair in ends.values() for place in pair}
    if not gone:
        return head, numeric, body
    kept = [place for place in range(len(head)) if place not in gone]
    rows = [_folded_row(row, head, ends, gone) for row in body]
    return [head[p] for p in kept], [numeric[p] for p in kept], rows


def _is_empty(body: list[list[Cell]], place: int) -> bool:
    return all(row[place].text in NOTHING for row in body if len(row) >= -place)


def _folded_row(
    row: list[Cell], head: list[str], ends: dict[int, tuple[int, int]], gone: set[int]
) -> list[Cell]:
    """One row; spanned index cells are left out of it, so places count from the right."""
    lacking, names = len(head) - len(row), told_as(head)
    cells = []
    for place, cell in enumerate(row, start=lacking):
        if place in gone:
            continue
        pair = [(row[end - lacking].text, names[end]) for end in ends.get(place, ())]
        shown = [text if text in NOTHING else _number(text, name) for text, name in pair]
        cells.append(replace(cell, under=between(*shown, NOTHING) if shown else ""))
    return cells


def _has_intervals(body: list[list[Cell]], place: int) -> bool:
    return any(row[place].under for row in body if len(row) >= -place)


def _column(text: str, right: bool, has_intervals: bool = False) -> str:
    mark = ' class="number"' if right else ""
    more = " and interval" if has_intervals else ""
    return f'<th scope="col"{mark}>{heading(text)}{more}</th>' if text else "<td></td>"


def _row(row: list[Cell], head: list[str], numeric: list[bool]) -> str:
    names = head[-len(row) :] if head else [""] * len(row)
    right = numeric[-len(row) :] if head else [False] * len(row)
    return "".join(
        _row_name(cell) if cell.kind == "th" else _value(cell.text, name, is_number, cell.under)
        for cell, name, is_number in zip(row, names, right, strict=False)
    )


def _row_name(cell: Cell) -> str:
    kind = ' class="long"' if len(cell.text) > LONG_NAME else ""
    return f'<th scope="row"{kind}{cell.span}>{_breakable(cell.text)}</th>'


def _value(text: str, column: str, is_number: bool, under: str = "") -> str:
    if text in NOTHING:
        return _cell("\N{EN DASH}", "none number" if is_number else "none")
    if text in VERDICTS:
        return f'<td><span class="verdict {VERDICTS[text]}">{text}</span></td>'
    if text in CHECKS:
        return f'<td><span class="check {CHECKS[text]}">{text.lower()}</span></td>'
    if NUMBER.fullmatch(text):
        more = f'<span class="by ends">{under}</span>' if under else ""
        return _cell(_number(text, column) + more, "number" if is_number else "")
    return _cell(ANSWERS.get(text) or _breakable(text), _kind_of(text))


def _kind_of(text: str) -> str:
    if len(text) > PROSE:
        return "prose"
    return "short" if len(text) <= SHORT and not text.isalnum() else ""


def _cell(inside: str, kind: str) -> str:
    return f'<td class="{kind}">{inside}</td>' if kind else f"<td>{inside}</td>"


def _number(text: str, column: str) -> str:
    """A true minus; a share in percent, none of its digits lost; thousands set apart in columns of counts and in
    decimals (elsewhere the digits may be a key)."""
    counted = COUNT.fullmatch(text)
    if counted and COUNTS.fullmatch(column):
        return f"{int(counted[1]):,}"
    amount = AMOUNT.fullmatch(text)
    if amount and not NO_AMOUNT.fullmatch(column):
        text = f"{amount[1]}{int(amount[2]):,}{amount[3]}"
    text = in_percent(text, column)
    return f"\N{MINUS SIGN}{text[1:]}" if text.startswith("-") else text


def _breakable(text: str) -> str:
    """Arrows as arrows; a name too long for a narrow column may break after a full stop or an underscore."""
    if "<" in text:
        return text
    text = text.replace(" -&gt; ", " \N{RIGHTWARDS ARROW} ")
    return LONG.sub(lambda word: re.sub(r"([._/])(?=\w)", r"\1<wbr>", word[0]), text)
