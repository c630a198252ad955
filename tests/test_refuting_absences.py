"""What could not be assessed says which of its possible reasons holds, and no other."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from linkage.checks import NOT_ASSESSED
from linkage.refuting.absences import REASONS, Asked, why_absent


def asked(driver: object = 1.0, grain: str = "survey", outcome: str = "spend_after", **around) -> Asked:
    """A link of forty answers of ten customers, with as much known around it as is given."""
    n = 40
    rows = pd.DataFrame({"nps": np.resize(driver, n), outcome: np.arange(n) * 1.0, "period": "2026Q1"})
    sample = SimpleNamespace(
        y=np.arange(n) * 1.0,
        x=np.ones((n, 2)),
        groups=np.arange(n) % 10,
        table=rows,
        main="nps",
        drivers=("nps",),
    )
    nothing = SimpleNamespace(outcome=None, driver=None)
    spec = SimpleNamespace(
        drivers=("nps",), outcome=outcome, grain=grain, lag=0, change=None,
        negative_control=around.pop("control", nothing),
    )  # fmt: skip
    known = dict.fromkeys(("ahead", "items", "values", "left", "constituency"))
    return Asked(sample, rows, spec, SimpleNamespace(**{**known, **around}))


def named(column: str) -> SimpleNamespace:
    return SimpleNamespace(outcome=column, driver=None)


def units(n: int, kind: str = "employee satisfaction", driver: object = None) -> pd.DataFrame:
    frame = pd.DataFrame(
        {"driver": np.arange(n) * 1.0 if driver is None else driver, "outcome": np.arange(n) * 1.0}
    )
    frame.attrs["kind"] = kind
    return frame


CASES = {
    "a category": ("leak", asked("often"), "nps is a category"),
    "no variation": ("leak", asked(3.0), "nps never changes in the link's rows."),
    "the same time": ("lead", asked(outcome="csat"), "Driver and outcome are of the same time"),
    "no later value": ("lead", asked(), "The study holds no later nps"),
    "no departures": ("survivors", asked(left=pd.DataFrame()), "No departure is dated (`left_on`)"),
    "nobody lost": ("survivors", asked(left=pd.DataFrame({"is_gone": [True, False]})), "Only 1 customers were lost"),
    "no money": ("survivors", asked(), "The outcome is no money of customers"),
    "no change": ("baseline", asked(), "The link compares no changes."),
    "no start": ("baseline", asked(values=pd.DataFrame({"value": [1.0]})), "Where its outcome started is known in"),
    "no employees": ("band", asked(), "The driver is no answer of employees or partners that"),
    "a text": ("negative", asked(control=named("period")), "period, the declared one, is a text"),
    "no column": ("negative", asked(control=named("age")), "age, the declared one, is no column"),
    "one item": (
        "halo",
        asked(items=pd.DataFrame({"nps": [1, 2], "csat": [3, 3], "_cluster": [1, 2]})),
        "Driver and outcome are of the same answer, and its item csat never changes.",
    ),
    "nothing to say": ("power", asked(), ""),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_reason_that_holds_is_told(case):
    attack, link, said = CASES[case]
    found = why_absent(attack, link)
    assert found.startswith(said) and bool(found) == bool(said)


def test_the_field_s_band_tells_few_units_from_units_that_do_not_differ():
    from linkage.limits.foreseen import CONSTITUENCY_BANDS

    kind = next(iter(CONSTITUENCY_BANDS))
    assert why_absent("band", asked(constituency=units(4, kind))) == "Only 4 units have both sides."
    same = units(12, kind, driver=np.ones(12))
    assert why_absent("band", asked(constituency=same)) == "The driver is the same in all 12 units."


def test_no_link_of_the_demo_is_given_two_reasons_to_choose_from(demo):
    """Of the attacks that name their reason none says one thing or another."""
    said = [
        check.advice
        for card in demo.links(period="2026Q3").cards
        for check in card.battery
        if check.verdict == NOT_ASSESSED
        and check.name in ("lead", "survivors", "bootstrap", "separation", "placebo")
    ]
    assert said and not [
        advice for advice in said if "too few rows, or" in advice or ", or fewer than" in advice
    ]
    assert set(REASONS) >= {"lead", "survivors", "baseline", "band"}
