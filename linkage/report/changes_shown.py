"""Changes as a reader is shown them: each part in the unit of its figure, with its interval."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from linkage.changing import MIX, NEW_DATA, PARTS, RELATION, TOTAL, UNTOLD
from linkage.changing.words import is_rounding
from linkage.report.appendix import NONE, per
from linkage.report.standing import OTHER_WAY, counted, runs_against
from linkage.sentences import in_sentence, number, plural, signed

if TYPE_CHECKING:
    from linkage.changing import HeadlineApart, Moved, TakenApart
    from linkage.report.edition import Edition

Row = dict[str, object]
Cell = tuple[str, str]
"""A figure and, below it, its interval, or why it has none."""
EXACT = "known exactly"
"""Instead of an interval: what was published and what the same rows give now are both known."""
MOST_PLACES = 7
"""A figure of more decimal places is written with an exponent."""


def is_told(apart: TakenApart, part: str) -> bool:
    value = float(apart.estimates.loc[part, "estimate"])
    return math.isfinite(value) and not (part == NEW_DATA and is_rounding(apart, value))


def mix_is_known(apart: TakenApart) -> bool:
    return math.isfinite(apart.estimates.loc[MIX, "estimate"])


def in_words(apart: TakenApart, part: str, times: float) -> str:
    value, interval = _cell(apart, part, times, places_of(apart, times))
    return f"{value} ({interval})" if interval else value


def gap_words(moved: Moved) -> str:
    """That the two periods of a figure do not follow each other; nothing where they do."""
    if not moved.skipped:
        return ""
    between = listed(moved.skipped)
    return f"{between} {'lies' if len(moved.skipped) == 1 else 'lie'} between, of which the data say nothing"


def listed(periods: tuple[str, ...]) -> str:
    """Periods in a sentence: each of a few, else the first and the last."""
    if len(periods) > 2:
        return f"{periods[0]} to {periods[-1]}"
    return " and ".join(periods)


def places_of(apart: TakenApart, times: float) -> int:
    """The decimal places at which the largest part, or end of the change, has three digits: all parts share them."""
    parts = apart.estimates.loc[[*PARTS, TOTAL], "estimate"]
    ends = apart.estimates.loc[TOTAL, ["low", "high"]]
    return places_for(times * np.concatenate([parts.to_numpy(dtype=float), ends.to_numpy(dtype=float)]))


def places_for(values: np.ndarray) -> int:
    """The decimal places at which the largest of figures has three digits."""
    known = np.abs(values[np.isfinite(values)])
    largest = float(known.max(initial=0.0))
    return max(0, 2 - math.floor(math.log10(largest))) if largest > 0 else 0


def placed(value: float, places: int) -> str:
    """A signed figure at so many decimal places."""
    if places > MOST_PLACES or not math.isfinite(value):
        return signed(value)
    text = f"{value:+,.{places}f}"
    return text[1:] if float(text.replace(",", "")) == 0 else text.replace("-", "\N{MINUS SIGN}")


def _cell(apart: TakenApart, part: str, times: float, places: int) -> Cell:
    """A part with its interval; one that is nothing but the rounding of what was published is nought."""
    row = apart.estimates.loc[part]
    if not math.isfinite(row["estimate"]):
        return (NONE, "")
    if is_rounding(apart, row["estimate"]):
        return ("0", "")
    ends = (times * row["low"], times * row["high"])
    value = placed(times * row["estimate"], places)
    if part == NEW_DATA:
        return (value, EXACT)
    return (value, _between(*ends, places) or _no_interval(apart))


def _no_interval(apart: TakenApart) -> str:
    return f"no interval: {apart.why_no_interval or 'nothing is newer'}"


def _between(low: float, high: float, places: int) -> str:
    known = math.isfinite(low) and math.isfinite(high)
    return f"{placed(low, places)} to {placed(high, places)}" if known else ""


def figure_unit(row: Row) -> tuple[str, float]:
    """The unit in which the change of a figure is told, and the factor to it."""
    unit, times = figure_level(row)
    return ("percentage points" if times == 100.0 else unit), times


def figure_level(row: Row) -> tuple[str, float]:
    """The unit in which a figure itself is told, and the factor to it."""
    unit = str(row.get("unit") or "")
    if unit == "share":
        return "percent", 100.0
    return (unit if " " in unit else plural(unit)), 1.0


def link_unit(row: Row, edition: Edition) -> tuple[str, float]:
    """The unit in which an estimate is told, and the factor to it."""
    columns = edition.study.study.columns.get(str(row["grain"]), {})
    switched = row["driver"] not in columns or columns[str(row["driver"])].kind == "flag"
    return per(str(row.get("outcome_unit") or ""), "" if switched else str(row.get("driver_unit") or ""))


def figure_label(row: Row) -> str:
    return str(row.get("label") or row["metric"])


def link_label(row: Row, edition: Edition) -> str:
    """Driver and outcome in the study's words."""
    columns = edition.study.study.columns.get(str(row["grain"]), {})
    names = (str(row["driver"]), str(row["outcome"]))
    driver, outcome = (columns[n].label if n in columns else n.replace("_", " ") for n in names)
    return f"{driver} and {in_sentence(outcome)}"


def _parts_shown(moved: Moved, times: float) -> Row:
    apart, places = moved.apart, places_of(moved.apart, times)
    cells = {part: _cell(apart, part, times, places) for part in (*PARTS, TOTAL)}
    return {
        "first": (number(times * apart.first), _published_interval(moved.row_before, times)),
        "last": (number(times * apart.last), _published_interval(moved.row, times)),
        "total": cells[TOTAL],
        "new_data": cells[NEW_DATA],
        "mix": cells[MIX],
        "relation": cells[RELATION],
        "untold": cells[UNTOLD],
        "moved": apart.is_shown,
    }


def _published_interval(row: Row | None, times: float) -> str:
    """The interval a figure was published with, where it was published."""
    ends = [None if row is None else row.get(name) for name in ("low", "high")]
    if any(end is None or not math.isfinite(float(end)) for end in ends):
        return ""
    return level_ends(*(times * float(end) for end in ends))


def level_ends(low: float, high: float) -> str:
    """The interval of a figure itself: both ends at the places at which the larger has three digits, so that one next
    to nought is told as the same figure wherever it stands. An end may be open."""
    places = places_for(np.array([low, high]))
    ends = [placed(end, places) if math.isfinite(end) else "without bound" for end in (low, high)]
    return " to ".join(ends).replace("+", "")


def figure_row(moved: Moved) -> Row:
    unit, times = figure_unit(moved.row)
    apart = moved.apart
    n = f"{apart.n_before:,} and {apart.n_now:,}" if apart.n_before else f"{apart.n_now:,}"
    by = f"; mix of {_segments(apart)}" if apart.columns else ""
    gap = gap_words(moved)
    return {
        "label": figure_label(moved.row),
        "unit": "percent, changes in percentage points" if times == 100.0 else unit,
        "periods": f"{moved.row['previous_period']} to {moved.row['period']}{f': {gap}' if gap else ''}",
        "n": f"n = {n} {moved.counted}{by}",
        **_parts_shown(moved, times),
    }


def _segments(apart: TakenApart) -> str:
    return ", ".join(c.replace("_", " ") for c in apart.columns)


def group_table(moved: Moved) -> Row:
    """The groups behind a figure's mix. Each has at least the study's minimum on both sides."""
    unit, times = figure_unit(moved.row)
    apart: HeadlineApart = moved.apart
    adds = ("mix", "relation", "untold")
    places = places_for(times * apart.groups[list(adds)].to_numpy(dtype=float))
    rows = [
        {
            "group": r["group"],
            "n": f"{r['n_before']:,} to {r['n_now']:,}",
            "share": f"{r['share_before']:.1%} to {r['share_now']:.1%}",
            "score": f"{number(times * r['before'])} to {number(times * r['now'])}",
            **{name: _added(r, name, times, places) for name in adds},
        }
        for r in apart.groups.to_dict("records")
    ]
    return {
        "label": figure_label(moved.row),
        "unit": unit,
        "counted": moved.counted,
        "rows": rows,
        "some_untold": any(row["untold"][0] != NONE for row in rows),
    }


def _added(row: Row, name: str, times: float, places: int) -> Cell:
    """What a group adds to a part, with its interval: to mix and relation, or to what is not told apart."""
    of_unknown = row["untold"] != 0
    if of_unknown != (name == "untold"):
        return (NONE, "")
    value = placed(times * row[name], places)
    return (value, _between(times * row[f"{name}_low"], times * row[f"{name}_high"], places))


def link_row(moved: Moved, edition: Edition) -> Row:
    unit, times = link_unit(moved.row, edition)
    apart, row = moved.apart, moved.row
    by = f"; mix of {_segments(apart)}" if apart.columns else ""
    newer = f"{apart.n_new:,} of {apart.n_now:,} rows are newer" if apart.n_new else "no row is newer"
    n_then = moved.row_before["n"]
    late = (
        f"; {n_then:,} rows then, {apart.n_before:,} of their periods now" if n_then != apart.n_before else ""
    )
    return {
        "label": link_label(row, edition),
        "page": f"{row['notebook']}.html",
        "unit": unit,
        "rows": f"{newer}{late}{by}",
        "fresh": _fresh(apart, times),
        "verdict": counted(row),
        "verdict_before": counted(moved.row_before),
        "against": OTHER_WAY if runs_against(row) else "",
        **_parts_shown(moved, times),
    }


def _fresh(apart: TakenApart, times: float) -> Cell:
    """What the newer rows show alone, with its interval."""
    value, low, high = (times * apart.fresh[name] for name in ("estimate", "low", "high"))
    if not math.isfinite(value):
        return (NONE, "")
    between = _between(low, high, places_for(np.array([low, high]))).replace("+", "")
    return (number(value), between or _no_interval(apart))
