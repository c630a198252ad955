"""A small study with units, purchases and names that a spreadsheet would run: the material of the exports' tests."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from corner_shop import environment, workplace

from linkage.opening import OpenStudy, open_study
from linkage.publishing import plain
from linkage.report.edition import Edition

HOSTILE = "=HYPERLINK(A1)"
STUDY = f"""
study: "@Market"
currency: EUR
period: quarter
minimum_group: 5
sources:
  customers: {{from: customers.csv}}
  feedback: {{from: answers.csv}}
  transactions: {{from: purchases.csv, columns: {{spend: amount}}}}
  units: {{from: units.csv}}
metrics:
  nps: {{of: feedback, label: Likelihood to recommend, scale: [0, 10]}}
  ease: {{of: feedback, label: "{HOSTILE}", scale: [1, 5]}}
  spend: {{of: transactions, column: amount, label: Spend, unit: EUR}}
value: {{discount: 0.08, source: Finance}}
links:
  ease_and_loyalty:
    question: "+Does ease go with loyalty?"
    grain: survey
    outcome: nps
    drivers: [ease]
    expect: positive
"""
SMALL = "-U4"
UNITS = ("=U1", "@U2", "+U3", SMALL)
KEY = "PERSON-{:04d}"


def _customers(rng: np.random.Generator) -> pd.DataFrame:
    """150 customers of four units; three of them in the small one; those of U1 leave, one a quarter."""
    unit = np.array([UNITS[i % 3] for i in range(150)], dtype=object)
    unit[:3] = SMALL
    left = pd.Series([""] * 150, dtype=object)
    left[10:16] = [f"2026-{month:02d}-15" for month in (2, 4, 5, 7, 8, 9)]
    return pd.DataFrame(
        {
            "customer_id": [KEY.format(i) for i in range(150)],
            "unit_id": unit,
            "joined_on": "2024-01-01",
            "left_on": left,
        }
    )


@cache
def market_folder() -> Path:
    folder = workplace() / "market"
    folder.mkdir()
    rng = np.random.default_rng(11)
    people = _customers(rng)
    people.to_csv(folder / "customers.csv", index=False)
    days = pd.to_datetime(["2025-11-10", "2026-02-10", "2026-05-10", "2026-08-10"])
    asked = people.merge(pd.DataFrame({"answered_at": days}), how="cross")
    asked = asked[(asked["left_on"] == "") | (asked["answered_at"].astype(str) < asked["left_on"])]
    ease = rng.integers(1, 6, len(asked))
    asked = asked.assign(
        response_id=[f"ANSWER-{i:05d}" for i in range(len(asked))],
        ease=ease,
        nps=(2 * ease + rng.normal(0, 1.5, len(asked))).round().clip(0, 10).astype(int),
    )
    asked[["response_id", "customer_id", "unit_id", "answered_at", "nps", "ease"]].to_csv(
        folder / "answers.csv", index=False
    )
    bought = asked.assign(
        transaction_id=[f"BILL-{i:05d}" for i in range(len(asked))],
        purchased_at=asked["answered_at"] + pd.Timedelta(days=5),
        amount=rng.uniform(10, 90, len(asked)).round(2),
    )
    bought[["transaction_id", "customer_id", "unit_id", "purchased_at", "amount"]].to_csv(
        folder / "purchases.csv", index=False
    )
    pd.DataFrame({"unit_id": UNITS, "kind": "shop"}).to_csv(folder / "units.csv", index=False)
    (folder / "study.yml").write_text(STUDY, encoding="utf-8")
    return folder


@cache
def market() -> OpenStudy:
    with environment(workplace()):
        return open_study(market_folder())


@cache
def market_edition() -> Edition:
    """The findings of the market as a report would hold them, without a notebook having run."""
    study, period = market(), "2026Q3"
    where = {"notebook": "01_links", "study": study.name, "period": period}
    with environment(workplace()):
        rows = [{**plain(row), **where} for row in study.links(period=period).publish().rows]
    rows = json.loads(json.dumps(rows))
    metric = {"metric": "nps", "label": "-Loyalty", "unit": "share", "period": period, "n": 147}
    metric |= {
        "estimate": 0.25,
        "low": 0.2,
        "high": 0.3,
        "change": None,
        "change_low": None,
        "change_high": None,
    }
    return Edition(study, period, (), {}, ("html", "xlsx", "pptx"), None, {}, rows, [metric])
