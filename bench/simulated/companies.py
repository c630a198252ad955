"""Small simulated companies with one thing planted in them, or nothing: what bench/honesty.py opens as studies.

Each is a folder with files and a study.yml, so that the whole suite answers: staging, joins, fits, attacks, verdicts.
Quarters are numbered from 0. Where customers are seldom asked, one in four answers a quarter, on any day of it, and
three in four buy. In all others purchases fall on days 10 to 80 of a quarter, answers on days 84 to 87, so that the 90
days after an answer are the purchases of the next quarter and the 90 days before it those of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

QUARTERS = 8
FIRST = pd.Timestamp("2024-01-01")
SCENARIOS = ("nothing", "planted", "confounder", "reverse", "leak", "clustered noise", "seldom asked")

PLANTED = {
    "wait_and_satisfaction": -0.03,
    "transfers_and_satisfaction": -0.15,
    "loyalty_and_spend": 2.0,
    "loyalty_and_next_spend": 2.0,
    "wait_and_next_spend": -0.8,
}
"""Of the planted companies: what one unit of the driver does to the outcome, near a correlation of 0.1."""

STUDY = """
study: Simulated company
period: quarter
minimum_group: 5
sources:
  customers: {from: customers.parquet}
  interactions: {from: contacts.parquet}
  feedback: {from: answers.parquet}
  transactions: {from: purchases.parquet}
  units: {from: units.parquet}
metrics:
  csat: {of: feedback, label: Satisfaction, scale: [1, 5]}
  nps: {of: feedback, label: Likelihood to recommend, scale: [0, 10]}
  wait_hours: {of: interactions, label: Wait, unit: hour, better: lower}
  transfer_count: {of: interactions, type: whole, label: Transfers, unit: transfer, better: lower}
  spend: {of: transactions, column: amount, label: Spend, unit: EUR}
windows: {before: 90 days, after: 90 days}
links:
  wait_and_satisfaction:
    {question: "Do waits cost satisfaction?", grain: interaction, outcome: csat, drivers: [wait_hours],
     controls: [channel, transfer_count], expect: negative}
  transfers_and_satisfaction:
    {question: "Do transfers cost satisfaction?", grain: interaction, outcome: csat, drivers: [transfer_count],
     controls: [channel, wait_hours], expect: negative}
  loyalty_and_spend:
    {question: "Do those who recommend us spend more after?", grain: survey, outcome: spend_after, drivers: [nps],
     controls: [segment, tenure_months], expect: positive}
  loyalty_and_next_spend:
    {question: "Do those who recommend us spend more next quarter?", grain: customer_period, outcome: spend,
     drivers: [nps], controls: [segment, period], lag: 1, expect: positive}
  wait_and_next_spend:
    {question: "Do those who waited spend less next quarter?", grain: customer_period, outcome: spend,
     drivers: [wait_hours], controls: [segment, period], lag: 1, expect: negative}
"""


@dataclass(frozen=True)
class Design:
    """How large a company is and how much of what is planted in it."""

    scenario: str
    customers: int = 400
    units: int = 12
    strength: float = 1.0


@dataclass
class Panel:
    """Customers (rows) by quarter (columns)."""

    unit: np.ndarray
    segment: np.ndarray
    wait: np.ndarray
    transfers: np.ndarray
    nps: np.ndarray
    csat: np.ndarray
    spend: np.ndarray


def steady(rng: np.random.Generator, n: int, rho: float) -> np.ndarray:
    """Series of variance 1 that keep `rho` of themselves from quarter to quarter, one a customer."""
    made = rng.standard_normal((n, QUARTERS))
    for t in range(1, QUARTERS):
        made[:, t] = rho * made[:, t - 1] + np.sqrt(1 - rho**2) * made[:, t]
    return made


def simulate_panel(rng: np.random.Generator, design: Design) -> Panel:
    """The company's figures before they become files."""
    n, what = design.customers, design.scenario
    unit, segment = rng.integers(design.units, size=n), rng.integers(2, size=n)
    waiting, feeling, buying = steady(rng, n, 0.3), steady(rng, n, 0.5), steady(rng, n, 0.4)
    own = rng.standard_normal(n)[:, None]  # what each customer spends more or less than others, always
    if what in ("confounder", "seldom asked"):  # who is content with everything, and buys more: in no file
        trait = rng.standard_normal(n)[:, None]
        waiting, feeling, own = (0.8 * waiting - 0.6 * trait), (0.7 * feeling + 0.7 * trait), trait
    if what == "clustered noise":  # units have good and bad times of their own, in each figure apart
        for series in (waiting, feeling, buying):
            series *= 0.6
            series += 0.8 * steady(rng, design.units, 0.8)[unit]
    season = 5.0 * np.sin(np.arange(QUARTERS))[None, :]
    spend = 60 + 10 * segment[:, None] + season + 12 * own + 20 * buying
    if what == "reverse":  # who spends more gets attention: spend moves feelings, and is steady
        buying = steady(rng, n, 0.7)
        spend = 60 + 10 * segment[:, None] + season + 12 * own + 20 * buying
        moved = (spend - spend.mean()) / spend.std()
        waiting, feeling = 0.9 * waiting - 0.45 * moved, 0.85 * feeling + 0.5 * moved
    wait = np.clip(8 + 4 * waiting, 0.0, None)
    transfers = rng.poisson(0.5, size=(n, QUARTERS))
    nps = whole(rng, 6.5 + 1.8 * feeling, 0, 10)
    content = 3.0 + 0.25 * rng.standard_normal((n, 1)) + 0.45 * rng.standard_normal((n, QUARTERS))
    if what in ("confounder", "seldom asked", "reverse", "clustered noise"):
        content = content + 0.3 * feeling
    if what == "planted":
        s = design.strength
        content = content + s * (
            PLANTED["wait_and_satisfaction"] * (wait - 8)
            + PLANTED["transfers_and_satisfaction"] * (transfers - 0.5)
        )
        spend[:, 1:] += s * PLANTED["loyalty_and_spend"] * (nps[:, :-1] - 6.5)
        spend[:, 1:] += s * PLANTED["wait_and_next_spend"] * (wait[:, :-1] - 8)
    csat = whole(rng, content, 1, 5)
    if what == "leak":  # filled in afterwards, with the outcome at hand
        ahead = np.concatenate([spend[:, 1:], spend[:, -1:]], axis=1)
        nps = np.clip(np.round((ahead - 10) / 10), 0, 10)
        csat = np.clip(np.round(5 - wait / 4), 1, 5)
    return Panel(unit, segment, wait, transfers, nps, csat, np.maximum(spend, 1.0))


def whole(rng: np.random.Generator, values: np.ndarray, low: int, high: int) -> np.ndarray:
    """Whole answers whose mean is the value: rounded up with the chance of its fraction."""
    inside = np.clip(values, low, high)
    return np.floor(inside + rng.uniform(size=inside.shape)).clip(low, high)


def write_company(folder: Path, seed: int, design: Design) -> None:
    """Write a company's files and study.yml into a new folder."""
    rng = np.random.default_rng([seed, SCENARIOS.index(design.scenario)])
    panel, n = simulate_panel(rng, design), design.customers
    folder.mkdir(parents=True)
    (folder / "study.yml").write_text(STUDY, encoding="utf-8")
    who, when = (a.ravel() for a in np.meshgrid(np.arange(n), np.arange(QUARTERS), indexing="ij"))
    names = np.array([f"K{i:05d}" for i in range(n)])
    units = np.array([f"U{i:02d}" for i in range(design.units)])
    start = (FIRST + pd.to_timedelta(np.arange(n) % 3, unit="D")) - pd.Timedelta(days=400)
    pd.DataFrame(
        {"customer_id": names, "unit_id": units[panel.unit], "joined_on": start.date}
        | {"segment": np.array(["home", "office"])[panel.segment]}
    ).to_parquet(folder / "customers.parquet")
    pd.DataFrame({"unit_id": units}).to_parquet(folder / "units.parquet")
    quarter = np.array(
        [FIRST + pd.DateOffset(months=3 * t) for t in range(QUARTERS)], dtype="datetime64[ns]"
    )[when]
    seldom = design.scenario == "seldom asked"
    asked = rng.uniform(size=len(who)) < (0.25 if seldom else 0.6)
    day = rng.integers(0, 82, len(who)) if seldom else 82
    contact = quarter + (day * 86400 + rng.integers(0, 86400, len(who))) * np.timedelta64(1, "s")
    answer = quarter + ((day + 2) * 86400 + rng.integers(0, 4 * 86400, len(who))) * np.timedelta64(1, "s")
    contacts = pd.DataFrame(
        {"interaction_id": [f"C{i}" for i in range(len(who))], "customer_id": names[who]}
        | {
            "unit_id": units[panel.unit[who]],
            "started_at": contact,
            "ended_at": contact + np.timedelta64(600, "s"),
        }
        | {"channel": np.array(["phone", "mail"])[rng.integers(2, size=len(who))]}
        | {"wait_hours": panel.wait[who, when], "transfer_count": panel.transfers[who, when]}
    )
    contacts.to_parquet(folder / "contacts.parquet")
    pd.DataFrame(
        {"response_id": [f"A{i}" for i in range(len(who))], "customer_id": names[who]}
        | {
            "interaction_id": contacts["interaction_id"],
            "answered_at": answer,
            "unit_id": units[panel.unit[who]],
        }
        | {"csat": panel.csat[who, when], "nps": panel.nps[who, when]}
    )[asked].to_parquet(folder / "answers.parquet")
    bought = quarter + (10 * 86400 + rng.integers(0, 70 * 86400, len(who))) * np.timedelta64(1, "s")
    pd.DataFrame(
        {"transaction_id": [f"T{i}" for i in range(len(who))], "customer_id": names[who]}
        | {
            "purchased_at": bought,
            "amount": panel.spend[who, when].round(2),
            "unit_id": units[panel.unit[who]],
        }
    )[rng.uniform(size=len(who)) < (0.75 if seldom else 1)].to_parquet(folder / "purchases.parquet")
