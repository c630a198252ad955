"""A data frame's HTML made into a table that can be read and heard."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from html import escape

from linkage.checks import FAIL, NOT_ASSESSED, PASS, REVIEW
from linkage.ladder import LINKED, NO_LINK, NOT_JUDGED, UNSAFE
from linkage.report.headings import heading

TABLE = re.compile(r"<table[^>]*>(.*?)</table>", re.DOTALL)
ROW = re.compile(r"<tr[^>]*>(.*?)</tr>", re.DOTALL)
CELL = re.compile(r"<(th|td)([^>]*)>(.*?)</\1>", re.DOTALL)
SPAN = re.compile(r'rowspan="\d+"')
NUMBER = re.compile(r"[+\-\u2212]?[\d,]*\.?\d+(e[+-]?\d+)?%?|&lt; [\d.]+")
COUNT = re.compile(r"(\d+)(\.0+)?")
NOTHING = ("NaN", "None", "NaT", "&lt;NA&gt;", "nan", "")
LONG = re.compile(r"[\w.]{17,}")
PROSE = 60
"""A longer text gets a column wide enough to read it in."""
LONG_NAME = 30
"""A longer name of a row gets a column in which it breaks once or twice, not at every word."""
WIDE_TABLE = 10
"""A table of more columns is printed across."""
LONG_TABLE = 15
"""A table of more rows shows its first ones until a reader asks for all."""
SHARES = re.compile(r"(\w+_)?(share|rate)(_low|_high)?")
AMOUNT = re.compile(r"([+-]?)(\d{4,})(\.\d+)")
NO_AMOUNT = re.compile(r"(\w+_)?(period|year|id)")
FRACTION = re.compile(r"(-?)([01])\.(\d{2,})")
COUNTS = re.compile(
    r"n|clusters|matched|unmatched|absent|no_key|look_alike|fan_out|(\w+_)?(rows|keys|count)|(rows|values)_\w+"
)

VERDICTS = {v: v.lower().replace(" ", "-") for v in (LINKED, NO_LINK, UNSAFE, NOT_JUDGED)}
CHECKS = {v: v.lower().replace(" ", "-") for v in (PASS, REVIEW, FAIL, NOT_ASSESSED)}


@dataclass(frozen=True)
class Cell:
    """One cell as pandas wrote it: th for the index, td for a value."""

    kind: str
    text: str
    span: str = ""


def tidy_table(inside: str, name: str) -> str:
    """What stands in a <table>, in a named box that scrolls when it is wider than the page; a table without
    anything in it says so."""
    head, body = _split(inside)
    if not body and not any(head):
        return '<p class="none">There is nothing to list here.</p>'
    head, body = _without_counter(head, body)
    numeric = [_is_numeric(body, place) for place in range(-len(head), 0)] if head else []
    body = _without_noughts(body, head)
    rows = "".join(f"<tr>{_row(row, head, numeric)}</tr>" for row in body)
    columns = "".join(_column(text, right) for text, right in zip(head, numeric, strict=True))
    top = f"<thead><tr>{columns}</tr></thead>" if head else ""
    kinds = ("scroll", *["long"] * (len(body) > LONG_TABLE), *["wide"] * (len(head) > WIDE_TABLE))
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
        if _is_whole(body, place) and not NO_AMOUNT.fullmatch(head[place])
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


def _column(text: str, right: bool) -> str:
    mark = ' class="number"' if right else ""
    return f'<th scope="col"{mark}>{heading(text)}</th>' if text else "<td></td>"


def _row(row: list[Cell], head: list[str], numeric: list[bool]) -> str:
    names = head[-len(row) :] if head else [""] * len(row)
    right = numeric[-len(row) :] if head else [False] * len(row)
    return "".join(
        _row_name(cell) if cell.kind == "th" else _value(cell.text, name, is_number)
        for cell, name, is_number in zip(row, names, right, strict=False)
    )


def _row_name(cell: Cell) -> str:
    kind = ' class="long"' if len(cell.text) > LONG_NAME else ""
    return f'<th scope="row"{kind}{cell.span}>{_breakable(cell.text)}</th>'


def _value(text: str, column: str, is_number: bool) -> str:
    if text in NOTHING:
        return _cell("\N{EN DASH}", "none number" if is_number else "none")
    if text in VERDICTS:
        return f'<td><span class="verdict {VERDICTS[text]}">{text}</span></td>'
    if text in CHECKS:
        return f'<td><span class="check {CHECKS[text]}">{text.lower()}</span></td>'
    if NUMBER.fullmatch(text):
        return _cell(_number(text, column), "number" if is_number else "")
    return _cell(_breakable(text), "prose" if len(text) > PROSE else "")


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
    fraction = FRACTION.fullmatch(text)
    if fraction and SHARES.fullmatch(column):
        text = _percent(*fraction.groups())
    return f"\N{MINUS SIGN}{text[1:]}" if text.startswith("-") else text


def _percent(sign: str, whole: str, digits: str) -> str:
    """A decimal fraction with its point moved by two places: nothing is rounded."""
    moved = int(whole + digits[:2])
    return f"{sign}{moved}{'.' + digits[2:] if digits[2:] else ''}%"


def _breakable(text: str) -> str:
    """Arrows as arrows; a name too long for a narrow column may break after a full stop or an underscore."""
    if "<" in text:
        return text
    text = text.replace(" -&gt; ", " \N{RIGHTWARDS ARROW} ")
    return LONG.sub(lambda word: re.sub(r"([._])(?=\w)", r"\1<wbr>", word[0]), text)
