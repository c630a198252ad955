"""Changes as a reader is shown them: each part in the unit of its figure, with its interval."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from linkage.changing import MIX, NEW_DATA, RELATION, TOTAL
from linkage.changing.words import is_rounding
from linkage.report.appendix import NONE, per
from linkage.sentences import number, plural, signed

if TYPE_CHECKING:
    from linkage.changing import HeadlineApart, Moved, TakenApart
    from linkage.report.edition import Edition

Row = dict[str, object]
Cell = tuple[str, str]
"""A figure and, below it, its interval."""


def is_told(apart: TakenApart, part: str) -> bool:
    value = float(apart.estimates.loc[part, "estimate"])
    return math.isfinite(value) and not (part == NEW_DATA and is_rounding(apart, value))


def mix_is_known(apart: TakenApart) -> bool:
    return math.isfinite(apart.estimates.loc[MIX, "estimate"])


def in_words(apart: TakenApart, part: str, times: float) -> str:
    value, interval = _cell(apart, part, times)
    return f"{value} ({interval})" if interval else value


def _cell(apart: TakenApart, part: str, times: float) -> Cell:
    """A part with its interval; one that is nothing but the rounding of what was published is nought."""
    row = apart.estimates.loc[part]
    if not math.isfinite(row["estimate"]):
        return (NONE, "")
    if is_rounding(apart, row["estimate"]):
        return ("0", "")
    known = math.isfinite(row["low"]) and math.isfinite(row["high"])
    interval = f"{signed(times * row['low'])} to {signed(times * row['high'])}" if known else ""
    return (signed(times * row["estimate"]), interval)


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
    return f"{driver} and {outcome[:1].lower() + outcome[1:] if not outcome[1:2].isupper() else outcome}"


def _parts_shown(apart: TakenApart, times: float) -> Row:
    return {
        "first": number(times * apart.first),
        "last": number(times * apart.last),
        "total": _cell(apart, TOTAL, times),
        "new_data": _cell(apart, NEW_DATA, times),
        "mix": _cell(apart, MIX, times),
        "relation": _cell(apart, RELATION, times),
        "moved": apart.is_shown,
    }


def figure_row(moved: Moved) -> Row:
    unit, times = figure_unit(moved.row)
    apart = moved.apart
    both = f"{apart.n_before:,} and {apart.n_now:,}"
    n = f"n = {moved.row['n']:,}" if moved.row.get("kind") == "kpi" and moved.row.get("n") else f"n = {both}"
    by = f"; mix of {', '.join(c.replace('_', ' ') for c in apart.columns)}" if apart.columns else ""
    return {
        "label": figure_label(moved.row),
        "unit": unit,
        "periods": f"{moved.row['previous_period']} to {moved.row['period']}; {n}{by}",
        **_parts_shown(apart, times),
    }


def group_table(moved: Moved) -> Row:
    """The groups behind a figure's mix. Each has at least the study's minimum on both sides."""
    unit, times = figure_unit(moved.row)
    apart: HeadlineApart = moved.apart
    rows = [
        {
            "group": r["group"],
            "n": f"{r['n_before']:,} to {r['n_now']:,}",
            "share": f"{r['share_before']:.1%} to {r['share_now']:.1%}",
            "score": f"{number(times * r['before'])} to {number(times * r['now'])}",
            "mix": signed(times * r["mix"]),
            "relation": signed(times * r["relation"]),
        }
        for r in apart.groups.to_dict("records")
    ]
    return {"label": figure_label(moved.row), "unit": unit, "rows": rows}


def link_row(moved: Moved, edition: Edition) -> Row:
    unit, times = link_unit(moved.row, edition)
    apart, row = moved.apart, moved.row
    by = f"; mix of {', '.join(c.replace('_', ' ') for c in apart.columns)}" if apart.columns else ""
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
        "fresh": _fresh(apart, times, "estimate"),
        "gap": _fresh(apart, times, "gap"),
        "verdict": row["verdict"],
        "verdict_before": moved.row_before["verdict"],
        **_parts_shown(apart, times),
    }


def _fresh(apart: TakenApart, times: float, what: str) -> Cell:
    """What the newer rows show alone, or how far that lies from the earlier ones."""
    low, high = ("low", "high") if what == "estimate" else ("gap_low", "gap_high")
    value, ends = apart.fresh[what], (apart.fresh[low], apart.fresh[high])
    if not math.isfinite(value):
        return (NONE, "")
    known = all(math.isfinite(end) for end in ends)
    return (signed(times * value), f"{signed(times * ends[0])} to {signed(times * ends[1])}" if known else "")
