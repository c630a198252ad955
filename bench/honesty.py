"""Does the suite tell a link from what only looks like one? Simulated companies, whole from files to verdicts.

    .venv/bin/python bench/honesty.py                  200 companies with nothing, 200 with links, 100 of each trap
    .venv/bin/python bench/honesty.py --share 0.1      a tenth of them, to see it run
    .venv/bin/python bench/honesty.py --only reverse   scenarios whose name holds the word

Each company is written as files, opened as a study and asked five declared links (see simulated/companies.py):

    nothing          nothing planted: at most 5 % of links may be called linked
    planted          five links near a correlation of 0.1: power, intervals that cover in 93 % to 97 %, no wrong sign
    confounder       a trait in no file moves driver and outcome: at most 5 % linked at L3 or above
    reverse          the outcome moves the driver: the same
    leak             the driver was filled in from the outcome: the same
    clustered noise  units have good and bad times of their own: the same
    seldom asked     the confounder again, where few answer and on any day: the same

Found in November 2026 (DuckDB 2.0, statsmodels 0.15), all companies:

    nothing            1.2 % linked (0.7 to 2.1)
    planted            85 % linked, none with a wrong sign; 95.3 % of intervals cover (93.8 to 96.4)
    confounder         0.0 % linked at L3 or above (0.0 to 0.8)
    reverse            0.0 % (0.0 to 0.8)
    leak               0.2 % (0.0 to 1.1)
    clustered noise    1.0 % (0.4 to 2.3)
    seldom asked       31.6 % (27.7 to 35.8): few answers of each customer cannot tell a lasting trait

`low` and `high` are the simulation's own uncertainty (Wilson, 95 %). The same arguments print the same table. Nothing
is asserted here; a smaller version is in tests/test_honesty.py.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pandas as pd
from simulated.companies import PLANTED, SCENARIOS, Design, write_company

COMPANIES = {
    "nothing": 200,
    "planted": 200,
    "confounder": 100,
    "reverse": 100,
    "leak": 100,
    "clustered noise": 100,
    "seldom asked": 100,
}
HIGH = ("L3", "L4", "L5")
PERIOD = "2025Q4"
AT_MOST = 0.05
STRENGTHS = (0.4, 0.7, 1.0)
"""Planted links of less than, about and a little more than the field's mean correlation, in turn."""


def answers_of(job: tuple[str, int]) -> list[dict[str, object]]:
    """One company, asked: a row a declared link."""
    from linkage.opening import open_study

    scenario, seed = job
    strength = STRENGTHS[seed % len(STRENGTHS)]
    with tempfile.TemporaryDirectory() as place:
        os.environ["LINKAGE_CACHE"] = f"{place}/cache"
        folder = Path(place) / "company"
        write_company(folder, seed, Design(scenario, strength=strength))
        cards = open_study(folder).links(period=PERIOD)
        return [
            {"scenario": scenario, "seed": seed, "strength": strength, "link": card.name, "level": card.level}
            | {name: card.estimates[name].iloc[0] for name in ("verdict", "estimate", "low", "high")}
            for card in cards.cards
        ]


def ask_companies(companies: dict[str, int], workers: int = 2) -> pd.DataFrame:
    """Every answer of every company. companies : how many of each scenario."""
    jobs = [(scenario, seed) for scenario, count in companies.items() for seed in range(count)]
    if workers == 1:
        return pd.DataFrame([row for job in jobs for row in answers_of(job)])
    with ProcessPoolExecutor(workers) as pool:
        return pd.DataFrame([row for rows in pool.map(answers_of, jobs, chunksize=5) for row in rows])


def trap_table(answers: pd.DataFrame) -> pd.DataFrame:
    """One row a scenario without a link: how many links were called linked, and how many of those at L3 or above."""
    rows = []
    for scenario, part in _parts(answers[answers["scenario"] != "planted"]):
        linked = part["verdict"] == "linked"
        trusted = linked & part["level"].isin(HIGH)
        judged = linked if scenario == "nothing" else trusted
        share, low, high = _share(judged)
        within = "yes" if share <= AT_MOST else "no"
        asked = (part["seed"].nunique(), len(part), linked.mean(), trusted.mean())
        rows.append((scenario, *asked, share, low, high, AT_MOST, within))
    columns = [
        "scenario",
        "companies",
        "links",
        "linked",
        "linked at L3+",
        "judged",
        "low",
        "high",
        "at most",
        "within",
    ]
    return pd.DataFrame(rows, columns=columns).set_index("scenario")


def power_table(answers: pd.DataFrame) -> pd.DataFrame:
    """One row a planted link: how often it is found, at which level, with which sign, and whether intervals cover."""
    rows = []
    planted = answers[answers["scenario"] == "planted"]
    for link, part in [*planted.groupby("link", sort=False), ("all", planted)] if len(planted) else ():
        truth = part["link"].map(PLANTED) * part["strength"]
        linked = part["verdict"] == "linked"
        wrong = linked & (part["estimate"] * truth < 0)
        covered = (part["low"] <= truth) & (truth <= part["high"])
        high = (linked & part["level"].isin(HIGH)).mean()
        rows.append((link, len(part), linked.mean(), high, int(wrong.sum()), *_share(covered)))
    columns = ["link", "companies", "power", "linked at L3+", "wrong sign", "covered", "low", "high"]
    return pd.DataFrame(rows, columns=columns).set_index("link")


def _parts(answers: pd.DataFrame) -> Iterable[tuple[str, pd.DataFrame]]:
    return ((s, answers[answers["scenario"] == s]) for s in SCENARIOS if (answers["scenario"] == s).any())


def _share(hits: pd.Series) -> tuple[float, float, float]:
    from scipy.stats import binomtest

    sure = binomtest(int(hits.sum()), len(hits)).proportion_ci(method="wilson")
    return float(hits.mean()), sure.low, sure.high


def main() -> None:
    parser = argparse.ArgumentParser(description="Links told from what only looks like one.")
    parser.add_argument("--share", type=float, default=1.0, help="of the companies")
    parser.add_argument("--only", default="", help="scenarios whose name holds this")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    chosen = parser.parse_args()
    companies = {s: max(1, round(n * chosen.share)) for s, n in COMPANIES.items() if chosen.only in s}
    answers = ask_companies(companies, chosen.workers)
    for table in (trap_table(answers), power_table(answers)):
        if len(table):
            print(table.to_string(float_format=lambda v: f"{v:.3f}"), end="\n\n")


if __name__ == "__main__":
    main()
