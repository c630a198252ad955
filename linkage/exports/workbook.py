"""The workbook: every sheet with filters, frozen heads, number formats and native charts; the same bytes each time."""

from __future__ import annotations

import math
from datetime import datetime, time
from functools import cache
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

from linkage.exports.chart_axes import number_axis
from linkage.exports.sheets import LONGEST, Amount, Change, Chart, Share, Sheet, shorten
from linkage.report.findings import FORMULA_STARTS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

HEAD = 2
"""The row of the headers, below title and note."""
ACCENT, INK, GREY, WASH = "#0B6E99", "#1A1A1B", "#8A8F94", "#E8F2F7"
WIDEST, NARROWEST = 60, 11
SAMPLED = 60
KEPT_FREE = 2
"""Characters of a column's width that its indent and the next column's edge take."""
NARROWER = 1.35
"""Letters of a text in the place of a digit, at least."""
LINE, HIGHEST = 12.75, 409
"""Height of a line, and of a row at most, in points."""
MOST_DIGITS = 6
"""Digits behind the point of a percentage, at most."""
CHART_PLACES = (640, 330)
"""Width and height of a chart, in pixels; one of many bars is higher."""
BAR, AROUND_BARS = 17, 110
"""Height of a bar with its name, and of title and axis, in pixels: below that a program leaves names out."""


def write_workbook(path: Path, sheets: Sequence[Sheet], *, title: str, on: date) -> None:
    """Write the sheets, their charts gathered on the first one. on : the day it is dated, so that bytes repeat."""
    from xlsxwriter import Workbook

    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = Workbook(str(path), options)
    book.set_properties({"title": title, "author": "linkage", "created": datetime.combine(on, time(12))})
    book.set_calc_mode("auto")
    look = _Look(book)
    made = {sheet.name: book.add_worksheet(sheet.name) for sheet in sheets}
    for sheet in sheets:
        _fill(made[sheet.name], sheet, look, breaks=sheet is not sheets[0])
    _draw(book, made[sheets[0].name], sheets)
    book.close()


class _Look:
    """The formats of one workbook, each made once."""

    def __init__(self, book: Workbook):
        self.book = book
        base = {"font_name": "Arial", "font_size": 10, "valign": "top"}
        self.title = book.add_format({**base, "bold": True, "font_size": 14, "font_color": INK})
        self.note = book.add_format({**base, "font_color": "#565D63"})
        head = {**base, "bold": True, "bg_color": WASH, "bottom": 1, "text_wrap": True, "valign": "bottom"}
        self.head = book.add_format({**head, "align": "left", "indent": 1})
        self.head_right = book.add_format({**head, "align": "right", "indent": 1})
        text = {**base, "align": "left", "indent": 1}  # an indent without a side is read by no program
        self.text = book.add_format(text)  # kept off what stands before it, and numbers off what follows
        self.harmless = book.add_format({**text, "quote_prefix": True})
        self.wrapped = book.add_format({**text, "text_wrap": True})
        self.harmless_wrapped = book.add_format({**text, "text_wrap": True, "quote_prefix": True})
        self._number, self._numbers = {**base, "align": "right", "indent": 1}, {}

    def number(self, pattern: str) -> Format:
        if pattern not in self._numbers:
            self._numbers[pattern] = self.book.add_format({**self._number, "num_format": pattern})
        return self._numbers[pattern]


def number_pattern(value: float, widest: float | None = None) -> str:
    """How a number is shown: shares in percent, money and counts whole, others at three digits or more.

    widest : the largest of the figures it is read with, such as the ends of its interval: they share their digits.
    """
    if isinstance(value, Share):
        return _share_pattern(float(value))
    if isinstance(value, Amount | int):
        return "#,##0"
    size = abs(value if widest is None else widest)
    pattern = _pattern_of_size(math.floor(math.log10(size)) if size else 0)
    return f"+{pattern};-{pattern};0" if isinstance(value, Change) else pattern


def _share_pattern(value: float) -> str:
    """In percent with one digit, and more where all would otherwise be said of what is only nearly all."""
    for digits in range(1, MOST_DIGITS):
        if round(value, digits + 2) not in (0, 1) or value in (0, 1):
            break
    return f"0.{'0' * digits}%"


@cache
def _pattern_of_size(size: int) -> str:
    if size < -6 or size > 12:
        return "0.00E+00"
    places = max(0, 2 - size)
    return f"#,##0.{'0' * places}" if places else "#,##0"


def _fill(page: Worksheet, sheet: Sheet, look: _Look, *, breaks: bool) -> None:
    """One sheet. breaks : whether long texts are broken into lines: higher rows would stretch charts beside them."""
    page.write_string(0, 0, shorten(sheet.title), look.title)
    page.write_string(1, 0, shorten(sheet.note), look.note)
    for place, name in enumerate(sheet.headers):
        is_number = any(isinstance(row[place], int | float) for row in sheet.rows[:SAMPLED])
        page.write_string(HEAD, place, shorten(name), look.head_right if is_number else look.head)
    together = read_together(sheet.headers)
    widths = [_width(sheet, place, name) for place, name in enumerate(sheet.headers)]
    rooms = [width - KEPT_FREE if breaks else LONGEST for width in widths]
    for line, row in enumerate(sheet.rows, start=HEAD + 1):
        lines = lines_of(row, rooms)
        if lines > 1:
            page.set_row(line, min(HIGHEST, LINE * lines + LINE / 4))
        for place, value in enumerate(row):
            if value is not None:
                widest = _widest(row, together[place]) if place in together else None
                _write(page, line, place, value, look, rooms[place], widest)
    for place, width in enumerate(widths):
        page.set_column(place, place, width, None, {"hidden": place in sheet.hidden})
    page.freeze_panes(HEAD + 1, 1)
    if sheet.headers:
        page.autofilter(HEAD, 0, HEAD + max(len(sheet.rows), 1), len(sheet.headers) - 1)
    page.hide_gridlines(2)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.repeat_rows(HEAD)


def lines_of(row: Sequence[object], rooms: Sequence[int]) -> int:
    """How many lines the longest text of a row takes. rooms : characters of a line, a column each.

    Not every program that opens the file finds a row's height by itself. Letters are narrower than the digits that a
    column's width counts.
    """
    cells = zip(row, rooms, strict=True)
    long = [(text, room) for text, room in cells if isinstance(text, str) and len(text) > room]
    return max((len(wrap(shorten(text), int(room * NARROWER))) for text, room in long), default=1)


def read_together(headers: Sequence[str]) -> dict[int, tuple[int, ...]]:
    """By the place of a column, those of the estimate and of the ends of its interval that are read with it."""
    found: dict[int, tuple[int, ...]] = {}
    for low in range(1, len(headers) - 1):
        if headers[low].split()[-1:] == ["low"] and headers[low + 1].split()[-1:] == ["high"]:
            first = low - 2 if headers[low - 1] == "std_error" and low > 1 else low - 1
            places = tuple(range(first, low + 2))
            found |= dict.fromkeys(places, places)
    return found


def _widest(row: Sequence[object], places: tuple[int, ...]) -> float | None:
    known = [abs(v) for v in (row[p] for p in places) if isinstance(v, int | float) and math.isfinite(v)]
    return max(known, default=None)


def _write(
    page: Worksheet,
    line: int,
    place: int,
    value: object,
    look: _Look,
    room: int,
    widest: float | None = None,
) -> None:
    """One cell. A text longer than its column has room for is broken into lines, else paper would cut it.

    A text that a spreadsheet would run when it is edited is marked as text.
    """
    if isinstance(value, bool):
        page.write_string(line, place, "yes" if value else "no", look.text)
    elif isinstance(value, int | float):
        if math.isfinite(value):
            page.write_number(line, place, value, look.number(number_pattern(value, widest)))
        else:
            page.write_string(line, place, "without bound", look.text)
    else:
        text = shorten(str(value))
        plain, broken = look.text, look.wrapped
        if text.startswith(FORMULA_STARTS):
            plain, broken = look.harmless, look.harmless_wrapped
        page.write_string(line, place, text, broken if len(text) > room else plain)


def _width(sheet: Sheet, place: int, name: str) -> int:
    if name in sheet.widths:
        return sheet.widths[name]
    longest = max(
        (len(str(row[place])) for row in sheet.rows[:SAMPLED] if isinstance(row[place], str)), default=0
    )
    return max(NARROWEST, min(WIDEST, longest + 2, 40), min(len(name) + 3, 18))


def _draw(book: Workbook, front: Worksheet, sheets: Sequence[Sheet]) -> None:
    """Every chart beside the table of the first sheet, two in a row, none moved by a filter."""
    charts = [(sheet, chart) for sheet in sheets for chart in sheet.charts]
    width, column, top = CHART_PLACES[0], len(sheets[0].headers) + 1, 0
    for first in range(0, len(charts), 2):
        pair = charts[first : first + 2]
        for side, (sheet, chart) in enumerate(pair):
            drawn = _chart(book, sheet, chart)
            drawn.set_size({"width": width, "height": _height(chart)})
            options = {
                "x_offset": side * (width + 20),
                "y_offset": top,
                "object_position": 3,
                "description": _alt_text(sheet, chart),
            }
            front.insert_chart(HEAD, column, drawn, options)
        top += max(_height(chart) for _, chart in pair) + 20


def _height(chart: Chart) -> int:
    bars = (chart.last - chart.first + 1) * (chart.kind == "bars")
    return max(CHART_PLACES[1], bars * BAR + AROUND_BARS)


def _chart(book: Workbook, sheet: Sheet, chart: Chart) -> object:
    kinds = {"dots": {"type": "line"}, "line": {"type": "line"}, "bars": {"type": "bar"}}
    drawn = book.add_chart(kinds[chart.kind])
    rows = (HEAD + 1 + chart.first, HEAD + 1 + chart.last)
    reach = {
        name: [sheet.name, rows[0], place, rows[1], place]
        for name, place in {"categories": chart.categories, "values": chart.values}.items()
    }
    drawn.add_series({**reach, "name": chart.title, **_style(sheet, chart, rows)})
    drawn.set_title({"name": chart.title, "name_font": {"size": 11, "bold": True}, "overlay": False})
    drawn.set_legend({"none": True})
    numbers = {
        **number_axis(sheet, chart),
        "major_gridlines": {"visible": True, "line": {"color": "#D5DADE"}},
    }
    numbers |= {"name": chart.axis, "name_font": {"size": 9, "bold": False}}
    names = {"label_position": "low", "num_font": {"size": 8}}
    if chart.kind == "bars":
        # The first bar on top turns the other axis over too: its numbers belong below the bars, as on a page.
        drawn.set_x_axis({**numbers, "label_position": "high"})
        drawn.set_y_axis({**names, "reverse": True})
    else:
        drawn.set_x_axis(names)
        drawn.set_y_axis(numbers)
    drawn.show_hidden_data()
    drawn.show_blanks_as("gap")
    return drawn


def _style(sheet: Sheet, chart: Chart, rows: tuple[int, int]) -> dict[str, object]:
    """Dots with intervals, a course with intervals, or bars."""
    if chart.kind == "bars":
        return {"fill": {"color": ACCENT}, "gap": 60}
    marker = {"type": "circle", "size": 7, "fill": {"color": ACCENT}, "border": {"color": ACCENT}}
    line = {"none": True} if chart.kind == "dots" else {"color": ACCENT, "width": 1.75}
    style: dict[str, object] = {"marker": marker, "line": line}
    if chart.less is not None and chart.more is not None:
        style["y_error_bars"] = {
            "type": "custom",
            "plus_values": _reference(sheet, chart.more, rows),
            "minus_values": _reference(sheet, chart.less, rows),
            "plus_data": _data(sheet, chart.more, chart),
            "minus_data": _data(sheet, chart.less, chart),
            "line": {"color": GREY, "width": 1.25},
        }
    return style


def _reference(sheet: Sheet, place: int, rows: tuple[int, int]) -> str:
    from xlsxwriter.utility import xl_range_abs

    return f"='{sheet.name}'!{xl_range_abs(rows[0], place, rows[1], place)}"


def _data(sheet: Sheet, place: int, chart: Chart) -> list[object]:
    """The numbers behind error bars, kept in the chart for readers that do not look them up."""
    return [row[place] if row[place] is not None else 0 for row in sheet.rows[chart.first : chart.last + 1]]


def _alt_text(sheet: Sheet, chart: Chart) -> str:
    count = chart.last - chart.first + 1
    return f"{chart.title}: {count} values; the numbers are on the sheet {sheet.name}."
