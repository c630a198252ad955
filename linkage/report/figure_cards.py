"""A headline figure as a card: its value, its interval, its n, and how it changed since the period before."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from linkage.changing import NEW_DATA, TOTAL
from linkage.report.seasons import season_words
from linkage.sentences import number, plural, signed

if TYPE_CHECKING:
    from linkage.report.edition import Edition

Row = dict[str, object]

MOST_FIGURES, MOST_ANSWERS = 5, 2
"""As many headline figures as the front page has room for; the others stand among all answers."""


def headline_figures(edition: Edition) -> list[Row]:
    """At most five figures: what declared links ask about first, then the business's own, each in published order.

    One that could not be computed has its place only where no other is left.
    """
    links = edition.study.study.links.values()
    asked = Counter(name for spec in links for name in (spec.outcome, *spec.drivers))
    known = [row for row in edition.metrics if not _missing(row.get("estimate"))]
    answers = [row for row in known if row.get("kind") != "kpi"]
    answers.sort(key=lambda row: -asked[str(row.get("metric"))])  # stable: else as published
    business = [row for row in known if row.get("kind") == "kpi"]
    kept = max(MOST_ANSWERS, MOST_FIGURES - len(business))
    others = [row for row in edition.metrics if _missing(row.get("estimate"))]
    chosen = [*answers[:kept], *business, *answers[kept:], *others][:MOST_FIGURES]
    return [row for row in edition.metrics if row in chosen]


def with_intervals(rows: list[Row], edition: Edition) -> list[Row]:
    """Headline figures, each with an interval of its change, or in `no_interval` why there is none; in `season` what a
    reader must know of a change within the year.

    Where a period's money is in both figures, two separate intervals tell none: it is then that of the page of changes,
    from the customers behind both.
    """
    whole = [
        row if row.get("part") or _has_interval(row) else {**row, **_interval_of_rows(row, edition)}
        for row in rows
    ]
    return [
        row if _missing(row.get("change")) else {**row, "season": season_words(row, edition)} for row in whole
    ]


def _has_interval(row: Row) -> bool:
    """Whether nothing is lacking: a figure that is compared with none has no change either."""
    ends = (row.get("change_low"), row.get("change_high"))
    return _missing(row.get("change")) or not any(map(_missing, ends))


def _interval_of_rows(row: Row, edition: Edition) -> Row:
    moved = next(m for m in edition.why_changed.figures if m.row["metric"] == row["metric"])
    if moved.apart is None:
        return {"no_interval": moved.reason[:1].lower() + moved.reason[1:].rstrip(".")}
    parts = moved.apart.estimates
    late = float(parts["estimate"].fillna(0.0)[NEW_DATA])  # the card compares both as they are counted now
    low, high = (float(parts.loc[TOTAL, end]) - late for end in ("low", "high"))
    if not math.isfinite(low) or not math.isfinite(high):
        return {"no_interval": "the rows behind it do not tell how much of it is chance"}
    return {"change_low": low, "change_high": high}


def moved_figures(edition: Edition) -> tuple[list[Row], list[Row]]:
    """The figures that can be compared with the period before, and those whose interval of change excludes zero.

    A period that is there only in part is compared with none.
    """
    whole = [row for row in edition.metrics if not row.get("part")]
    compared = [row for row in with_intervals(whole, edition) if not _missing(row.get("change"))]
    moved = [
        row
        for row in compared
        if not _missing(row.get("change_low"))
        and not _missing(row.get("change_high"))
        and (row["change_low"] > 0 or row["change_high"] < 0)
    ]
    return compared, moved


def moved_words(row: Row) -> str:
    """A figure that moved, in a sentence: which way, by how much, with its interval, and whether a season moves it.

    A share is told in percentage points.
    """
    row = _in_percent(row) if str(row.get("unit")) == "share" else row
    points = " points" if row.get("unit") == "percent" else ""
    way = "up" if row["change"] > 0 else "down"
    return (
        f"{row.get('label') or row.get('metric')} is {way} by {number(abs(row['change']))}{points} since "
        f"{row.get('previous_period')} (95% interval {signed(row['change_low'])} to {signed(row['change_high'])}"
        f"{_season(row)})"
    )


def _season(row: Row) -> str:
    return f"; {row['season']}" if row.get("season") else ""


def figure_card(row: Row) -> Row:
    """A headline figure with its interval, its n, how a KPI was come by, and its change; a share in percent."""
    row = _in_percent(row) if str(row.get("unit")) == "share" else row
    n = f"; n = {row['n']:,}" if row.get("n") is not None else ""
    basis = f"; {row['basis']}" if row.get("basis") else ""
    label = row.get("label") or row.get("metric")
    if _missing(row.get("estimate")):
        why = f"{row.get('no_figure') or 'too few rows'}, {row.get('period')}"
        return {
            "label": label,
            "value": "not computed",
            "unit": "",
            "interval": f"{why}{basis}",
            "change": "",
        }
    shown = f"{_known(row.get('low'))} to {_known(row.get('high'))} (95% interval{n}), {row.get('period')}"
    return {
        "label": label,
        "value": number(float(row["estimate"])),
        "unit": plural_unit(row.get("unit")),
        "interval": f"{shown}{basis}",
        "change": _change(row),
    }


def _in_percent(row: Row) -> Row:
    """A share as a reader says it: percent, its change in percentage points."""
    figures = ("estimate", "low", "high", "previous_estimate", "change", "change_low", "change_high")
    shown = {
        key: row[key] if _missing(row.get(key)) else 100 * float(row[key]) for key in figures if key in row
    }
    return {**row, **shown, "unit": "percent"}


def plural_unit(unit: object) -> str:
    """A unit after a number: "points of 1 to 5" has its plural already."""
    text = str(unit or "")
    return text if " " in text else plural(text)


def _known(value: object) -> str:
    return "not computed" if _missing(value) else number(float(value))


def _missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and not math.isfinite(value))


def _change(row: Row) -> str:
    if _missing(row.get("change")):
        return "Nothing to compare with."
    if row.get("part"):
        return f"Not compared with {row.get('previous_period')}: {row['part']}"
    low, high = row.get("change_low"), row.get("change_high")
    points = " points" if row.get("unit") == "percent" else ""
    size = f"{signed(row['change'])}{points} since {row.get('previous_period')}"
    if _missing(low) or _missing(high):
        return f"{size}; no interval: {row.get('no_interval') or 'none is published'}{_season(row)}"
    shown = f"{size} ({signed(low)} to {signed(high)}){_season(row)}"
    if low > 0 or high < 0:
        return f"{'Up' if row['change'] > 0 else 'Down'}: {shown}"
    return f"No change shown: {shown}"
