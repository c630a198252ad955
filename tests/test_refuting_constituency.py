"""Links of employees and partners are held against the field's figures for business units."""

import numpy as np
import pandas as pd
import pytest

from linkage.catalogue import LinkageColumn
from linkage.checks import NOT_ASSESSED, PASS, REVIEW
from linkage.refuting.constituency import compare_with_band, judge_band
from linkage.refuting_rows.constituency import constituency_rows, outcome_kind


def units(r: float, n=100, seed=0) -> pd.DataFrame:
    """Unit means whose correlation is exactly r."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    x = (x - x.mean()) / x.std()
    e = rng.normal(size=n)
    e = e - e.mean() - x * (x @ e) / n
    y = r * x + np.sqrt(1 - r**2) * e / e.std()
    return pd.DataFrame({"unit_id": [f"U{i}" for i in range(n)], "driver": x, "outcome": y})


def test_the_interval_is_fisher_s():
    # By hand: r = .5, n = 28: atanh .549306 -/+ 1.959964/5 is .157313 and .941299; tanh .156029 and .735818.
    row = compare_with_band(units(0.5, 28), kind="customer loyalty").estimates.iloc[0]
    assert row["estimate"] == pytest.approx(0.5, abs=1e-9)
    assert [row["low"], row["high"]] == pytest.approx([0.156029, 0.735818], abs=1e-5)


@pytest.mark.parametrize(
    ("r", "kind", "place", "verdict"),
    [
        (0.30, "customer loyalty", "typical", PASS),
        (0.00, "customer loyalty", "below", PASS),
        (0.50, "customer loyalty", "high", PASS),
        (0.80, "customer loyalty", "suspiciously high", REVIEW),
        (0.45, "profit", "suspiciously high", REVIEW),
        (-0.35, "productivity", "opposite", REVIEW),
        (-0.30, "turnover", "typical", PASS),
        (-0.90, "turnover", "suspiciously high", REVIEW),
        (0.50, "accidents", "opposite", REVIEW),
    ],
)
def test_a_correlation_has_its_place(r, kind, place, verdict):
    found = compare_with_band(units(r), kind=kind)
    assert found.place == place
    assert judge_band(found).verdict == verdict


def test_few_units_are_hardly_ever_suspicious_by_chance():
    rng = np.random.default_rng(1)
    places = []
    for _ in range(200):
        frame = pd.DataFrame(
            {"unit_id": range(12), "driver": rng.normal(size=12), "outcome": rng.normal(size=12)}
        )
        places.append(compare_with_band(frame, kind="customer loyalty").place)
    assert places.count("suspiciously high") <= 2
    assert places.count("opposite") <= 12


def test_the_units_of_a_driver_do_not_matter():
    table = units(0.4)
    first = compare_with_band(table, kind="profit").estimates
    other = compare_with_band(table.assign(driver=table["driver"] * 7 + 3), kind="profit").estimates
    assert first["estimate"].iloc[0] == pytest.approx(other["estimate"].iloc[0], rel=1e-12)


def test_what_the_field_has_no_figure_for_is_not_assessed():
    assert compare_with_band(None) is None
    assert compare_with_band(units(0.4), kind="weather") is None
    assert compare_with_band(units(0.4, 9), kind="profit") is None
    assert compare_with_band(units(0.4).assign(driver=1.0), kind="profit") is None
    assert judge_band(None).verdict == NOT_ASSESSED


def test_an_outcome_s_kind_is_read_off_the_catalogue():
    assert outcome_kind(LinkageColumn("csat", "Satisfaction", origin="feedback")) == "customer loyalty"
    assert outcome_kind(LinkageColumn("margin", "Margin", origin="money")) == "profit"
    assert outcome_kind(LinkageColumn("spend_growth", "Growth", origin="money")) == "productivity"
    assert outcome_kind(LinkageColumn("staff_turnover_share", "Staff turnover")) == "turnover"
    assert outcome_kind(LinkageColumn("handle_minutes", "Handle time", origin="operations")) is None


def test_only_what_employees_or_partners_said_is_compared(demo):
    through = demo.last_complete_period
    engaged = constituency_rows(demo, demo.study.links["engagement_and_satisfaction"], through)
    assert len(engaged) == 40
    assert engaged.attrs["kind"] == "customer loyalty"
    assert judge_band(compare_with_band(engaged)).verdict == PASS
    partners = constituency_rows(demo, demo.study.links["partner_satisfaction_and_loyalty"], through)
    assert len(partners) == 8
    assert judge_band(compare_with_band(partners)).verdict == NOT_ASSESSED
    for link in ("training_and_satisfaction", "satisfaction_and_growth", "loyalty_and_spend"):
        assert constituency_rows(demo, demo.study.links[link], through) is None
