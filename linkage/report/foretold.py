"""What does the metric race say of an outcome that a link ends in: do answers foretell it on data not fitted?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.catalogue import MONEY
from linkage.report.pages_made import is_made

if TYPE_CHECKING:
    import pandas as pd

    from linkage.report.edition import Edition

Row = dict[str, object]

RACE = "11_metric_race"


def foretold(row: Row, edition: Edition) -> str:
    """One sentence on what the race found for the outcome of a finding; "" where it is not raced, or no race was made.

    A link is judged by its slope, the race by the error of forecasts that knowing a metric saves: a slope can be shown
    that foretells next to nothing, so who answers by the one says the other.
    """
    raced = _raced_as(row, edition)
    if not raced or not is_made(RACE, edition):
        return ""
    from linkage.racing import metric_race

    found = metric_race(edition.study, period=edition.period).estimates
    driver = edition.study.study.columns[str(row["grain"])].get(str(row["driver"]))
    return foretold_words(found[found["outcome"] == raced], driver.label if driver else "")


def foretold_words(estimates: pd.DataFrame, driver: str) -> str:
    """The best metric of all heats over one outcome, and whether it is shown to foretell.

    estimates : of a race. driver : the label of a metric just named, which is not named again.
    """
    if estimates.empty:
        return ""
    shown = estimates[estimates["low"] > 0]
    best = (shown if len(shown) else estimates).sort_values("share", ascending=False, kind="stable").iloc[0]
    share, low, high = (_percent(best[name]) for name in ("share", "low", "high"))
    if shown.empty:
        return f"Metric race: not shown to foretell it (at best {share} of the error saved, {low} to {high})."
    named = "" if driver and str(best["metric"]).startswith(f"{driver}, ") else f"“{best['metric']}”, "
    return f"Metric race: {named}{share} of the error saved ({low} to {high})."


def _raced_as(row: Row, edition: Edition) -> str:
    """What the race calls the outcome of a finding: that of the next period, of customers or units; "" for none."""
    columns = edition.study.study.columns
    outcome = columns[str(row["grain"])].get(str(row["outcome"]))
    grain = "unit_period" if row["grain"] == "unit_period" else "customer_period"
    if outcome is None or outcome.origin != MONEY:
        return ""
    known = columns.get(grain, {})
    same = next((c for c in known.values() if outcome.metric and c.metric == outcome.metric), None)
    raced = known.get(outcome.name) or same
    return f"{raced.label}, {grain.removesuffix('_period')}s" if raced else ""


def _percent(share: float) -> str:
    return f"{share:.2%}".replace("-", "\N{MINUS SIGN}")
