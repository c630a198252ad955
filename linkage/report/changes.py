"""The page that says why it changed: every figure and link against the report before, and all reports side by side."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from linkage.changing import PARTS, TOTAL, UNTOLD, explain_changes
from linkage.changing.words import IN_FIGURES, IN_LINKS
from linkage.report.changes_shown import (
    figure_label,
    figure_row,
    figure_unit,
    group_table,
    in_words,
    is_told,
    link_label,
    link_row,
    link_unit,
    listed,
    mix_is_known,
)
from linkage.report.seasons import has_season
from linkage.report.trends_shown import trend_parts, trends_of
from linkage.sentences import plural

if TYPE_CHECKING:
    from linkage.changing import Moved, WhyChanged
    from linkage.report.edition import Edition

Row = dict[str, object]

MOST_SAID = 5
SPANS = {"month": "month", "quarter": "quarter", "half": "half-year", "year": "year"}
"""What a study's period is called in a sentence."""


def changes_of(edition: Edition) -> WhyChanged:
    """Every figure and estimate of a report against the report before it."""
    last = edition.earlier.last
    return explain_changes(
        edition.study,
        edition.period,
        findings=edition.findings,
        metrics=edition.metrics,
        before=last.period if last else None,
        findings_before=last.findings if last else (),
        metrics_before=last.metrics if last else (),
    )


def most_explained(edition: Edition) -> tuple[Row, str] | None:
    """The headline figure that moved most surely, and of what its change is made.

    None where none moved, or of none it is told. A figure that a season moves comes after every other.
    """
    moved = [m for m in edition.why_changed.figures if m.apart is not None and m.apart.is_shown]
    known = [m for m in moved if mix_is_known(m.apart)]
    if not known:
        return None
    most = max(known, key=lambda m: (not has_season(m.row), _sureness(m)))
    _, times = figure_unit(most.row)
    part = most.apart.largest
    rest = [p for p in PARTS if p != part and is_told(most.apart, p)]
    told = [f"{IN_FIGURES[p]}, {in_words(most.apart, p, times)}" for p in (part, *rest)]
    return most.row, f"Most of it is {'; '.join(told)}."


def _sureness(moved: Moved) -> float:
    """How far a change lies from none, in widths of its interval."""
    total = moved.apart.estimates.loc[TOTAL]
    width = total["high"] - total["low"]
    return abs(total["estimate"]) / width if width > 0 else 0.0


def changes_page(edition: Edition) -> dict[str, object]:
    """What the template of changes.html shows."""
    why = edition.why_changed
    figures = [m for m in why.figures if m.apart is not None]
    links = [m for m in why.links if m.apart is not None]
    return {
        "before": why.before,
        "first": _first(edition),
        "unread": edition.earlier.left_out,
        "sentences": _sentences(figures, links, edition),
        "figures": [figure_row(m) for m in figures],
        "some_untold": {
            "figures": any(is_told(m.apart, UNTOLD) for m in figures),
            "links": any(is_told(m.apart, UNTOLD) for m in links),
        },
        "groups": [group_table(m) for m in figures if len(getattr(m.apart, "groups", ())) > 1],
        "links": [link_row(m, edition) for m in links],
        "not_apart": _not_apart(why, edition),
        "pooled": max((m.apart.pooled for m in (*figures, *links)), default=0),
        "minimum": edition.study.study.declared.minimum_group,
        "trends": trend_parts(trends_of(edition)),
    }


def _first(edition: Edition) -> str:
    """What there is to compare with, where it is not the report of the period before."""
    last, before = edition.earlier.last, edition.study.study.period(edition.period).shift(-1)
    if last is None:
        return "This is the first report of this study: there is no earlier one to compare its links with."
    if last.period != str(before):
        return f"There is no report of {before}; this one is compared with that of {last.period}."
    return ""


def _sentences(figures: list[Moved], links: list[Moved], edition: Edition) -> list[str]:
    """What moved by more than its interval, the surest first; how many did not, and across which gap of time."""
    said = []
    for kind, moved in (("headline figures", figures), ("estimates of links", links)):
        newer = [m for m in moved if getattr(m.apart, "n_new", 1)]
        known = [m for m in newer if math.isfinite(m.apart.estimates.loc[TOTAL, "low"])]
        shown = sorted((m for m in known if m.apart.is_shown), key=_sureness, reverse=True)
        said += [
            _count_sentence(kind, len(shown), len(known)) + _no_interval(len(newer) - len(known))
        ] * bool(known)
        said += _gap_sentences(known, SPANS[edition.study.study.declared.period])
        said += [_moved_sentence(m, edition) for m in shown[:MOST_SAID]]
    return said


def _count_sentence(kind: str, shown: int, known: int) -> str:
    if not shown:
        return f"None of {known} {kind} moved by more than its interval."
    intervals = "its interval" if shown == 1 else "their intervals"
    return f"{shown} of {known} {kind} moved by more than {intervals}; by chance alone one in twenty would."


def _no_interval(count: int) -> str:
    return f" {count} more {'has' if count == 1 else 'have'} no interval to judge by." if count else ""


def _gap_sentences(moved: list[Moved], span: str) -> list[str]:
    """Which figures are compared with a period that is not the one before, and what lies between.

    span : what a period is called.
    """
    across = [m for m in moved if m.skipped]
    sentences = []
    for gap in dict.fromkeys((m.row["previous_period"], m.row["period"], m.skipped) for m in across):
        count = sum((m.row["previous_period"], m.row["period"], m.skipped) == gap for m in across)
        which = f"{count} of them {'compares' if count == 1 else 'compare'}"
        if count == len(moved):
            which = "It compares" if count == 1 else "All of them compare"
        far = f"{len(gap[2]) + 1} {plural(span)} before"
        sentences.append(
            f"{which} {gap[1]} with {gap[0]}, {far}: {listed(gap[2])} {'is' if len(gap[2]) == 1 else 'are'} not in "
            f"the data, so this is no change from one {span} to the next, and whatever happened between is in it."
        )
    return sentences


def _moved_sentence(moved: Moved, edition: Edition) -> str:
    apart, words = moved.apart, IN_LINKS if "link" in moved.row else IN_FIGURES
    label = link_label(moved.row, edition) if "link" in moved.row else figure_label(moved.row)
    unit, times = link_unit(moved.row, edition) if "link" in moved.row else figure_unit(moved.row)
    parts = [p for p in PARTS if is_told(apart, p) and (p != UNTOLD or mix_is_known(apart))]
    made_of = "; ".join(f"{words[p]} {in_words(apart, p, times)}" for p in parts)
    whole = f"{label}: {in_words(apart, TOTAL, times)} {unit}".rstrip()
    said = f"{whole}. Of this, {made_of}" if made_of else whole
    return (
        f"{said}."
        if mix_is_known(apart)
        else f"{said}; its rows have no segment, so what is mix is not known."
    )


def _not_apart(why: WhyChanged, edition: Edition) -> list[Row]:
    """What is not compared, and why."""
    found = [{"what": figure_label(m.row), "why": m.reason} for m in why.figures if m.apart is None]
    found += [{"what": link_label(m.row, edition), "why": m.reason} for m in why.links if m.apart is None]
    if edition.only is not None:  # what was not asked in this run is not gone
        return found
    gone = "It was in the report before and is not in this one."
    return found + [{"what": link_label(row, edition), "why": gone} for row in why.gone]
