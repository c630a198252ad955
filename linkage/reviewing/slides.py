"""Do the slides say what the findings give? Written again: each text, each number behind a chart, each note."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.reviewing.archives import differing_parts
from linkage.reviewing.lines import Line, bad, good
from linkage.reviewing.sentences import apart

if TYPE_CHECKING:
    from pptx.slide import Slide

ABOUT = "slides"


def same_slides(published: Path, again: Path) -> Iterator[Line]:
    """The published slides against those made again: the first slide of each difference, or the part that differs."""
    if not published.is_file():
        yield bad(f"{ABOUT}: {published.name} is gone", about=ABOUT)
        return
    try:
        parts = differing_parts(published, again)
        said = list(_differences(published, again)) if parts else []
    except Exception as error:  # a damaged file fails in as many ways as there are bytes
        yield bad(f"{ABOUT}: {published.name} cannot be opened: {type(error).__name__}: {error}", about=ABOUT)
        return
    if not parts:
        yield good(f"{ABOUT}: {published.name}, every part as the report's data give it", about=ABOUT)
    yield from (bad(f"{ABOUT}: {text}", about=ABOUT) for text in said)
    if parts and not said:
        yield bad(
            f"{ABOUT}: the words are the same, and these parts are not: {', '.join(parts[:3])}", about=ABOUT
        )


def _differences(published: Path, again: Path) -> Iterator[str]:
    from pptx import Presentation

    pairs = zip_longest(Presentation(str(published)).slides, Presentation(str(again)).slides)
    for number, (one, other) in enumerate(pairs, 1):
        if one is None or other is None:
            yield f"slide {number} is {'not in the report' if other is None else 'gone'}"
            continue
        for (what, said), (kind, gives) in zip_longest(_items(one), _items(other), fillvalue=("nothing", "")):
            if (what, said) != (kind, gives):
                place = what if what != "nothing" else kind
                was, made = (
                    apart(said, gives) if max(len(said), len(gives)) > 90 else (f"“{said}”", f"“{gives}”")
                )
                yield f"slide {number}, {place} says {was}, the report's data give {made}"
                break


def _items(slide: Slide) -> list[tuple[str, str]]:
    """What a slide says, one item after the other, each with its place in words."""
    found = []
    for shape in slide.shapes:
        if shape.has_text_frame:
            found.append(("text", shape.text_frame.text))
        if shape.has_chart:
            found += [("words for the chart", shape._element.nvGraphicFramePr.cNvPr.get("descr", ""))]
            found += _numbers(shape.chart)
        if shape.shape_type is not None and not (shape.has_text_frame or shape.has_chart):
            found.append(("picture", str(shape.shape_type)))
    if slide.has_notes_slide:
        found += [("notes", line) for line in slide.notes_slide.notes_text_frame.text.split("\n")]
    return found


def _numbers(chart: object) -> list[tuple[str, str]]:
    """Each number that a chart draws, with its label: dots, and how far the intervals reach."""
    found = []
    for plot in chart.plots:
        for series in plot.series:
            names = [str(category) for category in plot.categories]
            found += [(f"chart, {name}", repr(value)) for name, value in zip_longest(names, series.values)]
            ends = series._element.findall(".//{*}errBars//{*}v")
            found += [("chart, intervals", str(end.text)) for end in ends]
    return found
