"""A native chart on a slide: estimates as dots with their intervals, and the numbers in a sheet behind it."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from linkage.exports.chart_axes import axis_of
from linkage.sentences import signed

if TYPE_CHECKING:
    from pptx.slide import Slide

ACCENT, GREY, INK = "0B6E99", "8A8F94", "1A1A1B"
SHEET = "Sheet1"
LONGEST_LABEL = 60
MANY = 3
"""More dots stand closer together: their words are smaller."""


@dataclass(frozen=True)
class Dot:
    """One estimate with its interval; a side that is open is None."""

    label: str
    estimate: float
    low: float | None
    high: float | None

    @property
    def words(self) -> str:
        """The estimate and below it its interval, as the pages say them; an open side says so."""
        ends = ["no bound" if end is None else signed(end) for end in (self.low, self.high)]
        return f"{signed(self.estimate)}\n({ends[0]} to {ends[1]})"

    @property
    def less(self) -> float:
        return 0.0 if self.low is None else self.estimate - self.low

    @property
    def more(self) -> float:
        return 0.0 if self.high is None else self.high - self.estimate


def add_dots(
    slide: Slide, dots: list[Dot], *, place: tuple[int, int, int, int], unit: str, name: str
) -> None:
    """Put the chart on a slide. place : left, top, width, height. unit : what the axis counts."""
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    data = CategoryChartData()
    data.categories = [_label(dot) for dot in dots]
    data.add_series("Estimate", [dot.estimate for dot in dots])
    frame = slide.shapes.add_chart(XL_CHART_TYPE.LINE_MARKERS, *place, data)
    properties = frame._element.nvGraphicFramePr.cNvPr
    properties.set("name", "Chart")
    properties.set("descr", alt_text(dots, unit, name))
    chart = frame.chart
    chart.part.chart_workbook.update_from_xlsx_blob(numbers_behind(dots))
    _style(chart, unit)
    _set_axis(chart.value_axis, dots)
    _add_intervals(chart, dots)
    _add_words(chart, dots)


def _label(dot: Dot) -> str:
    return (
        dot.label
        if len(dot.label) <= LONGEST_LABEL
        else f"{dot.label[: LONGEST_LABEL - 1]}\N{HORIZONTAL ELLIPSIS}"
    )


def alt_text(dots: list[Dot], unit: str, name: str) -> str:
    """The chart in words."""
    shown = [f"{dot.label}: {dot.estimate:.3g} ({_end(dot.low)} to {_end(dot.high)})" for dot in dots]
    return f"{name} {unit}, estimate with interval. {'; '.join(shown)}."


def _end(value: float | None) -> str:
    return "no bound" if value is None else f"{value:.3g}"


def numbers_behind(dots: list[Dot]) -> bytes:
    """The sheet that opens when the chart is edited: label, estimate, and how far the interval reaches either side.

    Text is written as text, whatever it begins with, and the file carries no clock.
    """
    from datetime import datetime

    from xlsxwriter import Workbook

    stream = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(stream, options) as book:
        book.set_properties({"created": datetime(1980, 1, 1)})
        page = book.add_worksheet(SHEET)
        for place, head in enumerate(("", "Estimate", "below", "above")):
            page.write_string(0, place, head)
        for line, dot in enumerate(dots, start=1):
            page.write_string(line, 0, _label(dot))
            for place, value in enumerate((dot.estimate, dot.less, dot.more), start=1):
                page.write_number(line, place, value)
    return stream.getvalue()


def _style(chart: object, unit: str) -> None:
    from pptx.dml.color import RGBColor
    from pptx.enum.chart import XL_MARKER_STYLE, XL_TICK_LABEL_POSITION
    from pptx.util import Pt

    chart.has_legend = chart.has_title = False
    chart.font.size, chart.font.name = Pt(12), "Arial"
    series = chart.plots[0].series[0]
    series.format.line.fill.background()
    series.smooth = False
    series.marker.style, series.marker.size = XL_MARKER_STYLE.CIRCLE, 10
    series.marker.format.fill.solid()
    series.marker.format.fill.fore_color.rgb = RGBColor.from_string(ACCENT)
    series.marker.format.line.color.rgb = RGBColor.from_string(ACCENT)
    chart.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    axis = chart.value_axis
    axis.major_gridlines.format.line.color.rgb = RGBColor.from_string("D5DADE")
    axis.has_title = bool(unit)
    if unit:
        axis.axis_title.text_frame.text = unit
        axis.axis_title.text_frame.paragraphs[0].runs[0].font.size = Pt(12)


def _set_axis(axis: object, dots: list[Dot]) -> None:
    """Ends, steps and digits of the axis: every interval and nothing at all lie on it, in whichever program opens it.

    Left to itself a program sees the estimates alone: it may cut an interval, or begin where a small size looks large.
    """
    ends = [end for dot in dots for end in (dot.estimate, dot.low, dot.high) if end is not None]
    found = axis_of([*ends, 0.0])
    if found is None:  # a single estimate of zero without an interval
        return
    axis.minimum_scale, axis.maximum_scale, axis.major_unit = found.low, found.high, found.step
    labels = axis.tick_labels
    labels.number_format = f"0.{'0' * found.digits}" if found.digits else "#,##0"
    labels.number_format_is_linked = False


def _add_words(chart: object, dots: list[Dot]) -> None:
    """Each dot's estimate and interval beside it: what a reader of the slide would else have to guess."""
    from pptx.dml.color import RGBColor
    from pptx.enum.chart import XL_LABEL_POSITION
    from pptx.util import Pt

    for place, dot in enumerate(dots):
        label = chart.plots[0].series[0].points[place].data_label
        label.position = XL_LABEL_POSITION.RIGHT
        label.text_frame.text = dot.words
        for paragraph in label.text_frame.paragraphs:
            font = paragraph.runs[0].font
            font.size, font.name = Pt(9 if len(dots) > MANY else 11), "Arial"
            font.color.rgb = RGBColor.from_string(INK)


def _add_intervals(chart: object, dots: list[Dot]) -> None:
    """Error bars from the sheet behind the chart: below from its column C, above from D.

    The library has no call for them. An open side has no bar, and its words say that it is open.
    """
    from pptx.oxml import parse_xml
    from pptx.oxml.ns import nsdecls

    def numbers(tag: str, column: str, values: list[float]) -> str:
        points = "".join(f'<c:pt idx="{i}"><c:v>{v!r}</c:v></c:pt>' for i, v in enumerate(values))
        return (
            f"<c:{tag}><c:numRef><c:f>{SHEET}!${column}$2:${column}${len(values) + 1}</c:f><c:numCache>"
            f'<c:formatCode>General</c:formatCode><c:ptCount val="{len(values)}"/>{points}'
            f"</c:numCache></c:numRef></c:{tag}>"
        )

    bars = parse_xml(
        f'<c:errBars {nsdecls("c", "a")}><c:errDir val="y"/><c:errBarType val="both"/><c:errValType val="cust"/>'
        f'<c:noEndCap val="0"/>{numbers("plus", "D", [d.more for d in dots])}'
        f"{numbers('minus', 'C', [d.less for d in dots])}"
        f'<c:spPr><a:ln w="19050"><a:solidFill><a:srgbClr val="{GREY}"/></a:solidFill></a:ln></c:spPr></c:errBars>'
    )
    series = chart.plots[0].series[0]._element
    series.find("{*}cat").addprevious(bars)
