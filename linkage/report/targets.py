"""What would operations have to move for an action: how far, for whom, from which mean to which?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.sentences import in_words, is_share, number, outcome_amount, plural

if TYPE_CHECKING:
    from linkage.report.edition import Edition
    from linkage.worth.declared import Scenario

Row = dict[str, object]

DRIVER = "driver"


def operating_target(name: str, scenario: Scenario | None, edition: Edition, people: int | None) -> str:
    """The move of a scenario's driver, how many customers it reaches, and the mean now and when it is due.

    people : customers the scenario is for, None where nobody counted them. Nothing without a declared scenario.
    """
    spec = edition.study.study.links.get(scenario.link) if scenario else None
    if spec is None:
        return ""
    driver = scenario.driver or spec.drivers[0]
    column = edition.study.study.columns[spec.grain].get(driver)
    label, unit = (column.label, column.unit) if column else (in_words(driver), "")
    moved = (
        f"by {outcome_amount(scenario.by, unit)}" if scenario.to is None else f"to {_said(scenario.to, unit)}"
    )
    due = [r for r in edition.forecasts if r.get("scenario") == name and r.get("stage") == DRIVER]
    means = f"; {_means(due[0], edition)}" if due else ""
    return f"{label} {moved}".rstrip() + _reached(scenario, people) + means


def _reached(scenario: Scenario, people: int | None) -> str:
    """Whom it reaches: " for 60% (40% to 80%) of 4,317 customers"."""
    if people is None:
        return ""
    whom = f"{people:,} customers"
    whom += (
        f" ({', '.join(f'{in_words(k)} {v}' for k, v in scenario.where.items())})" if scenario.where else ""
    )
    low, share, high = scenario.reach
    if low == share == high == 1:
        return f" for all {whom}"
    return f" for {share:.0%}" + (f" ({low:.0%} to {high:.0%})" if low < high else "") + f" of {whom}"


def _means(row: Row, edition: Edition) -> str:
    """Where the driver stands and where it would stand: the mean now with its n, and the forecast with its interval."""
    from linkage.worth.forecasts import rows_of_now

    percent = is_share(str(row.get("unit") or ""))
    now, due, low, high = (
        number(row[part] * (100.0 if percent else 1.0)) for part in ("without", "estimate", "low", "high")
    )
    base = f"mean {now}{'%' if percent else ''} (n = {rows_of_now(edition.study, row):,})"
    return f"{base} to {due} ({low} to {high}) in {row['period']}"


def _said(value: float, unit: str) -> str:
    return f"{number(100 * value)}%" if is_share(unit) else f"{number(value)} {plural(unit, value)}".rstrip()
