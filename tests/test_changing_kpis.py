"""Why a business KPI moved: the rows behind it give what is published, and a planted reason is found."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from corner_shop import environment, workplace

from linkage.changing import (
    MIX,
    NEW_DATA,
    RELATION,
    TOTAL,
    explain_changes,
    take_headline_apart,
)
from linkage.changing.kpi_rows import kpi_rows
from linkage.errors import TableError, WarehouseError
from linkage.kpis import business_kpis
from linkage.opening import open_study
from linkage.publishing import plain

STUDY = """
study: Members
currency: EUR
period: quarter
segments: [segment, channel]
sources:
  customers: {from: customers.csv}
  interactions: {from: contacts.csv}
  transactions: {from: purchases.csv}
metrics:
  first_response_hours: {of: interactions, label: Wait, unit: hour, better: lower}
  spend: {of: transactions, column: amount, label: Spend, unit: EUR}
"""


@cache
def members():
    """Two quarters of 400 members. In the second a fifth of the club leaves instead of a tenth, they wait longer on the
    phone, and more of the contacts come by phone, where fewer are answered in time."""
    folder = workplace() / "members"
    folder.mkdir()
    rng = np.random.default_rng(17)
    who = np.arange(400)
    quarters = [pd.Timestamp("2026-01-01"), pd.Timestamp("2026-04-01"), pd.Timestamp("2026-07-01")]
    left = np.where(rng.random(400) < 0.1, "2026-05-10", np.where(rng.random(400) < 0.2, "2026-08-10", ""))
    register = pd.DataFrame({"customer_id": who, "joined_on": "2020-01-01", "left_on": left})
    register["segment"] = np.where(who % 3 == 0, "club", "guest")
    contacts, purchases = [], []
    for place, start in enumerate(quarters):
        people = rng.choice(400, 240)
        phone = rng.random(240) < (0.3, 0.3, 0.7)[place]
        began = start + pd.to_timedelta(rng.integers(24, 80 * 24, 240), unit="h")
        ended = pd.to_timedelta(rng.integers(1, 40, 240), unit="h")
        late = rng.random(240) < np.where(phone, 0.5, 0.1)
        contacts.append(pd.DataFrame({"customer_id": people, "started_at": began, "ended_at": began + ended,
                                      "channel": np.where(phone, "phone", "chat"),
                                      "first_response_hours": np.where(late, 30.0, 2.0)}))  # fmt: skip
        bought = rng.choice(400, 300, replace=False)
        amount = rng.gamma(2, 20, 300).round(2) + np.where(bought % 3 == 0, 30 * place, 0)
        purchases.append(pd.DataFrame({"customer_id": bought, "purchased_at": start + pd.Timedelta(days=40),
                                       "amount": amount}))  # fmt: skip
    tables = {"customers": register, "contacts": pd.concat(contacts), "purchases": pd.concat(purchases)}
    tables["contacts"].insert(0, "interaction_id", [f"C{i:04d}" for i in range(len(tables["contacts"]))])
    tables["purchases"].insert(0, "transaction_id", [f"P{i:04d}" for i in range(len(tables["purchases"]))])
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    (folder / "study.yml").write_text(STUDY, encoding="utf-8")
    with environment(workplace()):
        return open_study(folder)


@cache
def published() -> dict[str, dict]:
    rows = business_kpis(members(), period="2026Q3").publish().rows
    return {row["metric"].removeprefix("kpi_"): plain(row) for row in rows}


def moved(**before):
    rows = [{"metric": "kpi_retention_rate", "period": "2026Q2", "kind": "kpi", "unit": "share", **before}]
    why = explain_changes(members(), "2026Q3", findings=[], metrics=list(published().values()), before="2026Q2",
                          metrics_before=rows if before else [])  # fmt: skip
    return {m.row["metric"].removeprefix("kpi_"): m.apart for m in why.figures}


KPIS = [
    "retention_rate",
    "revenue_retention_net",
    "first_contact_resolution",
    "first_response_rate",
    "contact_rate",
]


@pytest.mark.parametrize("kpi", KPIS)
def test_the_groups_of_a_kpi_count_what_its_published_n_counts(kpi):
    row, rows = published()[kpi], kpi_rows(members(), kpi)
    assert rows.loc[rows["period"] == row["period"], "counted"].sum() == row["n"]
    why = explain_changes(members(), "2026Q3", findings=[], metrics=[row], before=None)
    assert why.figures[0].counted == ("customers" if "retention" in kpi else "contacts")
    assert why.figures[0].apart.groups["n_now"].sum() == why.figures[0].apart.n_now == row["n"]


@pytest.mark.parametrize("kpi", KPIS)
def test_the_rows_behind_a_kpi_give_what_is_published(kpi):
    """Reference: the KPI's own SQL model, which counts by other steps."""
    row, rows = published()[kpi], kpi_rows(members(), kpi)
    for period, wanted in (
        (row["period"], row["estimate"]),
        (row["previous_period"], row["previous_estimate"]),
    ):
        part = rows[rows["period"] == period]
        assert part["amount"].sum() / part["base"].sum() == pytest.approx(wanted, rel=1e-8)
    assert rows["segment"].isin(["club", "guest"]).all()


def test_every_headline_kpi_is_taken_apart_and_sums():
    found = moved()
    assert list(found) == KPIS
    for kpi, apart in found.items():
        parts = apart.estimates["estimate"]
        assert parts[MIX] + parts[RELATION] == pytest.approx(parts[TOTAL], abs=1e-12)
        assert parts[TOTAL] == pytest.approx(published()[kpi]["change"], abs=1e-8)
        assert np.isfinite(apart.estimates.loc[[MIX, RELATION, TOTAL], ["low", "high"]]).all(axis=None)


def test_a_planted_mix_of_channels_and_a_planted_loss_are_told_apart():
    found = moved()
    answered = found["first_response_rate"].estimates
    # Planted: 40 points more by phone, where 40 points fewer are answered in time: -16 points of mix.
    assert abs(answered.loc[MIX, "estimate"] + 0.16) < 3 * answered.loc[MIX, "std_error"]
    assert abs(answered.loc[RELATION, "estimate"]) < 3 * answered.loc[RELATION, "std_error"]
    assert found["first_response_rate"].columns == ("segment", "channel")
    stayed = found["retention_rate"].estimates
    assert abs(stayed.loc[RELATION, "estimate"] + 0.1) < 3 * stayed.loc[RELATION, "std_error"]
    assert abs(stayed.loc[MIX, "estimate"]) < 0.01


def test_what_was_published_before_of_a_kpi_is_new_data_and_its_interval_is_the_published_one():
    row = published()["retention_rate"]
    found = moved(estimate=row["previous_estimate"] - 0.02)["retention_rate"].estimates
    assert found.loc[NEW_DATA, "estimate"] == pytest.approx(0.02)
    assert found.loc[TOTAL, "low"] == pytest.approx(row["change_low"] + 0.02)
    assert found.loc[[NEW_DATA, MIX, RELATION], "estimate"].sum() == pytest.approx(
        found.loc[TOTAL, "estimate"]
    )


def test_a_ratio_weighs_each_group_by_its_base():
    # By hand: before A 60 of base 100, B 10 of 100: .35; now A 60 of 100, B 30 of 300: .225. Shares of the base .5, .5
    # and .25, .75; scores .6, .1 both times: all of -.125 is mix.
    rows = pd.DataFrame({"wave": ["a"] * 20 + ["b"] * 40, "segment": ["A", "B"] * 10 + ["A", "B", "B", "B"] * 10,
                         "base": 10.0})  # fmt: skip
    rows["amount"] = np.where(rows["segment"] == "A", 6.0, 1.0)
    found = take_headline_apart(rows, score="amount", base="base", wave="wave", before="a", now="b",
                                segments=["segment"])  # fmt: skip
    assert found.estimates.loc[[MIX, RELATION, TOTAL], "estimate"].tolist() == pytest.approx(
        [-0.125, 0, -0.125]
    )
    assert found.groups["share_now"].tolist() == pytest.approx([0.25, 0.75])
    assert (found.n_before, found.n_now) == (20, 40)


def test_a_kpi_without_rows_of_customers_is_refused_by_name():
    with pytest.raises(TableError, match="lapse_rate are not kept"):
        kpi_rows(members(), "lapse_rate")
    with pytest.raises(WarehouseError):
        members().model_sql("kpi_nothing")
