"""Whom do the pages on lifetime value, money and retention count, and why are their counts of customers not one?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from linkage.worth.people import customer_periods, periods_a_year

if TYPE_CHECKING:
    from linkage.opening import OpenStudy
    from linkage.worth.ledger import KeepAndLose
    from linkage.worth.lifetime_result import LifetimeValue

COLUMNS = ["who", "n", "page"]


def count_customers(
    study: OpenStudy, period: str, values: LifetimeValue, ledger: KeepAndLose
) -> pd.DataFrame:
    """One row a count of customers: who, n, and the page it stands on; one that the study does not have is left out."""
    rows = []
    if values.bands is not None:
        rows.append((_valued(study, period, values), values.bands.n_used, "lifetime value, by band"))
    if values.bands is not None and values.bands.form == "contract":
        everyone = int(customer_periods(study, period)["customer_id"].nunique())
        rows.append((f"there at any time up to {period}", everyone, "lifetime value, checks"))
    if not ledger.missing:
        rows.append((f"there at the end of {period}", ledger.n_used, "money at stake"))
    if values.service is not None:
        met = f"with a value and a measure of service in the year up to {period}"
        rows.append((met, values.service.n_used, "lifetime value, who is served"))
    return pd.DataFrame([*rows, *_in_the_register(study, period)], columns=COLUMNS)


def _valued(study: OpenStudy, period: str, values: LifetimeValue) -> str:
    """Whom the bands are valued from: under contract the first year only says who answered before."""
    if values.bands.form == "purchases":
        return f"who bought at any time up to the end of {period}"
    positions = customer_periods(study, period)["position"]
    begin = min(positions.min() + periods_a_year(study), positions.max())
    first = study.study.period(period).shift(int(begin - study.study.period(period).position))
    return f"there in any {study.study.declared.period} from {first} to {period}"


def _in_the_register(study: OpenStudy, period: str) -> list[tuple[str, int, str]]:
    """Who was there when the period began and ended, as retention counts them; nobody without a contract."""
    if "kpi_retention" in study.skipped_models:
        return []
    asked = (
        "select start_count, kept_count + new_count from kpi_retention "
        "where period = ? and presence_rule = 'contract' and start_count > 0"
    )
    found = study.connection.execute(asked, [period]).fetchall()
    if not found:
        return []
    begun, ended = found[0]
    known = "a purchase, contact or answer so far or not"
    return [
        (f"in the register when {period} began", int(begun), "business KPIs, retention"),
        (f"in the register at the end of {period}, {known}", int(ended), "business KPIs, retention"),
    ]


def counts_sentence(people: pd.DataFrame) -> str:
    """Why the counts of customers differ from page to page."""
    said = "; ".join(f"{row.n:,} {row.who} ({row.page})" for row in people.itertuples())
    if len(people) < 2:
        return f"Customers counted: {said}."
    return f"Counts of customers differ from page to page because they count other people: {said}."
