"""The same rows give the same figures to the last digit: in any process, on any number of threads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from linkage.tables.steady_sums import steady_mean, steady_sum

STUDY = """
study: stall
currency: EUR
period: quarter
sources:
  transactions: {from: purchases.csv}
metrics:
  amount: {of: transactions, unit: EUR}
"""
ASKED = """
import sys
import linkage as lk
from linkage.value import summarise_purchases

study = lk.open_study(sys.argv[1])
study.connection.execute(f"set threads = {sys.argv[2]}")
histories = summarise_purchases(study.connection.table("event_purchase"), amount="amount")
for row in histories.customers.reset_index().itertuples():
    print(row.customer_id, row.repeat_count, float(row.mean_amount).hex())
values = lk.lifetime_value(study, period="2026Q2", draws=40)
assert values.form == "non_contract", values.missing
for name in ("estimate", "std_error", "low", "high"):
    print(name, *(float(value).hex() for value in values.estimates[name]))
"""


@pytest.fixture(scope="module")
def stall(tmp_path_factory) -> Path:
    """A study of 300 customers who buy at a rate of their own and leave with a chance of their own (BG/NBD)."""
    rng = np.random.default_rng(5)
    rows = []
    for customer in range(300):
        day, rate, leaves = rng.integers(0, 300), rng.gamma(1.2) / 40, rng.beta(1.0, 4.0)
        level = rng.gamma(6.0) * 8
        while day < 700:
            rows.append((f"c{customer:03}", pd.Timestamp("2024-07-31") + pd.Timedelta(days=int(day)), level))
            if rng.random() < leaves:
                break
            day += 1 + rng.exponential(1 / rate)
    bought = pd.DataFrame(rows, columns=["customer_id", "purchased_at", "amount"])
    bought["amount"] = (bought["amount"] * rng.gamma(5.0, 0.2, len(bought))).round(2) + 0.01
    bought.insert(0, "transaction_id", range(len(bought)))
    folder = tmp_path_factory.mktemp("stall")
    bought.to_csv(folder / "purchases.csv", index=False)
    (folder / "study.yml").write_text(STUDY, encoding="utf-8")
    return folder


def _figures(stall: Path, seed: str, threads: str) -> list[str]:
    apart = {"PYTHONHASHSEED": seed, "LINKAGE_FORGET": "1", "LINKAGE_CACHE": str(stall / f"cache-{seed}")}
    ran = subprocess.run(
        [sys.executable, "-c", ASKED, str(stall), threads],
        env={**os.environ, **apart}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


def test_two_processes_give_the_same_lifetime_values_to_the_last_digit(stall):
    first, second = _figures(stall, "1", "1"), _figures(stall, "2", "4")
    assert len(first) == 300 + 4
    assert first == second


@pytest.mark.parametrize("made", [steady_sum, steady_mean])
def test_neither_the_order_of_rows_nor_the_threads_move_a_digit(made):
    values = np.random.default_rng(1).lognormal(3, 4, 300_000) * np.where(np.arange(300_000) % 2, 1, -1)
    found = set()
    for seed, threads in ((2, 1), (3, 2), (4, 5)):
        rows = pd.DataFrame({"x": np.random.default_rng(seed).permutation(values)})
        with duckdb.connect() as connection:
            connection.execute(f"set threads = {threads}")
            connection.register("given", rows)
            found.add(float(connection.sql(f"select {made('x')} from given").fetchall()[0][0]).hex())
    assert len(found) == 1


def test_a_steady_sum_is_the_sum():
    from math import fsum

    values = [0.1, 0.2, 0.3, 1e9, -5.5, None]
    with duckdb.connect() as connection:
        connection.register("given", pd.DataFrame({"x": values}))
        asked = f"select {steady_sum('x')}, {steady_mean('x')}, {steady_sum('x')} filter (where x > 2e9) from given"
        total, mean, none = connection.sql(asked).fetchall()[0]
    assert total == pytest.approx(fsum(values[:-1]), rel=1e-15)
    assert mean == pytest.approx(fsum(values[:-1]) / 5, rel=1e-15)
    assert none is None
