"""The periods a card names are those of the rows it used, not those that were asked for."""

import numpy as np
import pandas as pd
import pytest

import linkage as lk
from linkage.linking.clock import AFTER, Clock
from linkage.linking.judging import card_of
from linkage.study_file.declaration import LinkSpec

PERIODS = tuple(f"{year}Q{quarter}" for year in (2024, 2025, 2026) for quarter in (1, 2, 3, 4))


def panel(first, last, units=14):
    """Rows of units in the periods from place `first` to place `last`; the outcome of the last two is not known."""
    rng = np.random.default_rng(4)
    rows = pd.DataFrame(
        [(f"U{u:02}", p) for u in range(units) for p in PERIODS[first:last]], columns=["unit_id", "period"]
    )
    rows["csat"] = rng.normal(size=len(rows))
    rows["spend"] = 0.5 * rows["csat"] + rng.normal(size=len(rows))
    rows.loc[rows["period"].isin(PERIODS[last - 2 : last]), "spend"] = np.nan
    return rows


def card(rows, **spec):
    asked = LinkSpec.model_construct(
        name="asked", question="?", grain="unit_period", outcome="spend", drivers=("csat",), **spec
    )
    opens = {p: pd.Timestamp("2026-01-01") for p in PERIODS}
    return card_of(rows, asked, columns={}, clock=Clock(AFTER, "later"), span="2024Q1 to 2026Q4", opens=opens)


@pytest.mark.parametrize(
    ("first", "last", "change", "span"),
    [
        (0, 12, None, "2024Q1 to 2026Q2"),  # the last two have no outcome yet
        (1, 12, 1, "2024Q1 to 2026Q2"),  # a change that ends in 2024Q2 began in 2024Q1
        (8, 11, None, "2026Q1"),
    ],
)
def test_a_card_names_the_periods_of_the_rows_it_used(first, last, change, span):
    found = card(panel(first, last), change=change)
    assert found.n_used == 14 * (last - first - 2)
    assert found.span == span
    assert f", {span};" in found.summary()


def test_where_no_row_was_used_the_periods_asked_for_are_named():
    assert card(panel(0, 12).assign(spend=np.nan)).span == "2024Q1 to 2026Q4"


def test_a_table_given_in_memory_names_the_periods_of_its_complete_rows():
    assert lk.link("spend ~ csat", panel(0, 12), cluster="unit_id").span == "2024Q1 to 2026Q2"


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_a_card_without_estimates_keeps_the_coverage_that_was_asked_for(confidence):
    rows = panel(0, 12).assign(csat=1.0)  # a driver that never moves
    asked = LinkSpec.model_construct(
        name="asked", question="?", grain="unit_period", outcome="spend", drivers=("csat",)
    )
    clock = Clock(AFTER, "later")
    opens = {p: pd.Timestamp("2026-01-01") for p in PERIODS}
    empty = card_of(rows, asked, columns={}, clock=clock, opens=opens, confidence=confidence)
    assert empty.estimates["estimate"].isna().all()
    assert empty.confidence == confidence
    late = panel(0, 12).assign(csat_recorded_at=pd.Timestamp("2026-02-01"))  # written down after the outcome
    refused = card_of(late, asked, columns={}, clock=clock, opens=opens, confidence=confidence)
    assert refused.estimates["estimate"].isna().all()
    assert refused.confidence == confidence
