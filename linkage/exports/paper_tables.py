"""Which rows of a long table go on paper? Its first and those with a warning; it says how many it leaves out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

from linkage.report.tables import LONG_TABLE
from linkage.sentences import plural

FIRST_ROWS = 10
"""Rows of a long table on paper: as many as its page shows before a reader asks for all."""
TABLE = re.compile(r"<table[^>]*>.*?</table>", re.DOTALL)
ROWS = re.compile(r"(<tbody>)(.*)(</tbody>)", re.DOTALL)
ROW = re.compile(r"(<tr[^>]*>)(.*?)</tr>", re.DOTALL)
CELL = re.compile(r"<(?:th|td)[ >].*?</(?:th|td)>", re.DOTALL)
SPAN = re.compile(r' rowspan="(\d+)"')
ANSWER = '<section class="answered"'
WARNED = re.compile(r'class="(?:check (?:fail|review)|verdict unsafe|status failed)"')
JUDGED = re.compile(r'class="(?:check|verdict|status) ')


@dataclass(frozen=True)
class Row:
    """A row of a table. own : its cells; groups : those it shares with rows above it, without their spans."""

    start: str
    groups: tuple[str, ...]
    own: str


def short_tables(html: str, file: str) -> str:
    """A page's HTML with each long table cut, outside of its answer, which stays whole. file : where all rows are."""
    parts, place = [], 0
    for found in TABLE.finditer(html):
        part = html[place : found.end()]
        parts.append(
            part
            if _answers(html, found.start())
            else f"{html[place : found.start()]}{_short(found[0], file)}"
        )
        place = found.end()
    return "".join([*parts, html[place:]])


def _answers(html: str, place: int) -> bool:
    """Whether a place lies in the part that answers the page's question."""
    began = html.rfind(ANSWER, 0, place)
    return began >= 0 and html.rfind("</section>", 0, place) < began


def _short(table: str, file: str) -> str:
    body = ROWS.search(table)
    rows = _rows(body[2]) if body else []
    if len(rows) <= LONG_TABLE:
        return table
    kept = [row for place, row in enumerate(rows) if place < FIRST_ROWS or WARNED.search(row.own)]
    left = len(rows) - len(kept)
    if not left:
        return table
    shown = f"{table[: body.start(2)]}{_joined(kept)}{table[body.end(2) :]}"
    calm = ", none of them marked review or fail" if JUDGED.search(body[2]) else ""
    name = escape(file)
    return (
        f'{shown}<p class="left-out">{left:,} more {plural("row", left)}{calm}: '
        f'on the page <a href="{name}">{name}</a>.</p>'
    )


def _rows(body: str) -> list[Row]:
    """The rows, each with the names of the groups it belongs to: a cell that spans rows names all of them."""
    rows, open_groups = [], []
    for start, inside in ROW.findall(body):
        open_groups = [(cell, left - 1) for cell, left in open_groups if left > 1]
        own = []
        for cell in CELL.findall(inside):
            span = SPAN.search(cell.partition(">")[0])
            if span:
                open_groups.append((SPAN.sub("", cell, count=1), int(span[1])))
            else:
                own.append(cell)
        rows.append(Row(start, tuple(cell for cell, _ in open_groups), "".join(own)))
    return rows


def _joined(rows: list[Row]) -> str:
    """Rows as HTML; a group's name spans those of its rows that were kept."""
    return "".join(
        f"{row.start}{''.join(_named(rows, place, depth) for depth in range(len(row.groups)))}{row.own}</tr>"
        for place, row in enumerate(rows)
    )


def _named(rows: list[Row], place: int, depth: int) -> str:
    """A group's name where its first kept row is, nothing in the others."""
    mine = rows[place].groups[: depth + 1]
    if place and rows[place - 1].groups[: depth + 1] == mine:
        return ""
    until = next((p for p in range(place, len(rows)) if rows[p].groups[: depth + 1] != mine), len(rows))
    name = rows[place].groups[depth]
    return re.sub(r"^<(th|td)", rf'<\1 rowspan="{until - place}"', name) if until - place > 1 else name
