"""Units against their conditions: no unit is named, and no figure shown, of fewer people than the minimum."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from linkage.constituency import positive_deviance
from linkage.constituency.deviants import _names
from linkage.opening import open_study

STUDY = """
study: Surgeries
minimum_group: 10
sources:
  units: {from: units.csv}
  feedback: {from: answers.csv}
metrics:
  csat: {of: feedback, scale: [1, 5]}
"""
SIZES = {"HARBOUR": 3, "STATION": 4, "Old Town": 25, "Riverside": 60}
"""Answers of these units; all others have 20. The answers of TWICE are all of the same three customers."""


def answers(sizes: dict[str, int]) -> str:
    rng, lines = np.random.default_rng(5), ["response_id,customer_id,unit_id,answered_at,csat"]
    for unit, size in sizes.items():
        for place in range(size):
            who = f"{unit}{place % 3 if unit == 'TWICE' else place}"
            lines.append(f"R{len(lines)},{who},{unit},2026-05-{1 + place % 28:02},{rng.integers(1, 6)}")
    return "\n".join(lines)


@pytest.fixture(scope="module")
def sizes():
    return SIZES | {f"U{k:02}": 20 for k in range(8)} | {"TWICE": 30}


def answered(make_study, sizes):
    units = "unit_id,kind,region\n" + "\n".join(f"{u},branch,north" for u in sizes)
    folder = make_study(STUDY, {"units.csv": units, "answers.csv": answers(sizes)})
    return positive_deviance(open_study(folder), period="2026Q2")


def test_units_of_few_answers_or_of_few_who_answered_go_by_a_stand_in(make_study, sizes):
    found = answered(make_study, sizes)
    named = found.estimates[found.estimates["name"].isin(sizes)]
    assert set(sizes) - set(named["name"]) == {"HARBOUR", "STATION", "TWICE"}
    assert named["n"].min() >= 10 and len(found.estimates) == len(sizes)
    secret = found.estimates.drop(named.index)
    assert secret[["n", "mean", "predicted"]].isna().all(axis=None)
    assert secret["name"].str.endswith("(fewer than 10 people)").all()
    said = found.summary() + found.plot().alt + found.to_frame().to_string()
    assert not any(unit in said for unit in ("HARBOUR", "STATION", "TWICE"))


def test_one_small_unit_takes_another_with_it_and_both_are_worded_alike(make_study, sizes):
    found = answered(make_study, {u: n for u, n in sizes.items() if u not in ("HARBOUR", "TWICE")})
    hidden = found.estimates[~found.estimates["name"].isin(sizes)]
    assert len(hidden) == 2 and hidden["n"].isna().all()
    assert hidden["name"].str.contains("so that no figure tells of fewer than 10 people", regex=False).all()


@pytest.mark.parametrize("seed", range(20))
def test_no_named_unit_has_fewer_people_and_no_hidden_one_stands_alone(seed):
    rng = np.random.default_rng(seed)
    units = pd.DataFrame({"estimate": rng.normal(size=15)}, index=[f"U{k}" for k in range(15)])
    people = pd.Series(rng.integers(0, 40, 15), index=units.index)
    names = pd.Series(_names(units, people, 10), index=units.index)
    named = names == names.index
    assert (people[named] >= 10).all() and names.is_unique
    assert (~named).sum() != 1 and (people[people < 10].empty or people[~named].sum() >= 10)
